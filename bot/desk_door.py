"""What desks may ask of the core: the librarian's side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.desk_accounts import Accounts
from bot.desk_moves import Moves
from bot.desk_words import Words
from bot.errors import HandoffUnknown, NotAgreed
from bot.model import ClosedQuery, Earlier, Handoff, HandoffId, HandoffView, Librarian, LibrarianId, Presence

WHOLE_CONVERSATION = 2000


class Librarians(Moves, Words, Accounts):
    """The implementation of ``bot.ports.DeskDoor``, in three parts on one ground."""

    async def present(self) -> Sequence[tuple[Librarian, Presence]]:
        """Give every librarian who is not offline."""
        return await asyncio.to_thread(
            self._store.librarians.present_within, self._settings.claim_idle_seconds, self._clock()
        )

    async def queue(self) -> Sequence[Handoff]:
        """Give all open handoffs, oldest first."""
        return await asyncio.to_thread(self._store.handoffs.queue)

    async def look(self, handoff: HandoffId) -> HandoffView:
        """Give a handoff with its conversation, notes and events. Raises HandoffUnknown."""
        return await asyncio.to_thread(self._look, handoff)

    async def look_earlier(self, handoff: HandoffId, earlier: HandoffId) -> HandoffView:
        """Give one of the patron's earlier handoffs. Raises NotAgreed, HandoffUnknown."""
        return await asyncio.to_thread(self._look_earlier, handoff, earlier)

    async def closed(self, query: ClosedQuery) -> tuple[Sequence[Handoff], int]:
        """Search what is over, newest first."""
        return await asyncio.to_thread(self._store.closed.find, query)

    def _look(self, handoff: HandoffId) -> HandoffView:
        store = self._store
        found = store.handoffs.get(handoff)
        messages = store.conversations.of_handoff(handoff, WHOLE_CONVERSATION)
        return HandoffView(
            found,
            tuple(messages),
            tuple(store.handoffs.notes(handoff)),
            store.deliveries.unsent_of(found.conversation, found.channel),
            tuple(store.handoffs.events(handoff)),
            self._earlier(found),
        )

    def _look_earlier(self, handoff: HandoffId, earlier: HandoffId) -> HandoffView:
        known = self._earlier(self._store.handoffs.get(handoff))
        if known is None:
            raise NotAgreed(handoff)
        if earlier not in {one.id for one in known.handoffs}:
            raise HandoffUnknown(earlier)
        return replace(self._look(earlier), earlier=None)

    def _earlier(self, handoff: Handoff) -> Earlier | None:
        """Give the patron's earlier handoffs, where the patron agrees."""
        kept_since = self._clock() - timedelta(days=self._settings.retention_days)
        agreed = self._store.consents.earlier(handoff, kept_since)
        if agreed is None:
            return None
        since, handoffs = agreed
        return Earlier(since, tuple(handoffs), self._helped_by(handoffs))

    def _helped_by(self, earlier: Sequence[Handoff]) -> tuple[LibrarianId, str] | None:
        """Give who had the latest of earlier handoffs, among those who are available now."""
        if not earlier:
            return None
        present = self._store.librarians.present_within(self._settings.claim_idle_seconds, self._clock())
        here = {one.id for one, presence in present if presence is Presence.AVAILABLE and one.answers}
        for handoff in earlier:
            if handoff.librarian and handoff.librarian in here:
                return handoff.librarian, handoff.librarian_name or ""
        return None
