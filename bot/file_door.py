"""What channels may ask of the core about files: taking them, and giving them out again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from bot.clock import Clock
from bot.errors import MessageRefused
from bot.metrics import REFUSED
from bot.model import Accepted, ConversationId, FoundFile, OfferedFile
from bot.patron_door import Pace
from bot.settings import Settings
from bot.store.store import Store
from bot.text import clean

FILES_PER_MINUTE = 10  # of one patron
LONGEST_NAME = 100  # characters
_KEY = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_UNFIT = re.compile(r'[/\\:*?"<>|\n\t]+')
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
}


class PatronFiles:
    """The implementation of ``bot.ports.FileDoor``."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, wake: Callable[[ConversationId], None]
    ) -> None:
        """``wake`` tells the consumer of a kept message."""
        self.max_bytes = settings.max_file_bytes
        self._store = store
        self._clock = clock
        self._wake = wake
        self._pace = Pace(FILES_PER_MINUTE)

    async def give(self, offered: OfferedFile) -> Accepted:
        """Keep a file as a message of the patron. Raises ConversationUnknown, MessageRefused."""
        try:
            file = self._checked(offered)
        except MessageRefused as refusal:
            REFUSED.labels(refusal.code).inc()
            raise
        accepted = await asyncio.to_thread(
            self._store.files.accept, offered.address, file, offered.external_id, self._clock()
        )
        if not accepted.repeated:
            self._wake(accepted.message.conversation)
        return accepted

    async def find(self, key: str) -> FoundFile | None:
        """Give the file whose address ends in ``key``; None where none is kept."""
        if not _KEY.fullmatch(key):
            return None
        return await asyncio.to_thread(self._store.files.find, key)

    def _checked(self, offered: OfferedFile) -> FoundFile:
        if not offered.body:
            raise MessageRefused("empty")
        if len(offered.body) > self.max_bytes:
            raise MessageRefused("file_large")
        media_type = media_type_of(offered.body)
        if media_type is None:
            raise MessageRefused("file_kind")
        if self._pace.too_fast(offered.address):
            raise MessageRefused("too_fast")
        return FoundFile(file_name(offered.name, media_type), media_type, offered.body)


def media_type_of(body: bytes) -> str | None:
    """Tell what a file is from its first bytes alone; None for what librarians are not given."""
    if body.startswith(b"\x89PNG\r\n\x1a\n") and body[12:16] == b"IHDR":
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "image/webp"
    if re.match(rb"%PDF-[12]\.\d", body):
        return "application/pdf"
    return None


def file_name(given: str, media_type: str) -> str:
    """Give a name that is safe on any system and ends as its content says."""
    ending = ENDINGS[media_type]
    try:
        name = _UNFIT.sub(" ", clean(given[:1000], 1000)).strip(" .")
    except MessageRefused:
        name = ""
    stem, _, last = name.rpartition(".")
    alike = {ending, "jpeg"} if ending == "jpg" else {ending}
    if not stem or last.lower() not in alike:
        stem, last = name or "file", ending
    return f"{stem[:LONGEST_NAME].rstrip()}.{last}"
