"""The door in front of Socket.IO: its path, and how much a request may carry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooMuch(Exception):
    """A request's body is longer than its limit, or than it said."""


class SocketGate:
    """An ASGI application: ``/socket.io/`` goes to the Socket.IO server, the rest to ``inner``.

    python-engineio reads a whole body before it looks at the length; so the length is checked here,
    both what the header says and what comes.
    """

    def __init__(self, server: Any, inner: AsgiApp, max_bytes: int) -> None:
        self._server = server
        self._inner = inner
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] not in ("http", "websocket") or not _ours(scope["path"]):
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._server.handle_request(scope, receive, send)
        except ValueError:  # a packet that is none; python-engineio lets it fall through
            with suppress(RuntimeError):  # closed by the other side meanwhile
                await send({"type": "websocket.close", "code": 1002})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            length = dict(scope["headers"]).get(b"content-length", b"")
            if not length.isdigit():
                await _refuse(send, 411, b"Length Required")
                return
            if len(length) > 12 or int(length) > self._max_bytes:
                await _refuse(send, 413, b"Content Too Large")
                return
            receive = _counted(receive, int(length))
        try:
            await self._server.handle_request(scope, receive, send)
        except TooMuch:
            await _refuse(send, 413, b"Content Too Large")


def _ours(path: str) -> bool:
    return path == "/socket.io" or path.startswith("/socket.io/")


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counting() -> Event:
        nonlocal seen
        event = await receive()
        seen += len(event.get("body", b""))
        if seen > limit:
            raise TooMuch
        return event

    return counting


async def _refuse(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
