"""The desk on the web, by its API and its events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.model import Handoff, HandoffState, Json, Message
from tests.contract.desk import DeskContract, DeskDriver, Shown
from tests.fakes.desk import LAYLA, OMAR, DeskWorld, desk_world
from tests.fakes.desk_page import DeskPage


class WebDeskDriver(DeskDriver):
    names = (LAYLA.name, OMAR.name)

    def __init__(self, world: DeskWorld, pages: list[DeskPage]) -> None:
        self.world = world
        self.core, self.store, self.desk = world.core, world.store, world.desk
        self.pages = pages

    async def patron_asks(self) -> Handoff:
        return await self.world.ask_person()

    async def patron_says(self, text: str) -> Message:
        return await self.world.say(text)

    async def _act(self, handoff: Handoff, librarian: int, what: str, data: Json) -> int:
        address = f"/desk/api/handoffs/{handoff.id}/{what}"
        return (await self.pages[librarian].http.post(address, json=data)).status_code

    async def claim(self, handoff: Handoff, librarian: int) -> bool:
        status = await self._act(handoff, librarian, "claim", {})
        assert status in (200, 409)
        return status == 200

    async def reply(self, handoff: Handoff, librarian: int, text: str, key: str) -> bool:
        return await self._act(handoff, librarian, "reply", {"text": text, "id": key}) == 200

    async def note(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        assert await self._act(handoff, librarian, "note", {"text": text, "id": key}) == 200

    async def give_back(self, handoff: Handoff, librarian: int) -> None:
        assert await self._act(handoff, librarian, "return", {}) == 200

    async def close(self, handoff: Handoff, librarian: int, read: int, transaction: str, topic: str) -> None:
        record = {"read": read, "transaction": transaction, "topic": topic}
        assert await self._act(handoff, librarian, "close", record) == 200

    async def put_back(self, handoff: Handoff, librarian: int, message: str) -> None:
        assert await self._act(handoff, librarian, "put-back", {"message": message}) == 200

    async def refer(self, handoff: Handoff, librarian: int, to: int, message: str) -> None:
        data = {"to": (LAYLA, OMAR)[to].id, "message": message}
        assert await self._act(handoff, librarian, "refer", data) == 200

    async def accept(self, handoff: Handoff, librarian: int) -> bool:
        return await self._act(handoff, librarian, "accept", {}) == 200

    async def decline(self, handoff: Handoff, librarian: int, message: str) -> None:
        assert await self._act(handoff, librarian, "decline", {"message": message}) == 200

    async def reopen(self, handoff: Handoff, librarian: int) -> bool:
        return await self._act(handoff, librarian, "reopen", {}) == 200

    async def edit(self, handoff: Handoff, librarian: int, said: Message, text: str) -> bool:
        return await self._act(handoff, librarian, "edit", {"seq": said.seq, "text": text}) == 200

    async def withdraw(self, handoff: Handoff, librarian: int, said: Message) -> bool:
        return await self._act(handoff, librarian, "withdraw", {"seq": said.seq}) == 200

    async def earlier(self, handoff: Handoff) -> bool:
        view = await self.pages[0].http.get(f"/desk/api/handoffs/{handoff.id}")
        return bool((view.json()["earlier"] or {}).get("handoffs"))

    async def shown(self) -> Sequence[Shown]:
        return [
            Shown(h["packet"]["question"], HandoffState(h["state"]), h["librarian_name"])
            for h in self.pages[0].handoffs.values()
        ]

    async def relayed(self, handoff: Handoff) -> Sequence[str]:
        return [m["text"] for _, m in sorted(self.pages[0].messages.get(handoff.id, {}).items())]


class TestWebDesk(DeskContract):
    @pytest.fixture
    async def driver(self, tmp_path: Path) -> AsyncIterator[DeskDriver]:
        async with desk_world(tmp_path) as world:
            pages = [await DeskPage(await world.signed_in(who)).connect() for who in (LAYLA, OMAR)]
            yield WebDeskDriver(world, pages)
            for page in pages:
                await page.close()
