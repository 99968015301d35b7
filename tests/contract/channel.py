"""What every channel must do. A channel's own test gives the fixture ``driver`` and inherits the rest."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Choice, Content, Speaker, parse_reference
from tests.fakes.patron_door import FakePatronDoor
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Seen:
    """One message as the patron's side of the network shows it."""

    text: str
    choices: tuple[tuple[str, str], ...]  # title, and what pressing it sends back
    seq: int | None = None


class Driver(ABC):
    """A patron on the real network: raw requests in, what comes out is looked at."""

    door: FakePatronDoor

    @abstractmethod
    async def say(self, text: str, external_id: str) -> None:
        """Send what a patron types."""

    @abstractmethod
    async def press(self, sent_back: str, external_id: str) -> None:
        """Press a choice."""

    @abstractmethod
    async def seen(self) -> Sequence[Seen]:
        """Give all that the assistant and librarians were seen to say."""

    async def until(self, count: int) -> Sequence[Seen]:
        """Wait until so many messages were seen."""
        async with asyncio.timeout(PATIENCE):
            while len(seen := await self.seen()) < count:
                await asyncio.sleep(0.01)
        return seen


class ChannelContract:
    """Inherit, and give a fixture ``driver`` of a :class:`Driver`."""

    async def test_what_is_said_is_answered(self, driver: Driver) -> None:
        await driver.say("hello", "external-1")
        assert [s.text for s in await driver.until(1)] == ["You said: hello"]

    async def test_messages_arrive_in_order(self, driver: Driver) -> None:
        for n in range(5):
            await driver.say(f"number {n}", f"external-{n}")
        texts = [s.text for s in await driver.until(5)]
        assert texts == [f"You said: number {n}" for n in range(5)]

    async def test_a_choice_sends_back_a_reference_and_no_payload(self, driver: Driver) -> None:
        offered = Content("Which?", choices=(Choice("This", "/secret{}"), Choice("That", "core:person")))
        driver.door.script = lambda text, language: [offered] if text == "go" else [Content(f"took {text}")]
        await driver.say("go", "external-1")
        (first,) = await driver.until(1)
        assert [title for title, _ in first.choices] == ["This", "That"]
        assert all(parse_reference(sent) is not None for _, sent in first.choices)
        await driver.press(first.choices[1][1], "external-2")
        assert (await driver.until(2))[-1].text == "took That"

    async def test_a_message_unasked_reaches_the_patron(self, driver: Driver) -> None:
        await driver.say("hello", "external-1")
        await driver.until(1)
        await driver.door.say(driver.door.only(), Content("I am here"), Speaker.LIBRARIAN, "Layla")
        assert "I am here" in (await driver.until(2))[-1].text

    async def test_delivering_to_nobody_is_no_fault(self, driver: Driver) -> None:
        await driver.say("hello", "external-1")
        await driver.until(1)
        address = driver.door.only()
        message = driver.door.kept[address].messages[-1]
        channel = driver.door.channel
        assert channel is not None
        nobody = type(address)(address.channel, "f" * 64)
        await channel.deliver(nobody, message)
        assert len(await driver.seen()) == 1

    async def test_markup_passes_as_text(self, driver: Driver) -> None:
        await driver.say("<b>bold</b> & \u202erest\u202c", "external-1")
        assert (await driver.until(1))[0].text == "You said: <b>bold</b> & \u202erest\u202c"

    async def test_arabic_passes_unharmed(self, driver: Driver) -> None:
        await driver.say("متى تفتحون يوم الجمعة؟", "external-1")
        assert "متى تفتحون يوم الجمعة؟" in (await driver.until(1))[0].text


class NumberedChannelContract(ChannelContract):
    """For a network whose messages have ids and numbers, so that a repeat is known for one."""

    async def test_a_repeated_external_id_is_one_message(self, driver: Driver) -> None:
        await driver.say("once", "external-1")
        await driver.until(1)
        await driver.say("once", "external-1")
        await driver.say("then", "external-2")
        await driver.until(2)
        kept = driver.door.kept[driver.door.only()].messages
        assert [m.content.text for m in kept if m.speaker is Speaker.PATRON] == ["once", "then"]

    async def test_the_same_delivery_twice_shows_once(self, driver: Driver) -> None:
        await driver.say("hello", "external-1")
        await driver.until(1)
        channel = driver.door.channel
        assert channel is not None
        assert channel.resolves_unknown
        address = driver.door.only()
        said = await driver.door.say(address, Content("twice delivered"))
        await channel.deliver(address, said)
        await driver.say("after", "external-2")
        texts = [s.text for s in await driver.until(3)]
        assert texts == ["You said: hello", "twice delivered", "You said: after"]
