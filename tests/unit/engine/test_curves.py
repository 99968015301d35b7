"""Calibration error, the curve of what is out of scope, and their pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.curves import (
    Judged,
    Point,
    accuracy_at,
    bins,
    expected_calibration_error,
    judged_intents,
    judged_topics,
    oos_curve,
    oos_measures,
)
from bot.evaluation.plots import draw, require_matplotlib
from bot.evaluation.rows import DataError, Row
from bot.intents.model import Prediction


def _prediction(known: float, *ranking: tuple[str, float]) -> Prediction:
    return Prediction(ranking, known, known >= 0.5)


def test_bins_and_the_error() -> None:
    judged = [Judged(0.95, True), Judged(0.95, True), Judged(0.85, False), Judged(1.0, False)]
    low, high = bins(judged)
    assert (low.sure, low.right, low.count) == (0.85, 0.0, 1)
    assert (round(high.sure, 4), round(high.right, 4), high.count) == (0.9667, 0.6667, 3)
    assert expected_calibration_error(judged) == pytest.approx((0.85 + 3 * 0.3) / 4, abs=1e-4)
    assert expected_calibration_error([Judged(1.0, True), Judged(0.0, False)]) == 0.0
    assert expected_calibration_error([]) == 0.0


def test_a_topic_is_as_sure_as_its_intents_together() -> None:
    prediction = _prediction(1.0, ("a", 0.4), ("b__x", 0.35), ("b", 0.25))
    row = Row("?", "b")
    assert judged_intents([prediction], [Row("?", "a")]) == [Judged(0.4, True)]
    (topic,) = judged_topics([prediction], [row], {"a": "a", "b": "b", "b__x": "b"})
    assert topic.right and topic.sure == pytest.approx(0.6)


ROWS = [Row("1", "a"), Row("2", "a"), Row("3", "b"), Row("4", "b"), Row("5", "oos"), Row("6", "oos")]
PREDICTIONS = [
    _prediction(0.9, ("a", 0.9)),
    _prediction(0.8, ("b", 0.9)),  # familiar, and wrong
    _prediction(0.7, ("b", 0.9)),
    _prediction(0.2, ("b", 0.9)),
    _prediction(0.1, ("a", 0.9)),
    _prediction(0.3, ("a", 0.9)),
]


def test_the_curve_of_what_is_out_of_scope() -> None:
    points = oos_curve(PREDICTIONS, ROWS, "oos")
    assert points == [
        Point(0.0, 0.75),
        Point(0.5, 0.75),  # below 0.2
        Point(0.5, 0.5),
        Point(1.0, 0.5),  # below 0.7
        Point(1.0, 0.25),
        Point(1.0, 0.25),
        Point(1.0, 0.0),
    ]
    assert (accuracy_at(points), accuracy_at(points, 0.5), accuracy_at(points, 0.0)) == (0.5, 0.75, 0.75)
    found = oos_measures(PREDICTIONS, ROWS, "oos")
    assert found["in_scope_at_90_oos"] == 0.5 and len(found["oos_curve"]) == 21
    assert found["oos_curve"][10] == {"oos_recall": 0.5, "in_scope_accuracy": 0.75}


def test_texts_of_one_score_fall_together_and_the_label_itself_counts() -> None:
    rows = [Row("1", "a"), Row("2", "oos"), Row("3", "oos")]
    same = [_prediction(0.5, ("a", 1.0)), _prediction(0.5, ("a", 1.0)), _prediction(0.9, ("oos", 1.0))]
    assert oos_curve(same, rows, "oos") == [Point(0.5, 1.0), Point(1.0, 0.0)]


def test_one_kind_of_rows_gives_no_curve() -> None:
    with pytest.raises(DataError, match="“oos” and others"):
        oos_curve(PREDICTIONS[:2], ROWS[:2], "oos")


def test_pictures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    require_matplotlib()
    judged = [Judged(0.2, False), Judged(0.9, True)]
    alone, both = tmp_path / "new" / "alone.png", tmp_path / "both.png"
    draw(alone, "Topics", judged)
    draw(both, "Intents", judged, oos_curve(PREDICTIONS, ROWS, "oos"))
    for file in (alone, both):
        assert file.read_bytes().startswith(b"\x89PNG")
    assert _width(both) > _width(alone)  # the second picture stands beside the first
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        draw(tmp_path / "file" / "x.png", "Topics", judged)


def _width(file: Path) -> int:
    return int.from_bytes(file.read_bytes()[16:20], "big")
