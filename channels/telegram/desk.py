"""The desk in Telegram: a forum topic for each handoff in the librarians' group."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from telegram import InlineKeyboardMarkup, ReactionTypeEmoji
from telegram.constants import ChatAction

from bot.errors import DeliveryDeferred, DeliveryRefused, HandoffUnknown, PatronGone
from bot.model import (
    DeliveryState,
    DeskThread,
    Earlier,
    Handoff,
    HandoffId,
    HandoffState,
    HandoffView,
    Message,
    Note,
    Pace,
    Speaker,
)
from channels.markup import Line, markdown, plain
from channels.reasons import Troubles, in_words
from channels.telegram.api import REVOKED_PAUSE, Api, ids, reshow
from channels.telegram.desk_views import defused, head, head_keyboard, labelled, topic_name
from channels.telegram.entities import Piece, pieces
from channels.threads.marks import AS_MARKED, MARKED_ANEW
from channels.threads.notes import keep_up
from channels.threads.packet import message_lines, origin_of, speaker_of
from channels.threads.parts import ThreadParts
from channels.threads.recent import Recent
from channels.threads.texts import say
from channels.threads.upkeep import Upkeep

log = logging.getLogger("dalil.channels.telegram")

NAME = "telegram-desk"
NETWORK = "telegram"
ORIGIN = "telegram:"  # begins our external ids of what librarians do here; a number, or a name, follows
DELIVERED, FAILED, DOUBTFUL, NOTED = "👌", "👎", "🤔", "✍"  # of the few that bots may use
CLEAR_EVERY = 3600.0  # seconds between looks for topics whose conversations are kept no more
DELETED = "somebody deleted a conversation’s topic, and it has a new one"
DELETED_TOLD = 600.0  # seconds that a deleted topic is complained of
MARKS = {DeliveryState.SENT: DELIVERED, DeliveryState.FAILED: FAILED, DeliveryState.DOUBTFUL: DOUBTFUL}
JOINS = 3000  # characters of a patron's messages in one post
OVER = (HandoffState.CLOSED, HandoffState.ABANDONED)
_NO_TOPIC = ("thread not found", "topic_deleted", "topic_id_invalid")
_NOT_LET = (
    "not enough rights", "have no rights", "rights to send", "admin_required", "write_forbidden",
    "not a forum", "new number",
)  # fmt: skip
_SAME = ("not_modified", "is not modified")


class TelegramDesk:
    """Implements Desk, DeskJoins, DeskShowsChanges, DeskShowsDelivery, DeskForgets and more."""

    name = NAME
    resolves_unknown = False
    pace = Pace(rate=1.0, burst=5.0, total_rate=1 / 3, total_burst=15.0)  # Telegram: 20 a minute a group
    joins = JOINS

    def __init__(self, api: Api, group: int, parts: ThreadParts) -> None:
        """``group`` is the number of the librarians' supergroup, with topics."""
        self.parts = parts
        self.group = group
        self.api = api
        self._upkeep = Upkeep(self._bring_up_to_date)
        self._locks: defaultdict[HandoffId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._returned_to: set[HandoffId] = set()
        self._elsewhere = Troubles(parts.language)
        self.editing = asyncio.Lock()  # held while a librarian's edit is carried and remembered
        self._edited_here: Recent[set[str]] = Recent()  # by message: the texts that it was given here
        self._begun: Recent[list[int]] = Recent()  # by what is relayed: the parts sent so far
        self._closed: str | None = None
        self._deleted_at = -DELETED_TOLD
        self._clearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Catch up with what happened while this desk was not there."""
        self._clearing = asyncio.create_task(self._clear_for_ever(), name="telegram-desk-clearing")

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._clearing:
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)
        await self._upkeep.stop()

    def troubles(self) -> Sequence[str]:
        """Say why librarians cannot be reached here."""
        deleted = time.monotonic() - self._deleted_at < DELETED_TOLD
        told = DELETED if deleted else None
        return [trouble for trouble in (self.api.trouble, self._closed, told) if trouble]

    async def show(self, handoff: Handoff) -> None:
        """Show a handoff that was opened or changed, in the background."""
        self._upkeep.due(handoff.id)

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        """Post a message in the handoff's topic; one that was written there gets no second post."""
        own = own_number(message)
        if own is not None:
            return str(own)
        return (await self.relay_together(handoff, [message]))[0]

    async def relay_together(self, handoff: Handoff, messages: Sequence[Message]) -> Sequence[str | None]:
        """Post a patron's messages in the handoff's topic, as one."""
        parts = pieces(self._lines(*messages))
        before = await self.parts.threads.of(NAME, handoff.id)
        try:
            thread = await self._thread(handoff)
            sent = await self._post_on(thread, messages, parts) if thread else []
        except TopicGone:
            sent = await self._post_on(await self._begin_anew(handoff, before), messages, parts)
        return [ids(sent) or None] * len(messages)

    async def _post_on(
        self, thread: DeskThread, messages: Sequence[Message], parts: Sequence[Piece]
    ) -> list[int]:
        """Post in parts; after a pause that Telegram asked for, go on where it stopped."""
        name = f"{thread.thread}:{messages[0].conversation}:{[message.seq for message in messages]}"
        begun = self._begun.get(name) or []
        self._begun.keep(name, begun)
        await self._post_pieces(topic_of(thread), parts[len(begun) :], sent=begun)
        self._begun.drop(name)
        return begun

    async def change(self, handoff: Handoff, message: Message, shown_as: str | None) -> None:
        """Show a message as it is now. A librarian's own message is theirs: the new text follows it."""
        name = f"{message.conversation}:{message.seq}"
        async with self.editing:  # the change may be due before its edit was remembered
            if message.content.text in (self._edited_here.get(name) or ()):
                return
        self._edited_here.drop(name)
        if shown_as and own_number(message) is None:
            numbers = [int(number) for number in shown_as.split(",")]
            await reshow(
                self.api, self.group, numbers, pieces(self._lines(message)), await self._topic(handoff)
            )
            return
        thread = await self.parts.threads.of(NAME, handoff.id)
        if thread:
            label = say("changed_by", self.parts.language, name=message.author or "")
            await self.post(thread, labelled(label, markdown(message.content.text)))

    async def show_delivery(
        self, handoff: Handoff, message: Message, state: DeliveryState, reason: str | None
    ) -> None:
        """Mark a librarian's message: arrived, perhaps twice, or not and why."""
        own = own_number(message)
        if own is not None:
            self.mark(own, MARKS[state])
        if state is DeliveryState.SENT:
            return
        key = "twice" if state is DeliveryState.DOUBTFUL else "not_sent"
        thread = await self.parts.threads.of(NAME, handoff.id)
        if thread:
            text = say(key, self.parts.language, reason=in_words(reason or "", self.parts.language))
            lines = labelled(text, plain(message.content.text[:200]))
            self.api.errand(lambda: self.post(thread, lines), "a word on a delivery")

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        """Show in the topic that the patron is writing; Telegram lets it fade by itself."""
        thread = await self.parts.threads.of(NAME, handoff) if on else None
        if thread:
            topic, show = topic_of(thread), self.api.bot.send_chat_action
            self.api.errand(
                lambda: show(self.group, ChatAction.TYPING, message_thread_id=topic), "the patron writes"
            )

    async def show_trouble(self, where: str, trouble: str | None) -> None:
        """Say in the group what does not work elsewhere."""
        text = self._elsewhere.words(where, trouble, self.troubles())
        if text:
            self.api.errand(lambda: self.api.bot.send_message(self.group, text), "a trouble")

    async def forgotten(self, handoff: HandoffId) -> None:
        """Delete the topic of a conversation that is kept no more."""
        thread = await self.parts.threads.of(NAME, handoff)
        if thread:
            self.api.errand(lambda: self._clear(thread), "a forgotten topic")

    # For the acts of librarians

    def edited_here(self, message: Message) -> None:
        """Remember that a change was made in Telegram: it need not be shown there."""
        name = f"{message.conversation}:{message.seq}"
        self._edited_here.keep(name, (self._edited_here.get(name) or set()) | {message.content.text})

    def mark(self, number: int, emoji: str) -> None:
        """Put a mark on a message."""
        mark = [ReactionTypeEmoji(emoji)]
        self.api.errand(lambda: self.api.bot.set_message_reaction(self.group, number, mark), "a mark")

    async def post(
        self, thread: DeskThread, lines: Sequence[Line], keys: InlineKeyboardMarkup | None = None
    ) -> list[int]:
        """Post lines in a topic; gives the messages' numbers. Raises TopicGone where it was deleted."""
        return await self._post_pieces(topic_of(thread), pieces(lines), keys)

    async def post_note(self, thread: DeskThread, note: Note) -> str | None:
        """Post a note that was written elsewhere."""
        if note.external_id and note.external_id.startswith(ORIGIN):
            return None
        return ids(await self.post(thread, self._note_lines(note)))

    async def change_note(self, thread: DeskThread, note: Note, shown_as: str) -> None:
        """Let a note's posts say what it says now."""
        numbers = [int(number) for number in shown_as.split(",")]
        await reshow(self.api, self.group, numbers, pieces(self._note_lines(note)), topic_of(thread))

    async def take_note_away(self, shown_as: str) -> None:
        """Delete a note's posts."""
        for number in shown_as.split(","):
            await self.api.delete(self.group, int(number))

    def _note_lines(self, note: Note) -> list[Line]:
        label = say("note_by", self.parts.language, name=note.author)
        return labelled(f"🔒 {label}", plain(note.text))

    async def _post_pieces(
        self,
        topic: int,
        parts: Sequence[Piece],
        keys: InlineKeyboardMarkup | None = None,
        sent: list[int] | None = None,
    ) -> list[int]:
        sent = [] if sent is None else sent
        for number, piece in enumerate(parts):
            last = keys if number == len(parts) - 1 else None
            try:
                sent.append(await self.api.send(self.group, piece, last, topic))
            except DeliveryRefused as error:
                raise self._translated(error) from error
        self._closed = None
        return sent

    # Within

    def _lines(self, *messages: Message) -> list[Line]:
        lines = [line for message in messages for line in message_lines(message, self.parts)]
        shown = defused(lines) if messages[0].speaker is Speaker.PATRON else lines
        return labelled(speaker_of(messages[0], self.parts.language, ORIGIN), shown)

    def _translated(self, error: DeliveryRefused) -> Exception:
        text = str(error).lower()
        if any(sign in text for sign in _NO_TOPIC):
            return TopicGone(str(error))
        if isinstance(error, PatronGone) or any(sign in text for sign in _NOT_LET):
            self._closed = f"Telegram, the librarians’ group: {error}"
            return DeliveryDeferred(REVOKED_PAUSE, self._closed)
        return error

    def _mark_anew(self, view: HandoffView) -> None:
        """Mark the last replies written here: an end of this process may have come before their marks."""
        for message in view.messages[-MARKED_ANEW:]:
            own, held = own_number(message), view.undelivered.get(message.seq)
            state = AS_MARKED.get(held or "sent")
            if own is not None and state:
                self.mark(own, MARKS[state])

    async def _bring_up_to_date(self, id_: HandoffId) -> None:
        """Bring a topic's head, name and notes up to date."""
        view = await self.parts.door.look(id_)
        if id_ in self._returned_to:
            self._returned_to.discard(id_)
            self._mark_anew(view)
        before = await self.parts.threads.of(NAME, id_)
        try:
            thread = await self._thread(view.handoff)
            if thread is None:
                return
            thread = await self._show_head(view.handoff, thread, view.earlier)
            await keep_up(self, thread, view.notes, lambda kept, what: self._remember(kept, **what))
        except TopicGone:
            if view.handoff.state not in OVER:
                await self._begin_anew(view.handoff, before)

    async def _thread(self, handoff: Handoff) -> DeskThread | None:
        """Give the handoff's topic; begin it where there is none and it is not over."""
        async with self._locks[handoff.id]:
            known = await self.parts.threads.of(NAME, handoff.id)
            if known and known.thread.startswith(f"{self.group}:"):
                return known if "head" in known.state else await self._put_head(handoff, known)
            return None if handoff.state in OVER else await self._begin(handoff)

    async def _topic(self, handoff: Handoff) -> int | None:
        thread = await self.parts.threads.of(NAME, handoff.id)
        return topic_of(thread) if thread else None

    async def _begin_anew(self, handoff: Handoff, gone: DeskThread | None) -> DeskThread:
        """Somebody deleted the topic: the conversation gets a new one with its notes, and it is said."""
        async with self._locks[handoff.id]:
            known = await self.parts.threads.of(NAME, handoff.id)
            if known and gone and known.thread != gone.thread:  # who met it at the same time was quicker
                return known
            self._deleted_at = time.monotonic()
            thread = await self._begin(handoff)
        await self.post(thread, plain(say("reopened_topic", self.parts.language)))
        self._upkeep.due(handoff.id)
        return thread

    async def _begin(self, handoff: Handoff) -> DeskThread:
        language = self.parts.language
        name = topic_name(handoff, language)
        try:
            topic = await self.api.call(lambda: self.api.bot.create_forum_topic(self.group, name))
        except DeliveryRefused as error:
            raise self._translated(error) from error
        state = {"name": name, "note": 0, "closed": False}
        thread = DeskThread(handoff.id, f"{self.group}:{topic.message_thread_id}", state)
        # Before anything else is called: where Telegram asks for a pause now, no second topic is made later.
        await self.parts.threads.keep(NAME, thread)
        return await self._put_head(handoff, thread)

    async def _put_head(self, handoff: Handoff, thread: DeskThread) -> DeskThread:
        piece, keys = head(handoff, self.parts), head_keyboard(handoff, self.parts.language)
        [at] = await self._post_pieces(topic_of(thread), [piece], keys)
        return await self._remember(thread, head=at, shown=_digest(piece, keys))

    async def _show_head(self, handoff: Handoff, thread: DeskThread, earlier: Earlier | None) -> DeskThread:
        language = self.parts.language
        piece = head(handoff, self.parts, earlier)
        keys = head_keyboard(handoff, language)
        shown = _digest(piece, keys)
        if thread.state.get("shown") != shown:
            try:
                await self.api.edit(self.group, int(thread.state["head"]), piece, keys)
            except DeliveryRefused as error:
                raise self._translated(error) from error
            thread = await self._remember(thread, shown=shown)
        return await self._show_name(handoff, thread)

    async def _show_name(self, handoff: Handoff, thread: DeskThread) -> DeskThread:
        number, bot = topic_of(thread), self.api.bot
        name = topic_name(handoff, self.parts.language)
        if thread.state.get("name") != name:
            await self._settled(lambda: bot.edit_forum_topic(self.group, number, name=name))
            thread = await self._remember(thread, name=name)
        over = handoff.state in OVER
        if bool(thread.state.get("closed")) != over:
            act = bot.close_forum_topic if over else bot.reopen_forum_topic
            await self._settled(lambda: act(self.group, number))
            thread = await self._remember(thread, closed=over)
        return thread

    async def _settled(self, what: Callable[[], Awaitable[object]]) -> None:
        """Call what changes a topic; that it is so already is no fault."""
        try:
            await self.api.call(what)
        except DeliveryRefused as error:
            if not any(sign in str(error).lower() for sign in _SAME):
                raise self._translated(error) from error

    async def _remember(self, thread: DeskThread, **what: object) -> DeskThread:
        changed = replace(thread, state={**thread.state, **what})
        await self.parts.threads.keep(NAME, changed)
        return changed

    async def _clear_for_ever(self) -> None:
        while True:
            try:
                for handoff in await self.parts.door.queue():
                    self._returned_to.add(handoff.id)
                    self._upkeep.due(handoff.id)
                for thread in await self.parts.threads.orphans(NAME):
                    await self._clear(thread)
            except Exception as error:
                log.warning("telegram: topics were not cleared (%s)", error)
            await asyncio.sleep(CLEAR_EVERY)

    async def _clear(self, thread: DeskThread) -> None:
        """Delete a topic with all that is in it."""
        try:
            await self.parts.door.look(thread.handoff)
            return  # it is kept after all
        except HandoffUnknown:
            pass
        with suppress(TopicGone):
            await self._settled(lambda: self.api.bot.delete_forum_topic(self.group, topic_of(thread)))
        await self.parts.threads.drop(NAME, thread.handoff)


class TopicGone(DeliveryRefused):
    """The topic was deleted in Telegram."""


def topic_of(thread: DeskThread) -> int:
    """Give a topic's number."""
    return int(thread.thread.partition(":")[2])


def own_number(message: Message) -> int | None:
    """Give the number of a librarian's message that was written in Telegram; None for any other."""
    origin = origin_of(message)
    number = origin.removeprefix(ORIGIN)
    return int(number) if origin.startswith(ORIGIN) and number.isdigit() else None


def _digest(piece: Piece, keys: InlineKeyboardMarkup) -> str:
    return hashlib.sha256(f"{piece.text}{keys.to_json()}".encode()).hexdigest()[:16]
