"""The Telegram channel: updates of the Bot API in, calls of it out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.model import Speaker
from channels.telegram.telegram import Bot, Telegram
from tests.contract.channel import ChannelContract, Driver, Seen
from tests.fakes.patron_door import FakePatronDoor
from tests.fakes.telegram_api import TOKEN, TelegramApi, telegram_api

CHAT = 5001


@asynccontextmanager
async def telegram(door: FakePatronDoor) -> AsyncIterator[tuple[Telegram, TelegramApi]]:
    """Run the adapter against a fake network, which must have found nothing wrong in the end."""
    async with telegram_api() as api:
        made = Telegram(Bot(TOKEN, "https://ask.library.example", "a-secret", api_url=api.url), door)
        door.channel = made.channel
        await made.start()
        try:
            yield made, api
        finally:
            await made.stop()
            await made.close()
        assert api.wrong == []


class TelegramDriver(Driver):
    def __init__(self, door: FakePatronDoor, api: TelegramApi) -> None:
        self.door, self.api = door, api
        self.updates: dict[str, dict[str, Any]] = {}

    async def say(self, text: str, external_id: str) -> None:
        if external_id in self.updates:
            await self.api.give(self.updates[external_id])
            return
        await self.api.say(CHAT, text)
        self.updates[external_id] = self.api.updates[-1]

    async def press(self, sent_back: str, external_id: str) -> None:
        last = self.api.said(CHAT)[-1]
        await self.api.press_data(CHAT, last["message_id"], sent_back)

    async def seen(self) -> Sequence[Seen]:
        return [
            Seen(m["text"], tuple((b["text"], b["callback_data"]) for row in _rows(m) for b in row))
            for m in self.api.said(CHAT)
        ]


def _rows(message: dict[str, Any]) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


class TestTelegramChannel(ChannelContract):
    @pytest.fixture
    async def driver(self) -> AsyncIterator[Driver]:
        door = FakePatronDoor()
        async with telegram(door) as (_, api):
            yield TelegramDriver(door, api)

    async def test_a_repeated_update_is_one_message(self, driver: Driver) -> None:
        await driver.say("once", "external-1")
        await driver.until(1)
        await driver.say("once", "external-1")
        await driver.say("then", "external-2")
        await driver.until(2)
        kept = driver.door.kept[driver.door.only()].messages
        assert [m.content.text for m in kept if m.speaker is Speaker.PATRON] == ["once", "then"]
