"""The dialogue state that travels with each turn: a tracker as compact JSON, and back."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

logger = logging.getLogger(__name__)

VERSION = 1
TURNS_KEPT = 8  # well over what the policies look at; memory and time stay bounded
RANKING_KEPT = 5
_PARSE_KEPT = ("text", "intent", "entities")
_OF_THE_TURN = ("model_id", "assistant_id", "whole")  # of no use to the turns that follow


def tracker_of(sender: str, state: dict[str, Any] | None, domain: Domain) -> DialogueStateTracker:
    """Make a tracker of a state; a new one where there is none, or where it is not one of ours."""
    tracker = DialogueStateTracker(sender, domain.slots)
    if not state:
        return tracker
    try:
        if state["version"] != VERSION:
            raise ValueError(f"version {state['version']}")
        for data in state["events"]:
            event = _event_types()[data["event"]]._from_parameters(data)
            if _still_known(event, domain):
                tracker.update(event, domain)
    except Exception as error:  # the state crossed a version, or a hand; a fresh start is safe
        logger.warning("A dialogue state could not be read (%s); starting anew.", error)
        return DialogueStateTracker(sender, domain.slots)
    return tracker


@lru_cache(maxsize=1)
def _event_types() -> dict[str, type[Event]]:
    """Give Rasa's events by name; it would search for the class anew with each event."""
    return {kind.type_name: kind for kind in all_subclasses(Event)}


def _still_known(event: Event, domain: Domain) -> bool:
    """Whether the model has the slot or form that an event of an older one speaks of."""
    if isinstance(event, SlotSet):
        return any(slot.name == event.key for slot in domain.slots)
    if isinstance(event, ActiveLoop):
        return event.name is None or event.name in domain.form_names
    return True


def state_of(tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    """Give a tracker as JSON: the last turns in full, what came before as slots and active form."""
    events = [event for event in tracker.events if not isinstance(event, BotUttered)]
    cut = _cut(events)
    kept = _summary(tracker.sender_id, events[:cut], domain) + events[cut:]
    latest = tracker.latest_message
    return {
        "version": VERSION,
        "events": [_compact(event, RANKING_KEPT if event is latest else 1) for event in kept],
    }


def _cut(events: Sequence[Event]) -> int:
    """Give the index of the listening before the oldest turn that is kept."""
    listens = [
        index
        for index, event in enumerate(events[:-1])
        if isinstance(event, ActionExecuted)
        and event.action_name == ACTION_LISTEN_NAME
        and isinstance(events[index + 1], UserUttered)
    ]
    return listens[-TURNS_KEPT] if len(listens) > TURNS_KEPT else 0


def _summary(sender: str, events: Sequence[Event], domain: Domain) -> list[Event]:
    if not events:
        return []
    before = DialogueStateTracker(sender, domain.slots)
    for event in events:
        before.update(event, domain)
    summary: list[Event] = [
        SlotSet(name, slot.value) for name, slot in before.slots.items() if slot.value != slot.initial_value
    ]
    if before.active_loop_name:
        summary.append(ActiveLoop(before.active_loop_name))
        if before.active_loop and before.active_loop.is_interrupted:
            summary.append(LoopInterrupted(True))
    return summary


def _compact(event: Event, ranked: int) -> dict[str, Any]:
    """Give an event's JSON without what Rasa puts back by itself, and with the best ``ranked`` intents."""
    data = {name: value for name, value in event.as_dict().items() if value is not None}
    metadata = {k: v for k, v in (data.pop("metadata", None) or {}).items() if k not in _OF_THE_TURN}
    if metadata:
        data["metadata"] = metadata
    parse = data.get("parse_data")
    if parse is not None:
        kept = {name: parse[name] for name in _PARSE_KEPT if name in parse}
        data["parse_data"] = {**kept, "intent_ranking": parse.get("intent_ranking", [])[:ranked]}
    return data
