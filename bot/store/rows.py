"""Rows of the database as types of the model."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from bot.model import (
    Address,
    Content,
    ConversationId,
    Handoff,
    HandoffId,
    HandoffState,
    Language,
    Librarian,
    LibrarianId,
    Message,
    Packet,
    Speaker,
)

PATRONS = "p:"  # before the ids that channels give to patrons' messages


def message_of(row: Row[Any]) -> Message:
    """Make a Message of a row of ``messages``."""
    return Message(
        conversation=ConversationId(row.conversation_id),
        seq=row.seq,
        speaker=Speaker(row.speaker),
        content=Content.from_json(row.content),
        language=Language(row.language),
        at=row.at,
        author=row.author,
        external_id=given_id(row.external_id),
    )


def given_id(kept: str | None) -> str | None:
    """Give the id as the channel named it; a patron's is kept with a mark, apart from librarians'."""
    return kept.removeprefix(PATRONS) if kept else kept


def address_of(row: Row[Any]) -> Address:
    """Make an Address of a row that has ``channel`` and ``chat_id``."""
    return Address(row.channel, row.chat_id)


def handoff_of(row: Row[Any]) -> Handoff:
    """Make a Handoff of a row of ``handoffs`` joined with its librarian's name."""
    return Handoff(
        id=HandoffId(row.id),
        conversation=ConversationId(row.conversation_id),
        state=HandoffState(row.state),
        packet=Packet.from_json(row.packet),
        language=Language(row.language),
        channel=row.channel,
        opened_at=row.opened_at,
        librarian=LibrarianId(row.librarian_id) if row.librarian_id else None,
        librarian_name=row.librarian_name,
        claimed_at=row.claimed_at,
        closed_at=row.closed_at,
        left=bool(row.left),
        read_value=row.read_value,
        transaction=row.transaction,
        topic=row.topic,
        csat=row.csat,
    )


def librarian_of(row: Row[Any]) -> Librarian:
    """Make a Librarian of a row of ``librarians``."""
    return Librarian(
        id=LibrarianId(row.id),
        name=row.name,
        email=row.email,
        languages=tuple(Language(code) for code in row.languages),
        subjects=tuple(row.subjects),
        disabled=bool(row.disabled),
    )
