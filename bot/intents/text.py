"""Text before it is encoded or counted: safe, short, and Arabic spelled one way."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 2000  # the encoder reads 512 tokens at a time; more only costs time

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")  # vowels, tatweel
_STRETCHED = re.compile(r"(.)\1{2,}")
_SPACES = re.compile(r"\s+")
_LETTERS = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ک": "ك", "ی": "ي"}
    | {chr(0x0660 + digit): str(digit) for digit in range(10)}
    | {chr(0x06F0 + digit): str(digit) for digit in range(10)}
)


def for_encoder(text: str) -> str:
    """Give what the encoder may read: no control characters (a NUL would end the text), no excess."""
    text = text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")  # no half of a surrogate pair
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def for_counting(text: str) -> str:
    """Give the text as its letters are counted: small letters, one spelling of each Arabic letter,
    no vowel marks, ASCII digits, and no letter more than twice in a row."""
    plain = unicodedata.normalize("NFKC", for_encoder(text)).casefold()
    return _STRETCHED.sub(r"\1\1", _MARKS.sub("", plain).translate(_LETTERS))
