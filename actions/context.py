"""“And for staff?”, “how much?”, “what about the medical library?”: a few words about the last answer.

A text leans on what was answered where it has no subject of its own, or begins as one that goes on. It is
then completed with the question before. The knowledge base may have the answer in an entry of its own (on the
price), or in a sentence of what was shown; where it has neither, that is said, and a person offered, rather
than the same answer again. Where the subject has changed, the caller goes on as if nothing had been before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from actions import databases, hours, known_item, people, places
from actions.answering import by_twin, say_passage, search
from actions.aspects import Aspect, any_of, aspect_of, goes_on, restyled, said_of
from actions.quoting import citation, see, shorten
from actions.talk import Reply, Talk
from actions.when import read_when
from bot.leaning import content_of, leans, points_back, subject_of
from bot.model import Content, Kind
from knowledge_base.engine.records import Hit, Passage, Place
from knowledge_base.engine.text import bare, fold, words

FRESH = 3  # messages after an answer in which it may be leant on
_SHORT = 9  # words of a text that may lean
_NAMING = 2  # words that may name a part of what was shown
_LIFT = 0.08  # what the added words must bring to a passage's chance
_CLEARLY = 0.1  # by which what is found in context must beat what the words find alone
_SURE = 0.8  # of the classifier, from which a phrase is a phrase
_PHRASES = frozenset(("greeting", "thanks", "goodbye", "insult", "feedback", "who_are_you", "affirm", "deny"))
_PLACE_WORDS = frozenset(
    bare(word) for word in words("library branch reading room the of and مكتبة فرع قاعة")
)


def in_context(talk: Talk) -> Reply | None:
    """Answer a text that leans on the last answer; None where it stands by itself."""
    topic = talk.turn.slot("last_topic")
    text = talk.turn.text
    if not topic or not text or talk.turn.since > FRESH or talk.turn.form or len(text.split()) > _SHORT:
        return None
    missing = known_item.not_there(talk)
    if missing is not None:
        return missing
    if talk.turn.intent in _PHRASES and talk.turn.confidence >= _SURE:
        return None
    shown = _shown(talk)
    records = _RECORDS.get(topic)
    found = records(talk) if records and (shown is None or topic == hours.TOPIC) else None
    if found is not None or shown is None or talk.turn.slots.get("misses"):
        return found
    return _goes_on(talk, shown) if leans(text) or goes_on(text) or _names_of_it(text, shown) else None


def _names_of_it(text: str, shown: Passage) -> bool:
    """Whether a text is one or two words of what was shown: “colour?” after the price of printing."""
    own = subject_of(text)
    return 0 < len(own) == len(text.split()) <= _NAMING and all(
        any_of([word]).search(fold(shown.text)) for word in own
    )


def matter(talk: Talk) -> str:
    """Give the question that a leaning text is completed with: the last that stood by itself."""
    asked, kept = talk.turn.slot("last_question") or "", talk.turn.slot("matter") or ""
    return kept if kept and asked.startswith(kept) else asked


def unless_in_context(
    speak: Callable[[Talk], Reply], slots: Mapping[str, object] | None = None
) -> Callable[[Talk], Reply]:
    """Give ``speak``, except where a text leans on the last answer; ``slots`` are set where it does."""

    def spoken(talk: Talk) -> Reply:
        found = in_context(talk)
        if found is None:
            return speak(talk)
        return replace(found, slots={**found.slots, **(slots or {})})

    return spoken


def _shown(talk: Talk) -> Passage | None:
    twins = list(talk.turn.slots.get("shown") or ())
    return by_twin(talk, twins[-1]) if twins else None


@dataclass(frozen=True, slots=True)
class _Follow:
    """A leaning text with what it leans on, and what is found for both together."""

    talk: Talk
    text: str
    shown: Passage  # the last answer
    own: list[str]  # what it says beside grammar, price, time and persons
    aspect: Aspect | None
    before: list[Hit]  # for the question alone
    alone: list[Hit]  # for the text alone
    found: list[Hit]  # for both

    @property
    def others(self) -> list[Hit]:
        """Passages good enough, beside the one shown."""
        return [
            h for h in self.found if h.score >= self.talk.enough.answer and h.passage.twin != self.shown.twin
        ]

    @property
    def near(self) -> list[Passage]:
        """Those of the same topic."""
        return [h.passage for h in self.others if h.passage.document.topic == self.shown.document.topic]


def _goes_on(talk: Talk, shown: Passage) -> Reply | None:
    text, question = talk.turn.text, matter(talk) or shown.heading
    named = talk.kb.place_named(text)
    branch = named if named is not None and named.kind == "branch" else None
    names = any_of(_names(branch) if branch else (), whole=True)
    own = [word for word in subject_of(text) if not names.search(word)]
    timely = None if own else _timely(talk, f"{question} {shown.heading}")
    if timely is not None:
        return timely
    alone, topic = search(talk, text), {shown.document.topic: 1.0}
    whole = restyled(question, text) or f"{question} {text}"
    aspect = _of_place(branch) if branch and not own else aspect_of(text)
    before, found = search(talk, question, topic), search(talk, whole, topic)
    stays = bool(found) and found[0].score >= _best(alone) and _another_of(found[0].passage, shown)
    if own and not points_back(text) and not stays and _changes_subject(talk, alone, shown):
        return None
    follow = _Follow(talk, text, shown, own, aspect, before, alone, found)
    reply = _in_shown(follow) or _in_entry(follow) or _in_sentences(follow)
    if reply is not None:
        return replace(reply, slots={**reply.slots, **_remembered(talk)})
    return None if own or not (aspect or goes_on(text)) else _nothing(talk, shown)


def _in_shown(follow: _Follow) -> Reply | None:
    """Answer with what was shown already, where nothing is nearer and it speaks of the very words."""
    if follow.aspect or not follow.own or not follow.found:
        return None
    if follow.found[0].passage.twin != follow.shown.twin:
        return None
    said = said_of(any_of(follow.own), follow.shown.text, any_of(follow.own))
    return _quote(follow.talk, follow.shown, said) if said else None


def _in_entry(follow: _Follow) -> Reply | None:
    """Answer with an entry of its own: on the price, or one that the added words speak for."""
    aspect = follow.aspect
    about = [p for p in follow.near if aspect is not None and aspect.asked.search(fold(p.heading))]
    if follow.own and not points_back(follow.text):
        about = [p for p in about if any_of(follow.own).search(fold(p.heading))]
    if about:
        return say_passage(follow.talk, about[0])
    chances = {hit.passage.twin: hit.score for hit in follow.before}
    lifted = [h for h in follow.others if h.score - chances.get(h.passage.twin, 0.0) >= _LIFT]
    if lifted and (follow.own or aspect is None) and _clearly(lifted[0], follow.alone):
        return say_passage(follow.talk, lifted[0].passage)
    return None


def _in_sentences(follow: _Follow) -> Reply | None:
    """Answer with the sentences of the first answer, the last or a neighbour that say something of it."""
    aspect = follow.aspect
    first = [hit.passage for hit in follow.before[:1] if hit.score >= follow.talk.enough.answer]
    named = bool(follow.own) and not points_back(follow.text)  # its own words decide what it is about
    about = aspect.said if aspect and not named else any_of(follow.own)
    wished = _wished(follow)
    for passage in (*first, follow.shown, *(follow.near if aspect else ())):
        said = said_of(about, passage.text, wished)
        if said:
            return _quote(follow.talk, passage, said)
    return None


def _wished(follow: _Follow) -> re.Pattern[str]:
    """Give what a sentence should have something of: the words that were asked with.

    What narrowed the matter before is still meant: “what about alumni?”, and now “how long?”.
    """
    narrowed = (follow.talk.turn.slot("last_question") or "").removeprefix(matter(follow.talk))
    said = [word for word in content_of(f"{follow.text} {narrowed}") if not points_back(word)]
    aspect = aspect_of(narrowed)
    return re.compile("|".join([any_of(said).pattern, *([aspect.said.pattern] if aspect else [])]))


def _timely(talk: Talk, about: str) -> Reply | None:
    """Answer “and on weekends?” with the hours of the place that was spoken of; None where none was."""
    if read_when(talk.turn.text, talk.turn.today, talk.kb.hours).empty:
        return None
    place = talk.kb.place_named(about)
    if place is None or not talk.kb.hours.place_with_hours(place.id):
        return hours.hours(talk) if talk.turn.intent == hours.TOPIC else None
    return hours.hours(replace(talk, turn=replace(talk.turn, values={"place": place.id})))


def _changes_subject(talk: Talk, alone: list[Hit], shown: Passage) -> bool:
    """Whether a text that begins with “and” is about something else: “and printing?” after renewals."""
    meant = talk.topics.of_intent(talk.turn.intent) if talk.turn.confidence >= _SURE else None
    found = alone[0].passage.document.topic if alone and alone[0].score >= talk.enough.answer else None
    return (found or (meant.id if meant else None)) not in (None, shown.document.topic)


def _another_of(passage: Passage, shown: Passage) -> bool:
    """Whether a passage is another on the same topic: “what about a book?” after citing a tweet."""
    return passage.document.topic == shown.document.topic and passage.twin != shown.twin


def _best(hits: list[Hit]) -> float:
    return hits[0].score if hits else 0.0


def _clearly(hit: Hit, alone: list[Hit]) -> bool:
    return not alone or alone[0].passage.twin == hit.passage.twin or hit.score >= alone[0].score + _CLEARLY


def _names(place: Place) -> set[str]:
    return {bare(word) for name in (*place.name.values(), *place.also) for word in words(name)}


def _of_place(place: Place) -> Aspect:
    """Give what a text asks that names a branch: what is said of it by any of its names."""
    told = any_of(_names(place) - _PLACE_WORDS, whole=True)
    return Aspect(place.id, told, told)


def _quote(talk: Talk, passage: Passage, said: str) -> Reply:
    text, _ = shorten(said)
    topic = passage.document.topic
    content = Content(
        text, Kind.ANSWER, (see(talk, passage),), (citation(passage),), rateable=True, topic=topic
    )
    return Reply((content,), {"last_topic": topic, "shown": [passage.twin], "misses": 0})


def _remembered(talk: Talk) -> dict[str, object]:
    """Keep the completed question, and what the next few words can be completed with."""
    kept = matter(talk)
    return {"last_question": f"{kept} {talk.turn.text}".strip(), "matter": kept or None}


def _nothing(talk: Talk, shown: Passage) -> Reply:
    """Say that the guides have nothing on that, and offer a person."""
    text = talk.say("context_nothing", title=shown.heading.rstrip("?؟ "))
    content = Content(text, Kind.QUESTION, (talk.person,), (citation(shown),), topic=shown.document.topic)
    return Reply((content,), _remembered(talk))


def _after_hours(talk: Talk) -> Reply | None:
    return hours.hours(talk) if hours.follows(talk) else None


def _after_place(talk: Talk) -> Reply | None:
    """Go on from where something is: when it is open, or where another place is."""
    text = talk.turn.text
    named = talk.kb.place_named(text)
    when = read_when(text, talk.turn.today, talk.kb.hours)
    if named is None and not when.empty and not subject_of(text) and talk.turn.slot("hours_place"):
        return hours.hours(talk)
    return places.where(talk) if named is not None and goes_on(text) and when.empty else None


def _after_person(talk: Talk) -> Reply | None:
    named = talk.kb.subjects_named(talk.turn.text) or talk.kb.person_named(talk.turn.text)
    if named:
        return people.subject_librarian(talk) if goes_on(talk.turn.text) else None
    return people.same_again(talk)


def _after_database(talk: Talk) -> Reply | None:
    text = talk.turn.text
    named = talk.kb.databases_named(text) or talk.kb.subjects_named(text)
    return databases.databases(talk) if named and goes_on(text) else None


# What was answered from records goes on from records.
_RECORDS: Mapping[str, Callable[[Talk], Reply | None]] = {
    hours.TOPIC: _after_hours,
    places.TOPIC: _after_place,
    people.TOPIC: _after_person,
    "staff_lookup": _after_person,
    databases.TOPIC: _after_database,
}
