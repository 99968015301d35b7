"""Understanding which day and hour a patron means, in English and in Arabic, dialect included.

Nothing here knows opening hours; a date without a year is the next such date from today on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from rapidfuzz.distance import OSA

from actions import calendar_words as words
from knowledge_base.engine.hours import Hours
from knowledge_base.engine.records import Bilingual
from knowledge_base.engine.text import fold

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMERIC = re.compile(
    r"(?<![\d/.-])(\d{1,2})(?:/(\d{1,2})(?:/(\d{4}|\d{2}))?|([.-])(\d{1,2})\4(\d{4}|\d{2}))(?![\d/])"
)
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?,? (?:of |من |شهر )*({words.MONTH})\b(?:,? (\d{{4}}))?"
)
_MONTH_DAY = re.compile(
    rf"\b({words.MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b(?! ?(?:am|pm|:))(?:,? (\d{{4}}))?"
)
_DAY_ALONE = re.compile(r"\b(?:the )?(\d{1,2})(?:st|nd|rd|th)\b|\bيوم (\d{1,2})\b(?! ?(?:ص|م)\b)")
_SPACES = re.compile(r"\s+")

_SLIP_FROM = 6  # letters from which a slip of the finger in an English weekday is forgiven

PART_HOURS = {  # what counts as a part of the day, from and to
    "morning": (time(6), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(22)),
    "night": (time(20), time(23, 59)),
}


@dataclass(frozen=True, slots=True)
class When:
    """What a text says of time; every field is empty where it says nothing.

    ``first`` to ``last``: the days meant. ``span``: the text means a stretch of days (a week, a weekend,
    a named period), not one. ``now``: this very moment. ``named``: the holiday or period that was named.
    """

    first: date | None = None
    last: date | None = None
    span: bool = False
    now: bool = False
    part: str | None = None
    moment: time | None = None
    named: Bilingual | None = None

    @property
    def dated(self) -> bool:
        """Whether a day is said, or the moment itself."""
        return self.first is not None or self.now

    @property
    def empty(self) -> bool:
        """Whether nothing at all is said of time."""
        return not (self.dated or self.part or self.moment)


def read_when(text: str, today: date, hours: Hours | None = None, place: str | None = None) -> When:
    """Read the time in a text. ``hours`` lets holidays be named; ``place`` prefers its own."""
    folded = _SPACES.sub(" ", words.AROUND_CLOCK.sub(" ", fold(text))).strip()
    named = _named(text, today, hours, place)
    eve = named is not None and words.EVE.search(folded) is not None
    if eve:  # taken out first: by itself the Arabic word also means “tonight”
        folded = words.EVE.sub(" ", folded)
    found = _days(folded, today) or named or When()
    if eve and found.named and found.first and found.first > today:
        found = _one(found.first - timedelta(days=1))
    part = next((part for part, pattern in words.PARTS.items() if pattern.search(folded)), None)
    moment = _moment(folded, part)
    if words.NOW.search(folded) and not found.dated:
        return When(now=True, first=today, last=today, part=part, moment=moment)
    return replace(found, part=part, moment=moment)


def _days(text: str, today: date) -> When | None:
    """Find the days a text means, the plainest way of saying them first."""
    exact = _exact(text, today)
    if exact:
        return exact
    for pattern, ahead in ((words.DAY_AFTER, 2), (words.TOMORROW, 1), (words.TODAY, 0)):
        if pattern.search(text):
            return _one(today + timedelta(days=ahead))
    ahead_by = words.IN_DAYS.search(text)
    if ahead_by:
        return _one(today + timedelta(days=int(ahead_by[1] or ahead_by[2] or 2)))
    if words.WEEKEND.search(text):
        friday = _coming(4, today if today.weekday() != 5 else today - timedelta(days=1))
        if re.search(r"\bnext weekend\b", text):
            friday += timedelta(days=7)
        return When(max(friday, today), friday + timedelta(days=1), span=True)
    if words.NEXT_WEEK.search(text):
        sunday = _coming(6, today + timedelta(days=1))
        return When(sunday, sunday + timedelta(days=6), span=True)
    return _weekdays(text, today) or _this_week(text, today)


def _this_week(text: str, today: date) -> When | None:
    if not words.THIS_WEEK.search(text):
        return None
    return When(today, today + timedelta(days=6), span=True)


def _weekdays(text: str, today: date) -> When | None:
    named = [(hit.start(), day) for day, pattern in words.WEEKDAYS.items() for hit in pattern.finditer(text)]
    named += _misspelt(text) if not named else []
    if not named:
        return None
    dates = [_named_day(text[:start], day, today) for start, day in sorted(named)]
    first, last = min(dates), max(dates)
    return When(first, last, span=len(set(dates)) > 1)


def _named_day(before: str, day: int, today: date) -> date:
    """Give the coming such day; “next” before an English name means the one in next week (from Sunday)."""
    coming = _coming(day, today)
    if words.NEXT_WORD.search(before) and _week(coming) == _week(today):
        coming += timedelta(days=7)
    return coming


def _misspelt(text: str) -> list[tuple[int, int]]:
    found = []
    for hit in re.finditer(r"[a-z]+", text):
        word = hit[0]
        for name, day in words.WEEKDAY_NAMES.items():
            if len(word) >= _SLIP_FROM and word[0] == name[0] and OSA.distance(word, name) <= 2:
                found.append((hit.start(), day))
    return found


def _exact(text: str, today: date) -> When | None:
    """Read a date of digits, or of a number and a month's name."""
    iso = _ISO.search(text)
    if iso:
        return _dated(int(iso[3]), int(iso[2]), iso[1], today)
    for hit in _DAY_MONTH.finditer(text):
        return _dated(int(hit[1]), words.MONTHS[hit[2]], hit[3], today)
    for hit in _MONTH_DAY.finditer(text):
        return _dated(int(hit[2]), words.MONTHS[hit[1]], hit[3], today)
    numeric = _NUMERIC.search(text)
    if numeric:
        day, month = int(numeric[1]), int(numeric[2] or numeric[5])
        if month > 12 >= day:  # written the American way
            day, month = month, day
        return _dated(day, month, numeric[3] or numeric[6], today)
    alone = _DAY_ALONE.search(text)
    return _day_of_month(int(alone[1] or alone[2]), today) if alone else None


def _dated(day: int, month: int, year: str | None, today: date) -> When | None:
    try:
        if year is not None:
            return _one(date(int(year) if len(year) == 4 else 2000 + int(year), month, day))
        this_year = date(today.year, month, day)
        return _one(this_year if this_year >= today else date(today.year + 1, month, day))
    except ValueError:  # no such date
        return None


def _day_of_month(day: int, today: date) -> When | None:
    for ahead in range(62):
        candidate = today + timedelta(days=ahead)
        if candidate.day == day:
            return _one(candidate)
    return None


def _named(text: str, today: date, hours: Hours | None, place: str | None) -> When | None:
    found = hours.exception_named(text, today, place) if hours else None
    if found is None:
        return None
    exception, first = found
    return When(first, exception.last, span=exception.last > first, named=exception.name)


def _moment(text: str, part: str | None) -> time | None:
    if words.NOON.search(text):
        return time(12)
    if words.MIDNIGHT.search(text):
        return time(23, 59)
    for pattern in words.TIMES:
        hit = pattern.search(text)
        if hit:
            return _time(hit.groupdict(), part)
    return None


def _time(said: dict[str, str | None], part: str | None) -> time | None:
    word = said.get("word")
    hour = words.HOUR_WORDS[word] if word else int(said.get("hour") or 0)
    minute = int(said.get("minute") or 0)
    if hour > 24 or minute > 59:
        return None
    if hour == 24:
        return time(23, 59)
    morning = said.get("am") or part == "morning"
    if morning:
        return time(0 if hour == 12 else hour, minute)
    # Without “am” or “pm”: nobody asks a library about five in the morning.
    later = said.get("pm") or part in ("afternoon", "evening", "night") or 1 <= hour <= 6
    return time(hour + 12 if later and hour < 12 else hour, minute)


def _one(day: date) -> When:
    return When(day, day)


def _coming(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _week(day: date) -> date:
    """Give the Sunday a day's week begins with."""
    return day - timedelta(days=(day.weekday() + 1) % 7)
