"""The index: FAISS over several vectors a passage, BM25 over its words, and the blend of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from knowledge_base.engine.calibration import Calibration
from knowledge_base.engine.keyword import Bm25
from knowledge_base.engine.passages import Searchable
from knowledge_base.engine.shipped import Space, Vectors

_NEAREST = 256  # vectors that FAISS gives for a question
_BEST_WORDS = 40  # passages that BM25 adds to the candidates
# Taken from the blended score of a guide's text: a question of ours says it shorter, if there is one. Nobody
# has written such questions for pages that were brought in.
WITHOUT_QUESTION = 0.12
OTHER_LANGUAGE = 0.06  # taken from the blended score of a text that is not in the asker's language
TOPIC_NUDGE = 0.6  # added to the exponent where the classifier is certain of a passage's topic

_KINDS = {"heading": 0, "text": 1, "window": 2}
_NONE = np.float32(-9)  # below any likeness

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage (by its row) with its scores: ``dense`` (0 chance, 1 good) and ``keyword`` (0 to 1)."""

    row: int
    dense: float
    keyword: float
    blended: float


@dataclass(frozen=True)
class _Place:
    """One space's vectors, with FAISS over those that have a part in it."""

    space: Space
    vectors: Vectors  # (units, the space's dimensions)
    units: Rows  # those with a part in it
    holds: npt.NDArray[np.bool_]  # (items,): whether an item's text has one
    flat: Any

    @classmethod
    def of(cls, space: Space, vectors: Vectors, owner: Rows, texts: npt.NDArray[np.bool_]) -> _Place:
        """Take a space's part of all units' vectors."""
        mine = np.ascontiguousarray(space.of(vectors), dtype=np.float32)
        within = np.any(mine != 0, axis=1)
        units = np.flatnonzero(within)
        flat = faiss.IndexFlatIP(max(mine.shape[1], 1))
        if len(units):
            flat.add(mine[units])
        holds = np.ones(int(owner.max(initial=-1)) + 1, dtype=bool)
        holds[owner[~within & texts]] = False
        return cls(space, mine, units, holds, flat)

    def reads(self, vector: Vectors) -> bool:
        """Whether a question has a part in this space."""
        return bool(len(self.units)) and bool(np.any(self.space.of(vector)))

    def nearest(self, vector: Vectors) -> Rows:
        """Give the nearest units, nearest first."""
        faiss.omp_set_num_threads(1)  # of this thread only; for so few vectors, quicker than waking others
        near = min(_NEAREST, len(self.units))
        _, found = self.flat.search(np.ascontiguousarray(self.space.of(vector)).reshape(1, -1), near)
        rows: Rows = self.units[found[0]]
        return rows

    def scaled(self, units: Rows, vector: Vectors) -> Vectors:
        """Give the likeness of units: their cosine, on the space's scale."""
        cosines = self.vectors[units] @ self.space.of(vector)
        found: Vectors = (cosines - self.space.low) / (self.space.high - self.space.low)
        return found


class SearchIndex:
    """Immutable once made; searched from many threads. ``vectors`` are those of all units, in order."""

    def __init__(
        self, items: Sequence[Searchable], vectors: Vectors, spaces: Sequence[Space] | None = None
    ) -> None:
        self.items = tuple(items)
        counts = [len(item.units) for item in self.items]
        kinds = [_KINDS[unit.kind] for item in self.items for unit in item.units]
        if len(vectors) != len(kinds):
            raise ValueError(f"{len(vectors)} vectors for {len(kinds)} units")
        if any(all(unit.kind != "text" for unit in item.units) for item in self.items):
            raise ValueError("an item needs a unit of text")
        self._owner: Rows = np.repeat(np.arange(len(counts)), counts)
        self._first: Rows = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        self._counts: Rows = np.array(counts, dtype=np.int64)
        self._kinds: Rows = np.array(kinds, dtype=np.int64)
        self._heads: Rows = np.array(
            [any(u.kind == "heading" for u in item.units) for item in self.items], dtype=bool
        )
        imported = np.array([item.imported for item in self.items], dtype=bool)
        self._first_hand: Rows = self._heads | imported
        given = spaces or (Space("all", 0, vectors.shape[1]),)
        texts = self._kinds == _KINDS["text"]
        self._places = tuple(_Place.of(space, vectors, self._owner, texts) for space in given)
        self._words = Bm25([item.words for item in self.items])

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def twinned(self) -> bool:
        """Whether each passage, or its twin, has a part in the first space.

        A question that has one too then misses nothing by being compared there alone.
        """
        holds = self._places[0].holds
        within = {item.twin for item, held in zip(self.items, holds, strict=True) if held}
        return all(item.twin in within for item in self.items)

    def nearest(self, vector: Vectors) -> Rows:
        """Give the rows of the passages that own the nearest vectors, those of the first space first."""
        found = [place.nearest(vector) for place in self._places if place.reads(vector)]
        owners: Rows = self._owner[np.concatenate(found)] if found else np.empty(0, dtype=np.int64)
        _, first = np.unique(owners, return_index=True)
        nearest: Rows = owners[np.sort(first)]
        return nearest

    def cosines(self, rows: Rows, vector: Vectors) -> Vectors:
        """Give how like the question each passage in ``rows`` is, on its space's scale (0 chance, 1 good).

        Headings, whole texts and windows are each represented by their best; a passage that has several kinds
        by their mean, in which text and window are one.
        """
        likeness = np.zeros(len(rows), dtype=np.float32)
        open_ = np.ones(len(rows), dtype=bool)
        for place in self._places:
            if place.reads(vector):
                mine = open_ & place.holds[rows]
                likeness[mine] = self._likeness(rows[mine], place, vector)
                open_ &= ~mine
        return likeness

    def _likeness(self, rows: Rows, place: _Place, vector: Vectors) -> Vectors:
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        counts = self._counts[rows]
        ends = np.cumsum(counts)
        units = np.repeat(self._first[rows] - (ends - counts), counts) + np.arange(ends[-1])
        cosines, kinds = place.scaled(units, vector), self._kinds[units]
        best = [
            np.maximum.reduceat(np.where(kinds == kind, cosines, _NONE), ends - counts)
            for kind in range(len(_KINDS))
        ]
        head, text, window = best
        text = np.where(window > _NONE, (text + window) / 2, text)
        found: Vectors = np.where(head > _NONE, (head + text) / 2, text).astype(np.float32)
        return found

    def blend(self, question: str, vector: Vectors, calibration: Calibration) -> list[Scored]:
        """Give every candidate of both kinds of search, best blend first."""
        scores = self._words.scores(question)
        rows = np.union1d(self.nearest(vector), self._top(scores)).astype(np.int64)
        found = []
        for row, cosine, score in zip(
            rows.tolist(), self.cosines(rows, vector).tolist(), scores[rows].tolist(), strict=True
        ):
            keyword = min(score, 1.0)
            blended = calibration.blend(cosine, keyword)
            if not self._first_hand[row]:
                blended -= WITHOUT_QUESTION
            found.append(Scored(row, cosine, keyword, blended))
        return sorted(found, key=lambda s: (-s.blended, s.row))

    def by_words(self, question: str) -> list[int]:
        """Give the rows that share words with the question, best first; BM25 alone."""
        scores = self._words.scores(question)
        return [row for row in np.argsort(-scores, kind="stable").tolist() if scores[row] > 0]

    def by_vector(self, vector: Vectors) -> list[int]:
        """Give the rows of the nearest passages, best first; the encoder alone."""
        rows = self.nearest(vector)
        found: list[int] = rows[np.argsort(-self.cosines(rows, vector), kind="stable")].tolist()
        return found

    def _top(self, scores: npt.NDArray[np.float32]) -> Rows:
        rows = np.flatnonzero(scores)
        if len(rows) > _BEST_WORDS:
            rows = rows[np.argpartition(-scores[rows], _BEST_WORDS)[:_BEST_WORDS]]
        return rows


def merge_twins(scored: Sequence[Scored], items: Sequence[Searchable], language: str | None) -> list[Scored]:
    """Make one hit of the two languages of a passage, shown in the asker's language where it exists.

    The better of the two decides the place; text in the other language is worth a little less.
    """
    shown: dict[str, Scored] = {}
    best: dict[str, float] = {}
    for hit in scored:
        item = items[hit.row]
        foreign = language is not None and item.language is not None and item.language != language
        worth = hit.blended - (OTHER_LANGUAGE if foreign else 0.0)
        best[item.twin] = max(best.get(item.twin, worth), worth)
        if item.twin not in shown or (not foreign and items[shown[item.twin].row].language != language):
            shown[item.twin] = hit
    merged = [Scored(h.row, h.dense, h.keyword, best[twin]) for twin, h in shown.items()]
    return sorted(merged, key=lambda s: (-s.blended, s.row))


def nudges(items: Sequence[Searchable], topic_weights: Mapping[str, float] | None) -> Mapping[str, float]:
    """Give, for each topic, what a classifier's opinion adds to the exponent of its passages."""
    if not topic_weights:
        return {}
    topics = {item.topic for item in items if item.topic is not None}
    return {t: TOPIC_NUDGE * max(0.0, min(1.0, topic_weights.get(t, 0.0))) for t in topics}
