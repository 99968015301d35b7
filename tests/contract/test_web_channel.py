"""The web channel, by its own protocol and by Rasa's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import socketio

from tests.contract.channel import ChannelContract, Driver, NumberedChannelContract, Seen
from tests.fakes.gateway import Gateway, gateway
from tests.fakes.patron_page import PatronPage
from tests.patience import PATIENCE


class PatronDriver(Driver):
    def __init__(self, served: Gateway, page: PatronPage) -> None:
        self.door = served.door
        self.page = page

    async def say(self, text: str, external_id: str) -> None:
        assert (await self.page.say(text, external_id))["ok"]

    async def press(self, sent_back: str, external_id: str) -> None:
        assert (await self.page.ask("choose", {"id": external_id, "ref": sent_back}))["ok"]

    async def seen(self) -> Sequence[Seen]:
        return [
            Seen(m["text"], tuple((c["title"], c["ref"]) for c in m["choices"]), seq)
            for seq, m in sorted(self.page.messages.items())
            if m["speaker"] != "patron"
        ]


class TestWebChannel(NumberedChannelContract):
    @pytest.fixture
    async def driver(self) -> AsyncIterator[Driver]:
        async with gateway() as served:
            page = await PatronPage(served.url).open()
            yield PatronDriver(served, page)
            await page.close()


class RasaDriver(Driver):
    """A front end written for Rasa. Its protocol has no external ids, and no sequence numbers."""

    def __init__(self, served: Gateway) -> None:
        self.door = served.door
        self.client = socketio.AsyncClient(reconnection=False)
        self.uttered: list[Any] = []
        self.confirmed: asyncio.Queue[Any] = asyncio.Queue()
        self.client.on("bot_uttered", self._keep)
        self.client.on("session_confirm", self.confirmed.put)

    async def _keep(self, data: Any) -> None:
        self.uttered.append(data)

    async def open(self, url: str) -> None:
        await self.client.connect(url, transports=["websocket"], wait_timeout=PATIENCE)
        await self.client.emit("session_request", {"session_id": None})
        self.token = await asyncio.wait_for(self.confirmed.get(), PATIENCE)

    async def say(self, text: str, external_id: str) -> None:
        said = {"message": text, "customData": {"language": "en"}, "session_id": self.token}
        await self.client.emit("user_uttered", said)

    async def press(self, sent_back: str, external_id: str) -> None:
        await self.say(sent_back, external_id)

    async def seen(self) -> Sequence[Seen]:
        return [
            Seen(m["text"], tuple((c["title"], c["payload"]) for c in m.get("quick_replies", ())))
            for m in self.uttered
        ]


class TestWebChannelByRasasProtocol(ChannelContract):
    @pytest.fixture
    async def driver(self) -> AsyncIterator[Driver]:
        async with gateway() as served:
            rasa = RasaDriver(served)
            await rasa.open(served.url)
            yield rasa
            await rasa.client.disconnect()
