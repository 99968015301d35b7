"""“That didn't help”: other results than those shown, and after that a person."""

from __future__ import annotations

from actions import remote_access
from actions.answering import WORTH_SHOWING, search
from actions.fallback import show_results
from actions.handoff import subject_of, tried
from actions.talk import Reply, Talk
from bot.model import Content, Packet

_HALF = 0.75  # other results may be a little weaker than what is shown at first


def did_not_help(talk: Talk) -> Reply:
    """Show what else there is for the last question, or call a person where there is nothing more."""
    turn = talk.turn
    question = turn.slot("last_question")
    if not question:
        return Reply((talk.question(talk.say("unhelped_no_question"), talk.person),))
    shown = set(turn.slots.get("shown") or ())
    weights = {turn.slot("last_topic") or "": 0.5}
    others = [h for h in search(talk, question, weights) if h.passage.twin not in shown]
    good = [h for h in others if h.score >= WORTH_SHOWING * _HALF]
    if int(turn.slots.get("misses") or 0) == 0 and good:
        found = show_results(talk, good, "others_intro")
        both = [*(turn.slots.get("shown") or ()), *(hit.passage.twin for hit in good[:3])]
        return Reply(found.contents, {**found.slots, "last_question": question, "shown": both})
    return _person(talk, question)


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
