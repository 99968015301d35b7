"""Slack, put together: one app, its patrons, and its librarians' channel where there is one."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.model import Json, Language
from bot.ports import PatronDoor
from channels.file_links import FileLinks, Source
from channels.slack.api import REVOKED, Api
from channels.slack.channel import SlackChannel
from channels.slack.desk import SlackDesk
from channels.slack.desk_acts import SlackDeskActs
from channels.slack.patrons import Patrons
from channels.threads.parts import ThreadParts

log = logging.getLogger("dalil.channels.slack")

PATH = "/slack/events"
LARGEST = 1_000_000  # bytes of one request
SIGNED_AT, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds
LOOK_EVERY = 10.0  # seconds between looks at the socket
DEAF = "nothing arrives from Slack, whose socket is closed (is DALIL_SLACK_APP_TOKEN still valid?)"
ANYTHING = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SlackApp:
    """How to reach one's app. With an app token it is reached by Socket Mode, else by signed HTTP."""

    bot_token: str = field(repr=False)
    public_url: str
    secret: str = field(repr=False)  # signs links to files
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    desk_channel: str | None = None
    api_url: str = "https://slack.com/api/"


class DeskActs(Protocol):
    """What a desk in Slack wants to hear of."""

    async def message(self, event: Json) -> None:
        """Take a message in the desk's channel."""

    async def pressed(self, body: Json, action: Json) -> bool:
        """Take a pressed button; False where it is not the desk's."""

    async def submitted(self, body: Json) -> Json | None:
        """Take a modal that was sent; gives what Slack is to show, None: close it."""

    async def command(self, body: Json) -> str:
        """Take a slash command; gives the answer for the one who used it."""


class Slack:
    """One app. Connect ``channel`` to the core; ``start`` when the core runs.

    Bolt verifies, and acknowledges what a listener has finished with (``process_before_response``): the
    listener's end is the commit.
    """

    def __init__(self, app: SlackApp, door: PatronDoor, library: Mapping[Language, str]) -> None:
        self._settings = app
        self.api = Api(app.bot_token, app.api_url)
        self.channel = SlackChannel(self.api)
        self._links = FileLinks("slack", app.public_url, app.secret, self._source)
        self._patrons = Patrons(self.api, door, self._links, library, app.desk_channel)
        self.desk: DeskActs | None = None
        self._thread_desk: SlackDesk | None = None
        self._bolt = self._made()
        self._socket: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    def add_desk(self, parts: ThreadParts) -> SlackDesk:
        """Let librarians answer in the channel of the settings; connect what this gives to the core."""
        if self._settings.desk_channel is None:
            raise ValueError("no channel is set for the librarians")
        desk = SlackDesk(self.api, self._settings.desk_channel, parts)
        self.desk, self._thread_desk = SlackDeskActs(self.api, desk, self._patrons.files), desk
        return desk

    def router(self) -> APIRouter:
        """Give the routes that Slack and the desks' links need."""
        routes = APIRouter(include_in_schema=False)
        if self._settings.signing_secret and not self._settings.app_token:
            routes.add_api_route(PATH, self._receive, methods=["POST"])
        routes.include_router(self._links.router())
        return routes

    async def start(self) -> None:
        """Begin to take events."""
        await self.api.open()
        if self._thread_desk:
            await self._thread_desk.start()
        if self._settings.app_token:
            self._connecting = asyncio.create_task(
                self._connect(self._settings.app_token), name="slack-socket"
            )

    async def stop(self) -> None:
        """Take no more."""
        if self._connecting:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        if self._thread_desk:
            await self._thread_desk.stop()

    async def close(self) -> None:
        """Let go of the network."""
        await self.api.close()

    async def _connect(self, app_token: str) -> None:
        """Open the socket; again, until it is open. From then on the client keeps it open by itself."""
        web = AsyncWebClient(app_token, base_url=self._settings.api_url, retry_handlers=[])
        self._socket = AsyncSocketModeHandler(self._bolt, app_token, web_client=web, logger=_quiet())
        pause = FIRST_PAUSE
        while True:
            try:
                await self._socket.connect_async()  # type: ignore[no-untyped-call]
                break
            except Exception as error:
                if isinstance(error, SlackApiError) and error.response.get("error") in REVOKED:
                    self.api.trouble = "Slack does not accept the app-level token (DALIL_SLACK_APP_TOKEN)"
                log.warning("slack: the socket cannot be opened (%s)", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
        await self._watch(self._socket)

    async def _watch(self, socket: AsyncSocketModeHandler) -> None:
        """Say so where the socket stays closed: a token that was revoked meanwhile is tried for ever."""
        closed = 0
        while True:
            await asyncio.sleep(LOOK_EVERY)
            closed = 0 if await socket.client.is_connected() else closed + 1
            self.api.deaf = DEAF if closed > 1 else None  # Slack changes sockets now and then

    def _made(self) -> AsyncApp:
        token = self._settings.bot_token

        async def authorize(**_: Any) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

        bolt = AsyncApp(
            signing_secret=self._settings.signing_secret or "",
            client=self.api.client,
            authorize=authorize,
            process_before_response=True,
            ignoring_self_events_enabled=False,  # it would have to ask Slack who it is; we look at bot_id
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
            logger=_quiet(),
        )
        bolt.event("message")(self._message)
        bolt.event("app_mention")(self._mention)
        bolt.event("app_home_opened")(self._home)
        bolt.event(ANYTHING)(_nothing)
        bolt.action(ANYTHING)(self._action)
        bolt.view(ANYTHING)(self._view)
        bolt.command(ANYTHING)(self._command)
        return bolt

    async def _message(self, event: Json) -> None:
        if self.desk and event.get("channel") == self._settings.desk_channel:
            await self.desk.message(event)
        else:
            await self._patrons.message(event)

    async def _mention(self, event: Json) -> None:
        await self._patrons.mention(event)

    async def _home(self, event: Json) -> None:
        await self._patrons.home(event)

    async def _action(self, ack: AsyncAck, body: Json, action: Json) -> None:
        if not (self.desk and await self.desk.pressed(body, action)):
            await self._patrons.pressed(body, action)
        await ack()

    async def _view(self, ack: AsyncAck, body: Json) -> None:
        answer = await self.desk.submitted(body) if self.desk else None
        await (ack(**answer) if answer else ack())

    async def _command(self, ack: AsyncAck, body: Json) -> None:
        await ack(await self.desk.command(body) if self.desk else "")

    async def _receive(self, request: Request) -> Response:
        """Take what Slack posts. What it has not signed is neither kept in memory for long nor read."""
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                return Response(status_code=413)
        headers = {name: request.headers.get(name, "") for name in (SIGNED_AT, SIGNATURE)}
        if not self._signed(bytes(body), headers[SIGNED_AT], headers[SIGNATURE]):
            return Response(status_code=401)
        try:
            read = AsyncBoltRequest(
                body=body.decode(), query=dict(request.query_params), headers=dict(request.headers)
            )
        except (ValueError, AttributeError, TypeError):  # no JSON, or JSON of another shape
            log.warning("slack: a request that nobody can read")
            return Response(status_code=400)
        return to_starlette_response(await self._bolt.async_dispatch(read))

    def _signed(self, body: bytes, at: str, signature: str) -> bool:
        verifier = SignatureVerifier(self._settings.signing_secret or "")
        return at.isascii() and at.isdigit() and verifier.is_valid(body, at, signature)

    async def _source(self, url: str) -> Source | None:
        """Give a file of Slack's; its own address needs the app's token, and nobody else's gets it."""
        slack = urlsplit(self._settings.api_url).hostname or ""
        host = urlsplit(url).hostname or ""
        if host != "files.slack.com" and host != slack:
            return None
        name = urlsplit(url).path.rsplit("/", 1)[-1]
        return Source(url, name, {"Authorization": f"Bearer {self._settings.bot_token}"})


async def _nothing(event: Json) -> None:
    """Acknowledge an event that nobody here waits for."""


def _quiet() -> logging.Logger:
    """Give a logger for Slack's libraries: their lines can hold what people write."""
    logger = logging.getLogger("dalil.slack_sdk")
    logger.setLevel(logging.CRITICAL)
    return logger
