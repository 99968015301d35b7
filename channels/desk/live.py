"""The Socket.IO namespace ``/desk``: what open desk pages are told as it happens.

Pages only listen here; what they ask goes through the API. Nothing depends on an event arriving: a
page that finds a gap, or connects again, asks the API.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import socketio  # type: ignore[import-untyped]

from bot.model import Json, LibrarianId
from channels.desk.guard import Guard
from channels.desk.sessions import SignedIn

logger = logging.getLogger("dalil.channels.desk")

NAMESPACE = "/desk"
ROOM = "librarians"  # a page is in the namespace before it is known; in the room only after


class LiveDesk(socketio.AsyncNamespace):  # type: ignore[misc]
    """The open pages of signed-in librarians."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(NAMESPACE)
        self._guard = guard
        self.pages: dict[str, SignedIn] = {}
        self._states: dict[str, Json] = {}  # the last of each event that says how things are

    async def tell(self, event: str, data: Json) -> None:
        """Tell every open page. Whoever's account was disabled meanwhile does not hear it."""
        await self.put_out_strangers()
        await self.emit(event, data, room=ROOM)

    async def tell_state(self, event: str, data: Json) -> None:
        """Tell every open page how things are now, and each page that opens later."""
        self._states[event] = data
        await self.tell(event, data)

    async def tell_one(self, librarian: LibrarianId, event: str, data: Json) -> None:
        """Tell the open pages of one librarian."""
        await self.put_out_strangers()
        await self.emit(event, data, room=_room(librarian))

    async def put_out_strangers(self) -> None:
        """Disconnect the pages whose sign-in no longer holds."""
        sign_ins = {signed_in.key: signed_in for signed_in in self.pages.values()}
        held = await asyncio.gather(*(self._guard.still(signed_in) for signed_in in sign_ins.values()))
        gone = {key for key, holds in zip(sign_ins, held, strict=True) if not holds}
        for sid, signed_in in list(self.pages.items()):
            if signed_in.key in gone:
                await self._put_out(sid)

    async def trigger_event(self, event: object, *args: Any) -> Any:
        """Route what python-socketio hands over. A page's own events reach nothing, whatever their name."""
        sid = args[0]
        if event == "connect" and self._is_real(sid, args):
            return await self._connect(sid, args[1], args[2] if len(args) > 2 else None)
        if event == "disconnect" and not self.server.manager.is_connected(sid, self.namespace):
            self.pages.pop(sid, None)
        return None

    def _is_real(self, sid: str, args: tuple[Any, ...]) -> bool:
        """Whether a connect event is the server's own: only it has the request itself at hand."""
        eio_sid = self.server.manager.eio_sid_from_sid(sid, self.namespace)
        return len(args) > 1 and args[1] is self.server.environ.get(eio_sid)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object) -> bool:
        try:
            signed_in = await self._recognise(environ, auth)
        except Exception:
            logger.exception("a desk page could not be recognised")
            signed_in = None
        if signed_in is None:
            await self.emit("refused", {"code": "signed_out"}, to=sid)
            return False
        self.pages[sid] = signed_in
        await self.enter_room(sid, ROOM)
        await self.enter_room(sid, _room(signed_in.librarian))
        await self.emit("welcome", {}, to=sid)
        for name, data in self._states.items():
            await self.emit(name, data, to=sid)
        return True

    async def _recognise(self, environ: Mapping[str, Any], auth: object) -> SignedIn | None:
        """Give the sign-in of a page of ours: by its cookie, and by the token that only it can know."""
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and not self._guard.ours(origin, environ.get("HTTP_HOST")):
            return None
        caller = await self._guard.known(_cookie(environ, self._guard.sessions.cookie))
        token = auth.get("csrf") if isinstance(auth, dict) else None
        if caller is None or not self._guard.sessions.proves(token, caller.signed_in.key):
            return None
        return caller.signed_in

    async def _put_out(self, sid: str) -> None:
        signed_in = self.pages.pop(sid, None)
        await self.leave_room(sid, ROOM)
        if signed_in:
            await self.leave_room(sid, _room(signed_in.librarian))
        await self.emit("refused", {"code": "signed_out"}, to=sid)
        await self.disconnect(sid)


def _room(librarian: LibrarianId) -> str:
    return f"{ROOM}:{librarian}"


def _cookie(environ: Mapping[str, Any], name: str) -> str | None:
    try:
        found = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(name)
    except CookieError:
        return None
    return found.value if found else None
