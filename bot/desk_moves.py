"""Librarians' acts that change who has a handoff."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.availability import csat_choices
from bot.desk_ground import Ground
from bot.errors import AtCapacity, MessageRefused, Rejected
from bot.metrics import HANDOFF_EVENTS
from bot.model import (
    Colleague,
    Content,
    Handoff,
    HandoffId,
    Invitation,
    Kind,
    Librarian,
    LibrarianId,
    Presence,
    Referral,
)
from bot.text import clean

TRANSACTIONS = ("directional", "reference")
LONGEST_MESSAGE = 1000  # characters of a word to colleagues


class Moves(Ground):
    """Claim, refer, put back, give back, close, reopen."""

    async def claim(self, handoff: HandoffId, librarian: LibrarianId, *, beyond: bool = False) -> Handoff:
        """Take it. Raises HandoffUnknown, HandoffTaken, HandoffEnded, AtCapacity unless ``beyond``."""
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        if not beyond and before.librarian is None:
            await asyncio.to_thread(self._check_capacity, who)
        joined = self._notice(before, "joined", "librarian_joined", name=who.name)
        claimed = await asyncio.to_thread(self._store.desk.claim, handoff, who, joined, self._clock())
        return await self._moved(claimed, "claimed")

    async def put_back(self, handoff: HandoffId, librarian: LibrarianId, message: str = "") -> Handoff:
        """Put it back in the queue. Raises NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        return await self._moved(await asyncio.to_thread(self._put_back, handoff, who, message), "put_back")

    async def refer(
        self,
        handoff: HandoffId,
        librarian: LibrarianId,
        message: str,
        *,
        to: LibrarianId | None = None,
        subject: str | None = None,
    ) -> Handoff:
        """Ask somebody to take it over. Raises Rejected, NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        if bool(to) == bool(subject):
            raise Rejected("refer_to_one")
        now, rules = self._clock(), await asyncio.to_thread(self._store.desk_rules.rules)
        named = await self._colleague(to, who) if to else None
        referral = Referral(
            by=who.id,
            by_name=who.name,
            message=_message(message),
            at=now,
            until=now + timedelta(seconds=rules.referral_seconds),
            to=to,
            to_name=named.name if named else None,
            subject=subject,
        )
        if subject and not await asyncio.to_thread(self._could_take, referral):
            raise Rejected("nobody_for_subject")
        referred = await asyncio.to_thread(self._store.moves.refer, handoff, who, referral, now)
        return await self._moved(referred, "referred")

    async def accept(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take over what was referred. Raises ReferralOver, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        joined = self._notice(
            before, "passed_on", "librarian_joined", name=who.name, other=before.librarian_name or ""
        )
        taken = await asyncio.to_thread(self._store.moves.accept, handoff, who, joined, self._clock())
        return await self._moved(taken, "accepted")

    async def decline(self, handoff: HandoffId, librarian: LibrarianId, message: str = "") -> Handoff:
        """Say no to a referral. Raises ReferralOver, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        asked = before.referral
        others = await asyncio.to_thread(self._could_take, asked) if asked else []
        declined = await asyncio.to_thread(
            self._store.moves.decline, handoff, who, _message(message), others, self._clock()
        )
        return await self._moved(declined, "declined")

    async def recall(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take one's referral back. Raises ReferralOver, NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        kept = await asyncio.to_thread(self._store.moves.recall, handoff, who, self._clock())
        return await self._moved(kept, "recalled")

    async def invite(
        self, handoff: HandoffId, librarian: LibrarianId, colleague: LibrarianId, message: str = ""
    ) -> Handoff:
        """Ask a colleague to look. Raises Rejected, HandoffEnded, HandoffUnknown."""
        who = await self._account(librarian)
        named = await self._colleague(colleague, who, answers=False)
        now = self._clock()
        invitation = Invitation(who.name, named.id, named.name, _message(message), now)
        invited = await asyncio.to_thread(self._store.moves.invite, handoff, who, invitation, now)
        return await self._moved(invited, "invited")

    async def looked(self, handoff: HandoffId, librarian: LibrarianId) -> None:
        """Say that a librarian who was invited has looked. Raises HandoffUnknown."""
        changed = await asyncio.to_thread(self._store.moves.looked, handoff, librarian)
        if changed:
            await self._told.changed(changed)

    async def give_back(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Return the conversation to the assistant. Raises NotAssigned, HandoffEnded, HandoffUnknown."""
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        farewell = (self._notice(before, "given_back", "librarian_left", name=who.name),)
        ended = await asyncio.to_thread(self._store.desk.end, handoff, who, farewell, self._clock())
        return await self._moved(ended, "given_back")

    async def close(
        self,
        handoff: HandoffId,
        librarian: LibrarianId,
        read: int,
        transaction: str,
        topic: str,
        note: str = "",
    ) -> Handoff:
        """End it with its record; the patron is asked for a rating. Raises as give_back does.

        Raises MessageRefused with code ``record`` where the record is not one.
        """
        if not 1 <= read <= 6 or transaction not in TRANSACTIONS or not 0 < len(topic) <= 60:
            raise MessageRefused("record")
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        ask = Content(
            self._wording.say(before.language, "csat_ask"), Kind.QUESTION, csat_choices(handoff), event="csat"
        )
        farewell = (self._notice(before, "closed", "librarian_left", name=who.name), ask)
        outcome = {
            "read_value": read,
            "transaction": transaction,
            "topic": topic,
            "note": _message(note) or None,
        }
        ended = await asyncio.to_thread(
            lambda: self._store.desk.end(handoff, who, farewell, self._clock(), **outcome)
        )
        return await self._moved(ended, "closed")

    async def reopen(self, handoff: HandoffId, librarian: LibrarianId) -> Handoff:
        """Take up again what is over. Raises AnotherOpen, HandoffTaken, HandoffUnknown."""
        who = await self._answering(librarian)
        before = await asyncio.to_thread(self._store.handoffs.get, handoff)
        words = self._notice(before, "reopened", "librarian_joined", name=who.name)
        opened = await asyncio.to_thread(self._store.moves.reopen, handoff, who, words, self._clock())
        return await self._moved(opened, "reopened")

    def _put_back(self, handoff: HandoffId, who: Librarian, message: str) -> Handoff:
        words, leave = self._words_on_return(self._store.handoffs.get(handoff))
        return self._store.moves.put_back(handoff, who, _message(message), words, self._clock(), leave=leave)

    def _check_capacity(self, who: Librarian) -> None:
        enough = who.capacity or self._store.desk_rules.rules().capacity
        if self._store.handoffs.loads().get(who.id, 0) >= enough:
            raise AtCapacity(enough)

    def _could_take(self, referral: Referral) -> list[LibrarianId]:
        """Give who could take a referral over: everybody with an account, there or not."""
        return [one.id for one in self._store.librarians.every() if not one.disabled and referral.is_for(one)]

    async def _colleague(self, colleague: LibrarianId, who: Librarian, *, answers: bool = True) -> Librarian:
        found = await self.librarian(colleague)
        if found is None or found.id == who.id or (answers and not found.answers):
            raise Rejected("no_colleague")
        return found

    def _notice(self, handoff: Handoff, key: str, event: str, **values: str) -> Content:
        return Content(self._wording.say(handoff.language, key, **values), Kind.NOTICE, event=event)

    async def _moved(self, handoff: Handoff, event: str) -> Handoff:
        HANDOFF_EVENTS.labels(event).inc()
        await self._told.changed(handoff)
        await self._told.presence()
        return handoff

    # Presence stands here because load is a part of it.

    async def colleagues(self) -> list[Colleague]:
        """Give every open account with its presence and load, by name."""
        return await asyncio.to_thread(self._colleagues)

    def _colleagues(self) -> list[Colleague]:
        since = self._clock() - timedelta(seconds=self._settings.claim_idle_seconds)
        loads, usual = self._store.handoffs.loads(), self._store.desk_rules.rules().capacity
        return [
            Colleague(one, presence, loads.get(one.id, 0), one.capacity or usual)
            for one, presence in self._store.librarians.standing(since)
        ]

    async def linked(self, network: str, identity: str) -> Librarian | None:
        """Give whom a person on another network is, where an admin has linked them."""
        return await asyncio.to_thread(self._store.librarians.linked, network, identity)

    async def set_presence(self, librarian: LibrarianId, presence: Presence, *, holds: float = 0.0) -> None:
        """Say whether this librarian takes handoffs now."""
        before = {one.librarian.id: one.presence for one in await self.colleagues()}.get(librarian)
        await asyncio.to_thread(
            self._store.librarians.set_presence, librarian, presence, self._clock(), holds
        )
        if before is not presence:
            await self._told.presence()


def _message(text: str) -> str:
    """Clean a word to colleagues; none is fine. Raises MessageRefused where it is too long."""
    return clean(text, LONGEST_MESSAGE) if text.strip() else ""
