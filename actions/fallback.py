"""Not understood: first a question back, then results if any are good, then a person."""

from __future__ import annotations

from actions import databases, hours, known_item, people, places
from actions.answering import answered_slots, in_topic, say_hit, search, search_corrected
from actions.handoff import subject_of, tried
from actions.quoting import citation, see
from actions.talk import Reply, Talk, payload
from bot.model import Choice, Content, Kind, Packet
from bot.text import says_nothing
from knowledge_base.engine.records import Hit

_ALONE = 0.2  # what comes second is at least so much worse
_PERSON = "human_handoff"  # has a choice of its own beside the topics
_REAL = 3  # words; shorter than that, a person is offered and not called


def not_understood(talk: Talk) -> Reply:
    """Go one step further with a message that was not understood."""
    if talk.turn.slot("last_topic") == known_item.WAITING and talk.turn.text:
        return known_item.known_item(talk)
    named = by_name(talk)
    if named is not None:
        return named
    if known_item.names_a_number(talk.turn.text) or known_item.read_reference(talk.turn.text):
        return known_item.known_item(talk)
    if known_item.wants_on_subject(talk.turn.text):
        return known_item.known_item(talk)
    hits = search(talk, talk.turn.text) if talk.turn.text else []
    if not is_clear(talk, hits):
        hits = search_corrected(talk) or hits
    if is_clear(talk, hits):
        return say_hit(talk, hits)
    return in_topic(talk) or go_further(talk, hits)


def is_clear(talk: Talk, hits: list[Hit]) -> bool:
    """Whether what was found answers, though the classifier could not tell what a text is about."""
    if not hits or hits[0].score < talk.enough.likely:
        return False
    leaning = list(talk.fresh_weights())[:2]
    second = hits[1].score if len(hits) > 1 else 0.0
    alone = hits[0].score - second >= _ALONE
    return hits[0].score >= talk.enough.clear or alone or hits[0].passage.document.topic in leaning


def by_name(talk: Talk) -> Reply | None:
    """Answer a text that is hardly more than a time, or the name of somebody or something."""
    text, kb = talk.turn.text, talk.kb
    if hours.says_when(talk) and hours.asked_place(talk) is not None:
        return hours.hours(talk)
    if not text or len(text.split()) > _REAL:
        return None
    if kb.person_named(text):
        return people.staff(talk)
    if kb.databases_named(text):
        return databases.databases(talk)
    if kb.place_named(text):
        return places.where(talk)
    return databases.databases(talk) if kb.subjects_named(text) else None


def go_further(talk: Talk, hits: list[Hit]) -> Reply:
    """Clarify, show results, or call a person: each time the next of them."""
    misses = int(talk.turn.slots.get("misses") or 0)
    if misses == 0:
        return _clarify(talk, hits)
    good = [hit for hit in hits if hit.score >= talk.enough.show]
    if misses == 1 and good:
        return show_results(talk, good, "results_intro")
    return _person(talk)


def show_results(talk: Talk, hits: list[Hit], key: str) -> Reply:
    """Show what was found as a short list with links, and a person beside it; counts as a miss."""
    passages = [hit.passage for hit in hits[:3]]
    lines = [f"- **{p.heading}** ([{p.document.title}]({p.url}))" for p in passages]
    content = Content(
        "\n".join([talk.say(key), "", *lines]),
        Kind.ANSWER,
        (*(see(talk, p) for p in passages), talk.person),
        tuple(citation(p) for p in passages),
        topic=passages[0].document.topic,
    )
    slots = answered_slots(talk, passages[0].document.topic, passages)
    return Reply((content,), {**slots, "misses": int(talk.turn.slots.get("misses") or 0) + 1})


def _clarify(talk: Talk, hits: list[Hit]) -> Reply:
    choices = () if says_nothing(talk.turn.text) else topic_choices(talk, hits)
    remembered: dict[str, object] = {"last_question": talk.turn.text or None, "shown": [], "misses": 1}
    if not choices:
        text = talk.say("not_understood_at_all")
        return Reply((talk.question(text, talk.person),), remembered)
    return Reply((talk.question(talk.say("clarify"), *choices, talk.person),), remembered)


def topic_choices(talk: Talk, hits: list[Hit]) -> tuple[Choice, ...]:
    """Give up to three likely topics as choices, from the classifier and from what was found."""
    found = [hit.passage.document.topic for hit in hits if hit.score >= talk.enough.hint]
    likely = [*found[:1], *talk.topics.likely(talk.turn.ranking), *found[1:]]
    known = (talk.topics.get(id_) for id_ in dict.fromkeys(likely) if id_ != _PERSON)
    topics = [topic for topic in known if topic is not None and topic.answerable]
    language = talk.language.value
    return tuple(Choice(t.name[language], payload(t.intents[0], about="question")) for t in topics[:3])


def _person(talk: Talk) -> Reply:
    if len(talk.turn.text.split()) < _REAL:
        return Reply((talk.question(talk.say("not_found_offer"), talk.person),), {"misses": 2})
    likely = talk.topics.likely(talk.turn.ranking, 1)
    packet = Packet(
        question=talk.turn.text,
        reason="not_understood",
        topic=likely[0] if likely else None,
        summary=_before(talk),
        tried=tried(talk),
        subject=subject_of(talk, talk.turn.text),
    )
    return Reply((Content(talk.say("not_found_person")),), {"misses": 0}, packet)


def _before(talk: Talk) -> tuple[tuple[str, str], ...]:
    before = talk.turn.slot("last_question")
    return ((talk.say("label_asked_before"), before),) if before and before != talk.turn.text else ()
