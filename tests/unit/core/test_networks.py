"""What the core does for networks that limit, cut off and forget; and for patrons' commands and edits."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from bot.core import Core
from bot.errors import DeliveryUncertain, PatronGone
from bot.model import (
    EDITED,
    DeskThread,
    HandoffId,
    HandoffState,
    Incoming,
    Language,
    Pace,
    Presence,
    Speaker,
    Wish,
)
from bot.sender import Bucket
from bot.settings import Settings
from tests.fakes.engine import wants_person
from tests.patience import PATIENCE
from tests.unit.core.conftest import CHAT, LAYLA, OMAR, Page, World


async def until_kept(world: World, text: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while text not in [said.text for said in world.engine.asked]:
            await asyncio.sleep(0.01)


def edit(text: str, number: int = 1) -> Incoming:
    return Incoming(CHAT, text, f"edit-{number}")


async def test_an_edit_before_the_turn_takes_the_questions_place(world: World) -> None:
    world.engine.delay = 0.3
    await world.core.patrons.receive(Incoming(CHAT, "renw a book", "id-1"))
    await until_kept(world, "renw a book")  # the turn is being made from the old text
    amended = await world.core.patrons.amend(edit("renew a book"), "id-1")
    assert amended.message.seq == 1
    world.engine.delay = 0
    await world.settle()
    assert world.page.texts() == ["echo: renew a book"]
    kept = await world.core.patrons.since(CHAT, 0)
    assert [m.content.text for m in kept if m.speaker is Speaker.PATRON] == ["renew a book"]


async def test_an_edit_after_the_turn_is_a_message_of_its_own_and_kept_once(world: World) -> None:
    await world.say("renw a book")
    for _ in range(2):
        await world.core.patrons.amend(edit("renew a book"), "id-1")
        await world.settle()
    assert world.page.texts() == ["echo: renw a book", "echo: renew a book"]
    kept = await world.core.patrons.since(CHAT, 0)
    marked = [(m.content.text, m.content.event) for m in kept if m.speaker is Speaker.PATRON]
    assert marked == [("renw a book", None), ("renew a book", EDITED)]  # librarians see which is which


async def test_an_edit_of_nothing_that_is_known_is_a_message(world: World) -> None:
    await world.core.patrons.amend(edit("hello"), "never-heard-of")
    await world.settle()
    assert world.page.texts() == ["echo: hello"]


async def test_an_edit_that_took_the_questions_place_is_no_message_when_it_comes_again(world: World) -> None:
    world.engine.delay = 0.3
    await world.core.patrons.receive(Incoming(CHAT, "renw a book", "id-1"))
    for number, text in enumerate(("renew a bok", "renew a book"), 1):
        await world.core.patrons.amend(edit(text, number), "id-1")
    world.engine.delay = 0
    await world.settle()
    # As a network does that has not heard that they were taken.
    await world.core.patrons.receive(Incoming(CHAT, "renw a book", "id-1"))
    for number, text in enumerate(("renew a bok", "renew a book"), 1):
        assert (await world.core.patrons.amend(edit(text, number), "id-1")).repeated
    await world.settle()
    assert world.page.texts() == ["echo: renew a book"]


async def test_an_edit_that_overtakes_its_question_is_answered_and_the_question_is_not(world: World) -> None:
    for _ in range(2):
        await world.core.patrons.amend(edit("renew a book"), "id-1")
        await world.settle()
        await world.core.patrons.receive(Incoming(CHAT, "renw a book", "id-1"))
        await world.settle()
    assert world.page.texts() == ["echo: renew a book"]


@pytest.mark.parametrize(("wish", "event"), [(Wish.START, "start"), (Wish.HELP, "help"), (Wish.FILE, "file")])
async def test_commands_are_answered_without_the_engine(world: World, wish: Wish, event: str) -> None:
    world.engine.fails = True
    message = await world.say("/command", wish=wish)
    assert message.content.text == "/command"
    assert world.last().content.event == event
    assert world.engine.asked == []


async def test_a_command_keeps_the_language_that_is_spoken(world: World) -> None:
    await world.say("متى تفتحون؟")
    await world.say("Help", wish=Wish.HELP)
    assert world.last().language is Language.AR
    await world.say("English", wish=Wish.ENGLISH)
    assert world.last().content.text == "I will go on in English."


async def test_commands_are_the_librarians_where_one_has_the_conversation(world: World) -> None:
    world.engine.answer = wants_person
    await world.librarian_here()
    await world.say("May I talk to a person?")
    (handoff,) = world.store.handoffs.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    before = len(world.page.shown)
    for wish in (Wish.PERSON, Wish.HELP, Wish.START):
        await world.say(wish.value, wish=wish)
        assert world.board.relayed[-1].content.text == wish.value
    assert len(world.page.shown) == before


async def test_a_file_goes_to_whoever_has_the_conversation(world: World) -> None:
    world.engine.answer = wants_person
    await world.librarian_here()
    await world.say("May I talk to a person?")
    (handoff,) = world.store.handoffs.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    before = len(world.page.shown)
    await world.say("[Picture] https://ask.library.example/x", wish=Wish.FILE)
    assert world.board.relayed[-1].content.text.startswith("[Picture]")
    assert len([m for m in world.page.shown[before:] if m.content.event == "file"]) == 0


async def send_album(world: World, name: str, first: int = 1) -> None:
    for n in range(first, first + 3):
        await world.say(f"[Picture] https://ask.library.example/{n}", wish=Wish.FILE, album=name)


async def test_what_was_sent_in_one_go_is_answered_once(world: World) -> None:
    await send_album(world, "one")
    assert [m.content.event for m in world.page.shown] == ["file"]
    await send_album(world, "two", first=4)
    assert [m.content.event for m in world.page.shown] == ["file", "file"]
    await world.say("[Picture] https://ask.library.example/7", wish=Wish.FILE)
    assert [m.content.event for m in world.page.shown] == ["file"] * 3


async def test_all_of_an_album_is_in_front_of_the_librarian(world: World) -> None:
    await world.librarian_here()
    await send_album(world, "one")
    await world.say("Talk to a librarian", wish=Wish.PERSON)
    (handoff,) = world.store.handoffs.queue()
    assert [f"/{n}" in handoff.packet.question for n in (1, 2, 3)] == [True] * 3
    before = len(world.page.shown)
    await send_album(world, "two", first=4)  # while it waits, and then when it is claimed
    assert len(world.page.shown) == before + 1
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await send_album(world, "three", first=7)
    relayed = [m.content.text[-2:] for m in world.board.relayed if m.content.album]
    assert relayed == [f"/{n}" for n in range(4, 10)]


async def test_a_patron_who_is_gone_ends_the_handoff_and_what_waits(world: World) -> None:
    world.engine.answer = wants_person
    await world.librarian_here()
    await world.say("May I talk to a person?")
    (handoff,) = world.store.handoffs.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    world.page.faults = [PatronGone("the patron has blocked the bot")]
    await world.core.librarians.reply(handoff.id, LAYLA.id, "hello?", "reply-000001")
    async with asyncio.timeout(PATIENCE):  # the desk hears of it beside the writing down of the delivery
        while world.board.shown[-1].state is not HandoffState.ABANDONED:
            await asyncio.sleep(0.01)
    await world.settle()
    assert world.store.handoffs.get(handoff.id).state is HandoffState.ABANDONED
    assert "failed" in world.store.deliveries.counts()


async def test_a_message_that_may_have_arrived_is_sent_again_and_marked(world: World) -> None:
    await world.core.stop()
    world.page.resolves_unknown = False  # a network that cannot tell a repeat
    world.page.faults = [DeliveryUncertain("the line broke")]
    world.core.connect([world.page], [world.board])
    await world.core.start()
    accepted = await world.core.patrons.receive(Incoming(CHAT, "hello", "id-1"))
    async with asyncio.timeout(PATIENCE):
        while world.page.faults:
            await asyncio.sleep(0.01)
        world.clock.pass_seconds(5)
        while world.store.deliveries.counts() != {"sent": 1}:
            await asyncio.sleep(0.01)
    unsent = world.store.deliveries.unsent_of(accepted.message.conversation, "web")
    assert unsent == {2: "unknown"}


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10.0, burst=2.0)
    assert [bucket.wait(), bucket.wait()] == [0.0, 0.0]
    assert 0.05 < bucket.wait() <= 0.1
    assert bucket.wait() > 0.1


async def test_the_sender_keeps_to_the_pace_of_a_network(world: World) -> None:
    slow = Page(name="slow")
    slow.pace = Pace(rate=20.0, burst=1.0)  # type: ignore[attr-defined]
    core: Core = world.core
    core.connect([slow], [world.board])
    assert core._sender is not None
    assert core._sender._targets["slow"].pace.rate == 20.0
    assert core._sender._targets["desk"].pace == Pace()


async def test_presence_that_holds_is_not_shortened_by_saying_it_again(world: World) -> None:
    door = world.core.librarians
    await door.set_presence(LAYLA.id, Presence.AVAILABLE, holds=3600)
    await door.set_presence(LAYLA.id, Presence.AVAILABLE)
    world.clock.pass_seconds(3000)
    assert [one.id for one, _ in await door.present()] == [LAYLA.id]
    await door.set_presence(LAYLA.id, Presence.AWAY)
    world.clock.pass_seconds(200)
    assert await door.present() == []


async def test_a_person_elsewhere_is_one_librarian_and_no_other(world: World) -> None:
    accounts = world.store.librarians
    assert accounts.link(LAYLA.id, "slack", "U0LAYLA00")
    assert not accounts.link(OMAR.id.__class__("nobody"), "slack", "U0NOBODY0")
    assert await world.core.librarians.linked("slack", "U0LAYLA00") == accounts.get(LAYLA.id)
    assert await world.core.librarians.linked("telegram", "U0LAYLA00") is None
    accounts.link(OMAR.id, "slack", "U0LAYLA00")
    found = await world.core.librarians.linked("slack", "U0LAYLA00")
    assert found is not None and found.id == OMAR.id
    accounts.disable(OMAR.id)
    assert await world.core.librarians.linked("slack", "U0LAYLA00") is None
    assert accounts.links() == [(OMAR.id, "slack", "U0LAYLA00")]
    assert accounts.unlink(OMAR.id, "slack") and not accounts.unlink(OMAR.id, "slack")


async def test_a_desks_places_outlive_their_handoffs_until_they_are_cleared(world: World) -> None:
    world.engine.answer = wants_person
    await world.librarian_here()
    await world.say("May I talk to a person?")
    (handoff,) = world.store.handoffs.queue()
    threads = world.store.threads
    await threads.keep("slack-desk", DeskThread(handoff.id, "C1:1.2", {"note": 0}))
    await threads.keep("slack-desk", DeskThread(handoff.id, "C1:1.3", {"note": 4}))
    assert await threads.at("slack-desk", "C1:1.2") is None
    found = await threads.at("slack-desk", "C1:1.3")
    assert found == await threads.of("slack-desk", handoff.id)
    assert found is not None and found.state == {"note": 4}
    assert await threads.orphans("slack-desk") == []
    await world.core.patrons.forget(CHAT)
    assert [one.thread for one in await threads.orphans("slack-desk")] == ["C1:1.3"]
    await threads.drop("slack-desk", handoff.id)
    assert await threads.orphans("slack-desk") == []
    assert await threads.of("slack-desk", HandoffId("nobody's")) is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"slack_bot_token": "xoxb-1"}, "DALIL_SLACK_SIGNING_SECRET"),
        ({"telegram_token": "1:x", "telegram_mode": "webhook"}, "https"),
        ({"telegram_desk_group": 5}, "-100"),
        ({"slack_desk_channel": "#librarians"}, "id"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_empty_settings_are_unset() -> None:
    settings = Settings(_env_file=None, telegram_token="", slack_desk_channel=" ")  # type: ignore[arg-type]
    assert settings.telegram_token is None and settings.slack_desk_channel is None
