"""The ground that all acts of librarians stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.availability import Availability
from bot.clock import Clock
from bot.dialogue import Engine
from bot.errors import NotAllowed, SignInRefused
from bot.model import Content, Handoff, Librarian, LibrarianId, Role
from bot.ports import DeskKnowledge
from bot.settings import Settings
from bot.store.deliveries import Delivery
from bot.store.store import Store
from bot.wording import Wording

Changed = Callable[[Handoff], Awaitable[None]]
Typing = Callable[[Handoff, str, bool], Awaitable[None]]


async def _nothing() -> None:
    return None


def _unchangeable(channel: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Told:
    """Whom librarians' acts are told to; each is called after the act was written."""

    changed: Changed  # a handoff was changed
    typing: Typing  # a librarian writes
    presence: Callable[[], Awaitable[None]] = _nothing  # somebody came or went
    taken: Callable[[Sequence[Delivery]], None] = lambda taken: None  # to be sent by this node, at once
    can_change: Callable[[str], bool] = _unchangeable  # whether a channel can change what it has shown


class Ground:
    """What the parts of the desk's door share."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        wording: Wording,
        availability: Availability,
        clock: Clock,
        told: Told,
        engine: Engine | None = None,
        knowledge: DeskKnowledge | None = None,
    ) -> None:
        """Without ``engine`` and ``knowledge`` nothing is suggested and nothing is found."""
        self._store = store
        self._settings = settings
        self._wording = wording
        self._availability = availability
        self._clock = clock
        self._told = told
        self._engine = engine
        self._knowledge = knowledge

    async def librarian(self, librarian: LibrarianId) -> Librarian | None:
        """Give an account that is not disabled, or None."""
        found = await asyncio.to_thread(self._store.librarians.get, librarian)
        return found if found and not found.disabled else None

    async def _account(self, librarian: LibrarianId) -> Librarian:
        return await asyncio.to_thread(self._account_now, librarian)

    def _account_now(self, librarian: LibrarianId) -> Librarian:
        found = self._store.librarians.get(librarian)
        if found is None or found.disabled:
            raise SignInRefused("this account is disabled")
        return found

    async def _answering(self, librarian: LibrarianId) -> Librarian:
        """Give an account that may speak to patrons. Raises NotAllowed."""
        return await asyncio.to_thread(self._answering_now, librarian)

    def _answering_now(self, librarian: LibrarianId) -> Librarian:
        found = self._account_now(librarian)
        if not found.answers:
            raise NotAllowed("staff accounts look on and leave notes")
        return found

    async def _admin(self, librarian: LibrarianId) -> Librarian:
        found = await self._account(librarian)
        if found.role is not Role.ADMIN:
            raise NotAllowed("only admins look after the desk")
        return found

    def _words_on_return(self, handoff: Handoff) -> tuple[Content, bool]:
        """Give what a patron is told when a librarian can't go on, and whether the question is left."""
        now = self._clock()
        present = self._store.librarians.present_within(self._settings.claim_idle_seconds, now)
        others = [one for one in present if one[0].id != handoff.librarian]
        someone = self._availability.someone(others)
        name = handoff.librarian_name or ""
        return self._availability.words_on_return(name, handoff.language, someone, now)
