"""A desk page without a browser: listens as the page does, and repairs what it missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import socketio  # type: ignore[import-untyped]

from bot.model import Json
from tests.patience import PATIENCE


class DeskPage:
    """Keeps every event; ``handoffs`` and ``messages`` are what a page would show."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, Any]] = []
        self.handoffs: dict[str, Json] = {}
        self.messages: dict[str, dict[int, Json]] = {}
        for name in ("welcome", "refused", "handoff", "message", "typing", "troubles", "writing", "consent"):
            self.client.on(name, self._keep(name), namespace="/desk")

    def _keep(self, name: str) -> Any:
        async def keep(data: Any) -> None:
            self.events.append((name, data))
            if name == "handoff":
                self.handoffs[data["id"]] = data
            if name == "message":
                shown = self.messages.setdefault(data["handoff"], {})
                shown.setdefault(data["message"]["seq"], data["message"])

        return keep

    async def connect(self, *, auth: Any = None, cookie: str | None = None, **headers: str) -> DeskPage:
        """Connect as the page of ``http`` does, unless told otherwise."""
        url = str(self.http.base_url).rstrip("/")
        name, value = next(iter(self.http.cookies.items()), ("none", "none"))
        sent = {"Cookie": f"{name}={value}" if cookie is None else cookie, "Origin": url, **headers}
        given = {"csrf": self.http.headers.get("X-CSRF-Token", "")} if auth is None else auth
        await self.client.connect(
            url,
            headers={k: v for k, v in sent.items() if v},
            auth=given,
            namespaces=["/desk"],
            transports=["websocket"],
            wait_timeout=PATIENCE,
        )
        await self.until(lambda: self.heard("welcome") or self.heard("refused"))
        return self

    def heard(self, name: str) -> list[Any]:
        """Give the data of all events of a name."""
        return [data for event, data in self.events if event == name]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something was heard."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Go."""
        await self.client.disconnect()
