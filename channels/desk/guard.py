"""What stands before everything that is asked of the desk: sign-in, origin, token, size, pace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from bot.errors import Rejected
from bot.model import Language, Librarian
from bot.ports import DeskDoor
from channels.desk.parts import DeskLimits
from channels.desk.sessions import Sessions, SignedIn
from channels.desk.texts import error_text, in_a_while
from channels.limits import RateLimiter
from channels.web.origins import OriginCheck
from channels.web.wire import read_language

LANGUAGE_COOKIE = "dalil_desk_language"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; manifest-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


class Refusal(Exception):
    """Something asked of the desk that is not done; the librarian is told why."""

    def __init__(self, status: int, code: str, *, retry_after: float | None = None, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.values: dict[str, object] = values

    def text(self, language: Language) -> str:
        """Say it in words."""
        wait = {} if self.retry_after is None else {"wait": in_a_while(self.retry_after, language)}
        return error_text(self.code, language, **self.values, **wait)

    def headers(self) -> dict[str, str]:
        """Give the headers of the answer."""
        again = {} if self.retry_after is None else {"Retry-After": str(max(1, round(self.retry_after)))}
        return HEADERS | again

    def response(self, language: Language) -> Response:
        """Give the answer in JSON."""
        error = {"code": self.code, "message": self.text(language), **self.values}
        return answer({"error": error}, self.status, self.headers())


def rejected(error: Rejected) -> Refusal:
    """Give what was filled in wrongly, with its own words."""
    refusal = Refusal(400, error.code)
    refusal.values = dict(error.values)
    return refusal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a librarian whose account is open, in a sign-in that holds."""

    librarian: Librarian
    signed_in: SignedIn


class Guard:
    """Lets through what comes from a signed-in librarian's own page."""

    def __init__(self, door: DeskDoor, sessions: Sessions, public_url: str, limits: DeskLimits) -> None:
        """``public_url`` is how librarians reach the desk; its pages are trusted beside the same host's."""
        self.sessions = sessions
        self._door = door
        self._origins = OriginCheck([public_url])
        self._max_bytes = limits.max_bytes
        self._acts = RateLimiter(limits.acts_per_minute)
        self._sign_ins = RateLimiter(limits.sign_ins_per_minute_ip)

    async def caller(self, request: Request) -> Caller:
        """Give who asks. Raises Refusal where nobody is signed in, or the account is disabled."""
        caller = await self.known(request.cookies.get(self.sessions.cookie))
        if caller is None:
            raise Refusal(401, "signed_out")
        return caller

    async def known(self, cookie: str | None) -> Caller | None:
        """Give who a cookie stands for, asking for the account anew each time."""
        signed_in = self.sessions.read(cookie)
        if signed_in is None:
            return None
        librarian = await self._door.signed_in(signed_in.key)
        if librarian is None or librarian.id != signed_in.librarian:
            return None
        return Caller(librarian, signed_in)

    async def still(self, signed_in: SignedIn) -> bool:
        """Whether a sign-in still counts, and its account is open."""
        return self.sessions.holds(signed_in) and await self._door.signed_in(signed_in.key) is not None

    async def actor(self, request: Request) -> Caller:
        """Give who wants something done, from our own page. Raises Refusal."""
        return await self.filled_in(request, request.headers.get("x-csrf-token"))

    async def filled_in(self, request: Request, token: object) -> Caller:
        """Give who sent a form, or wants something done, with the token of our own page. Raises Refusal."""
        self.same_site(request)
        caller = await self.caller(request)
        if not self.sessions.proves(token, caller.signed_in.key):
            raise Refusal(403, "csrf")
        self._count(caller)
        return caller

    async def reader(self, request: Request) -> Caller:
        """Give who asks for something that costs effort to find. Raises Refusal."""
        caller = await self.caller(request)
        self._count(caller)
        return caller

    def _count(self, caller: Caller) -> None:
        wait = self._acts.take(caller.librarian.id)
        if wait:
            raise Refusal(429, "too_fast", retry_after=wait)

    def same_site(self, request: Request) -> None:
        """Raise Refusal unless the browser says that a page of ours asks."""
        if not self.ours(request.headers.get("origin"), request.headers.get("host")):
            raise Refusal(403, "origin")

    def ours(self, origin: str | None, host: str | None) -> bool:
        """Whether an origin is the desk's own."""
        return self._origins.allows(origin, host)

    def count_sign_in(self, request: Request) -> None:
        """Raise Refusal where one network address tries to sign in too often."""
        wait = self._sign_ins.take(request.client.host if request.client else "unknown")
        if wait:
            raise Refusal(429, "too_fast", retry_after=wait)

    async def body(self, request: Request) -> bytes:
        """Read a request's body. Raises Refusal past the limit, before it is all in memory."""
        read = bytearray()
        async for piece in request.stream():
            read += piece
            if len(read) > self._max_bytes:
                raise Refusal(413, "too_big")
        return bytes(read)

    async def fields(self, request: Request) -> Mapping[str, Any]:
        """Read a JSON object; an empty body is an empty one. Raises Refusal."""
        body = await self.body(request)
        try:
            data = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            raise Refusal(400, "bad_request") from None
        if not isinstance(data, dict):
            raise Refusal(400, "bad_request")
        return data


def answer(data: object, status: int = 200, headers: Mapping[str, str] = HEADERS) -> Response:
    """Answer in JSON, with the headers that everything of the desk carries."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, dict(headers), "application/json; charset=utf-8")


def language_of(request: Request) -> Language:
    """Give the language the page is set to, else the browser's first that we speak, else English."""
    chosen = read_language(request.cookies.get(LANGUAGE_COOKIE))
    if chosen is not None:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        spoken = read_language(part.split(";", 1)[0].strip())
        if spoken is not None:
            return spoken
    return Language.EN
