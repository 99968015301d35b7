"""Sentences about opening hours, as they are said."""

from __future__ import annotations

from datetime import datetime

import pytest

from actions import context, faq, hours
from actions.talk import Reply
from tests.unit.actions.conftest import MONDAY, MakeTalk

ZONE = MONDAY.tzinfo
FRIDAY_MORNING = datetime(2026, 11, 27, 9, 0, tzinfo=ZONE)
LATE = datetime(2026, 11, 23, 22, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "now", "said"),
    [
        (
            "are you open friday evening?",
            MONDAY,
            "Yes. Ibn Battuta Library is open on Friday 27 November from 14:00 to 20:00.",
        ),
        (
            "is the science library open on friday",
            MONDAY,
            "Maryam al-Ijliya Science and Engineering Library is closed on Friday 27 November."
            " It opens again on Saturday 28 November at 10:00.",
        ),
        ("are you open now", LATE, "No, Ibn Battuta Library is closed at the moment."
         " It opens again tomorrow (Tuesday 24 November) at 08:00."),
        (
            "when do you close today",
            LATE,
            "Ibn Battuta Library is open today (Monday 23 November) from 08:00 to 22:00."
            " It has closed for today. It opens again tomorrow (Tuesday 24 November) at 08:00.",
        ),
        (
            "are you open today",
            FRIDAY_MORNING,
            "Ibn Battuta Library is open today (Friday 27 November) from 14:00 to 20:00. It is not open yet.",
        ),
        (
            "is the makerspace open tomorrow at 7 pm",
            MONDAY,
            "Not at that time. The makerspace is open tomorrow (Tuesday 24 November) from 10:00 to 18:00.",
        ),
        (
            "is the law reading room open on new year's day",
            MONDAY,
            "The Law Reading Room is closed on Friday 1 January 2027. The reason: New Year's Day."
            " It opens again on Sunday 3 January 2027 at 08:30.",
        ),
        (
            "until when are you open on new years eve",
            MONDAY,
            "Ibn Battuta Library closes on Thursday 31 December at 22:00.",
        ),
        (
            "are you open christmas eve",
            MONDAY,
            "Ibn Battuta Library is open on Thursday 24 December from 08:00 to 22:00.",
        ),
        (
            "how late is the main library open on 4 january",
            MONDAY,
            "Ibn Battuta Library closes on Monday 4 January 2027 at midnight."
            " These are special hours: Exam period.",
        ),
        (
            "ramadan hours of the main library",
            MONDAY,
            "Ramadan hours, 8 February 2027 to 8 March 2027: Ibn Battuta Library is open from 09:00 to 16:00"
            " every day.",
        ),
        (
            "print room open tomorrow?",
            MONDAY,
            "The print room: the hours are those of Ibn Battuta Library. Ibn Battuta Library is open tomorrow"
            " (Tuesday 24 November) from 08:00 to 22:00.",
        ),
        (
            "هل المكتبة مفتوحة مساء الجمعة؟",
            MONDAY,
            "نعم. الدوام في مكتبة ابن بطوطة يوم الجمعة 27 تشرين الثاني/نوفمبر من 14:00 إلى 20:00.",
        ),
    ],
)  # fmt: skip
def test_what_is_said(talk: MakeTalk, text: str, now: datetime, said: str) -> None:
    assert hours.hours(talk(text, "hours", now=now)).contents[0].text == said


def test_a_week_is_listed_with_equal_days_together(talk: MakeTalk) -> None:
    text = hours.hours(talk("opening hours next week", "hours")).contents[0].text
    assert text.splitlines()[0] == "Ibn Battuta Library is open at these times:"
    assert "- **Sunday 29 November to Thursday 3 December**: 08:00–22:00" in text
    assert "- **Friday 4 December**: 14:00–20:00" in text


def test_a_period_without_hours_of_its_own_is_said_to_be_ordinary(talk: MakeTalk) -> None:
    text = hours.hours(talk("medical library in ramadan", "hours")).contents[0].text
    assert text.startswith(
        "Ramadan hours, 8 February 2027 to 8 March 2027. Al-Zahrawi Medical Library keeps its ordinary hours:"
    )


def test_follow_ups_keep_place_and_day(talk: MakeTalk) -> None:
    slots: dict[str, object] = {}
    said = []
    for text in (
        "is the medical library open on friday?",
        "and saturday?",
        "and the makerspace?",
        "right now?",
    ):
        reply = hours.hours(talk(text, "hours", slots=slots))
        slots |= reply.slots
        said.append(reply.contents[0].text)
    assert said[1].startswith("Al-Zahrawi Medical Library is open on Saturday 28 November from 10:00")
    assert said[2].startswith("The makerspace is closed on Saturday 28 November.")
    assert said[3] == "Yes, the makerspace is open now, until 18:00."


def test_the_library_is_the_main_one_again(talk: MakeTalk) -> None:
    slots = {"last_topic": "hours", "hours_place": "medical", "hours_date": "2026-11-27/2026-11-27"}
    reply = hours.hours(talk("what time does the library close today", "hours", slots=slots))
    assert reply.slots["hours_place"] == "main"


@pytest.mark.parametrize(
    "text",
    [
        "and saturday?",
        "والسبت؟",
        "right now?",
        "in the evening?",
        "ومكتبة الزهراوي؟",
        "and the science one?",
        "والعلوم؟",
    ],
)
def test_goes_on_with_hours(talk: MakeTalk, text: str) -> None:
    assert hours.follows(talk(text, slots={"last_topic": "hours"}))
    assert not hours.follows(talk(text, slots={"last_topic": "renewal"}))


@pytest.mark.parametrize("text", ["و mla؟", "والبوسترات؟", "and posters?"])
def test_what_only_goes_on_gets_no_hours_for_an_answer(talk: MakeTalk, text: str) -> None:
    reply = faq.hours_question(talk(text, "hours", confidence=0.5, slots={"last_topic": "printing_wifi"}))
    assert reply.contents[0].topic != "hours"


@pytest.mark.parametrize(
    "text", ["and saturday?", "and when?", "وقاعة القانون؟", "والسبت؟", "وايمتى بتسكروا؟"]
)
def test_what_names_a_time_or_a_place_gets_hours(talk: MakeTalk, text: str) -> None:
    reply = faq.hours_question(talk(text, "hours", slots={"last_topic": "printing_wifi"}))
    assert reply.contents[0].topic == "hours"


@pytest.mark.parametrize(
    "text", ["where is the medical library", "how do I renew a book", "thanks", "وين مكتبة العلوم"]
)
def test_does_not_go_on_with_hours(talk: MakeTalk, text: str) -> None:
    assert not hours.follows(talk(text, slots={"last_topic": "hours"}))


def test_small_talk_that_is_certain_is_small_talk(talk: MakeTalk) -> None:
    goodbye = context.unless_in_context(lambda _: Reply((), {"said": "goodbye"}))
    slots = {"last_topic": "hours"}
    assert goodbye(talk("see you tomorrow", "goodbye", confidence=0.95, slots=slots)).slots == {
        "said": "goodbye"
    }
    assert goodbye(talk("right now?", "goodbye", confidence=0.5, slots=slots)).slots["hours_place"] == "main"


def test_a_pressed_choice_gives_the_week(talk: MakeTalk) -> None:
    reply = hours.hours(talk("", "hours", values={"place": "medical", "range": "week"}))
    assert "Al-Zahrawi Medical Library is open at these times:" in reply.contents[0].text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("are the main library and the medical library open on friday?",
         ["Ibn Battuta Library is open on Friday", "Al-Zahrawi Medical Library is open on Friday"]),
        ("دوام المكتبة الرئيسية ومكتبة الطب يوم الجمعة", ["مكتبة ابن بطوطة", "مكتبة الزهراوي الطبية"]),
    ],
)  # fmt: skip
def test_two_places_are_answered_both(talk: MakeTalk, text: str, parts: list[str]) -> None:
    reply = hours.hours(talk(text, "hours"))
    assert len(reply.contents) == 1 and all(part in reply.contents[0].text for part in parts)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hours next monday at science", "Maryam al-Ijliya"),
        ("when is the science one open", "Maryam al-Ijliya"),
        ("is the law one open on sunday?", "Law Reading Room"),
        ("اي ساعة بتفتحوا بالعلوم", "مكتبة مريم الإجلية"),
        ("متى يفتح فرع الطب؟", "الزهراوي"),
        ("are you open during the science week", "Ibn Battuta"),
        ("when do you open for law students", "Ibn Battuta"),
    ],
)
def test_a_branch_is_known_by_the_word_of_its_own(talk: MakeTalk, text: str, name: str) -> None:
    assert name in hours.hours(talk(text, "hours")).contents[0].text


def test_a_room_and_the_branch_it_is_in_are_one_place(talk: MakeTalk) -> None:
    reply = hours.hours(talk("is the makerspace in the main library open tomorrow", "hours"))
    assert reply.contents[0].text.count("open") == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [("دوام المكتبة في عطلة عيد الاضحى", "عيد الأضحى"), ("eid al adha hours", "Eid al-Adha")],
)
def test_a_holidays_own_name_tells_more_than_eid(talk: MakeTalk, text: str, name: str) -> None:
    assert name in hours.hours(talk(text, "hours")).contents[0].text
