"""How text is made comparable: folding, words and stems, for English and for Arabic.

Folding takes away what people leave out or vary when they type: case, accents, Arabic vowel signs,
tatweel, the seat of the hamza, ta marbuta against ha, alef maqsura against ya, the kind of digits.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found, unused-ignore]

_MAP = {ord("ة"): "ه", ord("ى"): "ي", ord("ی"): "ي", ord("ک"): "ك", ord("ٱ"): "ا", ord("ـ"): None}
_MAP |= {ord("’"): "'", ord("‘"): "'", ord("ʼ"): "'"}
_MAP |= {base + digit: str(digit) for base in (0x0660, 0x06F0) for digit in range(10)}

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LETTER = re.compile(r"[^\W\d_]")

# Prefixes (longest first) and suffixes that a light stemmer may take off an Arabic word.
_AR_PREFIXES = ("وبال", "وال", "بال", "كال", "فال", "لل", "ال", "و")
_AR_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_AR_CLITICS = ("وبال", "ولل", "وال", "بال", "كال", "فال", "عال", "هال", "لل", "ال")

# Words of question and grammar only: nothing that could tell one answer from another.
_GRAMMAR = (
    "a an the is are am was were be been do does did i me my we our you your he she it its they this that "
    "these those of to in on at for from by with and or if so as how what where when which who can could "
    "would should will may might have has had there here please any some "
    "في من على الى عن مع هل ما ماذا كيف متى اين انا انت هو هي هم هذا هذه ذلك التي الذي ان او ثم قد لي لو "
    "كان يكون شو وين ايش لازم ممكن بدي"
)

_lock = threading.Lock()
_english = Stemmer.Stemmer("english")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Give ``text`` without case, accents, vowel signs and the spelling variants of Arabic."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", without_marks(decomposed)).translate(_MAP)


def without_marks(text: str) -> str:
    """Take out what is written above and below letters, and signs that are not seen."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf"))


def words(text: str) -> list[str]:
    """Give the folded words of ``text`` in order; a possessive 's is taken off."""
    found = _WORD.findall(fold(text))
    return [w[:-2] if w.endswith("'s") else w.replace("'", "") for w in found]


def is_arabic(word: str) -> bool:
    """Whether a word is written in Arabic letters."""
    return bool(_ARABIC.match(word))


def bare(word: str) -> str:
    """Take the article, and what is written before it, off a folded Arabic word; else give it as it is."""
    if is_arabic(word):
        for prefix in _AR_CLITICS:
            if word.startswith(prefix) and len(word) - len(prefix) >= 2:
                return word[len(prefix) :]
    return word


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """Give the stem of a folded word: Snowball for English, a light stemmer for Arabic."""
    if not is_arabic(word):
        with _lock:  # a Stemmer keeps a buffer of its own, which two threads must not share
            return str(_english.stemWord(word))
    for prefix in _AR_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    for suffix in _AR_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


_STOP = frozenset(words(_GRAMMAR))


def terms(text: str) -> list[str]:
    """Give the stems of ``text`` for keyword search, without the words that carry no meaning."""
    return [stem(w) for w in words(text) if w not in _STOP]


def language_of(text: str) -> str | None:
    """Tell ``"en"`` from ``"ar"`` by counting letters of each script; None where there are no letters."""
    letters = _LETTER.findall(text)
    arabic = sum(1 for letter in letters if _ARABIC.match(letter))
    other = len(letters) - arabic
    if not arabic and not other:
        return None
    return "ar" if arabic >= other else "en"
