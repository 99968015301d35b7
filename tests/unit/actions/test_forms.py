"""What a form takes as an answer, and what interrupts it."""

from __future__ import annotations

import pytest

from actions.forms import FORMS, fill
from tests.unit.actions.conftest import MakeTalk

RESEARCH, ACCESS = FORMS


@pytest.mark.parametrize(
    ("slot", "text", "intent", "value"),
    [
        ("research_topic", "the history of coffee", "out_of_scope", "the history of coffee"),
        ("research_subject", "psychology", "who_are_you", "psychology"),
        ("research_subject", "law", "subject_librarian", "law"),
        ("research_subject", "underwater basket weaving", "nlu_fallback", "underwater basket weaving"),
        ("research_level", "i'm a phd student", "account", "doctoral"),
        ("research_level", "ماجستير", "nlu_fallback", "masters"),
        ("research_tried", "no", "deny", "nothing"),
        ("research_tried", "I don't know", "skip", "skipped"),
        ("research_tried", "google scholar", "databases", "google scholar"),
    ],
)
def test_answers_of_the_interview(talk: MakeTalk, slot: str, text: str, intent: str, value: str) -> None:
    assert fill(RESEARCH, talk(text, intent, slots={"requested_slot": slot})) == {slot: value}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what time do you close today", "hours"),
        ("how do i renew my books", "renewal"),
        ("talk to a person", "human_handoff"),
        ("cancel", "cancel"),
        ("hello there", "greeting"),
        ("بدي احكي مع موظف", "human_handoff"),
    ],
)
def test_interruptions(talk: MakeTalk, text: str, intent: str) -> None:
    for form in FORMS:
        for slot in form.slots:
            assert fill(form, talk(text, intent, slots={"requested_slot": slot})) == {}


def test_what_the_classifier_only_guesses_does_not_interrupt(talk: MakeTalk) -> None:
    said = talk(
        "opening hours of coffee houses", "hours", confidence=0.4, slots={"requested_slot": "research_topic"}
    )
    assert fill(RESEARCH, said) == {"research_topic": "opening hours of coffee houses"}


def test_a_choice_of_the_form_is_its_answer(talk: MakeTalk) -> None:
    pressed = talk(
        "", RESEARCH.intent, values={"level": "masters"}, slots={"requested_slot": "research_level"}
    )
    assert fill(RESEARCH, pressed) == {"research_level": "masters"}


def test_a_choice_from_elsewhere_interrupts(talk: MakeTalk) -> None:
    for intent, values in (
        ("renewal", {"passage": "faq/renewal#renew-online"}),
        ("hours", {}),
        ("human_handoff", {}),
    ):
        pressed = talk("", intent, values=values, slots={"requested_slot": "access_symptom"})
        assert fill(ACCESS, pressed) == {}


def test_nothing_is_filled_before_something_was_asked(talk: MakeTalk) -> None:
    assert fill(RESEARCH, talk("psychology", "databases")) == {}


@pytest.mark.parametrize(
    ("slot", "text", "found"),
    [
        (
            "research_subject",
            "psych 200 level",
            {"research_subject": "psychology", "research_level": "undergraduate"},
        ),
        ("research_subject", "law, masters", {"research_subject": "law", "research_level": "masters"}),
        (
            "research_subject",
            "علم نفس سنة تانية",
            {"research_subject": "psychology", "research_level": "undergraduate"},
        ),
        (
            "research_subject",
            "MKT 600 level",
            {"research_subject": "MKT 600 level", "research_level": "masters"},
        ),
        ("research_level", "just google", {"research_level": "skipped", "research_tried": "just google"}),
        ("research_level", "بس جوجل", {"research_level": "skipped", "research_tried": "بس جوجل"}),
        ("research_level", "3rd yr", {"research_level": "undergraduate"}),
        ("research_tried", "just google", {"research_tried": "just google"}),
        ("research_subject", "dunno yet", {"research_subject": "skipped"}),
        ("research_topic", "ما عندي فكرة؟", {"research_topic": "skipped"}),
        ("research_topic", "مش عارفة لسا", {"research_topic": "skipped"}),
        ("research_topic", "-", {"research_topic": "skipped"}),
        ("research_topic", "pls i need articles on teen sleep thanks", {"research_topic": "teen sleep"}),
    ],
)
def test_an_answer_may_say_more_than_was_asked(
    talk: MakeTalk, slot: str, text: str, found: dict[str, str]
) -> None:
    assert fill(RESEARCH, talk(text, "databases", slots={"requested_slot": slot})) == found


def test_a_level_that_is_known_is_kept(talk: MakeTalk) -> None:
    slots = {"requested_slot": "research_subject", "research_level": "doctoral"}
    assert fill(RESEARCH, talk("psych 200 level", slots=slots)) == {"research_subject": "psychology"}


def test_a_symptom_is_no_answer_to_who(talk: MakeTalk) -> None:
    slots = {"requested_slot": "access_who", "access_symptom": "password"}
    assert fill(ACCESS, talk("password refused", "account", slots=slots)) == {"access_who": "skipped"}


@pytest.mark.parametrize(
    ("asked", "text", "kept"),
    [
        ("research_level", "psychology", {"research_subject": "psychology"}),
        ("research_level", "علم النفس", {"research_subject": "psychology"}),
        ("research_tried", "2nd yr undergrad", {"research_level": "undergraduate"}),
        ("research_subject", "it's about microplastics in fish", {"research_topic": "microplastics in fish"}),
        ("research_level", "عن تلوث البحر بالبلاستيك", {"research_topic": "تلوث البحر بالبلاستيك"}),
    ],
)
def test_what_answers_another_question_is_kept_there(
    talk: MakeTalk, asked: str, text: str, kept: dict[str, str]
) -> None:
    slots = {"requested_slot": asked, "research_topic": "skipped", "research_subject": "communication"}
    if asked == "research_subject":
        slots["research_subject"] = None
    assert fill(RESEARCH, talk(text, "nlu_fallback", slots=slots)) == {asked: None, **kept}


def test_an_answer_is_not_asked_for_for_ever(talk: MakeTalk) -> None:
    slots = {"requested_slot": "research_level", "research_subject": "psychology"}
    assert fill(RESEARCH, talk("psychology", "nlu_fallback", slots=slots))["research_level"] == "psychology"
