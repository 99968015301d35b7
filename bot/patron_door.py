"""What channels may ask of the core: the patron's side."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.errors import ConversationUnknown, MessageRefused
from bot.metrics import REFUSED
from bot.model import (
    EDITED,
    Accepted,
    Address,
    ConversationId,
    ConversationView,
    Handoff,
    HandoffId,
    HandoffState,
    Incoming,
    Language,
    Message,
    Page,
    Speaker,
    Speaking,
    parse_reference,
)
from bot.settings import Settings
from bot.store.arrivals import Arrived, Arriving, Begin
from bot.store.conversations import Conversation
from bot.store.scenes import Scene
from bot.store.store import Store
from bot.text import clean, language_of

LOOK_EVERY = 0.25  # seconds, while waiting for a turn that another gateway may take
MINUTE = 60.0
LONGEST_WRITING = 2000  # characters of what is being written, from its end

Wake = Callable[[ConversationId, Scene | None], None]
PatronTyping = Callable[[HandoffId, bool], None]
PatronWriting = Callable[[Handoff, str], None]
Changed = Callable[[Handoff], Awaitable[None]]
Forgotten = Callable[[Sequence[HandoffId]], Awaitable[None]]
Consented = Callable[[ConversationId], Awaitable[None]]


class Pace:
    """How many messages an address sent within the last minute; kept in memory only."""

    def __init__(self, per_minute: int) -> None:
        """Allow so many a minute."""
        self._most = per_minute
        self._sent: dict[Address, deque[float]] = {}

    def too_fast(self, address: Address) -> bool:
        """Count one more message, unless that would be too many."""
        now = time.monotonic()
        sent = self._sent.setdefault(address, deque())
        while sent and sent[0] < now - MINUTE:
            sent.popleft()
        if len(sent) >= self._most:
            return True
        sent.append(now)
        if len(self._sent) > 10_000:
            self._sent = {a: times for a, times in self._sent.items() if times and times[-1] > now - MINUTE}
        return False


class Patrons:
    """The implementation of ``bot.ports.PatronDoor``."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Clock,
        wake: Wake,
        begin: Begin,
        patron_typing: PatronTyping,
        patron_writing: PatronWriting,
        foresee: Callable[[str], None],
        changed: Changed,
        forgotten: Forgotten,
        consented: Consented,
    ) -> None:
        """``wake`` tells the consumer of a kept message, and of its turn where it began, as ``begin`` says;
        the others tell the desks.

        ``foresee`` is given each text in a thread, while the engine is being asked.
        """
        self._store = store
        self._settings = settings
        self._clock = clock
        self._wake = wake
        self._begin = begin
        self._patron_typing = patron_typing
        self._patron_writing = patron_writing
        self.sees_writing = settings.see_writing
        self._foresee = foresee
        self._changed = changed
        self._forgotten = forgotten
        self._consented = consented
        self._foreseeing: set[asyncio.Future[None]] = set()
        self._pace = Pace(settings.messages_per_minute)
        self._turned: dict[ConversationId, asyncio.Event] = {}

    async def find(self, address: Address) -> ConversationView | None:
        """Give the conversation at an address, if there is one."""
        return await asyncio.to_thread(self._find, address)

    async def open(self, address: Address, language: Language) -> ConversationView:
        """Find or begin the conversation at an address."""
        conversations = self._store.conversations
        await asyncio.to_thread(conversations.open, address, language, self._clock())
        view = await self.find(address)
        if view is None:
            raise ConversationUnknown("it was deleted in this moment")
        return view

    async def receive(self, incoming: Incoming) -> Accepted:
        """Keep a patron's message; when this returns, it is committed. Raises MessageRefused."""
        try:
            text = clean(incoming.text, self._settings.max_message_chars)
        except MessageRefused as refusal:
            REFUSED.labels(refusal.code).inc()
            raise
        return await self._keep(incoming, text)

    async def _keep(
        self, incoming: Incoming, text: str, event: str | None = None, edit: str | None = None
    ) -> Accepted:
        self._prepare(text)  # the channel has refused already what comes too fast
        arrived = await asyncio.to_thread(self._accept, incoming, text, event, edit)
        if not arrived.repeated:
            self._wake(arrived.message.conversation, arrived.scene)
        return Accepted(arrived.message, arrived.repeated)

    async def amend(self, incoming: Incoming, original: str) -> Accepted:
        """Keep an edit: in the original's place before its turn, else as a message of its own.

        An edit that overtook its original is kept under the original's name, so that this, when it comes, is
        a repeat.
        """
        text = clean(incoming.text, self._settings.max_message_chars)
        first = await self._keep(replace(incoming, external_id=original), text, edit=incoming.external_id)
        if not first.repeated:
            return first
        amended = await asyncio.to_thread(self._amend, incoming, original, text)
        return amended or await self._keep(incoming, text, EDITED)

    async def gone(self, address: Address, reason: str) -> None:
        """Let what waits for an address fail, and end its open handoff."""
        ended = await asyncio.to_thread(self._store.desk.patron_gone, address, reason, self._clock())
        if ended:
            await self._changed(ended)

    async def since(self, address: Address, after_seq: int, limit: int = 500) -> Sequence[Message]:
        """Give messages numbered above ``after_seq``, oldest first. Raises ConversationUnknown."""
        conversation = await self._known(address)
        return await asyncio.to_thread(self._store.conversations.since, conversation.id, after_seq, limit)

    async def set_language(self, address: Address, language: Language) -> None:
        """Speak this language from now on. Raises ConversationUnknown."""
        conversation = await self._known(address)
        await asyncio.to_thread(self._store.conversations.set_language, conversation.id, language)

    async def at_page(self, address: Address, page: Page) -> None:
        """Keep where on the library's sites the patron is. Raises ConversationUnknown."""
        conversation = await self._known(address)
        told = page.to_json()
        if told and told != conversation.page:
            await asyncio.to_thread(self._store.conversations.set_page, conversation.id, told)

    async def typing(self, address: Address, on: bool, text: str | None = None) -> None:
        """Tell whoever has the conversation that the patron is writing, and what, where that is seen."""
        conversation = await asyncio.to_thread(self._store.conversations.find, address)
        if conversation is None:
            return
        handoff = await asyncio.to_thread(self._store.handoffs.open_of, conversation.id)
        if handoff:
            self._patron_typing(handoff.id, on)
            if text is not None and self.sees_writing and handoff.state is HandoffState.ASSIGNED:
                self._patron_writing(handoff, text[-LONGEST_WRITING:])

    async def consent(self, address: Address, given: bool) -> ConversationView:
        """Let librarians see earlier conversations, or no more. Raises ConversationUnknown."""
        conversation = await self._known(address)
        changed = await asyncio.to_thread(self._store.consents.set, conversation.id, given, self._clock())
        if changed:
            await self._consented(conversation.id)
        view = await self.find(address)
        if view is None:
            raise ConversationUnknown("it was deleted in this moment")
        return view

    async def forget(self, address: Address) -> None:
        """Delete all that is kept of this conversation."""
        conversation = await asyncio.to_thread(self._store.conversations.find, address)
        if conversation:
            handoffs = await asyncio.to_thread(self._store.handoffs.ids_of, conversation.id)
            await asyncio.to_thread(self._forget, conversation.id)
            await self._forgotten(handoffs)

    async def addresses(self, channel: str, ending: str) -> Sequence[Address]:
        """Give where conversations of a channel are kept whose chat ids end so."""
        return await asyncio.to_thread(self._store.conversations.addresses, channel, ending)

    async def changed(self, address: Address) -> Sequence[Message]:
        """Give the messages that were edited or withdrawn. Raises ConversationUnknown."""
        conversation = await self._known(address)
        return await asyncio.to_thread(self._store.corrections.changed, conversation.id)

    async def settled(self, address: Address, seq: int, timeout: float) -> bool:
        """Wait until the patron's message ``seq`` has had its turn; False when time runs out."""
        conversation = await self._known(address)
        deadline = time.monotonic() + timeout
        while True:
            event = self._turned.setdefault(conversation.id, asyncio.Event())
            if await asyncio.to_thread(self._store.conversations.is_settled, conversation.id, seq):
                self._turned.pop(conversation.id, None)
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(min(left, LOOK_EVERY)):
                    await event.wait()
            except TimeoutError:
                continue

    def turned(self, conversation: ConversationId) -> None:
        """A turn of this conversation was written: whoever waits looks again."""
        event = self._turned.pop(conversation, None)
        if event:
            event.set()

    def _prepare(self, text: str) -> None:
        preparing = asyncio.get_running_loop().run_in_executor(None, self._foresee, text)
        self._foreseeing.add(preparing)
        preparing.add_done_callback(self._foreseeing.discard)

    def _accept(
        self, incoming: Incoming, text: str, event: str | None = None, edit: str | None = None
    ) -> Arrived:
        def language(current: Language | None) -> Language:
            spoken = current or incoming.language or Language.EN
            pressed = parse_reference(text) is not None
            return spoken if pressed or incoming.wish else language_of(text, spoken)

        def admit() -> None:
            if self._pace.too_fast(incoming.address):
                REFUSED.labels("too_fast").inc()
                raise MessageRefused("too_fast")

        payload = f"core:{incoming.wish.value}" if incoming.wish else None
        arriving = Arriving(
            incoming.address,
            text,
            language,
            incoming.external_id,
            payload,
            event,
            incoming.album,
            edit,
            admit,
        )
        return self._store.arrivals.accept(arriving, self._clock(), self._begin)

    def _amend(self, incoming: Incoming, original: str, text: str) -> Accepted | None:
        conversations = self._store.conversations
        known = conversations.find(incoming.address)
        if known is None:
            return None
        language = language_of(text, known.language)
        return conversations.amend(known.id, original, incoming.external_id, text, language)

    def _forget(self, conversation: ConversationId) -> None:
        files = self._store.files.of(conversation)
        self._store.conversations.forget(conversation)
        self._store.files.remove(files)  # what comes in between, the sweep finds

    def _find(self, address: Address) -> ConversationView | None:
        conversation = self._store.conversations.find(address)
        if conversation is None:
            return None
        open_now = self._store.handoffs.open_of(conversation.id)
        return view_of(conversation, open_now, self._store.consents.since(conversation.id))

    async def _known(self, address: Address) -> Conversation:
        conversation = await asyncio.to_thread(self._store.conversations.find, address)
        if conversation is None:
            raise ConversationUnknown("nothing is kept under that address")
        return conversation


def view_of(
    conversation: Conversation, handoff: Handoff | None, consent: datetime | None
) -> ConversationView:
    """Give what a channel may know, with who speaks just now."""
    if handoff and handoff.state is HandoffState.ASSIGNED:
        speaking = Speaking(Speaker.LIBRARIAN, handoff.librarian_name, librarian=handoff.librarian)
    else:
        speaking = Speaking(Speaker.ASSISTANT, waiting=handoff is not None and not handoff.left)
    return ConversationView(
        conversation.id, conversation.address, conversation.language, conversation.last_seq, speaking, consent
    )
