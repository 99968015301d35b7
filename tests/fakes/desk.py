"""A real web server with the real core behind it: the web channel for patrons, the desk for librarians."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from fastapi import FastAPI

from bot.accounts import hash_password
from bot.core import Core
from bot.dialogue import Reply, Utterance
from bot.model import (
    Address,
    CannedAnswer,
    Citation,
    Content,
    Found,
    Handoff,
    Incoming,
    Json,
    Kind,
    Language,
    Librarian,
    LibrarianId,
    Message,
    Packet,
    Presence,
    Role,
    Speaker,
)
from bot.settings import Settings
from bot.store.store import Store
from channels.desk.desk import NAME, WebDesk
from channels.desk.parts import DeskLimits, DeskParts
from channels.limits import Limits
from channels.web.channel import WebChannel
from channels.web.pages import pages
from tests.fakes.engine import FakeEngine
from tests.fakes.gateway import FACE
from tests.patience import PATIENCE

SECRET = "a secret for tests, long enough"
PASSWORD = "sesame, open wide"
LAYLA = Librarian(LibrarianId("layla"), "Layla Haddad", "layla@library.example")
OMAR = Librarian(
    LibrarianId("omar"), "Omar Nassar", "omar@library.example", subjects=("biology",), role=Role.ADMIN
)
SAMI = Librarian(LibrarianId("sami"), "Sami Khoury", "sami@library.example", role=Role.STAFF)
TOPICS = {
    "renewal": {"en": "Renewal", "ar": "تجديد الإعارة"},
    "remote_access": {"en": "Off-campus access", "ar": "الوصول من خارج الحرم"},
    "research_consultation": {"en": "Research help", "ar": "المساعدة في البحث"},
    "hours": {"en": "Opening hours", "ar": "ساعات الدوام"},
}
SUBJECTS = {"biology": {"en": "Biology", "ar": "الأحياء"}}
HASH = hash_password(PASSWORD)  # once: it is meant to be slow


@dataclass
class Clock:
    """The real time, and what a test adds to it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Always:
    """A desk that is open at any time."""

    def open_at(self, at: datetime) -> bool:
        return True

    def next_opening(self, at: datetime) -> datetime | None:
        return None


def by_word(said: Utterance, dialogue: Json | None) -> Reply:
    """Answer from the knowledge base, or ask for a person where the text says so."""
    text = said.text or ""
    if "person" in text or "شخص" in text:
        arabic = said.language is Language.AR
        packet = Packet(
            question="كيف أصل إلى المقالات من البيت؟" if arabic else "I can’t open an article from home",
            reason="remote_access",
            topic="remote_access",
            summary=(("المتصفح", "Firefox"),) if arabic else (("Browser", "Firefox"), ("Database", "JSTOR")),
            tried=("تسجيل الدخول من جديد",) if arabic else ("Signed in again", "A private window"),
            subject="biology",
            wanted="layla",
        )
        return Reply((), {"n": 1}, packet, "human_handoff")
    answer = Content(
        "You can renew online **up to four times**.\n\n1. Open [My Account](https://library.example/account).\n"
        "2. Choose **Renew**.",
        Kind.ANSWER,
        citations=(
            Citation("Renewing what you borrowed", "https://library.example/guides/renewal", "Online"),
        ),
        topic="renewal",
    )
    return Reply((answer,), {"n": 1}, None, "renewal")


async def find(query: str, language: Language) -> Sequence[Found]:
    """Search a very small knowledge base."""
    if "nothing" in query:
        return []
    if language is Language.AR:
        return [
            Found("تجديد الإعارة", "يمكن التجديد **أربع مرات**.", "https://library.example/guides/renewal")
        ]
    return [Found("Renewing loans", "Renew up to **four times**.", "https://library.example/guides/renewal")]


class SmallKnowledge:
    """What librarians search in the tests; ``asked`` keeps the questions."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def search(self, query: str, language: Language) -> Sequence[Found]:
        self.asked.append(query)
        return await find(query, language)

    def canned(self, language: Language) -> Sequence[CannedAnswer]:
        if language is Language.AR:
            return [CannedAnswer("hello", "ترحيب", "مرحبًا، معك {me}.")]
        return [
            CannedAnswer("hello", "Greeting", "Hello, this is {me}."),
            CannedAnswer("access", "Off campus", "Start from **Off campus**.", "remote_access"),
        ]


@dataclass
class DeskWorld:
    """What a test holds."""

    url: str
    store: Store
    core: Core
    clock: Clock
    web: WebChannel
    desk: WebDesk
    engine: FakeEngine
    said: int = 0
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Give a browser of its own, without a sign-in."""
        given = {"Origin": self.url, **headers}
        plain = False  # no certificates: http
        made = httpx.AsyncClient(base_url=self.url, headers=given, timeout=PATIENCE, verify=plain)
        self.clients.append(made)
        return made

    async def signed_in(self, who: Librarian = LAYLA, **headers: str) -> httpx.AsyncClient:
        """Give the browser of a librarian who has signed in; it sends its token by itself."""
        return await enter(self.client(**headers), who)

    def attended(self) -> None:
        """Let a librarian be there, so that a question waits and is not left for later."""
        self.store.librarians.set_presence(OMAR.id, Presence.AVAILABLE, datetime.now(UTC))

    async def say(
        self, text: str, chat: str = "chat", language: Language = Language.EN, key: str | None = None
    ) -> Message:
        """Let a patron say something and wait until all that comes of it is done."""
        self.said += 1
        incoming = Incoming(Address("web", chat), text, key or f"patron-{self.said}", language)
        accepted = await self.core.patrons.receive(incoming)
        await self.settle()
        return accepted.message

    async def ask_person(self, chat: str = "chat", language: Language = Language.EN) -> Handoff:
        """Let a patron ask for a person; give the handoff."""
        text = "أريد التحدث إلى شخص" if language is Language.AR else "May I talk to a person?"
        before = {handoff.id for handoff in self.store.handoffs.queue()}
        await self.say(text, chat, language)
        (opened,) = (handoff for handoff in self.store.handoffs.queue() if handoff.id not in before)
        return opened

    async def helped(
        self, chat: str = "chat", language: Language = Language.EN, who: Librarian = LAYLA
    ) -> Handoff:
        """Let a patron ask for a person, be answered and be let go; give the closed handoff."""
        opened, door = await self.ask_person(chat, language), self.core.librarians
        await door.claim(opened.id, who.id, beyond=True)
        text = "تفضّل، هذا هو الرابط." if language is Language.AR else "Here is the link you need."
        await door.reply(opened.id, who.id, text, f"helped-{opened.id}")
        closed = await door.close(opened.id, who.id, 3, "reference", "remote_access", "")
        await self.settle()
        return closed

    async def settle(self) -> None:
        """Wait until every message had its turn and every due delivery went out."""
        async with asyncio.timeout(PATIENCE):
            while True:
                counts = self.store.deliveries.counts()
                busy = counts.get("pending", 0) + counts.get("sending", 0) + len(self.core._consumer._working)
                if not busy and not self.store.conversations.count_waiting():
                    return
                await asyncio.sleep(0.01)

    async def heard(self, chat: str = "chat") -> list[str]:
        """Give what the patron was told by librarians."""
        messages = await self.core.patrons.since(Address("web", chat), 0)
        return [m.content.text for m in messages if m.speaker is Speaker.LIBRARIAN]


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in the form as a browser does."""
    form = await client.get("/desk")
    token = re.search(r'name="token" value="([^"]+)"', form.text)
    assert token, form.text
    fields = {"email": email, "password": password, "token": token[1]}
    return await client.post("/desk/sign-in", data=fields)


async def enter(client: httpx.AsyncClient, who: Librarian) -> httpx.AsyncClient:
    """Sign in, and send the token with everything from then on."""
    response = await sign_in(client, who.email)
    assert response.status_code == 303, response.text
    client.headers["X-CSRF-Token"] = (await client.get("/desk/api/me")).json()["csrf"]
    return client


@asynccontextmanager
async def desk_world(
    folder: Path,
    *,
    limits: DeskLimits | None = None,
    searches: bool = True,
    public_url: str | None = None,
    port: int = 0,
    see_writing: bool = False,
) -> AsyncIterator[DeskWorld]:
    """Serve until the block ends."""
    settings = Settings(  # type: ignore[call-arg]
        _env_file=None, var=folder, messages_per_minute=600, see_writing=see_writing
    )
    store, clock, engine = Store.open(settings.database(), [NAME]), Clock(), FakeEngine(by_word)
    for person in (LAYLA, OMAR, SAMI):
        if store.librarians.get(person.id) is None:
            store.librarians.add(person, HASH, clock())
    core = Core(
        settings,
        store,
        engine,
        Always(),
        ZoneInfo("Asia/Amman"),
        clock,
        name_of=lambda person, language: {"layla": "Layla Haddad"}.get(person),
        knowledge=SmallKnowledge(),
    )
    listening = socket.create_server(("127.0.0.1", port))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    web = WebChannel(core.patrons, FACE, limits=Limits(messages_per_minute=600), files=core.files)
    parts = DeskParts(
        FACE.name,
        TOPICS,
        SUBJECTS,
        lambda person, language: {"layla": "Layla Haddad"}.get(person),
        searches,
        sees_writing=see_writing,
    )
    desk = WebDesk(
        web.server, core.librarians, parts, secret=SECRET, public_url=public_url or url, limits=limits
    )
    core.connect([web], [desk])
    inner = FastAPI()
    inner.include_router(pages(FACE))
    inner.include_router(web.router())
    inner.include_router(desk.router())
    server = uvicorn.Server(uvicorn.Config(web.wrap(inner), log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    await core.start()
    world = DeskWorld(url, store, core, clock, web, desk, engine)
    try:
        yield world
    finally:
        for client in world.clients:
            await client.aclose()
        server.should_exit = server.force_exit = True
        await web.close()
        await serving
        await core.stop()
        store.close()
        listening.close()
