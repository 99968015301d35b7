"""The sentences about when a place is open: now, on a day, over a stretch of days. Made from hours.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from actions.dates import (
    all_day,
    at_time,
    clock_time,
    day_name,
    on_day,
    short_day,
    spans_sentence,
    spans_short,
)
from actions.talk import Talk
from actions.when import PART_HOURS, When
from bot.model import Language
from knowledge_base.engine.records import Bilingual, Day, Place
from knowledge_base.engine.text import fold

_FULLEST = 31  # days of a stretch that are looked at
_GAP = 4  # days between two entries of hours.yml that are still one period
_FAR = 120  # days ahead in which an ordinary week is looked for
LISTED = 7  # days that are listed
WHICH_HOUR = re.compile(
    r"\b(?:when|what time|which time|until when|till when|how late)\b"
    r"|متي|(?:^| )(?:اي|كم|قديش) (?:ال)?ساعه|لمتي|لاي ساعه|ايمت|امتي|امتا"
)
CLOSING = re.compile(
    r"\b(?:close|closes|closing|shut|shuts|until when|till when|how late)\b"
    r"|تسكر|بتسكر|يسكر|بيسكر|تغلق|يغلق|تقفل|بتقفل|ينتهي الدوام|بيخلص|بتخلص|لمتي"
)
# Days that people ask about and that a library's calendar may well not have.
_HOLIDAYS = re.compile(
    r"\b(?:easter|thanksgiving|hall?owe+n|valentine'?s?|diwali|hanukkah|passover|boxing day|good friday|"
    r"no[wv]r[ou]z|chinese new year|lunar new year|mother'?s day|father'?s day|ashura|st\.? patrick'?s?)\b"
    r"|عيد الفصح|الفصح|شم النسيم|عيد الام\b|"
    r"عيد الحب|الهالوين|هالوين|النيروز|نوروز|عاشوراء?|عيد الشكر|الجمعه العظيمه"
)


def text_of(talk: Talk, place: Place, when: When) -> str:
    """Say when a place is open: now, on the day or days that are meant, or in general."""
    if when.now:
        return _now(talk, place)
    if when.first is None and not (when.part or when.moment):
        return _general(talk, place)
    first = when.first or talk.turn.today
    last = when.last or first
    if when.span and last > first:
        return _stretch(talk, place, when, first, last)
    return _day(talk, place, first, when)


def _now(talk: Talk, place: Place) -> str:
    closing = talk.kb.hours.closing(place.id, talk.turn.now)
    name = the_place(talk, place)
    if closing is not None:
        return talk.sentence("hours_open_now", place=name, time=_end(talk, closing))
    if talk.kb.hours.is_open(place.id, talk.turn.now):
        return talk.sentence("hours_open_always", place=name)
    return " ".join([talk.sentence("hours_closed_now", place=name), *_opens_next(talk, place, talk.turn.now)])


def _day(talk: Talk, place: Place, day: date, when: When) -> str:
    hours = talk.kb.hours.day(place.id, day)
    name, on = the_place(talk, place), on_day(talk, day)
    sentences = []
    if hours.spans:
        said = fold(talk.turn.text)
        asks_hour = bool(WHICH_HOUR.search(said))
        verdict = None if asks_hour and when.moment is None else _verdict(hours, when)
        if verdict is not None:
            sentences.append(talk.say("yes" if verdict else "hours_not_then"))
        if asks_hour and CLOSING.search(said) and _still_to_close(talk, place, hours):
            end = clock_time(talk, hours.spans[-1].end)
            sentences.append(talk.sentence("hours_closes", place=name, on=on, time=end))
        else:
            spans = spans_sentence(talk, hours.spans)
            sentences.append(talk.sentence("hours_open", place=name, on=on, spans=spans))
    else:
        sentences.append(talk.sentence("hours_closed", place=name, on=on))
    if hours.exception is not None:
        key = "hours_special" if hours.spans else "hours_reason"
        sentences.append(talk.say(key, name=talk.both(hours.exception)))
    if day == talk.turn.today:
        sentences += _standing(talk, place, hours)
    elif not hours.spans:
        sentences += _opens_next(talk, place, datetime.combine(day, time(23, 59), talk.turn.now.tzinfo))
    return " ".join(sentences)


def _still_to_close(talk: Talk, place: Place, day: Day) -> bool:
    """Whether a day's closing time is one hour, still to come."""
    if len(day.spans) != 1 or all_day(day.spans):
        return False
    if day.date != talk.turn.today:
        return True
    now, start = talk.turn.now, day.spans[0].start
    return talk.kb.hours.closing(place.id, now) is not None or now.time() < start


def unlisted_holiday(talk: Talk) -> bool:
    """Whether the text names a holiday that hours.yml does not have."""
    named = _HOLIDAYS.search(fold(talk.turn.text))
    if named is None:
        return False
    known = (name for e in talk.kb.hours.exceptions for name in (*e.name.values(), *e.also))
    return not any(named[0] in fold(name) for name in known)


def ordinary(talk: Talk, place: Place) -> str:
    """List the ordinary week: the first one, from Sunday, in which nothing is out of the ordinary."""
    today = talk.turn.today
    sunday = today + timedelta(days=(6 - today.weekday()) % 7)
    weeks = (
        list(_days(talk, place, sunday + timedelta(days=ahead), sunday + timedelta(days=ahead + LISTED - 1)))
        for ahead in range(0, _FAR, LISTED)
    )
    week = next((w for w in weeks if not any(day.exception for day in w)), None)
    intro = talk.sentence("hours_not_in_calendar", place=the_place(talk, place))
    if week is None:
        return f"{intro}\n\n{_list(talk, place, today, today + timedelta(days=LISTED - 1))}"
    names = [one.strip() for one in talk.say("days").split(",")]
    lines = [f"- **{names[day.date.weekday()]}**: {spans_short(talk, day.spans)}" for day in week]
    return "\n".join([intro, "", *lines])


def _standing(talk: Talk, place: Place, today: Day) -> list[str]:
    """Say how things stand at this moment of today."""
    closing = talk.kb.hours.closing(place.id, talk.turn.now)
    if closing is not None:
        return [talk.say("hours_now_open")]
    if not today.spans:
        return _opens_next(talk, place, talk.turn.now)
    coming = talk.kb.hours.next_opening(place.id, talk.turn.now)
    if coming is not None and coming.date() == today.date:
        return [talk.say("hours_now_closed")]
    return [talk.say("hours_over"), *_opens_next(talk, place, talk.turn.now)]


def _opens_next(talk: Talk, place: Place, after: datetime) -> list[str]:
    coming = talk.kb.hours.next_opening(place.id, after)
    return [talk.sentence("hours_opens", when=at_time(talk, coming))] if coming else []


def _verdict(hours: Day, when: When) -> bool | None:
    """Whether the place is open at the hour or in the part of the day that was asked about."""
    if when.moment is not None:
        return any(s.start <= when.moment and (s.end is None or when.moment < s.end) for s in hours.spans)
    if when.part is not None:
        start, end = PART_HOURS[when.part]
        return any(s.start < end and (s.end is None or s.end > start) for s in hours.spans)
    return None


def _general(talk: Talk, place: Place) -> str:
    """Say how it is today, and list the days that follow."""
    today = talk.turn.today
    listed = _list(talk, place, today, today + timedelta(days=LISTED - 1))
    return f"{_day(talk, place, today, When())}\n\n{talk.say('hours_week')}\n\n{listed}"


def _stretch(talk: Talk, place: Place, when: When, first: date, last: date) -> str:
    """List a week or a weekend; of a named period say its length and its hours."""
    if when.named is not None:
        return _period(talk, place, when.named, first)
    intro = talk.sentence("hours_list", place=the_place(talk, place))
    return f"{intro}\n\n{_list(talk, place, first, min(last, first + timedelta(days=LISTED - 1)))}"


def _period(talk: Talk, place: Place, named: Bilingual, first: date) -> str:
    mine, last = _whole_period(talk, place, named, first)
    name = the_place(talk, place)
    about = {"name": talk.both(named), "first": short_day(talk, first), "last": short_day(talk, last)}
    days = list(_days(talk, place, first, min(last, first + timedelta(days=_FULLEST - 1))))
    if mine and all(day.spans == days[0].spans for day in days):
        if not days[0].spans:
            return _closed_period(talk, place, last, about)
        spans = spans_sentence(talk, days[0].spans)
        return talk.sentence("hours_period_open", place=name, spans=spans, **about)
    intro = talk.sentence("hours_period_list" if mine else "hours_period_ordinary", place=name, **about)
    return f"{intro}\n\n{_list(talk, place, first, min(last, first + timedelta(days=LISTED - 1)))}"


def _closed_period(talk: Talk, place: Place, last: date, about: Mapping[str, str]) -> str:
    """Say that a place is closed throughout a period, and when it opens again."""
    name = the_place(talk, place)
    end = datetime.combine(last, time(23, 59), talk.turn.now.tzinfo)
    coming = talk.kb.hours.next_opening(place.id, end)
    if coming is None:
        return talk.sentence("hours_period_closed", place=name, **about)
    return talk.sentence("hours_period_reopens", place=name, when=at_time(talk, coming), **about)


def _whole_period(talk: Talk, place: Place, named: Bilingual, first: date) -> tuple[bool, date]:
    """Give whether a named period concerns a place, and its last day.

    hours.yml may spell a period in several entries (weekdays apart from Saturdays); they are put together.
    """
    entries = [e for e in talk.kb.hours.exceptions if e.name["en"] == named["en"] and e.last >= first]
    own = [e for e in entries if e.place in (place.id, None)]
    last = first
    for entry in sorted(own or entries, key=lambda e: e.first):
        if entry.first <= last + timedelta(days=_GAP):
            last = max(last, entry.last)
    return bool(own), last


def _list(talk: Talk, place: Place, first: date, last: date) -> str:
    """List days, putting together neighbours with the same hours."""
    groups: list[list[Day]] = []
    for day in _days(talk, place, first, last):
        same = groups and (groups[-1][-1].spans, groups[-1][-1].exception) == (day.spans, day.exception)
        if same:
            groups[-1].append(day)
        else:
            groups.append([day])
    return "\n".join(_line(talk, group) for group in groups)


def _line(talk: Talk, group: list[Day]) -> str:
    label = day_name(talk, group[0].date)
    if len(group) > 1:
        label = talk.say("hours_range", first=label, last=day_name(talk, group[-1].date))
    special = f" ({talk.both(group[0].exception)})" if group[0].exception else ""
    return f"- **{label}**: {spans_short(talk, group[0].spans)}{special}"


def _days(talk: Talk, place: Place, first: date, last: date) -> Iterator[Day]:
    for ahead in range((last - first).days + 1):
        yield talk.kb.hours.day(place.id, first + timedelta(days=ahead))


def the_place(talk: Talk, place: Place) -> str:
    """Give a place's name as it stands in a sentence, in English with its article where it wants one."""
    if place.id == talk.kb.library.desk:
        return talk.say("desk_name")
    name = talk.both(place.name)
    if talk.language is not Language.EN:
        return name
    words = name.split()
    if place.kind == "branch" and words[-1] == "Library":
        return name
    sentence_case = all(word[:1].islower() for word in words[1:] if word[:1].isalpha())
    return "the " + (name[0].lower() + name[1:] if sentence_case and len(words[0]) > 1 else name)


def _end(talk: Talk, closing: datetime) -> str:
    local = closing.astimezone(talk.turn.now.tzinfo)
    midnight = local.time() == time() and local.date() == talk.turn.today + timedelta(days=1)
    return clock_time(talk, None if midnight else local.time())
