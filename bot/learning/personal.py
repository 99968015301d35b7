"""Finding personal data in a question, so that it is never kept: addresses, numbers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MASK = "…"

_DIGITS = str.maketrans({chr(base + d): str(d) for base in (0x0660, 0x06F0) for d in range(10)})
_EMAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\".]+")
_HANDLE = re.compile(r"(?<![\w.])@[A-Za-z]\w{2,}")
# What looks like a number and is none of anybody's: ISBN, ISSN, DOI, years and spans of years.
_PUBLIC = re.compile(
    r"(?:97[89][- ]?(?:\d[- ]?){9}[\dXx]|(?i:isbn\D{0,3})[\dXx -]{10,17}|(?i:issn\D{0,3})\d{4}-?\d{3}[\dXx]"
    r"|10\.\d{4,9}/\S+|(?i:doi|pmid|oclc)\D{0,3}[\d./]\S*|\b(?:1[5-9]|20)\d\d\s?[-–/]\s?(?:1[5-9]|20)\d\d\b)"
)
_LONG_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().\-/]{0,2}\d){5,}(?!\w)")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_CODE = re.compile(r"\b[A-Za-z]{1,2}\d{6,}\b")  # a student's number with a letter before it
_INTRODUCED = re.compile(
    r"\b(?:my (?:full |first |last |sur)?name(?:'s| is|:)|(?:i am|i'm|im) called|(?:full )?name:)\s+"
    r"|(?<!\w)(?:[وف]?[إا]سم[يى](?: هو| الكامل(?: هو)?)?|الاسم)\s*[:：]?\s+",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:regards|sincerely|cheers|yours|تحياتي|(?:مع )?خالص (?:الشكر|التحية))\s*[,،.\n-]\s*", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_][\w'’.\-]*")
_NOT_ENGLISH_NAMES = """
not on in at is the a an of to wrong misspelled spelled spelt missing listed there still already and but i
i'm im we my from with who can could do how what where when please so because was has under changed
"""
_NOT_ARABIC_NAMES = """
غير ليس لا في على من مكتوب موجود مفقود خطأ لم ما هل كيف متى أين و أنا انا وأنا وانا طالب طالبة أريد اريد
وأريد واريد لكن هناك عندكم بدي
"""
_NO_NAME = frozenset((_NOT_ENGLISH_NAMES + _NOT_ARABIC_NAMES).split())
_MOST_WORDS = 3  # of a name


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a text, from ``start`` up to ``end``; ``kind`` reads in a sentence."""

    kind: str
    start: int
    end: int


def personal_data(text: str) -> list[Found]:
    """Give what looks like personal data, in order and without overlaps.

    Numbers of six digits and more count, unless they are an ISBN, an ISSN, a DOI or a date; so do one to
    three words after “my name is”, “اسمي” and under a greeting at the end.
    """
    plain = text.translate(_DIGITS)
    taken: list[Found] = []
    for found in sorted((*_addresses(plain), *_numbers(plain), *_names(plain)), key=lambda f: f.start):
        if not taken or found.start >= taken[-1].end:
            taken.append(found)
    return taken


def masked(text: str, found: list[Found]) -> str:
    """Give the text with an ellipsis in the place of what was found."""
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], MASK]
        at = one.end
    return "".join([*parts, text[at:]])


def _addresses(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found("an e-mail address", *match.span())
    for match in _HANDLE.finditer(text):
        yield Found("an account's name", *match.span())


def _numbers(text: str) -> Iterator[Found]:
    public = [match.span() for match in _PUBLIC.finditer(text)]
    for match in _LONG_NUMBER.finditer(text):
        inside = any(start < match.end() and match.start() < end for start, end in public)
        digits = sum(c.isdigit() for c in match[0])
        if not inside and not (digits <= 8 and _DATE.fullmatch(match[0])):
            phone = match[0].startswith(("+", "0", "(")) or any(c in match[0] for c in " ()-")
            yield Found("a phone number" if phone else "an id number", *match.span())
    for match in _CODE.finditer(text):
        yield Found("an id number", *match.span())


def _names(text: str) -> Iterator[Found]:
    for match in (*_INTRODUCED.finditer(text), *_SIGNED.finditer(text)):
        at = end = match.end()
        for _ in range(_MOST_WORDS):
            word = _WORD.match(text, at)
            if word is None or word[0].strip(".").lower() in _NO_NAME:
                break
            end = word.end()
            if word[0].endswith("."):
                break
            at = end + 1 if text[end : end + 1] == " " else len(text)
        if end > match.end():
            yield Found("a name", match.end(), end)
