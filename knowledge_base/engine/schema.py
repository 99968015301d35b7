"""What may stand in the staff's YAML files and in front matter. Nothing unknown is allowed."""

from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise
from string import Formatter
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from knowledge_base.engine.records import Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # in the order of date.weekday()

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TOPIC = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
PLACEHOLDERS = {
    "discovery": ("query",),
    "catalogue": ("query",),
    "isbn": ("isbn",),
    "doi": ("doi",),
    "ill": ("query",),
}


def _typed(value: Any) -> Any:
    if value is None:
        raise ValueError("is empty; write something, or take the field out")
    if not isinstance(value, str):
        raise ValueError("must be a text, not a list or a group of fields")
    if not value.strip():
        raise ValueError("is empty; write something, or take the field out")
    return value.strip()


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"“{value}” is not an id: use small letters, digits and hyphens only")
    return value


def _topic(value: str) -> str:
    if not _TOPIC.fullmatch(value):
        raise ValueError(f"“{value}” is not a topic: use small letters, digits and underscores only")
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError(f"“{value}” is not a date; write it as YEAR-MONTH-DAY, for example 2026-09-14")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"“{value}” is not in the calendar") from None


def _url(value: str) -> str:
    if not re.match(r"https?://[^\s/]", value) or re.search(r"\s", value):
        raise ValueError(f"“{value}” is not a web address; it begins with https:// and has no spaces")
    return value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError(f"“{value}” is not an e-mail address")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"“{value}” is not a time zone; write one like Asia/Amman")
    ZoneInfo(value)
    return value


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_typed)]
Id = Annotated[Text, AfterValidator(_id)]
Topic = Annotated[Text, AfterValidator(_topic)]
Url = Annotated[Text, AfterValidator(_url)]
Email = Annotated[Text, AfterValidator(_email)]
Calendar = Annotated[date, BeforeValidator(_day)]
Names = Annotated[list[Text], BeforeValidator(_one_or_many)]
Ids = Annotated[list[Id], BeforeValidator(_one_or_many)]
Language = Literal["en", "ar"]


def parse_span(text: str) -> Span:
    """Read ``"08:00-22:00"``; ``24:00`` is midnight at the day's end. Raises ValueError in plain words."""
    parts = re.split(r"\s*[-–—]\s*", text.strip())
    if len(parts) != 2:
        raise ValueError(f"“{text}” is not a span of hours; write it as 08:00-22:00")
    start, end = _clock(parts[0]), None if parts[1] == "24:00" else _clock(parts[1])
    if end is not None and end <= start:
        raise ValueError(
            f"“{text}” ends before it begins; for hours past midnight end at 24:00 "
            "and give the rest to the next day"
        )
    return Span(start, end)


def _clock(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is not a time of day; write it as HH:MM, for example 22:00")
    return time(int(match[1]), int(match[2]))


def _span(value: Any) -> Any:
    return parse_span(_typed(value))


def _apart(spans: list[Span]) -> list[Span]:
    if len(spans) > 2:
        raise ValueError("has more than two spans for one day")
    spans = sorted(spans, key=lambda s: s.start)
    for before, after in pairwise(spans):
        if before.end is None or before.end > after.start:
            raise ValueError("has spans that overlap")
    return spans


Spans = Annotated[
    list[Annotated[Span, BeforeValidator(_span)]], AfterValidator(_apart), BeforeValidator(_one_or_many)
]


class Strict(BaseModel):
    """The base of everything here: unknown fields are refused, nothing is changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Both(Strict):
    """A text in both languages."""

    en: Text
    ar: Text


class FrontMatter(Strict):
    """The fields at the head of every Markdown file."""

    title: Text
    topic: Topic
    language: Language
    audience: Annotated[
        list[Literal["everyone", "students", "graduates", "faculty", "staff", "alumni", "visitors"]],
        BeforeValidator(_one_or_many),
        Field(min_length=1),
    ]
    owner: Id
    reviewed: Calendar
    summary: Text | None = None
    subjects: Ids = []
    url: Url | None = None
    imported: Calendar | None = None


class LinkEntry(Strict):
    """A link of library.yml."""

    url: Url
    title: Both


def template_fault(name: str, template: str) -> str | None:
    """Say what is wrong with a link template, or None."""
    wanted = PLACEHOLDERS[name]
    try:
        found = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    except ValueError:
        return f"“{name}” has a bracket that is not closed; a placeholder looks like {{{wanted[0]}}}."
    for field in found:
        if field not in wanted:
            return f"“{name}” has {{{field}}}, which is not known; use {{{wanted[0]}}}."
    if not found:
        return f"“{name}” has no {{{wanted[0]}}}, so nothing could be searched with it."
    if not template.startswith(("https://", "http://")):
        return f"“{name}” is not a web address; it begins with https://."
    return None


class LibraryFile(Strict):
    """library.yml."""

    name: Both
    short_name: Both
    university: Both
    assistant: Both
    time_zone: Annotated[Text, AfterValidator(_zone)]
    email: Email
    phone: Text
    links: dict[str, LinkEntry]
    templates: dict[Literal["discovery", "catalogue", "isbn", "doi", "ill"], Text]
    proxy_prefix: Url
    desk: Id
    read_scale_url: Url | None = None


class WeekLine(Strict):
    """Some days of the week with the same hours."""

    days: Annotated[
        list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]],
        BeforeValidator(_one_or_many),
        Field(min_length=1),
    ]
    hours: Spans


class ExceptionLine(Strict):
    """A day or a period with hours of its own."""

    date: Calendar | None = None
    from_: Calendar | None = Field(default=None, alias="from")
    to: Calendar | None = None
    closed: bool = False
    hours: Spans = []
    name: Both
    also: Names = []

    @model_validator(mode="after")
    def _whole(self) -> ExceptionLine:
        if self.date is None and (self.from_ is None or self.to is None):
            raise ValueError("needs either “date”, or both “from” and “to”")
        if self.date is not None and (self.from_ is not None or self.to is not None):
            raise ValueError("has both “date” and “from”/“to”; keep one of them")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(f"ends ({self.to}) before it begins ({self.from_})")
        if self.closed == bool(self.hours):
            raise ValueError("must say either “closed: true” or its “hours”, one of the two")
        return self


class PlaceHours(Strict):
    """The hours of one place."""

    weekly: list[WeekLine]
    exceptions: list[ExceptionLine] = []


class HoursFile(Strict):
    """hours.yml."""

    places: dict[Id, PlaceHours]
    exceptions: list[ExceptionLine] = []


class PlaceEntry(Strict):
    """A place of locations.yml."""

    name: Both
    also: Names = []
    kind: Literal["branch", "desk", "service", "space", "collection"]
    part_of: Id | None = None
    address: Both
    floor: Both | None = None
    directions: Both
    map: Url | None = None
    phone: Text | None = None
    accessibility: Both | None = None
    has: Names = []


class LocationsFile(Strict):
    """locations.yml."""

    places: dict[Id, PlaceEntry]


class SubjectEntry(Strict):
    """A subject of librarians.yml."""

    name: Both
    also: Names = []


class PersonEntry(Strict):
    """A librarian of librarians.yml."""

    name: Both
    title: Both
    subjects: Ids = []
    languages: Annotated[Names, Field(min_length=1)]
    email: Email
    phone: Text | None = None
    office: Both
    about: Both
    book: Url | None = None
    photo: Url | None = None
    handles: Annotated[list[Topic], BeforeValidator(_one_or_many)] = []


class LibrariansFile(Strict):
    """librarians.yml."""

    subjects: dict[Id, SubjectEntry]
    people: dict[Id, PersonEntry]


class DatabaseEntry(Strict):
    """A database of databases.yml."""

    name: Text
    also: Names = []
    url: Url
    subjects: Ids
    kinds: Annotated[
        list[
            Literal[
                "articles", "books", "news", "data", "images", "video", "standards", "theses",
                "reference", "statistics", "maps", "citations",
            ]
        ],
        BeforeValidator(_one_or_many),
        Field(min_length=1),
    ]  # fmt: skip
    about: Both
    access: Both
    proxy: bool
    languages: Annotated[Names, Field(min_length=1)]
    best_for: Ids = []


class DatabasesFile(Strict):
    """databases.yml."""

    databases: dict[Id, DatabaseEntry]
