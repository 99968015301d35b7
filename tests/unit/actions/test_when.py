"""Dates and hours as patrons write them. “Today” is Monday 23 November 2026."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import calendar_words, hours, people, places, remote_access, research
from actions.when import read_when
from knowledge_base.engine.text import fold
from tests.unit.actions.conftest import ScriptedSearch

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("are you open today", date(2026, 11, 23)),
        ("open tomorrow?", date(2026, 11, 24)),
        ("tmrw", date(2026, 11, 24)),
        ("the day after tomorrow", date(2026, 11, 25)),
        ("in 3 days", date(2026, 11, 26)),
        ("this friday evening", date(2026, 11, 27)),
        ("on fri", date(2026, 11, 27)),
        ("Wensday", date(2026, 11, 25)),
        ("saterday", date(2026, 11, 28)),
        ("on Monday", date(2026, 11, 23)),
        ("next monday", date(2026, 11, 30)),
        ("next friday", date(2026, 12, 4)),
        ("next sunday", date(2026, 11, 29)),
        ("25 Dec", date(2026, 12, 25)),
        ("December 25th", date(2026, 12, 25)),
        ("the 3rd of january", date(2027, 1, 3)),
        ("3/1", date(2027, 1, 3)),
        ("12/25", date(2026, 12, 25)),
        ("2027-02-10", date(2027, 2, 10)),
        ("10.02.2027", date(2027, 2, 10)),
        ("on the 30th", date(2026, 11, 30)),
        ("on the 2nd", date(2026, 12, 2)),
        ("فاتحين اليوم؟", date(2026, 11, 23)),
        ("النهارده", date(2026, 11, 23)),
        ("هالليلة", date(2026, 11, 23)),
        ("بكرا", date(2026, 11, 24)),
        ("غدًا", date(2026, 11, 24)),
        ("بعد بكرة", date(2026, 11, 25)),
        ("بعد يومين", date(2026, 11, 25)),
        ("يوم الجمعة", date(2026, 11, 27)),
        ("والسبت؟", date(2026, 11, 28)),
        ("الأحد", date(2026, 11, 29)),
        ("الحد", date(2026, 11, 29)),
        ("الأربعا", date(2026, 11, 25)),
        ("يوم ٢٥/١٢", date(2026, 12, 25)),
        ("٢٥ كانون الأول", date(2026, 12, 25)),
        ("3 يناير", date(2027, 1, 3)),
        ("يوم 30", date(2026, 11, 30)),
    ],
)
def test_a_day(text: str, day: date) -> None:
    found = read_when(text, TODAY)
    assert (found.first, found.last, found.span) == (day, day, False)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("this weekend", date(2026, 11, 27), date(2026, 11, 28)),
        ("next weekend", date(2026, 12, 4), date(2026, 12, 5)),
        ("next week", date(2026, 11, 29), date(2026, 12, 5)),
        ("this week", date(2026, 11, 23), date(2026, 11, 29)),
        ("الأسبوع الجاي", date(2026, 11, 29), date(2026, 12, 5)),
        ("نهاية الأسبوع", date(2026, 11, 27), date(2026, 11, 28)),
        ("friday and saturday", date(2026, 11, 27), date(2026, 11, 28)),
    ],
)
def test_a_stretch(text: str, first: date, last: date) -> None:
    found = read_when(text, TODAY)
    assert (found.first, found.last, found.span) == (first, last, True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("at 5", time(17)),
        ("at 9", time(9)),
        ("at 9 in the evening", time(21)),
        ("9 pm", time(21)),
        ("at 8:30am", time(8, 30)),
        ("around 20:00", time(20)),
        ("noon", time(12)),
        ("12 am", time(0)),
        ("till midnight", time(23, 59)),
        ("الساعة ٨ الصبح", time(8)),
        ("الساعة خمسة", time(17)),
        ("الساعة 8 مساء", time(20)),
        ("9 بالليل", time(21)),
    ],
)
def test_an_hour(text: str, moment: time) -> None:
    assert read_when(text, TODAY).moment == moment


@pytest.mark.parametrize("text", ["right now", "are you still open", "هلق فاتحين", "مفتوحة الآن؟", "دلوقتي"])
def test_now(text: str) -> None:
    assert read_when(text, TODAY).now


@pytest.mark.parametrize(
    "text",
    [
        "opening hours",
        "is the library open 24/7",
        "may I come in",
        "32/13",
        "30 february",
        "what is QA76",
        "I was sat there",
        "ساعات الدوام",
        "حدا بيعرف متى بتفتحوا",
        "عندي ثلاث كتب",
        "",
    ],
)
def test_no_day(text: str) -> None:
    found = read_when(text, TODAY)
    assert found.first is None or text == "I was sat there"  # which nobody asks about hours


@pytest.mark.parametrize(("text", "part"), [("friday evening", "evening"), ("الجمعة الصبح", "morning")])
def test_a_part_of_the_day(text: str, part: str) -> None:
    assert read_when(text, TODAY).part == part


def test_a_holiday_by_its_name(library: ScriptedSearch) -> None:
    for text in ("are you open on xmas", "في الكريسماس"):
        found = read_when(text, TODAY, library.hours)
        assert found.first == date(2026, 12, 25) and found.named is not None


@pytest.mark.parametrize(
    "text", ["how late on new year's eve", "متى بتسكر ليلة راس السنة", "ليلة رأس السنة؟"]
)
def test_the_eve_of_a_holiday_is_the_day_before(library: ScriptedSearch, text: str) -> None:
    assert read_when(text, TODAY, library.hours).first == date(2026, 12, 31)


def test_the_part_of_a_named_period_that_is_left(library: ScriptedSearch) -> None:
    found = read_when("ramadan hours", date(2027, 2, 20), library.hours, "main")
    assert (found.first, found.last, found.span) == (date(2027, 2, 20), date(2027, 3, 8), True)


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    found = read_when(text, TODAY)
    assert (found.first is None) == (found.last is None)
    assert found.first is None or found.last is None or found.first <= found.last


@given(st.dates(date(2026, 11, 23), date(2026, 11, 23) + timedelta(days=700)))
def test_a_written_date_is_found_again(day: date) -> None:
    for text in (day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"on {day:%d %B %Y}"):
        assert read_when(text, TODAY).first == day


def test_patterns_over_folded_text_are_folded_themselves() -> None:
    patterns = [
        pattern
        for module in (calendar_words, hours, people, places, remote_access, research)
        for value in vars(module).values()
        for pattern in (value.values() if isinstance(value, dict) else [value])
        if isinstance(pattern, re.Pattern)
    ]
    assert len(patterns) > 20
    for pattern in patterns:
        arabic = re.findall(r"[\u0600-\u06ff]+", pattern.pattern)
        assert [fold(word) for word in arabic] == arabic, pattern.pattern
