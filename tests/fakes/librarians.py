"""Librarians in Slack and Telegram, for tests: they press what they see, and write in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.model import Handoff, Language
from channels.slack.desk import NAME as SLACK_DESK
from channels.telegram.desk import NAME as TELEGRAM_DESK
from channels.threads.texts import say
from tests.fakes.messengers import DESK_CHANNEL, GROUP, SLACK_IDS, TELEGRAM_IDS, Messengers
from tests.fakes.slack_api import shown


class InSlack:
    """Librarians in Slack."""

    def __init__(self, world: Messengers, language: Language) -> None:
        self.world, self.api, self.language = world, world.slack_api, language

    async def root(self, handoff: Handoff) -> str:
        found = await self.world.store.threads.of(SLACK_DESK, handoff.id)
        while found is None:
            await self.world.until(lambda: self.api.roots(DESK_CHANNEL))
            found = await self.world.store.threads.of(SLACK_DESK, handoff.id)
        return found.thread.partition(":")[2]

    def posts(self, handoff: Handoff) -> list[str]:
        """Give the ts of each post of a handoff; words about trouble elsewhere stand in the channel too."""
        held = [m for m in self.api.roots(DESK_CHANNEL) if handoff.id in str(m.get("metadata"))]
        return [str(message["ts"]) for message in held]

    async def press(self, handoff: Handoff, who: Any, key: str) -> None:
        root, title = await self.root(handoff), say(key, self.language)

        def there() -> bool:
            blocks = self.api.message(DESK_CHANNEL, root)["blocks"]
            held = [e for b in blocks if b["type"] == "actions" for e in b["elements"]]
            return any(e["text"]["text"] == title for e in held)

        await self.world.until(there, f"the button {title}")
        ack = await self.api.press(SLACK_IDS[who.id], DESK_CHANNEL, root, title)
        assert ack.status == 200

    async def write(self, handoff: Handoff, who: Any, text: str) -> dict[str, Any]:
        return await self.api.post(DESK_CHANNEL, SLACK_IDS[who.id], text, await self.root(handoff))

    def seen(self, root: str) -> list[str]:
        return [shown(m) for m in self.api.said(DESK_CHANNEL, root)]


class InTelegram:
    """Librarians in Telegram."""

    def __init__(self, world: Messengers, language: Language) -> None:
        self.world, self.api, self.language = world, world.telegram_api, language
        self.told = ""  # what the last press was answered with

    async def topic(self, handoff: Handoff) -> int:
        found = await self.world.store.threads.of(TELEGRAM_DESK, handoff.id)
        while found is None:
            await self.world.until(lambda: self.api.said(GROUP))
            found = await self.world.store.threads.of(TELEGRAM_DESK, handoff.id)
        return int(found.thread.partition(":")[2])

    async def press(self, handoff: Handoff, who: Any, key: str, begins: str | None = None) -> None:
        """Press a button of any message of the topic, once it is there."""
        topic, title = await self.topic(handoff), begins or say(key, self.language)

        def offered() -> list[tuple[int, str]]:
            return [
                (m["message_id"], b["text"])
                for m in reversed(self.api.said(GROUP, topic))
                for row in m.get("reply_markup", {}).get("inline_keyboard", [])
                for b in row
                if b["text"].startswith(title)
            ]

        await self.world.until(offered, f"the button {title}")
        number, text = offered()[0]
        query = await self.api.press(GROUP, number, text, person=TELEGRAM_IDS[who.id])
        answered = lambda: [t for t in self.api.toasts if t["callback_query_id"] == query]  # noqa: E731
        await self.world.until(answered)
        self.told = str(answered()[0].get("text", ""))

    async def close(self, handoff: Handoff, who: Any, read: int, kind: str, topic: str) -> None:
        """Answer the questions after Close was pressed, or /close written."""
        await self.press(handoff, who, f"read_{read}")
        await self.press(handoff, who, kind)
        await self.press(handoff, who, "", begins=topic)

    async def send(self, handoff: Handoff, who: Any, **what: Any) -> dict[str, Any]:
        """Send something that is not a text."""
        topic = await self.topic(handoff)
        message = await self.api.send_in_topic(GROUP, topic, TELEGRAM_IDS[who.id], **what)
        update = self.api.updates[-1]["update_id"]
        await self.world.until(lambda: self.api.confirmed > update)
        return message

    async def write(self, handoff: Handoff, who: Any, text: str, **more: Any) -> dict[str, Any]:
        topic = await self.topic(handoff)
        message = await self.api.say_in_topic(GROUP, topic, TELEGRAM_IDS[who.id], text, **more)
        update = self.api.updates[-1]["update_id"]
        await self.world.until(lambda: self.api.confirmed > update)
        return message

    def seen(self, topic: int) -> list[str]:
        return [m["text"] for m in self.api.said(GROUP, topic)]


def has(texts: Callable[[], list[str]], text: str) -> Callable[[], bool]:
    """Whether one of the texts holds a text."""
    return lambda: any(text in one for one in texts())
