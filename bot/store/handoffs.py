"""Handoffs, their notes, and the acts of librarians on them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, func, insert, select, update

from bot.errors import HandoffEnded, HandoffTaken, HandoffUnknown, NotAssigned, NotYours
from bot.model import (
    ConversationId,
    DeskEvent,
    Handoff,
    HandoffId,
    HandoffState,
    Language,
    Librarian,
    LibrarianId,
    Note,
    Packet,
)
from bot.store import tables as t
from bot.store.conversations import gather
from bot.store.database import reading
from bot.store.rows import handoff_of

GONE = ""  # the text of a note that was withdrawn; no other is empty
OPEN = (HandoffState.WAITING.value, HandoffState.ASSIGNED.value)


def handoffs_joined() -> Select[Any]:
    """Select handoffs, each with its librarian's name."""
    join = t.handoffs.outerjoin(t.librarians, t.librarians.c.id == t.handoffs.c.librarian_id)
    return select(t.handoffs, t.librarians.c.name.label("librarian_name")).select_from(join)


class Handoffs:
    """Reading handoffs; writing goes through the functions below, inside a caller's transaction."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def get(self, handoff: HandoffId) -> Handoff:
        """Give a handoff. Raises HandoffUnknown."""
        with reading(self._engine) as connection:
            return get(connection, handoff)

    def open_of(self, conversation: ConversationId) -> Handoff | None:
        """Give the open handoff of a conversation."""
        with reading(self._engine) as connection:
            return open_of(connection, conversation)

    def latest_of(self, conversation: ConversationId) -> Handoff | None:
        """Give the handoff of a conversation that was opened last, open or not."""
        h = t.handoffs.c
        query = (
            handoffs_joined().where(h.conversation_id == conversation).order_by(h.opened_at.desc()).limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return handoff_of(row) if row else None

    def queue(self) -> Sequence[Handoff]:
        """Give all open handoffs, oldest first."""
        query = handoffs_joined().where(t.handoffs.c.state.in_(OPEN)).order_by(t.handoffs.c.opened_at)
        with reading(self._engine) as connection:
            return [handoff_of(row) for row in connection.execute(query)]

    def every(self, since: datetime | None = None) -> Sequence[Handoff]:
        """Give all handoffs that were opened since a moment, oldest first."""
        query = handoffs_joined().order_by(t.handoffs.c.opened_at)
        if since:
            query = query.where(t.handoffs.c.opened_at >= since)
        with reading(self._engine) as connection:
            return [handoff_of(row) for row in connection.execute(query)]

    def notes(self, handoff: HandoffId) -> Sequence[Note]:
        """Give the notes of a handoff, oldest first; not those that were withdrawn."""
        n = t.notes.c
        query = select(t.notes).where(n.handoff_id == handoff, n.text != GONE).order_by(n.id)
        with reading(self._engine) as connection:
            return [
                Note(row.author, row.text, row.at, row.id, row.external_id)
                for row in connection.execute(query)
            ]

    def events(self, handoff: HandoffId) -> Sequence[DeskEvent]:
        """Give what happened to a handoff, oldest first."""
        e = t.handoff_events
        query = select(e).where(e.c.handoff_id == handoff).order_by(e.c.id)
        with reading(self._engine) as connection:
            return [
                DeskEvent(row.kind, row.who, row.at, row.other, row.text) for row in connection.execute(query)
            ]

    def ids_of(self, conversation: ConversationId) -> Sequence[HandoffId]:
        """Give the ids of all handoffs of a conversation, open or over."""
        query = select(t.handoffs.c.id).where(t.handoffs.c.conversation_id == conversation)
        with reading(self._engine) as connection:
            return [HandoffId(row.id) for row in connection.execute(query)]

    def loads(self) -> dict[LibrarianId, int]:
        """Count the handoffs that each librarian holds now; who holds none is not in it."""
        h = t.handoffs.c
        query = (
            select(h.librarian_id, func.count().label("n"))
            .where(h.state == HandoffState.ASSIGNED.value)
            .group_by(h.librarian_id)
        )
        with reading(self._engine) as connection:
            return {LibrarianId(row.librarian_id): row.n for row in connection.execute(query)}

    def add_note(
        self, handoff: HandoffId, librarian: Librarian, text: str, external_id: str, now: datetime
    ) -> None:
        """Keep a note; the same external id again changes nothing."""
        with self._engine.begin() as connection:
            get(connection, handoff)
            n = t.notes.c
            before = connection.execute(
                select(n.id).where(n.handoff_id == handoff, n.external_id == external_id)
            ).first()
            if before is None:
                acted(connection, handoff, librarian.id, now)
                connection.execute(
                    insert(t.notes).values(
                        handoff_id=handoff, author=librarian.name, text=text, at=now, external_id=external_id
                    )
                )

    def change_note(
        self, handoff: HandoffId, librarian: Librarian, external_id: str, text: str | None, now: datetime
    ) -> None:
        """Give a note another text; None: it is withdrawn. Doing it twice changes nothing.

        Raises HandoffUnknown, and NotYours where this librarian wrote no such note or has withdrawn it.
        """
        n = t.notes.c
        which = (n.handoff_id == handoff, n.external_id == external_id)
        with self._engine.begin() as connection:
            get(connection, handoff)
            row = connection.execute(select(n.author, n.text).where(*which).with_for_update()).first()
            # The row stays: the network may repeat the note after its withdrawal.
            wanted = GONE if text is None else text
            if row is None or row.author != librarian.name or (row.text == GONE and wanted != GONE):
                raise NotYours(external_id)
            if row.text != wanted:
                acted(connection, handoff, librarian.id, now)
                connection.execute(update(t.notes).where(*which).values(text=wanted))

    def due_words(self, before: datetime) -> Sequence[tuple[Handoff, int]]:
        """Give waiting handoffs whose patron heard nothing since ``before``, with the words so far."""
        h = t.handoffs.c
        query = handoffs_joined().where(
            h.state == HandoffState.WAITING.value, h.left.is_(False), h.word_at <= before
        )
        with reading(self._engine) as connection:
            return [(handoff_of(row), row.words) for row in connection.execute(query)]


def get(connection: Connection, handoff: HandoffId) -> Handoff:
    """Give a handoff. Raises HandoffUnknown."""
    row = connection.execute(handoffs_joined().where(t.handoffs.c.id == handoff)).first()
    if row is None:
        raise HandoffUnknown(handoff)
    return handoff_of(row)


def open_of(connection: Connection, conversation: ConversationId) -> Handoff | None:
    """Give the open handoff of a conversation."""
    h = t.handoffs.c
    row = connection.execute(
        handoffs_joined().where(h.conversation_id == conversation, h.state.in_(OPEN))
    ).first()
    return handoff_of(row) if row else None


def open_handoff(
    connection: Connection,
    conversation: ConversationId,
    channel: str,
    language: Language,
    packet: Packet,
    now: datetime,
    *,
    left: bool = False,
) -> Handoff:
    """Open a handoff, with the messages that led to it; where one is open it is given back.

    One that had been left waits again.
    """
    before = open_of(connection, conversation)
    if before:
        if before.left and before.state is HandoffState.WAITING:
            return change(connection, before.id, conversation, {"left": left, "word_at": now, "words": 0})
        return before
    made = HandoffId(uuid.uuid4().hex)
    connection.execute(
        insert(t.handoffs).values(
            id=made,
            conversation_id=conversation,
            state=HandoffState.WAITING.value,
            packet=packet.to_json(),
            language=language.value,
            channel=channel,
            opened_at=now,
            word_at=now,
            left=left,
        )
    )
    gather(connection, conversation, made)
    return get(connection, made)


def change(
    connection: Connection, handoff: HandoffId, conversation: ConversationId, values: Mapping[str, Any]
) -> Handoff:
    """Change a handoff of a conversation. Raises HandoffUnknown where it is not one of its."""
    h = t.handoffs.c
    if values:
        connection.execute(
            update(t.handoffs).where(h.id == handoff, h.conversation_id == conversation).values(**values)
        )
    found = get(connection, handoff)
    if found.conversation != conversation:
        raise HandoffUnknown(handoff)
    return found


def claim(connection: Connection, handoff: HandoffId, librarian: LibrarianId, now: datetime) -> bool:
    """Take a waiting handoff; one statement decides. False: this librarian had it already.

    Raises HandoffTaken or HandoffEnded.
    """
    h = t.handoffs.c
    taken = connection.execute(
        update(t.handoffs)
        .where(h.id == handoff, and_(h.state == HandoffState.WAITING.value, h.librarian_id.is_(None)))
        .values(
            state=HandoffState.ASSIGNED.value,
            librarian_id=librarian,
            claimed_at=now,
            acted_at=now,
            left=False,
            back=None,
        )
    )
    if taken.rowcount == 1:
        return True
    found = get(connection, handoff)
    if found.state not in (HandoffState.WAITING, HandoffState.ASSIGNED):
        raise HandoffEnded(handoff)
    if found.librarian != librarian:
        raise HandoffTaken(found.librarian_name or "")
    return False


def held(connection: Connection, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
    """Give a handoff that this librarian holds. Raises HandoffUnknown, HandoffEnded, NotAssigned."""
    # The lock keeps a reply from slipping in behind a close.
    found = locked(connection, handoff)
    if found.state in (HandoffState.CLOSED, HandoffState.ABANDONED):
        raise HandoffEnded(handoff)
    if found.librarian != librarian:
        raise NotAssigned(handoff)
    return found


def locked(connection: Connection, handoff: HandoffId) -> Handoff:
    """Give a handoff that nobody else changes until the transaction ends. Raises HandoffUnknown."""
    connection.execute(select(t.handoffs.c.id).where(t.handoffs.c.id == handoff).with_for_update())
    return get(connection, handoff)


def acted(connection: Connection, handoff: HandoffId, librarian: LibrarianId, now: datetime) -> None:
    """Note that who holds a handoff has just done something with it; others do not count."""
    h = t.handoffs.c
    connection.execute(
        update(t.handoffs).where(h.id == handoff, h.librarian_id == librarian).values(acted_at=now)
    )


def record(
    connection: Connection,
    handoff: HandoffId,
    kind: str,
    who: str,
    now: datetime,
    *,
    other: str | None = None,
    text: str = "",
) -> None:
    """Keep what happened to a handoff, for the desk's eyes; kinds as in DeskEvent."""
    connection.execute(
        insert(t.handoff_events).values(
            handoff_id=handoff, kind=kind, who=who, other=other, text=text, at=now
        )
    )
