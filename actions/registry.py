"""Every action by its name in the domain, and the function that answers for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from actions import (
    databases,
    did_not_help,
    fallback,
    faq,
    handoff,
    known_item,
    people,
    remote_access,
    research,
    small_talk,
)
from actions.context import unless_in_context
from actions.forms import FORMS, Form
from actions.talk import Reply, Talk

Speak = Callable[[Talk], Reply]


def _asking(form: Form, slot: str) -> Speak:
    return lambda talk: form.ask(talk, slot)


_DOUBTFUL = 0.5  # confidence below which a wish for a person may be none
_SURE = 0.8  # confidence from which small talk is small talk, whatever was spoken of before


def _unless_meant_otherwise(speak: Speak) -> Speak:
    """Give ``speak``, except for a doubtful text that leans on the last answer, or is nothing but a name."""

    def spoken(talk: Talk) -> Reply:
        named = fallback.by_name(talk) if talk.turn.confidence < _SURE else None
        return named or speak(talk)

    return unless_in_context(spoken)


def _unless_leaning(call: Speak) -> Speak:
    """Give ``call``, except for a doubtful text that leans on the last answer."""
    in_context = unless_in_context(call)
    return lambda talk: (in_context if talk.turn.text and talk.turn.confidence < _DOUBTFUL else call)(talk)


ACTIONS: Mapping[str, Speak] = {
    "action_answer": did_not_help.unless_still_not(unless_in_context(faq.faq)),
    "action_hours": unless_in_context(faq.hours_question),
    "action_where": unless_in_context(faq.place_question),
    "action_subject_librarian": unless_in_context(people.subject_librarian),
    "action_staff": unless_in_context(people.staff),
    "action_databases": unless_in_context(databases.databases),
    "action_known_item": unless_in_context(known_item.known_item),
    "action_interlibrary_loan": unless_in_context(faq.interlibrary_loan),
    "action_research_begin": unless_in_context(research.begin, {"interview": False}),
    "action_research": research.result,
    "action_remote_access_begin": unless_in_context(remote_access.begin, {"diagnosis": False}),
    "action_remote_access": remote_access.finish,
    "action_handoff": _unless_leaning(handoff.person),
    "action_did_not_help": did_not_help.unless_missing(did_not_help.did_not_help),
    "action_not_understood": did_not_help.unless_still_not(unless_in_context(fallback.not_understood)),
    "action_out_of_scope": did_not_help.unless_still_not(_unless_meant_otherwise(small_talk.out_of_scope)),
    "action_small_talk": did_not_help.unless_still_not(_unless_meant_otherwise(small_talk.small_talk)),
    "action_privacy": small_talk.privacy,
    "action_switch_language": small_talk.switch_language,
    "action_go_on": did_not_help.unless_still_not(_unless_meant_otherwise(small_talk.go_on)),
    "action_cancel_form": small_talk.cancelled,
    **{f"action_ask_{form.name}_{slot}": _asking(form, slot) for form in FORMS for slot in form.slots},
}
