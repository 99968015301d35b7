"""Looking at processes from the outside, through /proc."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

PROC = Path("/proc")


def free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on just now, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def _stat(pid: int) -> list[str] | None:
    """Give the fields of a process's stat from its state on; None where it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in "ZX"


def children(pid: int) -> list[int]:
    """Give the processes that a process started and that still run."""
    found = []
    for entry in PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields and fields[0] not in "ZX" and int(fields[1]) == pid:
            found.append(int(entry.name))
    return found


def descendants(pid: int) -> list[int]:
    """Give the processes that a process started, and those that they started."""
    below = children(pid)
    return below + [deeper for child in below for deeper in descendants(child)]


def command(pid: int) -> str:
    """Give a process's command line, empty where it is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def kill(pid: int, which: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, which)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait until something holds; fail with ``what`` where it never does."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not so: {what}")
        time.sleep(0.05)


def wait_gone(pids: Iterable[int], seconds: float = 20.0) -> None:
    """Wait until none of these processes runs; fail with those that do."""
    left = list(pids)
    with suppress(AssertionError):
        wait_until(lambda: not any(alive(pid) for pid in left), "gone", seconds)
    still = {pid: command(pid) for pid in left if alive(pid)}
    assert not still, f"these still run: {still}"
