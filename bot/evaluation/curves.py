"""How far a confidence can be believed, and what it costs to turn away what is out of scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.rows import DataError, Row, share
from bot.evaluation.topics import ranked_topics
from bot.intents.model import Prediction

BINS = 10
RECALL = 0.9  # of out of scope, at which the accuracy within scope is told
_POINTS = 21


@dataclass(frozen=True, slots=True)
class Judged:
    """How sure a guess was, from 0 to 1, and whether it was right."""

    sure: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The guesses of about one sureness: their mean sureness, the share that was right, their number."""

    sure: float
    right: float
    count: int


def judged_intents(predictions: Sequence[Prediction], rows: Sequence[Row]) -> list[Judged]:
    """Judge each likeliest intent by its own probability."""
    return [
        Judged(p.ranking[0][1], p.ranking[0][0] == row.label)
        for p, row in zip(predictions, rows, strict=True)
    ]


def judged_topics(
    predictions: Sequence[Prediction], rows: Sequence[Row], topic_of: Mapping[str, str]
) -> list[Judged]:
    """Judge each likeliest topic by the probabilities of its intents together."""
    judged = []
    for prediction, row in zip(predictions, rows, strict=True):
        topic = ranked_topics(prediction, topic_of)[0]
        sure = sum(chance for intent, chance in prediction.ranking if topic_of.get(intent, intent) == topic)
        judged.append(Judged(min(sure, 1.0), topic == row.label))
    return judged


def bins(judged: Sequence[Judged], count: int = BINS) -> list[Bin]:
    """Put guesses into bins of equal width by sureness; empty bins are left out."""
    groups: dict[int, list[Judged]] = {}
    for one in judged:
        groups.setdefault(min(int(one.sure * count), count - 1), []).append(one)
    return [
        Bin(sum(g.sure for g in group) / len(group), sum(g.right for g in group) / len(group), len(group))
        for _, group in sorted(groups.items())
    ]


def expected_calibration_error(judged: Sequence[Judged]) -> float:
    """Give the mean distance between sureness and share of right ones, each bin by its size; 0 is best."""
    total = sum(one.count * abs(one.sure - one.right) for one in bins(judged))
    return round(total / max(len(judged), 1), 4)


@dataclass(frozen=True, slots=True)
class Point:
    """What is reached at one threshold of the sense for what is out of scope."""

    oos_recall: float
    in_scope_accuracy: float


def oos_curve(predictions: Sequence[Prediction], rows: Sequence[Row], oos: str) -> list[Point]:
    """Give, for every threshold, the recall of ``oos`` and the accuracy within scope, recall rising.

    A text counts as out of scope where it is less familiar than the threshold, or where ``oos`` itself is
    the likeliest. Raises DataError where the rows are all of one kind.
    """
    scored = [
        (0.0 if p.ranking[0][0] == oos else p.known, p.ranking[0][0] == row.label, row.label == oos)
        for p, row in zip(predictions, rows, strict=True)
    ]
    strange, inside = sum(out for _, _, out in scored), sum(not out for _, _, out in scored)
    if not strange or not inside:
        raise DataError(f"the test file needs rows of “{oos}” and others, to draw one against the other")
    kept = sum(right for score, right, out in scored if not out and score > 0)
    turned = sum(out for score, _, out in scored if score <= 0)
    points = [Point(turned / strange, kept / inside)]
    ordered = sorted((one for one in scored if one[0] > 0), key=lambda one: one[0])
    for at, (score, right, out) in enumerate(ordered):
        turned += out
        kept -= right and not out
        if at + 1 == len(ordered) or ordered[at + 1][0] > score:  # texts of one score fall together
            points.append(Point(turned / strange, kept / inside))
    return points


def accuracy_at(points: Sequence[Point], recall: float = RECALL) -> float:
    """Give the best accuracy within scope among the points that reach a recall of out of scope."""
    return round(max(p.in_scope_accuracy for p in points if p.oos_recall >= recall), 4)


def thinned(points: Sequence[Point]) -> list[dict[str, float]]:
    """Give the curve at every twentieth of recall, for reading."""
    levels = [level / (_POINTS - 1) for level in range(_POINTS)]
    return [{"oos_recall": round(at, 2), "in_scope_accuracy": accuracy_at(points, at)} for at in levels]


def oos_measures(predictions: Sequence[Prediction], rows: Sequence[Row], oos: str) -> dict[str, Any]:
    """Give ``in_scope_at_90_oos`` and the curve it is taken from."""
    points = oos_curve(predictions, rows, oos)
    return {"in_scope_at_90_oos": accuracy_at(points), "oos_curve": thinned(points)}


def overall(judged: Sequence[Judged]) -> float:
    """Give the share that was right."""
    return share([one.right for one in judged])
