"""What a turn begins from: the right to take it, the message, and what may be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from bot.model import ConversationId, Handoff, Language, Librarian, Message, Presence, Speaker
from bot.store.consents import holding
from bot.store.conversations import Conversation, Lease, Waiting, current, get, lease, next_waiting, release
from bot.store.database import reading
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
    now: datetime
    consent: bool = False  # whether earlier conversations may be seen; known where the patron asks of it

    @property
    def language(self) -> Language:
        """The language to answer in."""
        return self.waiting.message.language


@dataclass(frozen=True, slots=True)
class Around:
    """What only the turns that lead to a person need to know."""

    recent: Sequence[Message]  # the last messages, oldest first, the turn's own included
    present: Sequence[tuple[Librarian, Presence]]


class Scenes:
    """Where turns begin; bot/store/arrivals.py begins them too, as their message is kept."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def next(self, conversation: ConversationId, owner: str, now: datetime, seconds: float) -> Scene | None:
        """Lease a conversation for ``seconds``, for its oldest waiting message.

        None where nothing waits, or somebody else has the lease. Raises ConversationUnknown.
        """
        with self._engine.begin() as connection:
            taken = lease(connection, conversation, owner, now, seconds)
            if taken is None:
                return None
            waiting = next_waiting(connection, taken)
            if waiting is None:
                release(connection, taken)
                return None
            return scene_of(connection, taken, get(connection, conversation), waiting, True, now)

    def around(self, scene: Scene, presence_seconds: float) -> Around:
        """Give what else there is at a scene; ``presence_seconds``: how long a librarian's presence lasts."""
        conversation, seq = scene.conversation.id, scene.waiting.message.seq
        with reading(self._engine) as connection:
            return Around(
                [
                    message
                    for message in current(connection, conversation, RECENT)
                    if message.seq <= seq or message.speaker is not Speaker.PATRON
                ],
                present(connection, scene.now - timedelta(seconds=presence_seconds)),
            )


def scene_of(
    connection: Connection,
    lease: Lease,
    conversation: Conversation,
    waiting: Waiting,
    has_handoff: bool,
    now: datetime,
) -> Scene:
    """Give a scene; ``has_handoff`` is False where it is known that no handoff is open."""
    return Scene(
        lease=lease,
        conversation=conversation,
        waiting=waiting,
        handoff=open_of(connection, conversation.id) if has_handoff else None,
        now=now,
        consent=_asks_of_consent(waiting) and holding(connection, conversation.id) is not None,
    )


def _asks_of_consent(waiting: Waiting) -> bool:
    return waiting.choice is not None and waiting.choice.payload.startswith("core:consent")
