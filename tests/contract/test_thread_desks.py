"""The desks in Slack and Telegram, by what librarians do there and what they see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.model import Handoff, HandoffState, Message
from channels.slack.desk import NAME as SLACK_DESK
from channels.telegram.desk import NAME as TELEGRAM_DESK
from tests.contract.desk import DeskContract, DeskDriver, Shown
from tests.fakes.desk import LAYLA, OMAR
from tests.fakes.messengers import DESK_CHANNEL, GROUP, SLACK_IDS, TELEGRAM_IDS, Messengers, messengers
from tests.fakes.slack_api import shown as shown_in_slack
from tests.patience import PATIENCE

PEOPLE = (LAYLA, OMAR)


class ThreadDriver(DeskDriver):
    names = (LAYLA.name, OMAR.name)

    def __init__(self, world: Messengers) -> None:
        self.world = world
        self.core, self.store = world.core, world.store
        self.written: dict[tuple[int, str], Any] = {}

    async def patron_asks(self) -> Handoff:
        self.world.there()
        await self.world.web_says("May I talk to a person?")
        handoff = await self.world.handoff()
        await self.world.settle()
        return handoff

    async def patron_says(self, text: str) -> Message:
        said = await self.world.web_says(text)
        await self.world.settle()
        return said

    async def thread(self, handoff: Handoff) -> str:
        async with asyncio.timeout(PATIENCE):
            while (found := await self.store.threads.of(self.desk.name, handoff.id)) is None:
                await asyncio.sleep(0.01)
        return found.thread.partition(":")[2]

    async def said_by(self, handoff: Handoff, librarian: int, text: str) -> bool:
        """Whether a text became a reply of this librarian."""
        await self.settle_desk()
        return text in self.world.heard(handoff)

    async def settle_desk(self) -> None:
        await self.world.settle()


class SlackDeskDriver(ThreadDriver):
    def __init__(self, world: Messengers) -> None:
        super().__init__(world)
        self.api = world.slack_api
        assert world.slack._thread_desk is not None
        self.desk = world.slack._thread_desk

    def user(self, librarian: int) -> str:
        return SLACK_IDS[PEOPLE[librarian].id]

    async def press(self, handoff: Handoff, librarian: int, title: str) -> None:
        root = await self.thread(handoff)
        await self.world.until(lambda: _has(self.api.message(DESK_CHANNEL, root), title), f"a button {title}")
        ack = await self.api.press(self.user(librarian), DESK_CHANNEL, root, title)
        assert ack.status == 200

    async def claim(self, handoff: Handoff, librarian: int) -> bool:
        await self.press(handoff, librarian, "Claim")
        return self.store.handoffs.get(handoff.id).librarian == PEOPLE[librarian].id

    async def write(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        root = await self.thread(handoff)
        if (librarian, key) in self.written:  # the network repeats itself
            message = self.written[librarian, key]
            event = {**message, "channel": DESK_CHANNEL, "channel_type": "channel", "event_ts": message["ts"]}
            await self.api.event(event)
            return
        self.written[librarian, key] = await self.api.post(DESK_CHANNEL, self.user(librarian), text, root)

    async def reply(self, handoff: Handoff, librarian: int, text: str, key: str) -> bool:
        await self.write(handoff, librarian, text, key)
        return await self.said_by(handoff, librarian, text)

    async def note(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        await self.write(handoff, librarian, f"// {text}", key)

    async def give_back(self, handoff: Handoff, librarian: int) -> None:
        await self.press(handoff, librarian, "Return to assistant")

    async def close(self, handoff: Handoff, librarian: int, read: int, transaction: str, topic: str) -> None:
        await self.press(handoff, librarian, "Close")
        await self.world.until(lambda: self.api.views)
        (view,) = self.api.views
        values = {"read": str(read), "transaction": transaction, "topic": topic}
        ack = await self.api.submit(self.user(librarian), view, values)
        assert (ack.status, ack.body) == (200, "")
        await self.world.settle()

    async def act(self, handoff: Handoff, librarian: int, name: str) -> bool:
        """Press a button, there or not; False where the desk whispers why not."""
        root, whispers = await self.thread(handoff), len(self.api.ephemerals)
        before = self.store.handoffs.get(handoff.id)
        element = {"type": "button", "action_id": f"desk:{name}", "value": handoff.id}
        assert (await self.api.press_element(self.user(librarian), DESK_CHANNEL, root, element)).status == 200
        changed = self.store.handoffs.get(handoff.id) != before
        if not changed:
            await self.world.until(lambda: len(self.api.ephemerals) > whispers, f"why {name} is refused")
        return changed

    async def put_back(self, handoff: Handoff, librarian: int, message: str) -> None:
        await self.press(handoff, librarian, "Back to queue")

    async def refer(self, handoff: Handoff, librarian: int, to: int, message: str) -> None:
        await self.press(handoff, librarian, "Refer")
        await self.world.until(lambda: self.api.views)
        (view,) = self.api.views
        values = {"refer_to": f"l:{PEOPLE[to].id}", "word": message}
        assert (await self.api.submit(self.user(librarian), view, values)).body == ""

    async def accept(self, handoff: Handoff, librarian: int) -> bool:
        return await self.act(handoff, librarian, "accept")

    async def decline(self, handoff: Handoff, librarian: int, message: str) -> None:
        await self.press(handoff, librarian, "Decline")

    async def reopen(self, handoff: Handoff, librarian: int) -> bool:
        return await self.act(handoff, librarian, "reopen")

    async def edit(self, handoff: Handoff, librarian: int, said: Message, text: str) -> bool:
        message = self.own(said)
        if message["user"] != self.user(librarian):
            return False  # Slack lets nobody edit what another wrote
        await self.api.edit(DESK_CHANNEL, message, text)
        return text in self.world.heard(handoff)

    async def withdraw(self, handoff: Handoff, librarian: int, said: Message) -> bool:
        messages = [m for m in self.api.messages[DESK_CHANNEL] if m["ts"] == _tail(said)]
        if not messages or messages[0]["user"] != self.user(librarian):
            return False  # nor delete it
        await self.api.delete(DESK_CHANNEL, messages[0])
        return True

    def own(self, said: Message) -> dict[str, Any]:
        return self.api.message(DESK_CHANNEL, _tail(said))

    async def earlier(self, handoff: Handoff) -> bool:
        root = self.api.message(DESK_CHANNEL, await self.thread(handoff))
        return "Earlier conversations" in str(root["blocks"])

    async def shown(self) -> Sequence[Shown]:
        found = []
        for root in self.api.roots(DESK_CHANNEL):
            standing = root["blocks"][0]["text"]["text"]
            quoted = root["blocks"][1]["elements"][0]["elements"][0]["text"]
            found.append(Shown(quoted, *_standing(standing)))
        return found

    async def relayed(self, handoff: Handoff) -> Sequence[str]:
        root = await self.thread(handoff)
        return [shown_in_slack(m) for m in self.api.said(DESK_CHANNEL, root)]


class TelegramDeskDriver(ThreadDriver):
    def __init__(self, world: Messengers) -> None:
        super().__init__(world)
        self.api = world.telegram_api
        assert world.telegram._desk is not None
        self.desk = world.telegram._desk

    def person(self, librarian: int) -> int:
        return TELEGRAM_IDS[PEOPLE[librarian].id]

    async def head(self, handoff: Handoff) -> dict[str, Any]:
        topic = int(await self.thread(handoff))
        return self.api.said(GROUP, topic)[0]

    async def press(self, handoff: Handoff, librarian: int, title: str) -> None:
        head = await self.head(handoff)
        await self.world.until(lambda: title in _titles(self.api.message(GROUP, head["message_id"])), title)
        await self.done(await self.api.press(GROUP, head["message_id"], title, person=self.person(librarian)))

    async def done(self, press: str) -> None:
        """Wait until a press was answered."""
        await self.world.until(lambda: any(t["callback_query_id"] == press for t in self.api.toasts))

    async def claim(self, handoff: Handoff, librarian: int) -> bool:
        head = await self.head(handoff)
        query = await self.api.press_data(GROUP, head["message_id"], "d:claim", person=self.person(librarian))
        await self.done(query)
        return self.store.handoffs.get(handoff.id).librarian == PEOPLE[librarian].id

    async def write(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        topic = int(await self.thread(handoff))
        if (librarian, key) in self.written:
            await self.api.give(self.written[librarian, key])
        else:
            await self.api.say_in_topic(GROUP, topic, self.person(librarian), text)
            self.written[librarian, key] = self.api.updates[-1]
        update = self.written[librarian, key]["update_id"]
        await self.world.until(lambda: self.api.confirmed > update, "the update is confirmed")

    async def reply(self, handoff: Handoff, librarian: int, text: str, key: str) -> bool:
        await self.write(handoff, librarian, text, key)
        return await self.said_by(handoff, librarian, text)

    async def note(self, handoff: Handoff, librarian: int, text: str, key: str) -> None:
        await self.write(handoff, librarian, f"//{text}", key)

    async def give_back(self, handoff: Handoff, librarian: int) -> None:
        await self.press(handoff, librarian, "Return to assistant")

    async def close(self, handoff: Handoff, librarian: int, read: int, transaction: str, topic: str) -> None:
        await self.press(handoff, librarian, "Close")
        title = {"hours": "Opening hours"}[topic]
        for step in (f"{read}: ", transaction.capitalize(), title):
            button = await self.step(handoff, step)
            number, text = button
            await self.done(await self.api.press(GROUP, number, text, person=self.person(librarian)))
        await self.world.settle()

    async def step(self, handoff: Handoff, begins: str) -> tuple[int, str]:
        """Wait for a question with a button that begins so."""
        topic = int(await self.thread(handoff))

        def offered() -> list[tuple[int, str]]:
            said = reversed(self.api.said(GROUP, topic))  # a line of what happened may have come after it
            return [(one["message_id"], t) for one in said for t in _titles(one) if t.startswith(begins)]

        await self.world.until(offered, f"a button {begins}")
        return offered()[0]

    async def act(self, handoff: Handoff, librarian: int, name: str) -> bool:
        """Press a button, there or not; False where the desk says why not."""
        head = await self.head(handoff)
        person = self.person(librarian)
        press = await self.api.press_data(GROUP, head["message_id"], f"d:{name}", person=person)
        await self.done(press)
        toast = next(t for t in self.api.toasts if t["callback_query_id"] == press)
        return not toast.get("text")

    async def put_back(self, handoff: Handoff, librarian: int, message: str) -> None:
        await self.press(handoff, librarian, "Back to queue")

    async def refer(self, handoff: Handoff, librarian: int, to: int, message: str) -> None:
        await self.press(handoff, librarian, "Refer")
        number, title = await self.step(handoff, PEOPLE[to].name)
        await self.done(await self.api.press(GROUP, number, title, person=self.person(librarian)))

    async def accept(self, handoff: Handoff, librarian: int) -> bool:
        return await self.act(handoff, librarian, "accept")

    async def decline(self, handoff: Handoff, librarian: int, message: str) -> None:
        await self.press(handoff, librarian, "Decline")

    async def reopen(self, handoff: Handoff, librarian: int) -> bool:
        return await self.act(handoff, librarian, "reopen")

    async def edit(self, handoff: Handoff, librarian: int, said: Message, text: str) -> bool:
        message = self.api.message(GROUP, int(_tail(said)))
        if message["from"]["id"] != self.person(librarian):
            return False  # Telegram lets nobody edit what another wrote
        await self.api.edit(message, text)
        await self.world.until(lambda: text in self.world.heard(handoff))
        return True

    async def withdraw(self, handoff: Handoff, librarian: int, said: Message) -> bool:
        about = {k: v for k, v in self.api.message(GROUP, int(_tail(said))).items() if k != "edit_date"}
        topic, person = int(await self.thread(handoff)), self.person(librarian)
        await self.api.say_in_topic(GROUP, topic, person, "/undo", reply_to_message=about)
        update = self.api.updates[-1]["update_id"]
        await self.world.until(lambda: self.api.confirmed > update)
        (kept,) = self.store.conversations.since(handoff.conversation, said.seq - 1, 1)
        done = kept.withdrawn and librarian == 0
        if not done:  # it is said why
            await self.world.until(lambda: "only change" in self.api.said(GROUP, topic)[-1]["text"])
        return done

    async def earlier(self, handoff: Handoff) -> bool:
        return "Earlier conversations" in (await self.head(handoff))["text"]

    async def shown(self) -> Sequence[Shown]:
        found = []
        for number in self.api.topics:
            head = self.api.said(GROUP, number)
            if head:
                standing, _, rest = head[0]["text"].partition("\n\n")
                found.append(Shown(rest.partition("\n\n")[0], *_standing(standing)))
        return found

    async def relayed(self, handoff: Handoff) -> Sequence[str]:
        topic = int(await self.thread(handoff))
        said = [m["text"].partition("\n")[2] for m in self.api.said(GROUP, topic)[1:]]
        return [text.replace("\u2060", "") for text in said]  # of no width: it keeps @names from calling


def _tail(said: Message) -> str:
    """The network's own name of a librarian's message."""
    return (said.external_id or "").rsplit(":", 1)[-1]


def _titles(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _has(message: dict[str, Any], title: str) -> bool:
    held = [e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return any(e["text"]["text"] == title for e in held)


def _standing(line: str) -> tuple[HandoffState, str | None]:
    if "Waiting" in line:
        return HandoffState.WAITING, None
    if found := re.search(r"With (.+)$", line):
        return HandoffState.ASSIGNED, found[1]
    return HandoffState.CLOSED, None


class TestSlackDesk(DeskContract):
    @pytest.fixture
    async def driver(self, tmp_path: Path) -> AsyncIterator[DeskDriver]:
        async with messengers(tmp_path) as world:
            assert world.slack._thread_desk is not None and world.slack._thread_desk.name == SLACK_DESK
            yield SlackDeskDriver(world)


class TestTelegramDesk(DeskContract):
    @pytest.fixture
    async def driver(self, tmp_path: Path) -> AsyncIterator[DeskDriver]:
        async with messengers(tmp_path) as world:
            assert world.telegram._desk is not None and world.telegram._desk.name == TELEGRAM_DESK
            yield TelegramDeskDriver(world)
