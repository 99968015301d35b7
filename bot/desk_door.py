"""What desks may ask of the core: the librarian's side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.accounts import authenticate
from bot.availability import csat_choices
from bot.clock import Clock
from bot.errors import MessageRefused, SignInRefused
from bot.metrics import HANDOFF_EVENTS
from bot.model import (
    Content,
    Handoff,
    HandoffId,
    HandoffView,
    Kind,
    Librarian,
    LibrarianId,
    Message,
    Presence,
)
from bot.settings import Settings
from bot.store.store import Store
from bot.text import clean
from bot.wording import Wording

TRANSACTIONS = ("directional", "reference")
WHOLE_CONVERSATION = 2000

Changed = Callable[[Handoff], Awaitable[None]]
Typing = Callable[[Handoff, str, bool], Awaitable[None]]


class Librarians:
    """The implementation of ``bot.ports.DeskDoor``."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        wording: Wording,
        clock: Clock,
        changed: Changed,
        typing: Typing,
    ) -> None:
        """``changed`` is called when a handoff was changed here, ``typing`` when a librarian writes."""
        self._store = store
        self._settings = settings
        self._wording = wording
        self._clock = clock
        self._changed = changed
        self._typing = typing

    async def authenticate(self, email: str, password: str) -> Librarian:
        """Check a sign-in. Raises LockedOut or SignInRefused."""
        return await asyncio.to_thread(authenticate, self._store.librarians, email, password, self._clock)

    async def librarian(self, librarian: LibrarianId) -> Librarian | None:
        """Give an account that is not disabled, or None."""
        found = await asyncio.to_thread(self._store.librarians.get, librarian)
        return found if found and not found.disabled else None

    async def set_presence(self, librarian: LibrarianId, presence: Presence) -> None:
        """Say whether this librarian takes handoffs now."""
        await asyncio.to_thread(self._store.librarians.set_presence, librarian, presence, self._clock())

    async def present(self) -> Sequence[tuple[Librarian, Presence]]:
        """Give every librarian who is not offline."""
        return await asyncio.to_thread(
            self._store.librarians.present_within, self._settings.claim_idle_seconds, self._clock()
        )

    async def queue(self) -> Sequence[Handoff]:
        """Give all open handoffs, oldest first."""
        return await asyncio.to_thread(self._store.handoffs.queue)

    async def look(self, handoff: HandoffId) -> HandoffView:
        """Give a handoff with its conversation and notes. Raises HandoffUnknown."""
        return await asyncio.to_thread(self._look, handoff)

    async def claim(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take it. Raises HandoffUnknown, HandoffTaken, HandoffEnded."""
        who = await self._account(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        joined = Content(
            self._wording.say(before.language, "joined", name=who.name), Kind.NOTICE, event="librarian_joined"
        )
        claimed = await asyncio.to_thread(self._store.desk.claim, handoff, who, joined, self._clock())
        HANDOFF_EVENTS.labels("claimed").inc()
        await self._changed(claimed)
        return claimed

    async def reply(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> Message:
        """Speak to the patron. Raises MessageRefused, NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._account(librarian)
        said = clean(text, self._settings.max_message_chars)
        message = await asyncio.to_thread(
            self._store.desk.reply, handoff, who, said, external_id, self._clock()
        )
        await self._changed(await asyncio.to_thread(self._store.handoffs.get, handoff))
        return message

    async def note(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> None:
        """Keep a text for the desk alone. Raises MessageRefused, HandoffUnknown."""
        who = await self._account(librarian)
        said = clean(text, self._settings.max_message_chars)
        await asyncio.to_thread(self._store.handoffs.add_note, handoff, who, said, external_id, self._clock())
        await self._changed(await asyncio.to_thread(self._store.handoffs.get, handoff))

    async def give_back(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Return the conversation to the assistant. Raises NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._account(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        text = self._wording.say(before.language, "given_back", name=who.name)
        farewell = (Content(text, Kind.NOTICE, event="librarian_left"),)
        ended = await asyncio.to_thread(self._store.desk.end, handoff, who, farewell, self._clock())
        HANDOFF_EVENTS.labels("given_back").inc()
        await self._changed(ended)
        return ended

    async def close(
        self, handoff: HandoffId, librarian: LibrarianId, read: int, transaction: str, topic: str
    ) -> Handoff:
        """End it with its record; the patron is asked for a rating. Raises as give_back does.

        Raises MessageRefused with code ``record`` where the record is not one.
        """
        if not 1 <= read <= 6 or transaction not in TRANSACTIONS or not 0 < len(topic) <= 60:
            raise MessageRefused("record")
        who = await self._account(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        say = self._wording.say
        farewell = (
            Content(say(before.language, "closed", name=who.name), Kind.NOTICE, event="librarian_left"),
            Content(say(before.language, "csat_ask"), Kind.QUESTION, csat_choices(handoff), event="csat"),
        )
        record = {"read_value": read, "transaction": transaction, "topic": topic}
        ended = await asyncio.to_thread(
            lambda: self._store.desk.end(handoff, who, farewell, self._clock(), **record)
        )
        HANDOFF_EVENTS.labels("closed").inc()
        await self._changed(ended)
        return ended

    async def typing(self, handoff: HandoffId, librarian: LibrarianId, on: bool) -> None:
        """Show the patron that the librarian is writing; only the one who holds the handoff is shown."""
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        if found.librarian == librarian and found.librarian_name and found.closed_at is None:
            await self._typing(found, found.librarian_name, on)

    def _look(self, handoff: HandoffId) -> HandoffView:
        found = self._store.handoffs.get(handoff)
        messages = self._store.conversations.since(found.conversation, 0, WHOLE_CONVERSATION)
        unsent = self._store.deliveries.unsent_of(found.conversation, found.channel)
        return HandoffView(found, tuple(messages), tuple(self._store.handoffs.notes(handoff)), unsent)

    async def _account(self, librarian: LibrarianId) -> Librarian:
        found = await self.librarian(librarian)
        if found is None:
            raise SignInRefused("this account is disabled")
        return found
