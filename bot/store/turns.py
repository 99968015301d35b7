"""Writing a turn: all that it changes, in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from bot.errors import DalilError
from bot.model import (
    Content,
    ConversationId,
    Handoff,
    HandoffId,
    HandoffState,
    Json,
    Language,
    Message,
    Packet,
    Speaker,
)
from bot.store import tables as t
from bot.store.consents import set_consent, to_be_asked, was_helped_before
from bot.store.conversations import Lease, Waiting, append
from bot.store.deliveries import Delivery, take
from bot.store.handoffs import change, open_handoff, open_of
from bot.store.rows import address_of

AT_ONCE = 8  # deliveries; a turn has few, and the rest are found by looking
UNCHANGED: Json = {"unchanged": True}


class LeaseLost(DalilError):
    """Somebody else took the conversation over; this turn is theirs, and nobody is told."""


class SceneChanged(DalilError):
    """A librarian came or left while the turn was being made; it is made anew, and nobody is told."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A patron's word on an answer: +1 or -1."""

    seq: int
    value: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn comes to."""

    say: tuple[Content, ...] = ()
    offer: Content | None = None  # asks for consent; said to who was helped before and never asked
    dialogue: Json | None = field(default_factory=lambda: UNCHANGED)
    relay: bool = False  # the patron's message goes to the desks
    open: Packet | None = None  # a person is wanted
    left: bool = False  # … later: the question is left for them
    handoff: HandoffId | None = None  # the handoff that the next fields change
    state: HandoffState | None = None
    leave: bool | None = None
    csat: int | None = None
    rating: Rating | None = None
    language: Language | None = None
    consent: bool | None = None  # librarians may, or may not, see earlier conversations from now on


@dataclass(frozen=True, slots=True)
class Written:
    """What a committed turn led to."""

    messages: tuple[Message, ...]
    handoff: Handoff | None  # opened or changed
    consent: bool = False  # whether that was changed
    deliveries: Sequence[Delivery] = ()  # taken to be sent from this node, at once
    more: bool = False  # another message of the conversation waits; else the lease has ended


class Turns:
    """The writer of turns."""

    def __init__(self, engine: Engine, desks: Sequence[str] = ()) -> None:
        """Use an open database; ``desks`` are the names of the desks that messages are relayed to."""
        self._engine = engine
        self.desks = tuple(desks)

    def commit(
        self,
        lease: Lease,
        waiting: Waiting,
        turn: Turn,
        now: datetime,
        made_for: Sequence[Handoff] | None = None,
        send_from: str | None = None,
    ) -> Written:
        """Write a turn. Raises LeaseLost where the fence has moved on; then nothing is written.

        The lease ends with the last waiting message. ``send_from`` names the node that sends what is said
        (None: it waits until a sender looks).

        ``made_for`` is the open handoff that the turn knew of, or none in an empty list (None: not
        compared). Raises SceneChanged, writing nothing, where it is another or stands otherwise now: a
        message would go to a desk that nobody holds any more, or the assistant would interrupt a librarian.
        """
        with self._engine.begin() as connection:
            row = connection.execute(
                select(t.conversations).where(t.conversations.c.id == lease.conversation).with_for_update()
            ).first()
            if row is None or row.fence != lease.fence:
                raise LeaseLost(lease.conversation)
            if made_for is not None and _standing(made_for) != _standing(_open(connection, lease)):
                raise SceneChanged(lease.conversation)
            if (
                made_for is not None
                and waiting.choice is None
                and _said(connection, waiting) != waiting.message.content.text
            ):
                raise SceneChanged(lease.conversation)  # the patron edited it meanwhile
            done = update(t.inbox).where(t.inbox.c.id == waiting.id, t.inbox.c.done_at.is_(None))
            if connection.execute(done.values(done_at=now)).rowcount != 1:
                raise LeaseLost(lease.conversation)
            language = turn.language or Language(row.language)
            more = _waits(connection, lease.conversation)
            self._change_conversation(connection, lease.conversation, turn, ends=not more)
            handoff = self._change_handoff(connection, lease.conversation, row.channel, language, turn, now)
            after = _aftermath(connection, waiting)
            said = tuple(
                append(
                    connection, lease.conversation, Speaker.ASSISTANT, content, language, now, handoff=after
                )
                for content in (*turn.say, *_offer(connection, lease.conversation, turn, now))
            )
            for message in said:
                queue(connection, message, address_of(row).channel, address_of(row).chat_id, now)
            if turn.relay or turn.open:
                self.relay(
                    connection, handoff or open_of(connection, lease.conversation), (waiting.message,), now
                )
            if turn.rating:
                _rate(connection, lease.conversation, turn.rating, now)
            consent = turn.consent is not None and set_consent(
                connection, lease.conversation, turn.consent, now
            )
            taken = take(connection, send_from, now, AT_ONCE, lease.conversation) if send_from else ()
        return Written(said, handoff, consent, taken, more)

    def relay(
        self, connection: Connection, handoff: Handoff | None, messages: Sequence[Message], now: datetime
    ) -> None:
        """Queue messages for every desk."""
        if handoff is None:
            return
        for desk in self.desks:
            for message in messages:
                queue(connection, message, desk, handoff.id, now, handoff.id)

    def _change_conversation(
        self, connection: Connection, conversation: ConversationId, turn: Turn, ends: bool
    ) -> None:
        values: dict[str, object] = {"lease_owner": None, "lease_until": None} if ends else {}
        if turn.dialogue is not UNCHANGED:
            values["dialogue"] = turn.dialogue
        if turn.language:
            values["language"] = turn.language.value
        if values:
            connection.execute(
                update(t.conversations).where(t.conversations.c.id == conversation).values(**values)
            )

    def _change_handoff(
        self,
        connection: Connection,
        conversation: ConversationId,
        channel: str,
        language: Language,
        turn: Turn,
        now: datetime,
    ) -> Handoff | None:
        if turn.open:
            return open_handoff(connection, conversation, channel, language, turn.open, now, left=turn.left)
        if turn.handoff is None:
            return None
        values: dict[str, object] = {}
        if turn.state:
            values["state"] = turn.state.value
            values["closed_at"] = now
        if turn.leave is not None:
            values.update(left=turn.leave, word_at=now)
        if turn.csat is not None:
            values["csat"] = turn.csat
        return change(connection, turn.handoff, conversation, values)


def queue(
    connection: Connection,
    message: Message,
    target: str,
    chat_id: str,
    now: datetime,
    handoff: HandoffId | None = None,
    change: int = 0,
) -> None:
    """Queue a message for a channel or a desk; one message, and each change of it, goes once to each."""
    connection.execute(
        insert(t.deliveries).values(
            conversation_id=message.conversation,
            seq=message.seq,
            handoff_id=handoff,
            target=target,
            destination=f"{target}:{chat_id}",
            due_at=now,
            changed_at=now,
            change=change,
        )
    )


def _said(connection: Connection, waiting: Waiting) -> str | None:
    m = t.messages.c
    row = connection.execute(
        select(m.content).where(
            m.conversation_id == waiting.message.conversation, m.seq == waiting.message.seq
        )
    ).first()
    return row.content["text"] if row else None


def _waits(connection: Connection, conversation: ConversationId) -> bool:
    waiting = select(t.inbox.c.id).where(
        t.inbox.c.conversation_id == conversation, t.inbox.c.done_at.is_(None)
    )
    return connection.execute(waiting.limit(1)).first() is not None


def _open(connection: Connection, lease: Lease) -> list[Handoff]:
    found = open_of(connection, lease.conversation)
    return [found] if found else []


def _standing(handoffs: Sequence[Handoff]) -> list[tuple[HandoffId, HandoffState, bool]]:
    return [(handoff.id, handoff.state, handoff.left) for handoff in handoffs]


def _aftermath(connection: Connection, waiting: Waiting) -> HandoffId | None:
    """Give the handoff that a rating, or a word on consent, comes after; the patron's message goes to it.

    So what only ends one conversation does not begin the next.
    """
    m = t.messages.c
    if waiting.choice is None or not waiting.choice.payload.startswith(("core:csat:", "core:consent:")):
        return None
    conversation = waiting.message.conversation
    offered_with = connection.execute(
        select(m.handoff_id).where(m.conversation_id == conversation, m.seq == waiting.choice_seq)
    ).scalar_one_or_none()
    if offered_with is None:
        return None
    connection.execute(
        update(t.messages)
        .where(m.conversation_id == conversation, m.seq == waiting.message.seq, m.handoff_id.is_(None))
        .values(handoff_id=offered_with)
    )
    return HandoffId(offered_with)


def _offer(
    connection: Connection, conversation: ConversationId, turn: Turn, now: datetime
) -> tuple[Content, ...]:
    if turn.offer is None or not was_helped_before(connection, conversation):
        return ()
    return (turn.offer,) if to_be_asked(connection, conversation, now) else ()


def _rate(connection: Connection, conversation: ConversationId, rating: Rating, now: datetime) -> None:
    m = t.messages.c
    answer = connection.execute(
        select(t.messages).where(m.conversation_id == conversation, m.seq == rating.seq)
    ).first()
    asked = connection.execute(
        select(m.content)
        .where(m.conversation_id == conversation, m.seq < rating.seq, m.speaker == Speaker.PATRON.value)
        .order_by(m.seq.desc())
        .limit(1)
    ).first()
    if answer is None:
        return
    values = {
        "value": rating.value,
        "question": asked.content["text"] if asked else "",
        "answer": answer.content,
        "at": now,
    }
    r = t.ratings.c
    changed = connection.execute(
        update(t.ratings).where(r.conversation_id == conversation, r.seq == rating.seq).values(**values)
    )
    if not changed.rowcount:
        connection.execute(insert(t.ratings).values(conversation_id=conversation, seq=rating.seq, **values))
