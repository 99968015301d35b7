"""One engine for all dialogue tests: the trained model, the actions and the knowledge base as they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from bot.knowledge import open_knowledge
from bot.settings import Settings, load_settings
from bot.training import ENGINE_PYTHON, train_if_needed
from knowledge_base.engine.base import KnowledgeBase
from tests.dialogues.engine import TestClock, running_engine, serving_actions, test_settings


@dataclass(frozen=True)
class RunningEngine:
    """What a dialogue test talks to."""

    settings: Settings
    knowledge: KnowledgeBase
    clock: TestClock


@pytest.fixture(scope="session")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    """The engine on a free port. Trains and indexes what has changed since the last run of the tests."""
    if not ENGINE_PYTHON.exists():
        pytest.skip("the engine's environment .venv-rasa is not there; run: make setup")
    cache = getattr(request.config, "cache", None)
    kept: Path = cache.mkdir("dalil-var") if cache else tmp_path_factory.mktemp("dalil-var")
    settings = test_settings(kept)
    built = load_settings().var / "index"
    if built.is_dir():  # vectors that are there already need not be made twice
        shutil.copytree(built, kept / "index", dirs_exist_ok=True)
    model = train_if_needed(settings, Console(stderr=True))
    log = tmp_path_factory.mktemp("engine") / "output.txt"
    clock = TestClock()
    knowledge = open_knowledge(settings)
    with serving_actions(settings, knowledge, clock), running_engine(settings, model, log):
        yield RunningEngine(settings, knowledge, clock)
