"""Turns to answer, over the library's own files; no encoder: what a search finds, a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from actions.server import TEXTS
from actions.talk import Talk, Turn
from actions.topics import Topics
from bot.knowledge import TOPICS
from bot.model import Language
from bot.wording import Wording
from knowledge_base.engine.load import Loader
from knowledge_base.engine.records import Hit
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.text import language_of
from tests.conftest import ROOT

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Amman"))

MakeTalk = Callable[..., Talk]


class ScriptedSearch(Snapshot):
    """The library's own records, with a search that finds what it is told to: (passage id, score)."""

    found: Sequence[tuple[str, float]] = ()

    def search(
        self,
        question: str,
        language: str | None = None,
        k: int = 10,
        topic_weights: Mapping[str, float] | None = None,
    ) -> list[Hit]:
        return [Hit(self.passages[id_], score, score, score) for id_, score in self.found][:k]


@pytest.fixture(scope="session")
def library() -> ScriptedSearch:
    return ScriptedSearch(Loader(ROOT / "knowledge_base").load(), "https://library.marsad.example/guides")


@pytest.fixture(scope="session")
def wording() -> Wording:
    return Wording.load(TEXTS)


@pytest.fixture(scope="session")
def topics() -> Topics:
    return Topics.load(TOPICS)


@pytest.fixture
def talk(library: ScriptedSearch, wording: Wording, topics: Topics) -> MakeTalk:
    """Make a turn: ``talk("and saturday?", slots={…})``; ``found`` is what the search gives."""

    def make(
        text: str = "",
        intent: str | None = None,
        *,
        confidence: float = 0.9,
        slots: Mapping[str, object] | None = None,
        values: Mapping[str, str] | None = None,
        language: str | None = None,
        now: datetime = MONDAY,
        form: str | None = None,
        found: Sequence[tuple[str, float]] = (),
        ranking: Sequence[tuple[str, float]] | None = None,
        answered: Sequence[Mapping[str, object]] = (),
    ) -> Talk:
        library.found = found
        ranked = ranking if ranking is not None else [(intent, confidence)] if intent else []
        turn = Turn(
            Language(language or language_of(text) or "en"),
            now,
            text,
            intent,
            confidence,
            tuple(ranked),
            values or {},
            slots or {},
            form,
            answered=tuple(answered),
        )
        return Talk(turn, library, topics, wording)

    return make
