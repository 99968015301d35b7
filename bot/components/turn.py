"""One message through the dialogue, on a tracker that lives for this turn alone."""

from __future__ import annotations

import gc
import re
from typing import Any

from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain

from bot.components.actions_endpoint import WatchedEndpoint, check_answers_quickly
from bot.components.apart import answered_apart
from bot.components.given import give
from bot.components.scene import Scene, plain

_PAYLOAD = re.compile(r"^/([^{@\s]+)")


class BadTurn(ValueError):
    """The gateway asked for something that is no turn; it is told which part is wrong."""


async def take_turn(processor: MessageProcessor, body: dict[str, Any]) -> dict[str, Any]:
    """Give ``{"messages", "state", "intent"}`` for one turn (docs/architecture.md has the JSON).

    Raises BadTurn where the request is wrong, ActionFailed where an action failed, and
    ActionLimitReached where the dialogue runs in circles.
    """
    sender, text, metadata = _checked(body, processor.domain)
    if processor.action_endpoint and not isinstance(processor.action_endpoint, WatchedEndpoint):
        processor.action_endpoint = WatchedEndpoint.watching(processor.action_endpoint)
        check_answers_quickly()
        gc.freeze()  # the model stays: the garbage collector need not look through it again and again
    try:
        give(body.get("vectors"))
    except ValueError as error:
        raise BadTurn("vectors") from error
    scene = Scene(processor, sender, body.get("state"), metadata)
    tracker = await scene.tracker()
    if body.get("payload") is not None:
        return await scene.say(tracker, [scene.heard(text)])
    if tracker.active_loop_name is None:  # an answer to a form's question is never divided
        apart = await answered_apart(scene, text)
        if apart is not None:
            return apart
    return await scene.say(tracker, [scene.heard(text, await scene.parsed(text))])


def _checked(body: Any, domain: Domain) -> tuple[str, str, dict[str, Any]]:
    """Give sender, text as the engine is to read it, and metadata."""
    if not isinstance(body, dict) or not isinstance(body.get("sender"), str) or not body["sender"]:
        raise BadTurn("sender")
    metadata: Any | None = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadTurn("metadata")
    payload, text = body.get("payload"), body.get("text")
    if payload is not None:
        match = _PAYLOAD.match(payload) if isinstance(payload, str) else None
        if match is None or match.group(1) not in domain.intents:
            raise BadTurn("payload")
        return body["sender"], str(payload), metadata or {}
    if not isinstance(text, str):
        raise BadTurn("text")
    return body["sender"], plain(text), metadata or {}
