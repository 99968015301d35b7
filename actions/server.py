"""The route on which the engine runs actions: loopback only, behind a shared secret."""

from __future__ import annotations

import asyncio
import hmac
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk import Action, Tracker  # type: ignore[import-untyped]
from rasa_sdk.events import EventType, SlotSet  # type: ignore[import-untyped]
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher  # type: ignore[import-untyped]
from rasa_sdk.interfaces import (  # type: ignore[import-untyped]
    ActionExecutionRejection,
    ActionNotFoundException,
)
from rasa_sdk.types import DomainDict  # type: ignore[import-untyped]

from actions.forms import FORMS, Form, fill
from actions.registry import ACTIONS, Speak
from actions.remote_access import SKIPPED
from actions.talk import Reply, Talk, read_turn
from actions.topics import Topics
from actions.wellbeing import comfort, in_distress
from bot.wording import Wording
from knowledge_base.engine.base import KnowledgeBase

log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
TEXTS = Path(__file__).with_name("texts")


class Source:
    """Makes a :class:`Talk` of a tracker, with the knowledge base as it is at that moment."""

    def __init__(self, knowledge: KnowledgeBase, topics: Topics, wording: Wording, clock: Clock) -> None:
        self._knowledge, self._topics, self._wording, self._clock = knowledge, topics, wording, clock

    def talk(self, tracker: Tracker) -> Talk:
        """Give one turn with everything needed to answer it."""
        snapshot = self._knowledge.snapshot
        state = {
            "latest_message": tracker.latest_message,
            "slots": tracker.slots,
            "active_loop": tracker.active_loop,
            "events": tracker.events,
        }
        now = _said_time(tracker.latest_message) or self._clock()
        return Talk(
            read_turn(state, now.astimezone(snapshot.hours.zone)), snapshot, self._topics, self._wording
        )


class Spoken(Action):  # type: ignore[misc]
    """An action that says what a plain function gives."""

    def __init__(self, name: str, speak: Speak, source: Source) -> None:
        self._name, self._speak, self._source = name, speak, source

    def name(self) -> str:
        """Give the action's name in the domain."""
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Say it and remember it. The search is kept off the event loop, which carries the channels."""
        talk = self._source.talk(tracker)
        reply = comfort(talk)
        if reply is None:
            reply = await asyncio.to_thread(self._speak, talk)
        for message in messages(reply):
            dispatcher.utter_message(json_message=message)
        return [SlotSet(name, value) for name, value in reply.slots.items()]


class Filling(Action):  # type: ignore[misc]
    """A form's validation: gives the slot a message fills, or nothing, and then the form steps aside."""

    def __init__(self, form: Form, source: Source) -> None:
        self._form, self._source = form, source

    def name(self) -> str:
        """Give the action's name in the domain."""
        return f"validate_{self._form.name}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Fill the slot that was asked for."""
        talk = self._source.talk(tracker)
        asked = talk.turn.slot("requested_slot")
        if asked and in_distress(talk.turn.text):  # the form ends, and its last action gives comfort
            return [SlotSet(asked, SKIPPED), SlotSet("requested_slot", None)]
        found = fill(self._form, talk)
        return [SlotSet(name, value) for name, value in found.items()]


def messages(reply: Reply) -> list[dict[str, Any]]:
    """Give a reply as the engine's ``custom`` messages; the packet goes with the last of them."""
    said = [content.to_json() for content in reply.contents]
    if reply.handoff is not None:
        if not said:
            said = [{"text": ""}]
        said[-1] = {**said[-1], "handoff": reply.handoff.to_json()}
    return said


def executor(source: Source) -> ActionExecutor:
    """Give an executor that knows every action of the domain."""
    made = ActionExecutor()
    for name, speak in ACTIONS.items():
        made.register_action(Spoken(name, speak, source))
    for form in FORMS:
        made.register_action(Filling(form, source))
    return made


def actions_router(knowledge: KnowledgeBase, secret: str, topics: Topics, clock: Clock) -> APIRouter:
    """Give the route ``POST /internal/actions``, which speaks the protocol of Rasa's action server.

    Answers 403 to callers from elsewhere or without the secret, 404 for an unknown action, and 500 where an
    action fails.
    """
    run = executor(Source(knowledge, topics, Wording.load(TEXTS), clock))
    routes = APIRouter()

    @routes.post("/internal/actions", include_in_schema=False)
    async def actions(request: Request) -> JSONResponse:
        if not _may(request, secret):
            return JSONResponse({"error": "forbidden"}, 403)
        try:
            call = await request.json()
        except ValueError:
            return JSONResponse({"error": "not JSON"}, 400)
        if not isinstance(call, dict) or not isinstance(call.get("tracker"), dict):
            return JSONResponse({"error": "not an action call"}, 400)
        return await _answer(run, call)

    return routes


async def _answer(run: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    name = str(call.get("next_action"))
    try:
        result = await run.run({"domain": {}, **call})  # the engine leaves it out: no action looks at it
    except ActionExecutionRejection as rejected:
        return JSONResponse({"error": rejected.message, "action_name": name}, 400)
    except ActionNotFoundException:
        log.error("action.unknown", action=name)
        return JSONResponse({"error": "unknown action", "action_name": name}, 404)
    except Exception as error:  # whatever an action raises, the engine must hear of it
        log.error("action.failed", action=name, error=type(error).__name__, at=_where(error))
        return JSONResponse({"error": type(error).__name__, "action_name": name}, 500)
    return JSONResponse(result.model_dump() if result else None)


def _where(error: Exception) -> list[str]:
    """Name the last places in the code, without the message, which may hold a patron's words."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _may(request: Request, secret: str) -> bool:
    given = request.headers.get("x-dalil-secret", "").encode()
    return hmac.compare_digest(given, secret.encode()) and _loopback(request)


def _loopback(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _said_time(message: Mapping[str, Any]) -> datetime | None:
    """Read the time that came with the message; the gateway sets it, and tests do."""
    said = (message.get("metadata") or {}).get("now")
    if not said:
        return None
    moment = datetime.fromisoformat(str(said))
    return moment if moment.tzinfo else None
