"""Taking turns: one consumer per conversation at a time, its messages in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import ConversationUnknown
from bot.metrics import HANDOFF_EVENTS, TURN_SECONDS, TURNS
from bot.model import ConversationId, Handoff
from bot.router import Router
from bot.store.arrivals import Begin
from bot.store.conversations import Waiting
from bot.store.scenes import Scene
from bot.store.store import Store
from bot.store.turns import LeaseLost, SceneChanged, Turn, Written

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0  # well over the engine's time limit; a dead gateway holds nobody longer
LONGEST_WAIT = timedelta(seconds=LEASE_SECONDS / 3)
LOOK_EVERY = 1.0  # seconds; messages that another gateway accepted, or that a crash left
AT_ONCE = 16

AfterTurn = Callable[[Waiting, Written], Awaitable[None]]


class Consumer:
    """Works the inbox off. ``wake`` is called by the door; anything missed is found by looking."""

    def __init__(
        self,
        store: Store,
        router: Router,
        node: str,
        clock: Clock,
        after: AfterTurn,
    ) -> None:
        """``after`` is called with each written turn."""
        self._store = store
        self._router = router
        self._node = node
        self._clock = clock
        self._after = after
        self._working: dict[ConversationId, asyncio.Task[None]] = {}
        self._again: set[ConversationId] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.beat = time.monotonic()

    @property
    def taking(self) -> Begin:
        """How a turn is begun for this consumer."""
        return Begin(self._node, LEASE_SECONDS)

    def wake(self, conversation: ConversationId, begun: Scene | None = None) -> None:
        """Take this conversation's messages now; ``begun`` is the first turn where it began already."""
        if conversation in self._working:
            self._again.add(conversation)  # a turn that began is begun anew: the lease is ours
            return
        task = asyncio.create_task(self._work(conversation, begun), name=f"turns-{conversation}")
        self._working[conversation] = task
        task.add_done_callback(lambda _: self._finished(conversation))

    async def run(self) -> None:
        """Look for messages that nobody was woken for, until cancelled."""
        await asyncio.to_thread(self._store.conversations.release_all, self._node)
        while True:
            try:
                found = await asyncio.to_thread(
                    self._store.conversations.waiting_conversations, self._clock(), AT_ONCE * 4
                )
                for conversation in found:
                    if conversation not in self._working:
                        self.wake(conversation)
                self.beat = time.monotonic()
            except Exception:
                log.exception("consumer.look_failed")
            await asyncio.sleep(LOOK_EVERY)

    async def stop(self) -> None:
        """Let running turns end, for a moment; what is cut off is taken again after the next start."""
        if self._working:
            await asyncio.wait(list(self._working.values()), timeout=5)
        for task in self._working.values():
            task.cancel()

    def _finished(self, conversation: ConversationId) -> None:
        self._working.pop(conversation, None)
        if conversation in self._again:
            self._again.discard(conversation)
            self.wake(conversation)

    async def _work(self, conversation: ConversationId, begun: Scene | None) -> None:
        scene = begun
        try:
            async with self._room:
                if scene and self._clock() - scene.now > LONGEST_WAIT:
                    scene = None  # it waited for room; each turn has the whole time of a lease
                while scene := scene or await asyncio.to_thread(self._next, conversation):
                    more = await self._one(scene)
                    scene = None
                    if not more:
                        break
        except (LeaseLost, ConversationUnknown):
            log.info("consumer.gave_way", conversation=conversation)
        except Exception:
            log.exception("consumer.turn_failed", conversation=conversation)
            await asyncio.sleep(LOOK_EVERY)  # the look finds it again; no hot loop meanwhile
        finally:
            if scene:
                await asyncio.to_thread(self._store.conversations.release, scene.lease)

    def _next(self, conversation: ConversationId) -> Scene | None:
        return self._store.scenes.next(conversation, self._node, self._clock(), LEASE_SECONDS)

    async def _one(self, scene: Scene) -> bool:
        """Take one message's turn; False where none is left, and the lease has ended."""
        began = time.perf_counter()
        turn = await self._router.turn(scene)
        try:
            written = await asyncio.to_thread(
                self._store.turns.commit,
                scene.lease,
                scene.waiting,
                turn,
                self._clock(),
                [scene.handoff] if scene.handoff else [],
                self._node,
            )
        except SceneChanged:
            log.info("turn.made_anew", conversation=scene.conversation.id, seq=scene.waiting.message.seq)
            return True
        TURN_SECONDS.observe(time.perf_counter() - began)
        TURNS.labels(_outcome(turn)).inc()
        if turn.open and written.handoff and _is_new(written.handoff, scene):
            HANDOFF_EVENTS.labels("opened").inc()
        await self._after(scene.waiting, written)
        return written.more


def _is_new(handoff: Handoff, scene: Scene) -> bool:
    return scene.handoff is None or scene.handoff.id != handoff.id


def _outcome(turn: Turn) -> str:
    if turn.open:
        return "handoff"
    if turn.relay:
        return "relayed"
    if any(content.event == "apology" for content in turn.say):
        return "apology"
    return "answered"
