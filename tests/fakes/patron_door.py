"""A core for channels' tests: keeps conversations in memory and answers by a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.errors import ConversationUnknown, MessageRefused
from bot.model import (
    Accepted,
    Address,
    Attachment,
    Choice,
    Citation,
    Content,
    ConversationId,
    ConversationView,
    FoundFile,
    Incoming,
    Kind,
    Language,
    Message,
    OfferedFile,
    Page,
    Speaker,
    Speaking,
    parse_reference,
)
from bot.ports import Channel, ShowsConsent, ShowsSpeaking, ShowsTyping

Script = Callable[[str, Language], Sequence[Content]]


def echo(text: str, language: Language) -> Sequence[Content]:
    """Say back what was said."""
    return [Content(f"You said: {text}" if language is Language.EN else f"قلت: {text}")]


def library(text: str, language: Language) -> Sequence[Content]:
    """Answer a few questions the way the assistant would, with sources, choices and ratings."""
    if language is Language.AR:
        return _LIBRARY_AR.get(text, [Content(f"قلت: {text}")])
    return _LIBRARY_EN.get(text, [Content(f"You said: {text}")])


@dataclass
class Kept:
    """One conversation."""

    view: ConversationView
    messages: list[Message] = field(default_factory=list)
    external: dict[str, Message] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class FakePatronDoor:
    """Implements PatronDoor. Set ``channel`` before anything is received."""

    def __init__(self, script: Script = echo) -> None:
        self.script = script
        self.channel: Channel | None = None
        self.kept: dict[Address, Kept] = {}
        self.typed: list[tuple[Address, bool]] = []
        self.sees_writing = False
        self.written: list[str | None] = []
        self.received: list[Incoming] = []
        self.pages: list[Page] = []
        self.left: list[tuple[Address, str]] = []
        self.hold = asyncio.Event()  # clear it to keep the assistant from answering
        self.hold.set()
        self._turns: set[asyncio.Task[None]] = set()

    async def open(self, address: Address, language: Language) -> ConversationView:
        """Find or begin."""
        if address not in self.kept:
            speaking = Speaking(Speaker.ASSISTANT)
            name = ConversationId(f"c{len(self.kept) + 1}")
            self.kept[address] = Kept(ConversationView(name, address, language, 0, speaking))
        return self.kept[address].view

    async def find(self, address: Address) -> ConversationView | None:
        """Find, or None."""
        kept = self.kept.get(address)
        return kept.view if kept else None

    async def receive(self, incoming: Incoming) -> Accepted:
        """Keep, and begin the turn; a conversation begins with its first message, as in the core."""
        await self.open(incoming.address, incoming.language or Language.EN)
        kept = self._of(incoming.address)
        self.received.append(incoming)
        if incoming.external_id in kept.external:
            return Accepted(kept.external[incoming.external_id], repeated=True)
        if incoming.text.startswith("refuse:"):
            raise MessageRefused(incoming.text.removeprefix("refuse:"))
        language = incoming.language or kept.view.language
        text = self._title(kept, incoming.text) or incoming.text
        message = self._add(kept, Speaker.PATRON, Content(text), language, incoming.external_id)
        kept.external[incoming.external_id] = message
        turn = asyncio.create_task(self._turn(kept, message))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        return Accepted(message, repeated=False)

    async def amend(self, incoming: Incoming, original: str) -> Accepted:
        """Replace the text of a message that has not had its turn, else receive a new one."""
        kept = self._of(incoming.address)
        before = kept.external.get(original)
        if before is None or before.seq in kept.settled:
            return await self.receive(incoming)
        changed = replace(before, content=replace(before.content, text=incoming.text))
        kept.messages[before.seq - 1] = kept.external[original] = changed
        return Accepted(changed, repeated=False)

    async def gone(self, address: Address, reason: str) -> None:
        """Remember it."""
        self.left.append((address, reason))

    async def since(self, address: Address, after_seq: int, limit: int = 500) -> Sequence[Message]:
        """Give later messages."""
        return [m for m in self._of(address).messages if m.seq > after_seq][:limit]

    async def set_language(self, address: Address, language: Language) -> None:
        """Keep the language."""
        kept = self._of(address)
        kept.view = replace(kept.view, language=language)

    async def at_page(self, address: Address, page: Page) -> None:
        """Remember it."""
        self._of(address)
        self.pages.append(page)

    async def typing(self, address: Address, on: bool, text: str | None = None) -> None:
        """Remember it."""
        self._of(address)
        self.typed.append((address, on))
        self.written.append(text)

    async def consent(self, address: Address, given: bool) -> ConversationView:
        """Keep it, and show it on the pages."""
        kept = self._of(address)
        kept.view = replace(kept.view, consent=datetime.now(UTC) if given else None)
        if isinstance(self.channel, ShowsConsent):
            await self.channel.show_consent(kept.view)
        return kept.view

    async def forget(self, address: Address) -> None:
        """Forget it."""
        self.kept.pop(address, None)

    async def addresses(self, channel: str, ending: str) -> Sequence[Address]:
        """Give those that end so."""
        return [one for one in self.kept if one.channel == channel and one.chat_id.endswith(ending)]

    async def changed(self, address: Address) -> Sequence[Message]:
        """Give the messages that were changed after they were said."""
        return [message for message in self._of(address).messages if message.edited_at]

    async def settled(self, address: Address, seq: int, timeout: float) -> bool:
        """Wait for the turn."""
        kept = self._of(address)
        try:
            async with asyncio.timeout(timeout):
                while seq not in kept.settled:
                    kept.changed.clear()
                    await kept.changed.wait()
        except TimeoutError:
            return False
        return True

    async def say(
        self,
        address: Address,
        content: Content,
        speaker: Speaker = Speaker.ASSISTANT,
        author: str | None = None,
    ) -> Message:
        """Say something unasked, as a librarian would."""
        kept = self._of(address)
        message = self._add(kept, speaker, content, kept.view.language, None, author)
        assert self.channel is not None
        await self.channel.deliver(address, message)
        return message

    async def speak(self, address: Address, speaking: Speaking) -> None:
        """Change who the patron talks to."""
        kept = self._of(address)
        kept.view = replace(kept.view, speaking=speaking)
        if isinstance(self.channel, ShowsSpeaking):
            await self.channel.show_speaking(kept.view)

    def only(self) -> Address:
        """Give the one address there is."""
        (address,) = self.kept
        return address

    def file(self, offered: OfferedFile, attachment: Attachment) -> Accepted:
        """Keep a file as a message, and say where files go."""
        kept = self._of(offered.address)
        if offered.external_id in kept.external:
            return Accepted(kept.external[offered.external_id], repeated=True)
        content = Content(attachment.name, attachments=(attachment,))
        message = self._add(kept, Speaker.PATRON, content, kept.view.language, offered.external_id)
        kept.external[offered.external_id] = message
        return Accepted(message, repeated=False)

    async def _turn(self, kept: Kept, message: Message) -> None:
        assert self.channel is not None
        address = kept.view.address
        async with kept.lock:
            if isinstance(self.channel, ShowsTyping):
                await self.channel.show_typing(address, None, True)
            await self.hold.wait()
            message = kept.messages[message.seq - 1]  # it may have been edited meanwhile
            for content in self.script(message.content.text, message.language):
                said = self._add(kept, Speaker.ASSISTANT, content, message.language, None)
                await self.channel.deliver(address, said)
            if isinstance(self.channel, ShowsTyping):
                await self.channel.show_typing(address, None, False)
            kept.settled.add(message.seq)
            kept.changed.set()

    def _add(
        self,
        kept: Kept,
        speaker: Speaker,
        content: Content,
        language: Language,
        external_id: str | None,
        author: str | None = None,
    ) -> Message:
        seq = len(kept.messages) + 1
        now = datetime.now(UTC)
        message = Message(kept.view.id, seq, speaker, content, language, now, author, external_id)
        kept.messages.append(message)
        kept.view = replace(kept.view, last_seq=seq)
        return message

    def _of(self, address: Address) -> Kept:
        try:
            return self.kept[address]
        except KeyError:
            raise ConversationUnknown("nothing is kept there") from None

    @staticmethod
    def _title(kept: Kept, text: str) -> str | None:
        """Give what the pressed choice says, where the text is a reference to one."""
        parsed = parse_reference(text)
        if parsed is None or not 1 <= parsed[0] <= len(kept.messages):
            return None
        choices = kept.messages[parsed[0] - 1].content.choices
        return choices[parsed[1]].title if parsed[1] < len(choices) else None


class FakeFiles:
    """Implements FileDoor over a FakePatronDoor: keeps files in memory, tells their kind by name."""

    def __init__(self, door: FakePatronDoor, max_bytes: int = 10_000) -> None:
        self.door = door
        self.max_bytes = max_bytes
        self.kept: dict[str, FoundFile] = {}

    async def give(self, offered: OfferedFile) -> Accepted:
        """Keep it."""
        kind = {"png": "image/png", "pdf": "application/pdf"}.get(offered.name.rpartition(".")[2])
        if kind is None:
            raise MessageRefused("file_kind")
        key = f"key-{len(self.kept) + 1}"
        attachment = Attachment(offered.name, kind, len(offered.body), f"/files/{key}")
        accepted = self.door.file(offered, attachment)
        if not accepted.repeated:
            self.kept[key] = FoundFile(offered.name, kind, offered.body)
        return accepted

    async def find(self, key: str) -> FoundFile | None:
        """Give it."""
        return self.kept.get(key)


_THUMBS = (Choice("👍", "core:rate:+1"), Choice("👎", "core:rate:-1"))
_LIBRARY_EN: dict[str, list[Content]] = {
    "How do I renew a book?": [
        Content(
            "You can renew online **up to four times**, unless another reader is waiting for it.\n\n"
            "1. Sign in to [My Account](https://library.marsad.example/account).\n"
            "2. Open **Loans** and choose **Renew** beside the item.\n\n"
            "Books also renew themselves once, two days before they are due.",
            kind=Kind.ANSWER,
            choices=(*_THUMBS, Choice("It was refused", "/x"), Choice("What are the fines?", "/y")),
            citations=(
                Citation(
                    "Renewing what you borrowed",
                    "https://library.marsad.example/guides/renewal#renew-online",
                    "Renewing online",
                    date(2026, 9, 14),
                    "renewal",
                ),
            ),
            rateable=True,
            topic="renewal",
        )
    ],
    "Rate": [
        Content(
            "How was your chat with Layla Haddad?",
            kind=Kind.QUESTION,
            choices=tuple(Choice(str(n), f"core:csat:{n}:h1") for n in range(1, 6)),
        )
    ],
}
_LIBRARY_AR: dict[str, list[Content]] = {
    "كيف أجدّد كتابًا؟": [
        Content(
            "يمكنك التجديد عبر الإنترنت **حتى أربع مرات** ما لم يكن قارئ آخر قد حجز الكتاب.\n\n"
            "1. سجّل الدخول إلى [حسابي](https://library.marsad.example/account).\n"
            "2. افتح **الإعارات** واختر **تجديد** بجانب الكتاب.\n\n"
            "وتتجدّد الكتب تلقائيًا مرة واحدة قبل موعد إعادتها بيومين.",
            kind=Kind.ANSWER,
            choices=(*_THUMBS, Choice("رُفض التجديد", "/x"), Choice("كم تبلغ الغرامات؟", "/y")),
            citations=(
                Citation(
                    "تجديد ما استعرته",
                    "https://library.marsad.example/guides/renewal#renew-online",
                    "التجديد عبر الإنترنت",
                    date(2026, 9, 14),
                    "renewal",
                ),
            ),
            rateable=True,
            topic="renewal",
        )
    ],
    "تقييم": [
        Content(
            "كيف كانت محادثتك مع ليلى حداد؟",
            kind=Kind.QUESTION,
            choices=tuple(Choice(str(n), f"core:csat:{n}:h1") for n in range(1, 6)),
        )
    ],
}
