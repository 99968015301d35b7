"""What is done to a text before anybody reads it: cleaning, limits, and telling its language."""

from __future__ import annotations

import re
import unicodedata

from bot.errors import MessageRefused
from bot.model import Language

_ARABIC = re.compile(r"[\u0620-\u064A\u066E-\u06D3\u06FA-\u06FF\u0750-\u077F\u08A0-\u08C7]")
_LATIN = re.compile(r"[A-Za-z\u00C0-\u024F]")
_WORD = re.compile(r"\S+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+")

# Direction marks are kept: they are how people make mixed text readable. Overrides are not: they
# can make a text read as what it is not.
_KEPT = {"\n", "\t", "\u200c", "\u200d", "\u200e", "\u200f"}
_MOST_LATIN_WORDS_OF_A_NAME = 2
_ARABIC_SHARE = 0.3


def clean(text: str, limit: int) -> str:
    """Give the text without control characters and outer space, line ends made one kind.

    Raises MessageRefused: too_long past ``limit`` characters, empty where nothing is left.
    """
    if len(text) > limit:
        raise MessageRefused("too_long")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(_allowed(character) for character in lines)
    kept = unicodedata.normalize("NFC", kept).strip()
    if not any(character.isprintable() and not character.isspace() for character in kept):
        raise MessageRefused("empty")
    return kept


def _allowed(character: str) -> str:
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Co", "Cn"}:
        return " "
    return "" if category == "Cf" else character


def language_of(text: str, current: Language) -> Language:
    """Tell the language by the share of letters; ``current`` decides where the text does not.

    A word or two of Latin letters in an Arabic conversation is more often a name (JSTOR, APA 7)
    than a change of language, when it is written like one.
    """
    plain = _LINK.sub(" ", text)
    arabic, latin = len(_ARABIC.findall(plain)), len(_LATIN.findall(plain))
    if arabic and arabic >= _ARABIC_SHARE * (arabic + latin):
        return Language.AR
    if latin < 2:
        return current
    words = [word for word in _WORD.findall(plain) if _LATIN.search(word)]
    named = any(not word.islower() for word in words) or re.search(r"\d", plain)
    if len(words) <= _MOST_LATIN_WORDS_OF_A_NAME and named:
        return current
    return Language.EN
