"""Rasa's Socket.IO protocol: who may continue what."""

from __future__ import annotations

import asyncio
from typing import Any

import socketio

from channels.limits import Limits
from channels.web import tokens
from tests.fakes.gateway import gateway
from tests.fakes.patron_page import PatronPage
from tests.patience import PATIENCE


class FrontEnd:
    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.confirmed: asyncio.Queue[Any] = asyncio.Queue()
        self.uttered: asyncio.Queue[Any] = asyncio.Queue()
        self.client.on("session_confirm", self.confirmed.put)
        self.client.on("bot_uttered", self.uttered.put)

    async def open(self, url: str, session_id: object = None) -> str:
        await self.client.connect(url, transports=["websocket"], wait_timeout=PATIENCE)
        await self.client.emit("session_request", {"session_id": session_id})
        return str(await asyncio.wait_for(self.confirmed.get(), PATIENCE))

    async def say(self, message: object, **more: object) -> None:
        await self.client.emit("user_uttered", {"message": message, "customData": {}, **more})

    async def next(self) -> Any:
        return await asyncio.wait_for(self.uttered.get(), PATIENCE)


async def test_the_server_gives_the_id_and_knows_it_again() -> None:
    async with gateway() as served:
        first, again, thief = FrontEnd(), FrontEnd(), FrontEnd()
        token = await first.open(served.url, "the-id-i-want")
        assert tokens.well_formed(token)
        await first.say("hello", session_id=token)
        assert await first.next() == {"text": "You said: hello"}
        assert await again.open(served.url, token) == token
        assert await thief.open(served.url, tokens.chat_id(token)) != token
        for front_end in (first, again, thief):
            await front_end.client.disconnect()


async def test_another_id_in_a_message_changes_nothing() -> None:
    async with gateway() as served:
        victim, thief = FrontEnd(), FrontEnd()
        await victim.open(served.url)
        await thief.open(served.url)
        await thief.say("as somebody else", session_id="whatever")
        assert await thief.next() == {"text": "You said: as somebody else"}
        assert victim.uttered.empty()
        for front_end in (victim, thief):
            await front_end.client.disconnect()


async def test_odd_messages() -> None:
    async with gateway(limits=Limits(messages_per_minute=4)) as served:
        front_end = FrontEnd()
        await front_end.open(served.url)
        await front_end.say(None)  # what rasa-webchat sends without an initPayload
        await front_end.say(5)
        assert await front_end.next() == {"text": "You said: 5"}
        await front_end.say('/inform{"slot": "value"}')
        assert await front_end.next() == {"text": 'You said: /inform{"slot": "value"}'}
        await front_end.say("x" * 9000)
        assert "too long" in (await front_end.next())["text"]
        await front_end.say("four")
        await front_end.next()
        await front_end.say("five")
        assert "fast" in (await front_end.next())["text"]
        await front_end.client.disconnect()


async def test_both_protocols_show_one_conversation() -> None:
    async with gateway() as served:
        front_end = FrontEnd()
        token = await front_end.open(served.url)
        page = await PatronPage(served.url, token=token).open()
        await page.say("from the widget", "message-1")
        assert await front_end.next() == {"text": "You said: from the widget"}
        await page.close()
        await front_end.client.disconnect()
