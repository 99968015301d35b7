"""What is shown at once to open pages and desks, beside what is delivered. It may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog

from bot.errors import ConversationUnknown
from bot.model import ConversationId, ConversationView, DeliveryState, Handoff, HandoffId, Message
from bot.patron_door import view_of
from bot.ports import (
    Channel,
    Desk,
    DeskForgets,
    DeskShowsConsent,
    DeskShowsDelivery,
    DeskShowsPresence,
    DeskShowsTrouble,
    DeskShowsTyping,
    DeskShowsWriting,
    ShowsChanges,
    ShowsConsent,
    ShowsSpeaking,
    ShowsTyping,
)
from bot.store.store import Store

log = structlog.get_logger(__name__)


class Live:
    """Tells channels and desks what changed; a fault of one is logged and holds nobody up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._channels: dict[str, Channel] = {}
        self._desks: Sequence[Desk] = ()
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, channels: Sequence[Channel], desks: Sequence[Desk]) -> None:
        """Say who is told; called once, when all parts are there."""
        self._channels = {channel.name: channel for channel in channels}
        self._desks = desks

    async def handoff_changed(self, handoff: Handoff) -> None:
        """Show a handoff on every desk, and on the patron's page who speaks."""
        for desk in self._desks:
            await self._quietly(desk.show(handoff))
        await self.speaking_changed(handoff.conversation)

    async def speaking_changed(self, conversation: ConversationId) -> None:
        """Show on the patron's page who speaks now."""
        view = await asyncio.to_thread(self._view, conversation)
        channel = self._channels.get(view.address.channel) if view else None
        if view and isinstance(channel, ShowsSpeaking):
            await self._quietly(channel.show_speaking(view))

    async def librarian_types(self, handoff: Handoff, name: str, on: bool) -> None:
        """Show the patron that a librarian is writing."""
        view = await asyncio.to_thread(self._view, handoff.conversation)
        channel = self._channels.get(view.address.channel) if view else None
        if view and isinstance(channel, ShowsTyping):
            await self._quietly(channel.show_typing(view.address, name, on))

    async def forgotten(self, handoffs: Sequence[HandoffId]) -> None:
        """Let every desk drop the handoffs of a conversation that a patron had deleted."""
        for desk in self._desks:
            if isinstance(desk, DeskForgets):
                for handoff in handoffs:
                    await self._quietly(desk.forgotten(handoff))

    async def consent_changed(self, conversation: ConversationId) -> None:
        """Show that a patron agreed to something, or took it back: on their page, and on every desk."""
        view = await asyncio.to_thread(self._view, conversation)
        if view is None:
            return
        handoffs = await asyncio.to_thread(self._store.handoffs.ids_of, conversation)
        open_now = await asyncio.to_thread(self._store.handoffs.open_of, conversation)
        for desk in self._desks:
            if isinstance(desk, DeskShowsConsent):
                for handoff in handoffs:
                    await self._quietly(desk.consent_changed(handoff, view.consent is not None))
            if open_now:
                await self._quietly(desk.show(open_now))
        channel = self._channels.get(view.address.channel)
        if isinstance(channel, ShowsConsent):
            await self._quietly(channel.show_consent(view))

    async def presence_changed(self) -> None:
        """Show the desks that somebody came, went, or has more or less to do."""
        for desk in self._desks:
            if isinstance(desk, DeskShowsPresence):
                await self._quietly(desk.presence_changed())

    def can_change(self, channel: str) -> bool:
        """Whether a channel can change what it has shown."""
        return isinstance(self._channels.get(channel), ShowsChanges)

    def patron_types(self, handoff: HandoffId, on: bool) -> None:
        """Show the desks that the patron is writing."""
        for desk in self._desks:
            if isinstance(desk, DeskShowsTyping):
                self._soon(desk.show_patron_typing(handoff, on))

    def patron_writes(self, handoff: Handoff, text: str) -> None:
        """Show the librarian who has a handoff what the patron is writing; it is kept nowhere."""
        for desk in self._desks:
            if isinstance(desk, DeskShowsWriting):
                self._soon(desk.show_patron_writing(handoff, text))

    async def delivery_changed(
        self, handoff: Handoff, message: Message, state: DeliveryState, reason: str | None
    ) -> None:
        """Show the desks what became of a librarian's message."""
        for desk in self._desks:
            if isinstance(desk, DeskShowsDelivery):
                await self._quietly(desk.show_delivery(handoff, message, state, reason))

    async def trouble_changed(self, where: str, trouble: str | None) -> None:
        """Tell the desks that still work what is wrong with a channel or desk, or that it works again."""
        for desk in self._desks:
            if isinstance(desk, DeskShowsTrouble) and desk.name != where:
                await self._quietly(desk.show_trouble(where, trouble))

    def _view(self, conversation: ConversationId) -> ConversationView | None:
        try:
            found = self._store.conversations.get(conversation)
        except ConversationUnknown:  # the patron asked to be forgotten
            return None
        open_now = self._store.handoffs.open_of(conversation)
        return view_of(found, open_now, self._store.consents.since(conversation))

    def _soon(self, shown: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._quietly(shown))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, shown: Coroutine[Any, Any, None]) -> None:
        try:
            await shown
        except Exception:
            log.exception("live.failed")
