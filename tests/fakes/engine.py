"""A dialogue engine that says what the test tells it to; same face as ``bot.dialogue.Dialogue``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.dialogue import Reply, Utterance
from bot.errors import EngineFailed
from bot.model import Content, ConversationId, Json, Packet

Answer = Callable[[Utterance, Json | None], Reply]


def echo(said: Utterance, dialogue: Json | None) -> Reply:
    """Say back what was said, and count the turns in the dialogue state."""
    count = (dialogue or {}).get("turns", 0) + 1
    return Reply((Content(f"echo: {said.text or said.payload}"),), {"turns": count}, None, "echo")


class FakeEngine:
    """Answers by ``answer``; ``asked`` keeps what it was asked."""

    def __init__(self, answer: Answer = echo) -> None:
        self.answer = answer
        self.asked: list[Utterance] = []
        self.fails = False
        self.delay = 0.0

    async def ask(self, conversation: ConversationId, said: Utterance, dialogue: Json | None) -> Reply:
        self.asked.append(said)
        await asyncio.sleep(self.delay)
        if self.fails:
            raise EngineFailed("told to")
        return self.answer(said, dialogue)

    async def alive(self) -> bool:
        return not self.fails

    async def close(self) -> None:
        return None


def wants_person(said: Utterance, dialogue: Json | None) -> Reply:
    """Ask for a person whatever is said."""
    return Reply((), {"turns": 1}, Packet(said.text or "", "asked"), "human_handoff")
