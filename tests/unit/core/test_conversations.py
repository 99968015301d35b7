"""Whole turns through the real core: what a patron says, what comes back, who hears of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.dialogue import Reply
from bot.errors import ConversationUnknown, DeliveryDeferred, DeliveryRefused, MessageRefused, NotAssigned
from bot.model import (
    Address,
    Choice,
    Content,
    HandoffState,
    Incoming,
    Kind,
    Language,
    Packet,
    Speaker,
    reference,
)
from bot.store.arrivals import Arriving
from tests.fakes.engine import wants_person
from tests.unit.core.conftest import LAYLA, OMAR, START, World

CHAT = Address("web", "chat")


async def test_a_message_is_answered_and_the_state_is_carried(world: World) -> None:
    await world.say("hello")
    await world.say("again")
    assert world.page.texts() == ["echo: hello", "echo: again"]
    conversation = world.store.conversations.find(CHAT)
    assert conversation.dialogue == {"turns": 2}
    assert [m.seq for m in await world.core.patrons.since(CHAT, 0)] == [1, 2, 3, 4]


async def test_a_repeated_message_is_answered_once(world: World) -> None:
    for _ in range(3):
        await world.core.patrons.receive(Incoming(CHAT, "hello", "same"))
    await world.settle()
    assert world.page.texts() == ["echo: hello"]


async def test_messages_of_one_conversation_keep_their_order(world: World) -> None:
    world.engine.delay = 0.01
    for number in range(10):
        await world.core.patrons.receive(Incoming(CHAT, f"message {number}", str(number)))
    await world.settle()
    assert world.page.texts() == [f"echo: message {number}" for number in range(10)]


async def test_conversations_do_not_wait_for_each_other(world: World) -> None:
    world.engine.delay = 0.2
    for number in range(5):
        await world.core.patrons.receive(Incoming(Address("web", str(number)), "hi", "1"))
    began = len(world.engine.asked)
    for _ in range(100):
        if len(world.engine.asked) == 5:
            break
        await asyncio.sleep(0.001)
    assert began <= 5 and len(world.engine.asked) == 5
    assert world.page.shown == []  # all five were asked before the first answer came
    await world.settle()
    assert len(world.page.shown) == 5


async def test_a_failing_engine_gives_an_apology_and_a_person(world: World) -> None:
    world.engine.fails = True
    await world.say("أين المكتبة؟")
    message = world.last()
    assert message.language is Language.AR
    assert "عذر" in message.content.text
    [choice] = message.content.choices
    assert choice.payload == "core:person"
    await world.say(reference(message.seq, 0))
    assert len(world.store.handoffs.queue()) == 1
    assert world.store.handoffs.queue()[0].packet.question == "أين المكتبة؟"


async def test_a_slash_is_text_and_a_choice_is_a_payload(world: World) -> None:
    await world.say('/hours{"slot": "x"}')
    assert world.engine.asked[-1].payload is None
    world.engine.answer = lambda said, state: Reply(
        (Content("?", choices=(Choice("Hours", "/hours"),)),), None, None, None
    )
    await world.say("options")
    await world.say(reference(world.last().seq, 0))
    assert world.engine.asked[-1].payload == "/hours"
    assert world.engine.asked[-1].text is None


async def test_of_two_answers_the_one_that_did_not_help_is_named(world: World) -> None:
    both = tuple(Content(t, Kind.ANSWER, rateable=True, topic=t) for t in ("hours", "renewal"))
    world.engine.answer = lambda said, state: Reply(both, None, None, None)
    await world.say("when do you close, and how do I renew?")
    first, second = world.page.shown[-2:]
    for message in (first, second):
        bad = next(at for at, c in enumerate(message.content.choices) if c.payload == "core:rate:-1")
        await world.say(reference(message.seq, bad))
        expected = f'/did_not_help{{"about": "{message.content.topic}"}}'
        assert world.engine.asked[-1].payload == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\x00\x01", "empty"),
        ("\u200f", "empty"),
        ("x" * 8001, "too_long"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_not_kept(world: World, text: str, code: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        await world.core.patrons.receive(Incoming(CHAT, text, "1"))
    assert refused.value.code == code
    assert world.store.conversations.find(CHAT) is None


async def test_control_characters_never_reach_the_engine(world: World) -> None:
    await world.say("open\x00 on\x07 \u202efriday\r\nevening")
    assert world.engine.asked[-1].text == "open  on  friday\nevening"


async def test_a_flood_is_refused_but_a_repeat_is_not(world: World) -> None:
    world.core.patrons._pace._most = 2
    await world.say("one")
    await world.say("two")
    with pytest.raises(MessageRefused):
        await world.say("three")
    accepted = await world.core.patrons.receive(Incoming(CHAT, "one", "id-1"))
    assert accepted.repeated


async def test_asking_for_a_person_when_one_is_there(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("I want to talk to somebody about my thesis")
    assert world.last().content.event == "waiting"
    assert [choice.payload for choice in world.last().content.choices] == ["core:leave", "core:cancel"]
    [handoff] = await world.core.librarians.queue()
    assert handoff.packet.question == "I want to talk to somebody about my thesis"
    assert world.board.shown[-1].id == handoff.id
    assert world.page.speaking[-1].speaking.waiting


async def test_the_whole_way_to_a_librarian_and_back(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please, about my thesis")
    [handoff] = await world.core.librarians.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    assert "Layla Haddad" in world.last().content.text
    assert world.page.speaking[-1].speaking.who is Speaker.LIBRARIAN

    before = len(world.page.shown)
    asked = len(world.engine.asked)
    await world.say("are you there?")
    assert len(world.page.shown) == before, "the assistant is silent"
    assert len(world.engine.asked) == asked
    assert world.board.relayed[-1].content.text == "are you there?"

    await world.core.librarians.reply(handoff.id, LAYLA.id, "I am, hello!", "r1")
    await world.core.librarians.note(handoff.id, LAYLA.id, "sounds stressed", "n1")
    await world.settle()
    assert (world.last().speaker, world.last().author) == (Speaker.LIBRARIAN, "Layla Haddad")
    view = await world.core.librarians.look(handoff.id)
    assert [note.text for note in view.notes] == ["sounds stressed"]
    assert all("stressed" not in text for text in world.page.texts())

    await world.core.librarians.close(handoff.id, LAYLA.id, 4, "reference", "research_consultation")
    await world.settle()
    left, csat = world.page.shown[-2:]
    assert left.content.event == "librarian_left"
    assert len(csat.content.choices) == 5
    await world.say(reference(csat.seq, 4))
    assert world.store.handoffs.get(handoff.id).csat == 5
    world.engine.answer = lambda said, state: Reply((Content(f"{state}"),), None, None, None)
    await world.say("one more thing")
    assert world.last().content.text == "None", "dialogue begins anew after a librarian"


async def test_return_gives_the_conversation_to_the_assistant(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    [handoff] = await world.core.librarians.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.core.librarians.give_back(handoff.id, LAYLA.id)
    await world.settle()
    assert world.last().content.event == "librarian_left"
    assert world.store.handoffs.get(handoff.id).state is HandoffState.CLOSED


async def test_only_the_assigned_librarian_speaks(world: World) -> None:
    world.engine.answer = wants_person
    await world.say("person please")
    [handoff] = await world.core.librarians.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    with pytest.raises(NotAssigned):
        await world.core.librarians.reply(handoff.id, OMAR.id, "hello", "1")
    with pytest.raises(NotAssigned):
        await world.core.librarians.close(handoff.id, OMAR.id, 1, "directional", "hours")


async def test_the_record_of_a_closed_handoff_is_checked(world: World) -> None:
    world.engine.answer = wants_person
    await world.say("person please")
    [handoff] = await world.core.librarians.queue()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    for read, transaction, topic in (
        (0, "reference", "x"),
        (7, "reference", "x"),
        (3, "chat", "x"),
        (3, "reference", ""),
    ):
        with pytest.raises(MessageRefused):
            await world.core.librarians.close(handoff.id, LAYLA.id, read, transaction, topic)


async def test_nobody_there_says_when_and_keeps_the_question(world: World) -> None:
    world.hours.opening = START + timedelta(days=1)
    world.engine.answer = wants_person
    await world.say("أريد التحدث إلى أمين المكتبة عن رسالتي")
    assert "غدًا الساعة 13:00" in world.last().content.text  # Amman is three hours ahead
    assert world.last().content.event == "left"
    [handoff] = await world.core.librarians.queue()
    assert handoff.left
    await world.say("ما ساعات العمل؟")
    asked = world.engine.asked[-1].text
    assert asked == "ما ساعات العمل؟", "the assistant goes on while the question is left"
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.core.librarians.reply(handoff.id, LAYLA.id, "صباح الخير، هذا جواب سؤالك", "1")
    await world.settle()
    assert world.last().content.text == "صباح الخير، هذا جواب سؤالك"


async def test_waiting_patrons_hear_a_word_every_ninety_seconds(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    heard = []
    for _ in range(4):
        world.clock.pass_seconds(89)
        await world.librarian_here()
        await world.core._ticker.tick()
        await world.settle()
        heard.append(world.last().content.text)
    assert len(set(heard)) == 3 and heard[2] == heard[3]
    assert len(world.page.shown) == 5


async def test_when_the_last_librarian_leaves_the_waiting_question_is_kept(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    world.clock.pass_seconds(89)  # presence has gone stale
    await world.core._ticker.tick()
    await world.settle()
    assert world.last().content.event == "left"
    assert world.store.handoffs.queue()[0].left


async def test_cancelling_returns_to_the_assistant(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    await world.say(reference(world.last().seq, 1))
    assert world.store.handoffs.queue() == []
    assert world.board.shown[-1].state is HandoffState.ABANDONED
    await world.say("hello")
    assert world.engine.asked[-1].text == "hello"


async def test_words_while_waiting_are_added_and_acknowledged(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    asked = len(world.engine.asked)
    await world.say("it is about loans")
    assert len(world.engine.asked) == asked
    assert world.board.relayed[-1].content.text == "it is about loans"
    assert world.last().content.kind is Kind.NOTICE


async def test_an_answer_is_rated_and_a_bad_one_is_followed_up(world: World) -> None:
    world.engine.answer = lambda said, state: Reply(
        (Content(f"about {said.text or said.payload}", Kind.ANSWER, rateable=True),), None, None, None
    )
    await world.say("how do I renew?")
    answer = world.last()
    assert [choice.title for choice in answer.content.choices] == ["👍", "👎"]
    await world.say(reference(answer.seq, 0))
    assert world.last().content.event == "rated"
    await world.say(reference(answer.seq, 1))
    assert world.last().content.text == "about /did_not_help"


async def test_the_packet_holds_what_the_assistant_answered(world: World) -> None:
    world.engine.answer = lambda said, state: Reply((Content("so", Kind.ANSWER),), None, None, None)
    await world.say("how do I renew?")
    world.engine.answer = lambda said, state: Reply((), None, Packet("", "asked", wanted="layla"), None)
    await world.librarian_here()
    await world.say("talk to layla")
    packet = world.store.handoffs.queue()[0].packet
    assert [answer["text"] for answer in packet.answered] == ["so"]
    assert "Layla Haddad" in world.last().content.text


async def test_a_language_choice_and_the_language_of_what_is_written(world: World) -> None:
    world.engine.answer = lambda said, state: Reply(
        (Content(said.language.value, choices=(Choice("ع", "core:language:ar"),)),), None, None, None
    )
    await world.say("hello there")
    await world.say(reference(world.last().seq, 0))
    assert world.last().language is Language.AR
    for text, language in (("JSTOR", "ar"), ("أين JSTOR", "ar"), ("where is the printer", "en")):
        await world.say(text)
        assert world.last().content.text == language, text


async def test_a_choice_that_is_over_says_so(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    cancel = reference(world.last().seq, 1)
    await world.say(cancel)
    await world.say(cancel)
    assert "over" in world.last().content.text


async def test_a_network_that_fails_is_tried_again_and_a_refusal_is_kept(world: World) -> None:
    world.page.faults = [ConnectionError("cut"), DeliveryDeferred(0.0), DeliveryRefused("blocked")]
    await world.core.patrons.receive(Incoming(CHAT, "hello", "1"))
    for _ in range(200):
        if world.store.deliveries.counts() == {"pending": 1} and len(world.page.faults) == 2:
            break
        await asyncio.sleep(0.01)
    world.clock.pass_seconds(10)
    for _ in range(300):
        if world.store.deliveries.counts() == {"failed": 1}:
            break
        await asyncio.sleep(0.01)
    conversation = world.store.conversations.find(CHAT)
    assert world.store.deliveries.unsent_of(conversation.id, "web") == {2: "failed"}


async def test_forgetting_a_conversation_even_during_its_turn(world: World) -> None:
    world.engine.delay = 0.1
    await world.core.patrons.receive(Incoming(CHAT, "hello", "1"))
    await asyncio.sleep(0.03)
    await world.core.patrons.forget(CHAT)
    await asyncio.sleep(0.15)
    await world.settle()
    assert await world.core.patrons.find(CHAT) is None
    with pytest.raises(ConversationUnknown):
        await world.core.patrons.since(CHAT, 0)


async def test_settled_tells_when_the_turn_is_done(world: World) -> None:
    world.engine.delay = 0.05
    accepted = await world.core.patrons.receive(Incoming(CHAT, "hello", "1"))
    assert not await world.core.patrons.settled(CHAT, accepted.message.seq, 0.0)
    assert await world.core.patrons.settled(CHAT, accepted.message.seq, 5.0)
    assert (await world.core.patrons.since(CHAT, 1))[0].content.text == "echo: hello"


async def test_a_message_that_ends_the_process_every_time_is_apologised_for(world: World) -> None:
    await world.core._consumer.stop()
    world.core._workers[0].cancel()
    poison = Arriving(CHAT, "poison", Language.EN, "1")
    accepted = await asyncio.to_thread(world.store.arrivals.accept, poison, START)
    for _ in range(4):
        lease = world.store.conversations.lease(accepted.message.conversation, "gateway-1", START, 30)
        world.store.conversations.next_waiting(lease)
    world.core._consumer.wake(accepted.message.conversation)
    await world.settle()
    assert world.engine.asked == []
    assert world.last().content.event == "apology"


async def test_troubles_are_named(world: World) -> None:
    assert await world.core.troubles() == []
    world.engine.fails = True
    assert await world.core.troubles() == ["the engine does not answer"]


async def test_a_question_left_when_nobody_is_there_can_be_taken_back(world: World) -> None:
    world.engine.answer = wants_person
    await world.say("person please")
    assert [choice.payload for choice in world.last().content.choices] == ["core:cancel"]
    await world.say(reference(world.last().seq, 0))
    assert world.store.handoffs.queue() == []


async def test_a_title_that_is_typed_is_pressed(world: World) -> None:
    await world.librarian_here()
    world.engine.answer = wants_person
    await world.say("person please")
    await world.say("a detail")
    await world.say("back to the ASSISTANT")
    assert world.store.handoffs.queue() == []
    await world.say("Back to the assistant")
    assert world.engine.asked[-1].text == "Back to the assistant", "only what was offered just now"


async def test_a_choice_that_was_never_offered_is_not_a_question(world: World) -> None:
    await world.say("choice:999:0")
    assert world.engine.asked == []
    assert world.last().content.kind is Kind.NOTICE


async def test_a_librarian_who_comes_while_the_assistant_thinks_is_not_interrupted(world: World) -> None:
    world.engine.answer = wants_person
    await world.say("a question for later")
    [handoff] = await world.core.librarians.queue()
    assert handoff.left
    world.engine.delay = 0.2
    await world.core.patrons.receive(Incoming(CHAT, "one thing more", "more"))
    await asyncio.sleep(0.05)
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    assert world.last().content.event == "librarian_joined"
    assert "one thing more" in [message.content.text for message in world.board.relayed]


async def test_still_not_working_goes_with_the_question_that_was_left(world: World) -> None:
    world.engine.answer = lambda said, state: Reply((), None, Packet("JSTOR asks me to pay", "asked"), None)
    await world.say("JSTOR asks me to pay")
    world.engine.answer = lambda said, state: Reply((), None, Packet("", "did_not_help"), None)
    await world.say("still not working")
    (handoff,) = world.store.handoffs.queue()
    assert handoff.left and handoff.packet.question == "JSTOR asks me to pay"


async def test_a_person_called_without_a_question_gets_the_one_before(world: World) -> None:
    world.engine.answer = lambda said, state: Reply((Content("so", Kind.ANSWER),), None, None, None)
    await world.say("the wifi is slow")
    world.engine.answer = lambda said, state: Reply((), None, Packet("", "did_not_help"), None)
    await world.say("still not working")
    assert world.store.handoffs.queue()[0].packet.question == "the wifi is slow"
