"""Dalil as ``dalil run`` starts it: real processes on free ports, with a folder of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from bot.store.store import Store
from bot.supervisor import dying_with_parent
from bot.training import ENGINE_PYTHON
from tests.conftest import ROOT
from tests.system import processes

START_LIMIT = 150.0  # seconds; a busy machine with two cores takes its time
END_LIMIT = 30.0


def environment(var: Path, ports: tuple[int, int], **settings: object) -> dict[str, str]:
    """Give the environment of a Dalil that keeps everything in ``var``, whatever ours says."""
    port, engine_port = ports
    outer = {name: value for name, value in os.environ.items() if not name.startswith("DALIL_")}
    ours = {
        "host": "127.0.0.1",
        "port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "engine_port": engine_port,
        "var": var,
        "database_url": f"sqlite:///{var}/dalil.sqlite",
        "messages_per_minute": 600,
        "log_level": "INFO",
        "log_format": "console",
        "models": os.environ.get("DALIL_MODELS", "models"),
        **settings,
    }
    named = {f"DALIL_{name.upper()}": str(value) for name, value in ours.items()}
    return {**outer, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **named}


def dalil(
    env: Mapping[str, str], *arguments: str, given: str | None = None, seconds: float = 240.0
) -> subprocess.CompletedProcess[str]:
    """Run one command of the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli.main", *arguments],
        cwd=ROOT,
        env=dict(env),
        input=given,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        preexec_fn=dying_with_parent(),
    )


class System:
    """One ``dalil run``. Whatever was started is gone after ``stop``."""

    def __init__(self, folder: Path, index: Path | None = None, **settings: object) -> None:
        """Keep everything in ``folder``; ``index`` is a search index to begin with."""
        self.var = folder / "var"
        self.var.mkdir(parents=True)
        if index is not None:
            shutil.copytree(index, self.var / "index")
        self.port, self.engine_port = processes.free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.engine_url = f"http://127.0.0.1:{self.engine_port}"
        self.env = environment(self.var, (self.port, self.engine_port), **settings)
        self._log = folder / "output.txt"
        self._seen: set[int] = set()
        self.process: subprocess.Popen[bytes] | None = None

    def dalil(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run another command with the same settings."""
        return dalil(self.env, *arguments, given=given)

    def start(self, *options: str) -> None:
        """Start ``dalil run``; it is not ready yet."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli.main", "run", *options],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(),
            )

    def wait_ready(self, seconds: float = START_LIMIT) -> None:
        """Wait until patrons are answered; fail with the output where that does not come."""
        try:
            processes.wait_until(lambda: self.ended() or self.ready(), "ready", seconds)
            assert not self.ended(), "dalil run has ended"
        except AssertionError as error:
            raise AssertionError(f"{error}; the output:\n{self.output()[-6000:]}") from None

    def ready(self) -> bool:
        """Whether the gateway says that all of it works."""
        return self._answers(f"{self.url}/readyz")

    def gateway_answers(self) -> bool:
        """Whether the gateway serves at all."""
        return self._answers(f"{self.url}/healthz")

    def engine_answers(self) -> bool:
        """Whether the engine serves at all."""
        return self._answers(f"{self.engine_url}/")

    def ended(self) -> bool:
        """Whether ``dalil run`` itself has ended, or was never started."""
        return self.process is None or self.process.poll() is not None

    def pids(self) -> dict[str, int]:
        """Give the process ids of "engine" and "gateway", as far as they run now."""
        if self.process is None:
            return {}
        found = {}
        for pid in processes.children(self.process.pid):
            self._seen.add(pid)
            line = processes.command(pid)
            if " serve" in line:
                found["gateway"] = pid
            elif line.startswith(str(ENGINE_PYTHON)):
                found["engine"] = pid
        return found

    def wait_pids(self) -> dict[str, int]:
        """Wait until both processes run, and give their ids."""
        processes.wait_until(lambda: len(self.pids()) == 2, "both processes run")
        return self.pids()

    def interrupt(self) -> int:
        """Press Ctrl-C, as a terminal does, and give the exit status."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(END_LIMIT)

    def stop(self) -> None:
        """End everything: kindly, then by force. Fails where something had to be forced or was left."""
        if self.process is None:
            return
        below = set(processes.descendants(self.process.pid)) | self._seen
        forced = False
        if self.process.poll() is None:
            for pid in below:
                processes.kill(pid, signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_LIMIT)
            except subprocess.TimeoutExpired:
                forced = True
                self.process.kill()
                self.process.wait()
        left = [pid for pid in below if processes.alive(pid) and self._ours(pid)]
        with suppress(AssertionError):
            processes.wait_gone(left, 5)
        left = [pid for pid in left if processes.alive(pid)]
        for pid in left:
            processes.kill(pid)
        assert not forced, f"dalil run did not end by itself; the output:\n{self.output()[-4000:]}"
        assert not left, f"{len(left)} processes were left behind"

    def output(self) -> str:
        """Give all that was printed and logged so far, by all processes."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    def rest_key(self) -> str:
        """Give the key of the REST channel, from the file of the first run."""
        return self.secrets()["DALIL_REST_API_KEY"]

    def secrets(self) -> dict[str, str]:
        """Give what the first run made."""
        lines = (self.var / "secrets.env").read_text().split()
        return dict(line.split("=", 1) for line in lines)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the store, beside whoever else has it open."""
        opened = Store.open(self.env["DALIL_DATABASE_URL"])
        try:
            yield opened
        finally:
            opened.close()

    def add_librarian(self, id_: str, name: str, password: str) -> str:
        """Make an account by the command line; gives the e-mail address."""
        email = f"{id_}@library.example"
        done = self.dalil(
            "librarian",
            "add",
            id_,
            "--email",
            email,
            "--name",
            name,
            "--password-stdin",
            given=f"{password}\n",
        )
        assert done.returncode == 0, done.stderr
        return email

    def _ours(self, pid: int) -> bool:
        """Whether a process is one of this system's still: numbers are used again."""
        try:
            environ = (processes.PROC / str(pid) / "environ").read_bytes()
        except OSError:
            return False
        return f"DALIL_VAR={self.var}".encode() in environ

    @staticmethod
    def _answers(url: str) -> bool:
        try:
            return httpx.get(url, timeout=3, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def running(system: System, *options: str) -> Iterator[System]:
    """Start it, wait until it is ready, and end it whatever happens."""
    try:
        system.start(*options)
        system.wait_ready()
        yield system
    finally:
        system.stop()
