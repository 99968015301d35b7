"""The desk's page, signing in and signing out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from bot.errors import LockedOut, SignInRefused
from bot.model import Language, LibrarianId
from bot.ports import DeskDoor
from channels.desk.assets import DeskAssets
from channels.desk.guard import HEADERS, LANGUAGE_COOKIE, Guard, Refusal, answer, language_of
from channels.desk.parts import DeskParts
from channels.desk.render import templates
from channels.desk.sessions import SECONDS, form_key
from channels.desk.texts import PAGE
from channels.web.wire import read_language

logger = logging.getLogger("dalil.channels.desk")

LONGEST_EMAIL = 254
FORM_SECONDS = 3600
FORM_KEY = 64  # characters of a form's key that count
YEAR = 365 * 24 * 3600
BESIDE = ("closed", "account", "accounts", "rules")  # pages that a change of language leads back to

Left = Callable[[], Awaitable[None]]


class Pages:
    """The routes that a browser is pointed at."""

    def __init__(
        self, door: DeskDoor, guard: Guard, parts: DeskParts, assets: DeskAssets, left: Left
    ) -> None:
        """``left`` is called when somebody signed out, so that their open pages are put out."""
        self._door = door
        self._guard = guard
        self._parts = parts
        self._left = left
        self._assets = assets
        rendered = templates()
        self._desk = rendered.get_template("desk.html")
        self._sign_in = rendered.get_template("sign_in.html")

    def routes(self) -> APIRouter:
        """Give the routes."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route("/desk", self.desk, methods=["GET", "HEAD"])
        routes.add_api_route("/desk/sign-in", self.to_desk, methods=["GET", "HEAD"])
        routes.add_api_route("/desk/sign-in", self.sign_in, methods=["POST"])
        routes.add_api_route("/desk/sign-out", self.sign_out, methods=["POST"])
        routes.add_api_route("/desk/language/{code}", self.language, methods=["GET"])
        routes.add_api_route("/desk/static/{path:path}", self.static, methods=["GET", "HEAD"])
        return routes

    async def desk(self, request: Request, lang: str | None = None) -> Response:
        """Give the desk to whoever is signed in, and the sign-in form to everybody else."""
        chosen = read_language(lang)
        language = chosen or language_of(request)
        caller = await self._guard.known(request.cookies.get(self._guard.sessions.cookie))
        if caller is None:
            response = self._form(request, language, at="desk/")
        else:
            html = self._desk.render(self._facts(language, at="desk/"))
            response = Response(html, headers=_headers(language), media_type="text/html")
        if chosen is not None:
            self._remember(response, chosen)
        return response

    async def language(self, request: Request, code: str) -> Response:
        """Set the language, and lead back to the page of the desk that asked."""
        chosen = read_language(code)
        back = request.query_params.get("to", "")
        place = f"../{back}" if back in BESIDE else "../../desk"
        response = Response(status_code=303, headers={**HEADERS, "Location": place})
        if chosen is not None:
            self._remember(response, chosen)
        return response

    def _remember(self, response: Response, language: Language) -> None:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language.value,
            max_age=YEAR,
            path="/",
            samesite="lax",
            secure=self._guard.sessions.secure,
        )

    async def to_desk(self) -> Response:
        """Send whoever loads the form's address again to the desk."""
        return Response(status_code=303, headers={**HEADERS, "Location": "../desk"})

    async def sign_in(self, request: Request) -> Response:
        """Check the form and give a cookie, or the form again with what is wrong."""
        language, email = language_of(request), ""
        try:
            given = parse_qs((await self._guard.body(request)).decode("utf-8", "replace"))
            email, password = _first(given, "email")[:LONGEST_EMAIL], _first(given, "password")
            self._check_form(request, _first(given, "token"))
            self._guard.count_sign_in(request)
            librarian = await self._door.authenticate(email, password)
        except LockedOut as locked:
            refusal = Refusal(429, "locked", retry_after=locked.seconds)
        except SignInRefused:
            logger.warning("a sign-in was refused")
            refusal = Refusal(401, "sign_in")
        except Refusal as refused:
            refusal = refused
        else:
            logger.info("librarian %s signed in", librarian.id)
            return await self._welcome(librarian.id)
        return self._form(request, language, at="", refusal=refusal, email=email)

    async def sign_out(self, request: Request) -> Response:
        """End this sign-in, everywhere it is open."""
        try:
            caller = await self._guard.actor(request)
        except Refusal as refusal:
            return refusal.response(language_of(request))
        sessions = self._guard.sessions
        await self._door.end_sign_in(caller.signed_in.key)
        await self._left()
        response = answer({"ok": True})
        response.delete_cookie(
            sessions.cookie, path="/", secure=sessions.secure, httponly=True, samesite="lax"
        )
        logger.info("librarian %s signed out", caller.librarian.id)
        return response

    async def static(self, request: Request, path: str) -> Response:
        """Give one of the page's files."""
        return self._assets.respond(path, request)

    def _check_form(self, request: Request, token: str) -> None:
        self._guard.same_site(request)
        key = request.cookies.get(self._guard.sessions.form_cookie, "")[:FORM_KEY]
        if not key or not self._guard.sessions.proves(token, _of_form(key)):
            raise Refusal(403, "csrf")

    async def _welcome(self, librarian: LibrarianId) -> Response:
        sessions = self._guard.sessions
        cookie = sessions.issue(librarian)
        made = sessions.read(cookie)
        assert made is not None  # it was made in this moment
        await self._door.begin_sign_in(made.key, librarian, SECONDS)
        response = Response(status_code=303, headers={**HEADERS, "Location": "../desk"})
        response.set_cookie(
            sessions.cookie,
            cookie,
            max_age=SECONDS,
            path="/",
            httponly=True,
            samesite="lax",
            secure=sessions.secure,
        )
        response.delete_cookie(sessions.form_cookie, path="/", secure=sessions.secure, httponly=True)
        return response

    def _form(
        self, request: Request, language: Language, at: str, refusal: Refusal | None = None, email: str = ""
    ) -> Response:
        sessions = self._guard.sessions
        # The same key for all tabs of a browser, so that a form opened earlier still counts.
        key = request.cookies.get(sessions.form_cookie, "")[:FORM_KEY] or form_key()
        facts = self._facts(language, at) | {
            "token": sessions.token(_of_form(key)),
            "email": email,
            "error": refusal.text(language) if refusal else None,
        }
        headers = _headers(language) | (refusal.headers() if refusal else {})
        html = self._sign_in.render(facts)
        response = Response(html, refusal.status if refusal else 200, headers, "text/html")
        response.set_cookie(
            sessions.form_cookie,
            key,
            max_age=FORM_SECONDS,
            path="/",
            httponly=True,
            samesite="lax",
            secure=sessions.secure,
        )
        return response

    def _facts(self, language: Language, at: str) -> dict[str, object]:
        """Give what templates need; ``at`` leads from the page's address to ``/desk/``."""
        return {
            "t": PAGE[language],
            "language": language.value,
            "other": (Language.EN if language is Language.AR else Language.AR).value,
            "direction": "rtl" if language is Language.AR else "ltr",
            "library": self._parts.library[language.value],
            "static": f"{at}static/{self._assets.version}",
            "at": at,
        }


def _headers(language: Language) -> dict[str, str]:
    return HEADERS | {"Content-Language": language.value, "Vary": "Cookie, Accept-Language"}


def _of_form(key: str) -> str:
    """Keep a form's token from ever counting as a page's."""
    return f"form:{key}"


def _first(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name, [""])
    return values[0].replace("\0", "")
