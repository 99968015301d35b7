"""Dates and times written out, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from actions.talk import Talk
from knowledge_base.engine.records import Span


def day_name(talk: Talk, day: date) -> str:
    """Write a date with its weekday: “Friday 27 November”; with the year where it is another one."""
    weekday = _one_of(talk.say("days"), day.weekday())
    month = _one_of(talk.say("months"), day.month - 1)
    year = f" {day.year}" if day.year != talk.turn.today.year else ""
    return f"{weekday} {day.day} {month}{year}"


def short_day(talk: Talk, day: date) -> str:
    """Write a date without its weekday: “8 February 2027”."""
    year = f" {day.year}" if day.year != talk.turn.today.year else ""
    return f"{day.day} {_one_of(talk.say('months'), day.month - 1)}{year}"


def on_day(talk: Talk, day: date) -> str:
    """Write when, as part of a sentence: “today, Monday 23 November,” or “on Friday 27 November”."""
    ahead = (day - talk.turn.today).days
    key = {0: "on_today", 1: "on_tomorrow"}.get(ahead, "on_day")
    return talk.say(key, day=day_name(talk, day))


def at_time(talk: Talk, moment: datetime) -> str:
    """Write a day and an hour: “tomorrow, Tuesday 24 November, at 08:00”."""
    local = moment.astimezone(talk.turn.now.tzinfo)
    ahead = (local.date() - talk.turn.today).days
    key = {0: "at_today", 1: "at_tomorrow"}.get(ahead, "at_day")
    return talk.say(key, day=day_name(talk, local.date()), time=clock_time(talk, local.time()))


def clock_time(talk: Talk, moment: time | None) -> str:
    """Write a time of day, or midnight where there is none."""
    return talk.say("midnight") if moment is None else f"{moment:%H:%M}"


def all_day(spans: Sequence[Span]) -> bool:
    """Whether the spans cover the day from midnight to midnight."""
    return len(spans) == 1 and spans[0].start == time() and spans[0].end is None


def spans_sentence(talk: Talk, spans: Sequence[Span]) -> str:
    """Write the hours of a day as part of a sentence: “from 14:00 to 20:00”."""
    if all_day(spans):
        return talk.say("hours_all_day")
    written = [
        talk.say("hours_span", start=clock_time(talk, s.start), end=clock_time(talk, s.end)) for s in spans
    ]
    return talk.joined(written)


def spans_short(talk: Talk, spans: Sequence[Span]) -> str:
    """Write the hours of a day for a list: “14:00–20:00”, or closed."""
    if not spans:
        return talk.say("hours_closed_short")
    if all_day(spans):
        return talk.say("hours_all_day")
    return talk.comma.join(f"{s.start:%H:%M}–{s.end.strftime('%H:%M') if s.end else '24:00'}" for s in spans)


def _one_of(listed: str, index: int) -> str:
    return listed.split(",")[index].strip()
