"""From a blended score to the chance that a passage answers, and how much of it is enough: for each encoder.

An encoder's cosines mean nothing by themselves (e5's crowd between .7 and .95), so where they begin and
end, and how sure a score is, are fitted on data and kept as a few numbers.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge_base.engine.vectors import slug

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).resolve().parent / "calibration"

DENSE_WEIGHT, KEYWORD_WEIGHT = 0.7, 0.3
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The chances (0 to 1) that a passage must reach, from the least to the most that may be asked of one.

    ``hint``: its topic is worth asking about; ``show``: it is shown among results; ``answer``: it is the
    answer; ``likely``: it is one even where the question was not understood, if something else speaks for it;
    ``also``: it is offered beside another; ``clear``: it answers though nothing else speaks for it; ``sure``:
    it answers though the question seemed to be about something else. What stands here is for an encoder that
    nothing could be measured for.
    """

    hint: float = 0.3
    show: float = 0.42
    answer: float = 0.55
    likely: float = 0.6
    also: float = 0.6
    clear: float = 0.75
    sure: float = 0.85


# What is aimed at: the share of questions that nothing here answers whose best passage must not reach a
# threshold, and the chance that it must have all the same, however well an encoder tells strangers.
AIMS = {
    "hint": (0.5, 0.25),
    "show": (0.65, 0.35),
    "answer": (0.8, 0.5),
    "likely": (0.85, 0.55),
    "also": (0.85, 0.55),
    "clear": (0.95, 0.7),
    "sure": (0.99, 0.9),
}
LEAST_OUTSIDE = 50  # of such questions, for a share to say anything


@dataclass(frozen=True, slots=True)
class Calibration:
    """``low`` and ``high``: the cosines that count as 0 and 1. ``slope`` and ``centre`` shape the curve."""

    encoder: str
    low: float
    high: float
    slope: float
    centre: float
    examples: int = 0  # how many questions it was fitted on
    outside: int = 0  # how many of them have no answer here
    thresholds: Thresholds = Thresholds()

    def scaled(self, cosine: float) -> float:
        """Put a cosine on a scale where chance is about 0 and a good match about 1."""
        return (cosine - self.low) / (self.high - self.low)

    def blend(self, dense: float, keyword: float) -> float:
        """Give the blended score of a cosine and a keyword score."""
        return DENSE_WEIGHT * self.scaled(dense) + KEYWORD_WEIGHT * keyword

    def chance(self, blended: float, nudge: float = 0.0) -> float:
        """Give the chance, 0 to 1, that a passage with this blended score answers the question."""
        exponent = self.slope * (blended - self.centre) + nudge
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, exponent))))

    def score(self, chance: float) -> float:
        """Give the blended score that has this chance: the inverse of :meth:`chance`."""
        return self.centre + math.log(chance / (1.0 - chance)) / self.slope


def neutral(encoder: str, low: float, high: float) -> Calibration:
    """Give a curve for when there is nothing to fit it on: the middle of the scale is an even chance."""
    return Calibration(encoder, low, high, slope=8.0, centre=0.6)


def fit_curve(
    encoder: str, low: float, high: float, blended: Sequence[float], right: Sequence[bool], outside: int
) -> Calibration:
    """Fit the logistic curve to best hits' scores and whether they were right (Newton's method)."""
    x: Floats = np.asarray(blended, dtype=np.float64)
    y: Floats = np.asarray(right, dtype=np.float64)
    if len(x) < 20 or y.min() == y.max():
        return neutral(encoder, low, high)
    weights = np.array([8.0, -5.0])
    design = np.stack([x, np.ones_like(x)], axis=1)
    prior = np.diag([1e-3, 1e-3])  # keeps it finite where the two kinds do not overlap at all
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -60, 60)))
        gradient = design.T @ (p - y) + prior @ weights
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + prior
        step = np.linalg.solve(curvature, gradient)
        weights -= np.clip(step, -5, 5)
        if float(np.abs(step).max()) < 1e-8:
            break
    slope = max(float(weights[0]), 0.5)
    centre = -float(weights[1]) / slope
    return Calibration(encoder, low, high, round(slope, 4), round(centre, 4), len(x), outside)


def choose_thresholds(outside: Sequence[float]) -> Thresholds:
    """Choose the thresholds by AIMS; ``outside``: the chances of the best passages for what has no answer."""
    if len(outside) < LEAST_OUTSIDE:
        return Thresholds()
    found = {
        name: max(least, float(np.quantile(np.asarray(outside), share)))
        for name, (share, least) in AIMS.items()
    }
    return Thresholds(**{name: round(value, 3) for name, value in found.items()})


def dense_range(best: Sequence[float], ordinary: Sequence[float]) -> tuple[float, float]:
    """Choose ``low`` and ``high``: the middle of unrelated cosines, and the top tenth of right ones."""
    if not len(best) or not len(ordinary):
        return 0.0, 1.0
    low, high = float(np.median(ordinary)), float(np.quantile(best, 0.9))
    return (round(low, 4), round(high, 4)) if high - low > 0.01 else (round(low, 4), round(low + 0.1, 4))


def read_calibration(encoder: str, folders: Sequence[Path]) -> Calibration | None:
    """Give what is kept for an encoder in the first folder that has it; None where nothing is."""
    for folder in folders:
        for file in (folder / f"{Path(encoder).name}.json", folder / f"{slug(encoder)}.json"):
            if not file.is_file():
                continue
            try:
                found = _read(json.loads(file.read_text(encoding="utf-8")))
                if found.encoder == encoder and found.high > found.low:
                    return found
            except (OSError, ValueError, TypeError, KeyError) as error:
                log.warning("the calibration in %s cannot be used (%s)", file, error)
    return None


def _read(kept: dict[str, Any]) -> Calibration:
    """Make it of its JSON. A file of before there were thresholds is none: it is fitted anew."""
    return Calibration(**{**kept, "thresholds": Thresholds(**kept["thresholds"])})


def write_calibration(calibration: Calibration, file: Path) -> None:
    """Keep the numbers as JSON, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(asdict(calibration), indent=2) + "\n", encoding="utf-8")
    part.replace(file)
