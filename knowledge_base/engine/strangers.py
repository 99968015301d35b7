"""How high questions that nothing answers score in a collection, and the curve that follows for it.

An encoder's curve was fitted on one collection. Where there are fewer texts and no other wordings beside
them, as in the pages that a library has just brought in, all scores are lower: those of right passages, and
those of strangers just as well. How far the strangers' have moved can be measured anywhere, and tells how far
to go along.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from knowledge_base.engine.calibration import AIMS, LEAST_OUTSIDE, Calibration
from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.index import SearchIndex, merge_twins
from knowledge_base.engine.text import language_of

log = logging.getLogger(__name__)

# Not all of the way: these strangers are far from any library, and what is asked of one in vain is nearer.
ALONG = 0.66
_CHANCE = 0.05  # of the blended score; two samples of strangers may differ by so much
_ASKED = 120  # strangers; more tell no better
_AGAIN = 0.1  # the share of passages by which a collection changes before it is measured again


@dataclass(frozen=True, slots=True)
class Level:
    """The blended scores of the best passages for strangers, in a collection of ``passages``."""

    encoder: str
    passages: int
    scores: tuple[float, ...]

    def holds_for(self, encoder: str, passages: int) -> bool:
        """Whether it still tells something of a collection of this size."""
        return self.encoder == encoder and abs(passages - self.passages) <= _AGAIN * max(self.passages, 1)


def measure(index: SearchIndex, encoder: Encoder, curve: Calibration, strangers: Sequence[str]) -> Level:
    """Ask a collection what it cannot answer."""
    asked = list(strangers)[:: max(1, math.ceil(len(strangers) / _ASKED))]
    scores = []
    vectors = encoder.encode_queries(asked, own=index.twinned) if asked and len(index) else ()
    for question, vector in zip(asked, vectors, strict=False):
        found = merge_twins(index.blend(question, vector, curve), index.items, language_of(question))
        scores += [round(found[0].blended, 4)] if found else []
    return Level(encoder.name, len(index), tuple(scores))


def adapted(curve: Calibration, level: Level) -> Calibration:
    """Move a curve to where a collection's scores lie; only ever down, and not for what may be chance."""
    if min(len(level.scores), curve.outside) < LEAST_OUTSIDE:
        return curve
    share, _ = AIMS["answer"]
    there = curve.score(curve.thresholds.answer)
    lower = there - float(np.quantile(np.asarray(level.scores), share))
    if lower <= _CHANCE:
        return curve
    moved = replace(curve, centre=round(curve.centre - ALONG * lower, 4))
    before = curve.thresholds
    # What is asked of a text that seemed to be none of the library's is told by the strangers themselves.
    far = {
        name: moved.chance(float(np.quantile(np.asarray(level.scores), AIMS[name][0])))
        for name in ("clear", "sure")
    }
    clear = min(before.clear, max(before.also, round(far["clear"], 3)))
    # Half of the way: the last hundredth of so few strangers is one or two of them.
    sure = min(before.sure, max(clear, round((before.sure + far["sure"]) / 2, 3)))
    return replace(moved, thresholds=replace(before, clear=clear, sure=sure))


def read_level(file: Path) -> Level | None:
    """Give what was measured before; None where nothing was."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Level(kept["encoder"], int(kept["passages"]), tuple(float(score) for score in kept["scores"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.warning("what was measured in %s cannot be used (%s)", file, error)
        return None


def write_level(level: Level, file: Path) -> None:
    """Keep what was measured, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    whole = {"encoder": level.encoder, "passages": level.passages, "scores": level.scores}
    part.write_text(json.dumps(whole) + "\n", encoding="utf-8")
    part.replace(file)
