"""The desk on the web, put together: a Desk for the core, routes for the web server."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bot.model import Handoff, HandoffId, Message
from bot.ports import DeskDoor
from channels.desk.account_page import AccountPage
from channels.desk.admin_page import AdminPages
from channels.desk.api import Api
from channels.desk.assets import DeskAssets
from channels.desk.closed_page import ClosedPage
from channels.desk.guard import Guard
from channels.desk.live import LiveDesk
from channels.desk.pages import Pages
from channels.desk.parts import DeskLimits, DeskParts
from channels.desk.render import Renderer
from channels.desk.sessions import Sessions
from channels.desk.wire import handoff_json, people_json, spoken_json, troubles_json

NAME = "desk"


class WebDesk:
    """Implements Desk, DeskForgets and DeskShowsTyping, -Writing, -Changes, -Consent, -Presence, -Trouble.

    Shares the web channel's Socket.IO server. A page drops a message whose number it has seen, and
    fetches what it lacks where a number is missing; so relaying twice shows it once.
    """

    name = NAME
    resolves_unknown = True

    def __init__(
        self,
        server: Any,
        door: DeskDoor,
        parts: DeskParts,
        *,
        secret: str,
        public_url: str,
        limits: DeskLimits | None = None,
    ) -> None:
        """``server`` is a ``socketio.AsyncServer``; ``secret`` signs cookies; ``public_url`` tells https.

        Raises ValueError for a short secret.
        """
        limits = limits or DeskLimits()
        secure = public_url.lower().startswith("https://")
        guard = Guard(door, Sessions(secret, secure), public_url, limits)
        self._door = door
        self._troubles: dict[str, str] = {}
        self._live = LiveDesk(guard)
        self._api = Api(door, guard, parts)
        assets = DeskAssets()
        left = self._live.put_out_strangers
        renderer = Renderer(guard, parts, assets)
        self._pages = Pages(door, guard, parts, assets, left)
        self._beside = (
            ClosedPage(door, parts, renderer),
            AccountPage(door, renderer, left),
            AdminPages(door, parts, renderer, left),
        )
        server.register_namespace(self._live)

    def router(self) -> APIRouter:
        """Give the routes ``/desk`` and everything under it."""
        routes = APIRouter()
        routes.include_router(self._pages.routes())
        routes.include_router(self._api.routes())
        for pages in self._beside:
            routes.include_router(pages.routes())
        return routes

    def connected(self) -> int:
        """Count the pages that are open on this gateway."""
        return len(self._live.pages)

    async def show(self, handoff: Handoff) -> None:
        """Show a handoff that was opened or changed."""
        await self._live.tell("handoff", handoff_json(handoff))

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        """Show one more message of a handoff's conversation."""
        await self._live.tell("message", {"handoff": handoff.id, "message": spoken_json(message)})
        return None

    async def change(self, handoff: Handoff, message: Message, shown_as: str | None) -> None:
        """Show a message as it is now: edited, or withdrawn."""
        await self._live.tell("change", {"handoff": handoff.id, "message": spoken_json(message)})

    async def forgotten(self, handoff: HandoffId) -> None:
        """Take a handoff from every open page."""
        await self._live.tell("forgotten", {"handoff": handoff})

    async def consent_changed(self, handoff: HandoffId, given: bool) -> None:
        """Let pages that show a handoff take earlier conversations from view, or ask for them."""
        await self._live.tell("consent", {"handoff": handoff, "given": given})

    async def presence_changed(self) -> None:
        """Show who is there now."""
        await self._live.tell("presence", {"people": people_json(await self._door.colleagues())})

    async def show_trouble(self, where: str, trouble: str | None) -> None:
        """Show, or stop showing, what does not work elsewhere."""
        self._troubles.pop(where, None)
        if trouble:
            self._troubles[where] = trouble
        await self._live.tell_state("troubles", troubles_json(self._troubles))

    async def show_patron_typing(self, handoff: HandoffId, on: bool) -> None:
        """Show, or stop showing, that the patron is writing."""
        await self._live.tell("typing", {"handoff": handoff, "on": on})

    async def show_patron_writing(self, handoff: Handoff, text: str) -> None:
        """Show what the patron is writing, on the pages of the librarian who has the handoff."""
        if handoff.librarian:
            await self._live.tell_one(handoff.librarian, "writing", {"handoff": handoff.id, "text": text})
