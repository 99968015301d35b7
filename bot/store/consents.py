"""Consent: whether librarians may see a patron's earlier conversations, since when, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from bot.errors import ConversationUnknown
from bot.model import Consent, ConversationId, Handoff
from bot.store import tables as t
from bot.store.closed import OVER
from bot.store.database import reading
from bot.store.handoffs import handoffs_joined
from bot.store.rows import handoff_of

EARLIER = "earlier"  # what is agreed to
MOST_SHOWN = 50


class Consents:
    """Patrons' consents. One that was withdrawn is kept as a record until the conversation is deleted."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def since(self, conversation: ConversationId) -> datetime | None:
        """Give when the consent that holds was given; None where there is none."""
        with reading(self._engine) as connection:
            return holding(connection, conversation)

    def history(self, conversation: ConversationId) -> Sequence[Consent]:
        """Give every consent that was ever given, oldest first."""
        c = t.consents.c
        query = select(t.consents).where(c.conversation_id == conversation).order_by(c.id)
        with reading(self._engine) as connection:
            return [Consent(row.given_at, row.withdrawn_at) for row in connection.execute(query)]

    def set(self, conversation: ConversationId, given: bool, now: datetime) -> bool:
        """Give or withdraw; False where it was so already. Raises ConversationUnknown."""
        with self._engine.begin() as connection:
            return set_consent(connection, conversation, given, now)

    def earlier(self, handoff: Handoff, kept_since: datetime) -> tuple[datetime, Sequence[Handoff]] | None:
        """Give since when the patron of a handoff agrees, and their earlier ones, newest first.

        Those that were over before ``kept_since`` are left out: they count as forgotten. None where the
        patron does not agree.
        """
        h = t.handoffs.c
        query = (
            handoffs_joined()
            .where(
                h.conversation_id == handoff.conversation,
                h.id != handoff.id,
                h.state.in_(OVER),
                h.closed_at >= kept_since,
                h.opened_at <= handoff.opened_at,
            )
            .order_by(h.opened_at.desc(), h.id)
            .limit(MOST_SHOWN)
        )
        with reading(self._engine) as connection:
            since = holding(connection, handoff.conversation)
            if since is None:
                return None
            return since, [handoff_of(row) for row in connection.execute(query)]


def holding(connection: Connection, conversation: ConversationId) -> datetime | None:
    """Give when the consent that holds was given."""
    c = t.consents.c
    query = select(c.given_at).where(
        c.conversation_id == conversation, c.what == EARLIER, c.withdrawn_at.is_(None)
    )
    return connection.execute(query).scalar_one_or_none()


def set_consent(connection: Connection, conversation: ConversationId, given: bool, now: datetime) -> bool:
    """Give or withdraw within a transaction; nobody is asked about it again. Raises ConversationUnknown."""
    known = connection.execute(  # also the lock: twice at once is one after the other
        update(t.conversations)
        .where(t.conversations.c.id == conversation)
        .values(consent_asked_at=now, active_at=now)
    )
    if known.rowcount != 1:
        raise ConversationUnknown(conversation)
    c = t.consents.c
    if (holding(connection, conversation) is not None) is given:
        return False
    if given:
        connection.execute(
            insert(t.consents).values(conversation_id=conversation, what=EARLIER, given_at=now)
        )
    else:
        connection.execute(
            update(t.consents)
            .where(c.conversation_id == conversation, c.what == EARLIER, c.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
    return True


def was_helped_before(connection: Connection, conversation: ConversationId) -> bool:
    """Whether a librarian has helped this patron, and it is over."""
    h = t.handoffs.c
    over = select(h.id).where(
        h.conversation_id == conversation, h.state.in_(OVER), h.librarian_id.is_not(None)
    )
    return connection.execute(over.limit(1)).first() is not None


def to_be_asked(connection: Connection, conversation: ConversationId, now: datetime) -> bool:
    """Whether a patron was never asked for consent; from now on they were."""
    c = t.conversations.c
    first = connection.execute(
        update(t.conversations)
        .where(c.id == conversation, c.consent_asked_at.is_(None))
        .values(consent_asked_at=now)
    )
    return first.rowcount == 1
