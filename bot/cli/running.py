"""A Dalil to ask: the one that runs, or one that is started for the length of a command."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bot.cli.common import console, fail
from bot.secret_keys import secret_keys
from bot.settings import Settings
from bot.supervisor import Supervisor

START_LIMIT = 180.0  # seconds


@contextmanager
def running(found: Settings, why: str) -> Iterator[tuple[str, str]]:
    """Give the address and key of a gateway that answers: the running one, or one for the moment.

    ``why`` completes "Starting Dalil …". The one for the moment keeps its conversations in a folder that
    is gone afterwards. Ends the command where it does not start.
    """
    url = f"http://127.0.0.1:{found.port}"
    if _ready(url):
        yield url, secret_keys(found).rest_api_key
        return
    from bot.cli.run import children, require_free_ports
    from bot.training import train_if_needed

    require_free_ports(found)
    with tempfile.TemporaryDirectory(prefix="dalil-ask-") as var:
        alone = found.model_copy(update={"database_url": f"sqlite:///{var}/ask.sqlite"})
        keys = secret_keys(alone)
        train_if_needed(alone, console)
        os.environ["DALIL_DATABASE_URL"] = alone.database()
        os.environ["DALIL_LOG_LEVEL"] = "ERROR"
        supervisor = Supervisor(children(alone, keys), lambda text: console.print(text, markup=False))
        try:
            with console.status(f"Starting Dalil {why} …"):
                supervisor.start()
                deadline = time.monotonic() + START_LIMIT
                reason = supervisor.watch(until=lambda: _ready(url) or time.monotonic() > deadline)
            if reason or not _ready(url):
                fail(reason or "Dalil did not start")
            yield url, keys.rest_api_key
        finally:
            supervisor.stop()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
