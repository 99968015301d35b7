"""``dalil learn``: what is personal, what becomes of a line, what is kept, and that it is trained on."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml

from bot import training
from bot.evaluation.rows import Row
from bot.learning.lines import (
    Labels,
    accepted,
    file_name,
    forget,
    halves,
    keep,
    learned_files,
    learned_rows,
    nlu_yaml,
    read_lines,
)
from bot.learning.measure import before_and_after, shipped_rows
from bot.learning.personal import masked, personal_data
from bot.settings import ROOT, Settings
from tests.unit.engine.letters import LetterEncoder, taught

TOPICS = {
    "renewal": {"intents": ["renewal", "renewal__refused"]},
    "hours": {"intents": ["hours"]},
    "moves": {"kind": "move", "intents": ["affirm"]},
}
LABELS = Labels.of(TOPICS)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to sara.k@uni.example.edu please", "write to … please"),
        ("اكتبوا لي على sara@uni.example", "اكتبوا لي على …"),
        ("call me at +962 79 123 4567", "call me at …"),
        ("call (513) 555-0199 tonight", "call … tonight"),
        ("رقمي ٠٧٩١٢٣٤٥٦٧ اتصلوا", "رقمي … اتصلوا"),
        ("my student id is 20231187", "my student id is …"),
        ("my number is s1234567, can I renew", "my number is …, can I renew"),
        ("Hi, my name is Sarah Al-Khatib and I lost a book", "Hi, my name is … and I lost a book"),
        ("my name is omar. can i renew", "my name is … can i renew"),
        ("I'm called Dana, hello", "I'm called …, hello"),
        ("Name: Zoë Brown", "Name: …"),
        ("اسمي محمد العلي وأريد تجديد كتاب", "اسمي … وأريد تجديد كتاب"),
        ("أنا إسمي هو ليلى، متى تفتحون", "أنا إسمي هو …، متى تفتحون"),
        ("When do you open? Best regards, Tom Hill", "When do you open? Best regards, …"),
        ("متى تفتحون؟ مع خالص الشكر، هدى", "متى تفتحون؟ مع خالص الشكر، …"),
        ("tell @sara_k about it", "tell … about it"),
    ],
)
def test_personal_data_is_masked(text: str, left: str) -> None:
    assert masked(text, personal_data(text)) == left


@pytest.mark.parametrize(
    "text",
    [
        "do you have 978-0-13-468599-1",
        "isbn 0134685997 please",
        "ISSN 0028-0836",
        "the article 10.1038/s41586-020-2649-2",
        "newspapers from 1914-1918",
        "is room 3120 free on 12/11/2026 at 14:30",
        "my name is not on the list",
        "my name is misspelled in the catalogue",
        "اسمي غير موجود في القائمة",
        "call number QA76.73 .P98",
        "I need 25000 words by 2027",
        "من هو أمين مكتبة القانون؟",
        "how do I cite a book with no author's name",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert personal_data(text) == []


def _file(folder: Path, *rows: object) -> Path:
    file = folder / "ours.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_what_becomes_of_each_line(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        {"question": "can I keep it  longer", "topic": "renewal"},
        {"question": "it says no", "intent": "renewal__refused", "topic": "hours"},
        {"question": "renew for me, I am 20231187", "topic": "renewal"},
        {"question": "sara@uni.example", "topic": "renewal"},
        {"question": "Can I keep it longer?", "topic": "renewal"},
        {"question": "when do you OPEN", "topic": "hours"},
        {"question": "x", "topic": "weather"},
        {"question": "x", "intent": "weather"},
        {"question": "x"},
        {"topic": "hours"},
        {"question": "yes", "topic": "moves"},
        {"question": "w " * 600, "topic": "hours"},
    )
    lines = read_lines(file, LABELS, ["When do you open?"])
    assert [(line.state, line.question, line.intent) for line in lines[:6]] == [
        ("kept", "can I keep it longer", "renewal"),
        ("kept", "it says no", "renewal__refused"),
        ("masked", "renew for me, I am …", "renewal"),
        ("refused", "", "renewal"),
        ("known", "Can I keep it longer?", "renewal"),
        ("known", "when do you OPEN", "hours"),
    ]
    told = [line.reason for line in lines[6:]]
    assert told == [
        "“weather” is not a topic",
        "“weather” is not an intent",
        "it has neither “intent” nor “topic”",
        "it has no “question”",
        "“moves” is not a topic",
        "it is longer than 1000 characters",
    ]
    assert lines[3].where.endswith("line 4") and lines[3].reason == "it holds an e-mail address"
    assert not any("20231187" in f"{line.question}{line.reason}" for line in lines)
    strict = read_lines(file, LABELS, refuse=True)
    assert [line.state for line in strict[2:4]] == ["refused", "refused"]
    assert len(accepted(lines)) == 3


def test_lines_are_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "learned"
    assert learned_files(folder) == [] and forget(folder) == []
    file = keep([Row("متى تفتحون؟", "hours")], folder, "our questions (1)")
    assert file.name == "our-questions-1.jsonl" == f"{file_name('our questions (1)')}.jsonl"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keep([Row("open?", "hours"), Row("renew", "renewal")], folder, "our questions (1)")
    keep([Row("late", "hours")], folder, "b")
    assert learned_rows(learned_files(folder)) == [
        Row("late", "hours"),
        Row("open?", "hours"),
        Row("renew", "renewal"),
    ]
    assert [f.name for f in forget(folder, "b")] == ["b.jsonl"]
    assert [f.name for f in forget(folder)] == ["our-questions-1.jsonl"]
    assert learned_files(folder) == []


def test_a_fifth_of_each_intent_is_held_out() -> None:
    rows = [Row(f"hours {n}", "hours") for n in range(10)] + [Row(f"rare {n}", "renewal") for n in range(2)]
    learned, held = halves(rows)
    assert len(held) == 2 and {row.label for row in held} == {"hours"}
    assert sorted(map(repr, [*learned, *held])) == sorted(map(repr, rows))
    assert halves(list(reversed(rows))) == (learned, held)


def test_training_data_holds_no_marks_of_rasas() -> None:
    rows = [
        Row('the [book](title){"a": 1}\nplease\x80 now\x07 # or', "hours"),
        Row("- yes", "renewal"),
        Row("x", "gone"),
    ]
    loaded = yaml.safe_load(nlu_yaml(rows, {"hours", "renewal"}))
    assert loaded["nlu"] == [
        {"intent": "hours", "examples": '- the (book)(title)("a": 1) please now # or\n'},
        {"intent": "renewal", "examples": "- - yes\n"},
    ]


def test_learnt_lines_are_an_input_of_the_training(tmp_path: Path) -> None:
    settings = Settings.model_validate({"models": tmp_path, "learned": tmp_path / "learned"})
    without = training.model_path(settings)
    assert without.name == f"dalil-{training.fingerprint()}.tar.gz"  # an empty folder changes nothing
    keep([Row("open?", "hours")], settings.learned_folder(), "a")
    with_one = training.model_path(settings)
    assert with_one != without
    keep([Row("open now?", "hours")], settings.learned_folder(), "a")
    assert training.model_path(settings) not in (without, with_one)
    forget(settings.learned_folder())
    assert training.model_path(settings) == without


def test_rasa_is_given_the_learnt_lines(tmp_path: Path) -> None:
    settings = Settings.model_validate({"var": tmp_path})
    with training.learned_data(settings) as paths:
        assert paths == []
    keep([Row("open on Friday?", "hours"), Row("x", "an_intent_of_old")], settings.learned_folder(), "a")
    with training.learned_data(settings) as paths:
        (file,) = map(Path, paths)
        text = file.read_text(encoding="utf-8")
    assert "- open on Friday?" in text and "an_intent_of_old" not in text and not file.exists()


def test_before_and_after_are_measured_on_what_neither_has_seen() -> None:
    base = [Row(text, label) for text, label in zip(*taught(), strict=True)]
    new = [
        Row(text, "greeting") for text in ("yo there", "yo you", "yo yo", "yo all", "yo again", "yo folks")
    ]
    topic_of = {row.label: row.label for row in base}
    before, after = before_and_after(base, new, [Row("yo friends", "greeting")], topic_of, LetterEncoder())
    assert set(before) == set(after) == {"top1", "top3"}
    assert (before["top1"], after["top1"]) == (0.0, 1.0)


def test_our_own_examples_are_read_with_their_intents() -> None:
    rows = shipped_rows(ROOT / "data" / "nlu")
    assert len(rows) > 1000 and Row("how do i renew", "renewal") in rows
    assert {row.label for row in rows} >= {"hours", "out_of_scope", "affirm"}
