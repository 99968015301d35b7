"""Asking a running Dalil through its REST channel, one conversation a question."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from bot.cli.common import fail

TURN_LIMIT = 60.0  # seconds
TRIES = 20  # of a question that came too fast
_HOOK, _MESSAGES = "/webhooks/rest/webhook", "/webhooks/rest/messages"


@dataclass(frozen=True, slots=True)
class Turn:
    """The REST channel's messages for one question, and the seconds it took; none: nothing was said."""

    messages: list[dict[str, Any]]
    seconds: float


class RestClient:
    """Asks with a key. Whatever is asked is forgotten by the gateway right afterwards."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    @classmethod
    @contextmanager
    def open(cls, url: str, key: str) -> Iterator[RestClient]:
        """Open a connection to the gateway at ``url``; it is not reached before the first question."""
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=url, headers=headers, timeout=TURN_LIMIT, trust_env=False) as http:
            yield cls(http)

    def ask(self, question: str) -> Turn:
        """Ask in a conversation of its own. A turn that fails or is not over in time is an empty one.

        Ends the command where the gateway is not there or does not take the key or the question.
        """
        sender = f"ask-{uuid.uuid4().hex}"
        try:
            return self._turn(sender, question)
        except httpx.TimeoutException:
            return Turn([], TURN_LIMIT)
        except httpx.HTTPError as error:
            fail(f"the gateway did not answer: {error}")
        finally:
            self._forget(sender)

    def _turn(self, sender: str, question: str) -> Turn:
        body = {"sender": sender, "message": question}
        for _ in range(TRIES):
            began = time.perf_counter()
            answer = self._http.post(_HOOK, json=body)
            seconds = time.perf_counter() - began
            if answer.status_code != 429:
                break
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        if 400 <= answer.status_code < 500:
            fail(f"the gateway refused “{question[:60]}”: {answer.status_code} {answer.text[:300]}")
        return Turn(answer.json() if answer.status_code == 200 else [], seconds)

    def _forget(self, sender: str) -> None:
        """Leave nothing behind; where that fails, the gateway forgets it when its time is up."""
        try:
            self._http.delete(_MESSAGES, params={"sender": sender})
        except httpx.HTTPError:
            return
