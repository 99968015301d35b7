"""Two questions, two answers: the parts of a message, each taken as if it had been written alone.

A division is believed only where every part is understood by itself as another matter of the library's, and
every part is then answered; else the turn is dropped and the whole message is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.shared.utils.io import read_yaml_file

from bot.components.scene import Scene, plain
from bot.intents.model import topic_of
from bot.parts import Question, questions_in

SURE = 0.5  # the calibrated chance from which a part is believed to be about its topic
TOPICS = Path(__file__).parents[1] / "topics.yml"
_PHRASES = frozenset(["who_are_you"])  # small talk that is asked for
_OUTSIDE = "out_of_scope"
# What does not end with its answer: a person comes, or a form asks. It is taken when all else is answered.
_LAST = frozenset(["human_handoff", "research_consultation", "remote_access"])
_PERSON = "human_handoff"
# Answered from records, each question with its own: two of them are two, though they are of one topic.
_RECORDS = frozenset(["hours", "location_directions", "subject_librarian", "staff_lookup"])
# “I need articles on sleep. Which database is best?” is one matter: the first only leads to the second.
_SURER = 0.8  # asked of such a wish, and of a part that calls a person
_FINDING = frozenset(
    [
        *("find_resource", "databases", "remote_access", "research_consultation", "interlibrary_loan"),
        *("subject_librarian", "newspapers", "citation_help", "special_collections", "digital_collections"),
        *("data_services", "service_howto", "human_handoff"),
    ]
)


@dataclass(frozen=True)
class _Part:
    text: str
    parse: dict[str, Any]
    leads: bool = False

    @property
    def topic(self) -> str:
        return topic_of(self.parse["intent"]["name"] or "")

    @property
    def understood(self) -> bool:
        """Whether the part by itself is clearly about something that can be answered."""
        least = _SURER if self.leads or self.topic == _PERSON else SURE
        sure = float(self.parse["intent"]["confidence"]) >= least and not self.parse.get("strange")
        return sure and self.topic in _answerable()


async def answered_apart(scene: Scene, text: str) -> dict[str, Any] | None:
    """Give the turn in which each question of a text is answered; None where it is taken as one.

    A text that cannot be divided costs a few microseconds here, one that is divided a parse for each part.
    """
    asked = questions_in(text)
    if not asked:
        return None
    parts = await _joined(scene, [await _parsed(scene, one) for one in asked])
    last = [part for part in parts if part.topic in _LAST]
    if len(parts) < 2 or len(last) > 1 or not all(part.understood for part in parts) or _led_to(parts):
        return None
    ordered = [*(part for part in parts if part not in last), *last]
    heard = [scene.heard(part.text, part.parse, whole=text) for part in ordered]
    tracker = await scene.tracker()
    turn = await scene.say(tracker, heard)
    return turn if _answers_all(turn, len(ordered), tracker.active_loop_name is not None) else None


def _led_to(parts: list[_Part]) -> bool:
    """Whether the first part is the background of the second."""
    return parts[0].leads and {parts[0].topic, parts[1].topic} <= _FINDING


async def _parsed(scene: Scene, asked: Question) -> _Part:
    text = plain(asked.text)
    return _Part(text, await scene.parsed(text), asked.leads)


async def _joined(scene: Scene, parts: list[_Part]) -> list[_Part]:
    """Put neighbours of one topic together again: the second only says more about the first."""
    found: list[_Part] = []
    for part in parts:
        if found and found[-1].topic == part.topic and part.topic not in _RECORDS:
            found[-1] = await _parsed(scene, Question(f"{found[-1].text} {part.text}", part.leads))
        else:
            found.append(part)
    return found


def _answers_all(turn: dict[str, Any], parts: int, asks_on: bool) -> bool:
    """Whether a turn answers each of its parts, and no two alike; ``asks_on``: a form began with the last."""
    said = [message for message in turn["messages"] if message.get("text")]
    answers = [m["text"] for m in said if m.get("kind") != "question" and m.get("topic") != _OUTSIDE]
    to_come = asks_on or any(message.get("handoff") for message in turn["messages"])
    return len(set(answers)) == len(answers) and len(answers) + to_come >= parts


@lru_cache(maxsize=1)
def _answerable() -> frozenset[str]:
    """Give the topics that a part of a message may be about: the library's own."""
    topics = read_yaml_file(str(TOPICS))["topics"]
    library = (name for name, about in topics.items() if not about.get("kind") and name != _OUTSIDE)
    return frozenset(library) | _PHRASES
