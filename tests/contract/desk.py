"""What every desk must do. A desk's own test gives the fixture ``driver`` and inherits the rest.

The core behind it is the real one: a patron's words go in at its door, and what librarians see on the
desk's network is looked at.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from bot.core import Core
from bot.model import Handoff, HandoffState, Message, Speaker
from bot.ports import Desk, DeskShowsTyping
from bot.store.store import Store
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Shown:
    """A handoff as librarians see it on the desk's network."""

    question: str
    state: HandoffState
    who: str | None  # the display name of who has it


class NotOffered(Exception):
    """This desk has no such act."""


@contextmanager
def where_offered() -> Iterator[None]:
    """Skip, with a plain message, what a desk does not offer."""
    try:
        yield
    except NotOffered:
        pytest.skip("this desk has no such act")


class DeskDriver(ABC):
    """Librarians on the real network, a patron at the real core."""

    core: Core
    store: Store
    desk: Desk
    names: tuple[str, str]  # the display names of librarians 0 and 1

    @abstractmethod
    async def patron_asks(self) -> Handoff:
        """Let a patron who has said nothing yet ask for a person, on the channel ``web``."""

    @abstractmethod
    async def patron_says(self, text: str) -> Message:
        """Let that patron write."""

    @abstractmethod
    async def claim(self, handoff: Handoff, librarian: int) -> bool:
        """Let a librarian press Claim; False where the desk says that somebody was quicker."""

    @abstractmethod
    async def reply(self, handoff: Handoff, librarian: int, text: str, key: str) -> bool:
        """Let a librarian write to the patron; False where the desk does not take it for a reply."""

    @abstractmethod
    async def note(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        """Let a librarian write a note."""

    @abstractmethod
    async def give_back(self, handoff: Handoff, librarian: int) -> None:
        """Let a librarian return the conversation to the assistant."""

    @abstractmethod
    async def close(self, handoff: Handoff, librarian: int, read: int, transaction: str, topic: str) -> None:
        """Let a librarian close it; ``topic`` is ``hours``."""

    # A desk that has these overrides them; where it has not, their part of the contract is skipped.

    async def put_back(self, handoff: Handoff, librarian: int, message: str) -> None:
        """Let a librarian put it back in the queue, with a word to colleagues."""
        raise NotOffered

    async def refer(self, handoff: Handoff, librarian: int, to: int, message: str) -> None:
        """Let a librarian refer it to the other one."""
        raise NotOffered

    async def accept(self, handoff: Handoff, librarian: int) -> bool:
        """Let a librarian accept a referral; False where the desk says that it is over."""
        raise NotOffered

    async def decline(self, handoff: Handoff, librarian: int, message: str) -> None:
        """Let a librarian decline a referral."""
        raise NotOffered

    async def reopen(self, handoff: Handoff, librarian: int) -> bool:
        """Let a librarian take up again what is over; False where the desk refuses."""
        raise NotOffered

    async def edit(self, handoff: Handoff, librarian: int, said: Message, text: str) -> bool:
        """Let a librarian change a message; False where the desk refuses."""
        raise NotOffered

    async def withdraw(self, handoff: Handoff, librarian: int, said: Message) -> bool:
        """Let a librarian take a message back; False where the desk refuses."""
        raise NotOffered

    @abstractmethod
    async def earlier(self, handoff: Handoff) -> bool:
        """Whether librarians are shown that there were earlier conversations of the same patron."""

    async def agree(self, handoff: Handoff, given: bool) -> None:
        """Let the patron say whether earlier conversations may be seen."""
        address = self.store.conversations.get(handoff.conversation).address
        await self.core.patrons.consent(address, given)

    async def until_earlier(self, handoff: Handoff, wanted: bool) -> None:
        """Wait until that is shown, or is no more."""
        async with asyncio.timeout(PATIENCE):
            while await self.earlier(handoff) is not wanted:
                await asyncio.sleep(0.01)

    @abstractmethod
    async def shown(self) -> Sequence[Shown]:
        """Give the handoffs on the desk, as they are shown last."""

    @abstractmethod
    async def relayed(self, handoff: Handoff) -> Sequence[str]:
        """Give the texts of a handoff's messages, as often as they are shown."""

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something in the core's store."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.01)

    async def until_shown(self, wanted: Shown) -> None:
        """Wait until the desk shows a handoff so."""
        async with asyncio.timeout(PATIENCE):
            while wanted not in await self.shown():
                await asyncio.sleep(0.01)

    async def until_relayed(self, handoff: Handoff, text: str) -> Sequence[str]:
        """Wait until the desk shows a text."""
        async with asyncio.timeout(PATIENCE):
            while text not in (texts := await self.relayed(handoff)):
                await asyncio.sleep(0.01)
        return texts

    async def told(self) -> list[Message]:
        """Give all that the patron has on their page."""
        (row,) = {handoff.conversation for handoff in self.store.handoffs.every()}
        return [m for m in self.store.conversations.since(row, 0, 1000) if m.speaker is not Speaker.PATRON]


class DeskContract:
    """Inherit, and give a fixture ``driver`` of a :class:`DeskDriver`."""

    async def test_a_handoff_appears_with_its_question(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.WAITING, None))

    async def test_showing_it_twice_changes_nothing(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.WAITING, None))
        await driver.desk.show(handoff)
        await driver.desk.show(handoff)
        assert len(await driver.shown()) == 1

    async def test_a_claim_is_seen_and_told(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        assert await driver.claim(handoff, 0)
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.ASSIGNED, driver.names[0]))
        assert any(driver.names[0] in m.content.text for m in await driver.told())

    async def test_two_cannot_claim_the_same(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        won = await asyncio.gather(driver.claim(handoff, 0), driver.claim(handoff, 1))
        assert sorted(won) == [False, True]
        assert driver.store.handoffs.get(handoff.id).librarian_name == driver.names[won.index(True)]

    async def test_what_the_patron_says_arrives_in_order(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        for n in range(5):
            await driver.patron_says(f"number {n}")
        texts = await driver.until_relayed(handoff, "number 4")
        assert [t for t in texts if t.startswith("number")] == [f"number {n}" for n in range(5)]

    async def test_a_message_relayed_twice_is_seen_once_where_the_desk_says_so(
        self, driver: DeskDriver
    ) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        said = await driver.patron_says("only once")
        await driver.until_relayed(handoff, "only once")
        if not driver.desk.resolves_unknown:
            return
        await driver.desk.relay(driver.store.handoffs.get(handoff.id), said)
        await driver.patron_says("and then")
        texts = await driver.until_relayed(handoff, "and then")
        assert list(texts).count("only once") == 1

    async def test_a_reply_reaches_the_patron_under_the_librarians_name(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        assert await driver.reply(handoff, 0, "Good morning", "reply-0001")
        spoken = [m for m in await driver.told() if m.speaker is Speaker.LIBRARIAN]
        assert [(m.content.text, m.author) for m in spoken] == [("Good morning", driver.names[0])]

    async def test_a_reply_repeated_by_the_network_is_said_once(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        for _ in range(3):
            await driver.reply(handoff, 0, "Good morning", "reply-0001")
        assert [m.content.text for m in await driver.told()].count("Good morning") == 1

    async def test_only_who_holds_it_speaks(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        assert not await driver.reply(handoff, 1, "me too", "reply-0001")
        assert "me too" not in [m.content.text for m in await driver.told()]

    async def test_a_note_stays_on_the_desk(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        for _ in range(2):
            await driver.note(handoff, 1, "between us", "note-00001")
        assert [n.text for n in driver.store.handoffs.notes(handoff.id)] == ["between us"]
        assert "between us" not in [m.content.text for m in await driver.told()]

    async def test_giving_back_ends_it_without_a_rating(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        await driver.give_back(handoff, 0)
        await driver.until(lambda: driver.store.handoffs.get(handoff.id).state is HandoffState.CLOSED)
        assert not any(m.content.event == "csat" for m in await driver.told())

    async def test_closing_keeps_the_record_and_asks_for_a_rating(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        await driver.close(handoff, 0, 4, "reference", "hours")
        closed = driver.store.handoffs.get(handoff.id)
        assert closed.state is HandoffState.CLOSED
        assert (closed.read_value, closed.transaction, closed.topic) == (4, "reference", "hours")
        assert (await driver.told())[-1].content.event == "csat"

    async def test_after_the_end_nobody_speaks(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        await driver.give_back(handoff, 0)
        assert not await driver.reply(handoff, 0, "one more thing", "reply-0009")

    async def test_what_is_put_back_waits_again_and_the_patron_is_told(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        with where_offered():
            await driver.put_back(handoff, 0, "between us")
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.WAITING, None))
        told = await driver.told()
        assert driver.names[0] in told[-1].content.text
        assert "between us" not in " ".join(m.content.text for m in told)
        assert await driver.claim(handoff, 1)

    async def test_a_referral_is_taken_over(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        with where_offered():
            await driver.refer(handoff, 0, 1, "between us")
        assert driver.store.handoffs.get(handoff.id).librarian_name == driver.names[0]
        assert await driver.accept(handoff, 1)
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.ASSIGNED, driver.names[1]))
        assert not await driver.accept(handoff, 1)
        assert not await driver.reply(handoff, 0, "me again", "reply-0001")
        told = [m.content.text for m in await driver.told()]
        assert driver.names[1] in told[-1] and "between us" not in " ".join(told)

    async def test_a_referral_is_declined(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        with where_offered():
            await driver.refer(handoff, 0, 1, "")
        before = len(await driver.told())
        await driver.decline(handoff, 1, "In a class")
        kept = driver.store.handoffs.get(handoff.id)
        assert (kept.librarian_name, kept.referral) == (driver.names[0], None)
        assert len(await driver.told()) == before  # the patron need not know
        assert await driver.reply(handoff, 0, "Still me", "reply-0001")

    async def test_what_is_over_is_taken_up_again(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        await driver.close(handoff, 0, 4, "reference", "hours")
        with where_offered():
            assert await driver.reopen(handoff, 1)
        await driver.until_shown(Shown(handoff.packet.question, HandoffState.ASSIGNED, driver.names[1]))
        assert not await driver.reopen(handoff, 0)
        assert await driver.reply(handoff, 1, "Once more", "reply-0001")

    async def test_only_who_said_it_edits_and_withdraws_it(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        await driver.reply(handoff, 0, "At nine", "reply-0001")
        said = next(m for m in await driver.told() if m.content.text == "At nine")
        with where_offered():
            assert await driver.edit(handoff, 0, said, "At ten")
        assert not await driver.edit(handoff, 1, said, "At eleven")
        assert "At ten" in " ".join(m.content.text for m in await driver.told())
        with where_offered():
            assert await driver.withdraw(handoff, 0, said)
        assert not await driver.withdraw(handoff, 1, said)
        (kept,) = (m for m in await driver.told() if m.seq == said.seq)
        assert kept.withdrawn and "At" not in kept.content.text

    async def test_what_was_before_is_shown_as_long_as_the_patron_agrees(self, driver: DeskDriver) -> None:
        first = await driver.patron_asks()
        await driver.claim(first, 0)
        await driver.close(first, 0, 4, "reference", "hours")
        await driver.until(lambda: driver.store.handoffs.get(first.id).state is HandoffState.CLOSED)
        again = await driver.patron_asks()
        assert again.id != first.id
        assert not await driver.earlier(again)
        await driver.agree(again, True)
        await driver.until_earlier(again, True)
        await driver.agree(again, False)
        await driver.until_earlier(again, False)

    async def test_markup_and_arabic_pass_unharmed(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        await driver.claim(handoff, 0)
        text = "<b>غير مفهوم</b> & <script>alert('x')</script> *_~` @channel"
        await driver.patron_says(text)
        assert text in await driver.until_relayed(handoff, text)

    async def test_the_patrons_writing_may_be_shown_at_any_time(self, driver: DeskDriver) -> None:
        handoff = await driver.patron_asks()
        if isinstance(driver.desk, DeskShowsTyping):
            await driver.desk.show_patron_typing(handoff.id, True)
            await driver.desk.show_patron_typing(handoff.id, False)
