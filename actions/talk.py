"""What a function in this package is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from typing import Any

from actions.topics import FALLBACK, Topics
from bot.model import Choice, Citation, Content, Kind, Language, Packet
from bot.wording import Wording
from knowledge_base.engine.calibration import Thresholds
from knowledge_base.engine.records import Bilingual
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.text import language_of

Slots = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the patron did: typed ``text``, or pressed a choice, which says ``intent`` and ``values``."""

    language: Language
    now: datetime  # aware, in the library's time zone
    text: str = ""  # empty where a choice was pressed
    intent: str | None = None
    confidence: float = 1.0
    ranking: tuple[tuple[str, float], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    slots: Slots = field(default_factory=dict)
    form: str | None = None
    since: int = 1  # messages since the last answer, this one included
    answered: tuple[Slots, ...] = ()  # what was remembered after each of the last answers, newest last
    whole: str | None = None  # the message that ``text`` is a part of, where it asks more than one thing

    @property
    def today(self) -> date:
        """The date where the library is."""
        return self.now.date()

    def slot(self, name: str) -> str | None:
        """Give a slot's text; None where it is empty or not a text."""
        value = self.slots.get(name)
        return value if isinstance(value, str) and value else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, what is remembered, and the packet where a person is to be called."""

    contents: tuple[Content, ...] = ()
    slots: Slots = field(default_factory=dict)
    handoff: Packet | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """One turn with everything needed to answer it."""

    turn: Turn
    kb: Snapshot
    topics: Topics
    wording: Wording

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.turn.language

    @property
    def enough(self) -> Thresholds:
        """The chances from which what the search finds is good enough for something."""
        return self.kb.thresholds

    def say(self, key: str, **values: object) -> str:
        """Give one of our own sentences."""
        return self.wording.say(self.language, key, **values)

    def sentence(self, key: str, **values: object) -> str:
        """Give one of our own sentences, beginning with a capital letter whatever was filled in first."""
        said = self.say(key, **values)
        return said[:1].upper() + said[1:]

    def both(self, text: Bilingual) -> str:
        """Give a text of the knowledge base in the patron's language."""
        return text[self.language.value]

    @property
    def comma(self) -> str:
        """A comma with its space."""
        return self.say("comma") + " "

    @property
    def colon(self) -> str:
        """A colon with its space."""
        return self.say("colon") + " "

    def joined(self, items: Sequence[str]) -> str:
        """Write items one after another with “and” between them."""
        return reduce(lambda first, second: self.say("and", first=first, second=second), items)

    def choice(self, key: str, payload: str, **values: object) -> Choice:
        """Give a choice with a title of ours."""
        return Choice(self.say(key, **values), payload)

    @property
    def person(self) -> Choice:
        """The choice that calls a librarian."""
        return self.choice("choice_person", "/human_handoff")

    def link(self, id_: str) -> Citation | None:
        """Give a link of library.yml as a citation; None where the library has no such link."""
        found = self.kb.library.links.get(id_)
        return Citation(self.both(found.title), found.url) if found else None

    def links(self, *ids: str) -> tuple[Citation, ...]:
        """Give those of several links that the library has."""
        return tuple(link for link in map(self.link, ids) if link)

    def question(self, text: str, *choices: Choice, topic: str | None = None) -> Content:
        """Give a content that asks something back."""
        return Content(text, Kind.QUESTION, choices, topic=topic)

    def asked(self) -> str:
        """Give the question at hand: what was typed now, or what was typed before a choice was pressed."""
        return self.turn.text or self.turn.slot("last_question") or ""

    def fresh_weights(self) -> dict[str, float]:
        """Give the classifier's opinion of the topics of what was typed."""
        return self.topics.weights(self.turn.ranking)


def payload(intent: str, **values: str) -> str:
    """Write what a choice means to the engine: ``/intent{"slot": "value"}``."""
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}" if values else f"/{intent}"


def read_turn(state: Mapping[str, Any], now: datetime) -> Turn:
    """Read a tracker's state, as Rasa sends it to actions. ``now`` is the library's time."""
    message = state.get("latest_message") or {}
    text = str(message.get("text") or "")
    pressed = text.startswith("/")
    metadata = message.get("metadata") or {}
    language = _language(metadata.get("language"), text)
    intent = message.get("intent") or {}
    return Turn(
        language=language,
        now=now,
        text="" if pressed else text,
        intent=intent.get("name"),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=_ranking(message.get("intent_ranking") or ()),
        values={str(e["entity"]): str(e["value"]) for e in message.get("entities") or () if "value" in e},
        slots=state.get("slots") or {},
        form=(state.get("active_loop") or {}).get("name"),
        since=_since(state.get("events") or ()),
        answered=tuple(_answered(state.get("events") or ())),
        whole=metadata.get("whole") or None,
    )


def _answered(events: Iterable[Mapping[str, Any]]) -> Iterator[Slots]:
    """Give the slots that each action set which gave an answer."""
    found: dict[str, Any] = {}
    for event in (*events, {"event": "user"}):
        if event.get("event") == "slot":
            found[str(event.get("name"))] = event.get("value")
        elif event.get("event") in ("action", "user"):
            if "last_topic" in found:
                yield found
            found = {}


def _since(events: Sequence[Mapping[str, Any]]) -> int:
    """Count the patron's messages after the last answer; every answer sets what it was about."""
    count = 0
    for event in reversed(events):
        if event.get("event") == "user":
            count += 1
        elif event.get("event") == "slot" and event.get("name") == "last_topic":
            break
    return count


def _language(given: object, text: str) -> Language:
    if given in set(Language):
        return Language(str(given))
    return Language(language_of(text) or "en")


def _ranking(ranking: Any) -> tuple[tuple[str, float], ...]:
    pairs = ((str(one["name"]), float(one["confidence"])) for one in ranking)
    return tuple((name, confidence) for name, confidence in pairs if name != FALLBACK)
