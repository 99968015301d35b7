"""Opening hours: which place and which day are asked about. ``hours_said.py`` makes the sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from actions.aspects import goes_on
from actions.hours_said import CLOSING, LISTED, WHICH_HOUR, ordinary, text_of, the_place, unlisted_holiday
from actions.talk import Reply, Talk, payload
from actions.when import When, read_when
from bot.leaning import subject_of
from bot.model import Choice, Content, Kind
from knowledge_base.engine.records import Place
from knowledge_base.engine.text import fold, stem, words

TOPIC = "hours"
_OF_PLACES = (TOPIC, "location_directions")  # topics whose last answer was about one place
_FEW = 4  # words of a text that only goes on
_LONGEST_WHEN = 9  # words of a text that only says when and where
_WHOLE_QUESTION = re.compile(
    r"\b(?:open|opens|opening|close|closes|closed|closing|hours|timings?|schedule)\b"
    r"|دوام|فاتح|تفتح|بتفتح|مفتوح|تسكر|بتسكر|تغلق|مغلق|يفتح|يغلق|ساعات|مواعيد|اوقات"
)
_THE_LIBRARY = re.compile(r"\b(?:the|your) library\b|(?:^| )(?:ال|بال|لل)مكتبه(?: |$|\W)")
_MOST_PLACES = 3
_THE_TIME = re.compile(
    r"^\W*(?:please )?(?:what(?:'s| is)? the time|what time is it|time now)(?: (?:now|please|right now))*\W*$"
    r"|^\W*(?:كم|قديش|كام|قديه) (?:صارت? )?(?:ال)?ساعه(?: (?:الان|هلق|هلا|هسا|دلوقتي|الحين|لو سمحت))*\W*$"
    r"|^\W*(?:ال)?ساعه (?:كم|قديش|كام)(?: (?:الان|هلق|هلا|هسا|دلوقتي|الحين))*\W*$"
)
_ELSEWHERE = re.compile(
    r"\b(?:post office|bank|atm|gym|pool|stadium|clinic|pharmacy|hospital|dentist|mall|supermarket|market|"
    r"restaurant|cinema|museum|registrar|admissions?|bursar|embassy|mosque|church|dorms?|bus|shuttle|metro)\b"
    r"|(?:^| )(?:ال|لل|بال)?(?:بريد|بنك|صراف|نادي|جيم|مسبح|ملعب|عياده|صيدليه|مستشفي|مول|سوق|مطعم|سينما|متحف|"
    r"تسجيل|قبول|سفاره|جامع|مسجد|كنيسه|سكن|باص|حافله|مترو)(?: |$|\W)"
)


def hours(talk: Talk) -> Reply:
    """Answer a question about opening hours; a follow-up keeps the place or the day of the one before."""
    several = [] if talk.turn.values.get("place") else _places(talk)
    if len(several) > 1:
        return _of_each(talk, several[:_MOST_PLACES])
    place = asked_place(talk)
    if place is None:
        return Reply((Content(talk.say("hours_unknown"), citations=talk.links("hours")),))
    when = asked_when(talk, place)
    unlisted = unlisted_holiday(talk)
    if unlisted:
        when = When()
    holder = talk.kb.places[talk.kb.hours.day(place.id, talk.turn.today).place]
    text = ordinary(talk, holder) if unlisted else text_of(talk, holder, when)
    if holder is not place:
        text = (
            talk.sentence("hours_of_whole", place=the_place(talk, place), whole=the_place(talk, holder))
            + " "
            + text
        )
    slots: dict[str, object] = {
        "hours_place": place.id,
        "hours_date": _kept(when),
        "last_topic": TOPIC,
        "misses": 0,
        "shown": [],
    }
    if talk.turn.text:
        slots["last_question"] = talk.turn.text
    content = Content(
        text, Kind.ANSWER, _choices(talk, place, when), talk.links("hours"), rateable=True, topic=TOPIC
    )
    return Reply((content,), slots)


def _places(talk: Talk) -> list[Place]:
    """Give the places with hours that are named: “the main library and the medical library”."""
    return [p for p in talk.kb.places_named(talk.turn.text) if talk.kb.hours.place_with_hours(p.id)]


def _of_each(talk: Talk, several: list[Place]) -> Reply:
    """Say the hours of several places, one after the other; what follows goes on with the first."""
    turn = talk.turn
    each = [hours(replace(talk, turn=replace(turn, values={**turn.values, "place": p.id}))) for p in several]
    text = "\n\n".join(reply.contents[0].text for reply in each)
    return replace(each[0], contents=(replace(each[0].contents[0], text=text, choices=()),))


def asks_elsewhere(talk: Talk) -> bool:
    """Whether the hours of something are asked that is none of the library's: a post office, a clinic."""
    return bool(_ELSEWHERE.search(fold(talk.turn.text))) and not talk.kb.places_named(talk.turn.text)


def says_nothing_of_it(talk: Talk) -> bool:
    """Whether a few words that go on name neither opening, nor a time, nor a place: “and posters?”."""
    text = talk.turn.text
    if not text or len(text.split()) > _FEW or not goes_on(text) or _says_of_opening(fold(text)):
        return False
    named = talk.kb.place_named(text) or talk.kb.branch_meant(text)
    return named is None and read_when(text, talk.turn.today, talk.kb.hours).empty


def _says_of_opening(folded: str) -> bool:
    return any(p.search(folded) for p in (_WHOLE_QUESTION, WHICH_HOUR, CLOSING, _THE_LIBRARY))


def follows(talk: Talk) -> bool:
    """Whether a text of a few words goes on with hours: “and saturday?”, “and the medical library?”."""
    text, turn = talk.turn.text, talk.turn
    if asks_the_time(text):
        return False
    if turn.slot("last_topic") != TOPIC or not text or len(text.split()) > 6:
        return False
    when = read_when(text, turn.today, talk.kb.hours)
    place = talk.kb.place_named(text) or talk.kb.branch_meant(text)
    if not (when.dated or when.part is not None or (place is not None and _elliptical(text))):
        return False
    return all(_says_when_or_where(talk, word, place) for word in subject_of(text))


def _says_when_or_where(talk: Talk, word: str, place: Place | None) -> bool:
    """Whether a word is one of a time, of opening, or of a place's name: “eid”, “open”, “medical”."""
    if _WHOLE_QUESTION.search(word) or not read_when(word, talk.turn.today, talk.kb.hours).empty:
        return True
    named = [e.name for e in talk.kb.hours.exceptions] + ([place.name] if place else [])
    also = [a for e in talk.kb.hours.exceptions for a in e.also] + list(place.also if place else ())
    known = {stem(one) for name in named for text in name.values() for one in words(text)}
    known |= {stem(one) for text in also for one in words(text)}
    return stem(word) in known or stem(word.removeprefix("و")) in known


def asks_the_time(text: str) -> bool:
    """Whether a text asks what time it is, which has nothing to do with opening hours."""
    return bool(_THE_TIME.search(fold(text)))


def _elliptical(text: str) -> bool:
    """Whether a text that names a place goes on from the last question, rather than asking where it is."""
    words = fold(text).split()
    asks = {"where", "wheres", "where's", "how", "floor", "map", "directions", "who"}
    asks |= {"can", "may", "do", "does"}
    asks |= {"وين", "اين", "فين", "كيف", "طابق", "مين", "من", "يمكنني", "ممكن", "بقدر", "استعاره", "استعير"}
    return not asks & set(words)


def asked_place(talk: Talk) -> Place | None:
    """Give the place that is meant: the one named, the one spoken of, or the first branch with hours."""
    turn, kb = talk.turn, talk.kb
    given = turn.values.get("place", "")
    if given in kb.places:
        return kb.places[given]
    named = kb.place_named(turn.text) if turn.text else None
    if named is not None and kb.hours.place_with_hours(named.id):
        return named
    meant = kb.branch_meant(turn.text) if turn.text and named is None else None
    if meant is not None and kb.hours.place_with_hours(meant.id):
        return meant
    kept = kb.places.get(turn.slot("hours_place") or "") if turn.slot("last_topic") in _OF_PLACES else None
    said = fold(turn.text)
    goes_on = kept is not None and (kept.kind == "branch" or not _WHOLE_QUESTION.search(said))
    if kept is not None and goes_on and not _THE_LIBRARY.search(said):
        return kept
    branches = [kb.places[id_] for id_ in kb.hours.places if id_ in kb.places and id_ != kb.library.desk]
    return next((p for p in branches if p.kind == "branch"), branches[0] if branches else None)


def asked_when(talk: Talk, place: Place) -> When:
    """Give the time that is meant: what is said, or the day spoken of before."""
    turn = talk.turn
    if turn.values.get("range") == "week":
        return When(turn.today, turn.today + timedelta(days=LISTED - 1), span=True)
    when = read_when(turn.text, turn.today, talk.kb.hours, place.id)
    if when.dated or turn.slot("last_topic") != TOPIC:
        return when
    kept = _read_kept(turn.slot("hours_date"))
    goes_on = not _WHOLE_QUESTION.search(fold(turn.text)) and (not when.empty or follows(talk))
    if kept is None or kept[1] < turn.today or not goes_on:
        return when
    return replace(when, first=kept[0], last=kept[1], span=kept[1] > kept[0])


def _choices(talk: Talk, place: Place, when: When) -> tuple[Choice, ...]:
    if when.span or (not when.dated and when.empty):
        return ()
    return (talk.choice("choice_week", payload(TOPIC, place=place.id, range="week")),)


def _kept(when: When) -> str | None:
    return f"{when.first}/{when.last or when.first}" if when.first else None


def _read_kept(kept: str | None) -> tuple[date, date] | None:
    if not kept:
        return None
    first, _, last = kept.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def says_when(talk: Talk) -> bool:
    """Whether a text says a day, or an hour at a place, and nothing else: “tomorrow at 7, law library?”."""
    text = talk.turn.text
    if not text or len(text.split()) > _LONGEST_WHEN or asks_the_time(text):
        return False
    when = read_when(text, talk.turn.today, talk.kb.hours)
    place = talk.kb.place_named(text)
    open_there = place is not None and talk.kb.hours.place_with_hours(place.id)
    if when.empty or not (when.dated or open_there) or (place is not None and not open_there):
        return False
    return all(_says_when_or_where(talk, word, place) for word in subject_of(text))
