"""The answer to a question on any topic: from the guides, or one step further where they have none."""

from __future__ import annotations

from actions import hours, known_item, places, small_talk
from actions.answering import answer, in_topic, search
from actions.calendar_words import AROUND_CLOCK
from actions.fallback import go_further, not_understood
from actions.talk import Reply, Talk
from knowledge_base.engine.text import fold


def faq(talk: Talk) -> Reply:
    """Answer a question of the library's topics."""
    if talk.turn.intent == known_item.TOPIC and known_item.wants_on_subject(talk.turn.text):
        return known_item.known_item(talk)
    return answer(talk) or in_topic(talk) or go_further(talk, search(talk, talk.turn.text))


def hours_question(talk: Talk) -> Reply:
    """Answer from hours.yml; questions of why, and of rooms open all night, from the guides."""
    if hours.asks_the_time(talk.turn.text) or hours.asks_elsewhere(talk):
        return small_talk.out_of_scope(talk)
    if hours.says_nothing_of_it(talk):
        return not_understood(talk)
    if talk.turn.values.get("passage") or _not_a_timetable(talk):
        found = answer(talk)
        if found and (talk.turn.values.get("passage") or _is_about_hours(talk)):
            return found
    if talk.turn.text and hours.asked_place(talk) is None:  # a library whose hours stand in its pages alone
        return answer(talk) or hours.hours(talk)
    return hours.hours(talk)


def place_question(talk: Talk) -> Reply:
    """Say where something of the library is; a gym or a bank is none of its rooms."""
    if talk.turn.text and hours.asks_elsewhere(talk):
        return small_talk.out_of_scope(talk)
    return places.where(talk)


def _not_a_timetable(talk: Talk) -> bool:
    text = fold(talk.turn.text)
    place = talk.kb.place_named(talk.turn.text)
    names = fold(" ".join(place.name.values())) if place else ""
    return bool(AROUND_CLOCK.search(text) or AROUND_CLOCK.search(names)) or text.startswith(
        ("why", "ليش", "لماذا", "ليه")
    )


def _is_about_hours(talk: Talk) -> bool:
    hits = search(talk, talk.turn.text)
    return bool(hits) and hits[0].score >= talk.enough.answer


def interlibrary_loan(talk: Talk) -> Reply:
    """Answer about interlibrary loan; with the request filled in where a thing was looked for."""
    return known_item.interlibrary_loan(talk) or go_further(talk, search(talk, talk.turn.text))
