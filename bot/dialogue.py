"""Asking the dialogue engine what to say. Loopback HTTP, with a time limit; the engine keeps nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog

from bot.asked import readable
from bot.errors import EngineFailed
from bot.model import Content, ConversationId, Json, Language, Packet

log = structlog.get_logger(__name__)

OK = 200
MOST_AT_ONCE = 32  # connections to the engine
ALIVE_SECONDS = 2.0

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
        self._url = url
        self._headers = {"X-Dalil-Secret": secret}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._pool: aiohttp.ClientSession | None = None

    @property
    def _http(self) -> aiohttp.ClientSession:
        """One pool of connections, made on the loop that it is used on; no proxy sees loopback calls."""
        if self._pool is None or self._pool.closed:
            self._pool = aiohttp.ClientSession(
                self._url,
                headers=self._headers,
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=MOST_AT_ONCE),
            )
        return self._pool

    async def ask(self, conversation: ConversationId, said: Utterance, dialogue: Json | None) -> Reply:
        """Give the engine's reply. Raises EngineFailed when it is late, empty or broken."""
        text = None if said.text is None else readable(said.text)
        body = {
            "sender": conversation,
            "text": text,
            "payload": said.payload,
            "metadata": {"language": said.language.value},
            "state": dialogue,
            "vectors": await self._vectors(text),
        }
        try:
            try:
                status, given = await self._post(body)
            except aiohttp.ServerDisconnectedError:  # a connection that was idle for long had been closed
                status, given = await self._post(body)  # the engine keeps nothing: it can be asked again
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise EngineFailed(f"{type(error).__name__}: {error}") from error
        if status != OK:
            raise EngineFailed(f"HTTP {status}")
        try:
            return read_reply(json.loads(given))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise EngineFailed(f"unreadable: {error}") from error

    async def _post(self, body: Json) -> tuple[int, bytes]:
        async with self._http.post("/webhooks/dalil/turn", json=body) as answer:
            return answer.status, await answer.read()

    async def _vectors(self, text: str | None) -> Sequence[Json]:
        if text is None or self._vectors_for is None:
            return ()
        try:
            return await asyncio.to_thread(self._vectors_for, text)
        except Exception:  # the engine can make them itself
            log.exception("dialogue.no_vectors")
            return ()

    async def alive(self) -> bool:
        """Whether the engine answers at all."""
        try:
            async with self._http.get("/", timeout=aiohttp.ClientTimeout(total=ALIVE_SECONDS)) as answer:
                return answer.status == OK
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            await self._pool.close()


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
