"""Librarians' acts that say something, and what helps them to say it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.desk_ground import Ground
from bot.dialogue import Utterance
from bot.errors import EngineFailed
from bot.model import (
    WITHDRAWN,
    CannedAnswer,
    Content,
    ConversationId,
    Found,
    Handoff,
    HandoffId,
    Kind,
    Language,
    LibrarianId,
    Message,
    Speaker,
    Suggestion,
)
from bot.store.deliveries import Delivery
from bot.text import clean

LAST_WORDS = 30  # messages in which the patron's last question is looked for


class Words(Ground):
    """Reply and note, and changing either; ready answers, suggestions, search."""

    async def reply(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> Message:
        """Speak to the patron. Raises MessageRefused, NotAssigned, HandoffEnded, HandoffUnknown."""
        said = clean(text, self._settings.max_message_chars)
        message, taken = await asyncio.to_thread(self._reply, handoff, librarian, said, external_id)
        self._told.taken(taken)  # before the desks are told: the patron waits for it
        await self._tell(handoff)
        return message

    def _reply(
        self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str
    ) -> tuple[Message, Sequence[Delivery]]:
        who = self._answering_now(librarian)
        node = self._settings.node
        return self._store.desk.reply_from(node, handoff, who, text, external_id, self._clock())

    async def edit(self, handoff: HandoffId, librarian: LibrarianId, seq: int, text: str) -> Message:
        """Change what one has said. Raises MessageRefused, NotYours, HandoffUnknown."""
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        said = clean(text, self._settings.max_message_chars)
        instead = None
        if not self._told.can_change(found.channel):
            instead = Content(self._wording.say(found.language, "correction", text=said))
        return await self._correct(found, librarian, seq, Content(said), instead)

    async def withdraw(self, handoff: HandoffId, librarian: LibrarianId, seq: int) -> Message:
        """Take back what one has said. Raises NotYours, HandoffUnknown."""
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        say, instead = self._wording.say, None
        if not self._told.can_change(found.channel):
            messages = await asyncio.to_thread(
                self._store.conversations.since, found.conversation, seq - 1, 1
            )
            time = self._availability.time_of_day(messages[0].at) if messages else ""
            text = say(found.language, "withdrawn_word", time=time)
            instead = Content(text, Kind.NOTICE, event=WITHDRAWN)
        gone = Content(say(found.language, "withdrawn"), event=WITHDRAWN)
        return await self._correct(found, librarian, seq, gone, instead)

    async def note(self, handoff: HandoffId, librarian: LibrarianId, text: str, external_id: str) -> None:
        """Keep a text for the desk alone. Raises MessageRefused, HandoffUnknown."""
        who = await self._account(librarian)
        said = clean(text, self._settings.max_message_chars)
        await asyncio.to_thread(self._store.handoffs.add_note, handoff, who, said, external_id, self._clock())
        await self._tell(handoff)

    async def edit_note(
        self, handoff: HandoffId, librarian: LibrarianId, external_id: str, text: str
    ) -> None:
        """Give a note of one's own another text. Raises MessageRefused, NotYours, HandoffUnknown."""
        who = await self._account(librarian)
        said = clean(text, self._settings.max_message_chars)
        change = self._store.handoffs.change_note
        await asyncio.to_thread(change, handoff, who, external_id, said, self._clock())
        await self._tell(handoff)

    async def withdraw_note(self, handoff: HandoffId, librarian: LibrarianId, external_id: str) -> None:
        """Take back a note of one's own; its text is deleted. Raises NotYours, HandoffUnknown."""
        who = await self._account(librarian)
        change = self._store.handoffs.change_note
        await asyncio.to_thread(change, handoff, who, external_id, None, self._clock())
        await self._tell(handoff)

    async def typing(self, handoff: HandoffId, librarian: LibrarianId, on: bool) -> None:
        """Show the patron that the librarian is writing; only the one who holds the handoff is shown."""
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        if found.librarian == librarian and found.librarian_name and found.closed_at is None:
            await self._told.typing(found, found.librarian_name, on)

    async def canned(self, handoff: HandoffId, librarian: LibrarianId) -> Sequence[CannedAnswer]:
        """Give the ready answers in the patron's language, those on the handoff's topic first."""
        who = await self._account(librarian)
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        ready = self._knowledge.canned(found.language) if self._knowledge else ()
        topic = found.topic or found.packet.topic
        values = {"me": who.name, "question": found.packet.question}
        filled = [replace(one, text=_fill(one.text, values)) for one in ready]
        return sorted(filled, key=lambda one: topic is None or one.topic != topic)

    async def suggest(self, handoff: HandoffId) -> Suggestion | None:
        """Give what the assistant would answer to the patron's last words. Raises HandoffUnknown.

        The engine is asked as by somebody new: it keeps nothing, so the conversation is not touched.
        """
        found = await asyncio.to_thread(self._store.handoffs.get, handoff)
        asked = await asyncio.to_thread(self._last_words, found)
        if self._engine is None or asked is None:
            return None
        said = Utterance(asked.content.text, None, asked.language)
        try:
            reply = await self._engine.ask(ConversationId(f"desk-{handoff}"), said, None)
        except EngineFailed:
            return None
        answers = [content for content in reply.contents if content.kind is Kind.ANSWER]
        if not answers:
            return None
        text = "\n\n".join(content.text for content in answers)
        citations = tuple(one for content in answers for one in content.citations)
        return Suggestion(asked.seq, asked.content.text, text, citations)

    async def search(self, query: str, language: Language) -> Sequence[Found]:
        """Search the knowledge base."""
        return await self._knowledge.search(query, language) if self._knowledge else ()

    async def _correct(
        self, handoff: Handoff, librarian: LibrarianId, seq: int, content: Content, instead: Content | None
    ) -> Message:
        who = await self._answering(librarian)
        changed = await asyncio.to_thread(
            self._store.corrections.correct, handoff.id, who, seq, content, instead, self._clock()
        )
        await self._tell(handoff.id)
        return changed

    async def _tell(self, handoff: HandoffId) -> None:
        await self._told.changed(await asyncio.to_thread(self._store.handoffs.get, handoff))

    def _last_words(self, handoff: Handoff) -> Message | None:
        recent = self._store.conversations.of_handoff(handoff.id, LAST_WORDS)
        spoken = [m for m in recent if m.speaker is Speaker.PATRON and len(m.content.text) > 2]
        if not spoken:
            return None
        last = spoken[-1]
        # Before a librarian came, what matters is the question, not the wish for a person.
        if handoff.claimed_at is None or last.at <= handoff.opened_at:
            question = handoff.packet.question.strip()
            return replace(last, content=Content(question)) if question else last
        return last


def _fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
