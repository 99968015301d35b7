"""The pages beside the desk: one frame, one way to read a form, one way to say what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.errors import LockedOut, NotAllowed, Rejected, SignInRefused
from bot.model import Language, Role
from channels.desk.assets import DeskAssets
from channels.desk.guard import HEADERS, Caller, Guard, Refusal, language_of, rejected
from channels.desk.parts import DeskParts
from channels.desk.texts import PAGE
from channels.desk.texts_pages import WORDS

logger = logging.getLogger("dalil.channels.desk")

TEMPLATES = Path(__file__).resolve().parent / "templates"
LONGEST_FIELD = 2000

Shown = Callable[[Request, Caller], Awaitable[Response]]
Fields = Mapping[str, list[str]]


def templates() -> Environment:
    """Make the environment that all pages of the desk are rendered in."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Renderer:
    """Renders pages for whoever is signed in, and sends everybody else to the form."""

    def __init__(self, guard: Guard, parts: DeskParts, assets: DeskAssets) -> None:
        self._guard = guard
        self._parts = parts
        self._assets = assets
        self._templates = templates()

    def shown(self, act: Shown, at: str) -> Callable[[Request], Awaitable[Response]]:
        """Wrap a page: ``at`` leads from its address to ``/desk/``."""

        async def answered(request: Request) -> Response:
            caller = await self._guard.known(request.cookies.get(self._guard.sessions.cookie))
            if caller is None:
                return Response(status_code=303, headers={**HEADERS, "Location": f"{at}../desk"})
            try:
                return await act(request, caller)
            except Exception as error:
                return self._failed(request, caller, at, error)

        return answered

    async def form(self, request: Request) -> tuple[Caller, Fields]:
        """Read a form of ours and who sent it. Raises Refusal."""
        body = (await self._guard.body(request)).decode("utf-8", "replace")
        given = parse_qs(body, keep_blank_values=True, max_num_fields=200)
        return await self._guard.filled_in(request, first(given, "token")), given

    def page(
        self, request: Request, caller: Caller, name: str, at: str, status: int = 200, **facts: object
    ) -> Response:
        """Render a page of the desk."""
        language = language_of(request)
        words = WORDS[language]
        whole = {
            "t": SimpleNamespace(**words),  # no dict: its methods would hide words of their names
            "title": words[facts.get("part", name)],  # type: ignore[index]
            "desk_title": PAGE[language]["title"],
            "language": language.value,
            "other": (Language.EN if language is Language.AR else Language.AR).value,
            "direction": "rtl" if language is Language.AR else "ltr",
            "library": self._parts.library[language.value],
            "static": f"{at}static/{self._assets.version}",
            "at": at,
            "here": name,
            "part": name,
            "me": caller.librarian,
            "is_admin": caller.librarian.role is Role.ADMIN,
            "token": self._guard.sessions.token(caller.signed_in.key),
            "error": None,
            "done": None,
            **facts,
        }
        html = self._templates.get_template(f"{name}.html").render(whole)
        headers = HEADERS | {"Content-Language": language.value, "Vary": "Cookie, Accept-Language"}
        return Response(html, status, headers, "text/html")

    def wrong(self, request: Request, error: Exception) -> str:
        """Say what is wrong with a form, in words. Raises the error again where it is none of ours."""
        refusal = refusal_of(error)
        if refusal is None:
            raise error
        language = language_of(request)
        field = refusal.values.get("field")
        label = {"capacity": "rule_capacity"}.get(str(field), str(field))
        if field and label in WORDS[language]:
            refusal.values["field"] = WORDS[language][label]
        return refusal.text(language)

    def _failed(self, request: Request, caller: Caller, at: str, error: Exception) -> Response:
        refusal = refusal_of(error)
        if refusal is None:
            logger.error("a page of the desk could not be shown", exc_info=error)
            refusal = Refusal(500, "failed")
        text = refusal.text(language_of(request))
        return self.page(request, caller, "trouble", at, refusal.status, part="desk", error=text)


def refusal_of(error: Exception) -> Refusal | None:
    """Give what an error of the core comes to; None where it is none of ours."""
    match error:
        case Refusal():
            return error
        case NotAllowed():
            return Refusal(403, "not_allowed")
        case Rejected():
            return rejected(error)
        case LockedOut():
            return Refusal(429, "locked", retry_after=error.seconds)
        case SignInRefused():
            return Refusal(400, "wrong_password")
        case _:
            return None


def first(given: Fields, name: str) -> str:
    """Give a field's first value, or nothing; no field of the desk is longer than LONGEST_FIELD."""
    return given.get(name, [""])[0].replace("\0", "")[:LONGEST_FIELD]


def to(address: str) -> Response:
    """Send the browser on after something was done, so that loading again does not do it twice."""
    return Response(status_code=303, headers={**HEADERS, "Location": address})
