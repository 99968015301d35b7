"""Where a branch, a desk, a room or a person's office is, and the way there."""

from __future__ import annotations

import re

from actions.answering import answer, say_hit, search, see_entry
from actions.talk import Reply, Talk, payload
from bot.leaning import leans
from bot.model import Choice, Citation, Content, Kind, Language
from knowledge_base.engine.records import Person, Place
from knowledge_base.engine.text import fold, terms

TOPIC = "location_directions"
_ANYWHERE = set(terms("library floor building campus room books مكتبة طابق مبنى غرفة كتب"))
_CALL_NUMBER = re.compile(
    r"\b(?:with|letters?|numbers?|رقم|حرف|بحرف) ([A-Z]{1,3})\b|\b([A-Z]{1,3}) ?\d{1,4}\b"
)
_LETTERS = re.compile(r"\b([A-Z])[–-]([A-Z])\b")
_LOST = re.compile(  # a thing, and not the way
    r"\b(?:lost|left|forgot|forgotten|missing|misplaced|stolen)\b"
    r"|(?:^| )(?:ضاع\S*|ضيعت\S*|نسيت\S*|فقدت\S*|تركت\S*|سرق\S*|مفقود\S*)"
)
_WORTH_ASKING = 0.35  # of a passage on lost things: what is lost is described in a hundred ways
_STEP_FREE = re.compile(
    r"\b(?:wheelchair|lift|lifts|elevator|elevators|ramp|accessible|step.free|disab\w+|stairs)\b"
    r"|\b(?:كرسي|مصعد|المصعد|المصاعد|اسانسير|منحدر|درج|الدرج|اعاقه|مقعد)\b"
)


def where(talk: Talk) -> Reply:
    """Say where something is."""
    text = talk.asked()
    kb = talk.kb
    chosen = kb.places.get(talk.turn.values.get("place", ""))
    person = kb.person_named(text) if chosen is None else None
    if person:
        return _office(talk, person)
    if talk.turn.values.get("passage"):
        return answer(talk) or _overview(talk)
    hits = search(talk, text)
    if chosen is None and hits and hits[0].score >= _WORTH_ASKING and _LOST.search(fold(text)):
        return say_hit(talk, hits)
    place = chosen or _by_call_number(talk, text) or kb.place_named(text) or _spoken_of(talk)
    if hits and hits[0].score >= (talk.enough.sure if place else talk.enough.answer) and chosen is None:
        found = hits[0].passage.document
        if place is None or found.topic not in (TOPIC, "hours"):
            return say_hit(talk, hits)
    if place is None and hits and hits[0].score >= talk.enough.show:
        return say_hit(talk, hits)
    place = place or _by_words(talk, text)
    return _place(talk, place) if place else _overview(talk)


def _spoken_of(talk: Talk) -> Place | None:
    """Give the place whose hours were asked before, where a text only says “where is it?”."""
    fresh = talk.turn.slot("last_topic") == "hours" and talk.turn.since <= 1
    return (
        talk.kb.places.get(talk.turn.slot("hours_place") or "") if fresh and leans(talk.turn.text) else None
    )


def _by_call_number(talk: Talk, text: str) -> Place | None:
    """Find the place whose name gives the range of letters, as in “books Q–Z”, that a call number is in."""
    said = _CALL_NUMBER.search(text)
    letter = (said[1] or said[2])[0] if said else ""
    for place in talk.kb.places.values():
        span = _LETTERS.search(place.name["en"])
        if letter and span and span[1] <= letter <= span[2]:
            return place
    return None


def _by_words(talk: Talk, text: str) -> Place | None:
    """Find the place that shares the most words with a text, in its names or in what is found there."""
    asked = set(terms(text)) - _ANYWHERE
    best, most = None, 0
    for place in talk.kb.places.values():
        about = [*place.name.values(), *place.also, *place.has, *(place.accessibility or {}).values()]
        common = len(asked & {term for one in about for term in terms(one)})
        if common > most:
            best, most = place, common
    return best


def _place(talk: Talk, place: Place) -> Reply:
    whole = talk.kb.places.get(place.part_of or "")
    floor = talk.both(place.floor) if place.floor else ""
    if talk.language is Language.EN:
        floor = floor[:1].lower() + floor[1:]
    address = talk.both(place.address)
    if whole is not None and floor:
        first = talk.sentence(
            "place_in_on", place=talk.both(place.name), whole=talk.both(whole.name), floor=floor
        )
    elif whole is not None:
        first = talk.sentence("place_in", place=talk.both(place.name), whole=talk.both(whole.name))
    else:
        named = talk.both(place.name) in address
        first = (
            f"{address}."
            if named
            else talk.sentence("place_at", place=talk.both(place.name), address=address)
        )
    parts = [first, talk.both(place.directions)]
    wanted = _STEP_FREE.search(fold(talk.turn.text))
    if place.accessibility and (
        wanted or set(terms(talk.turn.text)) & set(terms(talk.both(place.accessibility)))
    ):
        parts.append(talk.both(place.accessibility))
    if place.phone:
        parts.append(talk.say("card_phone", phone=place.phone))
    sources = (Citation(talk.say("map_title"), place.map),) if place.map else talk.links("map")
    choices: tuple[Choice, ...] = ()
    if place.id in talk.kb.hours.places:
        choices = (talk.choice("choice_hours", payload("hours", place=place.id)),)
    choices = (*choices, *see_entry(talk, TOPIC))
    content = Content("\n\n".join(parts), Kind.ANSWER, choices, sources, rateable=True, topic=TOPIC)
    return Reply((content,), {**_slots(talk), "hours_place": place.id})


def _office(talk: Talk, person: Person) -> Reply:
    text = talk.say("office_of", name=talk.both(person.name), office=talk.both(person.office))
    sources = (
        (Citation(talk.say("book_with", name=talk.both(person.name)), person.book),) if person.book else ()
    )
    content = Content(
        text,
        Kind.ANSWER,
        (
            talk.choice(
                "choice_ask_now", payload("human_handoff", wanted=person.id), name=talk.both(person.name)
            ),
        ),
        (*sources, *talk.links("map")),
        rateable=True,
        topic=TOPIC,
    )
    return Reply((content,), _slots(talk))


def _overview(talk: Talk) -> Reply:
    """Where nothing is named: the branches, each a choice."""
    branches = [place for place in talk.kb.places.values() if place.kind == "branch"]
    if not branches:
        return Reply((talk.question(talk.say("not_found_offer"), talk.person),), {"misses": 2})
    lines = [f"- {_named_address(talk, p)}" for p in branches]
    choices = tuple(
        talk.choice("choice_place", payload(TOPIC, place=p.id), name=talk.both(p.name)) for p in branches[:4]
    )
    text = "\n".join([talk.say("branches"), "", *lines])
    content = Content(text, Kind.ANSWER, (*choices, talk.person), talk.links("map"), topic=TOPIC)
    return Reply((content,), _slots(talk))


def _named_address(talk: Talk, place: Place) -> str:
    name, address = talk.both(place.name), talk.both(place.address)
    return address.replace(name, f"**{name}**") if name in address else f"**{name}**{talk.colon}{address}"


def _slots(talk: Talk) -> dict[str, object]:
    asked = {"last_question": talk.turn.text} if talk.turn.text else {}
    return {**asked, "last_topic": TOPIC, "misses": 0, "shown": [], "hours_place": None, "hours_date": None}
