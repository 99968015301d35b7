"""What goes wrong, for whom, and what follows from it."""

from __future__ import annotations

import pytest

from actions import remote_access
from actions.remote_access import diagnose, symptom_in, who_in
from tests.unit.actions.conftest import MakeTalk

PAY = "faq/remote_access#ra-asks-to-pay:en"
KNOWN = {"access_resource": "jstor", "access_symptom": "pay", "access_who": "off_campus",
         "access_question": "jstor asks me to pay"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("it asks me to pay 40 dollars", "pay"),
        ("hit a paywall", "pay"),
        ("الموقع بطلب مني ادفع", "pay"),
        ("my password isn't accepted", "password"),
        ("cannot log in", "password"),
        ("كلمة السر غلط", "password"),
        ("blank page after login", "blank"),
        ("it keeps sending me back", "blank"),
        ("بيرجعني لصفحة الدخول", "blank"),
        ("access denied", "denied"),
        ("says my institution does not subscribe", "denied"),
        ("تم رفض الوصول", "denied"),
        ("it makes a strange noise", None),
    ],
)
def test_the_symptom(text: str, symptom: str | None) -> None:
    assert symptom_in(text) == symptom


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("i'm at home", "off_campus"),
        ("انا برا الجامعة", "off_campus"),
        ("on campus, in the library", "on_campus"),
        ("في الجامعة", "on_campus"),
        ("I graduated last year", "alumni"),
        ("خريج", "alumni"),
        ("I'm a new student", "new_student"),
        ("scopus", None),
    ],
)
def test_who_and_where(text: str, who: str | None) -> None:
    assert who_in(text) == who


@pytest.mark.parametrize(
    ("symptom", "who", "fix"),
    [
        ("pay", "off_campus", "pay"),
        ("pay", "alumni", "alumni"),
        ("denied", "new_student", "password"),
        ("blank", "new_student", "blank"),
        ("other", "on_campus", "other"),
        ("it hums", None, "other"),
        ("skipped", "skipped", "other"),
    ],
)
def test_the_fix(symptom: str, who: str | None, fix: str) -> None:
    assert diagnose(symptom, who) == fix


def test_trouble_begins_the_diagnosis_with_what_is_known(talk: MakeTalk) -> None:
    reply = remote_access.begin(talk("jstor asks me to pay at home", "remote_access"))
    assert reply.slots["diagnosis"] is True
    assert reply.slots["access_resource"] == "jstor"
    assert (reply.slots["access_symptom"], reply.slots["access_who"]) == ("pay", "off_campus")


def test_a_question_is_answered_and_help_offered(talk: MakeTalk) -> None:
    found = [("faq/remote_access#ra-from-home:en", 0.9)]
    reply = remote_access.begin(talk("do i need a vpn", "remote_access", found=found))
    assert reply.slots["diagnosis"] is False
    assert reply.contents[0].choices[0].payload == '/remote_access{"trouble": "yes"}'


def test_a_named_database_is_opened_through_the_library(talk: MakeTalk) -> None:
    reply = remote_access.begin(talk("how do I get into scopus", "remote_access"))
    assert "https://login.marsad.example/login?url=https://www.scopus.com/" in reply.contents[0].text


def test_the_fix_is_shown_once(talk: MakeTalk) -> None:
    first = remote_access.ask(talk(slots=KNOWN, found=[(PAY, 0.9)]), "access_solved")
    assert len(first.contents) == 2 and first.contents[0].citations[0].url.endswith("#ra-asks-to-pay")
    again = remote_access.ask(talk(slots={**KNOWN, **first.slots}), "access_solved")
    assert [content.text for content in again.contents] == ["Did that help?"]


@pytest.mark.parametrize(
    ("text", "intent", "solved"),
    [
        ("yes", "affirm", "yes"),
        ("no", "deny", "no"),
        ("it works now", "out_of_scope", "yes"),
        ("still the same", "out_of_scope", "no"),
        ("زبط", "out_of_scope", "yes"),
        ("لسا نفس المشكلة", "out_of_scope", "no"),
        ("now it says error 404", "nlu_fallback", "no"),
    ],
)
def test_whether_it_helped(talk: MakeTalk, text: str, intent: str, solved: str) -> None:
    assert remote_access.read(talk(text, intent), "access_solved") == solved


def test_a_person_hears_what_was_tried(talk: MakeTalk) -> None:
    slots = {**KNOWN, "access_fix": PAY.removesuffix(":en"), "access_solved": "no"}
    packet = remote_access.finish(talk("no, same thing", "deny", slots=slots)).handoff
    assert packet is not None
    assert packet.question == "jstor asks me to pay"
    assert ("Resource", "JSTOR") in packet.summary
    assert "Why does a link ask me to pay for the article?" in packet.tried[0]


def test_no_person_where_it_helped(talk: MakeTalk) -> None:
    assert remote_access.finish(talk(slots={**KNOWN, "access_solved": "yes"})).handoff is None
