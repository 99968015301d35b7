"""A patron's message arrives: it is kept, put into the inbox, and its turn begins, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.model import (
    Accepted,
    Address,
    Choice,
    Content,
    ConversationId,
    Language,
    Message,
    Speaker,
    parse_reference,
)
from bot.store import tables as t
from bot.store.conversations import (
    Conversation,
    Lease,
    Waiting,
    begin_conversation,
    by_external_id,
    conversation_of,
    open_handoff_of,
)
from bot.store.rows import PATRONS, message_of
from bot.store.scenes import Scene, scene_of

GONE = "core:gone"  # the payload of a choice that was never offered, or is no more
LONGEST_TITLE = 60  # characters; no choice is longer
OFFERED_WITHIN = 6  # messages

# Statements are put together once: SQLAlchemy takes longer over that than SQLite over running them.
_C, _M, _I = t.conversations.c, t.messages.c, t.inbox.c
_LOOK = (
    select(
        t.conversations,
        exists().where(_M.conversation_id == _C.id, _M.external_id == bindparam("external")).label("before"),
        exists().where(_I.conversation_id == _C.id, _I.done_at.is_(None)).label("waits"),
        open_handoff_of(_C.id).label("open_handoff"),
    )
    .where(_C.channel == bindparam("channel_"), _C.chat_id == bindparam("chat"))
    .with_for_update(of=t.conversations)
)
_LATEST = (
    select(_M.seq, _M.speaker, _M.content)
    .where(_M.conversation_id == bindparam("conversation"))
    .order_by(_M.seq.desc())
    .limit(OFFERED_WITHIN)
)
_CHANGE = update(t.conversations).where(_C.id == bindparam("conversation"))
_KEEP, _WAIT = insert(t.messages), insert(t.inbox)

Speak = Callable[[Language | None], Language]  # the conversation's language, if there is one, to the answer's


@dataclass(frozen=True, slots=True)
class Arriving:
    """A message as a channel gives it. ``external_id`` is the channel's name for it.

    ``language`` is that to answer in, or finds it. ``payload`` is what a command comes to; ``event`` is
    EDITED where it is a later form of another message; ``album`` is as in Incoming; ``edit`` names the edit
    that came before the message itself. ``admit`` may raise to refuse a message that is new.
    """

    address: Address
    text: str
    language: Language | Speak
    external_id: str
    payload: str | None = None
    event: str | None = None
    album: str | None = None
    edit: str | None = None
    admit: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """Who would take the turn at once, and for how many seconds."""

    owner: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Arrived(Accepted):
    """A message that is kept; ``scene`` is its turn, where it began."""

    scene: Scene | None = None


class Arrivals:
    """Where patrons' messages come in."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def accept(self, arriving: Arriving, now: datetime, begin: Begin | None = None) -> Arrived:
        """Keep a message; one with an external id that was kept before is given back as repeated.

        With ``begin`` its turn begins, unless another message waits or somebody has the conversation.
        """
        for last in (False, True):
            try:
                with self._engine.begin() as connection:
                    return _accept(connection, arriving, now, begin)
            except IntegrityError:  # the same message arrived twice at once
                if last:
                    raise
        raise AssertionError("not reached")


def _accept(connection: Connection, arriving: Arriving, now: datetime, begin: Begin | None) -> Arrived:
    external_id = PATRONS + arriving.external_id
    row = _look(connection, arriving.address, external_id)
    if row is not None and row.before:
        before = by_external_id(connection, ConversationId(row.id), external_id)
        if before is not None:
            return Arrived(before, repeated=True)
    if arriving.admit:
        arriving.admit()
    known = conversation_of(row) if row is not None else None
    language = arriving.language
    if not isinstance(language, Language):
        language = language(known.language if known else None)
    conversation = known or begin_conversation(connection, arriving.address, language, now)
    pressed = _pressed(connection, conversation, arriving)
    seq = conversation.last_seq + 1
    takes = begin if begin and _is_free(row, now) else None
    fence = (row.fence if row is not None else 0) + 1
    values: dict[str, object] = {"last_seq": seq, "active_at": now}
    if conversation.language is not language:
        values["language"] = language.value
    if takes:
        until = now + timedelta(seconds=takes.seconds)
        values |= {"lease_owner": takes.owner, "lease_until": until, "fence": fence}
    connection.execute(_CHANGE, {"conversation": conversation.id, **values})
    conversation = replace(conversation, last_seq=seq, language=language)
    message = _keep(connection, conversation, arriving, pressed, row.open_handoff if row else None, now)
    waiting = _wait(connection, message, arriving, pressed, int(takes is not None), now)
    if takes is None:
        return Arrived(message, repeated=False)
    lease = Lease(conversation.id, takes.owner, fence)
    has_handoff = row is not None and row.open_handoff is not None
    return Arrived(message, False, scene_of(connection, lease, conversation, waiting, has_handoff, now))


def _look(connection: Connection, address: Address, external_id: str) -> Row[Any] | None:
    """Give the conversation's row, locked, with all that decides on the message."""
    asked = {"channel_": address.channel, "chat": address.chat_id, "external": external_id}
    return connection.execute(_LOOK, asked).first()


def _is_free(row: Row[Any] | None, now: datetime) -> bool:
    """Whether nothing else is going on in a conversation."""
    return row is None or (not row.waits and (row.lease_until is None or row.lease_until <= now))


def _keep(
    connection: Connection,
    conversation: Conversation,
    arriving: Arriving,
    pressed: tuple[int, Choice] | None,
    handoff: str | None,
    now: datetime,
) -> Message:
    text = pressed[1].title if pressed else arriving.text
    edits = (arriving.edit,) if arriving.edit else ()
    content = Content(text, event=arriving.event, album=arriving.album, edits=edits)
    connection.execute(
        _KEEP,
        {
            "conversation_id": conversation.id,
            "seq": conversation.last_seq,
            "speaker": Speaker.PATRON.value,
            "language": conversation.language.value,
            "content": content.to_json(),
            "at": now,
            "external_id": PATRONS + arriving.external_id,
            "handoff_id": handoff,
        },
    )
    said = (conversation.id, conversation.last_seq, Speaker.PATRON, content, conversation.language)
    return Message(*said, now, external_id=arriving.external_id)


def _wait(
    connection: Connection,
    message: Message,
    arriving: Arriving,
    pressed: tuple[int, Choice] | None,
    attempts: int,
    now: datetime,
) -> Waiting:
    """Put a message into the inbox, with the choice that it pressed or what a command means."""
    choice_seq, payload = (pressed[0], pressed[1].payload) if pressed else (None, arriving.payload)
    kept = connection.execute(
        _WAIT,
        {
            "conversation_id": message.conversation,
            "seq": message.seq,
            "choice_seq": choice_seq,
            "choice_payload": payload,
            "received_at": now,
            "attempts": attempts,
        },
    )
    choice = Choice(message.content.text, payload) if payload else None
    assert kept.inserted_primary_key is not None
    return Waiting(kept.inserted_primary_key[0], message, choice, choice_seq, attempts, now)


def _pressed(
    connection: Connection, conversation: Conversation, arriving: Arriving
) -> tuple[int, Choice] | None:
    """Find the choice that a text refers to, or spells out: only one that was offered here."""
    if arriving.payload:
        return None
    named = parse_reference(arriving.text)
    if named is None:
        return _spelt_out(connection, conversation, arriving.text)
    seq, index = named
    m = t.messages.c
    row = connection.execute(
        select(t.messages).where(m.conversation_id == conversation.id, m.seq == seq)
    ).first()
    choices = message_of(row).content.choices if row else ()
    return (seq, choices[index] if index < len(choices) else Choice(arriving.text, GONE))


def _spelt_out(connection: Connection, conversation: Conversation, text: str) -> tuple[int, Choice] | None:
    """Find a choice, offered since the patron last wrote, whose title is exactly what they typed."""
    if len(text) > LONGEST_TITLE or not conversation.last_seq:
        return None
    typed = text.strip().casefold()
    for row in connection.execute(_LATEST, {"conversation": conversation.id}):
        if row.speaker == Speaker.PATRON.value:
            return None
        for choice in Content.from_json(row.content).choices:
            if choice.title.strip().casefold() == typed:
                return row.seq, choice
    return None
