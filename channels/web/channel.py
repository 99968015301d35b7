"""The web channel: Socket.IO for the widget and for front ends written for Rasa."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import socketio  # type: ignore[import-untyped]
from fastapi import APIRouter

from bot.model import Address, ConversationView, Message, Speaker
from bot.ports import FileDoor, PatronDoor
from channels.face import Face
from channels.limits import Limits
from channels.web.connections import NAME, Reception
from channels.web.files import FileRoutes
from channels.web.gate import AsgiApp, SocketGate
from channels.web.origins import OriginCheck
from channels.web.patron import PatronProtocol
from channels.web.rasa import RasaProtocol
from channels.web.wire import bot_uttered, consent_json, message_json


def socket_server(origins: OriginCheck, limits: Limits, client_manager: Any = None) -> Any:
    """Make the Socket.IO server that the web channel, and others beside it, register with.

    ``client_manager`` lets several gateways share their rooms (``socketio.AsyncRedisManager``).
    """
    quiet = logging.getLogger("dalil.socketio")
    quiet.setLevel(logging.CRITICAL)  # its lines hold what patrons write; our own say what matters
    return socketio.AsyncServer(
        async_mode="asgi",
        client_manager=client_manager,
        cors_allowed_origins=origins,
        cors_credentials=False,
        max_http_buffer_size=limits.max_bytes,
        async_handlers=False,  # one page's events in the order they were sent
        always_connect=True,  # so that a page turned away can be told why
        logger=quiet,
        engineio_logger=quiet,
    )


class WebChannel:
    """Implements Channel, ShowsChanges, ShowsTyping, ShowsSpeaking and ShowsConsent.

    Nothing is lost when no page is open: a page asks for what it missed by sequence number, and
    drops what it has already.
    """

    name = NAME
    resolves_unknown = True

    def __init__(
        self,
        door: PatronDoor,
        face: Face,
        *,
        origins: Iterable[str] = (),
        limits: Limits | None = None,
        server: Any = None,
        files: FileDoor | None = None,
    ) -> None:
        """``files`` is None where patrons can give none."""
        self.limits = limits or Limits()
        allowed = OriginCheck(origins)
        self.server = server or socket_server(allowed, self.limits)
        reception = Reception.of(door, self.limits)
        taken = files if files and files.max_bytes else None
        self._patron = PatronProtocol(reception, face, max_file_bytes=taken.max_bytes if taken else 0)
        self._files = FileRoutes(taken, reception, allowed, self._tell_pages) if taken else None
        self._rasa = RasaProtocol(reception)
        self.server.register_namespace(self._patron)
        self.server.register_namespace(self._rasa)

    def wrap(self, app: AsgiApp) -> SocketGate:
        """Give an ASGI application that serves ``/socket.io/`` itself and leaves the rest to ``app``."""
        return SocketGate(self.server, app, self.limits.max_bytes)

    def router(self) -> APIRouter:
        """Give the routes for files; none where patrons can give none."""
        return self._files.router() if self._files else APIRouter()

    async def close(self) -> None:
        """Stop the server's background work, before the web server stops."""
        await self.server.shutdown()

    def connected(self) -> int:
        """Count the pages that are connected to this process."""
        return len(self._patron.connections) + len(self._rasa.connections)

    async def deliver(self, address: Address, message: Message) -> str | None:
        """Send a message to every open page of the conversation."""
        room = address.chat_id
        await self._patron.emit("message", message_json(message), room=room)
        if message.speaker is not Speaker.PATRON:
            await self._rasa.emit("bot_uttered", bot_uttered(message), room=room)
        return None

    async def change(self, address: Address, message: Message, shown_as: str | None) -> None:
        """Show a message on every open page as it is now; a page that was away is told at its welcome."""
        await self._patron.emit("change", message_json(message), room=address.chat_id)

    async def show_typing(self, address: Address, by: str | None, on: bool) -> None:
        """Show, or stop showing, that somebody writes; ``by`` is a librarian's name."""
        await self._patron.emit("typing", {"on": on, "by": by}, room=address.chat_id)

    async def show_speaking(self, view: ConversationView) -> None:
        """Show who the patron is talking to."""
        room = view.address.chat_id
        await self._patron.emit("speaking", self._patron.speaking_json(view.speaking), room=room)

    async def show_consent(self, view: ConversationView) -> None:
        """Show on every open page whether librarians may see earlier conversations."""
        await self._patron.emit("consent", consent_json(view), room=view.address.chat_id)

    async def _tell_pages(self, message: Message, room: str) -> None:
        await self._patron.emit("message", message_json(message), room=room)
