"""What librarians do in their group on Telegram: writing in topics, buttons, /desk. Only linked ones can."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import (
    BotCommand,
    BotCommandScopeChat,
    CallbackQuery,
    InlineKeyboardMarkup,
    Message,
    Update,
)

from bot.errors import AtCapacity, DalilError, MessageRefused, NotAssigned, NotYours
from bot.model import DeskThread, Found, Handoff, HandoffId, Librarian, LibrarianId, Speaker
from channels.markup import plain
from channels.telegram.api import Api
from channels.telegram.desk import NAME, NETWORK, NOTED, ORIGIN, TelegramDesk, own_number, topic_of
from channels.telegram.desk_views import (
    ACT,
    keyboard,
    kind_step,
    one_line,
    preview,
    queried,
    read_step,
    refer_step,
    results,
    topic_step,
)
from channels.telegram.entities import Piece, pieces, written
from channels.telegram.media import Media, sent_in, tells_only
from channels.threads.passages import passage_text
from channels.threads.presence import Presences
from channels.threads.rules import Done, Outcome, edited, said, withdrawn
from channels.threads.texts import say, why_not

log = logging.getLogger("dalil.channels.telegram")

MENU = ("desk", "search", "refer", "close", "undo")
FEWEST_WORDS = 3  # of what a patron said that is worth searching for
KINDS = {"d": "directional", "r": "reference"}


@dataclass(frozen=True, slots=True)
class Press:
    """One pressed button: who, where, on which message, and the rest of what it says."""

    who: Librarian
    thread: DeskThread
    message: Message
    id: str
    rest: str

    @property
    def handoff(self) -> HandoffId:
        """The handoff of the topic."""
        return self.thread.handoff


class TelegramDeskActs:
    """Takes updates of the librarians' group."""

    def __init__(self, api: Api, desk: TelegramDesk, media: Media) -> None:
        self._api = api
        self._desk = desk
        self._media = media
        self._door = desk.parts.door
        self._threads = desk.parts.threads
        self._language = desk.parts.language
        self._presences = Presences(desk.parts.door, desk.parts.language)
        self._acts: dict[str, Callable[[Press], Awaitable[object]]] = {
            "claim": lambda press: self._door.claim(press.handoff, press.who.id),
            "beyond": lambda press: self._door.claim(press.handoff, press.who.id, beyond=True),
            "preview": self._preview,
            "later": self._later,
            "refer": self._refer,
            "to": lambda press: self._done(press, self._refer_to(press)),
            "subject": lambda press: self._done(press, self._refer_to_subject(press)),
            "insert": self._insert,
            "put_back": lambda press: self._door.put_back(press.handoff, press.who.id),
            "give_back": lambda press: self._door.give_back(press.handoff, press.who.id),
            "close": self._close,
            "read": self._read,
            "kind": self._kind,
            "topics": self._topics,
            "end": lambda press: self._done(press, self._end(press)),
            "reopen": lambda press: self._door.reopen(press.handoff, press.who.id),
            "accept": lambda press: self._door.accept(press.handoff, press.who.id),
            "decline": lambda press: self._door.decline(press.handoff, press.who.id),
            "recall": lambda press: self._door.recall(press.handoff, press.who.id),
            "claim_send": lambda press: self._done(press, self._claim_send(press)),
            "beyond_send": lambda press: self._done(press, self._claim_send(press, beyond=True)),
            "send": self._send_found,
            "cancel": lambda press: self._done(press, None),
        }
        self._commands: dict[str, Callable[[Message, DeskThread, Librarian], Awaitable[None]]] = {
            "/search": self._search,
            "/undo": self._undo,
            "/refer": self._refer_with_word,
            "/close": self._close_with_note,
        }

    def announce_menu(self) -> None:
        """Put the desk's commands into the group's menu, in the desk's language."""
        named = [BotCommand(name, say(f"menu_{name}", self._language)) for name in MENU]
        scope = BotCommandScopeChat(self._desk.group)
        self._api.errand(lambda: self._api.bot.set_my_commands(named, scope), "the desk's menu")

    async def handle(self, update: Update) -> None:
        """Take one update. Any error means that it is not taken and must come again."""
        chat = update.effective_chat
        if chat is None or chat.id != self._desk.group:
            return
        if update.callback_query:
            await self._pressed(update.callback_query)
        elif update.edited_message:
            await self._edited(update.edited_message)
        elif update.message and update.message.sender_chat and update.message.sender_chat.id == chat.id:
            await self._said_by_nobody(update.message)
        elif update.message and update.message.from_user and not update.message.from_user.is_bot:
            await self._said(update.message)

    # Writing

    async def _said(self, message: Message) -> None:
        who = await self._door.linked(NETWORK, str(message.from_user.id if message.from_user else 0))
        text = message.text or ""
        if _word(text).partition("@")[0] == "/desk":
            await self._presence(message, who)
            return
        thread = await self._thread(message)
        if thread is None or tells_only(message):
            return
        command = self._commands.get(_word(text).partition("@")[0])
        if who is None:
            self._stranger(message)
            return
        if command:
            await command(message, thread, who)
        else:
            await self._written(message, thread, who)
        self._api.errand(lambda: self._presences.sign(who), "presence")

    async def _said_by_nobody(self, message: Message) -> None:
        """An administrator writes as the group: nobody can tell who it is."""
        spoken = not tells_only(message) and await self._thread(message) is not None
        if spoken or _word(message.text or "").startswith("/desk"):
            self._reply(message, say("anonymous", self._language))

    async def _written(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        text = await self._words(message, thread)
        outcome = await said(self._door, thread.handoff, who, text, f"{ORIGIN}{message.message_id}")
        self._answer(message, outcome)

    async def _words(self, message: Message, thread: DeskThread) -> str:
        """Give what was written; what is not text as words and a link, in the patron's language."""
        if message.text:
            return written(message)
        language = (await self._door.look(thread.handoff)).handoff.language
        text = self._media.words(sent_in(message), language)
        return f"{written(message)}\n{text}" if message.caption else text

    def _answer(self, message: Message, outcome: Outcome) -> None:
        """Show what became of a message: a mark, a word, or a question."""
        number = message.message_id
        if outcome.done in (Done.NOTED, Done.KEPT_INSIDE, Done.OVER):
            self._desk.mark(number, NOTED)
        if outcome.done is Done.KEPT_INSIDE:
            self._reply(message, say("kept_inside", self._language, name=outcome.holder))
        elif outcome.done is Done.OVER:
            self._reply(message, say("over_inside", self._language))
        elif outcome.done is Done.REFUSED and outcome.why:
            reason = why_not(outcome.why, self._language)
            self._reply(message, say("not_sent", self._language, reason=reason))
        elif outcome.done is Done.ASK:
            row = [
                (say("claim_send", self._language), "claim_send"),
                (say("cancel", self._language), "cancel"),
            ]
            self._reply(message, say("ask_claim", self._language), [row])

    async def _edited(self, message: Message) -> None:
        """Carry an edit of a reply to the patron."""
        thread = await self._thread(message)
        who = await self._door.linked(NETWORK, str(message.from_user.id if message.from_user else 0))
        if thread is None or who is None or not (message.text or message.caption):
            return
        try:
            handoff, seq = await self._written_as(thread, message.message_id)
            text = await self._words(message, thread)
            key = f"{ORIGIN}{message.message_id}"
            async with self._desk.editing:
                outcome = await edited(self._door, handoff, who, seq, text, key)
                if outcome.message:
                    self._desk.edited_here(outcome.message)
        except DalilError as error:
            self._reply(message, why_not(error, self._language))
            return
        if outcome.message and outcome.message.withdrawn:
            self._desk.mark(message.message_id, NOTED)
        if outcome.done is Done.STAYS:
            self._reply(message, say("stays_inside", self._language))

    async def _undo(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        """Withdraw the reply or note that /undo answers to: Telegram tells bots nothing of deletions."""
        about = message.reply_to_message
        if about is None:
            self._reply(message, say("not_written", self._language))
            return
        try:
            handoff, seq = await self._written_as(thread, about.message_id)
            async with self._desk.editing:
                gone = await withdrawn(self._door, handoff, who, seq, f"{ORIGIN}{about.message_id}")
                if gone:
                    self._desk.edited_here(gone)
            self._desk.mark(message.message_id, NOTED)
        except DalilError as error:
            self._reply(message, why_not(error, self._language))

    async def _search(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        await self._show_found(thread, _rest(message))

    async def _insert(self, press: Press) -> None:
        """Search for what the patron wants; other words can be searched for with /search."""
        view = await self._door.look(press.handoff)
        said_last = [m.content.text for m in view.messages if m.speaker is Speaker.PATRON]
        real = [text for text in said_last if len(text.split()) >= FEWEST_WORDS]
        await self._show_found(press.thread, real[-1] if real else view.handoff.packet.question)

    async def _show_found(self, thread: DeskThread, query: str) -> None:
        asked = one_line(query)
        lines, keys = results(asked, await self._found(thread, asked), self._language)
        [piece, *_] = pieces(lines)
        self._api.errand(
            lambda: self._api.send(self._desk.group, piece, keys, topic_of(thread)), "search results"
        )

    async def _found(self, thread: DeskThread, query: str) -> list[Found]:
        language = (await self._door.look(thread.handoff)).handoff.language
        return list(await self._door.search(query, language)) if query.strip() else []

    # Buttons

    async def _pressed(self, query: CallbackQuery) -> None:
        data, message = query.data or "", query.message
        if not isinstance(message, Message) or not data.startswith(ACT):
            return
        thread = await self._thread(message)
        who = await self._door.linked(NETWORK, str(query.from_user.id))
        if who is None or thread is None:
            text = say("stranger", self._language, identity=query.from_user.id) if thread else None
            self._api.errand(lambda: query.answer(text and text[:190], show_alert=True), "an answered press")
            return
        name, _, rest = data.removeprefix(ACT).partition(":")
        told: str | None = None
        try:
            act = self._acts.get(name)
            if act:
                await act(Press(who, thread, message, query.id, rest))
        except AtCapacity as error:
            told = why_not(error, self._language)
            written = message.reply_to_message if name == "claim_send" else None
            act_then = "beyond_send" if written else "beyond"
            self._reply(written or message, told, [[(say("claim_beyond", self._language), act_then)]])
        except DalilError as error:
            told = why_not(error, self._language)
        self._api.errand(
            lambda: query.answer(told and told[:190], show_alert=bool(told)), "an answered press"
        )
        self._api.errand(lambda: self._presences.sign(who), "presence")

    async def _done(self, press: Press, what: Awaitable[object] | None) -> None:
        """Do it, and take away the message that asked; it stays where only somebody else may do it."""
        try:
            if what is not None:
                await what
        except (NotYours, NotAssigned, MessageRefused):
            raise
        except DalilError:
            self._take_away(press)
            raise
        self._take_away(press)

    def _take_away(self, press: Press) -> None:
        number = press.message.message_id
        self._api.errand(lambda: self._api.bot.delete_message(self._desk.group, number), "a done question")

    async def _claim_send(self, press: Press, *, beyond: bool = False) -> None:
        """Claim, and send what was written before: the question answers to it."""
        written = press.message.reply_to_message
        sender = written.from_user if written else None
        author = await self._door.linked(NETWORK, str(sender.id)) if sender else None
        if written and (author is None or author.id != press.who.id):
            raise NotYours("not_your_words")
        await self._door.claim(press.handoff, press.who.id, beyond=beyond)
        if written:
            text = await self._words(written, press.thread)
            await self._door.reply(press.handoff, press.who.id, text, f"{ORIGIN}{written.message_id}")

    async def _later(self, press: Press) -> None:
        text = say("will_look", self._language)
        await self._door.note(press.handoff, press.who.id, text, f"later:{press.id}")

    async def _preview(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        for piece in preview(view, self._desk.parts):
            self._post(press, piece)

    async def _refer(self, press: Press) -> None:
        await self._ask_to_whom(press.thread, None)

    async def _refer_with_word(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        """Refer with a word to the colleague: the question answers to the command that has it."""
        await self._ask_to_whom(thread, message.message_id)

    async def _ask_to_whom(self, thread: DeskThread, about: int | None) -> None:
        view = await self._door.look(thread.handoff)
        keys = refer_step(view.handoff, await self._door.colleagues(), self._desk.parts)
        self._ask(thread, "refer_to" if keys else "no_colleague", keys, about)

    async def _refer_to(self, press: Press) -> None:
        word = _given_with(press, "/refer")
        await self._door.refer(press.handoff, press.who.id, word, to=LibrarianId(press.rest))

    async def _refer_to_subject(self, press: Press) -> None:
        word = _given_with(press, "/refer")
        await self._door.refer(press.handoff, press.who.id, word, subject=press.rest)

    async def _close(self, press: Press) -> None:
        self._ask(press.thread, "read", read_step(self._language))

    async def _close_with_note(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        """Close with a note: the questions answer to the command that has it."""
        self._ask(thread, "read", read_step(self._language), message.message_id)

    async def _read(self, press: Press) -> None:
        self._turn_to(press, "transaction", kind_step(self._language, press.rest))

    async def _kind(self, press: Press) -> None:
        read, _, kind = press.rest.partition(":")
        await self._show_topics(press, read, kind, 0)

    async def _topics(self, press: Press) -> None:
        read, kind, page = press.rest.split(":")
        await self._show_topics(press, read, kind, int(page))

    async def _show_topics(self, press: Press, read: str, kind: str, page: int) -> None:
        handoff = (await self._door.look(press.handoff)).handoff
        likely = handoff.topic or handoff.packet.topic
        self._turn_to(press, "topic", topic_step(self._desk.parts, read, kind, page, likely))

    async def _end(self, press: Press) -> None:
        read, kind, topic = press.rest.split(":", 2)
        note = _given_with(press, "/close")
        await self._door.close(press.handoff, press.who.id, int(read), KINDS.get(kind, ""), topic, note)

    async def _send_found(self, press: Press) -> None:
        found = await self._found(press.thread, queried(press.message.text or ""))
        if press.rest.isdigit() and int(press.rest) < len(found):
            text = passage_text(found[int(press.rest)])
            await self._door.reply(press.handoff, press.who.id, text, f"{ORIGIN}found:{press.id}")

    # /desk

    async def _presence(self, message: Message, who: Librarian | None) -> None:
        if who is None:
            self._stranger(message)
            return
        word = (message.text or "").partition(" ")[2]
        self._reply(message, await self._presences.command(who, word))

    # Within

    async def _thread(self, message: Message) -> DeskThread | None:
        topic = message.message_thread_id
        if topic is None:
            return None
        return await self._threads.at(NAME, f"{self._desk.group}:{topic}")

    async def _written_as(self, thread: DeskThread, number: int) -> tuple[Handoff, int | None]:
        """Give a topic's handoff, and as which of its messages one of Telegram's was sent to the patron."""
        view = await self._door.look(thread.handoff)
        return view.handoff, next((m.seq for m in view.messages if own_number(m) == number), None)

    def _stranger(self, message: Message) -> None:
        identity = message.from_user.id if message.from_user else 0
        self._reply(message, say("stranger", self._language, identity=identity))

    def _reply(self, message: Message, text: str, rows: list[list[tuple[str, str]]] | None = None) -> None:
        """Answer to a message in its topic."""
        [piece] = pieces(plain(text))
        send, keys = self._api.bot.send_message, keyboard(rows) if rows else None
        topic = (
            message.message_thread_id if message.is_topic_message else None
        )  # else it names what was answered to
        self._api.errand(
            lambda: send(
                self._desk.group, piece.text, reply_markup=keys, message_thread_id=topic,
                reply_to_message_id=message.message_id, allow_sending_without_reply=True,
            ),
            "an answer to a librarian",
        )  # fmt: skip

    def _ask(
        self, thread: DeskThread, key: str, keys: InlineKeyboardMarkup | None, about: int | None = None
    ) -> None:
        send, text, topic = self._api.bot.send_message, say(key, self._language), topic_of(thread)
        self._api.errand(
            lambda: send(
                self._desk.group, text, reply_markup=keys, message_thread_id=topic, reply_to_message_id=about
            ),
            "a question",
        )

    def _turn_to(self, press: Press, key: str, keys: InlineKeyboardMarkup) -> None:
        """Let a question become the next one."""
        text, number = Piece(say(key, self._language)), press.message.message_id
        self._api.errand(lambda: self._api.edit(self._desk.group, number, text, keys), "the next question")

    def _post(self, press: Press, piece: Piece) -> None:
        topic = topic_of(press.thread)
        self._api.errand(lambda: self._api.send(self._desk.group, piece, None, topic), "a preview")


def _word(text: str) -> str:
    return text.split(maxsplit=1)[0].lower() if text.strip() else ""


def _rest(message: Message) -> str:
    """Give what stands after a command."""
    return " ".join((message.text or "").split()[1:])


def _given_with(press: Press, command: str) -> str:
    """Give what was written with the command that a question answers to; nothing where a button asked."""
    asked = press.message.reply_to_message
    ours = asked is not None and _word(asked.text or "").partition("@")[0] == command
    return _rest(asked) if asked and ours else ""
