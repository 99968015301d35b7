"""What librarians see of a patron's earlier conversations: nothing, unless the patron agrees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.dialogue import Reply
from bot.errors import ConversationUnknown, HandoffUnknown, NotAgreed
from bot.model import (
    Address,
    ConversationView,
    Handoff,
    HandoffId,
    HandoffState,
    Language,
    Message,
    Packet,
    Speaker,
    Wish,
    reference,
)
from tests.unit.core.conftest import CHAT, LAYLA, OMAR, Board, Page, World
from tests.unit.core.test_desk import asked, held, says

DAY = 86_400.0


async def helped(
    world: World, question: str = "Where is it?", address: Address = CHAT, *, rated: bool = False
) -> Handoff:
    """Let a patron be helped by Layla, from the question to the close."""
    world.engine.answer = lambda said, state: says(f"About {said.text}")
    await world.say(question, address)
    world.engine.answer = lambda said, state: says(handoff=Packet(question, "asked", topic="hours"))
    await world.librarian_here()
    await world.say("a person please", address)
    (opened,) = (h for h in world.store.handoffs.queue() if h.state is HandoffState.WAITING)
    door = world.core.librarians
    await door.claim(opened.id, LAYLA.id)
    await door.reply(opened.id, LAYLA.id, f"The answer to {question}", f"r-{opened.id}")
    await world.say("thank you", address)
    closed = await door.close(opened.id, LAYLA.id, 2, "directional", "hours", "a note")
    await world.settle()
    if rated:
        await world.say("5", address)
    world.clock.pass_seconds(60)
    return closed


async def texts(world: World, handoff: Handoff) -> list[str]:
    return [m.content.text for m in (await world.core.librarians.look(handoff.id)).messages]


async def test_without_consent_a_librarian_sees_this_conversation_alone(world: World) -> None:
    first = await helped(world, "My fines")
    await world.say("Are you open on Friday?")
    second = await held(world)
    view = await world.core.librarians.look(second.id)
    assert view.earlier is None
    seen = [m.content.text for m in view.messages]
    assert seen[0] == "Are you open on Friday?"
    assert not any("My fines" in text for text in seen)
    assert second.packet.answered == ()  # nor does the packet tell what was answered then
    with pytest.raises(NotAgreed):
        await world.core.librarians.look_earlier(second.id, first.id)
    assert (await texts(world, first))[0] == "My fines"
    assert not any("Friday" in text for text in await texts(world, first))


async def test_who_agreed_is_known_again(world: World) -> None:
    first = await helped(world, "My fines")
    view = await world.core.patrons.consent(CHAT, True)
    assert view.consent == world.clock()
    second = await held(world, OMAR)
    seen = (await world.core.librarians.look(second.id)).earlier
    assert seen and seen.since == view.consent
    (one,) = seen.handoffs
    assert (one.id, one.packet.question, one.topic, one.librarian_name) == (
        first.id,
        "My fines",
        "hours",
        LAYLA.name,
    )
    assert seen.helped_by == (LAYLA.id, LAYLA.name)
    opened = await world.core.librarians.look_earlier(second.id, first.id)
    assert opened.messages[0].content.text == "My fines"
    assert opened.handoff.note == "a note"
    assert opened.earlier is None
    with pytest.raises(HandoffUnknown):
        await world.core.librarians.look_earlier(second.id, second.id)


async def test_another_patrons_conversation_is_never_an_earlier_one(world: World) -> None:
    other = await helped(world, address=Address("web", "other"))
    await world.core.patrons.consent(Address("web", "other"), True)
    await world.say("hello")
    await world.core.patrons.consent(CHAT, True)
    mine = await held(world)
    seen = (await world.core.librarians.look(mine.id)).earlier
    assert seen and seen.handoffs == ()
    with pytest.raises(HandoffUnknown):
        await world.core.librarians.look_earlier(mine.id, other.id)


async def test_who_helped_before_is_named_only_while_available(world: World) -> None:
    await helped(world)
    await world.core.patrons.consent(CHAT, True)
    world.clock.pass_seconds(3600)
    await world.librarian_here(OMAR)
    second = await held(world, OMAR)
    seen = (await world.core.librarians.look(second.id)).earlier
    assert seen and seen.helped_by == (LAYLA.id, LAYLA.name)  # `held` has her sign in
    world.clock.pass_seconds(3600)
    seen = (await world.core.librarians.look(second.id)).earlier
    assert seen and seen.helped_by is None


@dataclass
class WatchedBoard(Board):
    """A desk that shows earlier conversations."""

    consents: list[tuple[HandoffId, bool]] = field(default_factory=list)

    async def consent_changed(self, handoff: HandoffId, given: bool) -> None:
        self.consents.append((handoff, given))


@dataclass
class WatchedPage(Page):
    """A page that shows how consent stands."""

    consents: list[bool] = field(default_factory=list)

    async def show_consent(self, view: ConversationView) -> None:
        self.consents.append(view.consent is not None)


async def watched(world: World) -> tuple[WatchedPage, WatchedBoard]:
    page, board = WatchedPage(), WatchedBoard()
    await world.core.stop()
    world.core.connect([page], [board])
    await world.core.start()
    world.page, world.board = page, board
    return page, board


async def test_what_is_taken_back_leaves_the_desk_at_once(world: World) -> None:
    page, board = await watched(world)
    first = await helped(world)
    await world.core.patrons.consent(CHAT, True)
    second = await held(world)
    shown = len(board.shown)
    view = await world.core.patrons.consent(CHAT, False)
    assert view.consent is None
    assert page.consents == [True, False]
    assert board.consents == [(first.id, True), (first.id, False), (second.id, False)]
    assert len(board.shown) == shown + 1  # desks that only know handoffs are shown it anew
    assert (await world.core.librarians.look(second.id)).earlier is None
    with pytest.raises(NotAgreed):
        await world.core.librarians.look_earlier(second.id, first.id)
    await world.core.patrons.consent(CHAT, False)
    assert page.consents == [True, False]  # nothing changed, nothing is told
    conversation = world.store.conversations.find(CHAT)
    assert conversation
    ((kept),) = world.store.consents.history(conversation.id)
    assert kept.withdrawn_at == world.clock()


async def offer(world: World) -> Message:
    (offered,) = (m for m in world.page.shown if m.content.event == "consent_ask")
    return offered


async def test_consent_is_asked_for_once_after_the_first_rating(world: World) -> None:
    await helped(world, rated=True)
    offered = await offer(world)
    assert offered is world.last()
    await world.say(reference(offered.seq, 1))
    assert world.last().content.text.startswith("All right")
    assert (await world.core.patrons.open(CHAT, Language.EN)).consent is None
    await helped(world, "Again", rated=True)
    assert await offer(world) is offered  # no second time


async def test_who_gave_no_rating_is_asked_when_coming_back(world: World) -> None:
    await helped(world)
    assert world.last().content.event == "csat"  # one question at a time
    await world.say("Something else")
    again = await asked(world)
    offered = await offer(world)
    assert offered.content.text.startswith("You have talked with librarians here before.")
    await world.say(reference(offered.seq, 0))
    # What a waiting patron can do still stands under the last words.
    assert [choice.payload for choice in world.last().content.choices] == ["core:leave", "core:cancel"]
    seen = (await world.core.librarians.look(again.id)).earlier
    assert seen and len(seen.handoffs) == 1


async def test_who_was_never_helped_is_not_asked(world: World) -> None:
    await asked(world)
    await world.say("Back to the assistant")
    await asked(world)
    assert not [m for m in world.page.shown if m.content.event == "consent_ask"]


async def test_a_yes_by_the_button_is_consent(world: World) -> None:
    page, _ = await watched(world)
    await helped(world, rated=True)
    await world.say(reference((await offer(world)).seq, 0))
    assert world.last().content.text.startswith("Thank you. Librarians can now see")
    assert page.consents == [True]
    view = await world.core.patrons.find(CHAT)
    assert view and view.consent


async def test_a_rating_ends_a_conversation_and_begins_none(world: World) -> None:
    first = await helped(world, rated=True)
    await world.say(reference((await offer(world)).seq, 1))
    await world.say("A new question")
    second = await held(world)
    assert (await texts(world, second))[0] == "A new question"
    ended = (await texts(world, first))[-5:]
    assert ended[0] == "5" and ended[-1].startswith("All right: librarians see only")


async def test_who_agreed_already_is_not_asked(world: World) -> None:
    await world.say("hello")
    await world.core.patrons.consent(CHAT, True)
    await helped(world, rated=True)
    assert not [m for m in world.page.shown if m.content.event == "consent_ask"]


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [(False, "Librarians see only", True), (True, "You agreed that", False)],
)
async def test_a_command_says_how_it_stands_and_changes_it(
    world: World, before: bool, words: str, after: bool
) -> None:
    await world.say("hello")
    await world.core.patrons.consent(CHAT, before)
    await world.say("Earlier conversations", wish=Wish.CONSENT)
    told = world.last()
    assert told.content.text.startswith(words)
    assert len(told.content.choices) == 1
    await world.say(reference(told.seq, 0))
    view = await world.core.patrons.find(CHAT)
    assert view and (view.consent is not None) is after


async def test_a_patron_decides_while_a_librarian_has_the_conversation(world: World) -> None:
    await helped(world)
    second = await held(world)
    await world.say("Earlier conversations", wish=Wish.CONSENT)
    told = world.last()
    assert told.speaker is Speaker.ASSISTANT
    await world.say(reference(told.seq, 0))
    seen = (await world.core.librarians.look(second.id)).earlier
    assert seen and len(seen.handoffs) == 1


async def test_what_was_forgotten_is_not_shown(world: World) -> None:
    await helped(world)
    await world.core.patrons.consent(CHAT, True)
    conversation = world.store.conversations.find(CHAT)
    assert conversation
    await world.core.patrons.forget(CHAT)
    assert world.store.consents.history(conversation.id) == []
    with pytest.raises(ConversationUnknown):
        await world.core.patrons.consent(CHAT, True)
    anew = await held(world)
    assert (await world.core.librarians.look(anew.id)).earlier is None


async def test_what_is_older_than_the_library_keeps_is_not_shown(world: World) -> None:
    await helped(world)
    await world.core.patrons.consent(CHAT, True)
    for _ in range(4):  # the conversation itself lives on: the patron comes back before its time
        world.clock.pass_seconds(30 * DAY)
        world.engine.answer = lambda said, state: says("Hello again")
        await world.say("hello")
    second = await held(world)
    seen = (await world.core.librarians.look(second.id)).earlier
    assert seen and seen.handoffs == ()


async def test_after_a_long_pause_it_is_another_conversation(world: World) -> None:
    world.engine.answer = lambda said, state: says("An answer")
    await world.say("Something else entirely")
    world.clock.now += timedelta(hours=25)
    await world.say("A question of today")
    handoff = await held(world)
    assert (await texts(world, handoff))[0] == "A question of today"
    assert len(handoff.packet.answered) == 1


async def test_a_question_that_was_left_keeps_together(world: World) -> None:
    def asks(said: object, state: object) -> Reply:
        return says(handoff=Packet("Left one", "asked"))

    world.engine.answer = asks
    await world.say("a person please")  # nobody is there
    world.clock.now += timedelta(hours=40)
    await world.librarian_here()
    (left,) = world.store.handoffs.queue()
    await world.core.librarians.claim(left.id, LAYLA.id)
    await world.core.librarians.reply(left.id, LAYLA.id, "Here it is", "r-1")
    seen = await texts(world, left)
    assert (seen[0], seen[-1]) == ("a person please", "Here it is")


async def test_what_is_reopened_does_not_show_what_was_said_meanwhile(world: World) -> None:
    first = await helped(world)
    world.engine.answer = lambda said, state: says("Between you and me")
    await world.say("Only for the assistant")
    await world.core.librarians.reopen(first.id, LAYLA.id)
    await world.say("Thank you for coming back")
    seen = await texts(world, first)
    assert seen[-1] == "Thank you for coming back"
    assert not any("assistant" in text and "Only" in text for text in seen)
