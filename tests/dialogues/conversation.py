"""Conversations written down as YAML, and playing them. ``conversations/README.md`` has the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.dialogue import Dialogue, Reply, Utterance
from bot.model import Choice, Content, ConversationId, Json, Language, Packet

ZONE = ZoneInfo("Asia/Amman")
_TURN = {"patron", "presses", "says", "not", "cites", "choices", "handoff", "rateable"}


@dataclass(frozen=True)
class Turn:
    """One thing the patron does, and what has to come back."""

    patron: str | None = None  # typed
    presses: str | None = None  # the title of a choice that was offered
    says: Sequence[str] = ()
    says_not: Sequence[str] = ()
    cites: Sequence[str] = ()
    choices: Sequence[str] = ()
    handoff: Json | None = None
    rateable: bool | None = None


@dataclass(frozen=True)
class Conversation:
    """A whole conversation in one language at one time."""

    name: str
    language: Language
    now: datetime
    turns: Sequence[Turn]


def read(path: Path) -> Conversation:
    """Read a file. Raises ValueError where it has a word that means nothing."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    now = datetime.fromisoformat(str(data.get("now", "2026-11-23T10:00"))).replace(tzinfo=ZONE)
    return Conversation(
        data["conversation"], Language(data["language"]), now, [_turn(t, path) for t in data["turns"]]
    )


def _turn(data: dict[str, Any], path: Path) -> Turn:
    unknown = set(data) - _TURN
    if unknown:
        raise ValueError(f"{path.name}: {', '.join(sorted(unknown))}")
    return Turn(
        data.get("patron"),
        data.get("presses"),
        _list(data.get("says")),
        _list(data.get("not")),
        _list(data.get("cites")),
        _list(data.get("choices")),
        data.get("handoff"),
        data.get("rateable"),
    )


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]


@dataclass
class Player:
    """Plays one conversation against the engine, as the gateway would."""

    dialogue: Dialogue
    language: Language
    id: ConversationId
    state: Json | None = None
    offered: list[Choice] = field(default_factory=list)

    async def take(self, turn: Turn) -> Reply:
        """Say or press what the turn says; choices of every earlier message can still be pressed."""
        payload = self._payload(turn.presses) if turn.presses else None
        said = Utterance(None if payload else turn.patron, payload, self.language)
        reply = await self.dialogue.ask(self.id, said, self.state)
        self.state = None if reply.handoff else reply.dialogue  # the gateway forgets it at a handoff
        for content in reply.contents:
            self.offered += content.choices
        return reply

    def _payload(self, title: str) -> str:
        found = [choice.payload for choice in self.offered if choice.title == title]
        assert found, f"no choice “{title}” was offered, only: {[c.title for c in self.offered]}"
        return found[-1]


def differences(turn: Turn, reply: Reply) -> list[str]:
    """Say what of a turn's expectations does not hold."""
    text = "\n".join(content.text for content in reply.contents)
    titles = [choice.title for content in reply.contents for choice in content.choices]
    cited = [_cited(content) for content in reply.contents]
    wrong = [f"does not say “{part}”" for part in turn.says if part not in text]
    wrong += [f"says “{part}”" for part in turn.says_not if part in text]
    wrong += [f"does not cite “{part}”" for part in turn.cites if part not in " ".join(cited)]
    wrong += [f"does not offer “{title}”" for title in turn.choices if title not in titles]
    if turn.rateable is not None and turn.rateable != any(c.rateable for c in reply.contents):
        wrong.append("rateable" if not turn.rateable else "not rateable")
    return wrong + _handoff(turn.handoff, reply.handoff)


def _cited(content: Content) -> str:
    return " ".join(f"{c.title} {c.section or ''} {c.reviewed or ''} {c.url}" for c in content.citations)


def _handoff(expected: Json | None, packet: Packet | None) -> list[str]:
    if expected is None:
        return ["calls a person"] if packet else []
    if packet is None:
        return ["calls no person"]
    wrong = []
    for name, value in expected.items():
        found: Any = getattr(packet, name)
        if name == "summary":
            missing = [pair for pair in value.items() if pair not in {tuple(p) for p in found}]
            wrong += [f"the packet's summary lacks {pair}: {found}" for pair in missing]
        elif name == "tried":
            wrong += [f"the packet's tried lacks “{v}”: {found}" for v in value if v not in " ".join(found)]
        elif found != value:
            wrong.append(f"the packet's {name} is {found!r}, not {value!r}")
    return wrong
