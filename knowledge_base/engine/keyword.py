"""BM25 over a few thousand short texts, in memory, with the Arabic-aware terms of ``text.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge_base.engine.text import terms

Scores = npt.NDArray[np.float32]

_K1, _B = 1.2, 0.75
ENOUGH = 0.3  # measured: on FAQ, on passages and on questions from outside


class Bm25:
    """An inverted index. Its scores are scaled to 0..1 in a way that suits a blend.

    The best text has 1, unless it is poor: an ideal text would hold every word of the question, and one
    that reaches less than ENOUGH of the ideal keeps only its part. So a single common word in a question
    about something else does not look like an answer.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        self.size = len(counts)
        lengths = np.array([sum(c.values()) for c in counts], dtype=np.float32)
        mean = float(lengths.mean()) if self.size and lengths.any() else 1.0
        postings: dict[str, list[tuple[int, int]]] = {}
        for row, count in enumerate(counts):
            for term, often in count.items():
                postings.setdefault(term, []).append((row, often))
        self._postings: dict[str, tuple[npt.NDArray[np.int64], Scores]] = {}
        self._idf: dict[str, float] = {}
        for term, found in postings.items():
            rows = np.array([row for row, _ in found], dtype=np.int64)
            times = np.array([n for _, n in found], dtype=np.float32)
            idf = self._inverse_frequency(len(found))
            norm = _K1 * (1 - _B + _B * lengths[rows] / mean)
            self._postings[term] = rows, (idf * times * (_K1 + 1) / (times + norm)).astype(np.float32)
            self._idf[term] = idf

    def _inverse_frequency(self, texts: int) -> float:
        return float(np.log(1 + (self.size - texts + 0.5) / (texts + 0.5)))

    def scores(self, question: str) -> Scores:
        """Give the score of every text, 0 to 1, in the order they were given."""
        total = np.zeros(self.size, dtype=np.float32)
        best = 0.0
        for term in dict.fromkeys(terms(question)):
            best += self._idf.get(term, self._inverse_frequency(0)) * (_K1 + 1)
            if term in self._postings:
                rows, weights = self._postings[term]
                total[rows] += weights
        if not best:
            return total
        return total / np.float32(max(float(total.max(initial=0.0)), ENOUGH * best))
