"""The Slack channel: signed requests or socket envelopes in, calls of the Web API out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from bot.model import Language
from channels.slack.slack import PATH, Slack, SlackApp
from tests.contract.channel import Driver, NumberedChannelContract, Seen
from tests.fakes.patron_door import FakePatronDoor
from tests.fakes.serving import serving
from tests.fakes.slack_api import APP_TOKEN, BOT, BOT_TOKEN, SIGNING_SECRET, SlackApi, shown, slack_api

SARA = "U0000SARA"
LIBRARY = {Language.EN: "Marsad University Library", Language.AR: "مكتبة جامعة مرصد"}


@asynccontextmanager
async def slack(door: FakePatronDoor, *, socket: bool = False) -> AsyncIterator[tuple[Slack, SlackApi]]:
    """Run the adapter against a fake workspace, which must have found nothing wrong in the end."""
    async with slack_api() as api:
        how: dict[str, Any] = {"app_token": APP_TOKEN} if socket else {"signing_secret": SIGNING_SECRET}
        settings = SlackApp(
            BOT_TOKEN, "https://ask.library.example", "a-secret", api_url=f"{api.url}/api/", **how
        )
        made = Slack(settings, door, LIBRARY)
        door.channel = made.channel
        app = FastAPI()
        app.include_router(made.router())
        async with serving(app) as url:
            api.app_url = None if socket else url + PATH
            await made.start()
            try:
                yield made, api
            finally:
                await made.stop()
                await made.close()
        assert api.wrong == []


class SlackDriver(Driver):
    """A patron; ``thread`` is set where they speak in a thread of a channel."""

    def __init__(self, door: FakePatronDoor, api: SlackApi, mentions: bool) -> None:
        self.door, self.api = door, api
        self.mentions = mentions
        self.channel = api.channel("C0GENERAL", "general") if mentions else api.im(SARA)
        self.thread: str | None = None
        self.sent: dict[str, dict[str, Any]] = {}

    async def say(self, text: str, external_id: str) -> None:
        if external_id in self.sent:
            message = self.sent[external_id]
            kind = "channel" if self.mentions else "im"
            await self.api.event(
                {**message, "channel": self.channel, "channel_type": kind, "event_ts": "1.2"}
            )
            return
        whole = f"<@{BOT}> {text}" if self.mentions else text
        self.sent[external_id] = message = await self.api.post(self.channel, SARA, whole, self.thread)
        if self.mentions and self.thread is None:
            self.thread = message["ts"]
            self.sent[external_id] = {**message, "type": "app_mention"}

    async def press(self, sent_back: str, external_id: str) -> None:
        last = self.api.said(self.channel)[-1]
        elements = [e for b in last["blocks"] for e in b["elements"] if b["type"] == "actions"]
        title = next(e["text"]["text"] for e in elements if e["action_id"] == sent_back)
        ack = await self.api.press(SARA, self.channel, last["ts"], title)
        assert ack.status == 200

    async def seen(self) -> Sequence[Seen]:
        return [
            Seen(
                shown(m),
                tuple(
                    (e["text"]["text"], e["action_id"])
                    for b in m["blocks"]
                    if b["type"] == "actions"
                    for e in b["elements"]
                ),
            )
            for m in self.api.said(self.channel, self.thread)
        ]


class SlackContract(NumberedChannelContract):
    socket = False
    mentions = False

    @pytest.fixture
    async def driver(self) -> AsyncIterator[Driver]:
        door = FakePatronDoor()
        async with slack(door, socket=self.socket) as (_, api):
            yield SlackDriver(door, api, self.mentions)


class TestSlackByHttp(SlackContract):
    pass


class TestSlackBySocketMode(SlackContract):
    socket = True


class TestSlackMentions(SlackContract):
    mentions = True
