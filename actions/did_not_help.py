"""“That didn't help”: other results than those shown, and after that a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from actions import known_item, remote_access
from actions.answering import search
from actions.fallback import show_results
from actions.handoff import subject_of, tried
from actions.talk import Reply, Talk
from bot.model import Content, Packet
from knowledge_base.engine.text import fold

_STILL_NOT = re.compile(
    r"^\W*(?:(?:no|nope|nah|still|not|sorry|it|that|this|did|didn't|didnt|doesn't|isn't|really|yet|help|"
    r"helpful|"
    r"either|none|of|these|those|them|the same|nothing|at all|what i need|work|working|"
    r"لا|لاء|لسه|لسا|لسع|مش|مو|ما|لم|ليس|بعد|برضه|برضو|ولا|واحد|واحده|منها|منهم|شي|كمان|هذا|هاد|هيك|هو|"
    r"المطلوب|زبط|نفع|ساعدني|يساعدني|افادني|يفدني|نفس|المشكله|الشي)\W*)+$"
)
_NEGATIVE = re.compile(
    r"\b(?:no|nope|nah|still|not|didn't|didnt|doesn't|isn't|none|nothing)\b"
    r"|(?:^|\s)(?:لا|لاء|لسه|لسا|لسع|مش|مو|ما|لم|ليس|ولا|برضه|برضو|نفس)(?:\s|$|\W)"
)
_ONGOING = re.compile(  # what was wrong before is wrong still
    r"\b(?:still|same (?:problem|thing|error|issue)|again)\b|(?:^|\s)(?:لسا|لسه|لسع|لساتها|ما زال|ما زالت|"
    r"لا زال|لا يزال|لا تزال|"
    r"نفس المشكله|نفس الشي|برضه|برضو|كمان مره)(?:\s|$|\W)"
)
_HALF = 0.75  # other results may be a little weaker than what is shown at first


def did_not_help(talk: Talk) -> Reply:
    """Show what else there is for the last question, or call a person where there is nothing more."""
    talk = _of_topic(talk, talk.turn.values.get("about"))
    turn = talk.turn
    question = turn.slot("last_question")
    if not question:
        if _ONGOING.search(fold(turn.text)):  # of what was left for a person, or is forgotten here
            return _person(talk, "")
        return Reply((talk.question(talk.say("unhelped_no_question"), talk.person),))
    if turn.slot("access_fix") and turn.slot("last_topic") == remote_access.TOPIC and turn.text:
        return _person(talk, question)  # the diagnosis had its try
    shown = set(turn.slots.get("shown") or ())
    weights = {turn.slot("last_topic") or "": 0.5}
    others = [h for h in search(talk, question, weights) if h.passage.twin not in shown]
    good = [h for h in others if h.score >= talk.enough.show * _HALF]
    if int(turn.slots.get("misses") or 0) == 0 and good:
        found = show_results(talk, good, "others_intro")
        both = [*(turn.slots.get("shown") or ()), *(hit.passage.twin for hit in good[:3])]
        return Reply(found.contents, {**found.slots, "last_question": question, "shown": both})
    return _person(talk, question)


def _of_topic(talk: Talk, topic: str | None) -> Talk:
    """Go back to the last answer of a topic: one message may have asked two things, and got two answers."""
    if topic is None or topic == talk.turn.slot("last_topic"):
        return talk
    before = next((slots for slots in reversed(talk.turn.answered) if slots["last_topic"] == topic), None)
    if before is None or not before.get("last_question"):
        return talk
    return replace(talk, turn=replace(talk.turn, slots={**talk.turn.slots, "misses": 0, **before}))


def still_not(talk: Talk) -> bool:
    """Whether a message turns down the other results too: “no” or “still not” after they were shown."""
    turn = talk.turn
    if not (turn.slot("last_question") and turn.slots.get("shown") and int(turn.slots.get("misses") or 0)):
        return False
    said = fold(turn.text)
    return turn.intent == "deny" or bool(_STILL_NOT.search(said) and _NEGATIVE.search(said))


def unless_still_not(speak: Callable[[Talk], Reply]) -> Callable[[Talk], Reply]:
    """Give ``speak``, except where a message says that what was shown last did not help either."""

    def spoken(talk: Talk) -> Reply:
        if still_not(talk):
            return _person(talk, talk.turn.slot("last_question") or talk.turn.text)
        return speak(talk)

    return spoken


def unless_missing(speak: Callable[[Talk], Reply]) -> Callable[[Talk], Reply]:
    """Give ``speak``, except where a message says that the library has not got what was looked for."""
    return lambda talk: known_item.not_there(talk) or speak(talk)


def _person(talk: Talk, question: str) -> Reply:
    turn = talk.turn
    topic = turn.slot("last_topic")
    summary = remote_access.summary(talk) if topic == remote_access.TOPIC else []
    if turn.text:
        summary = [*summary, (talk.say("label_said_after"), turn.text)]
    packet = Packet(
        question=question,
        reason="did_not_help",
        topic=topic,
        summary=tuple(summary),
        tried=tried(talk),
        subject=subject_of(talk, question),
    )
    return Reply((Content(talk.say("unhelped_person")),), {"misses": 0}, packet)
