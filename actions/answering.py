"""Answers from the knowledge base: search, decide whether what was found is good enough, quote it.

How sure is sure enough is said by ``Thresholds``, chances of the calibrated search that were chosen on data
and belong to the encoder (``knowledge_base/engine/calibration.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from actions.quoting import citation, see, shorten
from actions.talk import Reply, Talk
from bot.asked import asked
from bot.model import Choice, Content, Kind
from knowledge_base.engine.markdown import TOP
from knowledge_base.engine.records import Hit, Passage

FAQ_FIRST = 0.1  # a question and its answer goes before a guide that is better by no more than this
_FOUND = 8
_SHORT = 6  # words of a text that may lean on what was said before
_NAME = 2  # words; so short a text is a name, and a guide may be better than a question about it
_SHOWN_KEPT = 12


def search(talk: Talk, question: str, weights: Mapping[str, float] | None = None) -> list[Hit]:
    """Find passages for a question, with the classifier's opinion of the topic."""
    opinion = talk.fresh_weights() if weights is None else weights
    return talk.kb.search(asked(question), talk.language.value, _FOUND, opinion)


def search_corrected(talk: Talk) -> list[Hit]:
    """Find passages for what was typed with its slips of the finger mended; none where none are seen."""
    better = talk.kb.spelling.corrected(talk.turn.text)
    return search(talk, better) if better != talk.turn.text else []


def answer(talk: Talk) -> Reply | None:
    """Answer what was typed, or what a pressed choice points at; None where nothing is good enough."""
    pointed = talk.turn.values.get("passage")
    if pointed:
        passage = by_twin(talk, pointed)
        return say_passage(talk, passage, also=_neighbours(talk, passage)) if passage else None
    topic = talk.topics.of_intent(talk.turn.intent)
    if not talk.turn.text and topic is not None:  # a topic was chosen for the question before
        return _about_topic(talk, topic.id)
    hits = search(talk, talk.turn.text)
    if not hits or hits[0].score < talk.enough.answer:
        hits = search_corrected(talk)
    if not hits or hits[0].score < talk.enough.answer:
        return None
    return say_hit(talk, plain_first(talk, hits) if len(talk.turn.text.split()) > _NAME else hits)


def in_topic(talk: Talk) -> Reply | None:
    """Answer a short text that only makes sense after the last answer: “and what does it cost?”."""
    topic = talk.topics.get(talk.turn.slot("last_topic") or "")
    text = talk.turn.text
    if topic is None or not topic.answerable or not text or len(text.split()) > _SHORT:
        return None
    if talk.turn.slots.get("misses"):  # what was shown before was no answer either
        return None
    shown = set(talk.turn.slots.get("shown") or ())
    hits = [
        hit
        for hit in search(talk, text, {topic.id: 1.0})
        if hit.passage.document.topic == topic.id and hit.passage.twin not in shown
    ]
    return say_hit(talk, hits) if hits and hits[0].score >= talk.enough.answer else None


def plain_first(talk: Talk, hits: list[Hit]) -> list[Hit]:
    """Put a question with its answer before a guide's section that is hardly better."""
    if hits[0].passage.document.imported:  # it has no shorter answer beside it
        return hits
    least = max(hits[0].score - FAQ_FIRST, talk.enough.answer)
    plain = next((h for h in hits if h.passage.document.kind == "faq" and h.score >= least), None)
    return hits if plain is None else [plain, *(h for h in hits if h is not plain)]


def say_hit(talk: Talk, hits: list[Hit]) -> Reply:
    """Answer with the first hit, and offer what comes close behind it."""
    best = _told(talk, hits)
    also = [h.passage for h in hits[1:] if h.score >= talk.enough.also and h.passage.document.kind == "faq"]
    return say_passage(talk, best, also=also)


def _told(talk: Talk, hits: list[Hit]) -> Passage:
    """Give the best passage; of a guide whose opening lines were found, its first section."""
    best = hits[0].passage
    if best.document.kind != "guide" or best.anchor != TOP:
        return best
    view = talk.kb.document(best.document.id, talk.language.value)
    return view.passages[0] if view and view.passages else best


def say_passage(talk: Talk, passage: Passage, also: Iterable[Passage] = ()) -> Reply:
    """Quote a passage with its source and up to two others to look at."""
    text, cut = shorten(passage.text)
    if passage.document.kind == "guide":
        text = f"**{passage.heading}**\n\n{text}"
    if cut:
        text = f"{text}\n\n{talk.say('answer_more')}"
    others = [p for p in also if p.twin != passage.twin][:2]
    content = Content(
        text,
        Kind.ANSWER,
        tuple(see(talk, other) for other in others),
        (citation(passage),),
        rateable=True,
        topic=passage.document.topic,
    )
    return Reply((content,), answered_slots(talk, passage.document.topic, [passage]))


def answered_slots(talk: Talk, topic: str, passages: Iterable[Passage]) -> dict[str, object]:
    """Give what is remembered after an answer: the question, its topic, and what was shown for it."""
    question = talk.turn.text or talk.turn.slot("last_question")
    same = not talk.turn.text
    before = list(talk.turn.slots.get("shown") or ()) if same else []
    shown = dict.fromkeys([*before, *(p.twin for p in passages)])
    return {
        "last_question": question,
        "last_topic": topic,
        "shown": list(shown)[-_SHOWN_KEPT:],
        "misses": 0,
    }


def see_entry(talk: Talk, topic: str) -> tuple[Choice, ...]:
    """Give the choice that shows what the guides have, under an answer made from records; none if nothing."""
    hits = search(talk, talk.turn.text) if talk.turn.text else []
    good = hits and hits[0].score >= talk.enough.also and hits[0].passage.document.topic == topic
    return (see(talk, hits[0].passage),) if good else ()


def by_twin(talk: Talk, twin: str) -> Passage | None:
    """Give a passage by its id without a language: in the patron's language, else in another."""
    for language in (talk.language.value, "en", "ar"):
        passage = talk.kb.passage(f"{twin}:{language}")
        if passage is not None:
            return passage
    return None


def best_of(talk: Talk, question: str, topics: Collection[str], least: float | None = None) -> Passage | None:
    """Give the best passage of certain topics, where it is good enough."""
    hits = search(talk, question, dict.fromkeys(topics, 1.0))
    least = talk.enough.answer if least is None else least
    return next((h.passage for h in hits if h.passage.document.topic in topics and h.score >= least), None)


def _about_topic(talk: Talk, topic: str) -> Reply | None:
    """Answer the question asked before, now that its topic is known; else offer the topic's questions."""
    question = talk.turn.slot("last_question")
    if question:
        hits = [h for h in search(talk, question, {topic: 1.0}) if h.passage.document.topic == topic]
        if hits and hits[0].score >= talk.enough.show:
            return say_hit(talk, hits)
    entries = questions_of(talk, topic)
    if not entries:
        return None
    choices = tuple(see(talk, passage) for passage in entries[:4])
    name = talk.topics.name(topic, talk.language.value)
    text = talk.say("topic_questions", topic=name)
    return Reply((talk.question(text, *choices, talk.person, topic=topic),), {"last_topic": topic})


def questions_of(talk: Talk, topic: str) -> list[Passage]:
    """Give a topic's questions and answers in the patron's language, in the file's order."""
    view = talk.kb.document(topic, talk.language.value, kind="faq")
    return list(view.passages) if view else []


def _neighbours(talk: Talk, passage: Passage) -> list[Passage]:
    if passage.document.kind == "guide":
        view = talk.kb.document(passage.document.id, talk.language.value)
        passages = list(view.passages) if view else []
    else:
        passages = questions_of(talk, passage.document.topic)
    shown = set(talk.turn.slots.get("shown") or ())
    return [p for p in passages if p.twin not in shown]
