"""What librarians do in their group on Telegram: writing in topics, buttons, /desk. Only linked ones can."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update

from bot.errors import AtCapacity, DalilError
from bot.model import DeskThread, Found, HandoffId, Librarian, LibrarianId, Presence
from channels.markup import plain
from channels.telegram.api import Api
from channels.telegram.desk import NAME, NETWORK, NOTED, ORIGIN, TelegramDesk, own_number, topic_of
from channels.telegram.desk_views import (
    ACT,
    keyboard,
    kind_step,
    preview,
    read_step,
    refer_step,
    results,
    topic_step,
)
from channels.telegram.entities import Piece, pieces
from channels.telegram.media import Media, sent_in
from channels.threads.parts import PRESENCE_HOLDS, SIGN_OF_LIFE
from channels.threads.passages import passage_text
from channels.threads.rules import Done, Outcome, said
from channels.threads.texts import say, why_not

log = logging.getLogger("dalil.channels.telegram")

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
        self._acts: dict[str, Callable[[Press], Awaitable[object]]] = {
            "claim": lambda press: self._door.claim(press.handoff, press.who.id),
            "beyond": lambda press: self._door.claim(press.handoff, press.who.id, beyond=True),
            "preview": self._preview,
            "later": self._later,
            "refer": self._refer,
            "to": lambda press: self._done(press, self._refer_to(press)),
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
            "send": self._send_found,
            "cancel": lambda press: self._done(press, None),
        }

    async def handle(self, update: Update) -> None:
        """Take one update. Any error means that it is not taken and must come again."""
        chat = update.effective_chat
        if chat is None or chat.id != self._desk.group:
            return
        if update.callback_query:
            await self._pressed(update.callback_query)
        elif update.edited_message:
            await self._edited(update.edited_message)
        elif update.message and update.message.from_user and not update.message.from_user.is_bot:
            await self._said(update.message)

    # Writing

    async def _said(self, message: Message) -> None:
        who = await self._door.linked(NETWORK, str(message.from_user.id if message.from_user else 0))
        text = message.text or ""
        if text.startswith("/desk"):
            await self._presence(message, who)
            return
        thread = await self._thread(message)
        if thread is None or not _speaks(message):
            return
        if who is None:
            self._stranger(message)
        elif text.startswith("/search"):
            await self._search(message, thread, text.partition(" ")[2])
        elif text.startswith("/undo"):
            await self._undo(message, thread, who)
        else:
            await self._written(message, thread, who)
            self._api.errand(lambda: self._sign_of_life(who), "presence")

    async def _written(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        text = message.text or "\n".join(
            part for part in (message.caption, self._media.words(sent_in(message), self._language)) if part
        )
        outcome = await said(self._door, thread.handoff, who, text, f"{ORIGIN}{message.message_id}")
        self._answer(message, outcome)

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
        if thread is None or who is None or not message.text:
            return
        seq = await self._seq(thread, message.message_id)
        if seq is None:
            return
        try:
            self._desk.edited_here(await self._door.edit(thread.handoff, who.id, seq, message.text))
        except DalilError as error:
            self._reply(message, why_not(error, self._language))

    async def _undo(self, message: Message, thread: DeskThread, who: Librarian) -> None:
        """Withdraw the reply that /undo answers to: Telegram tells bots nothing of deletions."""
        about = message.reply_to_message
        seq = await self._seq(thread, about.message_id) if about else None
        if seq is None:
            self._reply(message, say("not_written", self._language))
            return
        try:
            self._desk.edited_here(await self._door.withdraw(thread.handoff, who.id, seq))
            self._desk.mark(message.message_id, NOTED)
        except DalilError as error:
            self._reply(message, why_not(error, self._language))

    async def _search(self, message: Message, thread: DeskThread, query: str) -> None:
        lines, keys = results(await self._found(thread, query), self._language)
        [piece, *_] = pieces(lines)
        send, number = self._api.bot.send_message, message.message_id
        self._api.errand(
            lambda: send(
                self._desk.group, piece.text, entities=piece.entities, reply_markup=keys,
                message_thread_id=topic_of(thread), reply_to_message_id=number,
            ),
            "search results",
        )  # fmt: skip

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
            self._reply(message, told, [[(say("claim_beyond", self._language), "beyond")]])
        except DalilError as error:
            told = why_not(error, self._language)
        self._api.errand(
            lambda: query.answer(told and told[:190], show_alert=bool(told)), "an answered press"
        )
        self._api.errand(lambda: self._sign_of_life(who), "presence")

    async def _done(self, press: Press, what: Awaitable[object] | None) -> None:
        """Do it, and take away the message that asked."""
        if what is not None:
            await what
        number = press.message.message_id
        self._api.errand(lambda: self._api.bot.delete_message(self._desk.group, number), "a done question")

    async def _claim_send(self, press: Press) -> None:
        """Claim, and send what was written before: the question answers to it."""
        written = press.message.reply_to_message
        await self._door.claim(press.handoff, press.who.id)
        if written and written.text and written.from_user:
            author = await self._door.linked(NETWORK, str(written.from_user.id))
            if author and author.id == press.who.id:
                key = f"{ORIGIN}{written.message_id}"
                await self._door.reply(press.handoff, press.who.id, written.text, key)

    async def _later(self, press: Press) -> None:
        text = say("will_look", self._language)
        await self._door.note(press.handoff, press.who.id, text, f"later:{press.id}")

    async def _preview(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        for piece in preview(view, self._language):
            self._post(press, piece)

    async def _refer(self, press: Press) -> None:
        view = await self._door.look(press.handoff)
        keys = refer_step(view.handoff, await self._door.colleagues(), self._desk.parts)
        if keys is None:
            self._reply(press.message, say("no_colleague", self._language))
        else:
            self._ask(press, "refer_to", keys)

    async def _refer_to(self, press: Press) -> None:
        await self._door.refer(press.handoff, press.who.id, "", to=LibrarianId(press.rest))

    async def _close(self, press: Press) -> None:
        self._ask(press, "read", read_step(self._language))

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
        await self._door.close(press.handoff, press.who.id, int(read), KINDS.get(kind, ""), topic)

    async def _send_found(self, press: Press) -> None:
        asked = press.message.reply_to_message
        query = (asked.text or "").partition(" ")[2] if asked else ""
        found = await self._found(press.thread, query)
        if press.rest.isdigit() and int(press.rest) < len(found):
            text = passage_text(found[int(press.rest)])
            await self._door.reply(press.handoff, press.who.id, text, f"found:{press.id}")

    # /desk

    async def _presence(self, message: Message, who: Librarian | None) -> None:
        if who is None:
            self._stranger(message)
            return
        word = (message.text or "").partition(" ")[2].strip().lower()
        wanted = {"on": Presence.AVAILABLE, "off": Presence.OFFLINE, "away": Presence.AWAY}.get(word)
        if wanted is None:
            present = [
                f"{one.name} ({say(presence.value, self._language)})"
                for one, presence in await self._door.present()
            ]
            people = ", ".join(present) or say("nobody", self._language)
            listed = say("presence_list", self._language, people=people)
            self._reply(message, f"{listed}\n{say('presence_usage', self._language)}")
            return
        await self._door.set_presence(who.id, wanted, holds=PRESENCE_HOLDS)
        self._reply(message, say(f"presence_{word}", self._language))

    async def _sign_of_life(self, who: Librarian) -> None:
        present = {one.id: presence for one, presence in await self._door.present()}
        holds = present.get(who.id, Presence.AVAILABLE)
        await self._door.set_presence(who.id, holds, holds=SIGN_OF_LIFE)

    # Within

    async def _thread(self, message: Message) -> DeskThread | None:
        topic = message.message_thread_id
        if topic is None:
            return None
        return await self._threads.at(NAME, f"{self._desk.group}:{topic}")

    async def _seq(self, thread: DeskThread, number: int) -> int | None:
        view = await self._door.look(thread.handoff)
        return next((m.seq for m in view.messages if own_number(m) == number), None)

    def _stranger(self, message: Message) -> None:
        identity = message.from_user.id if message.from_user else 0
        self._reply(message, say("stranger", self._language, identity=identity))

    def _reply(self, message: Message, text: str, rows: list[list[tuple[str, str]]] | None = None) -> None:
        """Answer to a message in its topic."""
        [piece] = pieces(plain(text))
        send, keys = self._api.bot.send_message, keyboard(rows) if rows else None
        self._api.errand(
            lambda: send(
                self._desk.group, piece.text, reply_markup=keys,
                message_thread_id=message.message_thread_id, reply_to_message_id=message.message_id,
            ),
            "an answer to a librarian",
        )  # fmt: skip

    def _ask(self, press: Press, key: str, keys: InlineKeyboardMarkup) -> None:
        send, text, topic = self._api.bot.send_message, say(key, self._language), topic_of(press.thread)
        self._api.errand(
            lambda: send(self._desk.group, text, reply_markup=keys, message_thread_id=topic), "a question"
        )

    def _turn_to(self, press: Press, key: str, keys: InlineKeyboardMarkup) -> None:
        """Let a question become the next one."""
        text, number = Piece(say(key, self._language)), press.message.message_id
        self._api.errand(lambda: self._api.edit(self._desk.group, number, text, keys), "the next question")

    def _post(self, press: Press, piece: Piece) -> None:
        topic = topic_of(press.thread)
        self._api.errand(lambda: self._api.send(self._desk.group, piece, None, topic), "a preview")


def _speaks(message: Message) -> bool:
    """Whether a person says something, rather than Telegram telling of a topic that was made or closed."""
    told = (
        message.forum_topic_created, message.forum_topic_closed, message.forum_topic_edited,
        message.forum_topic_reopened, message.pinned_message, message.left_chat_member,
    )  # fmt: skip
    return not any(told) and not message.new_chat_members
