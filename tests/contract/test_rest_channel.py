"""The REST channel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from tests.contract.channel import Driver, NumberedChannelContract, Seen
from tests.fakes.gateway import KEY, Gateway, gateway


class RestDriver(Driver):
    def __init__(self, served: Gateway, http: httpx.AsyncClient) -> None:
        self.door = served.rest_door
        self.http = http

    async def say(self, text: str, external_id: str) -> None:
        asked = {"sender": "patron-1", "message": text, "message_id": external_id}
        answer = await self.http.post("/webhooks/rest/webhook", json=asked)
        assert answer.status_code == 200, answer.text

    async def press(self, sent_back: str, external_id: str) -> None:
        await self.say(sent_back, external_id)

    async def seen(self) -> Sequence[Seen]:
        answer = await self.http.get("/webhooks/rest/messages", params={"sender": "patron-1"})
        return [
            Seen(
                m["text"],
                tuple((b["title"], b["payload"]) for b in m.get("buttons", ())),
                m["custom"]["seq"],
            )
            for m in answer.json()["messages"]
        ]


class TestRestChannel(NumberedChannelContract):
    @pytest.fixture
    async def driver(self) -> AsyncIterator[Driver]:
        async with gateway() as served, httpx.AsyncClient(base_url=served.url) as http:
            http.headers["Authorization"] = f"Bearer {KEY}"
            yield RestDriver(served, http)
