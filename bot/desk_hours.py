"""The desk's hours with the days that the library has changed on the desk's own page."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.ports import DeskHours
from bot.store.desk_rules import DeskDay

LOOK_AHEAD = 62  # days; beyond it nobody is told a date


class ChangedHours:
    """Implements DeskHours: the knowledge base's hours, but for the days that were changed."""

    def __init__(self, hours: DeskHours, zone: ZoneInfo) -> None:
        """``zone`` is where the library's clocks hang."""
        self._hours = hours
        self._zone = zone
        self._days: Mapping[date, DeskDay] = {}
        self._lock = threading.Lock()

    def set_days(self, days: Mapping[date, DeskDay]) -> None:
        """Take the changed days as they are now."""
        with self._lock:
            self._days = dict(days)

    def open_at(self, at: datetime) -> bool:
        """Whether librarians are there at an aware time."""
        here = at.astimezone(self._zone)
        changed = self._day(here.date())
        if changed is None:
            return self._hours.open_at(at)
        return any(start <= here.time() < end for start, end in changed.spans)

    def next_opening(self, at: datetime) -> datetime | None:
        """Give the start of the next open span after ``at``; None if unknown."""
        found = [one for one in (self._next_changed(at), self._next_usual(at)) if one]
        return min(found) if found else None

    def _next_changed(self, at: datetime) -> datetime | None:
        with self._lock:
            days = sorted(self._days.values(), key=lambda one: one.day)
        for one in days:
            for start, _ in one.spans:
                opening = datetime.combine(one.day, start, self._zone)
                if opening > at:
                    return opening
        return None

    def _next_usual(self, at: datetime) -> datetime | None:
        """Give the knowledge base's next opening on a day that was not changed."""
        after = at
        for _ in range(LOOK_AHEAD):
            opening = self._hours.next_opening(after)
            if opening is None:
                return None
            there = opening.astimezone(self._zone)
            if self._day(there.date()) is None:
                return opening
            midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), self._zone)
            after = midnight - timedelta(seconds=1)
        return None

    def _day(self, day: date) -> DeskDay | None:
        with self._lock:
            return self._days.get(day)
