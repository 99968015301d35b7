"""Handoffs changing hands: referred, put back, lost, reopened; each with its words, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Double, Engine, func, select, type_coerce, update
from sqlalchemy.exc import IntegrityError

from bot.errors import AnotherOpen, HandoffEnded, HandoffTaken, ReferralOver
from bot.model import (
    Content,
    Handoff,
    HandoffId,
    HandoffState,
    Invitation,
    Librarian,
    LibrarianId,
    Referral,
    Speaker,
)
from bot.store import tables as t
from bot.store.database import reading
from bot.store.desk import NOTHING_PENDING, DeskActs
from bot.store.handoffs import change, get, held, locked, open_of, record
from bot.store.rows import invitation_json, referral_json

NO_REFERRAL = {"referral": None, "referral_until": None}


class Moves:
    """What changes who has a handoff."""

    def __init__(self, engine: Engine, acts: DeskActs) -> None:
        """Use an open database; ``acts`` says things to patrons."""
        self._engine = engine
        self._acts = acts

    def refer(self, handoff: HandoffId, librarian: Librarian, referral: Referral, now: datetime) -> Handoff:
        """Ask somebody to take it over; who refers keeps it meanwhile. Raises as ``held`` does."""
        with self._engine.begin() as connection:
            found = held(connection, handoff, librarian.id)
            values = {"referral": referral_json(referral), "referral_until": referral.until, "acted_at": now}
            other = referral.to_name or referral.subject
            record(connection, handoff, "referred", librarian.name, now, other=other, text=referral.message)
            return change(connection, handoff, found.conversation, values)

    def recall(self, handoff: HandoffId, librarian: Librarian, now: datetime) -> Handoff:
        """Take a referral back. Raises ReferralOver where there is none any more."""
        with self._engine.begin() as connection:
            found = held(connection, handoff, librarian.id)
            if found.referral is None:
                raise ReferralOver(handoff)
            record(connection, handoff, "recalled", librarian.name, now)
            return change(connection, handoff, found.conversation, {**NO_REFERRAL, "acted_at": now})

    def accept(self, handoff: HandoffId, librarian: Librarian, joined: Content, now: datetime) -> Handoff:
        """Take over what was referred, and tell the patron. Raises ReferralOver, HandoffEnded."""
        with self._engine.begin() as connection:
            found = _referred(connection, handoff, librarian)
            values = {
                "librarian_id": librarian.id,
                "claimed_at": now,
                "acted_at": now,
                **NOTHING_PENDING,
            }
            taken = change(connection, handoff, found.conversation, values)
            record(connection, handoff, "accepted", librarian.name, now, other=found.librarian_name)
            self._acts.say(connection, taken, Speaker.ASSISTANT, joined, now)
        return taken

    def decline(
        self,
        handoff: HandoffId,
        librarian: Librarian,
        message: str,
        others: Collection[LibrarianId],
        now: datetime,
    ) -> Handoff:
        """Say no to a referral. It ends where it was to one person, or when nobody is left to ask:
        ``others`` are those who could still take one to a subject. Raises ReferralOver, HandoffEnded.
        """
        with self._engine.begin() as connection:
            found = _referred(connection, handoff, librarian)
            assert found.referral is not None
            declined = (*found.referral.declined, librarian.id)
            left = set(others) - set(declined)
            record(connection, handoff, "declined", librarian.name, now, text=message)
            if found.referral.to or not left:
                return change(connection, handoff, found.conversation, NO_REFERRAL)
            kept = replace(found.referral, declined=declined)
            return change(connection, handoff, found.conversation, {"referral": referral_json(kept)})

    def invite(
        self, handoff: HandoffId, librarian: Librarian, invitation: Invitation, now: datetime
    ) -> Handoff:
        """Ask a colleague to look at an open handoff; asked twice, the newer message counts."""
        with self._engine.begin() as connection:
            found = locked(connection, handoff)
            if found.state in (HandoffState.CLOSED, HandoffState.ABANDONED):
                raise HandoffEnded(handoff)
            kept = [one for one in found.invited if one.to != invitation.to]
            invited = [invitation_json(one) for one in (*kept, invitation)]
            record(
                connection,
                handoff,
                "invited",
                librarian.name,
                now,
                other=invitation.to_name,
                text=invitation.message,
            )
            return change(connection, handoff, found.conversation, {"invited": invited})

    def looked(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff | None:
        """End the invitation of a librarian who has looked; None where there was none."""
        with self._engine.begin() as connection:
            found = locked(connection, handoff)
            left = [invitation_json(one) for one in found.invited if one.to != librarian]
            if len(left) == len(found.invited):
                return None
            return change(connection, handoff, found.conversation, {"invited": left or None})

    def put_back(
        self,
        handoff: HandoffId,
        librarian: Librarian,
        message: str,
        words: Content,
        now: datetime,
        *,
        leave: bool,
    ) -> Handoff:
        """Put it back in the queue, and tell the patron; ``leave``: nobody is there for it."""
        with self._engine.begin() as connection:
            found = held(connection, handoff, librarian.id)
            record(connection, handoff, "put_back", librarian.name, now, text=message)
            return self._to_queue(connection, found, "put_back", words, now, leave)

    def return_lost(
        self, lost: Handoff, kind: str, words: Content, quiet: datetime, now: datetime, *, leave: bool
    ) -> Handoff | None:
        """Put back what its librarian can't go on with: ``kind`` is ``lost`` or ``expired``.

        None where it has moved since ``lost`` was read, or its librarian did something after ``quiet``:
        another gateway was quicker, or somebody came back.
        """
        h = t.handoffs.c
        with self._engine.begin() as connection:
            found = locked(connection, lost.id)
            acted_at = connection.execute(select(h.acted_at).where(h.id == lost.id)).scalar_one()
            if found != lost or (kind == "lost" and acted_at is not None and acted_at > quiet):
                return None
            record(connection, lost.id, kind, lost.librarian_name or "", now)
            return self._to_queue(connection, found, kind, words, now, leave)

    def lost_claims(self, presence_seconds: float, quiet_since: datetime) -> Sequence[Handoff]:
        """Give the handoffs whose librarian was there when they claimed it, and is there no more.

        Nothing was heard of such a librarian since ``quiet_since``. Who never says that they are there
        (a desk without presence) has not gone anywhere.
        """
        h, who = t.handoffs.c, t.librarians.c
        last = func.coalesce(h.acted_at, h.claimed_at)
        query = (
            select(h.id)
            .join(t.librarians, who.id == h.librarian_id)
            .where(
                h.state == HandoffState.ASSIGNED.value,
                who.presence_at.is_not(None),
                type_coerce(who.presence_at, Double) + presence_seconds >= type_coerce(h.claimed_at, Double),
                who.presence_at <= quiet_since,
                last <= quiet_since,
            )
        )
        with reading(self._engine) as connection:
            return [get(connection, HandoffId(row.id)) for row in connection.execute(query).all()]

    def expired_referrals(self, now: datetime) -> Sequence[Handoff]:
        """Give the handoffs whose referral nobody took in time."""
        h = t.handoffs.c
        query = select(h.id).where(h.state == HandoffState.ASSIGNED.value, h.referral_until <= now)
        with reading(self._engine) as connection:
            return [get(connection, HandoffId(row.id)) for row in connection.execute(query).all()]

    def reopen(self, handoff: HandoffId, librarian: Librarian, words: Content, now: datetime) -> Handoff:
        """Take up again what was over. Raises AnotherOpen, HandoffTaken; one's own open one is given back."""
        values = {
            "state": HandoffState.ASSIGNED.value,
            "librarian_id": librarian.id,
            "claimed_at": now,
            "acted_at": now,
            "closed_at": None,
            "read_value": None,
            "transaction": None,
            "left": False,
            "back": None,
        }
        try:
            with self._engine.begin() as connection:
                found = locked(connection, handoff)
                if found.state is HandoffState.ASSIGNED and found.librarian == librarian.id:
                    return found
                if found.state in (HandoffState.WAITING, HandoffState.ASSIGNED):
                    raise HandoffTaken(found.librarian_name or "")
                if open_of(connection, found.conversation):
                    raise AnotherOpen(handoff)
                record(connection, handoff, "reopened", librarian.name, now)
                opened = change(connection, handoff, found.conversation, values)
                self._acts.say(connection, opened, Speaker.ASSISTANT, words, now)
                return opened
        except IntegrityError as error:  # the patron asked for a person in this very moment
            raise AnotherOpen(handoff) from error

    def _to_queue(
        self, connection: Connection, found: Handoff, kind: str, words: Content, now: datetime, leave: bool
    ) -> Handoff:
        values = {
            "state": HandoffState.WAITING.value,
            "librarian_id": None,
            "claimed_at": None,
            "left": leave,
            "back": kind,
            "word_at": now,
            "words": 0,
            **NOTHING_PENDING,
        }
        # An act of the one who has just lost it must not count for the next.
        connection.execute(update(t.handoffs).where(t.handoffs.c.id == found.id).values(acted_at=None))
        waiting = change(connection, found.id, found.conversation, values)
        self._acts.say(connection, waiting, Speaker.ASSISTANT, words, now)
        return waiting


def _referred(connection: Connection, handoff: HandoffId, librarian: Librarian) -> Handoff:
    found = locked(connection, handoff)
    if found.state in (HandoffState.CLOSED, HandoffState.ABANDONED):
        raise HandoffEnded(handoff)
    if found.referral is None or not found.referral.is_for(librarian):
        raise ReferralOver(handoff)
    return found
