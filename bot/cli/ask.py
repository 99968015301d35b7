"""``dalil ask``: one question through the whole way, as a patron would ask it."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx
import typer

from bot.cli.common import JsonOption, console, fail, plain_errors, print_json, settings
from bot.secret_keys import secret_keys
from bot.settings import Settings
from bot.supervisor import Supervisor

START_LIMIT = 180.0  # seconds


def ask(
    question: Annotated[str, typer.Argument(help="What a patron might ask, in English or Arabic.")],
    as_json: bool = JsonOption,
) -> None:
    """Ask one question and show the answer with its sources.

    Uses the running Dalil; where none runs, one is started for this question.
    """
    found = settings()
    with plain_errors(), _running(found) as (url, key):
        messages = _asked(url, key, question)
    if as_json:
        print_json(messages)
        return
    for message in messages:
        print(message.get("text", ""))
        for source in (message.get("custom") or {}).get("citations", []):
            print(f"    {source['title']}: {source['url']}")
        for button in message.get("buttons", []):
            print(f"    [{button['title']}]")


def _asked(url: str, key: str, question: str) -> list[dict[str, Any]]:
    try:
        answer = httpx.post(
            f"{url}/webhooks/rest/webhook",
            json={"sender": f"ask-{uuid.uuid4().hex}", "message": question},
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        fail(f"the gateway did not answer: {error}")
    if answer.status_code != 200:
        fail(f"the gateway answered {answer.status_code}: {answer.text[:300]}")
    listed: list[dict[str, Any]] = answer.json()
    return listed


@contextmanager
def _running(found: Settings) -> Iterator[tuple[str, str]]:
    """Give the address and key of a gateway that answers: the running one, or one for the moment."""
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
            with console.status("Starting Dalil for this question …"):
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
