"""Phrases: greetings and their like, what is not the library's, privacy, languages, stray moves."""

from __future__ import annotations

import re

from actions.answering import (
    answer,
    answered_slots,
    best_of,
    in_topic,
    say_hit,
    say_passage,
    search,
    see_entry,
)
from actions.boolean_query import asks_for_sources
from actions.fallback import go_further, is_clear
from actions.talk import Reply, Talk, payload
from bot.model import Choice, Content, Kind, Language
from knowledge_base.engine.text import fold

_OUTSIDE = 0.6  # of the classifier; less sure than this that it is not ours, the assistant asks back
_ASKS = re.compile(
    r"^\W*(?:and |so )?(?:can|could|may|how|do|does|is|what)\b"
    r"|^\W*و?(?:هل|كيف|ازاي|ممكن|يمكن|بقدر|اقدر|فيني|ينفع|بنفع|يصير|بصير|يمديني)(?: |$)"
)
_CANCELLING = re.compile(r"\bcancel|الغ|لغاء")
_PHRASES = ("greeting", "thanks", "goodbye", "insult", "feedback", "who_are_you")
_OFFERED = ("hours", "find_resource", "renewal", "research_consultation")


def small_talk(talk: Talk) -> Reply:
    """Answer a greeting, thanks, goodbye, an insult or feedback with a phrase of its own."""
    intent = talk.turn.intent if talk.turn.intent in _PHRASES else "greeting"
    library = talk.both(talk.kb.library.short_name)
    if intent == "feedback":
        return _feedback(talk)
    if intent == "who_are_you":
        return _who(talk)
    choices = offers(talk) if intent == "greeting" else (talk.person,) if intent == "insult" else ()
    assistant = talk.both(talk.kb.library.assistant)
    text = talk.say(intent, assistant=assistant, library=library)
    return Reply((Content(text, choices=choices, topic=intent),))


def offers(talk: Talk) -> tuple[Choice, ...]:
    """Give a few things to begin with, and a person."""
    choices = []
    for id_ in _OFFERED:
        topic = talk.topics.get(id_)
        if topic:
            choices.append(Choice(topic.name[talk.language.value], payload(topic.intents[0])))
    return (*choices, talk.person)


def _who(talk: Talk) -> Reply:
    assistant = talk.both(talk.kb.library.assistant)
    text = talk.say("who_are_you", assistant=assistant, library=talk.both(talk.kb.library.name))
    choices = (*see_entry(talk, "service_howto"), *offers(talk))
    return Reply((Content(text, choices=choices, topic="who_are_you"),))


def _feedback(talk: Talk) -> Reply:
    """Say where praise and complaints go; a person can take them at once."""
    text = talk.say("feedback", email=talk.kb.library.email)
    content = Content(text, choices=(talk.person,), citations=talk.links("feedback"), topic="feedback")
    return Reply((content,), {"last_question": talk.turn.text} if talk.turn.text else {})


def out_of_scope(talk: Talk) -> Reply:
    """Say kindly that this is not the library's, unless a guide plainly has it."""
    if talk.turn.text:
        hits = search(talk, talk.turn.text, {})
        if hits and hits[0].score >= talk.enough.sure:
            return say_hit(talk, hits)
        if talk.turn.confidence < _OUTSIDE and talk.topics.likely(talk.turn.ranking):
            likelier = search(talk, talk.turn.text)
            return say_hit(talk, likelier) if is_clear(talk, likelier) else go_further(talk, hits)
    choices = offers(talk)
    slots: dict[str, object] = {"shown": [], "misses": 0}
    if asks_for_sources(talk.turn.text):  # “write my essay about …”: not that, but sources for it
        choices = (talk.choice("choice_research", payload("research_consultation", begin="yes")), *choices)
        slots["last_question"] = talk.turn.text
    content = Content(talk.say("out_of_scope"), choices=choices, topic="out_of_scope")
    return Reply((content,), slots)


def privacy(talk: Talk) -> Reply:
    """Say what is kept: the guides' words where there are any, else our own."""
    if talk.turn.values.get("passage"):
        return answer(talk) or _own_privacy(talk)
    passage = best_of(talk, talk.say("query_privacy"), ("service_howto",))
    if passage is None:
        return _own_privacy(talk)
    said = say_passage(talk, passage)
    return Reply(said.contents, answered_slots(talk, "service_howto", [passage]))


def _own_privacy(talk: Talk) -> Reply:
    text = talk.say("privacy", email=talk.kb.library.email)
    return Reply((Content(text, choices=(talk.person,), topic="service_howto"),))


def switch_language(talk: Talk) -> Reply:
    """Offer both languages; the core changes it when one is chosen."""
    choices = (
        Choice("العربية", f"core:language:{Language.AR.value}"),
        Choice("English", f"core:language:{Language.EN.value}"),
    )
    return Reply((Content(talk.say("which_language"), Kind.QUESTION, choices),))


def go_on(talk: Talk) -> Reply:
    """Answer a “yes”, a “skip” or a “cancel” that belongs to nothing."""
    intent = talk.turn.intent
    if intent == "cancel" and _ASKS.search(fold(talk.turn.text)):  # “can I cancel?” of what was spoken of
        found = in_topic(talk)
        if found is not None and _CANCELLING.search(fold(found.contents[0].text)):
            return found
    key = {"affirm": "move_affirm", "deny": "move_deny", "cancel": "move_cancel"}.get(
        intent or "", "move_skip"
    )
    return Reply((Content(talk.say(key), choices=offers(talk)),), {"misses": 0})


def cancelled(talk: Talk) -> Reply:
    """End a form at the patron's wish."""
    slots = {"interview": False, "diagnosis": False, "misses": 0}
    return Reply((Content(talk.say("form_cancelled"), choices=offers(talk)),), slots)
