"""Opening hours in the library's own time zone: what a day's hours are, open or not, open again when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge_base.engine.names import Names
from knowledge_base.engine.records import Bilingual, Day, Span

_HORIZON = 400  # days that are looked ahead


@dataclass(frozen=True, slots=True)
class HoursException:
    """A day or period with hours of its own. ``spans`` empty: closed. ``place`` None: every place."""

    name: Bilingual
    first: date
    last: date
    spans: tuple[Span, ...]
    also: tuple[str, ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceWeek:
    """The ordinary week of one place (0 is Monday) and its own exceptions."""

    weekly: Mapping[int, tuple[Span, ...]]
    exceptions: tuple[HoursException, ...] = ()


class Hours:
    """All hours. A place without its own has those of the place it is part of."""

    def __init__(
        self,
        places: Mapping[str, PlaceWeek],
        common: Sequence[HoursException],
        zone: ZoneInfo,
        part_of: Mapping[str, str] | None = None,
    ) -> None:
        self.zone = zone
        self._places = dict(places)
        self._common = tuple(common)
        self._part_of = dict(part_of or {})
        own = [e for week in self._places.values() for e in week.exceptions]
        self._exceptions = (*own, *self._common)
        self._names = Names((str(at), (*e.name.values(), *e.also)) for at, e in enumerate(self._exceptions))

    @property
    def places(self) -> tuple[str, ...]:
        """The places that have hours of their own."""
        return tuple(self._places)

    @property
    def exceptions(self) -> tuple[HoursException, ...]:
        """Every exception, a place's own before the common ones."""
        return self._exceptions

    def place_with_hours(self, place: str) -> str | None:
        """Give the place itself, or the nearest one it is part of that has hours; None if there is none."""
        seen: set[str] = set()
        at: str | None = place
        while at is not None and at not in seen:
            if at in self._places:
                return at
            seen.add(at)
            at = self._part_of.get(at)
        return None

    def day(self, place: str, day: date) -> Day:
        """Give the hours of a place on a date. Raises LookupError where no hours are known for it.

        ``Day.place`` is the place whose hours they are, which may be the one that ``place`` is part of.
        """
        holder = self.place_with_hours(place)
        if holder is None:
            raise LookupError(f"no hours are known for {place!r}")
        week = self._places[holder]
        exception = _shortest(week.exceptions, day) or _shortest(self._common, day)
        if exception is not None:
            return Day(day, holder, exception.spans, exception.name)
        return Day(day, holder, week.weekly.get(day.weekday(), ()), None)

    def is_open(self, place: str, at: datetime) -> bool:
        """Whether a place is open at an aware time. Raises LookupError as :meth:`day`."""
        return self._around(place, at) is not None

    def closing(self, place: str, at: datetime) -> datetime | None:
        """Give the end, in the library's zone, of the span that is open at ``at``; None when closed."""
        found = self._around(place, at)
        if found is None:
            return None
        end = found[1]
        for start, later in self._openings(place, end.date()):  # a span that goes on past midnight
            if start == end:
                end = later
            elif start > end:
                break
            if (end.date() - at.astimezone(self.zone).date()).days > 7:
                return None  # it never closes
        return end

    def next_opening(self, place: str, at: datetime) -> datetime | None:
        """Give the start of the next open span after ``at``, in the library's zone; None if unknown."""
        moment = at.astimezone(UTC)
        for start, _ in self._openings(place, at.astimezone(self.zone).date()):
            if start.astimezone(UTC) > moment:
                return start
        return None

    def exception_named(
        self, text: str, after: date, place: str | None = None
    ) -> tuple[HoursException, date] | None:
        """Find the holiday or period a text names, and its first date from ``after`` on.

        What concerns ``place`` comes before what concerns every place, and that before what concerns
        another place only.
        """
        holder = self.place_with_hours(place) if place else None
        named = self._meant(text)
        coming = [e for e in named if e.last >= after and (holder is None or e.place in (None, holder))]
        if not coming and holder is not None:
            coming = [e for e in named if e.last >= after]
        if not coming:
            return None
        first = min(coming, key=lambda e: (max(e.first, after), e.place is None, e.last))
        return first, max(first.first, after)

    def _meant(self, text: str) -> list[HoursException]:
        """Give what a text names, by its most telling name: in “the Adha Eid” it is not “Eid” that tells."""
        spans: dict[int, list[HoursException]] = {}
        for hit in self._names.find(text):
            spans.setdefault(hit.start, []).append(self._exceptions[int(hit.id)])
        several = [len({e.name["en"] for e in named}) for named in spans.values()]
        least = min(several, default=0)
        return [
            e for named, count in zip(spans.values(), several, strict=True) if count == least for e in named
        ]

    def _around(self, place: str, at: datetime) -> tuple[datetime, datetime] | None:
        moment = at.astimezone(UTC)
        day = self.day(place, at.astimezone(self.zone).date())
        for start, end in self._bounds(day):
            if start.astimezone(UTC) <= moment < end.astimezone(UTC):
                return start, end
        return None

    def _openings(self, place: str, first: date) -> Iterator[tuple[datetime, datetime]]:
        for ahead in range(_HORIZON):
            yield from self._bounds(self.day(place, first + timedelta(days=ahead)))

    def _bounds(self, day: Day) -> Iterator[tuple[datetime, datetime]]:
        for span in day.spans:
            start = datetime.combine(day.date, span.start, self.zone)
            if span.end is None:
                yield start, datetime.combine(day.date + timedelta(days=1), time(), self.zone)
            else:
                yield start, datetime.combine(day.date, span.end, self.zone)


@dataclass(frozen=True, slots=True)
class PlaceDesk:
    """The chat hours of librarians: the hours of the place that library.yml calls ``desk``."""

    hours: Hours
    place: str

    def open_at(self, at: datetime) -> bool:
        """Whether librarians are there at an aware time; False where no hours are known."""
        return self.hours.place_with_hours(self.place) is not None and self.hours.is_open(self.place, at)

    def next_opening(self, at: datetime) -> datetime | None:
        """Give the start of the next open span after ``at``, in the library's zone; None if unknown."""
        if self.hours.place_with_hours(self.place) is None:
            return None
        return self.hours.next_opening(self.place, at)


def _shortest(exceptions: Sequence[HoursException], day: date) -> HoursException | None:
    """Of the exceptions that hold on a day, the shortest is the most particular."""
    holding = [e for e in exceptions if e.first <= day <= e.last]
    return min(holding, key=lambda e: e.last - e.first, default=None)
