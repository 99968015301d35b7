"""Delivering to patrons in private chats: what the assistant and librarians say, as Telegram messages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction

from bot.errors import DeliveryRefused
from bot.model import Address, Choice, ConversationId, Message, Pace, reference
from channels.markup import Line, LineKind, Span, markdown
from channels.telegram.api import Api, ids, reshow
from channels.telegram.entities import pieces
from channels.web.wire import with_sources

NAME = "telegram"
TYPING_SHOWN = 5.0  # seconds that Telegram shows a chat action
SHORT_TITLE = 18  # characters; two such buttons stand side by side
MOST_ROW = 5


class TelegramChannel:
    """Implements Channel, Paced, ShowsChanges, ShowsTyping and TellsTrouble."""

    name = NAME
    resolves_unknown = False  # sendMessage has no key by which Telegram would know a repeat
    pace = Pace(rate=1.0, burst=5.0, total_rate=25.0, total_burst=25.0)  # Telegram: 1 and 30 a second

    def __init__(self, api: Api) -> None:
        self._api = api
        self._begun: dict[tuple[ConversationId, int], list[int]] = {}  # the parts sent so far

    def troubles(self) -> Sequence[str]:
        """Say why nothing can be sent or received."""
        return [self._api.trouble] if self._api.trouble else []

    async def deliver(self, address: Address, message: Message) -> str | None:
        """Send a message, in parts where it is long; gives their numbers. Choices stand under the last."""
        chat = chat_of(address)
        if chat is None:
            return None
        parts = pieces(spoken(message))
        name = (message.conversation, message.seq)
        sent = self._begun.setdefault(name, [])  # after a pause, go on where it stopped
        try:
            for number in range(len(sent), len(parts)):
                keyboard = keyboard_of(message) if number == len(parts) - 1 else None
                sent.append(await self._api.send(chat, parts[number], keyboard))
        except DeliveryRefused:
            del self._begun[name]
            raise
        del self._begun[name]
        return ids(sent)

    async def change(self, address: Address, message: Message, shown_as: str | None) -> None:
        """Show a message as it is now; where it needs fewer parts than before, the others go."""
        chat = chat_of(address)
        if chat is None or not shown_as:
            return
        shown = [int(number) for number in shown_as.split(",")]
        await reshow(self._api, chat, shown, pieces(spoken(message)))

    async def show_typing(self, address: Address, by: str | None, on: bool) -> None:
        """Show that somebody writes; Telegram lets it fade by itself."""
        chat = chat_of(address)
        if on and chat is not None:
            async with asyncio.timeout(TYPING_SHOWN):
                await self._api.call(lambda: self._api.bot.send_chat_action(chat, ChatAction.TYPING))


def spoken(message: Message) -> list[Line]:
    """Give a message's lines: who speaks where it is a librarian, the text, its sources."""
    lines = markdown(with_sources(message.content, message.language))
    if message.author:
        lines.insert(0, Line(LineKind.TEXT, (Span(f"{message.author}:", bold=True),)))
    return lines


def keyboard_of(message: Message) -> InlineKeyboardMarkup | None:
    """Give a message's choices as buttons; pressing one sends back a reference."""
    rows: list[list[InlineKeyboardButton]] = []
    choices = message.content.choices
    for index, choice in enumerate(choices):
        button = InlineKeyboardButton(choice.title, callback_data=reference(message.seq, index))
        if rows and _fits(rows[-1], choice, choices):
            rows[-1].append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup(rows) if rows else None


def _fits(row: Sequence[InlineKeyboardButton], choice: Choice, choices: Sequence[Choice]) -> bool:
    tiny = all(len(button.text) <= 2 for button in row) and len(choice.title) <= 2
    most = MOST_ROW if tiny else 2
    same = (len(choice.title) <= 2) == (len(row[0].text) <= 2)
    short = all(len(title) <= SHORT_TITLE for title in (choice.title, *(button.text for button in row)))
    return len(row) < most and same and short


def chat_of(address: Address) -> int | None:
    """Read the chat's number; None for an address that Telegram never gave."""
    try:
        return int(address.chat_id)
    except ValueError:
        return None
