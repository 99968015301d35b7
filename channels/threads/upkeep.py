"""Keeping what a network shows in step with the core, in the background and in any weather."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.errors import DeliveryDeferred, DeliveryRefused, HandoffUnknown
from bot.model import HandoffId

log = logging.getLogger("dalil.channels.threads")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds
BEHIND = 0.05  # seconds; what a patron waits for goes first, and several changes at once are one look

Work = Callable[[HandoffId], Awaitable[None]]


class Upkeep:
    """Brings one handoff's place up to date, as often as it was asked for but never twice at once.

    Whoever asks does not wait. What fails in passing is tried again with growing pauses.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._tasks: dict[HandoffId, asyncio.Task[None]] = {}
        self._again: set[HandoffId] = set()

    def due(self, handoff: HandoffId) -> None:
        """Bring this one up to date."""
        if handoff in self._tasks:
            self._again.add(handoff)
            return
        task = asyncio.create_task(self._keep(handoff), name=f"upkeep-{handoff}")
        self._tasks[handoff] = task
        task.add_done_callback(lambda _: self._finished(handoff))

    async def stop(self) -> None:
        """Leave what is left for the next start."""
        self._again.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finished(self, handoff: HandoffId) -> None:
        self._tasks.pop(handoff, None)
        if handoff in self._again:
            self._again.discard(handoff)
            self.due(handoff)

    async def _keep(self, handoff: HandoffId) -> None:
        pause = FIRST_PAUSE
        await asyncio.sleep(BEHIND)
        while True:
            try:
                await self._work(handoff)
                return
            except HandoffUnknown:
                return
            except DeliveryRefused as error:
                log.warning("a handoff's place cannot be kept up to date: %s", error)
                return
            except DeliveryDeferred as error:
                await asyncio.sleep(error.seconds)
            except Exception as error:
                log.warning("a handoff's place is not up to date yet (%s: %s)", type(error).__name__, error)
                await asyncio.sleep(pause * random.uniform(0.75, 1.25))
                pause = min(LONGEST_PAUSE, pause * 2)
