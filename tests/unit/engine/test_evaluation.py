"""The measuring commands: reading rows, and counting."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.intents import train_and_evaluate
from bot.evaluation.rows import DataError, Row, read_rows
from bot.evaluation.topics import evaluate_topics, intents_to_topics
from bot.intents.recogniser import Recogniser
from bot.settings import ROOT
from tests.unit.engine.letters import LetterEncoder, library_examples, taught


def _write(folder: Path, text: str) -> Path:
    path = folder / "rows.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_read(tmp_path: Path) -> None:
    first, second = '{"id": 1, "question": "متى", "topic": "hours"}', '{"question": "a", "topic": "b"}'
    path = _write(tmp_path, f"{first}\n\n{second}")
    assert read_rows(path, "topic") == [Row("متى", "hours"), Row("a", "b")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"question": "a", "topic": "b"}\n{"question": ', "line 2 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ('{"topic": "b"}', 'line 1 has no "question"'),
        ('{"question": "a", "topic": 3}', 'line 1 has no "topic"'),
        ('{"question": "a", "topic": " "}', 'line 1 has no "topic"'),
        ("\n\n", "has no lines"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_rows(_write(tmp_path, text), "topic")


def test_a_missing_file_and_one_that_is_not_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read_rows(tmp_path / "nowhere.jsonl", "topic")
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not UTF-8"):
        read_rows(path, "topic")


@pytest.fixture
def learnt() -> list[Row]:
    return [Row(text, label) for text, label in zip(*taught(), strict=True)]


def test_intents_without_out_of_scope(learnt: list[Row]) -> None:
    asked = {"renew my book please": "renewal", "print this document": "printing", "hello": "hours"}
    test = [Row(text, label) for text, label in asked.items()]
    assert train_and_evaluate(learnt, test, encoder=LetterEncoder()) == {
        "accuracy": 0.6667,
        "in_scope_accuracy": 0.6667,
        "oos_recall": None,
    }


def test_the_strange_is_out_of_scope_without_an_example_of_it() -> None:
    train = [Row(text, label) for text, label in zip(*library_examples(), strict=True)]
    test = [Row("can I renew my book online", "renewal"), Row("which planet has the largest moons", "oos")]
    assert train_and_evaluate(train, test, "oos") == {
        "accuracy": 1.0,
        "in_scope_accuracy": 1.0,
        "oos_recall": 1.0,
    }


def test_examples_of_out_of_scope_are_learnt(learnt: list[Row]) -> None:
    strange = [
        "weather in paris",
        "weather tomorrow",
        "is it raining",
        "will it rain",
        "weather forecast",
        "rain or sun",
        "how is the weather",
        "weather next week",
    ]
    train = [*learnt, *(Row(text, "oos") for text in strange)]
    found = train_and_evaluate(train, [Row("weather in amman", "oos")], "oos", LetterEncoder())
    assert found["oos_recall"] == 1.0
    assert found["in_scope_accuracy"] == 0.0  # no such rows


def test_one_intent_cannot_be_learnt() -> None:
    with pytest.raises(DataError, match="two different intents"):
        train_and_evaluate([Row("a", "x"), Row("b", "oos")], [Row("a", "x")], "oos", LetterEncoder())


def test_topics_are_counted() -> None:
    recogniser = Recogniser.train(*taught(), encoder=LetterEncoder())
    topic_of = {"hours": "hours", "renewal": "loans", "printing": "out_of_scope", "greeting": "greeting"}
    rows = [
        Row("are you open tonight", "hours"),
        Row("please renew my book", "loans"),
        Row("hello", "hours"),
        Row("print a document", "out_of_scope"),
        Row("printing in colour", "loans"),
    ]
    found = evaluate_topics(rows, recogniser, topic_of)
    assert found["top1"] == 0.6
    assert found["top3"] is not None and found["top3"] >= 0.6
    assert found["oos_recall"] == 1.0
    assert found["oos_precision"] == 0.5
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3, abs=1e-4)


def test_an_unknown_topic_is_named() -> None:
    recogniser = Recogniser.train(*taught(), encoder=LetterEncoder())
    with pytest.raises(DataError, match='"weather"'):
        evaluate_topics([Row("rain?", "weather")], recogniser, {"hours": "hours"})


def test_every_intent_of_the_training_data_has_its_topic() -> None:
    import yaml

    known = intents_to_topics(ROOT / "bot" / "topics.yml")
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                assert block["intent"] in known, path.name
