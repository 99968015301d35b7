"""REST, in the shape of Rasa's own REST channel, for other systems. See docs/web-protocol.md."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
import weakref
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from bot.errors import MessageRefused
from bot.model import Address, Incoming, Json, Language, Message, Speaker
from bot.ports import PatronDoor
from channels.limits import Limits, RateLimiter
from channels.web.wire import buttons, message_json, read_language

NAME = "rest"
PAGE = 200
_REFUSED = {
    "too_long": (413, "the message is longer than this library's assistant takes"),
    "empty": (400, "the message is empty"),
    "too_fast": (429, "this sender writes too fast; try again in a few seconds"),
}

Sender = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Asked(BaseModel):
    """The body of ``POST /webhooks/rest/webhook``; what Rasa's clients send beside it is left aside."""

    model_config = ConfigDict(extra="ignore")

    sender: Sender
    message: StrictStr
    message_id: Annotated[StrictStr, Field(min_length=1, max_length=200)] | None = None
    metadata: dict[str, Any] | None = None


class RestChannel:
    """Implements Channel. The answer to a request carries the messages; nothing is pushed.

    ``keys`` names each key: a sender's conversation belongs to the name, and outlives a changed key.
    """

    name = NAME
    resolves_unknown = True

    def __init__(
        self,
        door: PatronDoor,
        keys: Mapping[str, str],
        *,
        limits: Limits | None = None,
        turn_seconds: float = 25.0,
    ) -> None:
        if not keys or not all(keys.values()):
            raise ValueError("the REST channel needs at least one key, and none that is empty")
        self._door = door
        self._keys = {name: _digest(key) for name, key in keys.items()}
        self._limits = limits or Limits()
        self._says = RateLimiter(self._limits.messages_per_minute)
        self._all = RateLimiter(self._limits.messages_per_minute_ip)
        self._turn_seconds = turn_seconds
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def deliver(self, address: Address, message: Message) -> str | None:
        """Take a message as delivered: it waits in its conversation for whoever asks."""
        return None

    def router(self) -> APIRouter:
        """Give the three routes."""
        routes = APIRouter(prefix="/webhooks/rest", tags=["rest"])
        routes.add_api_route("/webhook", self._webhook, methods=["POST"], response_class=JSONResponse)
        routes.add_api_route("/messages", self._messages, methods=["GET"], response_class=JSONResponse)
        routes.add_api_route("/messages", self._forget, methods=["DELETE"], status_code=204)
        return routes

    async def _webhook(self, request: Request) -> JSONResponse:
        key = self._admit(request)
        asked = _parse(await self._body(request))
        address = _address(key, asked.sender)
        self._spend(address, key)
        language = read_language((asked.metadata or {}).get("language"))
        incoming = Incoming(address, asked.message, asked.message_id or uuid.uuid4().hex, language)
        self._check(incoming.text)
        async with self._turns.setdefault(address.chat_id, asyncio.Lock()):
            return await self._turn(incoming, asked.sender)

    async def _turn(self, incoming: Incoming, sender: str) -> JSONResponse:
        """One message and its answer; the caller holds the sender's lock, so turns do not mix."""
        await self._door.open(incoming.address, incoming.language or _script(incoming.text))
        try:
            accepted = await self._door.receive(incoming)
        except MessageRefused as refused:
            raise _refusal(refused.code) from refused
        seq = accepted.message.seq
        settled = await self._door.settled(incoming.address, seq, self._turn_seconds)
        later = await self._door.since(incoming.address, seq, limit=PAGE)
        answer = [rest_json(message, sender) for message in _of_turn(later)]
        headers = {"X-Dalil-Seq": str(seq), "Cache-Control": "no-store"}
        return JSONResponse(answer, status_code=200 if settled else 202, headers=headers)

    async def _messages(
        self,
        request: Request,
        sender: Annotated[str, Query(min_length=1, max_length=200)],
        after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    ) -> JSONResponse:
        """Give what was said to the sender after a number: a librarian's later answer, too."""
        key = self._admit(request)
        address = _address(key, sender)
        if self._all.take(key):
            raise _refusal("too_fast")
        view = await self._door.find(address)
        if view is None:
            raise HTTPException(404, "nothing is kept of this sender")
        found = await self._door.since(address, after, limit=PAGE + 1)
        page = found[:PAGE]
        messages = [rest_json(m, sender) for m in page if m.speaker is not Speaker.PATRON]
        last = page[-1].seq if page else after
        body = {"messages": messages, "last_seq": last, "more": len(found) > PAGE}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _forget(
        self, request: Request, sender: Annotated[str, Query(min_length=1, max_length=200)]
    ) -> Response:
        """Delete all that is kept of a sender; nothing being kept is no fault."""
        key = self._admit(request)
        if self._all.take(key):
            raise _refusal("too_fast")
        await self._door.forget(_address(key, sender))
        return Response(status_code=204)

    def _admit(self, request: Request) -> str:
        """Give the name of the key that came; every key is compared, each in constant time."""
        given = request.headers.get("x-api-key")
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if given is None and scheme.lower() == "bearer":
            given = bearer.strip()
        digest = _digest(given or "")
        found = [name for name, kept in self._keys.items() if hmac.compare_digest(kept, digest)]
        if not given or not found:
            raise HTTPException(
                401,
                "a valid key is needed, as Authorization: Bearer KEY or X-API-Key: KEY",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return found[0]

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > self._limits.max_bytes:
                raise HTTPException(413, f"a request may have {self._limits.max_bytes} bytes")
        return bytes(body)

    def _spend(self, address: Address, key: str) -> None:
        wait = self._says.take(address.chat_id) or self._all.take(key)
        if wait:
            raise _refusal("too_fast", wait)

    def _check(self, text: str) -> None:
        if not text.strip():
            raise _refusal("empty")
        if len(text) > self._limits.max_chars:
            raise _refusal("too_long")


def rest_json(message: Message, sender: str) -> Json:
    """Give a message in Rasa's shape; ``custom`` has what Rasa's has no word for."""
    whole = message_json(message)
    custom = {k: whole[k] for k in ("seq", "speaker", "author", "kind", "language", "at")}
    custom |= {k: whole[k] for k in ("citations", "rateable", "topic", "event")}
    answer: Json = {"recipient_id": sender, "text": message.content.text}
    offered = buttons(message)
    if offered:
        answer["buttons"] = offered
    return answer | {"custom": custom}


def _parse(body: bytes) -> Asked:
    try:
        return Asked.model_validate(json.loads(body))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise HTTPException(422, f"{where}: {first['msg']}") from wrong
    except (ValueError, RecursionError) as wrong:
        raise HTTPException(400, "the body is not JSON in UTF-8") from wrong


def _of_turn(messages: Sequence[Message]) -> list[Message]:
    """Give what was said before the patron spoke again."""
    turn: list[Message] = []
    for message in messages:
        if message.speaker is Speaker.PATRON:
            break
        turn.append(message)
    return turn


def _address(key: str, sender: str) -> Address:
    """Keep senders of different keys apart, and their ids (a phone number, perhaps) out of the store."""
    return Address(NAME, hashlib.sha256(f"{key}\0{sender}".encode("utf-8", "replace")).hexdigest())


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _script(text: str) -> Language:
    """Guess the language a conversation begins in by its letters."""
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in text)
    latin = sum(letter.isascii() and letter.isalpha() for letter in text)
    return Language.AR if arabic > latin else Language.EN


def _refusal(code: str, seconds: float = 2.0) -> HTTPException:
    status, text = _REFUSED.get(code, (400, "the message was refused"))
    headers = {"Retry-After": str(int(seconds) + 1)} if status == 429 else None
    return HTTPException(status, text, headers=headers)
