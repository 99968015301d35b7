"""Keeping processes alive, with real processes."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from bot.supervisor import MOST_ENDS, Child, Supervisor


def child(code: str) -> Child:
    return Child("the child", [sys.executable, "-c", code], dict(os.environ))


def wait_until(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    sleeper = child("import time; time.sleep(600)")
    supervisor = Supervisor([sleeper], said.append)
    supervisor.start()
    try:
        first = sleeper.process.pid
        os.kill(first, signal.SIGKILL)
        assert supervisor.watch(until=lambda: bool(sleeper.process) and sleeper.process.pid != first) is None
        assert "SIGKILL" in said[0]
    finally:
        supervisor.stop()
    assert sleeper.process.poll() is not None


def test_a_child_that_cannot_live_ends_the_run_with_a_reason() -> None:
    supervisor = Supervisor([child("raise SystemExit(3)")], lambda text: None)
    supervisor.start()
    reason = supervisor.watch()
    supervisor.stop()
    assert reason == f"the child ended {MOST_ENDS} times within a minute (last: with status 3)"


def test_a_child_that_does_not_listen_is_ended_by_force(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("bot.supervisor.GRACE", 0.3)
    ready = tmp_path / "ready"
    deaf = child(
        "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )
    said: list[str] = []
    supervisor = Supervisor([deaf], said.append)
    supervisor.start()
    wait_until(ready.exists)
    supervisor.stop()
    assert deaf.process.poll() == -signal.SIGKILL
    assert "force" in said[-1]
