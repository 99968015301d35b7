"""Conversations that once went wrong, answered as they should be."""

from __future__ import annotations

# ruff: noqa: E501
import pytest

from actions import (
    did_not_help,
    fallback,
    faq,
    forms,
    hours,
    known_item,
    people,
    places,
    remote_access,
    research,
    small_talk,
)
from actions.boolean_query import build_query, topic_of
from actions.registry import ACTIONS
from actions.wellbeing import comfort, in_distress
from tests.unit.actions.conftest import MakeTalk
from tests.unit.actions.test_remote_access import KNOWN

RENEW = "faq/renewal#renew-online:en"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("are you open on eid?", "Eid al-Fitr, 9 March 2027 to 12 March 2027: Ibn Battuta Library is closed."
         " It opens again on Saturday 13 March 2027 at 10:00."),
        ("متى تفتح المكتبة في عيد الفطر؟", "عيد الفطر، من 9 آذار/مارس 2027 إلى 12 آذار/مارس 2027: لا دوام في مكتبة"
         " ابن بطوطة. يُستأنف الدوام يوم السبت 13 آذار/مارس 2027 الساعة 10:00."),
        ("ramadan hours of the main library", "Ramadan hours, 8 February 2027 to 8 March 2027: Ibn Battuta"
         " Library is open from 09:00 to 16:00 every day."),
        ("دوام المكتبة الرئيسية في رمضان", "دوام رمضان، من 8 شباط/فبراير 2027 إلى 8 آذار/مارس 2027: الدوام في مكتبة"
         " ابن بطوطة من 09:00 إلى 16:00 كل يوم."),
        ("what time do you close tonight", "Ibn Battuta Library closes today (Monday 23 November) at 22:00."
         " It is open at this moment."),
    ],
)  # fmt: skip
def test_periods_and_closing(talk: MakeTalk, text: str, said: str) -> None:
    assert hours.hours(talk(text, "hours")).contents[0].text == said


@pytest.mark.parametrize(
    "text", ["winter break hours", "دوام عطلة ما بين الفصلين", "هل تفتحون في عيد الأضحى", "cafe in ramadan"]
)
def test_every_period_is_answered(talk: MakeTalk, text: str) -> None:
    assert hours.hours(talk(text, "hours")).contents[0].text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("are you open on easter?", "not find that holiday in the library's calendar"),
        ("هل المكتبة مفتوحة في عيد الفصح؟", "لا أجد هذه المناسبة في تقويم المكتبة"),
    ],
)
def test_a_holiday_that_is_not_in_the_calendar(talk: MakeTalk, text: str, part: str) -> None:
    said = hours.hours(talk(text, "hours")).contents[0].text
    assert part in said and "08:00–22:00" in said and "2026" not in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("متى يفتح فرع الطب", "medical"),
        ("is the med branch open", "medical"),
        ("medical branch hours", "medical"),
        ("فرع الهندسة مفتوح؟", "science"),
        ("science branch hours", "science"),
        ("مكتبة القانون فاتحة؟", "law"),
    ],
)
def test_branches_by_other_names(talk: MakeTalk, text: str, place: str) -> None:
    assert hours.hours(talk(text, "hours")).slots["hours_place"] == place


@pytest.mark.parametrize("text", ["كم الساعة الآن", "what time is it?"])
def test_the_time_of_day_is_not_ours(talk: MakeTalk, text: str) -> None:
    assert faq.hours_question(talk(text, "hours")).contents[0].topic == "out_of_scope"


def test_the_hour_of_opening_is_ours() -> None:
    assert not hours.asks_the_time("كم الساعة بتفتح المكتبة")


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [
        ("still not", "nlu_fallback", "action_not_understood"),
        ("no", "deny", "action_go_on"),
        ("لا", "deny", "action_go_on"),
        ("لسه", "nlu_fallback", "action_not_understood"),
        ("no", "goodbye", "action_small_talk"),
    ],
)
def test_a_second_no_calls_a_person(talk: MakeTalk, text: str, intent: str, action: str) -> None:
    slots = {"last_question": "can I scan a book", "shown": ["faq/printing_wifi#x"], "misses": 1.0}
    packet = ACTIONS[action](talk(text, intent, slots=slots)).handoff
    assert packet is not None and packet.question == "can I scan a book"
    assert ACTIONS[action](talk(text, intent, slots={**slots, "misses": 0})).handoff is None
    assert not did_not_help.still_not(talk("no printers on floor two?", "printing_wifi", slots=slots))


@pytest.mark.parametrize(
    "text", ["what is the email of the library", "رقم هاتف المكتبة", "how can I contact you"]
)
def test_the_librarys_own_address(talk: MakeTalk, text: str) -> None:
    said = people.staff(talk(text, "staff_lookup")).contents[0].text
    assert "ask@library.marsad.example" in said and "+962 6 555 0100" in said and "Office" not in said


def test_her_is_the_person_before(talk: MakeTalk) -> None:
    first = people.staff(talk("who is the biology librarian", "staff_lookup"))
    again = people.staff(talk("what is her email", "staff_lookup", slots=first.slots))
    assert "layla.haddad@" in again.contents[0].text
    assert again.slots["last_question"] == "who is the biology librarian"


@pytest.mark.parametrize("text", ["مين مسؤول مكتبة الهندسة؟", "who is in charge of the engineering library"])
def test_a_branch_has_its_own_librarian(talk: MakeTalk, text: str) -> None:
    assert "omar.nassar@" in people.staff(talk(text, "staff_lookup")).contents[0].text


@pytest.mark.parametrize("text", ["مين رئيس امريكا", "who is the president of france"])
def test_other_peoples_people(talk: MakeTalk, text: str) -> None:
    assert people.staff(talk(text, "staff_lookup")).contents[0].topic == "out_of_scope"


@pytest.mark.parametrize(
    "text",
    ["I feel depressed and want to die", "i want to kill myself", "I don’t want to live anymore", "I'm suicidal",
     "بدي أموت", "أفكر في الانتحار", "أريد أن أموت", "بدي أنهي حياتي", "أنا مكتئب وتعبت من الحياة"],
)  # fmt: skip
def test_distress(text: str) -> None:
    assert in_distress(text)


@pytest.mark.parametrize(
    "text",
    ["I need articles about suicide prevention", "books on depression", "self-harm among adolescents",
     "do you have the book called I want to die but I want to eat tteokbokki", "I want to diet",
     "patients who want to die", "I don't want to live in the dorm", "كتب عن الاكتئاب", "مقالات عن الانتحار",
     "بدي اموت من الضحك", "the great depression"],
)  # fmt: skip
def test_no_distress(text: str) -> None:
    assert not in_distress(text)


def test_comfort_offers_a_person(talk: MakeTalk) -> None:
    reply = comfort(talk("i want to die", "find_resource"))
    assert reply is not None and reply.contents[0].choices[0].payload == "/human_handoff"
    assert comfort(talk("opening hours", "hours")) is None


def test_the_menu_has_the_librarian_once(talk: MakeTalk) -> None:
    ranking = [("human_handoff", 0.3), ("renewal", 0.2)]
    choices = fallback.go_further(talk("hmm", "nlu_fallback", ranking=ranking), []).contents[0].choices
    assert [c.title for c in choices].count("Talk to a librarian") == 1


def test_what_the_library_can_do(talk: MakeTalk) -> None:
    assert (
        "I can help with the library's opening hours"
        in small_talk.out_of_scope(talk("who won the match", "out_of_scope")).contents[0].text
    )


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I need sources about water scarcity due tomorrow", "water scarcity"),
        ("articles about nurse burnout for tomorrow", "nurse burnout"),
        ("مصادر عن البطالة لبكرة", "البطالة"),
        ("sources about the right to education today", "the right to education today"),
    ],
)
def test_a_deadline_is_no_topic(text: str, topic: str) -> None:
    assert topic_of(text) == topic
    found = build_query(text)
    assert found is not None and "tomorrow" not in found.text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("I need books about Ottoman history", "subject", "Ottoman history"),
        ("كتب عن التاريخ العثماني", "subject", "التاريخ العثماني"),
        ("books on climate change", "subject", "climate change"),
        ("do you have the book On Liberty", "title", "On Liberty"),
    ],
)
def test_books_about_something(text: str, kind: str, value: str) -> None:
    item = known_item.read_item(text)
    assert item is not None and (item.kind, item.value) == (kind, value)


def test_books_about_something_are_looked_up_by_subject(talk: MakeTalk) -> None:
    text = (
        known_item.known_item(talk("I need books about Ottoman history", "find_resource__known_item"))
        .contents[0]
        .text
    )
    assert (
        "books and articles on **Ottoman history**" in text and "about%20" not in text and "ill." not in text
    )


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("it says 403 forbidden", "did_not_help"),
        ("جربت متصفح تاني", "nlu_fallback"),
        ("I'm off campus", "affirm"),
    ],
)
def test_news_is_noted_and_a_person_offered_once(talk: MakeTalk, text: str, intent: str) -> None:
    slots: dict[str, object] = {**KNOWN, "access_fix": "skipped", "requested_slot": "access_solved"}
    form = forms.FORMS[1]
    filled = forms.fill(form, talk(text, intent, slots=slots, form=form.name))
    assert filled == {"access_solved": None, "access_notes": text}
    asked = remote_access.ask(talk(text, slots={**slots, **filled}), "access_solved").contents[0]
    assert asked.choices[0].payload == "/human_handoff"
    later = {**slots, **filled}
    assert forms.fill(form, talk("yes", "affirm", slots=later)) == {"access_solved": "no"}
    assert forms.fill(form, talk("no thanks", "deny", slots=later)) == {"access_solved": "skipped"}
    packet = remote_access.finish(talk("yes", "affirm", slots={**later, "access_solved": "no"})).handoff
    assert packet is not None and ("Added later", text) in packet.summary


@pytest.mark.parametrize("text", ["what time does the post office close", "متى يفتح البنك؟", "gym hours"])
def test_the_hours_of_others_are_not_ours(talk: MakeTalk, text: str) -> None:
    reply = faq.hours_question(talk(text, "hours"))
    assert reply.contents[0].topic == "out_of_scope"


def test_a_thing_that_was_left_on_a_floor_is_no_place(talk: MakeTalk) -> None:
    found = [("faq/location_directions#lost-property:en", 0.4)]
    reply = places.where(talk("I left my jacket on the third floor", "location_directions", found=found))
    assert reply.contents[0].citations[0].url.endswith("#lost-property")


def test_an_appointment_is_answered_though_a_topic_is_named(talk: MakeTalk) -> None:
    found = [("faq/research_consultation#book-consultation:en", 0.82)]
    text = "I'd like an appointment with a librarian about my thesis on sleep and memory"
    reply = research.begin(talk(text, "research_consultation", found=found))
    assert reply.slots["interview"] is False and reply.contents[0].citations
    wish = talk("I need articles about sleep and memory in adults", "research_consultation", found=found)
    assert research.begin(wish).slots["interview"] is True


def test_whether_a_source_is_good_is_no_search_for_sources(talk: MakeTalk) -> None:
    found = [("faq/research_consultation#reliable-source:en", 0.82)]
    reply = research.begin(talk("is this source credible?", "research_consultation", found=found))
    assert reply.slots["interview"] is False


def test_a_sentence_is_no_title(talk: MakeTalk) -> None:
    found = [("faq/find_resource#suggest-purchase:ar", 0.67)]
    reply = known_item.known_item(talk("في كتاب مو موجود عندكم، ممكن تشترونه؟", found=found))
    assert reply.contents[0].citations[0].url.endswith("#suggest-purchase")


@pytest.mark.parametrize(
    ("found", "ranking", "answered"),
    [
        ([("faq/account#alumni-card:en", 0.63), (RENEW, 0.28)], [], True),  # nothing else comes near
        ([("faq/account#alumni-card:en", 0.63), (RENEW, 0.6)], [("account", 0.3)], True),  # a likely topic
        ([("faq/account#alumni-card:en", 0.63), (RENEW, 0.6)], [("hours", 0.3), ("thanks", 0.2)], False),
        ([("faq/account#alumni-card:en", 0.59), (RENEW, 0.1)], [("account", 0.3)], False),
    ],
)
def test_a_likely_passage_answers_where_the_classifier_is_in_doubt(
    talk: MakeTalk, found: list[tuple[str, float]], ranking: list[tuple[str, float]], answered: bool
) -> None:
    given = talk("I graduated last summer, what is open to me", found=found, ranking=ranking)
    assert bool(fallback.not_understood(given).contents[0].citations) is answered


def test_a_name_is_not_taken_for_another_word(talk: MakeTalk) -> None:
    named = talk("").kb.subjects_named("ما قواعد البيانات المناسبة لتخصص القانون؟")
    assert [subject.id for subject in named] == ["law"]
