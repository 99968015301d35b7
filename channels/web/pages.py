"""The demo page at the root, and the widget's files."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.model import Language
from channels.face import Face
from channels.web.bundle import bundle, shorten
from channels.web.page_texts import NAVIGATION, SERVICES, TEXTS
from channels.web.wire import read_language

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".txt": "text/plain", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_VERSION = re.compile(r"[0-9a-f]{12}")
_SHORT = "public, max-age=300, stale-while-revalidate=86400"

# (place, hours): ("Ibn Battuta Library", "08:00–22:00"); empty hours mean closed
Today = Callable[[Language], Awaitable[Sequence[tuple[str, str]]]]

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self' https:; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    packed: bytes  # gzip
    type: str
    etag: str


class Assets:
    """The widget's files, read, bundled and shortened once. ``version`` changes with any of them.

    ``/widget/dalil.js`` is the address that pages embed: kept for minutes. It loads all else from
    ``/widget/VERSION/…``, which never changes and is kept for a year.
    """

    def __init__(self, folder: Path = STATIC) -> None:
        files = _read(folder)
        files["widget.js"] = bundle("widget.js", files).encode()
        files = {name: shorten(name, body) for name, body in files.items() if _is_served(name)}
        digest = hashlib.sha256()
        for name, body in files.items():
            digest.update(name.encode() + b"\0" + body + b"\0")
        self.version = digest.hexdigest()[:12]
        files["dalil.js"] = files["dalil.js"].replace(b"{{version}}", self.version.encode())
        self._assets = {name: _asset(name, body) for name, body in files.items()}

    def respond(self, name: str, request: Request, cache: str) -> Response:
        """Answer a request for a file; 304 where the browser has it, 404 where there is none."""
        asset = self._assets.get(name)
        if asset is None:
            return Response("Not found", 404, {"X-Content-Type-Options": "nosniff"}, "text/plain")
        headers = {
            "Cache-Control": cache,
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
            "Access-Control-Allow-Origin": "*",  # any site may embed the widget; what it may ask is
            "Cross-Origin-Resource-Policy": "cross-origin",  # decided where it connects
            "X-Content-Type-Options": "nosniff",
        }
        if asset.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = asset.body
        if "gzip" in request.headers.get("accept-encoding", "") and len(asset.packed) < len(body):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        return Response(body, headers=headers, media_type=asset.type)


def pages(face: Face, today: Today | None = None) -> APIRouter:
    """Give the routes ``/`` and ``/widget/…``. ``today`` tells today's hours, where they are known."""
    assets = Assets()
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    home = templates.get_template("home.html")
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/", methods=["GET", "HEAD"])
    async def root(request: Request, lang: str | None = None) -> Response:
        language = _wanted(lang, request.headers.get("accept-language", ""))
        hours = await today(language) if today is not None else ()
        html = home.render(_facts(face, language, hours) | {"version": assets.version})
        headers = PAGE_HEADERS | {"Vary": "Accept-Language", "Content-Language": language.value}
        return Response(html, headers=headers, media_type="text/html")

    @routes.api_route("/widget/{path:path}", methods=["GET", "HEAD"])
    async def widget(request: Request, path: str) -> Response:
        version, _, rest = path.partition("/")
        if rest and version == assets.version:
            return assets.respond(rest, request, _FOR_EVER)
        if _VERSION.fullmatch(version):  # a page that was open while the gateway was renewed
            return assets.respond(rest, request, _SHORT)
        return assets.respond(path, request, _SHORT)

    return routes


def _facts(face: Face, language: Language, hours: Sequence[tuple[str, str]]) -> dict[str, object]:
    code = language.value
    return {
        "t": TEXTS[language],
        "language": code,
        "direction": "rtl" if language is Language.AR else "ltr",
        "other": "en" if language is Language.AR else "ar",
        "name": face.name[code],
        "university": face.university[code],
        "assistant": face.assistant[code],
        "email": face.email,
        "phone": face.phone,
        "links": {key: {"url": url, "title": title[code]} for key, (url, title) in face.links.items()},
        "hours": hours,
        "navigation": NAVIGATION,
        "services": SERVICES,
    }


def _wanted(asked: str | None, accepted: str) -> Language:
    """Take the language of the address, else the browser's first that we speak, else English."""
    chosen = read_language(asked)
    if chosen is not None:
        return chosen
    for part in accepted.split(","):
        spoken = read_language(part.split(";", 1)[0].strip())
        if spoken is not None:
            return spoken
    return Language.EN


def _read(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def _is_served(name: str) -> bool:
    """Whether a file has an address of its own: modules that are in the bundle have none."""
    return name in ("dalil.js", "widget.js") or "/" in name or not name.endswith(".js")


def _asset(name: str, body: bytes) -> Asset:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Asset(body, gzip.compress(body, 9, mtime=0), kind, etag)
