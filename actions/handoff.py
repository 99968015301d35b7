"""Calling a person, with everything that spares the patron from saying it again."""

from __future__ import annotations

from actions import remote_access, research
from actions.answering import by_twin
from actions.talk import Reply, Talk
from bot.model import Packet

_SUBSTANCE = 6  # words from which a wish for a person also says what about


def person(talk: Talk) -> Reply:
    """Call a librarian: the one who was chosen or named, with the form's answers where one was open."""
    turn = talk.turn
    asked, before = turn.whole or turn.text, turn.slot("last_question") or ""
    question = asked if len(asked.split()) >= _SUBSTANCE or not before else before
    summary: list[tuple[str, str]] = []
    topic, reason = turn.slot("last_topic"), "asked"
    if turn.form == research.FORM:
        summary, topic, reason = research.summary(talk), research.TOPIC, "research"
        question = research.known(talk, "research_topic") or before or question
    elif turn.form == remote_access.FORM:
        summary, topic, reason = remote_access.summary(talk), remote_access.TOPIC, "remote_access"
        question = turn.slot("access_question") or before or question
    named = talk.kb.person_named(turn.text) if turn.text else None
    wanted = turn.values.get("wanted") or (named.id if named else None)
    if turn.values.get("for") == research.TOPIC:  # “ask them now”, under the result of the interview
        summary, topic, reason = research.summary(talk), research.TOPIC, "research"
        question = research.known(talk, "research_topic") or before or question
    packet = Packet(
        question=question,
        reason=reason,
        topic=topic,
        summary=tuple(summary),
        tried=tried(talk),
        subject=_subject(talk, reason, f"{asked} {question}"),
        wanted=wanted if wanted in talk.kb.people else None,
    )
    return Reply(handoff=packet)


def _subject(talk: Talk, reason: str, text: str) -> str | None:
    found = research.subject_of(talk) if reason == "research" else None
    return found.id if found else subject_of(talk, text)


def tried(talk: Talk) -> tuple[str, ...]:
    """Give what the assistant has shown for the question at hand, by heading."""
    passages = [by_twin(talk, twin) for twin in talk.turn.slots.get("shown") or ()]
    return tuple(p.heading for p in passages if p is not None)


def subject_of(talk: Talk, text: str) -> str | None:
    """Give the id of the first subject a text names."""
    found = talk.kb.subjects_named(text)
    return found[0].id if found else None
