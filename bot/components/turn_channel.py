"""The gateway's way into the engine: one turn in, what is said and the new state out.

The engine keeps nothing between calls, so a turn that was cut off can be asked again, here or elsewhere.
"""

from __future__ import annotations

import hmac
import logging
from contextvars import ContextVar
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from aiohttp import ClientResponseError
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.components.state import state_of, tracker_of

logger = logging.getLogger(__name__)

_REJECTED = 400  # how an action server says that a form does not want this message
_failures: ContextVar[Optional[List[str]]] = ContextVar("failures", default=None)


class WatchedEndpoint(EndpointConfig):
    """An action server whose failures are noted: Rasa itself goes on in silence after one."""

    @classmethod
    def watching(cls, endpoint: EndpointConfig) -> "WatchedEndpoint":
        """Make a watched copy of an endpoint."""
        return cls(endpoint.url, endpoint.params, endpoint.headers, endpoint.basic_auth)

    async def request(self, *args: Any, **kwargs: Any) -> Optional[Any]:
        """Call the action server, and note where it fails."""
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status != _REJECTED:
                _note(f"HTTP {error.status}")
            raise
        except Exception as error:
            _note(type(error).__name__)
            raise


def _note(failure: str) -> None:
    noted = _failures.get()
    if noted is not None:
        noted.append(failure)


class TurnInput(InputChannel):
    """``POST /webhooks/dalil/turn``; docs/architecture.md describes the JSON of both sides."""

    def __init__(self, secret: Text) -> None:
        self._secret = secret.encode()

    @classmethod
    def name(cls) -> Text:
        """Give the channel's part of the path."""
        return "dalil"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        """Read ``secret`` from credentials.yml."""
        secret = (credentials or {}).get("secret")
        if not secret or str(secret).startswith("${"):
            raise ValueError("bot/credentials.yml: the turn channel needs a secret (DALIL_ACTION_SECRET)")
        return cls(str(secret))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Give the route."""
        routes = Blueprint("dalil_turn")

        @routes.route("/turn", methods=["POST"])  # type: ignore[misc]  # sanic's decorator is untyped
        async def turn(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Dalil-Secret", "").encode()
            if not hmac.compare_digest(given, self._secret):
                return response.json({"error": "secret"}, status=403)
            body = request.json
            if not isinstance(body, dict) or not isinstance(body.get("sender"), str):
                return response.json({"error": "sender"}, status=400)
            try:
                return await _answer(request.app.ctx.agent, body)
            except Exception:
                logger.exception("A turn failed.")
                return response.json({"error": "engine"}, status=500)

        return routes


async def _answer(agent: Agent, body: Dict[Text, Any]) -> HTTPResponse:
    processor = agent.processor
    if processor is None:
        return response.json({"error": "no model"}, status=503)
    if not isinstance(processor.action_endpoint, WatchedEndpoint) and processor.action_endpoint:
        processor.action_endpoint = WatchedEndpoint.watching(processor.action_endpoint)
    failures: List[str] = []
    _failures.set(failures)
    output = CollectingOutputChannel()
    # The lock keeps a call that the gateway gave up on from mixing with the next one.
    async with agent.lock_store.lock(body["sender"]):
        tracker = await _handle(processor, body, output)
    if failures:
        return response.json({"error": "action_failed", "failures": failures}, status=502)
    intent = tracker.latest_message.intent if tracker.latest_message else None
    said = [message.get("custom") or {"text": message.get("text", "")} for message in output.messages]
    return response.json(
        {"messages": said, "state": state_of(tracker, processor.domain), "intent": intent},
        ensure_ascii=False,
    )


async def _handle(
    processor: MessageProcessor, body: Dict[Text, Any], output: CollectingOutputChannel
) -> DialogueStateTracker:
    """Take one message through the dialogue, on a tracker of its own that nobody stores."""
    sender = body["sender"]
    tracker = tracker_of(sender, body.get("state"), processor.domain)
    metadata = body.get("metadata") or {}
    if not tracker.events:
        await processor._update_tracker_session(tracker, output, metadata)
    message = UserMessage(
        _typed(body), output, sender, input_channel=TurnInput.name(), metadata=metadata
    )
    await processor._handle_message_with_tracker(message, tracker)
    tracker = await processor.run_action_extract_slots(output, tracker)
    await processor._run_prediction_loop(output, tracker)
    return tracker


def _typed(body: Dict[Text, Any]) -> Text:
    """Give what the engine is to read: a payload as it is, a typed text never as a command."""
    if body.get("payload"):
        return str(body["payload"])
    text = str(body.get("text") or "")
    return text.strip().lstrip("/").strip() or "…"
