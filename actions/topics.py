"""Which intents belong to which topic, and what a topic is called (``bot/topics.yml``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name in each language and its intents; ``kind`` is None for the library's own."""

    id: str
    name: Mapping[str, str]
    intents: tuple[str, ...]
    kind: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether the knowledge base can be asked about it."""
        return self.kind is None and self.id != OUT_OF_SCOPE


class Topics:
    """All topics, by id and by intent."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        """Take the topics. Raises ValueError where an intent belongs to two of them."""
        self._topics = {topic.id: topic for topic in topics}
        self._of_intent: dict[str, str] = {}
        for topic in self._topics.values():
            for intent in topic.intents:
                if intent in self._of_intent:
                    raise ValueError(f"{intent} belongs to {self._of_intent[intent]} and to {topic.id}")
                self._of_intent[intent] = topic.id

    @classmethod
    def load(cls, path: Path) -> Topics:
        """Read a file of the shape of ``bot/topics.yml``."""
        loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["topics"]
        return cls(Topic(id_, t["name"], tuple(t["intents"]), t.get("kind")) for id_, t in loaded.items())

    @property
    def intents(self) -> tuple[str, ...]:
        """Every intent, in the file's order."""
        return tuple(self._of_intent)

    def get(self, id_: str) -> Topic | None:
        """Give a topic by its id."""
        return self._topics.get(id_)

    def of_intent(self, intent: str | None) -> Topic | None:
        """Give the topic an intent belongs to; None for one that is in no topic."""
        return self._topics.get(self._of_intent.get(intent or "", ""))

    def name(self, id_: str, language: str) -> str:
        """Give a topic's name, short enough for a button. Raises KeyError for an unknown topic."""
        return self._topics[id_].name[language]

    def weights(self, ranking: Iterable[tuple[str, float]]) -> dict[str, float]:
        """Add up a ranking of intents (name, probability) to probabilities of topics, most likely first."""
        found: dict[str, float] = {}
        for intent, probability in ranking:
            topic = self._of_intent.get(intent)
            if topic is not None:
                found[topic] = found.get(topic, 0.0) + probability
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def likely(self, ranking: Iterable[tuple[str, float]], at_most: int = 3) -> list[str]:
        """Give the library topics that a ranking makes likely, best first."""
        ids = [id_ for id_, weight in self.weights(ranking).items() if weight > 0.02]
        return [id_ for id_ in ids if self._topics[id_].answerable][:at_most]
