"""One bot's updates: fetched or received, handed to whom they concern, and only then confirmed."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from telegram import Update
from telegram.error import InvalidToken, RetryAfter, TelegramError

from channels.telegram.api import ALLOWED, Api, plain_reason

log = logging.getLogger("dalil.channels.telegram")

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
WEBHOOK = "/telegram/webhook"
LARGEST = 1_000_000  # bytes of one update
MOST_TRIES = 5  # of one update, before it is left out: it must not hold up everybody for ever
REMEMBERED = 100  # updates that could not be taken
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds

Handle = Callable[[Update], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram posts updates, and the word by which we know that it is Telegram."""

    url: str
    secret: str


class Hub:
    """Fetches updates by long polling, or takes them at a webhook.

    python-telegram-bot's own updater confirms what it holds in memory only; here the offset moves on after
    the handler has returned, which is after the commit.
    """

    def __init__(self, api: Api, handle: Handle, webhook: Webhook | None = None) -> None:
        self._api = api
        self._handle = handle
        self._webhook = webhook
        self._task: asyncio.Task[None] | None = None
        self._offset = 0
        self._failed: dict[int, int] = {}  # updates that the webhook could not take, and how often

    async def start(self) -> None:
        """Begin; the network may be down just now."""
        work = self._keep_webhook() if self._webhook else self._poll()
        self._task = asyncio.create_task(work, name="telegram-updates")

    async def stop(self) -> None:
        """End; what is not confirmed comes again."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._offset and not self._webhook:
            with suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._api.bot.get_updates(self._offset, limit=1, timeout=0)

    def router(self) -> APIRouter:
        """Give the route of the webhook."""
        routes = APIRouter(include_in_schema=False)
        if self._webhook:
            routes.add_api_route(WEBHOOK, self._receive, methods=["POST"])
        return routes

    async def _poll(self) -> None:
        pause = FIRST_PAUSE
        cleared = False
        while True:
            try:
                if not cleared:
                    await self._api.bot.delete_webhook()
                    cleared = True
                found = await self._api.updates(self._offset)
            except TelegramError as error:
                await self._after_fault(error, pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            pause = FIRST_PAUSE
            for raw in sorted(found, key=lambda update: int(update["update_id"])):
                await self._take_surely(raw)
                self._offset = max(self._offset, int(raw["update_id"]) + 1)

    async def _after_fault(self, error: TelegramError, pause: float) -> None:
        if isinstance(error, RetryAfter):
            after = error.retry_after
            pause = float(after if isinstance(after, int) else after.total_seconds())
        elif pause > 2 or isinstance(error, InvalidToken):
            self._api.trouble = plain_reason(error)
        log.warning("telegram: %s (%s)", plain_reason(error), error)
        await asyncio.sleep(pause)

    async def _take_surely(self, raw: dict[str, Any]) -> None:
        for attempt in range(MOST_TRIES):
            try:
                await self._take(raw)
                return
            except Exception:
                log.exception("telegram: an update was not taken (attempt %d)", attempt + 1)
                await asyncio.sleep(FIRST_PAUSE * 2**attempt)
        log.error("telegram: update %s is left out", raw.get("update_id"))

    async def _take(self, raw: dict[str, Any]) -> None:
        update = Update.de_json(raw, self._api.bot)
        await self._handle(update)

    async def _keep_webhook(self) -> None:
        """Tell Telegram where to post; again, until it knows."""
        assert self._webhook is not None
        pause = FIRST_PAUSE
        while True:
            try:
                await self._api.bot.set_webhook(
                    self._webhook.url + WEBHOOK,
                    secret_token=self._webhook.secret,
                    allowed_updates=ALLOWED,
                    max_connections=1,  # more would let a chat's messages overtake each other
                )
                self._api.trouble = None
                return
            except TelegramError as error:
                await self._after_fault(error, pause)
                pause = min(LONGEST_PAUSE, pause * 2)

    async def _receive(self, request: Request) -> Response:
        assert self._webhook is not None
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._webhook.secret.encode()):
            return Response(status_code=401)
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                return Response(status_code=413)
        try:
            raw = json.loads(bytes(body))
            known = isinstance(raw, dict) and isinstance(raw.get("update_id"), int)
        except ValueError:
            known = False
        if not known:
            return Response(status_code=400)
        number = int(raw["update_id"])
        try:
            await self._take(raw)
        except Exception:
            tries = self._failed[number] = self._failed.pop(number, 0) + 1
            log.exception("telegram: an update was not taken (attempt %d)", tries)
            if tries < MOST_TRIES:
                self._failed = dict(list(self._failed.items())[-REMEMBERED:])
                return Response(status_code=500)  # Telegram posts it again
            log.error("telegram: update %s is left out", number)
        self._failed.pop(number, None)
        return Response(status_code=200)
