"""The whole core on a real store, with an engine, a clock and desk hours that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.core import Core
from bot.model import (
    Address,
    ConversationView,
    Handoff,
    HandoffId,
    Incoming,
    Librarian,
    LibrarianId,
    Message,
    Presence,
)
from bot.settings import Settings
from bot.store.store import Store
from tests.fakes.engine import FakeEngine
from tests.patience import PATIENCE

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LAYLA = Librarian(LibrarianId("layla"), "Layla Haddad", "layla@library.example")
CHAT = Address("web", "chat")
OMAR = Librarian(LibrarianId("omar"), "Omar Nassar", "omar@library.example")


@dataclass
class Time:
    """A clock that the test turns."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Hours:
    """Desk hours that the test sets."""

    opening: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        return self.opening is None

    def next_opening(self, at: datetime) -> datetime | None:
        return self.opening


@dataclass
class Page:
    """A channel that keeps what it delivers."""

    name: str = "web"
    resolves_unknown: bool = True
    shown: list[Message] = field(default_factory=list)
    speaking: list[ConversationView] = field(default_factory=list)
    typing: list[tuple[str | None, bool]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def deliver(self, address: Address, message: Message) -> str | None:
        if self.faults:
            raise self.faults.pop(0)
        self.shown.append(message)
        return f"ext-{message.seq}"

    async def show_speaking(self, view: ConversationView) -> None:
        self.speaking.append(view)

    async def show_typing(self, address: Address, by: str | None, on: bool) -> None:
        self.typing.append((by, on))

    def texts(self) -> list[str]:
        return [message.content.text for message in self.shown]


@dataclass
class Board:
    """A desk that keeps what it shows."""

    name: str = "desk"
    resolves_unknown: bool = True
    shown: list[Handoff] = field(default_factory=list)
    relayed: list[Message] = field(default_factory=list)

    async def show(self, handoff: Handoff) -> None:
        self.shown.append(handoff)

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        self.relayed.append(message)
        return None

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        return None


@dataclass
class World:
    """A running core and everything around it."""

    core: Core
    store: Store
    engine: FakeEngine
    clock: Time
    hours: Hours
    page: Page
    board: Board
    sent: int = 0

    async def say(self, text: str, address: Address = CHAT, **more: object) -> Message:
        self.sent += 1
        incoming = Incoming(address, text, f"id-{self.sent}", **more)
        accepted = await self.core.patrons.receive(incoming)
        await self.settle()
        return accepted.message

    async def settle(self) -> None:
        """Wait until every message had its turn, all was told of it and every due delivery went out."""
        async with asyncio.timeout(PATIENCE):
            while True:
                counts = self.store.deliveries.counts()
                busy = counts.get("pending", 0) + counts.get("sending", 0) + len(self.core._consumer._working)
                if not busy and not self.store.conversations.count_waiting():
                    return
                await asyncio.sleep(0.01)

    async def librarian_here(self, who: Librarian = LAYLA) -> None:
        await self.core.librarians.set_presence(who.id, Presence.AVAILABLE)

    def last(self) -> Message:
        return self.page.shown[-1]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, hours, page, board, engine = Time(), Hours(), Page(), Board(), FakeEngine()
    settings = Settings(_env_file=None, var=tmp_path, messages_per_minute=600)
    store = Store.open(settings.database(), [board.name])
    for person in (LAYLA, OMAR):
        store.librarians.add(person, "no password", clock())
    core = Core(
        settings,
        store,
        engine,
        hours,
        ZoneInfo("Asia/Amman"),
        clock,
        name_of=lambda person, language: {"layla": "Layla Haddad"}.get(person),
    )
    core.connect([page], [board])
    await core.start()
    yield World(core, store, engine, clock, hours, page, board)
    await core.stop()
    store.close()
