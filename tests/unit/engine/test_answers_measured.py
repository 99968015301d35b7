"""``dalil eval answers``: reading questions, reading turns, counting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.answers import (
    Ending,
    Names,
    Outcome,
    Question,
    Reading,
    Shown,
    listing,
    measure,
    place,
    read_questions,
    record_addresses,
    shown,
    source_names,
    verdict,
)
from bot.evaluation.rows import DataError

RENEW = "http://127.0.0.1:8080/guides/en/faq/renewal#renew-online"


def _nothing(title: str, language: str, topic: str | None) -> Names:
    return frozenset()


def _message(kind: str, *citations: dict[str, Any], **more: Any) -> dict[str, Any]:
    buttons = more.pop("buttons", [])
    custom = {"kind": kind, "language": "en", "topic": "renewal", "event": None, **more}
    return {"text": "…", "buttons": buttons, "custom": custom | {"citations": list(citations)}}


def _question(*relevant: str, outcome: str = "answer", text: str = "How?") -> Question:
    return Question("1", text, relevant, Outcome(outcome))


def test_questions_are_read(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        '{"id": "a", "question": "How?", "relevant": ["renewal", "http://x.example/"], "outcome": "answer"}\n'
        '{"question": "كيف؟", "relevant": "renewal"}\n'
        '{"id": 3, "question": "Pizza?", "relevant": [], "outcome": "refuse"}\n',
        encoding="utf-8",
    )
    assert read_questions(file) == [
        Question("a", "How?", ("renewal", "http://x.example/"), Outcome.ANSWER),
        Question("2", "كيف؟", ("renewal",), Outcome.ANSWER),
        Question("3", "Pizza?", (), Outcome.REFUSE),
    ]


def test_the_staffs_own_questions_are_read(tmp_path: Path) -> None:
    file = tmp_path / "questions.yml"
    file.write_text("# what must be found\nfaq/a#b, guide/c:\n  - How?\n  - كيف؟\n", encoding="utf-8")
    assert read_questions(file) == [
        Question("line 3", "How?", ("faq/a#b", "guide/c"), Outcome.ANSWER),
        Question("line 4", "كيف؟", ("faq/a#b", "guide/c"), Outcome.ANSWER),
    ]
    file.write_text("faq/a#b: {x: 1}\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        read_questions(file)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "a"}', 'line 1: "outcome" must be'),
        ('{"question": "a", "outcome": "perhaps"}', 'line 1: "outcome" must be'),
        ('{"question": "a", "relevant": {"a": 1}}', 'line 1: "relevant" must be a list'),
        ('{"question": "a", "relevant": [3]}', 'line 1: "relevant" must be a list'),
        ('{"relevant": ["a"]}', 'line 1 has no "question"'),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_questions(file)


@pytest.mark.parametrize(
    "name",
    [
        "renewal",
        "faq/renewal",
        "faq/renewal#renew-online",
        "faq/renewal#renew-online:ar",
        RENEW,
        RENEW.partition("#")[0],
        "https://127.0.0.1:8080/guides/en/faq/renewal/",
    ],
)
def test_a_source_is_known_by_all_its_names(name: str) -> None:
    found = shown([_message("answer", {"url": RENEW, "guide": "renewal"})], Reading(_nothing, ()), 0.1)
    assert place(_question(name), found) == 1


@pytest.mark.parametrize(
    "name", ["late", "renewal#late", "https://127.0.0.1:8080/guides/en/faq/renewal#late"]
)
def test_another_section_is_another_source(name: str) -> None:
    found = shown([_message("answer", {"url": RENEW, "guide": "renewal"})], Reading(_nothing, ()), 0.1)
    assert place(_question(name), found) is None


def test_an_address_is_the_same_however_it_is_written() -> None:
    (one, other) = (source_names(url) for url in ("https://www.Lib.example/a%20b/", "http://lib.example/a b"))
    assert one == other


def test_what_the_buttons_would_show_comes_after_what_is_cited() -> None:
    def offered(title: str, language: str, topic: str | None) -> Names:
        assert (language, topic) == ("en", "renewal")
        return frozenset({title}) if title.startswith("faq/") else frozenset()

    buttons = [{"title": "faq/late"}, {"title": "Talk to a librarian"}, {"title": "faq/cards"}]
    cited = {"url": "https://library.example/a", "guide": None}
    turn = [_message("answer", cited, buttons=buttons)]
    found = shown(turn, Reading(offered, ("Talk to a librarian",)), 0.1)
    assert [place(_question(name), found) for name in ("faq/late", "faq/cards", "x")] == [2, 3, None]
    assert found.person_offered
    asked_back = shown([_message("question", buttons=buttons)], Reading(offered, ()), 0.1)
    assert (asked_back.sources, asked_back.person_offered) == ((), False)


@pytest.mark.parametrize(
    ("turn", "ending"),
    [
        ([], Ending.SILENT),
        ([{"text": "  ", "custom": {"kind": "text"}}], Ending.SILENT),
        ([_message("answer")], Ending.ANSWERED),
        ([_message("text"), _message("answer")], Ending.ANSWERED),
        ([_message("question")], Ending.CLARIFIED),
        ([_message("text")], Ending.TOLD),
        ([_message("notice", event="apology")], Ending.APOLOGY),
        ([_message("notice", event="left")], Ending.PERSON),
        ([_message("answer"), _message("notice", event="waiting")], Ending.PERSON),
    ],
)
def test_how_a_turn_ended(turn: list[dict[str, Any]], ending: Ending) -> None:
    assert shown(turn, Reading(_nothing, ()), 0.1).ending is ending


def test_the_measures() -> None:
    right, wrong = frozenset({"right"}), frozenset({"wrong"})
    pairs = [
        (_question("right"), Shown(Ending.ANSWERED, (right,), seconds=0.01)),
        (_question("right"), Shown(Ending.ANSWERED, (wrong, wrong, right), seconds=0.02)),
        (_question("right"), Shown(Ending.ANSWERED, (wrong, wrong, wrong, right), seconds=0.03)),
        (_question("right", text="كيف أجدد؟"), Shown(Ending.CLARIFIED, seconds=0.04)),
        (_question(outcome="refuse"), Shown(Ending.TOLD, seconds=0.05)),
        (_question(outcome="refuse"), Shown(Ending.ANSWERED, (right,), seconds=0.06)),
        (_question(outcome="refuse"), Shown(Ending.APOLOGY, seconds=0.07)),
        (_question(outcome="person"), Shown(Ending.PERSON, seconds=0.08)),
        (_question(outcome="person"), Shown(Ending.CLARIFIED, person_offered=True, seconds=0.09)),
        (_question(outcome="person"), Shown(Ending.SILENT, seconds=0.10)),
    ]
    found = measure(pairs)
    whole = {name: value for name, value in found.items() if name not in ("languages", "milliseconds")}
    assert whole == {
        "answered": 0.75,
        "begun": 0.0,
        "right_first": 0.25,
        "right_top3": 0.5,
        "refused": 0.3333,
        "person": 0.3333,
        "person_offered": 0.6667,
        "silent": 1,
        "apologies": 1,
        "questions": 10,
        "of_these": {"answer": 4, "refuse": 3, "person": 3},
    }
    assert found["milliseconds"] == {"median": 55.0, "p95": 100.0}
    assert found["languages"]["ar"]["answered"] == 0 and found["languages"]["ar"]["refused"] is None
    assert found["languages"]["en"]["questions"] == 9


def test_a_listing_tells_what_went_wrong() -> None:
    pair = (_question("right"), Shown(Ending.ANSWERED, (frozenset({"wrong", "w"}),), text="…"))
    (row,) = listing([pair])
    assert (row["ending"], row["place"], row["sources"]) == ("answered", None, ["wrong"])
    assert verdict(*pair).startswith("WRONG answered, right source not shown")
    assert verdict(_question(), pair[1]).startswith("ok")
    assert verdict(_question(outcome="refuse"), pair[1]).startswith("WRONG")
    assert verdict(_question(outcome="person"), Shown(Ending.PERSON)).startswith("ok")


def test_an_answer_made_from_records_has_their_files_name() -> None:
    pages = record_addresses({"hours.yml": ["https://library.example/hours"], "locations.yml": [""]})
    turn = [_message("answer", {"url": "https://www.library.example/hours/"})]
    found = shown(turn, Reading(_nothing, (), records=pages), 0.1)
    assert place(_question("faq/hours#holidays", "hours.yml"), found) == 1
    assert place(_question("faq/hours#holidays"), found) is None


def test_several_questions_begun_are_no_single_question_back() -> None:
    turn = [_message("question", buttons=[{"title": "Skip", "payload": "/skip"}])]
    found = shown(turn, Reading(_nothing, (), ("Skip",)), 0.1)
    assert found.ending is Ending.BEGUN
    measures = measure([(_question("renewal"), found), (_question(outcome="refuse"), found)])
    assert measures["begun"] == 1 and measures["answered"] == 0 and measures["refused"] == 1
    assert measures["languages"]["en"]["begun"] == 1
