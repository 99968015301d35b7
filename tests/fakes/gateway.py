"""A real web server on a free port with the web and REST channels over fake doors."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from bot.model import Language
from channels.face import Face, Person
from channels.limits import Limits
from channels.rest import RestChannel
from channels.web.channel import WebChannel
from channels.web.pages import pages
from tests.fakes.patron_door import FakeFiles, FakePatronDoor, Script, echo

KEY = "a-key-for-tests"
HOME = "https://library.marsad.example"
LAYLA = Person(
    name={"en": "Layla Haddad", "ar": "ليلى حداد"},
    title={"en": "Life Sciences Librarian", "ar": "أمينة مكتبة العلوم الحياتية"},
    subjects={"en": ("Biology", "Environmental science"), "ar": ("الأحياء", "العلوم البيئية")},
)
FACE = Face(
    name={"en": "Marsad University Library", "ar": "مكتبة جامعة مرصد"},
    university={"en": "Marsad University", "ar": "جامعة مرصد"},
    assistant={"en": "Dalil", "ar": "دليل"},
    email="ask@library.marsad.example",
    phone="+962 6 555 0100",
    kept_days=90,
    links={
        "account": (f"{HOME}/account", {"en": "My Account", "ar": "حسابي"}),
        "discovery": ("https://search.marsad.example/", {"en": "Marsad Search", "ar": "بحث مرصد"}),
        "catalogue": ("https://catalogue.marsad.example/", {"en": "Library catalogue", "ar": "فهرس المكتبة"}),
        "databases": (f"{HOME}/databases", {"en": "Databases A–Z", "ar": "قائمة قواعد البيانات"}),
        "guides": (f"{HOME}/guides", {"en": "Research guides", "ar": "الأدلة البحثية"}),
        "librarians": (f"{HOME}/librarians", {"en": "Subject librarians", "ar": "أمناء المكتبة المتخصصون"}),
        "hours": (f"{HOME}/hours", {"en": "Opening hours", "ar": "ساعات الدوام"}),
        "rooms": ("https://rooms.marsad.example/", {"en": "Book a group study room", "ar": "حجز غرفة دراسة"}),
        "printing": ("https://print.marsad.example/", {"en": "Printing", "ar": "الطباعة"}),
        "ill": ("https://ill.marsad.example/", {"en": "Interlibrary loan", "ar": "الإعارة بين المكتبات"}),
        "citing": (f"{HOME}/guides/citing", {"en": "Citing sources", "ar": "توثيق المراجع"}),
    },
    person={"layla": LAYLA}.get,
)


@dataclass
class Gateway:
    """What a test holds: where the server is, and what stands behind it."""

    url: str
    door: FakePatronDoor
    web: WebChannel
    rest_door: FakePatronDoor
    rest: RestChannel
    server: uvicorn.Server
    files: FakeFiles


async def hours(language: Language) -> Sequence[tuple[str, str]]:
    """Give hours for the page."""
    if language is Language.AR:
        return [("مكتبة ابن بطوطة", "08:00–22:00"), ("قاعة القانون", "")]
    return [("Ibn Battuta Library", "08:00–22:00"), ("Law Reading Room", "")]


@asynccontextmanager
async def gateway(
    script: Script = echo,
    *,
    limits: Limits | None = None,
    origins: Sequence[str] = (),
    port: int = 0,
    door: FakePatronDoor | None = None,
    turn_seconds: float = 5.0,
) -> AsyncIterator[Gateway]:
    """Serve until the block ends. ``door`` and ``port`` let a test start a second one in its place."""
    door = door or FakePatronDoor(script)
    rest_door = FakePatronDoor(script)
    limits = limits or Limits(messages_per_minute=600)
    files = FakeFiles(door)
    web = WebChannel(door, FACE, origins=origins, limits=limits, files=files)
    rest = RestChannel(
        rest_door, {"test": KEY, "other": "another-key"}, limits=limits, turn_seconds=turn_seconds
    )
    door.channel, rest_door.channel = web, rest
    inner = FastAPI()
    inner.include_router(pages(FACE, hours))
    inner.include_router(web.router())
    inner.include_router(rest.router())
    config = uvicorn.Config(
        web.wrap(inner), log_level="critical", ws_max_size=limits.max_bytes, lifespan="off"
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", port))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield Gateway(url, door, web, rest_door, rest, server, files)
    finally:
        server.should_exit = True
        server.force_exit = True
        await web.close()
        await serving
        listening.close()
