"""One message through the dialogue, on a tracker that lives for this turn alone."""

from __future__ import annotations

import re
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.actions_endpoint import (
    WatchedEndpoint,
    begin_noting,
    check_answers_quickly,
    note,
)
from bot.components.given import give
from bot.components.state import state_of, tracker_of

CHANNEL = "dalil"
_COMMAND = re.compile(r"^[\s/]+")
_PAYLOAD = re.compile(r"^/([^{@\s]+)")
_EMPTY = "…"  # what a text of slashes and spaces is read as; it is not understood


class BadTurn(ValueError):
    """The gateway asked for something that is no turn; it is told which part is wrong."""


class ActionFailed(Exception):
    """An action could not be run; whatever the dialogue went on to say would hide it."""


class _Watched(Action):
    """An action whose errors are noted before Rasa swallows them."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def name(self) -> str:
        return self._action.name()

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        try:
            return await self._action.run(output_channel, nlg, tracker, domain)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            note(f"{self.name()}: {type(error).__name__}: {error}")
            raise

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> ActionExecuted:
        return self._action.event_for_successful_execution(prediction)


async def take_turn(processor: MessageProcessor, body: dict[str, Any]) -> dict[str, Any]:
    """Give ``{"messages", "state", "intent"}`` for one turn (docs/architecture.md has the JSON).

    Raises BadTurn where the request is wrong, ActionFailed where an action failed, and
    ActionLimitReached where the dialogue runs in circles.
    """
    sender, text, metadata = _checked(body, processor.domain)
    if processor.action_endpoint and not isinstance(processor.action_endpoint, WatchedEndpoint):
        processor.action_endpoint = WatchedEndpoint.watching(processor.action_endpoint)
        check_answers_quickly()
    try:
        give(text, body.get("vector"))
    except ValueError as error:
        raise BadTurn("vector") from error
    failures = begin_noting()
    output = CollectingOutputChannel()
    tracker = tracker_of(sender, body.get("state"), processor.domain)
    tracker.model_id = processor.model_metadata.model_id
    tracker.assistant_id = processor.model_metadata.assistant_id
    if not tracker.events:
        await processor._update_tracker_session(tracker, output)
    message = UserMessage(text, output, sender, input_channel=CHANNEL, metadata=metadata)
    await processor._handle_message_with_tracker(message, tracker)
    await processor.run_action_extract_slots(output, tracker)
    await _talk(processor, tracker, output, failures)
    intent = tracker.latest_message.intent if tracker.latest_message else None
    return {
        "messages": [_content(message) for message in output.messages],
        "state": state_of(tracker, processor.domain),
        "intent": intent or None,
    }


async def _talk(
    processor: MessageProcessor,
    tracker: DialogueStateTracker,
    output: CollectingOutputChannel,
    failures: list[str],
) -> None:
    """Run the actions that the policies choose until they choose to listen.

    Where no rule says what follows, the fallback is chosen again and again; once is enough.
    """
    more, before = True, ""
    while more and not failures and processor._should_handle_message(tracker):
        action, prediction = processor.predict_next_with_tracker_if_should(tracker)
        if action.name() == before:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME), processor.domain)
            break
        before = action.name()
        more = await processor._run_action(_Watched(action), tracker, output, processor.nlg, prediction)
    if failures:
        raise ActionFailed("; ".join(failures))


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


def plain(text: str) -> str:
    """Give a typed text as the engine may read it: never one of its commands, never empty."""
    return _COMMAND.sub("", text).strip() or _EMPTY


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """Give the JSON of a content: an action's own, or one made of a plain Rasa response."""
    custom = message.get("custom")
    if isinstance(custom, dict):
        return custom
    buttons = message.get("buttons") or []
    choices = [{"title": button["title"], "payload": button["payload"]} for button in buttons]
    return {"text": message.get("text") or "", "choices": choices}
