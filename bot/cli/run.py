"""``dalil run``, ``serve`` and ``train``: starting things."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import httpx
import typer

from bot.accounts import hash_password
from bot.cli.common import console, fail, plain_errors, settings
from bot.clock import utc_now
from bot.errors import SettingsError
from bot.model import Librarian, LibrarianId, Role
from bot.secret_keys import SecretKeys, secret_keys
from bot.settings import ROOT, Settings
from bot.store.store import Store
from bot.supervisor import MOST_ENDS, Child, Supervisor
from bot.training import engine_command, train_if_needed

FIRST_SIGN_IN = "first-sign-in.txt"
START_LIMIT = 180.0  # seconds in which nothing is seen to go on; an index takes what it takes


GiveUp = Annotated[
    int,
    typer.Option(min=0, help="End the run when a process ends this often within a minute; 0: never."),
]


def run(give_up: GiveUp = MOST_ENDS) -> None:
    """Train what changed, start everything, and keep it running until Ctrl-C."""
    found = settings()
    began = time.monotonic()
    with plain_errors():
        if not found.knowledge_base.is_dir():
            raise SettingsError(f"DALIL_KNOWLEDGE_BASE: there is no folder {found.knowledge_base}")
        require_free_ports(found)
        keys = secret_keys(found)
        train_if_needed(found, console)
        first_sign_in(found)
    supervisor = Supervisor(children(found, keys), _say, give_up)
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, supervisor.end)
    supervisor.start()
    reason = None
    try:
        with console.status("Starting …"):
            patience = _Patience(found.var / "index")
            reason = supervisor.watch(until=lambda: _ready(found) or patience.is_over())
        if reason is None and supervisor.running():
            if not _ready(found):
                reason = (
                    f"not ready, and nothing seen to go on for {START_LIMIT:.0f} s. What was done so far is "
                    "kept: run it again, or build the index by itself: dalil kb build"
                )
            else:
                _greet(found, time.monotonic() - began)
                reason = supervisor.watch()
    finally:
        console.print("Stopping …")
        supervisor.stop()
    if reason:
        fail(reason)


class _Patience:
    """Waits as long as an index is seen to grow: on a slow machine the first one takes its time."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._seen = self._written()
        self._since = time.monotonic()

    def is_over(self) -> bool:
        """Whether nothing has gone on for too long."""
        written = self._written()
        if written != self._seen:
            self._seen, self._since = written, time.monotonic()
        return time.monotonic() - self._since > START_LIMIT

    def _written(self) -> float:
        times = [0.0]
        for file in self._index.glob("*.npz"):
            with suppress(OSError):  # replaced in this moment
                times.append(file.stat().st_mtime)
        return max(times)


def serve() -> None:
    """Start the gateway alone (the engine runs elsewhere)."""
    found = settings()
    from bot.serve import serve as serve_gateway  # imports torch; not wanted by the other commands

    with plain_errors():
        serve_gateway(found)


def train(force: Annotated[bool, typer.Option(help="Train even if nothing changed.")] = False) -> None:
    """Train the engine's model, if its inputs changed."""
    found = settings()
    with plain_errors():
        train_if_needed(found, console, force=force)


def children(found: Settings, keys: SecretKeys) -> list[Child]:
    """Give the two processes: the engine and the gateway."""
    engine_argv, engine_env = engine_command(found, keys.action_secret)
    gateway = [sys.executable, "-m", "bot.cli.main", "serve"]
    return [
        Child("the engine", engine_argv, engine_env),
        Child("the gateway", gateway, {**os.environ, "PYTHONPATH": str(ROOT)}),
    ]


def require_free_ports(found: Settings) -> None:
    """Raise SettingsError where something listens already; our own start would look like its success."""
    ours, engines = (found.host, found.port), ("127.0.0.1", found.engine_port)
    for name, (host, port) in (("PORT", ours), ("ENGINE_PORT", engines)):
        try:
            family, kind, _, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            why = error.strerror or str(error)
            raise SettingsError(f"DALIL_{name}: nothing can listen on {host}:{port} ({why})") from error


def first_sign_in(found: Settings) -> None:
    """Make an account on the very first run, so that a newcomer can sign in to the desk."""
    store = Store.open(found.database())
    try:
        if store.librarians.every():
            return
        email, password = "librarian@library.example", secrets.token_urlsafe(12)
        path = found.var / FIRST_SIGN_IN
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{email}\n{password}\n")  # first: an account whose password nobody has is no use
        person = Librarian(LibrarianId("first-librarian"), "Layla Haddad", email, role=Role.ADMIN)
        store.librarians.add(person, hash_password(password), utc_now())
    finally:
        store.close()


def _ready(found: Settings) -> bool:
    try:
        return httpx.get(_local(found, "/readyz"), timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _local(found: Settings, path: str) -> str:
    host = "127.0.0.1" if found.host in ("0.0.0.0", "::") else found.host
    return f"http://{host}:{found.port}{path}"


def _greet(found: Settings, seconds: float) -> None:
    console.print(f"\nDalil is running ({seconds:.0f} s).\n", style="bold green")
    _say(f"  For patrons      {found.url()}/")
    _say(f"  For librarians   {found.url()}/desk")
    path = found.var / FIRST_SIGN_IN
    if path.exists():
        email, password = path.read_text().split()
        _say(f"                   sign in as {email} with {password}")
        _say(
            f"                   (made on the first run; kept in {_short(path)}; more accounts: "
            "dalil librarian add)"
        )
    else:
        _say("                   accounts: dalil librarian list, dalil librarian add")
    console.print("\n  Ctrl-C stops everything.\n")


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _short(path: os.PathLike[str]) -> str:
    text = os.fspath(path)
    return os.path.relpath(text, ROOT) if text.startswith(str(ROOT)) else text
