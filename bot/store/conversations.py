"""Conversations, their messages, and the inbox that patrons' messages wait in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    ScalarSelect,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.errors import ConversationUnknown
from bot.model import (
    Accepted,
    Address,
    Choice,
    Content,
    ConversationId,
    HandoffId,
    Json,
    Language,
    Message,
    Speaker,
)
from bot.store import tables as t
from bot.store.database import reading
from bot.store.rows import PATRONS, address_of, given_id, message_of

OPEN = ("waiting", "assigned")  # states of a handoff
PAUSE = timedelta(hours=24)  # of silence, after which what was said before was another conversation
LOOK_BACK = 200  # messages in which the beginning of a conversation is looked for


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is kept of a conversation itself."""

    id: ConversationId
    address: Address
    language: Language
    last_seq: int
    dialogue: Json | None
    page: Json | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to take a conversation's turns, until somebody else got a higher fence."""

    conversation: ConversationId
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A patron's message that has not had its turn."""

    id: int
    message: Message
    choice: Choice | None
    choice_seq: int | None
    attempts: int
    received_at: datetime


class Conversations:
    """Conversations, messages and the inbox in one database."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def find(self, address: Address) -> Conversation | None:
        """Give the conversation at an address."""
        with reading(self._engine) as connection:
            return find_at(connection, address)

    def get(self, conversation: ConversationId) -> Conversation:
        """Give a conversation by its id. Raises ConversationUnknown."""
        with reading(self._engine) as connection:
            return get(connection, conversation)

    def open(self, address: Address, language: Language, now: datetime) -> Conversation:
        """Find the conversation at an address, or begin it."""
        found = self.find(address)
        if found:
            return found
        try:
            with self._engine.begin() as connection:
                return begin_conversation(connection, address, language, now)
        except IntegrityError:  # somebody began it in this very moment
            with reading(self._engine) as connection:
                return _found(find_at(connection, address))

    def amend(
        self, conversation: ConversationId, external_id: str, edit: str, text: str, language: Language
    ) -> Accepted | None:
        """Put a new text in the place of a message that has not had its turn; None where it has.

        ``edit`` is the channel's name of the edit; one that was taken before is a repeat, also after others.
        A turn that is being made meanwhile notices when it is written, and is made anew.
        """
        m = t.messages.c
        with self._engine.begin() as connection:
            found = by_external_id(connection, conversation, PATRONS + external_id)
            if found is None:
                return None
            if edit in found.content.edits:
                return Accepted(found, repeated=True)
            waiting = connection.execute(
                select(t.inbox.c.id)
                .where(
                    t.inbox.c.conversation_id == conversation,
                    t.inbox.c.seq == found.seq,
                    t.inbox.c.done_at.is_(None),
                )
                .with_for_update()
            ).first()
            if waiting is None:
                return None
            content = replace(found.content, text=text, edits=(*found.content.edits, edit))
            connection.execute(
                update(t.messages)
                .where(m.conversation_id == conversation, m.seq == found.seq)
                .values(content=content.to_json(), language=language.value)
            )
            return Accepted(replace(found, content=content, language=language), repeated=False)

    def since(self, conversation: ConversationId, after_seq: int, limit: int) -> Sequence[Message]:
        """Give messages numbered above ``after_seq``, oldest first, at most ``limit``."""
        with reading(self._engine) as connection:
            return messages_since(connection, conversation, after_seq, limit)

    def of_handoff(self, handoff: HandoffId, limit: int) -> Sequence[Message]:
        """Give the last ``limit`` messages that belong to a handoff, oldest first."""
        m = t.messages.c
        query = select(t.messages).where(m.handoff_id == handoff).order_by(m.seq.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [message_of(row) for row in connection.execute(query)][::-1]

    def current(self, conversation: ConversationId, count: int) -> Sequence[Message]:
        """Give the last messages, oldest first, at most ``count``, and none of an earlier conversation.

        One begins where a handoff ended, and after a long pause.
        """
        with reading(self._engine) as connection:
            return current(connection, conversation, count)

    def addresses(self, channel: str, ending: str) -> Sequence[Address]:
        """Give the addresses of a channel whose chat ids end so."""
        c = t.conversations.c
        query = select(c.channel, c.chat_id).where(
            c.channel == channel, c.chat_id.endswith(ending, autoescape=True)
        )
        with reading(self._engine) as connection:
            found = [Address(row.channel, row.chat_id) for row in connection.execute(query)]
        return [address for address in found if address.chat_id.endswith(ending)]  # letters, as they are

    def set_language(self, conversation: ConversationId, language: Language) -> None:
        """Speak this language from now on."""
        change = update(t.conversations).where(t.conversations.c.id == conversation)
        with self._engine.begin() as connection:
            connection.execute(change.values(language=language.value))

    def set_page(self, conversation: ConversationId, page: Json) -> None:
        """Keep where on the library's sites the patron is."""
        change = update(t.conversations).where(t.conversations.c.id == conversation)
        with self._engine.begin() as connection:
            connection.execute(change.values(page=page))

    def waiting_conversations(self, now: datetime, limit: int) -> Sequence[ConversationId]:
        """Give conversations that have something in the inbox and that nobody holds."""
        held = and_(t.conversations.c.lease_until.is_not(None), t.conversations.c.lease_until > now)
        query = (
            select(t.inbox.c.conversation_id)
            .join(t.conversations, t.conversations.c.id == t.inbox.c.conversation_id)
            .where(t.inbox.c.done_at.is_(None), ~held)
            .group_by(t.inbox.c.conversation_id)
            .order_by(func.min(t.inbox.c.id))
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [ConversationId(row.conversation_id) for row in connection.execute(query)]

    def count_waiting(self) -> int:
        """Count the messages that have not had their turn."""
        query = select(func.count()).select_from(t.inbox).where(t.inbox.c.done_at.is_(None))
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())

    def lease(self, conversation: ConversationId, owner: str, now: datetime, seconds: float) -> Lease | None:
        """Take the right to a conversation's turns; None while somebody else has it."""
        with self._engine.begin() as connection:
            return lease(connection, conversation, owner, now, seconds)

    def release(self, lease: Lease) -> None:
        """Give the right back; harmless when it is already somebody else's."""
        with self._engine.begin() as connection:
            release(connection, lease)

    def release_all(self, node: str) -> None:
        """Free what a former life of this gateway held. Owners are ``node`` or begin with ``node/``."""
        c = t.conversations.c
        held = or_(c.lease_owner == node, c.lease_owner.startswith(f"{node}/", autoescape=True))
        with self._engine.begin() as connection:
            connection.execute(update(t.conversations).where(held).values(lease_owner=None, lease_until=None))

    def next_waiting(self, lease: Lease) -> Waiting | None:
        """Give the oldest inbox message of a leased conversation, and count the attempt."""
        with self._engine.begin() as connection:
            return next_waiting(connection, lease)

    def is_settled(self, conversation: ConversationId, seq: int) -> bool:
        """Whether the patron's message ``seq`` has had its turn."""
        open_row = exists().where(
            t.inbox.c.conversation_id == conversation, t.inbox.c.seq == seq, t.inbox.c.done_at.is_(None)
        )
        with reading(self._engine) as connection:
            return not connection.execute(select(open_row)).scalar_one()

    def forget(self, conversation: ConversationId) -> None:
        """Delete a conversation with everything that hangs on it."""
        with self._engine.begin() as connection:
            connection.execute(delete(t.conversations).where(t.conversations.c.id == conversation))

    def forget_before(self, moment: datetime) -> int:
        """Delete conversations in which nothing happened since ``moment``; give their number."""
        waiting = exists().where(
            t.handoffs.c.conversation_id == t.conversations.c.id,
            t.handoffs.c.state.in_(OPEN),
        )
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(t.conversations).where(t.conversations.c.active_at < moment, ~waiting)
            )
        return gone.rowcount


def append(
    connection: Connection,
    conversation: ConversationId,
    speaker: Speaker,
    content: Content,
    language: Language,
    now: datetime,
    *,
    author: str | None = None,
    external_id: str | None = None,
    handoff: HandoffId | None = None,
) -> Message:
    """Give the next number to a message and keep it. The conversation's row is locked by this.

    It belongs to ``handoff``, or else to the one that is open.
    """
    c = t.conversations.c
    number = (
        update(t.conversations)
        .where(c.id == conversation)
        .values(last_seq=c.last_seq + 1, active_at=now)
        .returning(c.last_seq)
    )
    seq = connection.execute(number).scalar_one_or_none()
    if seq is None:
        raise ConversationUnknown(conversation)
    connection.execute(
        insert(t.messages).values(
            conversation_id=conversation,
            seq=seq,
            speaker=speaker.value,
            language=language.value,
            content=content.to_json(),
            author=author,
            at=now,
            external_id=external_id,
            handoff_id=handoff or open_handoff_of(conversation),
        )
    )
    return Message(conversation, seq, speaker, content, language, now, author, given_id(external_id))


def gather(connection: Connection, conversation: ConversationId, handoff: HandoffId) -> None:
    """Let what led to a new handoff belong to it: nothing of an earlier conversation."""
    m = t.messages.c
    led = [row.seq for row in current_rows(connection, conversation, LOOK_BACK, handoff)]
    if led:
        belongs = update(t.messages).where(
            m.conversation_id == conversation, m.seq >= min(led), m.handoff_id.is_(None)
        )
        connection.execute(belongs.values(handoff_id=handoff))


def current_rows(
    connection: Connection, conversation: ConversationId, count: int, handoff: HandoffId | None
) -> list[Row[Any]]:
    """Give the rows of the last messages, newest first, up to where an earlier conversation ended.

    ``handoff`` is the open one: what belongs to it is not earlier.
    """
    m = t.messages.c
    query = select(t.messages).where(m.conversation_id == conversation).order_by(m.seq.desc()).limit(count)
    rows: list[Row[Any]] = []
    for row in connection.execute(query):
        of_another = row.handoff_id is not None and row.handoff_id != handoff
        after_pause = bool(rows) and row.handoff_id is None and rows[-1].at - row.at > PAUSE
        if of_another or after_pause:
            break
        rows.append(row)
    return rows


def open_handoff_of(conversation: ConversationId | ColumnElement[str]) -> ScalarSelect[Any]:
    """Give, as a part of a statement, the id of a conversation's open handoff."""
    h = t.handoffs.c
    return select(h.id).where(h.conversation_id == conversation, h.state.in_(OPEN)).scalar_subquery()


def put_in_inbox(
    connection: Connection,
    message: Message,
    now: datetime,
) -> None:
    """Let a patron's message wait for its turn."""
    connection.execute(
        insert(t.inbox).values(
            conversation_id=message.conversation,
            seq=message.seq,
            received_at=now,
        )
    )


def by_external_id(connection: Connection, conversation: ConversationId, external_id: str) -> Message | None:
    """Give the message a channel or desk named before."""
    row = connection.execute(
        select(t.messages).where(
            t.messages.c.conversation_id == conversation, t.messages.c.external_id == external_id
        )
    ).first()
    return message_of(row) if row else None


def messages_since(
    connection: Connection, conversation: ConversationId, after_seq: int, limit: int
) -> list[Message]:
    """Give messages numbered above ``after_seq``, oldest first."""
    query = (
        select(t.messages)
        .where(t.messages.c.conversation_id == conversation, t.messages.c.seq > after_seq)
        .order_by(t.messages.c.seq)
        .limit(limit)
    )
    return [message_of(row) for row in connection.execute(query)]


def lease(
    connection: Connection, conversation: ConversationId, owner: str, now: datetime, seconds: float
) -> Lease | None:
    """Take the right to a conversation's turns; None while somebody else has it."""
    c = t.conversations.c
    free = or_(c.lease_until.is_(None), c.lease_until <= now, c.lease_owner == owner)
    taken = (
        update(t.conversations)
        .where(c.id == conversation, free)
        .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds), fence=c.fence + 1)
        .returning(c.fence)
    )
    fence = connection.execute(taken).scalar_one_or_none()
    return None if fence is None else Lease(conversation, owner, fence)


def release(connection: Connection, lease: Lease) -> None:
    """Give the right back; harmless when it is already somebody else's."""
    c = t.conversations.c
    free = update(t.conversations).where(c.id == lease.conversation, c.fence == lease.fence)
    connection.execute(free.values(lease_owner=None, lease_until=None))


def next_waiting(connection: Connection, lease: Lease) -> Waiting | None:
    """Give the oldest inbox message of a leased conversation, and count the attempt."""
    row = connection.execute(
        select(t.inbox)
        .where(t.inbox.c.conversation_id == lease.conversation, t.inbox.c.done_at.is_(None))
        .order_by(t.inbox.c.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    connection.execute(update(t.inbox).where(t.inbox.c.id == row.id).values(attempts=row.attempts + 1))
    message = connection.execute(
        select(t.messages).where(
            t.messages.c.conversation_id == lease.conversation, t.messages.c.seq == row.seq
        )
    ).one()
    said = message_of(message)
    choice = Choice(said.content.text, row.choice_payload) if row.choice_payload else None
    return Waiting(row.id, said, choice, row.choice_seq, row.attempts + 1, row.received_at)


def current(connection: Connection, conversation: ConversationId, count: int) -> Sequence[Message]:
    """Give the last messages, oldest first, at most ``count``, and none of an earlier conversation."""
    open_now = connection.execute(select(open_handoff_of(conversation))).scalar_one_or_none()
    rows = current_rows(connection, conversation, count, open_now)
    return [message_of(row) for row in rows][::-1]


def find_at(connection: Connection, address: Address) -> Conversation | None:
    """Give the conversation at an address."""
    row = connection.execute(
        select(t.conversations).where(
            t.conversations.c.channel == address.channel, t.conversations.c.chat_id == address.chat_id
        )
    ).first()
    return conversation_of(row) if row else None


def get(connection: Connection, conversation: ConversationId) -> Conversation:
    """Give a conversation by its id. Raises ConversationUnknown."""
    row = connection.execute(select(t.conversations).where(t.conversations.c.id == conversation)).first()
    if row is None:
        raise ConversationUnknown(conversation)
    return conversation_of(row)


def conversation_of(row: Row[Any]) -> Conversation:
    """Make a Conversation of its row."""
    language = Language(row.language)
    return Conversation(
        ConversationId(row.id), address_of(row), language, row.last_seq, row.dialogue, row.page
    )


def begin_conversation(
    connection: Connection, address: Address, language: Language, now: datetime
) -> Conversation:
    """Keep a new conversation."""
    made = ConversationId(uuid.uuid4().hex)
    connection.execute(
        insert(t.conversations).values(
            id=made,
            channel=address.channel,
            chat_id=address.chat_id,
            language=language.value,
            created_at=now,
            active_at=now,
        )
    )
    return Conversation(made, address, language, 0, None)


def _found(conversation: Conversation | None) -> Conversation:
    if conversation is None:
        raise ConversationUnknown("it was deleted in this moment")
    return conversation
