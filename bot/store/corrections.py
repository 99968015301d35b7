"""Changing what a librarian has said: the message, and word of it to everybody who was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select, update

from bot.errors import HandoffUnknown, NotYours
from bot.model import Content, ConversationId, Handoff, HandoffId, Librarian, Message, Speaker
from bot.store import tables as t
from bot.store.database import reading
from bot.store.desk import DeskActs
from bot.store.handoffs import acted, locked, record
from bot.store.rows import message_of
from bot.store.turns import Turns, queue


class Corrections:
    """Edits and withdrawals."""

    def __init__(self, engine: Engine, acts: DeskActs, turns: Turns) -> None:
        """Use an open database; changes go to the desks that ``turns`` knows."""
        self._engine = engine
        self._acts = acts
        self._turns = turns

    def correct(
        self,
        handoff: HandoffId,
        librarian: Librarian,
        seq: int,
        content: Content,
        instead: Content | None,
        now: datetime,
    ) -> Message:
        """Put ``content`` in a message's place; its attachments go where it is withdrawn.

        ``instead`` is said besides, where the patron's network can't change what it has shown. The same
        content again changes nothing. Raises HandoffUnknown, NotYours.
        """
        with self._engine.begin() as connection:
            found = locked(connection, handoff)
            before = _own(connection, found, librarian, seq)
            changed = replace(before.content, text=content.text, event=content.event)
            if changed == before.content:
                return before
            m = t.messages.c
            connection.execute(
                update(t.messages)
                .where(m.conversation_id == found.conversation, m.seq == seq)
                .values(content=(content if content.event else changed).to_json(), edited_at=now)
            )
            acted(connection, handoff, librarian.id, now)
            kind = "withdrawn" if content.event else "edited"
            record(connection, handoff, kind, librarian.name, now)
            after = _message(connection, found.conversation, seq)
            self._send(connection, found, after, instead, librarian, now)
        return after

    def changed(self, conversation: ConversationId) -> list[Message]:
        """Give the messages of a conversation that are not as they were first said."""
        m = t.messages.c
        query = (
            select(t.messages)
            .where(m.conversation_id == conversation, m.edited_at.is_not(None))
            .order_by(m.seq)
        )
        with reading(self._engine) as connection:
            return [message_of(row) for row in connection.execute(query)]

    def _send(
        self,
        connection: Connection,
        handoff: Handoff,
        message: Message,
        instead: Content | None,
        librarian: Librarian,
        now: datetime,
    ) -> None:
        c, d = t.conversations.c, t.deliveries.c
        where = connection.execute(select(c.channel, c.chat_id).where(c.id == handoff.conversation)).one()
        number = connection.execute(
            select(func.coalesce(func.max(d.change), 0) + 1).where(
                d.conversation_id == message.conversation, d.seq == message.seq
            )
        ).scalar_one()
        for desk in self._turns.desks:
            queue(connection, message, desk, handoff.id, now, handoff.id, change=number)
        if instead is None:
            queue(connection, message, where.channel, where.chat_id, now, change=number)
            return
        withdrawn = instead.event is not None
        speaker = Speaker.ASSISTANT if withdrawn else Speaker.LIBRARIAN
        author = None if withdrawn else librarian.name
        self._acts.say(connection, handoff, speaker, instead, now, author=author)


def _own(connection: Connection, handoff: Handoff, librarian: Librarian, seq: int) -> Message:
    """Give a message that this librarian said. Raises NotYours, also where there is no such message."""
    m = t.messages.c
    row = connection.execute(
        select(t.messages).where(m.conversation_id == handoff.conversation, m.seq == seq)
    ).first()
    mine = f"l:{librarian.id}:"
    if row is None or row.speaker != Speaker.LIBRARIAN.value or not (row.external_id or "").startswith(mine):
        raise NotYours(str(seq))
    return message_of(row)


def _message(connection: Connection, conversation: ConversationId, seq: int) -> Message:
    m = t.messages.c
    row = connection.execute(
        select(t.messages).where(m.conversation_id == conversation, m.seq == seq)
    ).first()
    if row is None:
        raise HandoffUnknown(str(seq))
    return message_of(row)
