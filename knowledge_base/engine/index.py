"""The index: FAISS over several vectors a passage, BM25 over its words, and the blend of the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from knowledge_base.engine.calibration import Calibration
from knowledge_base.engine.encoder import Vectors
from knowledge_base.engine.keyword import Bm25
from knowledge_base.engine.passages import Searchable

_NEAREST = 256  # vectors that FAISS gives for a question
_BEST_WORDS = 40  # passages that BM25 adds to the candidates
WITHOUT_QUESTION = 0.12  # taken from the blended score of a text that no question stands over
OTHER_LANGUAGE = 0.06  # taken from the blended score of a text that is not in the asker's language
TOPIC_NUDGE = 1.2  # added to the exponent where the classifier is certain of a passage's topic

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """One passage (by its row) with its scores: ``dense`` a cosine, ``keyword`` 0 to 1, ``blended``."""

    row: int
    dense: float
    keyword: float
    blended: float


class SearchIndex:
    """Immutable once made; searched from many threads. ``vectors`` are those of all units, in order."""

    def __init__(self, items: Sequence[Searchable], vectors: Vectors) -> None:
        self.items = tuple(items)
        counts = [len(item.units) for item in self.items]
        heads = [sum(unit.kind == "heading" for unit in item.units) for item in self.items]
        if len(vectors) != sum(counts):
            raise ValueError(f"{len(vectors)} vectors for {sum(counts)} units")
        if any(head >= count for head, count in zip(heads, counts, strict=True)):
            raise ValueError("an item needs a unit of text")
        self._owner: Rows = np.repeat(np.arange(len(counts)), counts)
        self._first: Rows = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        self._counts: Rows = np.array(counts, dtype=np.int64)
        self._heads: Rows = np.array(heads, dtype=np.int64)
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._flat: Any = faiss.IndexFlatIP(vectors.shape[1])
        if len(vectors):
            self._flat.add(self._vectors)
        self._words = Bm25([item.words for item in self.items])

    def __len__(self) -> int:
        return len(self.items)

    def nearest(self, vector: Vectors) -> Rows:
        """Give the rows of the passages that own the nearest vectors, nearest first."""
        if not len(self._vectors):
            return np.empty(0, dtype=np.int64)
        near = min(_NEAREST, len(self._vectors))
        faiss.omp_set_num_threads(1)  # of this thread only; for so few vectors, quicker than waking others
        _, units = self._flat.search(vector.reshape(1, -1), near)
        owners: Rows = self._owner[units[0]]
        _, first = np.unique(owners, return_index=True)
        found: Rows = owners[np.sort(first)]
        return found

    def cosines(self, rows: Rows, vector: Vectors) -> Vectors:
        """Give the cosine of each passage in ``rows``: the mean of its best heading and its best text."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        counts, heads = self._counts[rows], self._heads[rows]
        ends = np.cumsum(counts)
        within = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
        cosines = self._vectors[np.repeat(self._first[rows], counts) + within] @ vector
        is_head = within < np.repeat(heads, counts)
        text = np.maximum.reduceat(np.where(is_head, np.float32(-1), cosines), ends - counts)
        head = np.maximum.reduceat(np.where(is_head, cosines, np.float32(-1)), ends - counts)
        found: Vectors = np.where(heads > 0, (head + text) / 2, text).astype(np.float32)
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
            if not self._heads[row]:
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
