"""Rows of the database as types of the model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from bot.model import (
    Address,
    Content,
    ConversationId,
    Handoff,
    HandoffId,
    HandoffState,
    Invitation,
    Json,
    Language,
    Librarian,
    LibrarianId,
    Message,
    Packet,
    Referral,
    Role,
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
        edited_at=row.edited_at,
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
        note=row.note,
        back=row.back,
        referral=_referral(row.referral) if row.referral else None,
        invited=tuple(_invitation(one) for one in row.invited or ()),
    )


def referral_json(referral: Referral) -> Json:
    """Give what is kept of a referral; instants as seconds since 1970."""
    return {
        "by": referral.by,
        "by_name": referral.by_name,
        "message": referral.message,
        "at": referral.at.timestamp(),
        "until": referral.until.timestamp(),
        "to": referral.to,
        "to_name": referral.to_name,
        "subject": referral.subject,
        "declined": list(referral.declined),
    }


def _referral(kept: Json) -> Referral:
    return Referral(
        by=LibrarianId(kept["by"]),
        by_name=kept["by_name"],
        message=kept["message"],
        at=_instant(kept["at"]),
        until=_instant(kept["until"]),
        to=LibrarianId(kept["to"]) if kept["to"] else None,
        to_name=kept["to_name"],
        subject=kept["subject"],
        declined=tuple(LibrarianId(one) for one in kept["declined"]),
    )


def invitation_json(invitation: Invitation) -> Json:
    """Give what is kept of an invitation."""
    return {
        "by_name": invitation.by_name,
        "to": invitation.to,
        "to_name": invitation.to_name,
        "message": invitation.message,
        "at": invitation.at.timestamp(),
    }


def _invitation(kept: Json) -> Invitation:
    to = LibrarianId(kept["to"])
    return Invitation(kept["by_name"], to, kept["to_name"], kept["message"], _instant(kept["at"]))


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def librarian_of(row: Row[Any]) -> Librarian:
    """Make a Librarian of a row of ``librarians``."""
    return Librarian(
        id=LibrarianId(row.id),
        name=row.name,
        email=row.email,
        languages=tuple(Language(code) for code in row.languages),
        subjects=tuple(row.subjects),
        disabled=bool(row.disabled),
        role=Role(row.role),
        capacity=row.capacity,
    )
