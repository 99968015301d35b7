"""What patrons do in private chats, handed to the core. When a handler returns, it is committed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from hashlib import sha256

from telegram import (
    BotCommand,
    CallbackQuery,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
    User,
)
from telegram.constants import ChatAction, ChatMemberStatus

from bot.errors import MessageRefused
from bot.model import Accepted, Address, Incoming, Language, Speaker, Wish, parse_reference
from bot.ports import PatronDoor
from channels.markup import plain
from channels.telegram.api import Api
from channels.telegram.channel import NAME
from channels.telegram.entities import Piece, pieces, spelled
from channels.telegram.media import Media, sent_in, tells_only
from channels.telegram.texts import MENU, TEXTS, say

log = logging.getLogger("dalil.channels.telegram")

LANGUAGE, FORGET = "language:", "forget:"  # what buttons send that stay within this adapter
WISHES = {"help": Wish.HELP, "person": Wish.PERSON, "librarian": Wish.PERSON, "consent": Wish.CONSENT}
Opening = Callable[[str, Language], str | None]  # the word after ?start= to what the patron came from


class Patrons:
    """Private chats. ``opening`` knows what the word in a link to the bot stands for."""

    def __init__(self, api: Api, door: PatronDoor, media: Media, opening: Opening) -> None:
        self._api = api
        self._door = door
        self._media = media
        self._opening = opening

    def announce_menu(self) -> None:
        """Put the commands into Telegram's menu, in both languages."""
        for language, code in ((Language.EN, None), (Language.AR, "ar")):
            commands = [BotCommand(name, say(f"menu_{name}", language)) for name in MENU]
            self._api.errand(
                partial(self._api.bot.set_my_commands, commands, language_code=code), "the command menu"
            )

    async def handle(self, update: Update) -> None:
        """Take one update of a private chat. Any error means that it is not taken and must come again."""
        if update.callback_query:
            await self._pressed(update.callback_query)
        elif update.edited_message:
            await self._edited(update.edited_message)
        elif update.message:
            await self._said(update.message)
        elif update.my_chat_member:
            await self._came_or_left(update.my_chat_member)

    async def _said(self, message: Message) -> None:
        if message.text and message.text.startswith("/"):
            await self._command(message)
        elif message.text:
            await self._receive(message, spelled(message))
        elif not tells_only(message):
            await self._receive(message, await self._in_words(message), Wish.FILE)

    async def _in_words(self, message: Message) -> str:
        """Say what was sent that is not text, after the words that came with it."""
        text = self._media.words(sent_in(message), await self._spoken(message))
        return f"{spelled(message)}\n{text}" if message.caption else text

    async def _edited(self, message: Message) -> None:
        # A place that moves edits itself all the time; only words are an edit.
        if not (message.text or message.caption) or message.edit_date is None:
            return
        if message.text and message.text.startswith("/"):
            return
        text, wish = (spelled(message), None) if message.text else (await self._in_words(message), Wish.FILE)
        original = f"m:{message.message_id}"
        # The time is in whole seconds, in which somebody may well edit twice.
        edit = f"{original}:{int(message.edit_date.timestamp())}:{sha256(text.encode()).hexdigest()[:12]}"
        incoming = Incoming(_address(message.chat.id), text, edit, _language(message.from_user), wish)
        try:
            await self._door.amend(incoming, original)
        except MessageRefused as refused:
            self._tell(message.chat.id, f"refused_{refused.code}", _language(message.from_user))

    async def _command(self, message: Message) -> None:
        word, _, rest = (message.text or "").partition(" ")
        name = word[1:].partition("@")[0].lower()
        language = await self._spoken(message)
        if name == "start":
            await self._start(message, rest.strip(), language)
        elif name in WISHES:
            await self._receive(message, say(WISHES[name].value, language), WISHES[name])
        elif name == "language":
            await self._ask(message.chat.id, "which_language", language, _LANGUAGES)
        elif name == "forget":
            await self._ask(message.chat.id, "forget_ask", language, _forget_choices(language))
        elif not rest:  # a command that there is not: what there is; a question may begin with a stroke
            await self._receive(message, message.text or "", Wish.HELP)
        else:
            await self._receive(message, message.text or "")

    async def _start(self, message: Message, word: str, language: Language) -> None:
        await self._receive(message, say("start", language), Wish.START)
        came_from = self._opening(word, language) if word else None
        if came_from:
            address = _address(message.chat.id)
            await self._take(Incoming(address, came_from, f"m:{message.message_id}:start", language))

    async def _receive(self, message: Message, text: str, wish: Wish | None = None) -> None:
        external_id = f"m:{message.message_id}"
        incoming = Incoming(
            _address(message.chat.id), text, external_id, _language(message.from_user), wish,
            message.media_group_id,
        )  # fmt: skip
        await self._take(incoming)

    async def _pressed(self, query: CallbackQuery) -> None:
        data, message = query.data or "", query.message
        if message is None:
            return
        chat, title = message.chat.id, _title(query)
        view = await self._door.find(_address(chat))
        language = view.language if view else _language(query.from_user)
        if parse_reference(data):
            await self._take(Incoming(_address(chat), data, f"q:{query.id}", language))
        elif data.startswith(LANGUAGE):
            wish = Wish(data)
            shown = say("english" if wish is Wish.ENGLISH else "arabic", language)
            await self._take(Incoming(_address(chat), shown, f"q:{query.id}", language, wish))
        elif data == f"{FORGET}yes":
            await self._door.forget(_address(chat))
            self._tell(chat, "forgotten", language)
        elif data == f"{FORGET}no":
            self._tell(chat, "kept", language)
        self._api.errand(lambda: query.answer(f"✓ {title}"[:190] if title else None), "an answered press")
        self._tick(query)

    def _tick(self, query: CallbackQuery) -> None:
        """Mark the pressed button, so that the patron sees what they chose."""
        message = query.message
        markup = message.reply_markup if isinstance(message, Message) else None
        if not isinstance(message, Message) or markup is None:
            return
        rows = [[_ticked(button, query.data) for button in row] for row in markup.inline_keyboard]
        self._api.errand(lambda: message.edit_reply_markup(InlineKeyboardMarkup(rows)), "a ticked button")

    async def _came_or_left(self, changed: ChatMemberUpdated) -> None:
        if changed.new_chat_member.status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT):
            await self._door.gone(_address(changed.chat.id), "the patron has blocked the bot")

    async def _take(self, incoming: Incoming) -> None:
        chat = int(incoming.address.chat_id)
        try:
            accepted = await self._door.receive(incoming)
        except MessageRefused as refused:
            language = incoming.language or Language.EN
            self._tell(chat, f"refused_{refused.code}", language)
            return
        self._api.errand(lambda: self._show_thinking(incoming.address, accepted), "typing")

    async def _show_thinking(self, address: Address, accepted: Accepted) -> None:
        view = None if accepted.repeated else await self._door.find(address)
        if view and view.speaking.who is Speaker.ASSISTANT and not view.speaking.waiting:
            await self._api.bot.send_chat_action(int(address.chat_id), ChatAction.TYPING)

    async def _spoken(self, message: Message) -> Language:
        view = await self._door.find(_address(message.chat.id))
        return view.language if view else _language(message.from_user)

    def _tell(self, chat: int, key: str, language: Language) -> None:
        key = key if key in TEXTS else "refused_empty"
        [piece] = pieces(plain(say(key, language)))
        self._api.errand(lambda: self._api.bot.send_message(chat, piece.text), key)

    async def _ask(self, chat: int, key: str, language: Language, keyboard: InlineKeyboardMarkup) -> None:
        piece = Piece(say(key, language))
        send = self._api.bot.send_message
        self._api.errand(lambda: send(chat, piece.text, reply_markup=keyboard), key)


_LANGUAGES = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("English", callback_data=Wish.ENGLISH.value),
            InlineKeyboardButton("العربية", callback_data=Wish.ARABIC.value),
        ]
    ]
)


def _forget_choices(language: Language) -> InlineKeyboardMarkup:
    yes = InlineKeyboardButton(say("forget_yes", language), callback_data=f"{FORGET}yes")
    no = InlineKeyboardButton(say("forget_no", language), callback_data=f"{FORGET}no")
    return InlineKeyboardMarkup([[yes, no]])


def _address(chat: int) -> Address:
    return Address(NAME, str(chat))


def _language(person: User | None) -> Language:
    """Tell the language that Telegram itself is set to."""
    code = (person.language_code if person else None) or ""
    return Language.AR if code.lower().split("-")[0] == "ar" else Language.EN


def _title(query: CallbackQuery) -> str:
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    buttons = [button for row in markup.inline_keyboard for button in row] if markup else []
    return next(
        (button.text.removeprefix("✓ ") for button in buttons if button.callback_data == query.data), ""
    )


def _ticked(button: InlineKeyboardButton, pressed: str | None) -> InlineKeyboardButton:
    title = button.text.removeprefix("✓ ")
    if button.callback_data == pressed:
        title = f"✓ {title}"
    return InlineKeyboardButton(title, callback_data=button.callback_data)
