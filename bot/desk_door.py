"""What desks may ask of the core: the librarian's side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.desk_accounts import Accounts
from bot.desk_moves import Moves
from bot.desk_words import Words
from bot.model import ClosedQuery, Handoff, HandoffId, HandoffView, Librarian, Presence

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

    async def closed(self, query: ClosedQuery) -> tuple[Sequence[Handoff], int]:
        """Search what is over, newest first."""
        return await asyncio.to_thread(self._store.closed.find, query)

    def _look(self, handoff: HandoffId) -> HandoffView:
        store = self._store
        found = store.handoffs.get(handoff)
        messages = store.conversations.since(found.conversation, 0, WHOLE_CONVERSATION)
        return HandoffView(
            found,
            tuple(messages),
            tuple(store.handoffs.notes(handoff)),
            store.deliveries.unsent_of(found.conversation, found.channel),
            tuple(store.handoffs.events(handoff)),
        )
