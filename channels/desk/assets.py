"""The desk's own files, and those it shares with the widget, under one version."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response

from channels.web.pages import STATIC as WIDGET

STATIC = Path(__file__).resolve().parent / "static"
SHARED = {  # the widget's modules that the desk imports, and where the desk has them
    "dom.js": "shared/dom.js",
    "markdown.js": "shared/markdown.js",
    "vendor/socket.io.esm.min.js": "shared/socket.io.esm.min.js",
    "vendor/socket.io.LICENSE.txt": "shared/socket.io.LICENSE.txt",
    "icon.svg": "shared/icon.svg",
    "pattern.svg": "shared/pattern.svg",
}
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_NEVER = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    packed: bytes  # gzip
    type: str


class DeskAssets:
    """All files, read once. The shared ones are served from here too, so that a page never mixes
    versions: every address holds ``version``, which changes with any of them.
    """

    def __init__(self, own: Path = STATIC, widget: Path = WIDGET) -> None:
        bodies = {p.relative_to(own).as_posix(): p.read_bytes() for p in own.rglob("*") if p.is_file()}
        bodies |= {name: (widget / source).read_bytes() for source, name in SHARED.items()}
        digest = hashlib.sha256()
        for name in sorted(bodies):
            digest.update(name.encode() + b"\0" + bodies[name] + b"\0")
        self.version = digest.hexdigest()[:12]
        self._assets = {name: _asset(name, body) for name, body in bodies.items()}

    def respond(self, path: str, request: Request) -> Response:
        """Answer a request for ``VERSION/name``; 404 where there is no such file.

        An older version is answered with today's file, not to be kept: a page may have been open
        while the gateway was renewed.
        """
        version, _, name = path.partition("/")
        asset = self._assets.get(name)
        headers = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
        if asset is None:
            return Response("Not found", 404, headers, "text/plain")
        headers |= {
            "Cache-Control": _FOR_EVER if version == self.version else _NEVER,
            "Vary": "Accept-Encoding",
        }
        body = asset.body
        if "gzip" in request.headers.get("accept-encoding", "") and len(asset.packed) < len(body):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        return Response(body, headers=headers, media_type=asset.type)


def _asset(name: str, body: bytes) -> Asset:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = body if name.endswith(".woff2") else gzip.compress(body, 9, mtime=0)
    return Asset(body, packed, kind)
