"""Fitting an encoder's calibration on the knowledge base's own other wordings, each left out in turn.

``python -m knowledge_base.engine.fit`` fits the shipped encoder again and writes its file.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from knowledge_base.engine.calibration import (
    SHIPPED,
    Calibration,
    choose_thresholds,
    dense_range,
    fit_curve,
    neutral,
    write_calibration,
)
from knowledge_base.engine.encoder import Encoder, load_encoder
from knowledge_base.engine.index import SearchIndex, merge_twins
from knowledge_base.engine.load import Loader
from knowledge_base.engine.passages import searchable
from knowledge_base.engine.records import Passage
from knowledge_base.engine.shipped import Vectors
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.text import language_of
from knowledge_base.engine.vectors import VectorStore, slug

_FOLDS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with what answers it: the twin's id and its topic, or None for neither."""

    text: str
    vector: Vectors
    twin: str | None
    topic: str | None


def fit(
    passages: Sequence[Passage], store: VectorStore, encoder: Encoder, outside: Sequence[str] = ()
) -> Calibration:
    """Fit a calibration on ``passages``; ``outside`` are questions that nothing in them answers.

    Each other wording of a FAQ entry is asked of an index that does not hold it. Counted as right: the
    entry itself, or a passage on the same topic, which is what a patron takes for an answer.
    """
    strangers = [
        Asked(text, vector, None, None)
        for text, vector in zip(outside, encoder.encode_queries(outside), strict=True)
    ]
    folds = [_fold(passages, store, encoder, number) for number in range(_FOLDS)]
    low, high = _range(folds)
    raw = neutral(encoder.name, low, high)
    blended: list[float] = []
    strange: list[float] = []
    right: list[bool] = []
    for number, (index, asked) in enumerate(folds):
        for question in (*asked, *strangers[number::_FOLDS]):
            scored = index.blend(question.text, question.vector, raw)
            merged = merge_twins(scored, index.items, language_of(question.text))
            if merged:
                item = index.items[merged[0].row]
                blended.append(merged[0].blended)
                right.append(question.twin is not None and item.topic == question.topic)
                strange += [merged[0].blended] if question.twin is None else []
    curve = fit_curve(encoder.name, low, high, blended, right, len(strangers))
    return replace(curve, thresholds=choose_thresholds([curve.chance(score) for score in strange]))


def _fold(
    passages: Sequence[Passage], store: VectorStore, encoder: Encoder, number: int
) -> tuple[SearchIndex, list[Asked]]:
    """Make an index without every sixth wording, and give those wordings to be asked."""
    kept, held = [], []
    for passage in passages:
        out = {q for at, q in enumerate(passage.asked) if at % _FOLDS == number}
        kept.append(searchable(replace(passage, asked=tuple(q for q in passage.asked if q not in out))))
        held += [(q, passage) for q in passage.asked if q in out]
    vectors = store.vectors([unit for item in kept for unit in item.units])
    asked = [
        Asked(q, vector, passage.twin, passage.document.topic)
        for (q, passage), vector in zip(held, encoder.encode_queries([q for q, _ in held]), strict=True)
    ]
    return SearchIndex(kept, vectors, encoder.spaces), asked


def _range(folds: Sequence[tuple[SearchIndex, list[Asked]]]) -> tuple[float, float]:
    best: list[float] = []
    ordinary: list[float] = []
    for index, asked in folds:
        every = np.arange(len(index))
        rows = {item.id: row for row, item in enumerate(index.items)}
        for question in asked:
            cosines = index.cosines(every, question.vector)
            ordinary.append(float(np.median(cosines)))
            same = [rows[key] for key in (f"{question.twin}:en", f"{question.twin}:ar") if key in rows]
            best += [max(float(cosines[row]) for row in same)] if same else []
    return dense_range(best, ordinary)


def read_outside(file: Path) -> list[str]:
    """Read the examples of every intent in a Rasa NLU file, without entity marks."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [line for entry in data["nlu"] for line in _examples(entry.get("examples", ""))]


def _examples(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if text := line.strip().removeprefix("-").strip():
            yield text


def main() -> None:
    """Fit an encoder's calibration and write it to the folder of shipped ones."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--encoder", default="shipped")
    parser.add_argument("--knowledge-base", type=Path, default=here)
    parser.add_argument("--outside", type=Path, default=here.parent / "data/nlu/out_of_scope.yml")
    parser.add_argument("--cache", type=Path, default=here.parent / "var/index")
    given = parser.parse_args()
    encoder = load_encoder(given.encoder)
    snapshot = Snapshot(Loader(given.knowledge_base).load(), "")
    store = VectorStore(encoder, given.cache)
    found = fit(list(snapshot.passages.values()), store, encoder, read_outside(given.outside))
    name = given.encoder if given.encoder.isalnum() else slug(given.encoder)
    write_calibration(found, SHIPPED / f"{name}.json")
    print(found)


if __name__ == "__main__":
    main()
