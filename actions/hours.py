"""When a place is open: sentences made from hours.yml, exceptions included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from actions.aspects import goes_on
from actions.dates import (
    all_day,
    at_time,
    clock_time,
    day_name,
    on_day,
    short_day,
    spans_sentence,
    spans_short,
)
from actions.talk import Reply, Talk, payload
from actions.when import PART_HOURS, When, read_when
from bot.leaning import subject_of
from bot.model import Choice, Content, Kind, Language
from knowledge_base.engine.records import Bilingual, Day, Place
from knowledge_base.engine.text import fold, stem, words

TOPIC = "hours"
_OF_PLACES = (TOPIC, "location_directions")  # topics whose last answer was about one place
_FULLEST = 31  # days of a stretch that are looked at
_FEW = 4  # words of a text that only goes on
_LONGEST_WHEN = 9  # words of a text that only says when and where
_GAP = 4  # days between two entries of hours.yml that are still one period
_WHOLE_QUESTION = re.compile(
    r"\b(?:open|opens|opening|close|closes|closed|closing|hours|timings?|schedule)\b"
    r"|دوام|فاتح|تفتح|بتفتح|مفتوح|تسكر|بتسكر|تغلق|مغلق|يفتح|يغلق|ساعات|مواعيد|اوقات"
)
_THE_LIBRARY = re.compile(r"\b(?:the|your) library\b|(?:^| )(?:ال|بال|لل)مكتبه(?: |$|\W)")
_LISTED = 7  # days that are listed
_MOST_PLACES = 3
_FAR = 120  # days ahead in which an ordinary week is looked for
_WHICH_HOUR = re.compile(
    r"\b(?:when|what time|which time|until when|till when|how late)\b"
    r"|متي|(?:^| )(?:اي|كم|قديش) (?:ال)?ساعه|لمتي|لاي ساعه|ايمت|امتي|امتا"
)
_CLOSING = re.compile(
    r"\b(?:close|closes|closing|shut|shuts|until when|till when|how late)\b"
    r"|تسكر|بتسكر|يسكر|بيسكر|تغلق|يغلق|تقفل|بتقفل|ينتهي الدوام|بيخلص|بتخلص|لمتي"
)
_THE_TIME = re.compile(
    r"^\W*(?:please )?(?:what(?:'s| is)? the time|what time is it|time now)(?: (?:now|please|right now))*\W*$"
    r"|^\W*(?:كم|قديش|كام|قديه) (?:صارت? )?(?:ال)?ساعه(?: (?:الان|هلق|هلا|هسا|دلوقتي|الحين|لو سمحت))*\W*$"
    r"|^\W*(?:ال)?ساعه (?:كم|قديش|كام)(?: (?:الان|هلق|هلا|هسا|دلوقتي|الحين))*\W*$"
)
_ELSEWHERE = re.compile(
    r"\b(?:post office|bank|atm|gym|pool|stadium|clinic|pharmacy|hospital|dentist|mall|supermarket|market|"
    r"restaurant|cinema|museum|registrar|admissions?|bursar|embassy|mosque|church|dorms?|bus|shuttle|metro)\b"
    r"|(?:^| )(?:ال|لل|بال)?(?:بريد|بنك|صراف|نادي|مسبح|ملعب|عياده|صيدليه|مستشفي|مول|سوق|مطعم|سينما|متحف|"
    r"تسجيل|قبول|سفاره|جامع|مسجد|كنيسه|سكن|باص|حافله|مترو)(?: |$|\W)"
)
# Days that people ask about and that a library's calendar may well not have.
_HOLIDAYS = re.compile(
    r"\b(?:easter|thanksgiving|hall?owe+n|valentine'?s?|diwali|hanukkah|passover|boxing day|good friday|"
    r"no[wv]r[ou]z|chinese new year|lunar new year|mother'?s day|father'?s day|ashura|st\.? patrick'?s?)\b"
    r"|عيد الفصح|الفصح|شم النسيم|عيد الام\b|"
    r"عيد الحب|الهالوين|هالوين|النيروز|نوروز|عاشوراء?|عيد الشكر|الجمعه العظيمه"
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
    unlisted = _unlisted_holiday(talk)
    if unlisted:
        when = When()
    holder = talk.kb.places[talk.kb.hours.day(place.id, talk.turn.today).place]
    text = _ordinary(talk, holder) if unlisted else _text(talk, holder, when)
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
    return any(p.search(folded) for p in (_WHOLE_QUESTION, _WHICH_HOUR, _CLOSING, _THE_LIBRARY))


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
        return When(turn.today, turn.today + timedelta(days=_LISTED - 1), span=True)
    when = read_when(turn.text, turn.today, talk.kb.hours, place.id)
    if when.dated or turn.slot("last_topic") != TOPIC:
        return when
    kept = _read_kept(turn.slot("hours_date"))
    goes_on = not _WHOLE_QUESTION.search(fold(turn.text)) and (not when.empty or follows(talk))
    if kept is None or kept[1] < turn.today or not goes_on:
        return when
    return replace(when, first=kept[0], last=kept[1], span=kept[1] > kept[0])


def _text(talk: Talk, place: Place, when: When) -> str:
    if when.now:
        return _now(talk, place)
    if when.first is None and not (when.part or when.moment):
        return _general(talk, place)
    first = when.first or talk.turn.today
    last = when.last or first
    if when.span and last > first:
        return _stretch(talk, place, when, first, last)
    return _day(talk, place, first, when)


def _now(talk: Talk, place: Place) -> str:
    closing = talk.kb.hours.closing(place.id, talk.turn.now)
    name = the_place(talk, place)
    if closing is not None:
        return talk.sentence("hours_open_now", place=name, time=_end(talk, closing))
    if talk.kb.hours.is_open(place.id, talk.turn.now):
        return talk.sentence("hours_open_always", place=name)
    return " ".join([talk.sentence("hours_closed_now", place=name), *_opens_next(talk, place, talk.turn.now)])


def _day(talk: Talk, place: Place, day: date, when: When) -> str:
    hours = talk.kb.hours.day(place.id, day)
    name, on = the_place(talk, place), on_day(talk, day)
    sentences = []
    if hours.spans:
        said = fold(talk.turn.text)
        asks_hour = bool(_WHICH_HOUR.search(said))
        verdict = None if asks_hour and when.moment is None else _verdict(hours, when)
        if verdict is not None:
            sentences.append(talk.say("yes" if verdict else "hours_not_then"))
        if asks_hour and _CLOSING.search(said) and _still_to_close(talk, place, hours):
            end = clock_time(talk, hours.spans[-1].end)
            sentences.append(talk.sentence("hours_closes", place=name, on=on, time=end))
        else:
            spans = spans_sentence(talk, hours.spans)
            sentences.append(talk.sentence("hours_open", place=name, on=on, spans=spans))
    else:
        sentences.append(talk.sentence("hours_closed", place=name, on=on))
    if hours.exception is not None:
        key = "hours_special" if hours.spans else "hours_reason"
        sentences.append(talk.say(key, name=talk.both(hours.exception)))
    if day == talk.turn.today:
        sentences += _standing(talk, place, hours)
    elif not hours.spans:
        sentences += _opens_next(talk, place, datetime.combine(day, time(23, 59), talk.turn.now.tzinfo))
    return " ".join(sentences)


def _still_to_close(talk: Talk, place: Place, day: Day) -> bool:
    """Whether a day's closing time is one hour, still to come."""
    if len(day.spans) != 1 or all_day(day.spans):
        return False
    if day.date != talk.turn.today:
        return True
    now, start = talk.turn.now, day.spans[0].start
    return talk.kb.hours.closing(place.id, now) is not None or now.time() < start


def _unlisted_holiday(talk: Talk) -> bool:
    """Whether the text names a holiday that hours.yml does not have."""
    named = _HOLIDAYS.search(fold(talk.turn.text))
    if named is None:
        return False
    known = (name for e in talk.kb.hours.exceptions for name in (*e.name.values(), *e.also))
    return not any(named[0] in fold(name) for name in known)


def _ordinary(talk: Talk, place: Place) -> str:
    """List the ordinary week: the first one, from Sunday, in which nothing is out of the ordinary."""
    today = talk.turn.today
    sunday = today + timedelta(days=(6 - today.weekday()) % 7)
    weeks = (
        list(_days(talk, place, sunday + timedelta(days=ahead), sunday + timedelta(days=ahead + _LISTED - 1)))
        for ahead in range(0, _FAR, _LISTED)
    )
    week = next((w for w in weeks if not any(day.exception for day in w)), None)
    intro = talk.sentence("hours_not_in_calendar", place=the_place(talk, place))
    if week is None:
        return f"{intro}\n\n{_list(talk, place, today, today + timedelta(days=_LISTED - 1))}"
    names = [one.strip() for one in talk.say("days").split(",")]
    lines = [f"- **{names[day.date.weekday()]}**: {spans_short(talk, day.spans)}" for day in week]
    return "\n".join([intro, "", *lines])


def _standing(talk: Talk, place: Place, today: Day) -> list[str]:
    """Say how things stand at this moment of today."""
    closing = talk.kb.hours.closing(place.id, talk.turn.now)
    if closing is not None:
        return [talk.say("hours_now_open")]
    if not today.spans:
        return _opens_next(talk, place, talk.turn.now)
    coming = talk.kb.hours.next_opening(place.id, talk.turn.now)
    if coming is not None and coming.date() == today.date:
        return [talk.say("hours_now_closed")]
    return [talk.say("hours_over"), *_opens_next(talk, place, talk.turn.now)]


def _opens_next(talk: Talk, place: Place, after: datetime) -> list[str]:
    coming = talk.kb.hours.next_opening(place.id, after)
    return [talk.sentence("hours_opens", when=at_time(talk, coming))] if coming else []


def _verdict(hours: Day, when: When) -> bool | None:
    """Whether the place is open at the hour or in the part of the day that was asked about."""
    if when.moment is not None:
        return any(s.start <= when.moment and (s.end is None or when.moment < s.end) for s in hours.spans)
    if when.part is not None:
        start, end = PART_HOURS[when.part]
        return any(s.start < end and (s.end is None or s.end > start) for s in hours.spans)
    return None


def _general(talk: Talk, place: Place) -> str:
    """Say how it is today, and list the days that follow."""
    today = talk.turn.today
    listed = _list(talk, place, today, today + timedelta(days=_LISTED - 1))
    return f"{_day(talk, place, today, When())}\n\n{talk.say('hours_week')}\n\n{listed}"


def _stretch(talk: Talk, place: Place, when: When, first: date, last: date) -> str:
    """List a week or a weekend; of a named period say its length and its hours."""
    if when.named is not None:
        return _period(talk, place, when.named, first)
    intro = talk.sentence("hours_list", place=the_place(talk, place))
    return f"{intro}\n\n{_list(talk, place, first, min(last, first + timedelta(days=_LISTED - 1)))}"


def _period(talk: Talk, place: Place, named: Bilingual, first: date) -> str:
    mine, last = _whole_period(talk, place, named, first)
    name = the_place(talk, place)
    about = {"name": talk.both(named), "first": short_day(talk, first), "last": short_day(talk, last)}
    days = list(_days(talk, place, first, min(last, first + timedelta(days=_FULLEST - 1))))
    if mine and all(day.spans == days[0].spans for day in days):
        if not days[0].spans:
            return _closed_period(talk, place, last, about)
        spans = spans_sentence(talk, days[0].spans)
        return talk.sentence("hours_period_open", place=name, spans=spans, **about)
    intro = talk.sentence("hours_period_list" if mine else "hours_period_ordinary", place=name, **about)
    return f"{intro}\n\n{_list(talk, place, first, min(last, first + timedelta(days=_LISTED - 1)))}"


def _closed_period(talk: Talk, place: Place, last: date, about: Mapping[str, str]) -> str:
    """Say that a place is closed throughout a period, and when it opens again."""
    name = the_place(talk, place)
    end = datetime.combine(last, time(23, 59), talk.turn.now.tzinfo)
    coming = talk.kb.hours.next_opening(place.id, end)
    if coming is None:
        return talk.sentence("hours_period_closed", place=name, **about)
    return talk.sentence("hours_period_reopens", place=name, when=at_time(talk, coming), **about)


def _whole_period(talk: Talk, place: Place, named: Bilingual, first: date) -> tuple[bool, date]:
    """Give whether a named period concerns a place, and its last day.

    hours.yml may spell a period in several entries (weekdays apart from Saturdays); they are put together.
    """
    entries = [e for e in talk.kb.hours.exceptions if e.name["en"] == named["en"] and e.last >= first]
    own = [e for e in entries if e.place in (place.id, None)]
    last = first
    for entry in sorted(own or entries, key=lambda e: e.first):
        if entry.first <= last + timedelta(days=_GAP):
            last = max(last, entry.last)
    return bool(own), last


def _list(talk: Talk, place: Place, first: date, last: date) -> str:
    """List days, putting together neighbours with the same hours."""
    groups: list[list[Day]] = []
    for day in _days(talk, place, first, last):
        same = groups and (groups[-1][-1].spans, groups[-1][-1].exception) == (day.spans, day.exception)
        if same:
            groups[-1].append(day)
        else:
            groups.append([day])
    return "\n".join(_line(talk, group) for group in groups)


def _line(talk: Talk, group: list[Day]) -> str:
    label = day_name(talk, group[0].date)
    if len(group) > 1:
        label = talk.say("hours_range", first=label, last=day_name(talk, group[-1].date))
    special = f" ({talk.both(group[0].exception)})" if group[0].exception else ""
    return f"- **{label}**: {spans_short(talk, group[0].spans)}{special}"


def _days(talk: Talk, place: Place, first: date, last: date) -> Iterator[Day]:
    for ahead in range((last - first).days + 1):
        yield talk.kb.hours.day(place.id, first + timedelta(days=ahead))


def the_place(talk: Talk, place: Place) -> str:
    """Give a place's name as it stands in a sentence, in English with its article where it wants one."""
    if place.id == talk.kb.library.desk:
        return talk.say("desk_name")
    name = talk.both(place.name)
    if talk.language is not Language.EN:
        return name
    words = name.split()
    if place.kind == "branch" and words[-1] == "Library":
        return name
    sentence_case = all(word[:1].islower() for word in words[1:] if word[:1].isalpha())
    return "the " + (name[0].lower() + name[1:] if sentence_case and len(words[0]) > 1 else name)


def _end(talk: Talk, closing: datetime) -> str:
    local = closing.astimezone(talk.turn.now.tzinfo)
    midnight = local.time() == time() and local.date() == talk.turn.today + timedelta(days=1)
    return clock_time(talk, None if midnight else local.time())


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
