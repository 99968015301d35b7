"""What librarians do, written: each act with the words that the patron is told, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from bot.errors import HandoffEnded
from bot.model import (
    Address,
    Content,
    ConversationId,
    Handoff,
    HandoffId,
    HandoffState,
    Librarian,
    Message,
    Speaker,
)
from bot.store import tables as t
from bot.store.conversations import append, by_external_id
from bot.store.deliveries import Delivery, take
from bot.store.handoffs import acted, change, claim, get, held, open_of, record
from bot.store.turns import AT_ONCE, Turns, queue

NOTHING_PENDING = {"referral": None, "referral_until": None, "invited": None}


class DeskActs:
    """Claim, reply, end, and the words to those who wait."""

    def __init__(self, engine: Engine, turns: Turns) -> None:
        """Use an open database; messages are relayed to the desks as ``turns`` does it."""
        self._engine = engine
        self._turns = turns

    def claim(self, handoff: HandoffId, librarian: Librarian, joined: Content, now: datetime) -> Handoff:
        """Take a handoff and tell the patron. Claiming it twice changes nothing.

        Raises HandoffUnknown, HandoffTaken, HandoffEnded.
        """
        with self._engine.begin() as connection:
            first = claim(connection, handoff, librarian.id, now)
            found = get(connection, handoff)
            if first:
                record(connection, handoff, "claimed", librarian.name, now)
                self.say(connection, found, Speaker.ASSISTANT, joined, now)
        return found

    def reply(
        self, handoff: HandoffId, librarian: Librarian, text: str, external_id: str, now: datetime
    ) -> Message:
        """Speak to the patron; it waits until a sender looks. As :meth:`reply_from`."""
        return self.reply_from(None, handoff, librarian, text, external_id, now)[0]

    def reply_from(
        self,
        node: str | None,
        handoff: HandoffId,
        librarian: Librarian,
        text: str,
        external_id: str,
        now: datetime,
    ) -> tuple[Message, Sequence[Delivery]]:
        """Speak to the patron; gives the message, and what ``node`` has taken to send at once.

        The same external id again gives the message that was kept, and nothing to send. Raises
        HandoffUnknown, HandoffEnded, NotAssigned.
        """
        with self._engine.begin() as connection:
            found = held(connection, handoff, librarian.id)
            key = f"l:{librarian.id}:{external_id}"
            before = by_external_id(connection, found.conversation, key)
            if before:
                return before, ()
            content = Content(text)
            acted(connection, handoff, librarian.id, now)
            message = self.say(
                connection, found, Speaker.LIBRARIAN, content, now, author=librarian.name, external_id=key
            )
            return message, take(connection, node, now, AT_ONCE, found.conversation) if node else ()

    def end(
        self,
        handoff: HandoffId,
        librarian: Librarian,
        farewell: tuple[Content, ...],
        now: datetime,
        **outcome: object,
    ) -> Handoff:
        """End a handoff: close it with its record, tell the patron, and let the assistant begin anew."""
        with self._engine.begin() as connection:
            found = held(connection, handoff, librarian.id)
            values = {"state": HandoffState.CLOSED.value, "closed_at": now, **NOTHING_PENDING, **outcome}
            ended = change(connection, handoff, found.conversation, values)
            record(connection, handoff, "closed" if outcome else "returned", librarian.name, now)
            # A form that was open before the librarian came is not resumed.
            connection.execute(
                update(t.conversations)
                .where(t.conversations.c.id == found.conversation)
                .values(dialogue=None)
            )
            for content in farewell:
                self.say(connection, ended, Speaker.ASSISTANT, content, now)
        return ended

    def patron_gone(self, address: Address, reason: str, now: datetime) -> Handoff | None:
        """Let what waits for an address fail; abandon its open handoff and give it, where there is one."""
        d, c = t.deliveries.c, t.conversations.c
        with self._engine.begin() as connection:
            row = connection.execute(
                select(c.id)
                .where(c.channel == address.channel, c.chat_id == address.chat_id)
                .with_for_update()
            ).first()
            if row is None:
                return None
            connection.execute(
                update(t.deliveries)
                .where(d.conversation_id == row.id, d.target == address.channel, d.state == "pending")
                .values(state="failed", error=reason, changed_at=now)
            )
            handoff = open_of(connection, ConversationId(row.id))
            if handoff is None:
                return None
            values = {"state": HandoffState.ABANDONED.value, "closed_at": now}
            return change(connection, handoff.id, handoff.conversation, values)

    def say_while_waiting(
        self, handoff: HandoffId, words: int, content: Content, now: datetime, *, leave: bool
    ) -> Message | None:
        """Tell a waiting patron that they are not forgotten; None where somebody was quicker."""
        h = t.handoffs.c
        with self._engine.begin() as connection:
            mine = connection.execute(
                update(t.handoffs)
                .where(h.id == handoff, h.state == HandoffState.WAITING.value, h.words == words)
                .values(words=words + 1, word_at=now, left=leave)
            )
            if mine.rowcount != 1:
                return None
            found = get(connection, handoff)
            return self.say(connection, found, Speaker.ASSISTANT, content, now)

    def say(
        self,
        connection: Connection,
        handoff: Handoff,
        speaker: Speaker,
        content: Content,
        now: datetime,
        *,
        author: str | None = None,
        external_id: str | None = None,
    ) -> Message:
        """Append a message to a handoff's conversation and send it to the patron and the desks."""
        c = t.conversations.c
        row = connection.execute(
            select(c.channel, c.chat_id, c.language).where(c.id == handoff.conversation)
        ).first()
        if row is None:  # the patron asked to be forgotten in this moment
            raise HandoffEnded(handoff.id)
        message = append(
            connection,
            handoff.conversation,
            speaker,
            content,
            handoff.language,
            now,
            author=author,
            external_id=external_id,
            handoff=handoff.id,
        )
        queue(connection, message, row.channel, row.chat_id, now)
        self._turns.relay(connection, handoff, (message,), now)
        return message
