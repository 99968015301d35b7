"""Writing a turn: all that it changes, in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, exists, insert, select, update

from bot.errors import DalilError
from bot.model import (
    Address,
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
from bot.store.conversations import OPEN, Lease, Waiting
from bot.store.deliveries import Delivery, take
from bot.store.handoffs import change, open_handoff, open_of
from bot.store.rows import address_of

AT_ONCE = 8  # deliveries; a turn has few, and the rest are found by looking
UNCHANGED: Json = {"unchanged": True}


# Statements are put together once: SQLAlchemy takes longer over that than SQLite over running them.
_C, _I, _M, _H, _D = t.conversations.c, t.inbox.c, t.messages.c, t.handoffs.c, t.deliveries.c
_LOOK = (
    select(
        t.conversations,
        select(_M.content)
        .where(_M.conversation_id == _C.id, _M.seq == bindparam("waiting_seq"))
        .scalar_subquery()
        .label("said"),
        exists()
        .where(_I.conversation_id == _C.id, _I.done_at.is_(None), _I.id != bindparam("waiting"))
        .label("waits"),
        exists()
        .where(_D.destination == _C.channel + ":" + _C.chat_id, _D.state.in_(("pending", "sending")))
        .label("behind"),
        _H.id.label("handoff_id"),
        _H.state.label("handoff_state"),
        _H.left,
    )
    .outerjoin(t.handoffs, (_H.conversation_id == _C.id) & _H.state.in_(OPEN))
    .where(_C.id == bindparam("conversation"))
    .with_for_update(of=t.conversations)
)
_DONE = update(t.inbox).where(_I.id == bindparam("waiting"), _I.done_at.is_(None))
_CHANGE = update(t.conversations).where(_C.id == bindparam("conversation"))
_SAY, _QUEUE = insert(t.messages), insert(t.deliveries)


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
            row = _look(connection, lease, waiting)
            if row is None or row.fence != lease.fence:
                raise LeaseLost(lease.conversation)
            if made_for is not None:
                edited = (
                    waiting.choice is None and (row.said or {}).get("text") != waiting.message.content.text
                )
                if edited or _standing(made_for) != _standing_of(row):
                    raise SceneChanged(lease.conversation)
            if connection.execute(_DONE, {"waiting": waiting.id, "done_at": now}).rowcount != 1:
                raise LeaseLost(lease.conversation)
            language = turn.language or Language(row.language)
            handoff = self._change_handoff(connection, lease.conversation, row.channel, language, turn, now)
            after = _aftermath(connection, waiting) or _belongs_to(connection, row, turn)
            contents = (*turn.say, *_offer(connection, lease.conversation, turn, now))
            said = _say(connection, row, contents, language, after, now)
            self._change_conversation(connection, row, turn, len(said), now)
            relayed = turn.relay or turn.open is not None
            at_once = send_from if not relayed and not row.behind else None
            taken = _queue_answers(connection, said, address_of(row), now, at_once)
            if relayed:
                self.relay(
                    connection, handoff or open_of(connection, lease.conversation), (waiting.message,), now
                )
                taken = take(connection, send_from, now, AT_ONCE, lease.conversation) if send_from else ()
            if turn.rating:
                _rate(connection, lease.conversation, turn.rating, now)
            consent = turn.consent is not None and set_consent(
                connection, lease.conversation, turn.consent, now
            )
        return Written(said, handoff, consent, taken, bool(row.waits))

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
        self, connection: Connection, row: Row[Any], turn: Turn, said: int, now: datetime
    ) -> None:
        values: dict[str, object] = {} if row.waits else {"lease_owner": None, "lease_until": None}
        if said:
            values |= {"last_seq": row.last_seq + said, "active_at": now}
        if turn.dialogue is not UNCHANGED:
            values["dialogue"] = turn.dialogue
        if turn.language:
            values["language"] = turn.language.value
        if values:
            connection.execute(_CHANGE, {"conversation": row.id, **values})

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
    sending: str | None = None,
) -> int:
    """Queue a message for a channel or a desk; one message, and each change of it, goes once to each.

    Gives the delivery's number. ``sending`` names the node that takes it at once, nothing being before it.
    """
    state = {"state": "sending", "node": sending, "attempts": 1} if sending else {}
    kept = connection.execute(
        _QUEUE,
        {
            "conversation_id": message.conversation,
            "seq": message.seq,
            "handoff_id": handoff,
            "target": target,
            "destination": f"{target}:{chat_id}",
            "due_at": now,
            "changed_at": now,
            "change": change,
            **state,
        },
    )
    assert kept.inserted_primary_key is not None
    return int(kept.inserted_primary_key[0])


def _look(connection: Connection, lease: Lease, waiting: Waiting) -> Row[Any] | None:
    """Give the conversation's row, locked, with all that decides on the turn.

    ``said``: the message as it is now; ``waits``: whether another one does; ``behind``: whether something
    is still on its way to the patron; ``handoff_id``, ``handoff_state`` and ``left`` of the open handoff.
    """
    asked = {"conversation": lease.conversation, "waiting": waiting.id, "waiting_seq": waiting.message.seq}
    return connection.execute(_LOOK, asked).first()


def _standing_of(row: Row[Any]) -> list[tuple[HandoffId, HandoffState, bool]]:
    if row.handoff_id is None:
        return []
    return [(HandoffId(row.handoff_id), HandoffState(row.handoff_state), bool(row.left))]


def _belongs_to(connection: Connection, row: Row[Any], turn: Turn) -> HandoffId | None:
    """Give the handoff that what is said belongs to: the one that is open once the turn has changed it."""
    if turn.open is None and turn.handoff is None:
        return HandoffId(row.handoff_id) if row.handoff_id else None
    found = open_of(connection, ConversationId(row.id))
    return found.id if found else None


def _say(
    connection: Connection,
    row: Row[Any],
    contents: Sequence[Content],
    language: Language,
    handoff: HandoffId | None,
    now: datetime,
) -> tuple[Message, ...]:
    """Keep what the assistant says, numbered on from the conversation's last message."""
    conversation = ConversationId(row.id)
    said = tuple(
        Message(conversation, row.last_seq + number, Speaker.ASSISTANT, content, language, now)
        for number, content in enumerate(contents, 1)
    )
    rows = [
        {
            "conversation_id": message.conversation,
            "seq": message.seq,
            "speaker": message.speaker.value,
            "language": language.value,
            "content": message.content.to_json(),
            "at": now,
            "handoff_id": handoff,
        }
        for message in said
    ]
    if rows:
        connection.execute(_SAY, rows)
    return said


def _queue_answers(
    connection: Connection, said: Sequence[Message], address: Address, now: datetime, node: str | None
) -> Sequence[Delivery]:
    """Queue what the assistant says; ``node`` is at once sending the first of it, which is given."""
    taken: list[Delivery] = []
    for message in said:
        sends = node if message is said[0] else None
        number = queue(connection, message, address.channel, address.chat_id, now, sending=sends)
        if sends:
            destination = f"{address.channel}:{address.chat_id}"
            taken.append(Delivery(number, message, address, address.channel, destination, None, 1))
    return taken


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
