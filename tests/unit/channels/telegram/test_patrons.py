"""Patrons on Telegram: what they can send, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.errors import DeliveryDeferred, DeliveryRefused, DeliveryUncertain, PatronGone
from bot.model import Address, Choice, Content, Language, Message, Speaker, Wish
from channels.telegram.telegram import Bot, Telegram
from tests.contract.test_telegram_channel import CHAT, telegram
from tests.fakes.faults import Kind
from tests.fakes.patron_door import FakePatronDoor
from tests.fakes.telegram_api import TOKEN, TelegramApi, telegram_api
from tests.patience import PATIENCE

ADDRESS = Address("telegram", str(CHAT))


class World:
    """A patron's chat with the adapter, a fake core behind it."""

    def __init__(self, door: FakePatronDoor, made: Telegram, api: TelegramApi) -> None:
        self.door, self.made, self.api = door, made, api

    async def until(self, true: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.01)

    async def answered(self, count: int) -> list[str]:
        await self.until(lambda: len(self.api.said(CHAT)) >= count)
        return [m["text"] for m in self.api.said(CHAT)]

    def content(self, text: str, **more: Any) -> Message:
        said = Message(self.view.id, 77, Speaker.ASSISTANT, Content(text, **more), Language.EN, self.at)
        return said

    @property
    def view(self) -> Any:
        return self.door.kept[ADDRESS].view

    @property
    def at(self) -> Any:
        return self.door.kept[ADDRESS].messages[0].at


@pytest.fixture
async def world() -> AsyncIterator[World]:
    door = FakePatronDoor()
    async with telegram(door) as (made, api):
        yield World(door, made, api)


async def test_commands_are_wishes_in_the_patrons_language(world: World) -> None:
    await world.api.say(CHAT, "/person", language="ar")
    await world.api.say(CHAT, "/help@dalil_test_bot", language="ar")
    await world.answered(2)
    wished = [(i.wish, i.text, i.language) for i in world.door.received]
    assert wished == [
        (Wish.PERSON, "التحدث إلى أمين مكتبة", Language.AR),
        (Wish.HELP, "مساعدة", Language.AR),
    ]


async def test_a_command_that_there_is_not_is_met_with_help(world: World) -> None:
    for text in ("/renewals", "/ how do I renew"):
        await world.api.say(CHAT, text)
    await world.answered(2)
    assert [(got.text, got.wish) for got in world.door.received] == [
        ("/renewals", Wish.HELP),
        ("/ how do I renew", None),
    ]


async def test_consent_is_a_wish_that_the_core_answers(world: World) -> None:
    await world.api.say(CHAT, "/consent", language="ar")
    await world.answered(1)
    (incoming,) = world.door.received
    assert (incoming.wish, incoming.text) == (Wish.CONSENT, "المحادثات السابقة")


async def test_the_menu_is_there_in_both_languages(world: World) -> None:
    await world.until(lambda: len(world.api.commands) == 2)
    assert [c["command"] for c in world.api.commands["ar"]] == [
        "help",
        "person",
        "language",
        "consent",
        "forget",
    ]
    assert any("\u0600" <= letter <= "\u06ff" for letter in world.api.commands["ar"][1]["description"])


async def test_the_language_can_be_chosen(world: World) -> None:
    await world.api.say(CHAT, "/language")
    await world.answered(1)
    await world.api.press(CHAT, world.api.said(CHAT)[-1]["message_id"], "العربية")
    await world.until(lambda: any(i.wish is Wish.ARABIC for i in world.door.received))


async def test_forgetting_is_asked_and_then_done(world: World) -> None:
    await world.api.say(CHAT, "hello")
    await world.answered(1)
    await world.api.say(CHAT, "/forget")
    await world.answered(2)
    question = world.api.said(CHAT)[-1]["message_id"]
    await world.api.press(CHAT, question, "Keep it")
    await world.answered(3)
    assert ADDRESS in world.door.kept
    await world.api.press(CHAT, question, "Delete it")
    await world.until(lambda: ADDRESS not in world.door.kept)


async def test_an_edit_before_the_answer_replaces_the_question(world: World) -> None:
    world.door.hold.clear()
    message = await world.api.say(CHAT, "renw a book")
    await world.until(lambda: ADDRESS in world.door.kept and world.door.kept[ADDRESS].messages)
    await world.api.edit(message, "renew a book")
    await world.until(lambda: world.door.kept[ADDRESS].messages[0].content.text == "renew a book")
    world.door.hold.set()
    assert await world.answered(1) == ["You said: renew a book"]


async def test_an_edit_after_the_answer_is_a_new_question(world: World) -> None:
    message = await world.api.say(CHAT, "renw a book")
    await world.answered(1)
    await world.until(lambda: 1 in world.door.kept[ADDRESS].settled)
    await world.api.edit(message, "renew a book")
    assert await world.answered(2) == ["You said: renw a book", "You said: renew a book"]


async def test_two_edits_in_one_second_are_two(world: World) -> None:
    message = await world.api.say(CHAT, "renw a book")
    await world.answered(1)
    await world.until(lambda: 1 in world.door.kept[ADDRESS].settled)
    for text in ("renew a bok", "renew a book"):
        await world.api.edit(message, text)
    assert (await world.answered(3))[1:] == ["You said: renew a bok", "You said: renew a book"]


async def test_an_edited_caption_is_an_edit_and_a_moving_place_is_none(world: World) -> None:
    photo = [{"file_id": "p1", "file_unique_id": "u", "width": 9, "height": 9}]
    sent = await world.api.send(CHAT, photo=photo, caption="this eror")
    await world.answered(1)
    await world.until(lambda: 1 in world.door.kept[ADDRESS].settled)
    edited = {**sent, "caption": "this error", "edit_date": sent["date"] + 5}
    await world.api._update({"edited_message": edited})
    await world.until(lambda: len(world.door.received) == 2)
    assert world.door.received[1].text.startswith("this error\n[Picture] https://")
    assert world.door.received[1].wish is Wish.FILE
    place = {k: v for k, v in sent.items() if k not in ("photo", "caption")}
    moved = {"location": {"latitude": 31.95, "longitude": 35.93}, "edit_date": sent["date"] + 9}
    await world.api._update({"edited_message": place | moved})
    await world.api.say(CHAT, "hello")
    await world.until(lambda: world.door.received[-1].text == "hello")
    assert len(world.door.received) == 3


async def test_what_telegram_only_tells_of_is_not_answered(world: World) -> None:
    await world.api.send(CHAT, write_access_allowed={"from_request": True})
    await world.api.say(CHAT, "hello")
    assert await world.answered(1) == ["You said: hello"]
    assert [incoming.text for incoming in world.door.received] == ["hello"]


async def test_a_link_to_the_bot_says_where_the_patron_came_from() -> None:
    door = FakePatronDoor()
    async with telegram_api() as api:
        bot = Bot(TOKEN, "https://ask.library.example", "a-secret", api_url=api.url)
        made = Telegram(bot, door, lambda word, language: f"the guide {word}" if word == "citing" else None)
        door.channel = made.channel
        await made.start()
        try:
            world = World(door, made, api)
            await api.say(CHAT, "/start citing")
            await world.answered(2)
            await api.say(CHAT, "/start nonsense")
            await world.answered(3)
        finally:
            await made.stop()
            await made.close()
    assert [(i.wish, i.text) for i in door.received] == [
        (Wish.START, "Start"),
        (None, "the guide citing"),
        (Wish.START, "Start"),
    ]
    assert api.wrong == []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"voice": {"file_id": "v1", "file_unique_id": "u", "duration": 72}}, "Voice message (1:12)"),
        (
            {"photo": [{"file_id": "p1", "file_unique_id": "u", "width": 9, "height": 9}]},
            "Picture",
        ),
        (
            {"document": {"file_id": "d1", "file_unique_id": "u", "file_name": "essay.pdf", "file_size": 9}},
            "File (essay.pdf)",
        ),
        (
            {
                "sticker": {
                    "file_id": "s1",
                    "file_unique_id": "u",
                    "type": "regular",
                    "width": 9,
                    "height": 9,
                    "is_animated": False,
                    "is_video": False,
                    "emoji": "📚",
                }
            },
            "Sticker (📚)",
        ),
        ({"location": {"latitude": 31.95, "longitude": 35.93}}, "Location (31.95000, 35.93000)"),
    ],
)
async def test_what_is_not_text_is_a_wish_with_a_link(world: World, what: dict[str, Any], words: str) -> None:
    await world.api.send(CHAT, **what)
    await world.answered(1)
    [incoming] = world.door.received
    assert incoming.wish is Wish.FILE
    assert incoming.text.startswith(f"[{words}]")
    assert TOKEN not in incoming.text
    if "location" not in what:
        path = httpx.URL(incoming.text.rpartition(" ")[2]).path
        app = FastAPI()
        app.include_router(world.made.router())
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://ask.library.example"
        ) as http:
            answer = await http.get(path)
            assert answer.content.startswith(b"the file documents/")
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert (await http.get(path[:-2])).status_code == 404


async def test_a_pressed_button_is_ticked_and_sends_a_reference(world: World) -> None:
    offered = Content("Which?", choices=(Choice("This", "/secret"), Choice("That", "/other")))
    world.door.script = lambda text, language: [offered] if text == "go" else [Content(f"took {text}")]
    await world.api.say(CHAT, "go")
    await world.answered(1)
    asked = world.api.said(CHAT)[0]
    assert "/secret" not in str(world.api.chats)
    await world.api.press(CHAT, asked["message_id"], "That")
    assert (await world.answered(2))[-1] == "took That"
    rows = lambda: world.api.message(CHAT, asked["message_id"])["reply_markup"]["inline_keyboard"]  # noqa: E731
    await world.until(lambda: [b["text"] for row in rows() for b in row] == ["This", "✓ That"])
    await world.until(lambda: world.api.toasts)


async def test_a_long_answer_comes_in_parts_that_end_with_sentences(world: World) -> None:
    sentence = "هذه جملة طويلة عن الإعارة 📚 في المكتبة. "
    long = Content(sentence * 300, choices=(Choice("More", "/x"),))
    world.door.script = lambda text, language: [long]
    await world.api.say(CHAT, "go")
    await world.until(lambda: world.api.said(CHAT) and "reply_markup" in world.api.said(CHAT)[-1])
    parts = world.api.said(CHAT)
    assert len(parts) >= 3
    assert all(part["text"].endswith(".") for part in parts)
    assert [bool(part.get("reply_markup")) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert " ".join(part["text"] for part in parts) == (sentence * 300).strip()


async def test_bold_and_links_are_entities_in_the_right_places(world: World) -> None:
    text = "📚 Renew **up to four times** in [My Account](https://library.example/account)."
    text += "\n\n1. Sign in\n- or call *Layla*"
    world.door.script = lambda said, language: [Content(text)]
    await world.api.say(CHAT, "go")
    await world.answered(1)
    [said] = world.api.said(CHAT)
    assert said["text"] == "📚 Renew up to four times in My Account.\n\n1. Sign in\n• or call Layla"
    raw = said["text"].encode("utf-16-le")
    marked = {
        e["type"]: raw[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le")
        for e in said["entities"]
    }
    assert marked == {"bold": "up to four times", "text_link": "My Account", "italic": "Layla"}
    assert all("parse_mode" not in params for params in world.api.made("sendMessage"))


async def test_an_address_behind_words_is_not_lost(world: World) -> None:
    link = {"type": "text_link", "offset": 3, "length": 11, "url": "https://a.example/x"}
    await world.api.say(CHAT, "📚 the article, is it here?", entities=[link])
    assert await world.answered(1) == ["You said: 📚 the article (https://a.example/x), is it here?"]


async def test_errors_are_told_apart(world: World) -> None:
    await world.api.say(CHAT, "hello")
    await world.answered(1)
    deliver, api = world.made.channel.deliver, world.api
    api.faults.add(Kind.LIMITED, "sendMessage", seconds=7)
    with pytest.raises(DeliveryDeferred) as deferred:
        await deliver(ADDRESS, world.content("one"))
    assert deferred.value.seconds == 7
    api.faults.add(Kind.CUT, "sendMessage")
    with pytest.raises(DeliveryUncertain):
        await deliver(ADDRESS, world.content("two"))
    api.faults.add(Kind.BROKEN, "sendMessage")
    with pytest.raises(ConnectionError):
        await deliver(ADDRESS, world.content("three"))
    api.faults.add(Kind.REFUSED, "sendMessage", what="Bad Request: message is too long")
    with pytest.raises(DeliveryRefused, match="too long"):
        await deliver(ADDRESS, world.content("four"))
    api.blocked.add(CHAT)
    with pytest.raises(PatronGone, match="blocked"):
        await deliver(ADDRESS, world.content("five"))
    assert world.made.channel.troubles() == []
    api.blocked.clear()
    api.revoked = True
    with pytest.raises(DeliveryDeferred):
        await deliver(ADDRESS, world.content("six"))
    assert "DALIL_TELEGRAM_TOKEN" in world.made.channel.troubles()[0]


async def test_a_message_in_parts_goes_on_where_it_stopped(world: World) -> None:
    await world.api.say(CHAT, "hello")
    await world.answered(1)
    long = world.content("A sentence. " * 800)
    send = world.made.channel.deliver
    world.api.faults.add(Kind.SLOW, "sendMessage", seconds=0)
    world.api.faults.add(Kind.LIMITED, "sendMessage", seconds=1)
    with pytest.raises(DeliveryDeferred):
        await send(ADDRESS, long)
    assert await send(ADDRESS, long)
    said = [m["text"] for m in world.api.said(CHAT)][1:]
    assert " ".join(said) == ("A sentence. " * 800).strip()


async def test_a_patron_who_blocks_the_bot_is_gone(world: World) -> None:
    await world.api.say(CHAT, "hello")
    await world.answered(1)
    await world.api.block(CHAT)
    await world.until(lambda: world.door.left)
    assert world.door.left[0][0] == ADDRESS


async def test_an_update_is_confirmed_only_when_it_is_kept() -> None:
    class Stubborn(FakePatronDoor):
        refusals = 2

        async def receive(self, incoming: Any) -> Any:
            if self.refusals:
                self.refusals -= 1
                raise OSError("the disk is full")
            return await super().receive(incoming)

    door = Stubborn()
    async with telegram(door) as (made, api):
        world = World(door, made, api)
        await api.say(CHAT, "hello")
        number = api.updates[-1]["update_id"]
        await world.until(lambda: door.refusals < 2)
        assert api.confirmed <= number
        assert await world.answered(1) == ["You said: hello"]
        await world.until(lambda: api.confirmed == number + 1)


async def test_shuffled_and_repeated_updates_are_kept_once(world: World) -> None:
    world.api.repeats = True
    for n in range(3):
        await world.api.say(CHAT, f"number {n}")
    assert len(await world.answered(3)) == 3
    await world.api.say(CHAT, "last")
    assert len(await world.answered(4)) == 4


async def test_groups_that_are_not_the_desk_hear_nothing(world: World) -> None:
    await world.api.say_in_topic(-100500, 7, 42, "is anybody there?")
    await world.api.say(CHAT, "hello")
    await world.answered(1)
    assert len(world.door.received) == 1
    assert not world.api.said(-100500)


async def test_desk_in_a_group_that_is_not_set_says_its_number(world: World) -> None:
    await world.api.say_in_topic(-100500, 7, 42, "/desk")
    await world.until(lambda: world.api.said(-100500))
    assert "DALIL_TELEGRAM_DESK_GROUP=-100500" in world.api.said(-100500)[0]["text"]


async def test_the_webhook_takes_only_what_carries_the_secret() -> None:
    door = FakePatronDoor()
    async with telegram_api() as api:
        bot = Bot(TOKEN, "https://ask.library.example", "a-secret", webhook=True, api_url=api.url)
        made = Telegram(bot, door)
        door.channel = made.channel
        await made.start()
        world = World(door, made, api)
        await world.until(lambda: api.webhook)
        assert api.webhook["url"] == "https://ask.library.example/telegram/webhook"
        api.webhook = dict(api.webhook, url="")
        await api.say(CHAT, "hello")
        update, secret = api.updates[-1], api.webhook["secret_token"]
        app = FastAPI()
        app.include_router(made.router())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
            post = lambda word, body: http.post(  # noqa: E731
                "/telegram/webhook", json=body, headers={"X-Telegram-Bot-Api-Secret-Token": word}
            )
            assert (await post("guess", update)).status_code == 401
            assert (await post("", update)).status_code == 401
            assert not door.received
            assert (await post(secret, {"no": "update"})).status_code == 400
            for _ in range(2):
                assert (await post(secret, update)).status_code == 200
        assert await world.answered(1) == ["You said: hello"]
        assert len(door.kept[ADDRESS].external) == 1
        await made.stop()
        await made.close()
    assert api.wrong == []


async def test_an_update_that_can_never_be_taken_does_not_hold_up_a_webhook_for_ever() -> None:
    class Broken(FakePatronDoor):
        async def receive(self, incoming: Any) -> Any:
            if incoming.text == "poison":
                raise OSError("never")
            return await super().receive(incoming)

    door = Broken()
    async with telegram_api() as api:
        bot = Bot(TOKEN, "https://ask.library.example", "a-secret", webhook=True, api_url=api.url)
        made = Telegram(bot, door)
        door.channel = made.channel
        app = FastAPI()
        app.include_router(made.router())
        await made.api.open()
        await api.say(CHAT, "poison")
        poison = api.updates[-1]
        await api.say(CHAT, "hello")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
            word = {"X-Telegram-Bot-Api-Secret-Token": "a-secret"}
            post = lambda body: http.post("/telegram/webhook", json=body, headers=word)  # noqa: E731
            codes = [(await post(poison)).status_code for _ in range(6)]
            assert codes == [500, 500, 500, 500, 200, 500]
            assert (await post(api.updates[-1])).status_code == 200
        assert [i.text for i in door.received] == ["hello"]
        await made.close()
