"""Opening hours in the library's zone: exceptions, midnight, holidays by name, the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.ports import DeskHours
from knowledge_base.engine.hours import Hours, PlaceWeek
from knowledge_base.engine.load import Loader
from knowledge_base.engine.records import Span
from knowledge_base.engine.snapshot import Snapshot

AMMAN = ZoneInfo("Asia/Amman")


@pytest.fixture
def snapshot(root: Path) -> Snapshot:
    return Snapshot(Loader(root).load(), "https://x.example/guides")


@pytest.fixture
def hours(snapshot: Snapshot) -> Hours:
    return snapshot.hours


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=AMMAN)


def test_an_ordinary_day_has_its_spans(hours: Hours) -> None:
    friday = hours.day("main", date(2026, 11, 27))
    assert friday.spans == (Span(time(9), time(11, 30)), Span(time(14), time(20)))
    assert friday.exception is None
    assert hours.day("main", date(2026, 11, 28)).spans == ()  # Saturday has no line


def test_a_common_exception_closes_every_place(hours: Hours) -> None:
    christmas = hours.day("main", date(2026, 12, 25))
    assert christmas.spans == () and christmas.exception is not None
    assert christmas.exception["ar"] == "عيد الميلاد"


def test_a_places_own_exception_wins_and_the_shorter_of_two_wins(hours: Hours) -> None:
    exam = hours.day("main", date(2027, 1, 10))
    assert exam.spans == (Span(time(8), None),)
    assert hours.day("ask", date(2027, 1, 10)).spans == ()
    assert hours.day("main", date(2027, 2, 13)).spans == (Span(time(10), time(15)),)
    assert hours.day("main", date(2027, 2, 14)).spans == ()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(26, 7, 59), False),
        (at(26, 8), True),
        (at(26, 21, 59), True),
        (at(26, 22), False),
        (at(27, 12), False),
        (at(27, 14), True),
    ],
)
def test_open_from_the_first_minute_to_before_the_last(hours: Hours, moment: datetime, is_open: bool) -> None:
    assert hours.is_open("main", moment) is is_open


def test_the_librarys_zone_counts_and_not_the_servers(hours: Hours) -> None:
    assert hours.is_open("main", datetime(2026, 11, 26, 5, 0, tzinfo=UTC))  # 08:00 in Amman
    assert not hours.is_open("main", datetime(2026, 11, 26, 19, 0, tzinfo=UTC))  # 22:00 in Amman


def test_the_next_opening_passes_over_closed_days(hours: Hours) -> None:
    assert hours.next_opening("main", at(27, 12)) == at(27, 14)
    assert hours.next_opening("main", at(27, 20)) == at(29, 8)
    assert hours.next_opening("main", at(24, 23, month=12)) == at(27, 8, month=12)


def test_a_night_goes_on_past_midnight(hours: Hours) -> None:
    assert hours.is_open("night", at(23, 23, 59)) and hours.is_open("night", at(24, 0))
    assert hours.closing("night", at(23, 23)) == at(24, 6)
    assert hours.closing("main", at(26, 10)) == at(26, 22)
    assert hours.closing("main", at(26, 23)) is None


def test_a_part_has_the_hours_of_its_whole(hours: Hours) -> None:
    assert hours.day("cafe", date(2026, 11, 26)).place == "main"
    with pytest.raises(LookupError):
        hours.day("garage", date(2026, 11, 26))


@pytest.mark.parametrize(
    "text", ["Are you open on xmas?", "christmas day", "مفتوحين بالكريسماس؟", "عيد الميلاد"]
)
def test_a_holiday_is_found_by_its_names(hours: Hours, text: str) -> None:
    found = hours.exception_named(text, date(2026, 11, 1))
    assert found is not None
    assert found[0].name["en"] == "Christmas Day" and found[1] == date(2026, 12, 25)


def test_a_period_gives_its_first_day_to_come(hours: Hours) -> None:
    found = hours.exception_named("hours during finals", date(2027, 1, 8), place="cafe")
    assert found is not None and found[1] == date(2027, 1, 8) and found[0].place == "main"
    assert hours.exception_named("finals", date(2027, 3, 1)) is None
    assert hours.exception_named("are you open tomorrow", date(2026, 11, 1)) is None


def test_the_desk_answers_as_the_core_asks(snapshot: Snapshot) -> None:
    desk: DeskHours = snapshot.desk_hours
    assert desk.open_at(at(26, 9)) and not desk.open_at(at(27, 9))
    assert desk.next_opening(at(26, 17)) == at(29, 9)


def test_a_change_of_clocks_loses_no_hour() -> None:
    """In Berlin 2026-10-25 has 25 hours: an all-day span covers each of them."""
    berlin = ZoneInfo("Europe/Berlin")
    always = Hours({"x": PlaceWeek({d: (Span(time(0), None),) for d in range(7)})}, (), berlin)
    for hour in range(24):
        assert always.is_open("x", datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    assert always.closing("x", datetime(2026, 10, 25, 12, tzinfo=UTC)) is None  # it never closes
