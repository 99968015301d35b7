"""Delivering what was written: per destination in order, at its rate, with retries and states."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import DalilError, DeliveryDeferred, DeliveryRefused, DeliveryUncertain, PatronGone
from bot.metrics import DELIVERIES, DELIVERY_SECONDS
from bot.model import Pace
from bot.store.deliveries import Delivery
from bot.store.store import Store

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0  # seconds
BATCH = 32
MOST_ATTEMPTS = 16  # with the pauses below, about three quarters of an hour
LONGEST_PAUSE = 300.0  # seconds
TIME_LIMIT = 20.0  # seconds for one delivery

Deliver = Callable[[Delivery], Awaitable[str | None]]
DeliverTogether = Callable[[Sequence[Delivery]], Awaitable[Sequence[str | None]]]
Report = Callable[[Delivery, str, str | None], Awaitable[None]]  # state sent or failed, and why
Gone = Callable[[Delivery, str], Awaitable[None]]


@dataclass
class Bucket:
    """A token bucket: ``rate`` a second, at most ``burst`` at once."""

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin full."""
        self._tokens, self._at = self.burst, time.monotonic()

    def wait(self) -> float:
        """Take a token; give the seconds to wait until it is really there."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self.rate)


@dataclass(frozen=True, slots=True)
class Target:
    """A channel or desk as the sender sees it."""

    deliver: Deliver
    resolves_unknown: bool
    pace: Pace = field(default_factory=Pace)
    together: DeliverTogether | None = None  # where several messages of a patron can be one post
    joins: int = 0  # characters of such a post, at most


class Sender:
    """Works the outbox off. Several nodes may do so side by side."""

    def __init__(
        self,
        store: Store,
        targets: Mapping[str, Target],
        node: str,
        clock: Clock,
        report: Report | None = None,
        gone: Gone | None = None,
    ) -> None:
        """``targets`` by name, as in ``deliveries.target``.

        ``report`` hears of each delivery that ended, ``gone`` of each whose patron is gone.
        """
        self._store = store
        self._targets = targets
        self._node = node
        self._clock = clock
        self._report = report
        self._gone = gone
        self._buckets: dict[str, Bucket] = {}
        self._totals: dict[str, Bucket] = {}
        self._woken = asyncio.Event()
        self._alone: set[int] = set()  # deliveries that were refused in one post with others
        self._tasks: set[asyncio.Task[None]] = set()
        self.beat = time.monotonic()

    def wake(self) -> None:
        """Something was written just now."""
        self._woken.set()

    def send(self, taken: Sequence[Delivery]) -> None:
        """Deliver what has just been taken from the outbox."""
        for delivery in taken:
            task = asyncio.create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Deliver until cancelled."""
        resend = [name for name, target in self._targets.items() if target.resolves_unknown]
        await asyncio.to_thread(self._store.deliveries.recover, self._node, resend, self._clock())
        while True:
            self._woken.clear()
            try:
                taken = await asyncio.to_thread(self._store.deliveries.take, self._node, self._clock(), BATCH)
            except Exception:
                log.exception("sender.take_failed")
                taken = ()
            self.send(taken)
            self.beat = time.monotonic()
            if not taken:
                await self._pause()

    async def stop(self) -> None:
        """Let running deliveries end, for a moment."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=5)

    async def _pause(self) -> None:
        # Not wait_for: on Python 3.11 it can swallow a cancellation that meets the event.
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _deliver(self, delivery: Delivery) -> None:
        began = time.perf_counter()
        try:
            state = await self._attempt(delivery)
        except Exception:
            log.exception("sender.record_failed", delivery=delivery.id)
            return
        DELIVERY_SECONDS.labels(delivery.target).observe(time.perf_counter() - began)
        DELIVERIES.labels(delivery.target, state).inc()
        self._woken.set()  # the next one of this destination may go

    async def _attempt(self, delivery: Delivery) -> str:
        outbox = self._store.deliveries
        target = self._targets.get(delivery.target)
        if target is None:
            reason = f"{delivery.target} is not set up here"
            await asyncio.to_thread(outbox.failed, delivery.id, reason, self._clock())
            return "failed"
        waited = await self._wait_for_room(delivery, target.pace)
        batch = (
            await self._with_following(delivery, target) if waited or delivery.attempts > 1 else [delivery]
        )
        try:
            async with asyncio.timeout(TIME_LIMIT):
                external_ids = await _deliver(target, batch)
        except DeliveryRefused as error:
            log.warning("delivery.refused", delivery=delivery.id, reason=str(error))
            if len(batch) > 1:  # perhaps only one of them is at fault
                self._alone.update(one.id for one in batch)
                return await self._again(batch, 0.0, str(error))
            if isinstance(error, PatronGone) and self._gone:
                await self._gone(delivery, str(error))
            return await self._failed(batch, str(error))
        except DeliveryDeferred as error:
            return await self._again(batch, error.seconds, str(error))
        except Exception as error:  # any other fault of a network is a passing one, up to a limit
            late = isinstance(error, DeliveryUncertain | TimeoutError)
            return await self._after_fault(batch, error, doubtful=late and not target.resolves_unknown)
        for one, external_id in zip(batch, external_ids, strict=True):
            await asyncio.to_thread(outbox.sent, one.id, external_id, self._clock())
            self._alone.discard(one.id)
            if self._report:
                await self._report(one, "sent", None)
        return "sent"

    async def _with_following(self, delivery: Delivery, target: Target) -> list[Delivery]:
        """Give a delivery, with what came to its destination meanwhile and can be one post with it."""
        if target.together is None or not delivery.joinable or delivery.id in self._alone:
            return [delivery]
        take = self._store.deliveries.take_following
        try:
            following = await asyncio.to_thread(take, delivery, self._node, self._clock(), target.joins)
        except Exception:
            log.exception("sender.take_failed")
            following = ()
        return [delivery, *following]

    async def _wait_for_room(self, delivery: Delivery, pace: Pace) -> bool:
        """Wait for the destination's turn; whether there was a wait."""
        own = self._buckets.setdefault(delivery.destination, Bucket(pace.rate, pace.burst))
        total = self._totals.setdefault(delivery.target, Bucket(pace.total_rate, pace.total_burst))
        seconds = max(own.wait(), total.wait())
        if seconds:
            await asyncio.sleep(seconds)
        self._forget_buckets()
        return seconds > 0

    async def _failed(self, batch: Sequence[Delivery], reason: str) -> str:
        for one in batch:
            await asyncio.to_thread(self._store.deliveries.failed, one.id, reason, self._clock())
            self._alone.discard(one.id)
            if self._report:
                await self._report(one, "failed", reason)
        return "failed"

    async def _after_fault(self, batch: Sequence[Delivery], error: Exception, *, doubtful: bool) -> str:
        delivery = batch[0]
        reason = str(error) if isinstance(error, DalilError) else f"{type(error).__name__}: {error}"
        log.warning("delivery.fault", delivery=delivery.id, attempts=delivery.attempts, reason=reason)
        if delivery.attempts >= MOST_ATTEMPTS:
            return await self._failed(batch, reason)
        pause = min(LONGEST_PAUSE, 2.0 ** (delivery.attempts - 1)) * random.uniform(0.75, 1.25)
        return await self._again(batch, pause, reason, doubtful=doubtful)

    async def _again(
        self, batch: Sequence[Delivery], seconds: float, reason: str, *, doubtful: bool = False
    ) -> str:
        now = self._clock()
        due = now + timedelta(seconds=seconds)
        outbox = self._store.deliveries
        for one in batch:
            await asyncio.to_thread(outbox.again, one.id, due, reason, now, doubtful=doubtful)
        return "deferred"

    def _forget_buckets(self) -> None:
        # A bucket that has filled up again says nothing; keep the table from growing for ever.
        if len(self._buckets) > 10_000:
            self._buckets.clear()


async def _deliver(target: Target, batch: Sequence[Delivery]) -> Sequence[str | None]:
    if len(batch) == 1 or target.together is None:
        return [await target.deliver(one) for one in batch]
    return await target.together(batch)
