"""What the knowledge base holds, as types. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

LanguageCode = Literal["en", "ar"]
Bilingual = Mapping[str, str]  # {"en": …, "ar": …}


@dataclass(frozen=True, slots=True)
class Document:
    """Front matter of a FAQ file or a guide."""

    id: str  # the file's stem without its language: "renewal", "subject-biology"
    kind: Literal["faq", "guide"]
    title: str
    topic: str
    language: LanguageCode
    audience: tuple[str, ...]
    owner: str
    reviewed: date
    path: str  # relative to the knowledge base, for messages to staff
    summary: str | None = None
    subjects: tuple[str, ...] = ()
    url: str | None = None
    imported: bool = False  # brought in as it was, and not yet made the library's own


@dataclass(frozen=True, slots=True)
class Passage:
    """One section of a guide, or one question with its answer, as it is searched and quoted."""

    id: str  # "faq/renewal#renew-online:en", "guide/citing-apa#tweets:en"
    document: Document
    anchor: str
    heading: str  # the section's heading or the question
    asked: tuple[str, ...]  # other ways to ask it; FAQ only
    text: str  # Markdown, as shown
    url: str  # the document's own url, or the address of our page, with #anchor

    @property
    def twin(self) -> str:
        """The id without the language: the same for both languages of one passage."""
        return self.id.rsplit(":", 1)[0]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. Scores are 0 to 1; ``score`` is the calibrated blend."""

    passage: Passage
    score: float
    dense: float
    keyword: float


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``start`` to ``end`` of one day; an ``end`` of None is midnight at its end."""

    start: time
    end: time | None


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of one place on one date."""

    date: date
    place: str
    spans: tuple[Span, ...]  # empty: closed
    exception: Bilingual | None  # the holiday's or period's name, where the day is not ordinary


@dataclass(frozen=True, slots=True)
class Place:
    """A branch, desk, service or space."""

    id: str
    name: Bilingual
    kind: str
    also: tuple[str, ...]
    address: Bilingual
    directions: Bilingual
    part_of: str | None = None
    floor: Bilingual | None = None
    map: str | None = None
    phone: str | None = None
    accessibility: Bilingual | None = None
    has: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A discipline, with the names people use for it."""

    id: str
    name: Bilingual
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A librarian as presented to patrons (desk accounts are kept elsewhere)."""

    id: str
    name: Bilingual
    title: Bilingual
    subjects: tuple[str, ...]
    languages: tuple[str, ...]
    email: str
    office: Bilingual
    about: Bilingual
    phone: str | None = None
    book: str | None = None
    handles: tuple[str, ...] = ()
    photo: str | None = None  # an address


@dataclass(frozen=True, slots=True)
class Database:
    """Something the library subscribes to or recommends."""

    id: str
    name: str
    also: tuple[str, ...]
    url: str
    subjects: tuple[str, ...]
    kinds: tuple[str, ...]
    about: Bilingual
    access: Bilingual
    proxy: bool
    languages: tuple[str, ...]
    best_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An address with its title."""

    url: str
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Library:
    """Names, links, templates and the time zone."""

    name: Bilingual
    short_name: Bilingual
    university: Bilingual
    assistant: Bilingual
    time_zone: str
    email: str
    phone: str
    links: Mapping[str, Link]
    templates: Mapping[str, str]
    proxy_prefix: str
    desk: str
    read_scale_url: str | None = None
