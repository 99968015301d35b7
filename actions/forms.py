"""What a form takes as an answer, and what interrupts it.

Rasa asks ``validate_<form>`` after each message. Where that gives no slot, the form steps aside for the
rules, which answer the interruption; then the form asks its question again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions import remote_access, research
from actions.talk import Reply, Talk

# Moves that mean the same whatever was asked.
MOVES = frozenset(("human_handoff", "cancel", "switch_language", "privacy"))
# Talk that is no answer to anything.
SMALL_TALK = frozenset(("greeting", "goodbye", "who_are_you", "insult"))
# Questions that nobody would give as an answer to one of the forms' questions.
QUESTIONS = frozenset(
    (
        "hours",
        "renewal",
        "account__fees",
        "circulation_basic",
        "circulation_basic__holds",
        "room_booking",
        "tech_checkout",
        "adobe_access",
        "printing_wifi",
        "printing_wifi__wifi",
        "makerspace_3d",
        "space_info",
        "location_directions",
        "library_employment",
    )
)
_SURE_MOVE, _SURE_QUESTION = 0.4, 0.55  # of the classifier, before a typed text may interrupt
_SHORTEST_QUESTION = 3  # words
_ANSWERS = frozenset(("affirm", "deny", "skip", "did_not_help"))  # choices that answer any form


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its own intent (whose choices are answers), its slots, and how answers are read."""

    name: str
    intent: str
    slots: tuple[str, ...]
    read: Callable[[Talk, str], str]
    fits: Callable[[Talk, str], bool]
    ask: Callable[[Talk, str], Reply]
    besides: Callable[[Talk, str], Mapping[str, str]] = lambda talk, slot: {}  # what else an answer says
    elsewhere: Callable[[Talk, str], Mapping[str, str]] = (
        lambda talk, slot: {}
    )  # what it says of other slots alone


FORMS = (
    Form(
        research.FORM,
        research.TOPIC,
        research.SLOTS,
        research.read,
        research.fits,
        research.ask,
        research.besides,
        research.elsewhere,
    ),
    Form(
        remote_access.FORM,
        remote_access.TOPIC,
        remote_access.SLOTS,
        remote_access.read,
        remote_access.fits,
        remote_access.ask,
    ),
)


def fill(form: Form, talk: Talk) -> Mapping[str, str | None]:
    """Give the slot that the message fills; none where it is no answer, or where nothing was asked."""
    slot = talk.turn.slot("requested_slot")
    if slot not in form.slots or interrupts(form, talk, slot):
        return {}
    added = remote_access.news(talk, slot)
    if added:  # no answer yet: it is kept, and the form asks once more
        return {slot: None, "access_notes": added}
    other = form.elsewhere(talk, slot)
    if other:
        return {slot: None, **other}
    return {slot: form.read(talk, slot), **form.besides(talk, slot)}


def interrupts(form: Form, talk: Talk, slot: str) -> bool:
    """Whether a message is something else than an answer to the question that was asked."""
    turn = talk.turn
    if not turn.text:  # a choice: those of this form answer it, all others are something else
        mine = turn.intent == form.intent and "passage" not in turn.values and "about" not in turn.values
        return not (mine or turn.intent in _ANSWERS)
    if turn.intent in MOVES:
        return turn.confidence >= _SURE_MOVE
    if form.fits(talk, slot):
        return False
    if turn.intent in SMALL_TALK:
        return turn.confidence >= _SURE_QUESTION
    if turn.intent in QUESTIONS:
        long_enough = len(turn.text.split()) >= _SHORTEST_QUESTION or turn.text.rstrip().endswith(("?", "؟"))
        return turn.confidence >= _SURE_QUESTION and long_enough
    return False
