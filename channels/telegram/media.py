"""What patrons send that is not text: what to call it, and a link by which librarians can open it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse
from itsdangerous import BadSignature, URLSafeSerializer
from telegram import Message
from telegram.error import TelegramError

from bot.model import Language
from channels.telegram.api import Api
from channels.telegram.texts import say

LARGEST = 20_000_000  # bytes; the Bot API gives out no larger file
_KINDS = ("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker")
_NAMED_AS = {"video_note": "video", "animation": "video"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that is not text."""

    kind: str  # a key of the texts
    file: str | None = None  # Telegram's id of it, where it can be opened
    detail: str = ""
    too_big: bool = False


class Media:
    """Links to files, signed so that nobody can guess one; Telegram's own would show the bot's token."""

    def __init__(self, api: Api, public_url: str, secret: str) -> None:
        """``secret`` signs the links."""
        self._api = api
        self._url = f"{public_url.rstrip('/')}/telegram/files"
        self._signer = URLSafeSerializer(secret, salt="telegram-file")

    def words(self, sent: Sent, language: Language) -> str:
        """Say what it is, with a link where it can be opened."""
        text = say(sent.kind, language) + (f" ({sent.detail})" if sent.detail else "")
        if sent.too_big:
            return f"[{text}, {say('too_big', language)}]"
        return f"[{text}] {self._url}/{self._signer.dumps(sent.file)}" if sent.file else f"[{text}]"

    def router(self) -> APIRouter:
        """Give the route of the links."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route("/telegram/files/{name}", self._open, methods=["GET"])
        return routes

    async def _open(self, name: str) -> StreamingResponse:
        try:
            file = await self._api.bot.get_file(str(self._signer.loads(name)))
        except (BadSignature, TelegramError) as error:
            raise HTTPException(404, "this file cannot be opened (any more)") from error
        if not file.file_path:
            raise HTTPException(404, "this file cannot be opened (any more)")
        http = httpx.AsyncClient(timeout=30)
        answer = await http.send(http.build_request("GET", file.file_path), stream=True)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_bytes():
                    yield piece
            finally:
                await answer.aclose()
                await http.aclose()

        shown_as = file.file_path.rsplit("/", 1)[-1]
        # Never shown within the page: what a patron sends may hold anything.
        headers = {
            "Content-Disposition": f'attachment; filename="{_harmless(shown_as)}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        }
        return StreamingResponse(body(), answer.status_code, headers, media_type="application/octet-stream")


def sent_in(message: Message) -> Sent:
    """Tell what a message without text holds."""
    for kind in _KINDS:
        held = getattr(message, kind, None)
        if not held:
            continue
        one = held[-1] if kind == "photo" else held  # the last size of a picture is the largest
        size = one.file_size or 0
        return Sent(_NAMED_AS.get(kind, kind), one.file_id, _detail(one), too_big=size > LARGEST)
    if message.contact:
        return Sent("contact", detail=message.contact.phone_number)
    if message.location:
        return Sent("location", detail=f"{message.location.latitude:.5f}, {message.location.longitude:.5f}")
    return Sent("poll", detail=message.poll.question) if message.poll else Sent("other")


def _detail(held: object) -> str:
    name = getattr(held, "file_name", None) or getattr(held, "emoji", None)
    if name:
        return str(name)[:80]
    duration = getattr(held, "_duration", None) or getattr(held, "duration", None)
    seconds = int(duration.total_seconds() if isinstance(duration, timedelta) else duration or 0)
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def _harmless(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)[:80] or "file"
