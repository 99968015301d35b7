"""What patrons send that is not text: what to call it, and a link by which librarians can open it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import filters

from bot.model import Language
from channels.file_links import FileLinks, Source
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
    """Words and links for what is not text."""

    def __init__(self, api: Api, public_url: str, secret: str) -> None:
        """``secret`` signs the links: Telegram's own would show the bot's token."""
        self._api = api
        self._links = FileLinks("telegram", public_url, secret, self._find)

    def words(self, sent: Sent, language: Language) -> str:
        """Say what it is, with a link where it can be opened."""
        text = say(sent.kind, language) + (f" ({sent.detail})" if sent.detail else "")
        if sent.too_big:
            return f"[{text}, {say('too_big', language)}]"
        return f"[{text}] {self._links.link(sent.file)}" if sent.file else f"[{text}]"

    def router(self) -> APIRouter:
        """Give the route of the links."""
        return self._links.router()

    async def _find(self, file_id: str) -> Source | None:
        try:
            file = await self._api.bot.get_file(file_id)
        except TelegramError:
            return None
        path = file.file_path
        return Source(path, path.rsplit("/", 1)[-1]) if path else None


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


def tells_only(message: Message) -> bool:
    """Whether Telegram only tells of something (pinned, renamed, a topic made …) and nobody says anything."""
    return bool(filters.StatusUpdate.ALL.check_update(Update(0, message=message)))


def _detail(held: object) -> str:
    name = getattr(held, "file_name", None) or getattr(held, "emoji", None)
    if name:
        return str(name)[:80]
    duration = getattr(held, "_duration", None) or getattr(held, "duration", None)
    seconds = int(duration.total_seconds() if isinstance(duration, timedelta) else duration or 0)
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""
