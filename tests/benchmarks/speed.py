"""Speed: Dalil through its web channel and Rasa's starter bot through its REST channel, turn about."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import socketio

from bot.training import ENGINE_PYTHON, engine_env
from tests.conftest import ROOT

START_LIMIT = 240.0
Asked = Callable[[str], Awaitable[None]]


def free_port() -> int:
    """Give a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], env: dict[str, str], cwd: Path, ready: str) -> Iterator[float]:
    """Run a server until the end of the block; give the seconds from the command to its readiness."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() - began > START_LIMIT:
                raise SystemExit(f"{' '.join(command)} did not start")
            time.sleep(0.05)
        yield time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def dalil(folder: Path) -> Iterator[tuple[str, float]]:
    """Run Dalil with a store of its own; give its address and the seconds it took to start."""
    shutil.copytree(ROOT / "var" / "index", folder / "var" / "index", dirs_exist_ok=True)
    port = free_port()
    env = {
        **os.environ,
        "DALIL_PORT": str(port),
        "DALIL_ENGINE_PORT": str(free_port()),
        "DALIL_VAR": str(folder / "var"),
        "DALIL_MESSAGES_PER_MINUTE": "600",
        "DALIL_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "bot.cli.main", "run"]
    with running(command, env, ROOT, f"http://127.0.0.1:{port}/readyz") as seconds:
        yield f"http://127.0.0.1:{port}", seconds


@contextmanager
def starter(folder: Path) -> Iterator[tuple[str, float]]:
    """Make and train the project that ``rasa init`` gives, and run it."""
    project = folder / "starter"
    project.mkdir()
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    rasa = [str(ENGINE_PYTHON), "-m", "rasa"]
    env = engine_env({})
    subprocess.run([*rasa, "init", "--no-prompt", "--init-dir", str(project)], env=env, **quiet)
    port = free_port()
    command = [*rasa, "run", "--interface", "127.0.0.1", "--port", str(port)]
    with running(command, env, project, f"http://127.0.0.1:{port}/") as seconds:
        yield f"http://127.0.0.1:{port}", seconds


class WebPatron:
    """A patron on the widget's own protocol."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = socketio.AsyncClient(reconnection=False)
        self._answered = asyncio.Event()
        self._client.on("message", self._message, namespace="/patron")

    async def __aenter__(self) -> WebPatron:
        await self._client.connect(
            self._url,
            namespaces=["/patron"],
            transports=["websocket"],
            auth={"language": "en"},
            headers={"Origin": self._url},
        )
        await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()

    async def ask(self, question: str) -> None:
        """Say something and wait for the first message of the assistant."""
        self._answered.clear()
        said = {"id": str(uuid.uuid4()), "text": question}
        acknowledged = await self._client.call("say", said, namespace="/patron", timeout=30)
        if not acknowledged.get("ok"):
            raise RuntimeError(f"refused: {acknowledged}")
        await asyncio.wait_for(self._answered.wait(), 30)

    async def _message(self, message: dict[str, Any]) -> None:
        if message["speaker"] != "patron":
            self._answered.set()


@asynccontextmanager
async def rest(url: str) -> Any:
    """Give a function that asks Rasa's REST channel."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:

        async def ask(question: str) -> None:
            body = {"sender": uuid.uuid4().hex, "message": question}
            (await client.post("/webhooks/rest/webhook", json=body)).raise_for_status()

        yield ask


async def side_by_side(url: str, other: str, questions: list[str]) -> dict[str, Any]:
    """Ask both the same questions, turn about; then many at once. Times in ms, rates in turns a second."""
    ours, theirs = [], []
    async with rest(other) as ask_other:
        for number, question in enumerate(questions):
            async with WebPatron(url) as patron:
                if number < 5:  # both warm up
                    await patron.ask(question)
                    await ask_other(question)
                    continue
                ours.append(await _timed(patron.ask, question))
                theirs.append(await _timed(ask_other, question))
        rate_ours = await _rate_web(url, questions)
        rate_theirs = await _rate([ask_other] * 8, questions)
    return {
        "dalil, web channel": {**_summary(ours), "turns_per_second": round(rate_ours, 1)},
        "rasa init, REST channel": {**_summary(theirs), "turns_per_second": round(rate_theirs, 1)},
        "ratio of p50": round(statistics.median(theirs) / statistics.median(ours), 2),
    }


async def _timed(ask: Asked, question: str) -> float:
    began = time.perf_counter()
    await ask(question)
    return (time.perf_counter() - began) * 1000


async def _rate_web(url: str, questions: list[str]) -> float:
    patrons = [WebPatron(url) for _ in range(8)]
    for patron in patrons:
        await patron.__aenter__()
    rate = await _rate([patron.ask for patron in patrons], questions)
    for patron in patrons:
        await patron.__aexit__()
    return rate


async def _rate(asks: list[Asked], questions: list[str]) -> float:
    async def work(ask: Asked, mine: list[str]) -> None:
        for question in mine:
            await ask(question)

    began = time.perf_counter()
    await asyncio.gather(*(work(ask, questions[i :: len(asks)]) for i, ask in enumerate(asks)))
    return len(questions) / (time.perf_counter() - began)


def _summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def memory_mb(url: str) -> float:
    """Give the resident memory (MB, shared pages counted by share) of the processes that serve a port."""
    root = int(url.rsplit(":", 1)[1])
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    parents = {int(line.split()[0]): int(line.split()[1]) for line in listed}
    serving = {pid for pid in parents if _listens(pid, root)}
    family = {parents[pid] for pid in serving} | serving
    family |= {pid for pid, parent in parents.items() if parent in family}
    return round(sum(_pss(pid) for pid in family) / 1024, 0)


def _listens(pid: int, port: int) -> bool:
    try:
        inodes = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(
        int(line.split()[1].split(":")[1], 16) == port
        and line.split()[3] == "0A"
        and f"socket:[{line.split()[9]}]" in inodes
        for line in lines
    )


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
