"""What happens by the clock: words to those who wait, forgetting what is old, gauges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.availability import Availability
from bot.clock import Clock
from bot.desk_hours import ChangedHours
from bot.metrics import HANDOFF_EVENTS, HANDOFFS, QUEUE
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
        hours: ChangedHours,
    ) -> None:
        """``changed`` is called for each handoff whose patron was told something."""
        self._store = store
        self._settings = settings
        self._availability = availability
        self._clock = clock
        self._changed = changed
        self._hours = hours
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
        await asyncio.to_thread(self._look_at_hours)
        for handoff in await asyncio.to_thread(self._words):
            await self._changed(handoff)
        for handoff in await asyncio.to_thread(self._returns):
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

    def _returns(self) -> list[Handoff]:
        """Put back what its librarian can't go on with, or asked others to take in vain."""
        now, moves = self._clock(), self._store.moves
        idle = self._settings.claim_idle_seconds
        quiet = now - timedelta(seconds=self._store.desk_rules.rules().claim_lost_seconds)
        due = [("lost", handoff) for handoff in moves.lost_claims(idle, quiet)]
        due += [("expired", handoff) for handoff in moves.expired_referrals(now)]
        returned = []
        for kind, handoff in due:
            present = self._store.librarians.present_within(idle, now)
            someone = self._availability.someone([one for one in present if one[0].id != handoff.librarian])
            words, leave = self._availability.words_on_return(
                handoff.librarian_name or "", handoff.language, someone, now
            )
            back = moves.return_lost(handoff, kind, words, quiet, now, leave=leave)
            if back:
                log.info("handoff.returned", handoff=handoff.id, why=kind)
                HANDOFF_EVENTS.labels(kind).inc()
                returned.append(back)
        return returned

    def _look_at_hours(self) -> None:
        """Take the hours as the library has changed them, here or by another gateway."""
        yesterday = (self._clock() - timedelta(days=1)).date()
        self._hours.set_days({one.day: one for one in self._store.desk_rules.days(yesterday)})

    def _forget(self) -> None:
        self._store.sign_ins.tidy(self._clock())
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
