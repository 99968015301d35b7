"""Asking the dialogue engine what to say. Loopback HTTP, with a time limit; the engine keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import structlog

from bot.errors import EngineFailed
from bot.model import Content, ConversationId, Json, Language, Packet

log = structlog.get_logger(__name__)

VectorsFor = Callable[[str], Sequence[Json]]  # of a message; docs/architecture.md has the JSON


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the engine is asked about: a typed text, or the payload of a pressed choice."""

    text: str | None
    payload: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Reply:
    """What the engine says."""

    contents: tuple[Content, ...]
    dialogue: Json | None  # its state, for the next turn
    handoff: Packet | None
    intent: str | None


class Engine(Protocol):
    """What the core asks of the dialogue engine; ``bot.dialogue.Dialogue`` in service."""

    async def ask(self, conversation: ConversationId, said: Utterance, dialogue: Json | None) -> Reply:
        """Give the engine's reply. Raises EngineFailed."""

    async def alive(self) -> bool:
        """Whether the engine answers at all."""


class Dialogue:
    """A client of the engine's turn route (``bot/components/turn_channel.py``)."""

    def __init__(self, url: str, secret: str, timeout: float, vectors_for: VectorsFor | None = None) -> None:
        """Prepare; nothing is sent. ``timeout`` in seconds covers a whole call.

        ``vectors_for`` gives what the engine would else compute a second time; it is called in a thread.
        """
        self._vectors_for = vectors_for
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=timeout,
            headers={"X-Dalil-Secret": secret},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
            trust_env=False,  # a proxy in the environment must not see loopback calls
        )

    async def ask(self, conversation: ConversationId, said: Utterance, dialogue: Json | None) -> Reply:
        """Give the engine's reply. Raises EngineFailed when it is late, empty or broken."""
        body = {
            "sender": conversation,
            "text": said.text,
            "payload": said.payload,
            "metadata": {"language": said.language.value},
            "state": dialogue,
            "vectors": await self._vectors(said),
        }
        try:
            answer = await self._http.post("/webhooks/dalil/turn", json=body)
        except httpx.HTTPError as error:
            raise EngineFailed(f"{type(error).__name__}: {error}") from error
        if answer.status_code != 200:
            raise EngineFailed(f"HTTP {answer.status_code}")
        try:
            return read_reply(answer.json())
        except (KeyError, TypeError, ValueError) as error:
            raise EngineFailed(f"unreadable: {error}") from error

    async def _vectors(self, said: Utterance) -> Sequence[Json]:
        if said.text is None or self._vectors_for is None:
            return ()
        try:
            return await asyncio.to_thread(self._vectors_for, said.text)
        except Exception:  # the engine can make them itself
            log.exception("dialogue.no_vectors")
            return ()

    async def alive(self) -> bool:
        """Whether the engine answers at all."""
        try:
            return (await self._http.get("/", timeout=2.0)).status_code == 200
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()


def read_reply(answer: Mapping[str, Any]) -> Reply:
    """Read the engine's JSON. Raises EngineFailed where nothing is said, or the JSON is not ours."""
    contents, handoff = [], None
    for message in answer["messages"]:
        if message.get("handoff") is not None:
            handoff = Packet.from_json(message["handoff"])
        if message.get("text"):
            contents.append(Content.from_json(message))
    if not contents and handoff is None:
        raise EngineFailed("nothing was said")
    intent = answer.get("intent") or {}
    return Reply(tuple(contents), answer.get("state"), handoff, intent.get("name"))
