"""A few words after an answer: what they lean on, for how long, and what does not lean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from actions import context, did_not_help
from actions.aspects import aspect_of, goes_on, restyled, said_of
from actions.talk import Reply, read_turn
from tests.unit.actions.conftest import MONDAY, MakeTalk

LIMITS = "faq/loan_policy#loan-limits:en"
PRICE = "faq/printing_wifi#print-price-colour:en"
RENEW = "faq/renewal#renew-online:en"
AFTER_LIMITS = {
    "last_question": "how many books can I borrow",
    "last_topic": "loan_policy",
    "shown": ["faq/loan_policy#loan-limits"],
}
AFTER_RENEWAL = {
    "last_question": "how do i renew",
    "last_topic": "renewal",
    "shown": ["faq/renewal#renew-online"],
}


def test_a_line_of_what_was_shown_is_enough(talk: MakeTalk) -> None:
    reply = context.in_context(talk("and for faculty?", slots=AFTER_LIMITS, found=[(LIMITS, 0.95)]))
    assert reply is not None and "60 books" in reply.contents[0].text
    assert "15 books" not in reply.contents[0].text
    assert reply.slots["last_question"] == "how many books can I borrow and for faculty?"
    after = {**AFTER_LIMITS, **reply.slots}
    again = context.in_context(talk("and alumni?", slots=after, found=[(LIMITS, 0.95)]))
    assert again is not None and "5 books" in again.contents[0].text
    assert again.slots["last_question"] == "how many books can I borrow and alumni?"


def test_what_narrowed_the_matter_is_still_meant(talk: MakeTalk) -> None:
    slots = {**AFTER_LIMITS, "matter": AFTER_LIMITS["last_question"]}
    slots["last_question"] = "how many books can I borrow and alumni?"
    reply = context.in_context(talk("how long", slots=slots, found=[(LIMITS, 0.95)]))
    assert reply is not None and "5 books for 2 weeks" in reply.contents[0].text
    assert "Undergraduates" not in reply.contents[0].text


def test_one_word_of_what_was_shown_is_about_it(talk: MakeTalk) -> None:
    slots = {"last_question": "how much is printing", "last_topic": "printing_wifi", "shown": [PRICE[:-3]]}
    reply = context.in_context(talk("colour?", slots=slots, found=[(PRICE, 0.9)]))
    assert reply is not None and "0.150 JD in colour" in reply.contents[0].text
    assert context.in_context(talk("sculpture?", slots=slots, found=[(PRICE, 0.9)])) is None


def test_another_entry_of_the_topic_is_no_change_of_subject(talk: MakeTalk) -> None:
    tweet, book = "faq/citation_help#apa-social-post", "faq/citation_help#apa-book"
    slots = {"last_question": "how do i cite a tweet in apa", "last_topic": "citation_help", "shown": [tweet]}
    found = [(f"{book}:en", 0.9), (f"{tweet}:en", 0.8)]
    reply = context.in_context(talk("what about a book", "find_resource", slots=slots, found=found))
    assert reply is not None and reply.contents[0].citations[0].url.endswith("#apa-book")


def test_an_entry_of_its_own_goes_before_a_line(talk: MakeTalk) -> None:
    slots = {"last_question": "print", "last_topic": "printing_wifi", "shown": ["faq/printing_wifi#scan"]}
    found = [("faq/printing_wifi#scan:en", 0.95), ("faq/printing_wifi#print-price-colour:en", 0.8)]
    reply = context.in_context(talk("how much?", slots=slots, found=found))
    assert reply is not None and reply.contents[0].citations[0].url.endswith("#print-price-colour")


def test_where_the_guides_say_nothing_that_is_said(talk: MakeTalk) -> None:
    reply = context.in_context(talk("and for visitors?", slots=AFTER_RENEWAL, found=[(RENEW, 0.95)]))
    assert reply is not None and "find nothing on that" in reply.contents[0].text
    assert not reply.contents[0].rateable
    assert [c.payload for c in reply.contents[0].choices] == ["/human_handoff"]


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("how do i connect to the wifi", {}),  # a question of its own
        ("and printing?", {"found": [("faq/printing_wifi#scan:en", 0.7)]}),  # another matter
        ("thanks", {"intent": "thanks", "confidence": 0.99}),
        ("no", {"intent": "deny", "confidence": 0.99}),
        ("how much?", {"slots": {}}),  # nothing before
        ("how much?", {"slots": {**AFTER_RENEWAL, "misses": 1}}),  # what was shown was no answer
        ("how much?", {"form": "research_form"}),
        ("", {"intent": "renewal"}),  # a choice
        ("and what about all of those other things that people have been asking", {}),
    ],
)
def test_what_stands_by_itself_is_left_alone(talk: MakeTalk, text: str, more: Mapping[str, Any]) -> None:
    given = {"slots": AFTER_RENEWAL, "found": [(RENEW, 0.95)], **more}
    assert context.in_context(talk(text, **given)) is None


def test_it_is_forgotten_after_a_few_messages(talk: MakeTalk) -> None:
    events: list[dict[str, Any]] = [
        {"event": "user"},
        {"event": "action"},
        *({"event": "slot", "name": name, "value": value} for name, value in AFTER_RENEWAL.items()),
    ]
    for number in range(1, context.FRESH + 3):
        events.append({"event": "user"})
        turn = read_turn({"latest_message": {"text": "how much?"}, "events": events}, MONDAY)
        assert turn.since == number and turn.answered[-1]["last_topic"] == "renewal"
        events.append({"event": "action"})


def test_the_rules_of_a_form_hear_that_it_did_not_begin(talk: MakeTalk) -> None:
    speak = context.unless_in_context(lambda _: Reply((), {"interview": True}), {"interview": False})
    leaning = talk("and for faculty?", "research_consultation", slots=AFTER_LIMITS, found=[(LIMITS, 0.9)])
    assert speak(leaning).slots["interview"] is False
    assert speak(talk("help me find articles on sleep", slots=AFTER_LIMITS)).slots == {"interview": True}


def test_that_the_first_of_two_answers_did_not_help(talk: MakeTalk) -> None:
    pressed = talk("", "did_not_help", values={"about": "renewal"}, slots={"last_topic": "hours"},
                   found=[("faq/renewal#renew-refused:en", 0.6), (RENEW, 0.9)],
                   answered=(AFTER_RENEWAL, {"last_topic": "hours", "last_question": "when?"}))  # fmt: skip
    reply = did_not_help.did_not_help(pressed)
    assert "Why can't I renew" in reply.contents[0].text and "How do I renew" not in reply.contents[0].text
    assert reply.slots["last_question"] == "how do i renew"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("how long?", "length"), ("how many days?", "length"), ("how many times?", "number"),
        ("and how much?", "price"), ("is it free?", "price"), ("for faculty?", "teachers"),
        ("and grad students", "graduates"), ("online?", "online"), ("كم المدة؟", "length"),
        ("لمدة قد ايه", "length"), ("كم سنة", "length"), ("كم بدفع", "price"),
        ("كم مرة؟", "number"), ("بكم؟", "price"), ("وقديش؟", "price"), ("وللموظفين؟", "staff"),
        ("ولطلبة الماجستير؟", "graduates"), ("للزوار؟", "visitors"), ("وين؟", "where"),
        ("هل هو مجاني", "price"), ("and scanning?", None), ("والمسح؟", None),
    ],
)  # fmt: skip
def test_aspects_are_told(text: str, name: str | None) -> None:
    found = aspect_of(text)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    "text",
    ["and staff?", "what about law?", "for how long", "وللطلبة؟", "وماذا عن الطب", "طيب والسبت؟", "و mla؟"],
)
def test_going_on_is_told(text: str) -> None:
    assert goes_on(text)


@pytest.mark.parametrize(
    "text", ["android app?", "within a week", "وين المكتبة", "واي فاي", "ورشة عمل", "وصلني ايميل"]
)
def test_words_that_only_look_like_going_on(text: str) -> None:
    assert not goes_on(text)


def test_a_style_takes_the_place_of_a_style() -> None:
    assert restyled("how do I cite a tweet in APA", "and in MLA?") == "how do I cite a tweet in MLA"
    assert restyled("how do I cite a tweet", "in MLA?") is None
    assert restyled("كيف أوثق تغريدة بنظام APA", "وبنظام MLA؟") == "كيف أوثق تغريدة بنظام MLA"


def test_an_announcement_and_an_address_say_nothing() -> None:
    length, price = aspect_of("how long?"), aspect_of("price?")
    assert length is not None and price is not None
    text = (
        "Three days for some:\n\n- **Books:** 4 weeks\n- **Maps:** not lent\n\nSee https://x.example/price."
    )
    assert said_of(length.said, text, length.said) == "- **Books:** 4 weeks"
    assert said_of(price.said, text, price.said) == ""
