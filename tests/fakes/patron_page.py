"""A page on the web channel, without a browser: speaks the patron protocol as the widget does."""

from __future__ import annotations

import asyncio
from typing import Any

import socketio

from bot.model import Json
from tests.patience import PATIENCE


class PatronPage:
    """Drops what it has seen, and asks again where a number is missing."""

    def __init__(self, url: str, token: str | None = None, language: str = "en", **headers: str) -> None:
        self.url = url
        self.token = token
        self.language = language
        self.headers = headers
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, Any]] = []
        self.messages: dict[int, Json] = {}
        self.welcomed = asyncio.Event()
        self.welcome: Json = {}
        for name in ("welcome", "message", "typing", "speaking", "consent", "forgotten", "refused"):
            self.client.on(name, self._keep(name), namespace="/patron")

    def _keep(self, name: str) -> Any:
        async def keep(data: Any) -> None:
            self.events.append((name, data))
            if name == "message":
                self.messages.setdefault(data["seq"], data)
            if name == "welcome":
                self.welcome, self.token = data, data["token"]
                self.welcomed.set()

        return keep

    async def open(self, auth: Any = None, transports: list[str] | None = None) -> PatronPage:
        given = auth if auth is not None else {"token": self.token, "language": self.language, "page": "/"}
        await self.client.connect(
            self.url,
            headers=self.headers,
            auth=given,
            namespaces=["/patron"],
            transports=transports or ["websocket"],
            wait_timeout=PATIENCE,
        )
        async with asyncio.timeout(PATIENCE):
            await self.welcomed.wait()
        return self

    async def close(self) -> None:
        await self.client.disconnect()

    async def ask(self, event: str, data: Any) -> Any:
        return await self.client.call(event, data, namespace="/patron", timeout=PATIENCE)

    async def say(self, text: str, external_id: str, **more: Any) -> Any:
        return await self.ask("say", {"id": external_id, "text": text, **more})

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    def named(self, name: str) -> list[Any]:
        return [data for event, data in self.events if event == name]
