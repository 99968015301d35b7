"""``dalil run``: both processes together. One that dies is restarted; Ctrl-C ends all of it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_ENDS = 5  # within WINDOW; then something is wrong that a restart does not mend
LONGEST_PAUSE = 3.2  # seconds before a start
WINDOW = 60.0
GRACE = 12.0  # seconds to end by themselves
_PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    ends: deque[float] = field(default_factory=deque)
    start_at: float = 0.0

    def start(self) -> None:
        """Start it in a group of its own: Ctrl-C in the terminal is ours to pass on."""
        self.process = subprocess.Popen(
            list(self.argv), env=dict(self.env), start_new_session=True, preexec_fn=dying_with_parent()
        )

    def ended(self) -> int | None:
        """Give the exit status, once it ended."""
        return self.process.poll() if self.process else None


class Supervisor:
    """Starts children, restarts those that die, and ends them all together."""

    def __init__(self, children: Sequence[Child], say: Say, give_up: int = MOST_ENDS) -> None:
        """``say`` tells whoever started us what happens; ``give_up`` is how many ends of one child
        within a minute are too many (0: it is started again however often it ends).
        """
        self._children = list(children)
        self._say = say
        self._give_up = give_up
        # A plain flag: an Event set by a signal handler can wait for a lock that the waiting loop holds.
        self._ending = False

    def start(self) -> None:
        """Start every child."""
        for child in self._children:
            child.start()

    def end(self, *_: object) -> None:
        """Ask for the end; may be called from a signal handler."""
        self._ending = True

    def running(self) -> bool:
        """Whether nobody asked for the end yet."""
        return not self._ending

    def watch(self, until: Callable[[], bool] = lambda: False) -> str | None:
        """Keep the children alive until the end is asked for, or ``until`` says so.

        Gives the reason where a child cannot be kept alive, else None.
        """
        while not self._ending:
            if until():
                return None
            for child in self._children:
                reason = self._look_after(child)
                if reason:
                    return reason
            time.sleep(0.2)
        return None

    def stop(self) -> None:
        """End every child: kindly first, then by force."""
        for child in self._children:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for child in self._children:
            if child.process:
                try:
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self._say(f"{child.name} did not end by itself; ended by force")
                    _signal(child, signal.SIGKILL)
                    child.process.wait()

    def _look_after(self, child: Child) -> str | None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.start()
            return None
        status = child.ended()
        if status is None:
            return None
        child.process = None
        child.ends.append(now)
        while child.ends and child.ends[0] < now - WINDOW:
            child.ends.popleft()
        if 0 < self._give_up <= len(child.ends):
            return f"{child.name} ended {len(child.ends)} times within a minute (last: {_how(status)})"
        pause = min(LONGEST_PAUSE, 0.2 * 2.0 ** (len(child.ends) - 1))
        self._say(f"{child.name} ended ({_how(status)}); starting it again")
        child.start_at = now + pause
        return None


def _how(status: int) -> str:
    if status < 0:
        return f"by signal {signal.Signals(-status).name}"
    return f"with status {status}"


def _signal(child: Child, which: signal.Signals) -> None:
    if child.process and child.process.poll() is None:
        try:
            os.killpg(child.process.pid, which)
        except ProcessLookupError:
            return


def dying_with_parent() -> Callable[[], None]:
    """Give what a new process calls first, so that on Linux the kernel ends it when we are killed."""
    # Looked up here: a process that has just been forked must not load anything.
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def ask_kernel() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_kernel
