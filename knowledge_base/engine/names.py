"""Finding names (of places, subjects, people, databases, holidays) in what a patron typed.

Names are looked for as whole words, longest first, forgiving case, Arabic spelling and the article, spaces
and hyphens inside a name, and one slip of the finger in a long one. Short names that are also ordinary
words (IT, WHO) count only where they are typed in capitals, or are all that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from knowledge_base.engine.text import bare, fold, is_arabic, without_marks, words

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LONGEST_TEXT = 80  # words that are looked at
_FUZZY_FROM, _FUZZY_TWO = 6, 12  # letters from which one slip, and two, are forgiven
_FUZZY_ARABIC = 8  # letters from which a changed letter is forgiven in an Arabic name
_GLUED = "وفبلك"  # Arabic particles written onto the next word

# Three-letter names that would be met by chance in a sentence.
_ORDINARY = frozenset(words("who how the and for you are can may all any new now one out see get use has"))


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: whose it is, and the words (from, to) that say it."""

    id: str
    start: int
    end: int
    letters: int
    exact: bool


@dataclass(frozen=True, slots=True)
class _Token:
    typed: str
    keys: tuple[str, ...]  # the word, and the word without a particle written onto it
    tail: str  # how it counts when it is not the first word of a name


class Names:
    """A list of ids with the names each is known by.

    ``capitals``: folded one-word names that are ordinary words too and count only with a capital letter.
    ``cues``: where given, a one-word name counts only after one of these words, with a capital letter (in
    Latin script), or in a text of up to three words.
    """

    def __init__(
        self,
        named: Iterable[tuple[str, Iterable[str]]],
        capitals: Collection[str] = (),
        cues: Collection[str] = (),
    ) -> None:
        self._exact: dict[str, list[str]] = {}
        self._single: set[str] = set()
        self._longest = 1
        for id_, names in named:
            for name in names:
                self._add(id_, name)
        self._capitals = frozenset(_key(word) for word in capitals)
        self._cues = frozenset(fold(cue) for cue in cues)
        self._by_start: dict[tuple[str, int], list[str]] = {}
        for joined in self._exact:
            if len(joined) >= _FUZZY_FROM:
                self._by_start.setdefault((joined[0], len(joined)), []).append(joined)

    def _add(self, id_: str, name: str) -> None:
        parts = [_key(word) for word in words(name)]
        if not parts:
            return
        joined = "".join(parts)
        owners = self._exact.setdefault(joined, [])
        if id_ not in owners:
            owners.append(id_)
        if len(parts) == 1:
            self._single.add(joined)
        self._longest = max(self._longest, len(parts) + 1)  # one more: “pub med” for PubMed

    def find(self, text: str) -> list[Found]:
        """Give the names in ``text`` in the order they stand; overlapping ones are settled by length."""
        tokens = [_token(m[0]) for m in list(_TOKEN.finditer(without_marks(text)))[:_LONGEST_TEXT]]
        shouting = not any(c.islower() for c in text)
        found = self._spans(tokens, shouting, exact=True)
        taken = {at for hit in found for at in range(hit.start, hit.end)}
        found += [
            hit
            for hit in self._spans(tokens, shouting, exact=False)
            if not taken & set(range(hit.start, hit.end))
        ]
        return sorted(found, key=lambda hit: (hit.start, not hit.exact))

    def ids(self, text: str) -> list[str]:
        """Give the ids named in ``text``, each once, in the order they are named."""
        return list(dict.fromkeys(hit.id for hit in self.find(text)))

    def _spans(self, tokens: Sequence[_Token], shouting: bool, exact: bool) -> list[Found]:
        taken: set[int] = set()
        found: list[Found] = []
        for size in range(min(self._longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - size + 1):
                span = range(start, start + size)
                if taken.isdisjoint(span):
                    hits = self._at(tokens, start, size, shouting, exact)
                    if hits:
                        taken.update(span)
                        found += hits
        return found

    def _at(
        self, tokens: Sequence[_Token], start: int, size: int, shouting: bool, exact: bool
    ) -> list[Found]:
        tail = "".join(token.tail for token in tokens[start + 1 : start + size])
        for first in tokens[start].keys:
            joined = first + tail
            name = joined if exact and joined in self._exact else None if exact else self._near(joined)
            if name and self._counts(name, tokens, start, size, shouting):
                return [Found(i, start, start + size, len(name), exact) for i in self._exact[name]]
        return []

    def _near(self, joined: str) -> str | None:
        if len(joined) < _FUZZY_FROM or joined.isdigit():
            return None
        slips = 2 if len(joined) >= _FUZZY_TWO else 1
        lengths = range(len(joined) - slips, len(joined) + slips + 1)
        options = [name for n in lengths for name in self._by_start.get((joined[0], n), ())]
        best = extract(joined, options, scorer=OSA.distance, score_cutoff=slips, limit=1)
        return best[0][0] if best and not _another_word(joined, best[0][0]) else None

    def _counts(self, name: str, tokens: Sequence[_Token], start: int, size: int, shouting: bool) -> bool:
        """Whether this is the name, and not an ordinary word or a chance run of words."""
        whole = size == len(tokens)
        typed = tokens[start].typed
        if size > 1:
            return name not in self._single or len(name) >= 5
        if whole:
            return True
        if is_arabic(name):
            if len(name) <= 2:
                return False
        elif len(name) <= 2 or name in _ORDINARY:
            return typed.isupper() and not shouting
        elif name in self._capitals:
            return typed[0].isupper() and not shouting and start > 0
        if self._cues and name in self._single:
            cued = start > 0 and (self._cues & {*tokens[start - 1].keys, fold(tokens[start - 1].typed)})
            capital = typed[0].isupper() and not shouting
            return bool(cued) or capital or len(tokens) <= 3
        return True


def _another_word(typed: str, name: str) -> bool:
    """Whether a short Arabic word with a letter changed is a word of its own: مناسبة is no محاسبة."""
    changed = len(typed) == len(name) and sorted(typed) != sorted(name)
    return changed and len(name) < _FUZZY_ARABIC and is_arabic(name)


def _token(typed: str) -> _Token:
    found = words(typed)
    word = found[0] if found else fold(typed)
    keys = [_key(word)]
    if is_arabic(word) and len(word) >= 4 and word[0] in _GLUED:
        keys.append(_key(word[1:]))
    return _Token(typed, tuple(dict.fromkeys(keys)), keys[0])


def _key(word: str) -> str:
    """Reduce a folded word: without the Arabic article, without the s of a plural."""
    if is_arabic(word):
        return bare(word)
    if len(word) > 4 and word.endswith("s") and word[-2] not in "sui":
        return word[:-1]
    return word
