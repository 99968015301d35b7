"""A patron on the REST channel who writes one message after the other."""

from __future__ import annotations

import hashlib
import json
import uuid
from types import TracebackType

import httpx

from bot.model import Address, Json
from tests.system.system import System


class Rest:
    """One conversation over HTTP."""

    def __init__(self, system: System) -> None:
        self.sender = f"patron-{uuid.uuid4().hex}"
        self.http = httpx.Client(
            base_url=system.url,
            headers={"Authorization": f"Bearer {system.rest_key()}"},
            timeout=40,
            trust_env=False,
        )

    def __enter__(self) -> Rest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def post(self, text: str, **more: object) -> httpx.Response:
        """Send a message; gives whatever comes."""
        asked = {"sender": self.sender, "message": text, **more}
        body = json.dumps(asked)  # in ASCII, so that half characters can be sent too
        return self.http.post("/webhooks/rest/webhook", content=body)

    def address(self) -> Address:
        """Give where its conversation is kept: the store has no sender's own name."""
        return Address("rest", hashlib.sha256(f"default\0{self.sender}".encode()).hexdigest())

    def say(self, text: str) -> list[Json]:
        """Send a message and give its answer; fails where it is not taken or not answered in time."""
        answer = self.post(text)
        assert answer.status_code == 200, answer.text
        messages: list[Json] = answer.json()
        return messages

    def after(self, seq: int = 0) -> list[Json]:
        """Give what was said to this patron after a number."""
        asked: dict[str, str | int] = {"sender": self.sender, "after": seq}
        found: list[Json] = self.http.get("/webhooks/rest/messages", params=asked).json()["messages"]
        return found


def texts(messages: list[Json]) -> str:
    """Give all that was said, as one text."""
    return "\n".join(message["text"] for message in messages)


def apologised(messages: list[Json]) -> bool:
    """Whether the assistant said that something went wrong."""
    return any(message["custom"]["event"] == "apology" for message in messages)
