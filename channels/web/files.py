"""Files over HTTP: pages give them with their token, and anybody who has a file's address may see it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bot.errors import ConversationUnknown, MessageRefused
from bot.model import Message, OfferedFile
from bot.ports import FileDoor
from channels.limits import RateLimiter
from channels.web import tokens
from channels.web.connections import Reception, address_of
from channels.web.origins import OriginCheck

UPLOADS_PER_MINUTE_IP = 120  # a campus often shares one
STATUS = {"file_large": 413, "file_kind": 415, "too_fast": 429, "unknown": 401, "bad_request": 400}
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)

# Nothing in a file may act: no script, no form, no frame, no guess at what it is; and no copy is kept.
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the widget shows images on other sites' pages
}

Tell = Callable[[Message, str], Awaitable[None]]  # a message, and the chat id whose pages are told


class FileRoutes:
    """``POST /files`` and ``GET /files/KEY``; see docs/web-protocol.md."""

    def __init__(self, door: FileDoor, reception: Reception, origins: OriginCheck, tell: Tell) -> None:
        self._door = door
        self._reception = reception
        self._origins = origins
        self._tell = tell
        self._pace = RateLimiter(UPLOADS_PER_MINUTE_IP)

    def router(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route("/files", self._may_i, methods=["OPTIONS"])
        routes.add_api_route("/files", self._give, methods=["POST"])
        routes.add_api_route("/files/{key}", self._show, methods=["GET", "HEAD"])
        return routes

    async def _may_i(self, request: Request) -> Response:
        """Answer what a browser asks before it sends a file from another site's page."""
        headers = self._cors(request)
        if headers is None:
            return Response(status_code=403)
        wanted = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type, x-dalil-id, x-dalil-name",
            "Access-Control-Max-Age": "600",
        }
        return Response(status_code=204, headers=headers | wanted)

    async def _give(self, request: Request) -> Response:
        headers = self._cors(request)
        if headers is None:
            return JSONResponse({"ok": False, "code": "origin"}, 403)
        try:
            answer, status = await self._take(request), 200
        except MessageRefused as refused:
            answer, status = {"ok": False, "code": refused.code}, STATUS.get(refused.code, 400)
        except ConversationUnknown:
            answer, status = {"ok": False, "code": "unknown"}, STATUS["unknown"]
        if status == 429:
            headers = headers | {"Retry-After": "10"}
            answer["retry_after"] = 10
        return JSONResponse(answer, status, headers | {"Cache-Control": "no-store"})

    async def _take(self, request: Request) -> dict[str, object]:
        id_ = request.headers.get("x-dalil-id", "")
        if not _ID.fullmatch(id_):
            raise MessageRefused("bad_request")
        if self._pace.take(request.client.host if request.client else "unknown"):
            raise MessageRefused("too_fast")
        _, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = tokens.well_formed(bearer)
        address = address_of(token) if token else None
        if address is None or await self._reception.door.find(address) is None:
            raise ConversationUnknown("no conversation goes by this token")
        name = unquote(request.headers.get("x-dalil-name", ""), errors="replace")
        accepted = await self._door.give(OfferedFile(address, name, await self._body(request), id_))
        message = accepted.message
        if not accepted.repeated:
            await self._tell(message, address.chat_id)
        return {"ok": True, "seq": message.seq, "repeated": accepted.repeated}

    async def _body(self, request: Request) -> bytes:
        """Read no more than may come, whatever the header says."""
        said = request.headers.get("content-length", "0")
        if not said.isdigit() or len(said) > 12 or int(said) > self._door.max_bytes:
            raise MessageRefused("file_large")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > self._door.max_bytes:
                raise MessageRefused("file_large")
        return bytes(body)

    async def _show(self, key: str) -> Response:
        """Show a file that was given. Whoever knows the address was told it by a side of the conversation."""
        found = await self._door.find(key)
        if found is None:
            return Response("Not found", 404, SAFE, "text/plain")
        # A PDF can hold scripts and links; it is saved, and opened by the program the reader trusts.
        way = "inline" if found.media_type.startswith("image/") else "attachment"
        said = f"{way}; filename*=UTF-8''{quote(found.name, safe='')}"
        return Response(found.body, 200, SAFE | {"Content-Disposition": said}, found.media_type)

    def _cors(self, request: Request) -> dict[str, str] | None:
        """Give the headers that let a page read the answer; None for a site that is not allowed."""
        origin = request.headers.get("origin")
        if origin is None:  # a program; its token is what counts
            return {}
        if not self._origins.allows(origin, request.headers.get("host")):
            return None
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
