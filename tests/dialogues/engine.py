"""The real engine and the real actions, without the rest of the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from actions.server import actions_router
from actions.topics import Topics
from bot.knowledge import TOPICS
from bot.settings import ROOT, Settings
from bot.supervisor import dying_with_parent
from bot.training import engine_command
from knowledge_base.engine.base import KnowledgeBase

SECRET = "a-secret-for-tests"
START_LIMIT = 120.0  # seconds


class TestClock:
    """Says the time that a conversation is set to."""

    __test__ = False  # not a test class, whatever its name begins with

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_settings(var: Path) -> Settings:
    """Settings on free ports, whatever the environment says."""
    free = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in free]
    for one in free:
        one.close()
    return Settings.model_validate(
        {
            "var": var,
            "models": os.environ.get("DALIL_MODELS", "models"),
            "port": ports[0],
            "engine_port": ports[1],
            "public_url": "https://library.marsad.example",
        }
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


@contextmanager
def serving_actions(settings: Settings, knowledge: KnowledgeBase, clock: TestClock) -> Iterator[None]:
    """Serve the actions in a thread, as the gateway does, until the block ends."""
    app = FastAPI()
    app.include_router(actions_router(knowledge, SECRET, Topics.load(TOPICS), clock))
    config = uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    _wait(lambda: server.started, "the actions did not start")
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def running_engine(settings: Settings, model: Path, log: Path) -> Iterator[None]:
    """Run the engine's process with a model until the block ends; ``log`` takes what it says."""
    argv, env = engine_command(settings, SECRET)
    with_model = [*argv]
    with_model[with_model.index("--model") + 1] = str(model)
    with log.open("wb") as out:
        process = subprocess.Popen(
            with_model, cwd=ROOT, env=dict(env), stdout=out, stderr=out, preexec_fn=dying_with_parent()
        )
    try:
        _wait(lambda: process.poll() is not None or _answers(settings), "the engine did not start")
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(settings: Settings) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(settings.engine_url(), timeout=2, trust_env=False).status_code == 200
    return False


def _wait(ready: Callable[[], bool], reason: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(reason)
        time.sleep(0.05)
