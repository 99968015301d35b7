"""Calling Telegram's Bot API, and saying in our own words what went wrong."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.errors import DeliveryDeferred, DeliveryRefused, DeliveryUncertain, PatronGone
from channels.telegram.entities import Piece

log = logging.getLogger("dalil.channels.telegram")

REVOKED_PAUSE = 60.0  # seconds between attempts while the token is not valid
POLL_SECONDS = 25
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot was blocked", "bot was kicked")

T = TypeVar("T")


class NetworkFault(ConnectionError):
    """Telegram did not take the call; it is tried again."""


class Api:
    """One bot. ``trouble`` says why its network does not let it work; None when it does."""

    def __init__(self, token: str, url: str = "https://api.telegram.org") -> None:
        """``url`` is where the Bot API is: Telegram's own, or a server of one's own."""
        base = url.rstrip("/")
        self._polling = HTTPXRequest(connection_pool_size=1, read_timeout=10.0)
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(connection_pool_size=64, pool_timeout=5.0, read_timeout=10.0),
            get_updates_request=self._polling,
        )
        self.trouble: str | None = None
        self._errands: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Get ready to call; nothing is called."""
        for request in (self._polling, self.bot.request):
            await request.initialize()

    async def close(self) -> None:
        """Let go of the network, and of what was still to be called."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        for request in (self._polling, self.bot.request):
            await request.shutdown()

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        """Wait for updates numbered from ``offset``, which confirms all before. Raises TelegramError."""
        # As they come: Bot.get_updates would refuse a whole batch for one update that it cannot read.
        asked = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": json.dumps(ALLOWED)}
        found: Any = await self._polling.post(
            f"{self.bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=POLL_SECONDS + 10.0
        )
        self.trouble = None
        return list(found)

    async def send(
        self,
        chat: int,
        piece: Piece,
        keyboard: InlineKeyboardMarkup | None = None,
        topic: int | None = None,
    ) -> int:
        """Send one message; gives its number. Raises what :meth:`call` does."""
        sent = await self.call(
            lambda: self.bot.send_message(
                chat,
                piece.text,
                entities=piece.entities or None,
                reply_markup=keyboard,
                message_thread_id=topic,
                link_preview_options=NO_PREVIEW,
            )
        )
        return sent.message_id

    async def edit(
        self, chat: int, number: int, piece: Piece, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Change a message; one that is so already, or is gone, is left."""
        try:
            await self.call(
                lambda: self.bot.edit_message_text(
                    piece.text,
                    chat,
                    number,
                    entities=piece.entities or None,
                    reply_markup=keyboard,
                    link_preview_options=NO_PREVIEW,
                )
            )
        except DeliveryRefused as error:
            if not _is_settled(str(error)):
                raise

    async def delete(self, chat: int, number: int) -> None:
        """Delete a message; one that is gone is left."""
        try:
            await self.call(lambda: self.bot.delete_message(chat, number))
        except DeliveryRefused as error:
            if not _is_settled(str(error)):
                raise

    async def call(self, what: Callable[[], Awaitable[T]]) -> T:
        """Call, and translate what goes wrong.

        Raises DeliveryDeferred (a pause is asked for), PatronGone, DeliveryRefused (never), DeliveryUncertain
        (cut off on the way) or NetworkFault (not taken).
        """
        try:
            result = await what()
        except TelegramError as error:
            raise self._translated(error) from error
        self.trouble = None
        return result

    def errand(self, what: Callable[[], Awaitable[object]], name: str) -> None:
        """Call in the background, a few times if need be; nothing depends on it."""
        task = asyncio.create_task(self._run_errand(what, name))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _run_errand(self, what: Callable[[], Awaitable[object]], name: str) -> None:
        for pause in (0.5, 2.0, 8.0, None):
            try:
                await self.call(what)
                return
            except (DeliveryRefused, DeliveryUncertain) as error:
                log.info("%s: %s", name, error)
                return
            except DeliveryDeferred as error:
                seconds = error.seconds
            except NetworkFault:
                seconds = pause or 0.0
            if pause is None:
                log.warning("%s: given up", name)
                return
            await asyncio.sleep(seconds)

    def _translated(self, error: TelegramError) -> Exception:
        text = str(error)
        if isinstance(error, RetryAfter):
            return DeliveryDeferred(_seconds(error), "Telegram asks for a pause")
        if isinstance(error, InvalidToken):
            self.trouble = "Telegram does not accept the bot’s token (DALIL_TELEGRAM_TOKEN)"
            return DeliveryDeferred(REVOKED_PAUSE, self.trouble)
        if isinstance(error, ChatMigrated):
            # Switching topics on makes another group of it, as Telegram counts.
            return DeliveryRefused(f"the group has a new number: {error.new_chat_id}")
        if isinstance(error, Forbidden) or (isinstance(error, BadRequest) and _is_gone(text)):
            return PatronGone(text.removeprefix("Forbidden: "))
        if isinstance(error, BadRequest):
            return DeliveryRefused(text)
        if isinstance(error, TimedOut | NetworkError) and error.__cause__ is not None:
            if isinstance(error.__cause__, _NEVER_LEFT):
                return NetworkFault(text)
            return DeliveryUncertain(f"the line to Telegram broke ({text})")
        return NetworkFault(text)


def plain_reason(error: TelegramError) -> str:
    """Say why updates cannot be fetched."""
    if isinstance(error, InvalidToken):
        return "Telegram does not accept the bot’s token (DALIL_TELEGRAM_TOKEN)"
    if isinstance(error, Conflict):
        return "another program fetches this bot’s messages, or a webhook is set for it"
    return "Telegram does not answer"


def _is_settled(text: str) -> bool:
    signs = ("message is not modified", "message to edit not found", "message to delete not found")
    return any(sign in text.lower() for sign in signs)


def _is_gone(text: str) -> bool:
    return any(sign in text.lower() for sign in _GONE)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())


async def reshow(
    api: Api, chat: int, numbers: Sequence[int], parts: Sequence[Piece], topic: int | None = None
) -> None:
    """Let messages that were sent say something else; what is too many goes, what is too few comes."""
    for number, part in zip(numbers, parts, strict=False):
        await api.edit(chat, number, part)
    for number in numbers[len(parts) :]:
        await api.delete(chat, number)
    for part in parts[len(numbers) :]:
        await api.send(chat, part, None, topic)


def ids(numbers: Sequence[int]) -> str:
    """Name the Telegram messages that one message of ours became."""
    return ",".join(str(number) for number in numbers)
