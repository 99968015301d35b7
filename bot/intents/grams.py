"""Counting what a text is made of: character and word n-grams, weighted by TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

from bot.intents.text import for_counting

CHARACTERS = (2, 3, 4, 5)  # sizes; within words, whose edges are marked by spaces
MAX_FEATURES = 24_000
_WORD = re.compile(r"\w+")


def grams(text: str) -> Iterator[str]:
    """Give the n-grams of a text: ``c…`` of characters, ``w…`` of one word and of two."""
    words = _WORD.findall(for_counting(text))
    for word in words:
        padded = f" {word} "
        for size in CHARACTERS:
            if size >= len(padded):
                yield "c" + padded
                break
            for start in range(len(padded) - size + 1):
                yield "c" + padded[start : start + size]
    for word in words:
        yield "w" + word
    for left, right in pairwise(words):
        yield f"w{left} {right}"


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams that count, with their weights."""

    names: tuple[str, ...]
    weights: NDArray[np.float32]  # (n-grams,), inverse document frequencies

    @classmethod
    def of(cls, texts: Sequence[str], at_most: int = MAX_FEATURES) -> Vocabulary:
        """Learn from texts; the rarest n-grams are left out when there are more than ``at_most``."""
        documents: Counter[str] = Counter()
        for text in texts:
            documents.update(set(grams(text)))
        kept = sorted(sorted(documents, key=lambda name: (-documents[name], name))[:at_most])
        frequencies = np.array([documents[name] for name in kept], dtype=np.float64)
        weights = np.log((1 + len(texts)) / (1 + frequencies)) + 1
        return cls(tuple(kept), weights.astype(np.float32))

    def count(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Give a text's n-grams as (indices, values); characters and words have length 1 each."""
        halves: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for name in grams(text):
            index = self._index.get(name)
            if index is not None:
                half = halves[name[0] == "w"]
                half[index] = half.get(index, 0) + 1
        indices, values = [], []
        for half in halves:
            own = np.fromiter(half.keys(), dtype=np.int32, count=len(half))
            times = np.fromiter(half.values(), dtype=np.float32, count=len(half))
            value = (1 + np.log(times)) * self.weights[own]
            indices.append(own)
            values.append(value / (np.linalg.norm(value) or 1.0))
        return np.concatenate(indices), np.concatenate(values).astype(np.float32)

    def matrix(self, texts: Sequence[str]) -> Any:
        """Give the texts as a scipy CSR matrix of shape (texts, n-grams), float32."""
        rows = [self.count(text) for text in texts]
        ends = np.cumsum([0, *(len(indices) for indices, _ in rows)])
        indices = np.concatenate([i for i, _ in rows]) if rows else np.zeros(0, np.int32)
        values = np.concatenate([v for _, v in rows]) if rows else np.zeros(0, np.float32)
        return sparse.csr_matrix((values, indices, ends), shape=(len(rows), len(self.names)))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}
