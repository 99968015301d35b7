"""One turn's tracker, what is heard on it, and what is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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

from bot.asked import asked
from bot.components.actions_endpoint import begin_noting, note
from bot.components.state import state_of, tracker_of

CHANNEL = "dalil"
_COMMAND = re.compile(r"^[\s/]+")
# A command of some other program, alone: “/session_start”, “/inform{"slot": "x"}”. “/help” is a word.
_FOREIGN = re.compile(r"^\s*/+\w+(?:_\w*|\s*\{.*\})\s*$", re.DOTALL)
_EMPTY = "…"  # what a text of slashes and spaces is read as; it is not understood


class ActionFailed(Exception):
    """An action could not be run; whatever the dialogue went on to say would hide it."""


@dataclass(frozen=True)
class Scene:
    """A turn before anything is said. Trackers are made of ``state``, so a turn can be tried and dropped."""

    processor: MessageProcessor
    sender: str
    state: dict[str, Any] | None
    metadata: dict[str, Any]

    async def tracker(self) -> DialogueStateTracker:
        """Give a tracker as the last turn left it."""
        tracker = tracker_of(self.sender, self.state, self.processor.domain)
        tracker.model_id = self.processor.model_metadata.model_id
        tracker.assistant_id = self.processor.model_metadata.assistant_id
        if not tracker.events:
            await self.processor._update_tracker_session(tracker, CollectingOutputChannel())
        return tracker

    async def parsed(self, text: str) -> dict[str, Any]:
        """Say what a typed text means; nothing in it is a command, greetings and thanks are left out."""
        parse = await self.processor.parse_message(self.heard(plain(asked(text))))
        return {**parse, "text": text}  # the dialogue goes on with what was written

    def heard(self, text: str, parse: dict[str, Any] | None = None, **more: Any) -> UserMessage:
        """Give a message of the patron; ``parse`` is what it means, where that is known already."""
        metadata = {**self.metadata, **more}
        return UserMessage(text, None, self.sender, parse, input_channel=CHANNEL, metadata=metadata)

    async def say(self, tracker: DialogueStateTracker, messages: Sequence[UserMessage]) -> dict[str, Any]:
        """Take messages one after another, and give the turn's ``{"messages", "state", "intent"}``.

        Raises ActionFailed.
        """
        output, failures = CollectingOutputChannel(), begin_noting()
        for message in messages:
            message.output_channel = output
            await self.processor._handle_message_with_tracker(message, tracker)
            await self.processor.run_action_extract_slots(output, tracker)
            await _talk(self.processor, tracker, output, failures)
        intent = tracker.latest_message.intent if tracker.latest_message else None
        return {
            "messages": [_content(message) for message in output.messages],
            "state": state_of(tracker, self.processor.domain),
            "intent": intent or None,
        }


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


def plain(text: str) -> str:
    """Give a typed text as the engine may read it: never one of its commands, never empty."""
    return _EMPTY if _FOREIGN.match(text) else _COMMAND.sub("", text).strip() or _EMPTY


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """Give the JSON of a content: an action's own, or one made of a plain Rasa response."""
    custom = message.get("custom")
    if isinstance(custom, dict):
        return custom
    buttons = message.get("buttons") or []
    choices = [{"title": button["title"], "payload": button["payload"]} for button in buttons]
    return {"text": message.get("text") or "", "choices": choices}
