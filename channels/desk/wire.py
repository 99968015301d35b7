"""How handoffs, messages and people look in the desk's API and events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.model import Handoff, HandoffView, Json, Librarian, Message, Note, Presence, Speaker
from channels.web.wire import message_json


def when(at: datetime | None) -> str | None:
    """Write a moment as 2026-11-23T10:00:00.000Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def handoff_json(handoff: Handoff) -> Json:
    """Give everything a page shows of a handoff."""
    return {
        "id": handoff.id,
        "state": handoff.state.value,
        "packet": handoff.packet.to_json(),
        "language": handoff.language.value,
        "channel": handoff.channel,
        "opened_at": when(handoff.opened_at),
        "librarian": handoff.librarian,
        "librarian_name": handoff.librarian_name,
        "claimed_at": when(handoff.claimed_at),
        "closed_at": when(handoff.closed_at),
        "left": handoff.left,
        "read_value": handoff.read_value,
        "transaction": handoff.transaction,
        "topic": handoff.topic,
        "csat": handoff.csat,
    }


def spoken_json(message: Message) -> Json:
    """Give a message; ``id`` of a librarian's is the one that their page gave it."""
    data = message_json(message)
    if message.speaker is Speaker.LIBRARIAN and message.external_id:
        data["id"] = message.external_id.rsplit(":", 1)[-1]
    return data


def note_json(note: Note) -> Json:
    """Give a note."""
    return {"author": note.author, "text": note.text, "at": when(note.at)}


def view_json(view: HandoffView, after: int) -> Json:
    """Give a handoff with its notes and the messages numbered above ``after``."""
    return {
        "handoff": handoff_json(view.handoff),
        "messages": [spoken_json(message) for message in view.messages if message.seq > after],
        "last_seq": view.messages[-1].seq if view.messages else 0,
        "notes": [note_json(note) for note in view.notes],
        "undelivered": {str(seq): state for seq, state in view.undelivered.items()},
    }


def librarian_json(librarian: Librarian) -> Json:
    """Give what colleagues may know of a librarian."""
    return {
        "id": librarian.id,
        "name": librarian.name,
        "languages": [language.value for language in librarian.languages],
        "subjects": list(librarian.subjects),
    }


def present_json(present: Sequence[tuple[Librarian, Presence]]) -> list[Json]:
    """Give who is there."""
    return [{**librarian_json(librarian), "presence": presence.value} for librarian, presence in present]
