"""What admins look after: accounts, the desk's hours on certain days, its rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date

from fastapi import APIRouter, Request, Response

from bot.errors import Rejected
from bot.model import DeskRules, Language, Librarian, LibrarianId, Role
from bot.ports import DeskDoor
from channels.desk.guard import Caller, language_of
from channels.desk.parts import DeskParts
from channels.desk.render import Fields, Renderer, first, to

NEW = Librarian(LibrarianId(""), "", "")
LIST, DEEP = "", "../"  # from /desk/accounts, and from /desk/accounts/ID, to /desk/

Left = Callable[[], Awaitable[None]]


class AdminPages:
    """The pages ``/desk/accounts`` and ``/desk/rules``. The door refuses whoever is no admin."""

    def __init__(self, door: DeskDoor, parts: DeskParts, renderer: Renderer, left: Left) -> None:
        """``left`` is called when sign-ins have ended, so that open pages are put out."""
        self._door = door
        self._parts = parts
        self._renderer = renderer
        self._left = left

    def routes(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(include_in_schema=False)
        shown = self._renderer.shown
        for path, act, at, method in (
            ("/desk/accounts", self._list, LIST, "GET"),
            ("/desk/accounts", self._add, LIST, "POST"),
            ("/desk/accounts/{id}", self._one, DEEP, "GET"),
            ("/desk/accounts/{id}", self._change, DEEP, "POST"),
            ("/desk/accounts/{id}/password", self._password, "../../", "POST"),
            ("/desk/rules", self._rules, LIST, "GET"),
            ("/desk/rules", self._set_rules, LIST, "POST"),
            ("/desk/rules/day", self._set_day, DEEP, "POST"),
            ("/desk/rules/usual", self._clear_day, DEEP, "POST"),
        ):
            routes.add_api_route(path, shown(act, at), methods=[method])
        return routes

    async def _list(self, request: Request, caller: Caller) -> Response:
        return await self._listed(request, caller, NEW, done=_done(request))

    async def _listed(
        self, request: Request, caller: Caller, new: Librarian, status: int = 200, **more: object
    ) -> Response:
        accounts = await self._door.accounts(caller.librarian.id)
        facts = {"accounts": accounts, "one": new, "roles": list(Role), **self._names(request), **more}
        return self._renderer.page(request, caller, "accounts", LIST, status, **facts)

    async def _add(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        new = NEW
        try:
            new = _account(LibrarianId(first(given, "id").strip()), given)
            password = await self._door.add_account(caller.librarian.id, new)
        except Exception as error:
            text = self._renderer.wrong(request, error)
            return await self._listed(request, caller, new, 400, error=text)
        return self._made(request, caller, new, password, LIST)

    async def _one(self, request: Request, caller: Caller) -> Response:
        return self._edited(request, caller, await self._named(request, caller))

    def _edited(
        self, request: Request, caller: Caller, one: Librarian, status: int = 200, **more: object
    ) -> Response:
        facts = {"one": one, "roles": list(Role), "part": "accounts", **self._names(request), **more}
        return self._renderer.page(request, caller, "one_account", DEEP, status, **facts)

    async def _change(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        one = await self._named(request, caller)
        try:
            one = _account(one.id, given)
            await self._door.change_account(caller.librarian.id, one)
        except Exception as error:
            text = self._renderer.wrong(request, error)
            return self._edited(request, caller, one, 400, error=text)
        await self._left()
        return to("../accounts?done=saved")

    async def _password(self, request: Request, caller: Caller) -> Response:
        caller, _ = await self._renderer.form(request)
        one = await self._named(request, caller)
        password = await self._door.reset_password(caller.librarian.id, one.id)
        await self._left()
        return self._made(request, caller, one, password, "../../")

    def _made(self, request: Request, caller: Caller, one: Librarian, password: str, at: str) -> Response:
        return self._renderer.page(
            request, caller, "new_password", at, part="accounts", one=one, password=password
        )

    async def _rules(self, request: Request, caller: Caller) -> Response:
        return await self._ruled(request, caller, done=_done(request))

    async def _ruled(
        self, request: Request, caller: Caller, at: str = LIST, status: int = 200, **more: object
    ) -> Response:
        days = await self._door.desk_days(caller.librarian.id)
        rules = asdict(await self._door.rules())
        facts = {
            "days": days,
            "rules": rules,
            "day": {"day": "", "hours": "", "reason": ""},
            "sees_writing": self._parts.sees_writing,
            **more,
        }
        return self._renderer.page(request, caller, "rules", at, status, **facts)

    async def _set_rules(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        try:
            values = {name: _number(given, name) for name in asdict(DeskRules())}
            await self._door.set_rules(caller.librarian.id, DeskRules(**values))
        except Exception as error:
            text = self._renderer.wrong(request, error)
            return await self._ruled(request, caller, status=400, error=text)
        return to("rules?done=saved")

    async def _set_day(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        day = {name: first(given, name).strip()[:200] for name in ("day", "hours", "reason")}
        try:
            await self._door.set_desk_day(caller.librarian.id, _date(day["day"]), day["hours"], day["reason"])
        except Exception as error:
            text = self._renderer.wrong(request, error)
            return await self._ruled(request, caller, DEEP, 400, error=text, day=day)
        return to("../rules?done=saved")

    async def _clear_day(self, request: Request, caller: Caller) -> Response:
        caller, given = await self._renderer.form(request)
        await self._door.clear_desk_day(caller.librarian.id, _date(first(given, "day")))
        return to("../rules?done=saved")

    async def _named(self, request: Request, caller: Caller) -> Librarian:
        wanted = str(request.path_params["id"])
        for one in await self._door.accounts(caller.librarian.id):
            if one.id == wanted:
                return one
        raise Rejected("no_account")

    def _names(self, request: Request) -> dict[str, object]:
        language = language_of(request).value
        return {
            "subjects": [(id_, name[language]) for id_, name in self._parts.subjects.items()],
        }


def _account(id_: LibrarianId, given: Fields) -> Librarian:
    role = first(given, "role")
    capacity = first(given, "capacity").strip()
    return Librarian(
        id=id_,
        name=first(given, "name").strip(),
        email=first(given, "email").strip(),
        languages=tuple(one for one in Language if one.value in given.get("languages", ())),
        subjects=tuple(given.get("subjects", ())),
        disabled=first(given, "state") == "disabled",
        role=Role(role) if role in set(Role) else Role.LIBRARIAN,
        capacity=_number(given, "capacity") if capacity else None,
    )


def _number(given: Fields, name: str) -> int:
    text = first(given, name).strip()
    return int(text) if text.isdigit() and len(text) < 7 else -1  # below every bound: refused with its name


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Rejected("bad_date") from None


def _done(request: Request) -> str | None:
    return "saved" if request.query_params.get("done") == "saved" else None
