"""Everything at once: the real core and store, web, Slack and Telegram for patrons and for librarians."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from bot.core import Core
from bot.model import (
    Address,
    CannedAnswer,
    Found,
    Handoff,
    Incoming,
    Language,
    Librarian,
    Message,
    Presence,
    Speaker,
)
from bot.settings import Settings
from bot.store.store import Store
from channels.desk.desk import NAME as WEB_DESK
from channels.desk.desk import WebDesk
from channels.desk.parts import DeskParts
from channels.limits import Limits
from channels.slack.desk import NAME as SLACK_DESK
from channels.slack.slack import PATH, Slack, SlackApp
from channels.telegram.desk import NAME as TELEGRAM_DESK
from channels.telegram.telegram import Bot, Telegram
from channels.threads.parts import ThreadParts
from channels.web.channel import WebChannel
from tests.fakes.desk import (
    HASH,
    LAYLA,
    OMAR,
    SECRET,
    SUBJECTS,
    TOPICS,
    Always,
    by_word,
    enter,
    find,
)
from tests.fakes.desk_page import DeskPage
from tests.fakes.engine import FakeEngine
from tests.fakes.gateway import FACE
from tests.fakes.serving import serving
from tests.fakes.slack_api import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, SlackApi, slack_api
from tests.fakes.telegram_api import TOKEN, TelegramApi, telegram_api
from tests.patience import PATIENCE

DESK_CHANNEL, GROUP = "C0000DESK", -1001000
SLACK_IDS = {LAYLA.id: "U00LAYLA", OMAR.id: "U000OMAR"}
TELEGRAM_IDS = {LAYLA.id: 7001, OMAR.id: 7002}
STRANGER = "U0STRANGE"


class Knowledge:
    """A very small knowledge base."""

    async def search(self, query: str, language: Language) -> list[Found]:
        return [Found(one.title, one.text, one.url) for one in await find(query, language)]

    def canned(self, language: Language) -> list[CannedAnswer]:
        return []


@dataclass
class WebPage:
    """Patrons' pages and the web desk, as far as the core sees them."""

    name: str = "web"
    resolves_unknown: bool = True
    shown: list[Message] = field(default_factory=list)

    async def deliver(self, address: Address, message: Message) -> str | None:
        self.shown.append(message)
        return None


@dataclass
class WebDeskPage:
    """The desk's page, as far as the core sees it."""

    name: str = WEB_DESK
    resolves_unknown: bool = True
    shown: list[Handoff] = field(default_factory=list)
    relayed: list[Message] = field(default_factory=list)
    told: list[tuple[str, str | None]] = field(default_factory=list)

    async def show(self, handoff: Handoff) -> None:
        self.shown.append(handoff)

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        self.relayed.append(message)
        return None

    async def show_trouble(self, where: str, trouble: str | None) -> None:
        self.told.append((where, trouble))


@dataclass
class Messengers:
    """What a test holds."""

    core: Core
    store: Store
    engine: FakeEngine
    slack: Slack
    slack_api: SlackApi
    telegram: Telegram
    telegram_api: TelegramApi
    page: WebPage
    board: WebDeskPage
    url: str = ""
    said: int = 0

    async def web_says(self, text: str, language: Language = Language.EN) -> Message:
        """Let a patron on the web write."""
        self.said += 1
        incoming = Incoming(Address("web", "chat"), text, f"patron-{self.said}", language)
        return (await self.core.patrons.receive(incoming)).message

    @asynccontextmanager
    async def at_web_desk(self, who: Librarian) -> AsyncIterator[DeskPage]:
        """Let a librarian sit at the web desk (with ``web_desk=True``) until the block ends."""
        async with httpx.AsyncClient(
            base_url=self.url, headers={"Origin": self.url}, timeout=PATIENCE
        ) as http:
            page = await DeskPage(await enter(http, who)).connect()
            try:
                yield page
            finally:
                await page.close()

    async def handoff(self) -> Handoff:
        """Wait for the one handoff that is open."""
        await self.until(lambda: self.store.handoffs.queue())
        (found,) = self.store.handoffs.queue()
        return found

    async def until(self, true: Callable[[], Any], what: str = "") -> None:
        """Wait until something holds."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"still not so: {what or 'see the line above'}") from None

    async def settle(self) -> None:
        """Wait until every message had its turn and every due delivery went out."""

        def calm() -> bool:
            counts = self.store.deliveries.counts()
            busy = counts.get("pending", 0) + counts.get("sending", 0) + len(self.core._consumer._working)
            return not busy and not self.store.conversations.count_waiting()

        await self.until(calm, "settled")

    def there(self, *people: Any) -> None:
        """Let librarians be there."""
        for who in people or (OMAR,):
            self.store.librarians.set_presence(who.id, Presence.AVAILABLE, datetime.now(UTC), 3600)

    def heard(self, handoff: Handoff) -> list[str]:
        """Give what librarians said in a handoff's conversation."""
        every = self.store.conversations.since(handoff.conversation, 0, 1000)
        return [m.content.text for m in every if m.speaker is Speaker.LIBRARIAN]


def parts_of(core: Core, store: Store, language: Language) -> ThreadParts:
    """Give what the thread desks are told."""
    return ThreadParts(
        core.librarians, store.threads, language, TOPICS, "https://ask.library.example", SUBJECTS
    )


@asynccontextmanager
async def messengers(
    folder: Path,
    *,
    language: Language = Language.EN,
    socket: bool = False,
    telegram_desk: bool = True,
    web_desk: bool = False,
) -> AsyncIterator[Messengers]:
    """Run it all until the block ends; the fake networks must have found nothing wrong.

    ``web_desk``: the real one, with its pages; else a stand-in that remembers what it was shown.
    """
    settings = Settings(_env_file=None, var=folder, messages_per_minute=600)  # type: ignore[call-arg]
    desks = [WEB_DESK, SLACK_DESK, *([TELEGRAM_DESK] if telegram_desk else [])]
    store, engine = Store.open(settings.database(), desks), FakeEngine(by_word)
    now = datetime.now(UTC)
    for person in (LAYLA, OMAR):
        if store.librarians.get(person.id) is None:
            store.librarians.add(person, HASH, now)
            store.librarians.link(person.id, "slack", SLACK_IDS[person.id])
            store.librarians.link(person.id, "telegram", str(TELEGRAM_IDS[person.id]))
    zone = ZoneInfo("Asia/Amman")
    core = Core(
        settings, store, engine, Always(), zone, lambda: datetime.now(UTC), lambda person, language: None,
        knowledge=Knowledge(),
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        telegrams = await stack.enter_async_context(telegram_api())
        telegrams.chats[GROUP] = []
        slacks = await stack.enter_async_context(slack_api())
        slacks.channel(DESK_CHANNEL, "librarians")
        how: dict[str, Any] = {"app_token": APP_TOKEN} if socket else {"signing_secret": SIGNING_SECRET}
        app = SlackApp(
            BOT_TOKEN, "https://ask.library.example", "a-secret", desk_channel=DESK_CHANNEL,
            api_url=f"{slacks.url}/api/", **how,
        )  # fmt: skip
        names = {Language.EN: "Marsad University Library", Language.AR: "مكتبة جامعة مرصد"}
        slack = Slack(app, core.patrons, names)
        slack_desk = slack.add_desk(parts_of(core, store, language))
        bot = Bot(TOKEN, "https://ask.library.example", "a-secret", api_url=telegrams.url,
                  group=GROUP if telegram_desk else None)  # fmt: skip
        telegram = Telegram(bot, core.patrons)
        in_telegram = [telegram.add_desk(parts_of(core, store, language))] if telegram_desk else []
        page, board = WebPage(), WebDeskPage()
        web, app_ = FastAPI(), None
        web.include_router(slack.router())
        listening = create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if web_desk:
            patrons = WebChannel(core.patrons, FACE, limits=Limits(messages_per_minute=600), files=core.files)
            parts = DeskParts(FACE.name, TOPICS, SUBJECTS, lambda person, language: None, True)
            desk = WebDesk(patrons.server, core.librarians, parts, secret=SECRET, public_url=url)
            stack.push_async_callback(patrons.close)
            web.include_router(patrons.router())
            web.include_router(desk.router())
            app_ = patrons.wrap(web)
            core.connect([patrons, slack.channel, telegram.channel], [desk, slack_desk, *in_telegram])
        else:
            core.connect([page, slack.channel, telegram.channel], [board, slack_desk, *in_telegram])
        await stack.enter_async_context(serving(app_ or web, listening))
        slacks.app_url = None if socket else url + PATH
        await core.start()
        await slack.start()
        await telegram.start()
        try:
            yield Messengers(core, store, engine, slack, slacks, telegram, telegrams, page, board, url)
        finally:
            await slack.stop()
            await telegram.stop()
            await core.stop()
            await slack.close()
            await telegram.close()
            store.close()
        assert not slacks.wrong, slacks.wrong[:5]
        assert not telegrams.wrong, telegrams.wrong[:5]


def name_in(text: str, before: str) -> str | None:
    """Find a name after some words."""
    found = re.search(f"{before} (.+)$", text)
    return found[1] if found else None
