"""The conversations that must work, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogue import Dialogue
from bot.model import ConversationId
from tests.dialogues.conftest import RunningEngine
from tests.dialogues.conversation import Player, differences, read
from tests.dialogues.engine import SECRET

FOLDER = Path(__file__).with_name("conversations")
FILES = sorted(FOLDER.glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_conversation(path: Path, engine: RunningEngine) -> None:
    conversation = read(path)
    engine.clock.now = conversation.now
    dialogue = Dialogue(engine.settings.engine_url(), SECRET, timeout=20)
    player = Player(dialogue, conversation.language, ConversationId(path.stem))
    try:
        for number, turn in enumerate(conversation.turns, 1):
            reply = await player.take(turn)
            wrong = differences(turn, reply)
            said = "\n".join(content.text for content in reply.contents)
            does = turn.patron or f"[{turn.presses}]"
            assert not wrong, f"turn {number}, “{does}”: {wrong}\nintent {reply.intent}, said:\n{said}"
    finally:
        await dialogue.close()


def test_both_languages_have_the_same_conversations() -> None:
    english = {path.name.removesuffix(".en.yml") for path in FILES if path.name.endswith(".en.yml")}
    arabic = {path.name.removesuffix(".ar.yml") for path in FILES if path.name.endswith(".ar.yml")}
    assert english == arabic and {name[0] for name in english} >= set("123456789")
