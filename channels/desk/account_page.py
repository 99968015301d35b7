"""One's own account: the password, and signing out everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from bot.errors import Rejected
from bot.ports import DeskDoor
from channels.desk.guard import Caller
from channels.desk.render import Renderer, first, to

Left = Callable[[], Awaitable[None]]


class AccountPage:
    """The page ``/desk/account``."""

    def __init__(self, door: DeskDoor, renderer: Renderer, left: Left) -> None:
        """``left`` is called when sign-ins have ended, so that open pages are put out."""
        self._door = door
        self._renderer = renderer
        self._left = left

    def routes(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(include_in_schema=False)
        shown = self._renderer.shown
        routes.add_api_route("/desk/account", shown(self._page, ""), methods=["GET"])
        routes.add_api_route("/desk/account/password", shown(self._password, "../"), methods=["POST"])
        routes.add_api_route("/desk/account/everywhere", shown(self._everywhere, "../"), methods=["POST"])
        return routes

    async def _page(self, request: Request, caller: Caller) -> Response:
        done = "changed" if request.query_params.get("done") == "changed" else None
        return self._renderer.page(request, caller, "account", "", done=done)

    async def _password(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        old, new, again = (first(given, name) for name in ("old", "new", "again"))
        try:
            if new != again:
                raise Rejected("passwords_differ")
            await self._door.change_password(caller.librarian.id, old, new, caller.signed_in.key)
        except Exception as error:
            text = self._renderer.wrong(request, error)
            return self._renderer.page(request, caller, "account", "../", 400, error=text)
        await self._left()
        return to("../account?done=changed")

    async def _everywhere(self, request: Request, caller: Caller) -> Response:
        caller, _ = await self._renderer.form(request)
        await self._door.end_sign_ins(caller.librarian.id)
        await self._left()
        return to("../../desk")
