"""Signed links to what patrons sent on another network, whose own link would need the bot's token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import StreamingResponse
from itsdangerous import BadSignature, URLSafeSerializer


@dataclass(frozen=True, slots=True)
class Source:
    """Where a file is now, for us alone."""

    url: str
    name: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


Find = Callable[[str], Awaitable[Source | None]]


class FileLinks:
    """Links under ``/NETWORK/files/``; nobody can guess one."""

    def __init__(self, network: str, public_url: str, secret: str, find: Find) -> None:
        """``find`` gives where the file that the network calls so is; None where it is no more."""
        self._path = f"/{network}/files"
        self._url = public_url.rstrip("/") + self._path
        self._signer = URLSafeSerializer(secret, salt=f"{network}-file")
        self._find = find

    def link(self, file: str) -> str:
        """Give the link to a file, by the network's own name of it."""
        return f"{self._url}/{self._signer.dumps(file)}"

    def router(self) -> APIRouter:
        """Give the route of the links."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route(f"{self._path}/{{signed}}", self._open, methods=["GET"])
        return routes

    async def _open(self, signed: str) -> StreamingResponse:
        try:
            source = await self._find(str(self._signer.loads(signed)))
        except BadSignature:
            source = None
        if source is None:
            raise HTTPException(404, "this file cannot be opened (any more)")
        http = httpx.AsyncClient(timeout=30)
        answer = await http.send(http.build_request("GET", source.url, headers=source.headers), stream=True)
        status = answer.status_code if answer.status_code in (200, 404) else 502
        # Never shown as a page: what a patron sends may hold anything.
        headers = {
            "Content-Disposition": f'attachment; filename="{_harmless(source.name)}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        }
        return StreamingResponse(_body(http, answer), status, headers, media_type="application/octet-stream")


async def _body(http: httpx.AsyncClient, answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    finally:
        await answer.aclose()
        await http.aclose()


def _harmless(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)[:80] or "file"
