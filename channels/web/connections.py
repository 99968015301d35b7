"""Who is connected just now, and the ground both protocols stand on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import socketio  # type: ignore[import-untyped]

from bot.errors import ConversationUnknown, MessageRefused
from bot.model import Address, ConversationView, Json, Language
from bot.ports import PatronDoor
from channels.limits import Limits, RateLimiter
from channels.web import tokens
from channels.web.wire import Malformed

logger = logging.getLogger("dalil.channels.web")

NAME = "web"


class Slow(Exception):
    """Asked too often; ``seconds`` until it may be asked again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


@dataclass(slots=True)
class Connection:
    """One open page. ``address`` is None until it is welcomed and after it was forgotten."""

    sid: str
    ip: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    address: Address | None = None
    language: Language = Language.EN


@dataclass(frozen=True, slots=True)
class Reception:
    """What both protocols need: the core, the limits, and the way to begin a conversation."""

    door: PatronDoor
    limits: Limits
    says: RateLimiter
    says_ip: RateLimiter
    acts: RateLimiter
    openings_ip: RateLimiter

    @classmethod
    def of(cls, door: PatronDoor, limits: Limits) -> Reception:
        """Set up the counters for ``limits``."""
        return cls(
            door=door,
            limits=limits,
            says=RateLimiter(limits.messages_per_minute),
            says_ip=RateLimiter(limits.messages_per_minute_ip),
            acts=RateLimiter(limits.acts_per_minute),
            openings_ip=RateLimiter(limits.openings_per_minute_ip),
        )

    async def continue_or_begin(self, token: object, language: Language) -> tuple[str, ConversationView]:
        """Give the conversation of a token, or a new one where the token opens none."""
        kept = tokens.well_formed(token)
        if kept is not None:
            view = await self.door.find(address_of(kept))
            if view is not None:
                return kept, view
        made = tokens.issue()
        return made, await self.door.open(address_of(made), language)

    def count_opening(self, connection: Connection) -> None:
        """Raise Slow where one network address opens too many conversations."""
        _spend(self.openings_ip, connection.ip)

    def count_act(self, connection: Connection) -> None:
        """Raise Slow where one conversation asks too much."""
        _spend(self.acts, _key(connection))

    def count_message(self, connection: Connection, text: str) -> None:
        """Raise Slow or MessageRefused for a message that comes too fast or is not one."""
        _spend(self.says, _key(connection))
        _spend(self.says_ip, connection.ip)
        if not text.strip():
            raise MessageRefused("empty")
        if len(text) > self.limits.max_chars:
            raise MessageRefused("too_long")


def address_of(token: str) -> Address:
    """Give the address a token stands for."""
    return Address(NAME, tokens.chat_id(token))


def _key(connection: Connection) -> str:
    return connection.address.chat_id if connection.address else connection.ip


def _spend(limiter: RateLimiter, key: str) -> None:
    wait = limiter.take(key)
    if wait:
        raise Slow(wait)


Handler = Callable[[Connection, object], Awaitable[Json | None]]


class Protocol(socketio.AsyncNamespace):  # type: ignore[misc]
    """A Socket.IO namespace that knows its connections and answers every event, come what may.

    Events reach only the handlers in ``events``; a client that sends an event called ``connect``
    reaches nothing.
    """

    def __init__(self, namespace: str, reception: Reception) -> None:
        super().__init__(namespace)
        self.reception = reception
        self.connections: dict[str, Connection] = {}
        self.events: Mapping[str, Handler] = {}

    async def begin(self, connection: Connection, auth: object) -> None:
        """Greet a page that has just connected. Raises Slow to turn it away."""

    async def trigger_event(self, event: object, *args: Any) -> Any:
        """Route what python-socketio hands over; the answer is the event's acknowledgement."""
        sid = args[0]
        if event == "connect" and self._is_real(sid, args):
            return await self._connect(sid, args[1], args[2] if len(args) > 2 else None)
        if event == "disconnect" and not self.server.manager.is_connected(sid, self.namespace):
            self.connections.pop(sid, None)
            return None
        connection = self.connections.get(sid)
        handler = self.events.get(event) if isinstance(event, str) else None
        if connection is None or handler is None:
            return {"ok": False, "code": "bad_request"}
        async with connection.lock:
            return await self._answer(handler, connection, args[1] if len(args) > 1 else None)

    def _is_real(self, sid: str, args: tuple[Any, ...]) -> bool:
        """Whether a connect event is the server's own: only it has the request itself at hand."""
        eio_sid = self.server.manager.eio_sid_from_sid(sid, self.namespace)
        return len(args) > 1 and args[1] is self.server.environ.get(eio_sid)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object) -> bool:
        connection = Connection(sid, _ip(environ))
        self.connections[sid] = connection
        async with connection.lock:
            try:
                await self.begin(connection, auth)
            except Slow as slow:
                await self.emit("refused", _slow(slow), to=sid)
                return self._turned_away(sid)
            except Exception:
                logger.exception("a page could not be welcomed")
                await self.emit("refused", {"code": "failed", "retry_after": 5}, to=sid)
                return self._turned_away(sid)
        return True

    def _turned_away(self, sid: str) -> bool:
        self.connections.pop(sid, None)
        return False

    async def _answer(self, handler: Handler, connection: Connection, data: object) -> Json | None:
        try:
            return await handler(connection, data)
        except Malformed as wrong:
            return {"ok": False, "code": "bad_request", "detail": str(wrong)}
        except MessageRefused as refused:
            return {"ok": False, "code": refused.code}
        except Slow as slow:
            return {"ok": False, **_slow(slow)}
        except ConversationUnknown:
            return {"ok": False, "code": "unknown"}
        except Exception:  # the page must learn of it, and go on
            logger.exception("an event could not be handled")
            return {"ok": False, "code": "failed"}


def _slow(slow: Slow) -> Json:
    return {"code": "too_fast", "retry_after": round(slow.seconds + 0.05, 1)}


def _ip(environ: Mapping[str, Any]) -> str:
    """Give the network address; behind a proxy the web server has put the right one there."""
    client = environ["asgi.scope"].get("client")
    return str(client[0]) if client else "unknown"
