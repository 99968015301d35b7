"""What happens by the clock: words to those who wait, forgetting what is old, gauges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.availability import Availability
from bot.clock import Clock
from bot.metrics import HANDOFFS, QUEUE
from bot.model import Handoff, HandoffState
from bot.settings import Settings
from bot.store.store import Store

log = structlog.get_logger(__name__)

FORGET_EVERY = 3600.0  # seconds
SLACK = 2.0  # seconds that looking and delivering may take, so that the promised wait is kept


class Ticker:
    """Looks once a second."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        availability: Availability,
        clock: Clock,
        changed: Callable[[Handoff], Awaitable[None]],
    ) -> None:
        """``changed`` is called for each handoff whose patron was told something."""
        self._store = store
        self._settings = settings
        self._availability = availability
        self._clock = clock
        self._changed = changed
        self._forget_at = 0.0

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("ticker.failed")
            await asyncio.sleep(1.0)

    async def tick(self) -> None:
        """Do what is due now."""
        for handoff in await asyncio.to_thread(self._words):
            await self._changed(handoff)
        if time.monotonic() >= self._forget_at:
            self._forget_at = time.monotonic() + FORGET_EVERY
            await asyncio.to_thread(self._forget)
        await asyncio.to_thread(self._gauges)

    def _words(self) -> list[Handoff]:
        now = self._clock()
        wait = max(self._settings.waiting_word_seconds - SLACK, self._settings.waiting_word_seconds / 2)
        told = []
        for handoff, words in self._store.handoffs.due_words(now - timedelta(seconds=wait)):
            present = self._store.librarians.present_within(self._settings.claim_idle_seconds, now)
            someone = self._availability.someone(list(present))
            content, left = self._availability.words_while_waiting(handoff.language, someone, words, now)
            said = self._store.desk.say_while_waiting(handoff.id, words, content, now, leave=left)
            if said:
                told.append(self._store.handoffs.get(handoff.id))
        return told

    def _forget(self) -> None:
        gone = self._store.conversations.forget_before(
            self._clock() - timedelta(days=self._settings.retention_days)
        )
        if gone:
            log.info("retention.forgot", conversations=gone)
        swept = self._store.files.sweep()
        if swept:
            log.info("retention.swept", files=swept)

    def _gauges(self) -> None:
        QUEUE.set(self._store.conversations.count_waiting())
        open_now = self._store.handoffs.queue()
        for state in (HandoffState.WAITING, HandoffState.ASSIGNED):
            HANDOFFS.labels(state.value).set(sum(handoff.state is state for handoff in open_now))
