"""Slips of the finger, mended with the words that the knowledge base itself uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from knowledge_base.engine.text import fold, words

_TOKEN = re.compile(r"[^\W\d_]+")
_SHORTEST, _TWO_SLIPS_FROM = 4, 8  # letters of a word that is mended, and from which two slips are
_LONGEST_TEXT = 60  # words that are looked at


class Spelling:
    """The words of a collection with how often they stand there; corrects what is close to one of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._count = Counter(word for text in texts for word in words(text))
        self._by_start: dict[str, list[str]] = {}
        for word in self._count:
            if len(word) >= _SHORTEST and not word.isdigit():
                self._by_start.setdefault(word[0], []).append(word)

    def corrected(self, text: str) -> str:
        """Give a text with its unknown words put right where one known word is near; else as it is.

        The first letter is trusted; of several words the most frequent is taken.
        """
        found = list(_TOKEN.finditer(text))[:_LONGEST_TEXT]
        for match in reversed(found):
            better = self._near(fold(match[0]))
            if better is not None:
                text = text[: match.start()] + better + text[match.end() :]
        return text

    def _near(self, word: str) -> str | None:
        if len(word) < _SHORTEST or word in self._count:
            return None
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        near: list[tuple[int, int, str]] = []
        for known in self._by_start.get(word[0], ()):
            if abs(len(known) - len(word)) <= slips:
                distance = OSA.distance(word, known, score_cutoff=slips)
                if distance <= slips:
                    near.append((distance, -self._count[known], known))
        return min(near)[2] if near else None
