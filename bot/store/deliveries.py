"""Outgoing deliveries and their states: pending, sending, sent, failed.

One that is ``doubtful`` was cut off between the network call and its record, and then sent again: the
patron may have it twice. Desks are shown that as ``unknown``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, exists, func, or_, select, update

from bot.model import Address, ConversationId, HandoffId, Message, Speaker
from bot.store import tables as t
from bot.store.database import reading
from bot.store.rows import address_of, message_of

_SET = update(t.deliveries).where(t.deliveries.c.id == bindparam("delivery"))
JOINED = 30  # deliveries in one post, at most


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one channel or desk."""

    id: int
    message: Message
    address: Address
    target: str
    destination: str
    handoff: HandoffId | None
    attempts: int
    change: int = 0  # 0: the message itself; else it was delivered before and has changed since
    shown_as: str | None = None  # where it changed: the network's id of what was delivered
    doubtful: bool = False  # an earlier attempt may have arrived

    @property
    def joinable(self) -> bool:
        """Whether it may be shown in one post with its like: a patron's own words, as first said."""
        return (
            not self.change and self.message.speaker is Speaker.PATRON and self.message.content.event is None
        )


class Deliveries:
    """The outbox."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def take(self, node: str, now: datetime, limit: int) -> Sequence[Delivery]:
        """Mark due deliveries as sending and give them: the oldest of each destination only."""
        with self._engine.begin() as connection:
            return take(connection, node, now, limit)

    def take_following(self, first: Delivery, node: str, now: datetime, most: int) -> Sequence[Delivery]:
        """Mark as sending, and give, what comes right after ``first`` and can be joined with it.

        All together they have at most ``most`` characters. ``first`` is being sent, so nobody else takes
        anything of its destination.
        """
        d = t.deliveries.c
        query = (
            _joined()
            .where(d.destination == first.destination, d.id > first.id, d.state == "pending")
            .order_by(d.id)
            .limit(JOINED)
        )
        with self._engine.begin() as connection:
            room = most - len(first.message.content.text)
            taken: list[Delivery] = []
            for row in connection.execute(query):
                one = _delivery(row)
                room -= len(one.message.content.text) + 1
                if not one.joinable or room < 0 or row.due_at > now:
                    break
                taken.append(replace(one, attempts=one.attempts + 1))
            if taken:
                ids = [one.id for one in taken]
                _set_sending(connection, ids, node, now)
        return taken

    def sent(self, delivery: int, external_id: str | None, now: datetime) -> None:
        """Record that the network took it."""
        self._set(delivery, now, state="sent", external_id=external_id, error=None)

    def again(
        self, delivery: int, due_at: datetime, reason: str, now: datetime, *, doubtful: bool = False
    ) -> None:
        """Put it back, to be tried at ``due_at``; ``doubtful``: it may have arrived all the same."""
        doubt = {"doubtful": True} if doubtful else {}
        self._set(delivery, now, state="pending", due_at=due_at, error=reason, **doubt)

    def failed(self, delivery: int, reason: str, now: datetime) -> None:
        """Record that it will never arrive."""
        self._set(delivery, now, state="failed", error=reason)

    def recover(self, node: str, resend: Sequence[str], now: datetime) -> int:
        """After a crash of this node: what was being sent is sent again. Gives the number.

        Where the target is not one of ``resend`` (those that show the same message once however often it
        comes), the message may arrive twice: it is marked as doubtful.
        """
        d = t.deliveries.c
        cut_off = update(t.deliveries).where(d.state == "sending", d.node == node)
        again = {"state": "pending", "due_at": now, "changed_at": now}
        with self._engine.begin() as connection:
            sure = connection.execute(cut_off.where(d.target.in_(resend)).values(**again))
            doubtful = connection.execute(cut_off.values(**again, doubtful=True))
        return sure.rowcount + doubtful.rowcount

    def next_due(self) -> datetime | None:
        """Give the moment at which the next pending delivery is due."""
        query = select(func.min(t.deliveries.c.due_at)).where(t.deliveries.c.state == "pending")
        with reading(self._engine) as connection:
            due: datetime | None = connection.execute(query).scalar_one()
            return due

    def unsent_of(self, conversation: ConversationId, channel: str) -> dict[int, str]:
        """Give the state of each message that has not reached the patron, by its number."""
        d = t.deliveries.c
        query = (
            select(d.seq, d.state)
            .where(
                d.conversation_id == conversation,
                d.target == channel,
                or_(d.state != "sent", d.doubtful.is_(True)),
            )
            .order_by(d.change.desc())  # where both are on their way, the message counts, not its change
        )
        with reading(self._engine) as connection:
            return {
                row.seq: "unknown" if row.state == "sent" else row.state for row in connection.execute(query)
            }

    def counts(self) -> dict[str, int]:
        """Count deliveries by state."""
        d = t.deliveries.c
        with reading(self._engine) as connection:
            rows = connection.execute(select(d.state, func.count().label("n")).group_by(d.state))
            return {row.state: row.n for row in rows}

    def _set(self, delivery: int, now: datetime, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(_SET, {"delivery": delivery, "changed_at": now, **values})


def take(
    connection: Connection, node: str, now: datetime, limit: int, conversation: ConversationId | None = None
) -> Sequence[Delivery]:
    """Mark due deliveries, of one conversation or of all, as sending, and give them.

    Of each destination only the oldest; the others follow when it has arrived.
    """
    d = t.deliveries.c
    earlier = t.deliveries.alias("earlier")
    behind = exists().where(
        earlier.c.destination == d.destination,
        earlier.c.id < d.id,
        earlier.c.state.in_(("pending", "sending")),
    )
    due = (
        select(d.id)
        .where(d.state == "pending", d.due_at <= now, ~behind)
        .order_by(d.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if conversation is not None:
        due = due.where(d.conversation_id == conversation)
    ids = [row.id for row in connection.execute(due)]
    if not ids:
        return []
    _set_sending(connection, ids, node, now)
    rows = connection.execute(_joined().where(d.id.in_(ids)).order_by(d.id))
    return [_delivery(row) for row in rows]


def _set_sending(connection: Connection, ids: Sequence[int], node: str, now: datetime) -> None:
    d = t.deliveries.c
    sending = {"state": "sending", "node": node, "attempts": d.attempts + 1, "changed_at": now}
    connection.execute(update(t.deliveries).where(d.id.in_(ids)).values(**sending))


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.delivery_id,
        message_of(row),
        address_of(row),
        row.target,
        row.destination,
        HandoffId(row.handoff_id) if row.handoff_id else None,
        row.attempts,
        row.change,
        row.shown_as,
        row.doubtful,
    )


def _joined() -> Select[Any]:
    d, m, c = t.deliveries.c, t.messages, t.conversations
    first = t.deliveries.alias("first")
    shown_as = (
        select(first.c.external_id)
        .where(
            first.c.conversation_id == d.conversation_id,
            first.c.seq == d.seq,
            first.c.target == d.target,
            first.c.change == 0,
        )
        .scalar_subquery()
    )
    return (
        select(
            d.id.label("delivery_id"),
            d.target,
            d.destination,
            d.handoff_id,
            d.attempts,
            d.doubtful,
            d.change,
            d.due_at,
            shown_as.label("shown_as"),
            *m.c,
            c.c.channel,
            c.c.chat_id,
        )
        .join(m, (m.c.conversation_id == d.conversation_id) & (m.c.seq == d.seq))
        .join(c, c.c.id == d.conversation_id)
    )
