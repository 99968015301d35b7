"""The conversation core as one thing: its doors, its workers, and what it tells channels and desks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.availability import Availability
from bot.clock import Clock
from bot.consumer import Consumer
from bot.desk_door import Librarians
from bot.desk_ground import Told
from bot.desk_hours import ChangedHours
from bot.dialogue import Engine
from bot.file_door import PatronFiles
from bot.live import Live
from bot.model import DeliveryState, Handoff, Pace, Speaker
from bot.patron_door import Patrons
from bot.ports import (
    Channel,
    Desk,
    DeskHours,
    DeskJoins,
    DeskKnowledge,
    DeskShowsChanges,
    Paced,
    ShowsChanges,
    TellsTrouble,
)
from bot.router import NameOf, Router
from bot.sender import Sender, Target
from bot.settings import Settings
from bot.store.conversations import Waiting
from bot.store.deliveries import Delivery
from bot.store.scenes import Around, Scene
from bot.store.store import Store
from bot.store.turns import Written
from bot.ticker import Ticker
from bot.wording import Wording

log = structlog.get_logger(__name__)

TEXTS = Path(__file__).with_name("texts")
WATCH_EVERY = 1.0  # seconds
STUCK = 15.0  # seconds without a beat after which a worker counts as stuck


class Core:
    """Made once by the composition root; ``connect`` the adapters, then ``start``."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        engine: Engine,
        hours: DeskHours,
        zone: ZoneInfo,
        clock: Clock,
        name_of: NameOf,
        foresee: Callable[[str], None] = lambda text: None,
        knowledge: DeskKnowledge | None = None,
    ) -> None:
        """``foresee`` is told each text as it is kept, to prepare what the turn will need.

        ``knowledge`` is what librarians search; without it nothing is found and nothing ready.
        """
        self._store = store
        self._settings = settings
        self._clock = clock
        self._engine = engine
        self.wording = Wording.load(TEXTS)
        self.live = Live(store)
        changed_hours = ChangedHours(hours, zone)
        availability = Availability(changed_hours, zone, self.wording)
        router = Router(engine, availability, self.wording, name_of, self._around)
        self._consumer = Consumer(store, router, settings.node, clock, self._after_turn)
        self._ticker = Ticker(store, settings, availability, clock, self._desk_acted, changed_hours)
        self.patrons = Patrons(
            store,
            settings,
            clock,
            self._consumer.wake,
            self._consumer.taking,
            self.live.patron_types,
            self.live.patron_writes,
            foresee,
            self._desk_acted,
            self.live.forgotten,
            self.live.consent_changed,
        )
        self.files = PatronFiles(store, settings, clock, self._consumer.wake)
        told = Told(
            self._desk_acted,
            self.live.librarian_types,
            self.live.presence_changed,
            self._send,
            self.live.can_change,
        )
        self.librarians = Librarians(
            store, settings, self.wording, availability, clock, told, engine, knowledge
        )
        self._sender: Sender | None = None
        self._adapters: dict[str, Channel | Desk] = {}
        self._workers: list[asyncio.Task[None]] = []

    def connect(self, channels: Sequence[Channel], desks: Sequence[Desk]) -> None:
        """Say which adapters are in service."""
        self.live.connect(channels, desks)
        targets = {channel.name: self._to_channel(channel) for channel in channels}
        targets.update({desk.name: self._to_desk(desk) for desk in desks})
        adapters: list[Channel | Desk] = [*channels, *desks]
        self._adapters = {adapter.name: adapter for adapter in adapters}
        self._sender = Sender(
            self._store, targets, self._settings.node, self._clock, self._delivered, self._patron_gone
        )

    async def start(self) -> None:
        """Begin to work off what waits."""
        if self._sender is None:
            raise RuntimeError("connect() comes before start()")
        for name, work in (
            ("consumer", self._consumer.run()),
            ("sender", self._sender.run()),
            ("ticker", self._ticker.run()),
            ("watch", self._watch()),
        ):
            self._workers.append(asyncio.create_task(work, name=name))

    async def stop(self) -> None:
        """End the workers; what is unfinished waits in the store."""
        await self._consumer.stop()
        if self._sender:
            await self._sender.stop()
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def troubles(self) -> list[str]:
        """Give what keeps this gateway from answering, in words; empty when ready."""
        found = [f"{task.get_name()} has ended" for task in self._workers if task.done()]
        now = time.monotonic()
        workers = {"consumer": self._consumer.beat, "sender": self._sender.beat if self._sender else now}
        found += [f"{name} is stuck" for name, beat in workers.items() if now - beat > STUCK]
        try:
            async with asyncio.timeout(3):
                await asyncio.to_thread(self._store.conversations.count_waiting)
        except Exception as error:  # whatever the database's driver raises
            found.append(f"the database does not answer ({type(error).__name__})")
        if not await self._engine.alive():
            found.append("the engine does not answer")
        return found

    def complaints(self) -> dict[str, list[str]]:
        """Give what is wrong with each channel and desk, by its name; the gateway answers all the same."""
        told = {
            name: list(adapter.troubles())
            for name, adapter in self._adapters.items()
            if isinstance(adapter, TellsTrouble)
        }
        return {name: troubles for name, troubles in told.items() if troubles}

    async def _watch(self) -> None:
        """Tell the desks when a channel or desk stops working, and when it works again."""
        known: dict[str, str] = {}
        while True:
            now = {name: "; ".join(troubles) for name, troubles in self.complaints().items()}
            for name in sorted(known.keys() | now.keys()):
                if known.get(name) != now.get(name):
                    log.warning("adapter.trouble", adapter=name, trouble=now.get(name))
                    await self.live.trouble_changed(name, now.get(name))
            known = now
            await asyncio.sleep(WATCH_EVERY)

    async def _delivered(self, delivery: Delivery, state: str, reason: str | None) -> None:
        """Tell the desks what became of a librarian's message to the patron."""
        if delivery.handoff or delivery.message.speaker is not Speaker.LIBRARIAN:
            return
        handoff = await asyncio.to_thread(self._store.handoffs.latest_of, delivery.message.conversation)
        if handoff:
            shown = DeliveryState.DOUBTFUL if state == "sent" and delivery.doubtful else DeliveryState(state)
            await self.live.delivery_changed(handoff, delivery.message, shown, reason)

    async def _patron_gone(self, delivery: Delivery, reason: str) -> None:
        if delivery.handoff is None:
            await self.patrons.gone(delivery.address, reason)

    def _around(self, scene: Scene) -> Around:
        return self._store.scenes.around(scene, self._settings.claim_idle_seconds)

    async def _after_turn(self, waiting: Waiting, written: Written) -> None:
        self._send(written.deliveries)
        self.patrons.turned(waiting.message.conversation)
        if written.handoff:
            await self.live.handoff_changed(written.handoff)
        if written.consent:
            await self.live.consent_changed(waiting.message.conversation)

    async def _desk_acted(self, handoff: Handoff) -> None:
        self._wake_sender()
        await self.live.handoff_changed(handoff)

    def _send(self, taken: Sequence[Delivery]) -> None:
        if self._sender:
            self._sender.send(taken)

    def _wake_sender(self) -> None:
        if self._sender:
            self._sender.wake()

    def _to_channel(self, channel: Channel) -> Target:
        async def deliver(delivery: Delivery) -> str | None:
            if not delivery.change:
                return await channel.deliver(delivery.address, delivery.message)
            if isinstance(channel, ShowsChanges):  # else it was corrected in words
                await channel.change(delivery.address, delivery.message, delivery.shown_as)
            return None

        return Target(deliver, channel.resolves_unknown, _pace(channel))

    def _to_desk(self, desk: Desk) -> Target:
        async def deliver(delivery: Delivery) -> str | None:
            if delivery.handoff is None:
                return None
            handoff = await asyncio.to_thread(self._store.handoffs.get, delivery.handoff)
            if not delivery.change:
                return await desk.relay(handoff, delivery.message)
            if isinstance(desk, DeskShowsChanges):
                await desk.change(handoff, delivery.message, delivery.shown_as)
            return None

        async def together(batch: Sequence[Delivery]) -> Sequence[str | None]:
            if batch[0].handoff is None or not isinstance(desk, DeskJoins):
                return [await deliver(one) for one in batch]
            handoff = await asyncio.to_thread(self._store.handoffs.get, batch[0].handoff)
            return await desk.relay_together(handoff, [one.message for one in batch])

        joins = desk.joins if isinstance(desk, DeskJoins) else 0
        return Target(deliver, desk.resolves_unknown, _pace(desk), together if joins else None, joins)


def _pace(adapter: Channel | Desk) -> Pace:
    return adapter.pace if isinstance(adapter, Paced) else Pace()
