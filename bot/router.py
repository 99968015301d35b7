"""One turn: what a patron's message leads to. Reads, asks the engine, and writes nothing itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bot.availability import Availability, consent_offer, waiting_choices
from bot.dialogue import Engine, Reply, Utterance
from bot.errors import EngineFailed
from bot.metrics import ENGINE_FAILURES
from bot.model import (
    Choice,
    Content,
    HandoffId,
    HandoffState,
    Kind,
    Language,
    Message,
    Packet,
    Page,
    Speaker,
)
from bot.store.scenes import Around, Scene
from bot.store.turns import Rating, Turn
from bot.wording import Wording

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 4  # a message that ends the process this often is apologised for instead
ANSWERS_IN_PACKET = 3
QUIET = ("person", "start", "help")  # what is for the librarian where one has the conversation


LookAround = Callable[[Scene], Around]
NameOf = Callable[[str, Language], str | None]  # a librarian's id in the knowledge base to a name


class Router:
    """Decides between the desk, the core's own choices, and the engine."""

    def __init__(
        self,
        dialogue: Engine,
        availability: Availability,
        wording: Wording,
        name_of: NameOf,
        look_around: LookAround,
    ) -> None:
        """Put together; see ``bot/core.py``. ``look_around`` is called in a thread."""
        self._look_around = look_around
        self._dialogue = dialogue
        self._availability = availability
        self._wording = wording
        self._name_of = name_of

    async def turn(self, scene: Scene) -> Turn:
        """Give the turn that a message leads to. Never raises for a failing engine."""
        choice = scene.waiting.choice
        if choice and choice.payload.startswith("core:"):
            return await self._core_choice(scene, choice.payload.split(":")[1:])
        handoff = scene.handoff
        if handoff and handoff.state is HandoffState.ASSIGNED:
            return Turn(relay=True)
        if handoff and not handoff.left:
            return Turn(relay=True, say=(self._notice(scene, "waiting_ack", waiting=True),))
        if scene.waiting.message.content.attachments:
            return self._file(scene)
        payload = choice.payload if choice else None
        return await self._ask_engine(scene, None if choice else scene.waiting.message.content.text, payload)

    async def _ask_engine(self, scene: Scene, text: str | None, payload: str | None) -> Turn:
        if scene.waiting.attempts > MOST_ATTEMPTS:
            log.error("turn.given_up", conversation=scene.conversation.id, seq=scene.waiting.message.seq)
            return self._apology(scene)
        said = Utterance(text, payload, scene.language)
        try:
            reply = await self._dialogue.ask(scene.conversation.id, said, scene.conversation.dialogue)
        except EngineFailed as error:
            ENGINE_FAILURES.inc()
            log.warning("engine.failed", conversation=scene.conversation.id, reason=str(error))
            return self._apology(scene)
        return await self._spoken(scene, reply)

    async def _spoken(self, scene: Scene, reply: Reply) -> Turn:
        say = tuple(self._rateable(scene, content) for content in reply.contents)
        if reply.handoff is None:
            return Turn(say=say, dialogue=reply.dialogue)
        return await self._person(scene, reply.handoff, say, reply.dialogue)

    def _file(self, scene: Scene) -> Turn:
        """What is not words is for people: it goes to them where they are, else a person is offered."""
        if scene.handoff and scene.handoff.left:
            return Turn(say=(self._notice(scene, "file_left", event="file"),), relay=True)
        if scene.handoff:
            waiting = scene.handoff.state is HandoffState.WAITING
            return Turn(
                relay=True, say=(self._notice(scene, "waiting_ack", waiting=True),) if waiting else ()
            )
        kept = bool(scene.waiting.message.content.attachments)  # else it stayed with the network it came by
        person = Choice(self._wording.say(scene.language, "choice_person"), "core:person")
        text = self._wording.say(scene.language, "file_for_person" if kept else "file_unread")
        return Turn(say=(Content(text, Kind.NOTICE, (person,), event="file"),))

    async def _core_choice(self, scene: Scene, parts: list[str]) -> Turn:
        if parts[0] in QUIET and scene.handoff and scene.handoff.state is HandoffState.ASSIGNED:
            return Turn(relay=True)  # the assistant is silent while a librarian has the conversation
        match parts:
            case ["person"]:
                return await self._person(scene, Packet(question="", reason="asked"))
            case ["rate", value] if value in ("+1", "-1") and scene.waiting.choice_seq:
                return await self._rated(scene, Rating(scene.waiting.choice_seq, int(value)))
            case ["csat", mark, handoff] if mark in "12345":
                thanks = self._notice(scene, "csat_thanks", event="rated")
                offer = consent_offer(self._wording, scene.language, "consent_ask")
                return Turn(say=(thanks,), offer=offer, handoff=HandoffId(handoff), csat=int(mark))
            case ["leave"]:
                return self._waiting_choice(scene, "left", leave=True)
            case ["cancel"]:
                return self._waiting_choice(scene, "cancelled", state=HandoffState.ABANDONED)
            case ["gone"]:
                return Turn(say=(self._notice(scene, "too_late"),))
            case ["start" | "help" as what]:
                return Turn(say=(self._welcome(scene, what),))
            case ["file"]:
                turn = self._file(scene)
                return replace(turn, say=()) if await self._goes_on(scene) else turn
            case ["consent"]:
                return Turn(say=(self._consent(scene),))
            case ["consent", "yes" | "no" as word]:
                return self._consented(scene, word == "yes")
            case ["language", code] if code in set(Language):
                language = Language(code)
                text = self._wording.say(language, "language_set")
                return Turn(say=(Content(text, Kind.NOTICE, event="language"),), language=language)
            case _:
                log.error("choice.unknown", payload=":".join(parts))
                return self._apology(scene)

    def _welcome(self, scene: Scene, what: str) -> Content:
        other = Language.AR if scene.language is Language.EN else Language.EN
        choices = (
            Choice(self._wording.say(scene.language, "choice_person"), "core:person"),
            Choice(self._wording.say(other, "language_name"), f"core:language:{other.value}"),
        )
        text = self._wording.say(scene.language, "welcome" if what == "start" else "help")
        return Content(text, Kind.TEXT, choices, event=what)

    def _consent(self, scene: Scene) -> Content:
        """Say how it stands with earlier conversations, and offer to change it."""
        say, on = self._wording.say, scene.consent
        choice = (
            Choice(say(scene.language, "choice_consent_off"), "core:consent:no")
            if on
            else Choice(say(scene.language, "choice_consent"), "core:consent:yes")
        )
        text = say(scene.language, "consent_on" if on else "consent_none")
        return Content(text, Kind.NOTICE, (choice,), event="consent")

    def _consented(self, scene: Scene, given: bool) -> Turn:
        key = "consent_given" if given else "consent_off" if scene.consent else "consent_refused"
        waits = scene.handoff and scene.handoff.state is HandoffState.WAITING and not scene.handoff.left
        choices = waiting_choices(self._wording, scene.language) if waits else ()  # still stand
        text = self._wording.say(scene.language, key)
        return Turn(say=(Content(text, Kind.NOTICE, choices, event="consent"),), consent=given)

    def _waiting_choice(
        self, scene: Scene, key: str, *, leave: bool | None = None, state: HandoffState | None = None
    ) -> Turn:
        handoff = scene.handoff
        if handoff is None:
            return Turn(say=(self._notice(scene, "too_late"),))
        if handoff.state is not HandoffState.WAITING:  # a librarian came while the button was pressed
            return Turn(relay=True)
        return Turn(say=(self._notice(scene, key, event=key),), handoff=handoff.id, leave=leave, state=state)

    async def _rated(self, scene: Scene, rating: Rating) -> Turn:
        if rating.value > 0:
            return Turn(say=(self._notice(scene, "rated_up", event="rated"),), rating=rating)
        if scene.handoff and not scene.handoff.left:
            return Turn(rating=rating, relay=True)
        around = await asyncio.to_thread(self._look_around, scene)
        rated = next((m for m in around.recent if m.seq == rating.seq), None)
        topic = rated.content.topic if rated else None  # two questions have two answers, each of a topic
        payload = f"/did_not_help{json.dumps({'about': topic})}" if topic else "/did_not_help"
        return replace(await self._ask_engine(scene, None, payload), rating=rating)

    async def _person(
        self, scene: Scene, packet: Packet, say: tuple[Content, ...] = (), dialogue: object = None
    ) -> Turn:
        if scene.handoff and scene.handoff.state is HandoffState.WAITING and not scene.handoff.left:
            return Turn(say=(self._notice(scene, "already_asked", waiting=True),), relay=True)
        around = await asyncio.to_thread(self._look_around, scene)
        full = self._fill(scene, around.recent, packet)
        someone = self._availability.someone(around.present)
        name = self._name_of(full.wanted, scene.language) if full.wanted else None
        words = self._availability.words_on_opening(full, scene.language, someone, scene.now, name)
        # Where nobody is there the question is left at once: the assistant goes on, nobody is stuck.
        offer = consent_offer(self._wording, scene.language, "consent_ask_again")
        return Turn(say=(*say, words), offer=offer, dialogue=None, open=full, left=not someone)

    async def _goes_on(self, scene: Scene) -> bool:
        """Whether a message came in one go with one before it, which was answered for both."""
        message = scene.waiting.message
        if message.content.album is None:
            return False
        around = await asyncio.to_thread(self._look_around, scene)
        return any(
            m.content.album == message.content.album and m.speaker is Speaker.PATRON and m.seq < message.seq
            for m in around.recent
        )

    def _fill(self, scene: Scene, recent: Sequence[Message], packet: Packet) -> Packet:
        """Put into a packet what the conversation says by itself."""
        answered = tuple(
            {
                "seq": message.seq,
                "text": message.content.text,
                "citations": [citation.to_json() for citation in message.content.citations],
            }
            for message in recent
            if message.speaker is Speaker.ASSISTANT and message.content.kind is Kind.ANSWER
        )[-ANSWERS_IN_PACKET:]
        question = packet.question or _last_question(scene, recent)
        summary = (*packet.summary, *self._given(scene, recent), *self._page(scene))
        return replace(packet, answered=packet.answered or answered, question=question, summary=summary)

    def _given(self, scene: Scene, recent: Sequence[Message]) -> list[tuple[str, str]]:
        label = self._wording.say(scene.language, "packet_file")
        attached = [attachment for message in recent for attachment in message.content.attachments]
        return [(label, attachment.name) for attachment in attached]

    def _page(self, scene: Scene) -> list[tuple[str, str]]:
        page = Page.from_json(scene.conversation.page or {})
        where = " – ".join(part for part in (page.title, page.url) if part)
        told = {"course": page.course, "guide": page.guide, "note": page.note, "page": where}
        say = self._wording.say
        return [(say(scene.language, f"packet_{key}"), value) for key, value in told.items() if value]

    def _rateable(self, scene: Scene, content: Content) -> Content:
        if not content.rateable:
            return content
        marks = (
            Choice(self._wording.say(scene.language, "choice_helpful"), "core:rate:+1"),
            Choice(self._wording.say(scene.language, "choice_unhelpful"), "core:rate:-1"),
        )
        return replace(content, choices=(*content.choices, *marks))

    def _apology(self, scene: Scene) -> Turn:
        person = Choice(self._wording.say(scene.language, "choice_person"), "core:person")
        text = self._wording.say(scene.language, "apology")
        return Turn(say=(Content(text, Kind.NOTICE, (person,), event="apology"),))

    def _notice(self, scene: Scene, key: str, *, waiting: bool = False, event: str | None = None) -> Content:
        text = self._wording.say(scene.language, key)
        if waiting:
            return Content(text, Kind.NOTICE, waiting_choices(self._wording, scene.language), event="waiting")
        return Content(text, Kind.NOTICE, event=event)


def _last_question(scene: Scene, recent: Sequence[Message]) -> str:
    """Find what the patron was after before pressing for a person, or saying “still not working”."""
    current = scene.waiting.message
    for message in reversed(recent):
        if message.speaker is not Speaker.PATRON or message.seq == current.seq or message.content.attachments:
            continue
        if message.content.album:  # the words stand with one of its pictures, the links with all
            together = [m.content.text for m in recent if m.content.album == message.content.album]
            return "\n".join(together)
        if len(message.content.text) > 2:
            return message.content.text
    return "" if scene.waiting.choice else current.content.text
