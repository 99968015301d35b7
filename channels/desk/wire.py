"""How handoffs, messages and people look in the desk's API and events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.model import (
    Colleague,
    DeskEvent,
    Earlier,
    Handoff,
    HandoffState,
    HandoffView,
    Json,
    Language,
    Librarian,
    Message,
    Note,
    Referral,
    Speaker,
)
from channels.reasons import trouble_in_words
from channels.web.wire import message_json


def when(at: datetime | None) -> str | None:
    """Write a moment as 2026-11-23T10:00:00.000Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def troubles_json(troubles: dict[str, str]) -> Json:
    """Give what does not work elsewhere, by the language it is said in."""
    once = {trouble: where for where, trouble in reversed(troubles.items())}  # two may have it in common
    return {
        language.value: [trouble_in_words(where, trouble, language) for trouble, where in once.items()]
        for language in Language
    }


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
        "note": handoff.note,
        "back": handoff.back,
        "referral": _referral_json(handoff.referral) if handoff.referral else None,
        "invited": [
            {"by": one.by_name, "to": one.to, "to_name": one.to_name, "message": one.message}
            for one in handoff.invited
        ],
    }


def _referral_json(referral: Referral) -> Json:
    return {
        "by": referral.by,
        "by_name": referral.by_name,
        "to": referral.to,
        "to_name": referral.to_name,
        "subject": referral.subject,
        "message": referral.message,
        "until": when(referral.until),
        "declined": list(referral.declined),
    }


def event_json(event: DeskEvent) -> Json:
    """Give something that happened to a handoff."""
    return {
        "kind": event.kind,
        "who": event.who,
        "other": event.other,
        "text": event.text,
        "at": when(event.at),
    }


def spoken_json(message: Message) -> Json:
    """Give a message; ``id`` of a librarian's is the one that their page gave it, ``by`` their own."""
    data = message_json(message) | {"edited_at": when(message.edited_at), "by": None}
    if message.speaker is Speaker.LIBRARIAN and message.external_id:
        _, by, data["id"] = message.external_id.rsplit(":", 2)
        data["by"] = by
    return data


def note_json(note: Note) -> Json:
    """Give a note."""
    return {"author": note.author, "text": note.text, "at": when(note.at)}


def view_json(view: HandoffView, after: int) -> Json:
    """Give a handoff with its notes, and the messages numbered above ``after`` or changed since said."""
    return {
        "handoff": handoff_json(view.handoff),
        "messages": [
            spoken_json(message)
            for message in view.messages
            if message.seq > after or message.edited_at is not None
        ],
        "last_seq": view.messages[-1].seq if view.messages else 0,
        "notes": [note_json(note) for note in view.notes],
        "undelivered": {str(seq): state for seq, state in view.undelivered.items()},
        "events": [event_json(event) for event in view.events],
        "earlier": _earlier_json(view.earlier) if view.earlier else None,
    }


def _earlier_json(earlier: Earlier) -> Json:
    helper = earlier.helped_by
    return {
        "since": when(earlier.since),
        "helped_by": {"id": helper[0], "name": helper[1]} if helper else None,
        "handoffs": [
            {
                "id": one.id,
                "question": one.packet.question,
                "language": one.language.value,
                "topic": one.topic or one.packet.topic,
                "opened_at": when(one.opened_at),
                "outcome": _outcome(one),
                "read_value": one.read_value,
                "csat": one.csat,
                "librarian_name": one.librarian_name,
            }
            for one in earlier.handoffs
        ],
    }


def _outcome(handoff: Handoff) -> str:
    if handoff.state is HandoffState.ABANDONED:
        return "abandoned"
    return "closed" if handoff.read_value else "returned"


def librarian_json(librarian: Librarian) -> Json:
    """Give what colleagues may know of a librarian."""
    return {
        "id": librarian.id,
        "name": librarian.name,
        "languages": [language.value for language in librarian.languages],
        "subjects": list(librarian.subjects),
        "role": librarian.role.value,
    }


def people_json(people: Sequence[Colleague]) -> list[Json]:
    """Give everybody with an account: who is there, and how much each has to do."""
    return [
        {
            **librarian_json(one.librarian),
            "presence": one.presence.value,
            "load": one.load,
            "capacity": one.capacity,
        }
        for one in people
    ]
