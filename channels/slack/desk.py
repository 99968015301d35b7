"""The desk in Slack: a post for each handoff in the librarians' channel, and its thread."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from bot.errors import DeliveryDeferred, DeliveryRefused, HandoffUnknown
from bot.model import (
    DeliveryState,
    DeskThread,
    Earlier,
    Handoff,
    HandoffId,
    HandoffState,
    HandoffView,
    Json,
    Message,
    Note,
    Pace,
)
from channels.markup import markdown, plain
from channels.reasons import Troubles, in_words
from channels.slack.api import PAUSE, Api, MessageGone, NotPermitted, PlaceClosed
from channels.slack.blocks import context, fallback, rich
from channels.slack.channel import Place, Poster
from channels.slack.desk_views import post_blocks, post_text
from channels.threads.marks import AS_MARKED, MARKED_ANEW
from channels.threads.notes import keep_up
from channels.threads.packet import message_lines, origin_of, speaker_of
from channels.threads.parts import ThreadParts
from channels.threads.recent import Recent
from channels.threads.texts import say
from channels.threads.upkeep import Upkeep

log = logging.getLogger("dalil.channels.slack")

NAME = "slack-desk"
NETWORK = "slack"
ORIGIN = (
    "slack:"  # what our external ids of librarians' messages begin with; the ts, or another name, follows
)
DELIVERED, FAILED, DOUBTFUL, NOTED = "white_check_mark", "x", "warning", "lock"
CLEAR_EVERY = 3600.0  # seconds between looks for threads whose conversations are kept no more
MARKS = {DeliveryState.SENT: DELIVERED, DeliveryState.FAILED: FAILED, DeliveryState.DOUBTFUL: DOUBTFUL}
TYPING_EVERY = 8.0  # seconds
JOINS = 2500  # characters of a patron's messages in one post
OVER = (HandoffState.CLOSED, HandoffState.ABANDONED)


class SlackDesk:
    """Implements Desk, DeskJoins, DeskShowsChanges, DeskShowsDelivery, DeskForgets and more."""

    name = NAME
    resolves_unknown = True
    pace = Pace(rate=1.0, burst=5.0, total_rate=1.0, total_burst=10.0)  # all threads are in one channel
    joins = JOINS

    def __init__(self, api: Api, channel: str, parts: ThreadParts) -> None:
        """``channel`` is the id of the librarians' channel."""
        self.parts = parts
        self.channel = channel
        self._api = api
        self._poster = Poster(api)
        self._upkeep = Upkeep(self._bring_up_to_date)
        self._locks: defaultdict[HandoffId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._typing: set[HandoffId] = set()
        self._typed_at: dict[HandoffId, float] = {}
        self._returned_to: set[HandoffId] = set()
        self._elsewhere = Troubles(parts.language)
        self.editing = asyncio.Lock()  # held while a librarian's edit is carried and remembered
        self._edited_here: Recent[set[str]] = Recent()  # by message: the texts that it was given here
        # Why nothing can be written into the channel. Only a write that succeeds takes it back: an archived
        # channel can be read, and bringing a thread up to date often writes nothing.
        self._closed: str | None = None
        self._clearing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Catch up with what happened while this desk was not there."""
        self._clearing = asyncio.create_task(self._clear_for_ever(), name="slack-desk-clearing")

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._clearing:
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)
        await self._upkeep.stop()

    def troubles(self) -> Sequence[str]:
        """Say why librarians cannot be reached here."""
        return [trouble for trouble in (self._api.trouble, self._closed) if trouble]

    async def show(self, handoff: Handoff) -> None:
        """Show a handoff that was opened or changed, in the background."""
        self._upkeep.due(handoff.id)

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        """Post a message in the handoff's thread; one that was written there gets no second post."""
        own = own_ts(message)
        if own:
            return own
        return (await self.relay_together(handoff, [message]))[0]

    async def relay_together(self, handoff: Handoff, messages: Sequence[Message]) -> Sequence[str | None]:
        """Post a patron's messages in the handoff's thread, those that are not there yet as one."""
        before = await self.parts.threads.of(NAME, handoff.id)
        try:
            return await self._relay(handoff, messages)
        except MessageGone:
            await self._lost(handoff.id, before)
            return await self._relay(handoff, messages)

    async def change(self, handoff: Handoff, message: Message, shown_as: str | None) -> None:
        """Show a message as it is now. A librarian's own post is theirs: there the new text follows it."""
        name = f"{message.conversation}:{message.seq}"
        async with self.editing:  # the change may be due before its edit was remembered
            if message.content.text in (self._edited_here.get(name) or ()):
                return
        self._edited_here.drop(name)
        if shown_as and not own_ts(message):
            try:
                await self._call("chat.update", ts=shown_as, text=fallback(message.content.text),
                                 blocks=self._blocks(message))  # fmt: skip
            except MessageGone:
                return
            return
        thread = await self.parts.threads.of(NAME, handoff.id)
        if thread:
            label = say("changed_by", self.parts.language, name=message.author or "")
            at = message.edited_at or message.at
            what = f"{name}@changed:{at.timestamp()}"
            await self.post(thread, what, at, label, rich(markdown(message.content.text)))

    async def show_delivery(
        self, handoff: Handoff, message: Message, state: DeliveryState, reason: str | None
    ) -> None:
        """Mark a librarian's message: arrived, perhaps twice, or not and why."""
        own = own_ts(message)
        if own:
            self._api.errand(lambda: self.mark(own, MARKS[state]), "a mark")
        if state is DeliveryState.SENT:
            return
        key = "twice" if state is DeliveryState.DOUBTFUL else "not_sent"
        text = say(key, self.parts.language, reason=in_words(reason or "", self.parts.language))
        thread = await self.parts.threads.of(NAME, handoff.id)
        if thread:
            quoted, now = rich(plain(message.content.text[:200])), datetime.now(UTC)
            what = f"{message.conversation}:{message.seq}@{state.value}"
            self._api.errand(lambda: self.post(thread, what, now, text, quoted), "a word on a delivery")

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        """Show on the post that the patron is writing."""
        if on == (handoff in self._typing) or (on and not self._may_show_typing(handoff)):
            return
        (self._typing.add if on else self._typing.discard)(handoff)
        if not on or await self.parts.threads.of(NAME, handoff):
            self._upkeep.due(handoff)

    def _may_show_typing(self, handoff: HandoffId) -> bool:
        """Not at every letter: each time is a call of Slack's."""
        now = time.monotonic()
        if now - self._typed_at.get(handoff, -TYPING_EVERY) < TYPING_EVERY:
            return False
        self._typed_at[handoff] = now
        return True

    async def show_trouble(self, where: str, trouble: str | None) -> None:
        """Say in the channel what does not work elsewhere."""
        text = self._elsewhere.words(where, trouble, self.troubles())
        now, place = time.time(), Place(self.channel)
        if text:
            self._api.errand(lambda: self._poster.post(place, f"trouble:{now}", now, text, []), "a trouble")

    async def forgotten(self, handoff: HandoffId) -> None:
        """Delete our posts of a conversation that is kept no more."""
        thread = await self.parts.threads.of(NAME, handoff)
        if thread:
            self._api.errand(lambda: self._clear(thread), "a forgotten thread")

    # For the acts of librarians

    def edited_here(self, message: Message) -> None:
        """Remember that a change was made in Slack: it need not be shown there."""
        name = f"{message.conversation}:{message.seq}"
        self._edited_here.keep(name, (self._edited_here.get(name) or set()) | {message.content.text})

    async def mark(self, ts: str, name: str) -> None:
        """Put a mark on a message."""
        try:
            await self._call("reactions.add", timestamp=ts, name=name)
        except DeliveryRefused as error:
            if "already_reacted" not in str(error):
                raise

    async def post(
        self, thread: DeskThread, name: str, at: datetime, label: str, blocks: Sequence[Json] = ()
    ) -> str:
        """Post a word of the desk's own in a thread, once; gives its ts. ``name``, ``at``: as in Poster."""
        place = Place(self.channel, thread.thread.partition(":")[2])
        try:
            ts = await self._poster.post(place, name, at.timestamp(), label, [context(label), *blocks])
        except (PlaceClosed, NotPermitted) as closed:
            raise self._is_closed(closed) from closed
        self._closed = None
        return ts

    async def post_note(self, thread: DeskThread, note: Note) -> str | None:
        """Post a note that was written elsewhere."""
        if note.external_id and note.external_id.startswith(ORIGIN):
            return None
        name = f"note:{thread.handoff}:{note.number}"
        return await self.post(thread, name, note.at, self._note_label(note), rich(plain(note.text)))

    async def change_note(self, thread: DeskThread, note: Note, shown_as: str) -> None:
        """Let a note's post say what it says now."""
        label = self._note_label(note)
        blocks = [context(label), *rich(plain(note.text))]
        with suppress(MessageGone):
            await self._call("chat.update", ts=shown_as, text=fallback(label), blocks=blocks)

    async def take_note_away(self, shown_as: str) -> None:
        """Delete a note's post."""
        with suppress(MessageGone):
            await self._call("chat.delete", ts=shown_as)

    def _note_label(self, note: Note) -> str:
        return f"🔒 {say('note_by', self.parts.language, name=note.author)}"

    async def whisper(self, user: str, thread: str | None, text: str, blocks: Sequence[Json] = ()) -> None:
        """Say something that only one person sees."""
        where = {"thread_ts": thread} if thread else {}
        shown = {"blocks": [context(text), *blocks]} if blocks else {}
        await self._call("chat.postEphemeral", user=user, text=fallback(text), **where, **shown)

    # Within

    async def _relay(self, handoff: Handoff, messages: Sequence[Message]) -> list[str | None]:
        thread = await self._thread(handoff)
        if thread is None:
            return [None] * len(messages)
        place = Place(self.channel, thread.thread.partition(":")[2])
        named = {f"{message.conversation}:{message.seq}@desk": message for message in messages}
        try:
            there = await self._poster.there(place, list(named), messages[0].at.timestamp())
            rest = {name: message for name, message in named.items() if name not in there}
            if rest:
                label = speaker_of(messages[0], self.parts.language, ORIGIN)
                said = "\n".join(message.content.text for message in rest.values())
                blocks = self._blocks(*rest.values())
                ts = await self._poster.put(place, list(rest), f"{label}: {said}", blocks)
                there |= dict.fromkeys(rest, ts)
                self._closed = None
        except (PlaceClosed, NotPermitted) as closed:
            raise self._is_closed(closed) from closed
        return [there[name] for name in named]

    def _blocks(self, *messages: Message) -> list[Json]:
        lines = [line for message in messages for line in message_lines(message, self.parts)]
        return [context(speaker_of(messages[0], self.parts.language, ORIGIN)), *rich(lines)]

    def _mark_anew(self, view: HandoffView) -> None:
        """Mark the last replies written here: an end of this process may have come before their marks."""
        for message in view.messages[-MARKED_ANEW:]:
            own, held = own_ts(message), view.undelivered.get(message.seq)
            state = AS_MARKED.get(held or "sent")
            if own is not None and state:
                self._api.errand(partial(self.mark, own, MARKS[state]), "a mark")

    async def _bring_up_to_date(self, id_: HandoffId) -> None:
        """Bring a handoff's post and its notes up to date."""
        view = await self.parts.door.look(id_)
        if id_ in self._returned_to:
            self._returned_to.discard(id_)
            self._mark_anew(view)
        before = await self.parts.threads.of(NAME, id_)
        try:
            thread = await self._thread(view.handoff)
            if thread is None:
                return
            thread = await self._show_post(view.handoff, thread, view.earlier)
            await keep_up(self, thread, view.notes, lambda kept, what: self._remember(kept, **what))
        except MessageGone:
            await self._lost(id_, before)
        except (PlaceClosed, NotPermitted) as closed:
            raise self._is_closed(closed) from closed

    async def _thread(self, handoff: Handoff) -> DeskThread | None:
        """Give the handoff's thread; begin it where there is none and it is not over."""
        async with self._locks[handoff.id]:
            known = await self.parts.threads.of(NAME, handoff.id)
            if known:
                return known if known.thread.startswith(f"{self.channel}:") or handoff.state in OVER else (
                    await self._begin(handoff)
                )  # fmt: skip
            return None if handoff.state in OVER else await self._begin(handoff)

    async def _begin(self, handoff: Handoff) -> DeskThread:
        blocks = post_blocks(handoff, self.parts)
        text = post_text(handoff, self.parts.language)
        place, at = Place(self.channel), handoff.opened_at.timestamp()
        try:
            ts = await self._poster.post(place, _post_name(handoff.id), at, text, blocks)
        except (PlaceClosed, NotPermitted) as closed:
            raise self._is_closed(closed) from closed
        thread = DeskThread(handoff.id, f"{self.channel}:{ts}", {"shown": _digest(blocks), "note": 0})
        await self.parts.threads.keep(NAME, thread)
        return thread

    async def _lost(self, handoff: HandoffId, gone: DeskThread | None) -> None:
        """Somebody deleted the post: the conversation gets a new one, with its notes."""
        async with self._locks[handoff]:
            known = await self.parts.threads.of(NAME, handoff)
            if known and gone and known.thread != gone.thread:  # who met it at the same time was quicker
                return
            await self.parts.threads.drop(NAME, handoff)
            self._poster.forget(Place(self.channel), _post_name(handoff))
        self._upkeep.due(handoff)

    async def _show_post(self, handoff: Handoff, thread: DeskThread, earlier: Earlier | None) -> DeskThread:
        blocks = post_blocks(handoff, self.parts, typing=handoff.id in self._typing, earlier=earlier)
        shown = _digest(blocks)
        if thread.state.get("shown") == shown:
            return thread
        ts = thread.thread.partition(":")[2]
        text = fallback(post_text(handoff, self.parts.language))
        await self._call("chat.update", ts=ts, text=text, blocks=blocks)
        return await self._remember(thread, shown=shown)

    async def _remember(self, thread: DeskThread, **what: object) -> DeskThread:
        changed = replace(thread, state={**thread.state, **what})
        await self.parts.threads.keep(NAME, changed)
        return changed

    async def _call(self, method: str, **params: object) -> Json:
        try:
            answer = await self._api.call(method, channel=self.channel, **params)
        except PlaceClosed as closed:
            raise self._is_closed(closed) from closed
        except NotPermitted as error:
            if method == "reactions.add":  # a mark less; what is said still arrives
                raise
            raise self._is_closed(error) from error
        self._closed = None
        return answer

    def _is_closed(self, closed: PlaceClosed | NotPermitted) -> DeliveryDeferred:
        """The channel is not there for us: remember why, and wait until somebody has mended it."""
        self._closed = f"Slack, the librarians’ channel: {closed}"
        return DeliveryDeferred(PAUSE, self._closed)

    async def _clear_for_ever(self) -> None:
        while True:
            try:
                for handoff in await self.parts.door.queue():
                    self._returned_to.add(handoff.id)
                    self._upkeep.due(handoff.id)
                for thread in await self.parts.threads.orphans(NAME):
                    await self._clear(thread)
            except Exception as error:
                log.warning("slack: threads were not cleared (%s)", error)
            await asyncio.sleep(CLEAR_EVERY)

    async def _clear(self, thread: DeskThread) -> None:
        """Delete what we posted in a thread; what people wrote there only they can delete."""
        try:
            await self.parts.door.look(thread.handoff)
            return  # it is kept after all
        except HandoffUnknown:
            pass
        channel, _, ts = thread.thread.partition(":")
        try:
            pages = self._api.pages("conversations.replies", channel=channel, ts=ts)
            ours = [m["ts"] async for page in pages for m in page if m.get("bot_id")]
            for one in sorted(ours, reverse=True):
                await self._api.call("chat.delete", channel=channel, ts=one)
        except (MessageGone, PlaceClosed):
            pass
        await self.parts.threads.drop(NAME, thread.handoff)


def own_ts(message: Message) -> str | None:
    """Give the ts of a librarian's message that was written in Slack; None for any other."""
    origin = origin_of(message)
    ts = origin.removeprefix(ORIGIN)
    return ts if origin.startswith(ORIGIN) and ts.replace(".", "").isdigit() else None


def _post_name(handoff: HandoffId) -> str:
    return f"post:{handoff}"


def _digest(blocks: Sequence[Json]) -> str:
    return hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()[:16]
