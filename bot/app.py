"""The composition root: the one place where all parts are made and put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI

from actions.server import actions_router
from actions.topics import Topics
from bot.clock import Clock, utc_now
from bot.core import Core
from bot.dialogue import Dialogue
from bot.gateway.guides import guides_router
from bot.gateway.health import health_router
from bot.knowledge import TOPICS, read_topics, searched, vectors_for_engine
from bot.model import CannedAnswer, Found, Language
from bot.networks import came_from, desk_names, networks
from bot.secret_keys import SecretKeys
from bot.settings import Settings
from bot.store.store import Store
from channels.desk.desk import WebDesk
from channels.desk.parts import DeskParts
from channels.face import Face, Person
from channels.limits import Limits
from channels.rest import RestChannel
from channels.web.channel import WebChannel
from channels.web.gate import SocketGate
from channels.web.pages import Today, pages
from knowledge_base.engine.base import KnowledgeBase
from knowledge_base.engine.hours import PlaceDesk

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LiveHours:
    """The desk's hours as the knowledge base has them now, also after staff changed a file."""

    knowledge: KnowledgeBase

    def _desk(self) -> PlaceDesk:
        held = self.knowledge.snapshot
        return PlaceDesk(held.hours, held.library.desk)

    def open_at(self, at: datetime) -> bool:
        """Whether librarians are there at an aware time."""
        return self._desk().open_at(at)

    def next_opening(self, at: datetime) -> datetime | None:
        """Give the start of the next open span."""
        return self._desk().next_opening(at)


@dataclass(frozen=True, slots=True)
class LiveKnowledge:
    """What the desk uses of the knowledge base as it is now."""

    knowledge: KnowledgeBase

    async def search(self, query: str, language: Language) -> Sequence[Found]:
        """Give what there is on a question, best first."""
        hits = await asyncio.to_thread(self.knowledge.snapshot.search, query, language.value, 6)
        return [Found(hit.passage.heading, hit.passage.text, hit.passage.url) for hit in hits]

    def canned(self, language: Language) -> Sequence[CannedAnswer]:
        """Give the ready answers."""
        ready = self.knowledge.snapshot.canned(language.value)
        return [CannedAnswer(one.id, one.title, one.text, one.topic) for one in ready]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The application, ready to be served."""

    app: SocketGate
    core: Core
    store: Store


def build(settings: Settings, keys: SecretKeys, knowledge: KnowledgeBase, clock: Clock = utc_now) -> Gateway:
    """Put the gateway together; nothing runs until it is served."""
    store = Store.open(
        settings.database(), desks=["desk", *desk_names(settings)], files=settings.files_folder()
    )
    dialogue = Dialogue(
        settings.engine_url(),
        keys.action_secret,
        settings.engine_timeout,
        vectors_for_engine(knowledge, settings),
    )
    zone = ZoneInfo(knowledge.snapshot.library.time_zone)
    core = Core(
        settings,
        store,
        dialogue,
        LiveHours(knowledge),
        zone,
        clock,
        _name_of(knowledge),
        foresee=_foresee(knowledge),
        knowledge=LiveKnowledge(knowledge),
    )
    limits = Limits(max_chars=settings.max_message_chars, messages_per_minute=settings.messages_per_minute)
    face = _face(settings, knowledge)
    origins = [settings.url(), *settings.allowed_origins]
    web = WebChannel(core.patrons, face, origins=origins, limits=limits, files=core.files)
    rest = RestChannel(core.patrons, {"default": keys.rest_api_key}, limits=limits)
    desk = WebDesk(
        web.server,
        core.librarians,
        _desk_parts(settings, knowledge),
        secret=keys.secret_key,
        public_url=settings.url(),
    )
    others = networks(
        settings,
        keys,
        core,
        store,
        library=face.name,
        topics=read_topics(),
        subjects={id_: subject.name for id_, subject in knowledge.snapshot.subjects.items()},
        name_of=_name_of(knowledge),
        opening=came_from(_title_of(knowledge)),
    )
    core.connect([web, rest, *others.channels], [desk, *others.desks])

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(knowledge.watch(), name="knowledge-base")
        await core.start()
        await others.start()
        yield
        await others.stop()
        await core.stop()
        await others.close()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await web.close()
        await dialogue.close()
        store.close()

    app = FastAPI(title="Dalil", docs_url=None, redoc_url=None, openapi_url=None, lifespan=running)
    app.include_router(health_router(core.troubles, core.complaints, settings.metrics_token))
    app.include_router(actions_router(knowledge, keys.action_secret, Topics.load(TOPICS), clock))
    app.include_router(guides_router(lambda: knowledge.snapshot))
    app.include_router(pages(face, _today(knowledge, clock)))
    app.include_router(web.router())
    app.include_router(rest.router())
    app.include_router(desk.router())
    app.include_router(others.router())
    return Gateway(web.wrap(app), core, store)


def _foresee(knowledge: KnowledgeBase) -> Callable[[str], None]:
    """Give what prepares the searches of a message while the engine thinks: for each of its questions."""

    def prepare(text: str) -> None:
        for one in searched(text):
            knowledge.snapshot.prepare(one)

    return prepare


def _name_of(knowledge: KnowledgeBase) -> Callable[[str, Language], str | None]:
    def name_of(person: str, language: Language) -> str | None:
        found = knowledge.snapshot.people.get(person)
        return found.name[language.value] if found else None

    return name_of


def _title_of(knowledge: KnowledgeBase) -> Callable[[str, Language], str | None]:
    def title_of(guide: str, language: Language) -> str | None:
        found = knowledge.snapshot.document(guide, language.value)
        return found.document.title if found else None

    return title_of


def _face(settings: Settings, knowledge: KnowledgeBase) -> Face:
    library = knowledge.snapshot.library
    return Face(
        name=library.name,
        university=library.university,
        assistant=library.assistant,
        email=library.email,
        phone=library.phone,
        kept_days=settings.retention_days,
        links={id_: (link.url, link.title) for id_, link in library.links.items()},
        person=_presented(knowledge),
    )


def _presented(knowledge: KnowledgeBase) -> Callable[[str], Person | None]:
    """Present a librarian by the entry of librarians.yml that has the id of their account."""

    def person(librarian: str) -> Person | None:
        held = knowledge.snapshot
        found = held.people.get(librarian)
        if found is None:
            return None
        known = [held.subjects[id_].name for id_ in found.subjects if id_ in held.subjects]
        subjects = {language.value: [name[language.value] for name in known] for language in Language}
        return Person(found.name, found.title, subjects, found.photo)

    return person


def _desk_parts(settings: Settings, knowledge: KnowledgeBase) -> DeskParts:
    held = knowledge.snapshot
    return DeskParts(
        library=held.library.name,
        topics=read_topics(),
        subjects={id_: subject.name for id_, subject in held.subjects.items()},
        name_of=_name_of(knowledge),
        max_chars=settings.max_message_chars,
        zone=ZoneInfo(held.library.time_zone),
        sees_writing=settings.see_writing,
    )


def _today(knowledge: KnowledgeBase, clock: Clock) -> Today:
    async def today(language: Language) -> Sequence[tuple[str, str]]:
        held = knowledge.snapshot
        day = clock().astimezone(ZoneInfo(held.library.time_zone)).date()
        shown = []
        for id_ in held.hours.places:
            place = held.places.get(id_)
            if place is None or place.kind != "branch":
                continue
            spans = held.hours.day(id_, day).spans
            hours = ", ".join(
                f"{span.start:%H:%M}–{span.end:%H:%M}" if span.end else f"{span.start:%H:%M}–24:00"
                for span in spans
            )
            shown.append((place.name[language.value], hours))
        return shown

    return today
