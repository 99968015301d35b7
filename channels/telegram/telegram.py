"""Telegram, put together: one bot, its patrons, and its librarians' group where there is one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter
from telegram import Message, Update
from telegram.constants import ChatType

from bot.ports import PatronDoor
from channels.telegram.api import Api
from channels.telegram.channel import TelegramChannel
from channels.telegram.desk import TelegramDesk
from channels.telegram.desk_acts import TelegramDeskActs
from channels.telegram.hub import Hub, Webhook
from channels.telegram.media import Media
from channels.telegram.patrons import Opening, Patrons
from channels.threads.parts import ThreadParts


@dataclass(frozen=True, slots=True)
class Bot:
    """How to reach one's bot. ``secret`` signs links, and is the word that Telegram's posts carry."""

    token: str
    public_url: str
    secret: str
    webhook: bool = False  # else long polling
    group: int | None = None  # the librarians' supergroup, with topics
    api_url: str = "https://api.telegram.org"


def nowhere(word: str, language: object) -> str | None:
    """Know no place that a patron could have come from."""
    return None


class Telegram:
    """One bot. Connect ``channel`` to the core; ``start`` when the core runs."""

    def __init__(self, bot: Bot, door: PatronDoor, opening: Opening = nowhere) -> None:
        self._bot = bot
        self._desk: TelegramDesk | None = None
        self.api = Api(bot.token, bot.api_url)
        self._media = Media(self.api, bot.public_url, bot.secret)
        self.channel = TelegramChannel(self.api)
        self._patrons = Patrons(self.api, door, self._media, opening)
        self._desk_acts: TelegramDeskActs | None = None
        self.in_group: Callable[[Update], Awaitable[None]] | None = None
        webhook = Webhook(bot.public_url.rstrip("/"), bot.secret) if bot.webhook else None
        self._hub = Hub(self.api, self._handle, webhook)

    def add_desk(self, parts: ThreadParts) -> TelegramDesk:
        """Let librarians answer in the group of the settings; connect what this gives to the core."""
        if self._bot.group is None:
            raise ValueError("no group is set for the librarians")
        self._desk = TelegramDesk(self.api, self._bot.group, parts)
        self._desk_acts = TelegramDeskActs(self.api, self._desk, self._media)
        self.in_group = self._desk_acts.handle
        return self._desk

    def router(self) -> APIRouter:
        """Give the routes that Telegram and the desks' links need."""
        routes = APIRouter()
        routes.include_router(self._hub.router())
        routes.include_router(self._media.router())
        return routes

    async def start(self) -> None:
        """Begin to take updates."""
        await self.api.open()
        self._patrons.announce_menu()
        if self._desk and self._desk_acts:
            self._desk_acts.announce_menu()
            await self._desk.start()
        await self._hub.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._hub.stop()
        if self._desk:
            await self._desk.stop()

    async def close(self) -> None:
        """Let go of the network."""
        await self.api.close()

    async def _handle(self, update: Update) -> None:
        chat = update.effective_chat
        if chat is None:
            return
        if chat.type == ChatType.PRIVATE:
            await self._patrons.handle(update)
        elif self.in_group and chat.id == self._bot.group:
            await self.in_group(update)
        elif update.message and (update.message.text or "").startswith("/desk"):
            self._say_number(update.message)

    def _say_number(self, message: Message) -> None:
        """Help whoever sets up a group for librarians: nobody sees its number otherwise."""
        text = f"{message.chat.title}: {message.chat.id}\nDALIL_TELEGRAM_DESK_GROUP={message.chat.id}"
        send, chat = self.api.bot.send_message, message.chat.id
        self.api.errand(lambda: send(chat, text, reply_to_message_id=message.message_id), "a number")
