"""What a turn begins from: the right to take it, the message, and what may be known, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from bot.model import ConversationId, Handoff, Language, Librarian, Message, Presence, Speaker
from bot.store.consents import holding
from bot.store.conversations import Conversation, Lease, Waiting, current, get, lease, next_waiting, release
from bot.store.handoffs import open_of
from bot.store.librarians import present

RECENT = 14  # messages


@dataclass(frozen=True, slots=True)
class Scene:
    """What a turn may know, as of one moment."""

    lease: Lease
    conversation: Conversation
    waiting: Waiting
    handoff: Handoff | None  # the open one
    recent: Sequence[Message]  # the last messages, oldest first, this one included
    present: Sequence[tuple[Librarian, Presence]]
    now: datetime
    consent: bool = False  # whether earlier conversations may be seen; known where the patron asks of it

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.waiting.message.language


class Scenes:
    """Where turns begin."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def next(
        self,
        conversation: ConversationId,
        owner: str,
        now: datetime,
        seconds: float,
        presence_seconds: float,
    ) -> Scene | None:
        """Lease a conversation for ``seconds``, for its oldest waiting message.

        None where nothing waits, or somebody else has the lease. ``presence_seconds``: how long a
        librarian's presence lasts. Raises ConversationUnknown.
        """
        with self._engine.begin() as connection:
            taken = lease(connection, conversation, owner, now, seconds)
            if taken is None:
                return None
            waiting = next_waiting(connection, taken)
            if waiting is None:
                release(connection, taken)
                return None
            return Scene(
                lease=taken,
                conversation=get(connection, conversation),
                waiting=waiting,
                handoff=open_of(connection, conversation),
                recent=[
                    message
                    for message in current(connection, conversation, RECENT)
                    if message.seq <= waiting.message.seq or message.speaker is not Speaker.PATRON
                ],
                present=present(connection, now - timedelta(seconds=presence_seconds)),
                now=now,
                consent=_asks_of_consent(waiting) and holding(connection, conversation) is not None,
            )


def _asks_of_consent(waiting: Waiting) -> bool:
    return waiting.choice is not None and waiting.choice.payload.startswith("core:consent")
