"""Patrons and a librarian who go on while processes are killed: they say everything again until it is taken.

Each remembers what was acknowledged and what it saw, as a page or another system would.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import socketio  # type: ignore[import-untyped]
from socketio.exceptions import SocketIOError  # type: ignore[import-untyped]

from bot.model import Address, Json
from channels.web.connections import address_of
from tests.system.system import System

AGAIN = 0.15  # seconds before something is tried again
PATIENCE = 120.0  # seconds for one thing to succeed, whatever is killed meanwhile


class LineBroken(Exception):
    """The connection ended while an answer was awaited."""


BROKEN = (LineBroken, SocketIOError, TimeoutError, OSError)


@dataclass
class Traffic:
    """What is under way just now, and how much has been killed."""

    rng: random.Random
    in_flight: int = 0
    kills: int = 0
    over: bool = False

    @contextmanager
    def flight(self) -> Iterator[None]:
        """Count one request while it is under way."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def pause(self, shortest: float, longest: float) -> None:
        """Do what a person does between two messages."""
        await asyncio.sleep(self.rng.uniform(shortest, longest))


@dataclass
class Said:
    """One acknowledged message of a patron."""

    id: str
    text: str
    seq: int


async def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"after {seconds:.0f} s still not so: {what}") from None


class RestPatron:
    """Waits for each answer before the next message."""

    def __init__(self, system: System, traffic: Traffic) -> None:
        self.sender = f"rest-{uuid.uuid4().hex[:12]}"
        self.said: list[Said] = []
        self.answers: list[list[Json]] = []
        self._traffic = traffic
        self._http = httpx.AsyncClient(
            base_url=system.url,
            headers={"X-API-Key": system.rest_key()},
            timeout=30,
            trust_env=False,
        )

    async def say(self, text: str) -> list[Json]:
        """Send a message until it is acknowledged and answered; give the answer."""
        id_ = f"{self.sender}-{len(self.said) + 1}"
        asked = {"sender": self.sender, "message": text, "message_id": id_}
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._ask("POST", "/webhooks/rest/webhook", json=asked)
                if answer is not None and answer.status_code == 200:
                    break
                await asyncio.sleep(AGAIN)
        self.said.append(Said(id_, text, int(answer.headers["X-Dalil-Seq"])))
        messages: list[Json] = answer.json()
        self.answers.append(messages)
        return messages

    def address(self) -> Address:
        """Give where its conversation is kept: the store has no sender's own name."""
        return Address("rest", hashlib.sha256(f"default\0{self.sender}".encode()).hexdigest())

    async def history(self) -> list[Json]:
        """Give everything that was said to this patron, in order."""
        found: list[Json] = []
        after, more = 0, True
        while more:
            asked = {"sender": self.sender, "after": after}
            answer = await self._ask("GET", "/webhooks/rest/messages", params=asked)
            assert answer is not None and answer.status_code == 200
            page = answer.json()
            found += page["messages"]
            after, more = page["last_seq"], page["more"]
        return found

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _ask(self, method: str, path: str, **what: Any) -> httpx.Response | None:
        """Send one request; None where the line broke or we are told to come again later."""
        try:
            with self._traffic.flight():
                answer = await self._http.request(method, path, **what)
        except httpx.TransportError:
            return None
        if answer.status_code in (429, 502, 503, 504) or answer.status_code == 500:
            return None
        assert answer.status_code in (200, 202), f"{answer.status_code}: {answer.text[:300]}"
        return answer


class SocketPatron:
    """Speaks ``/patron`` as the widget does: connects again, repairs gaps, drops what it has."""

    def __init__(self, system: System, traffic: Traffic) -> None:
        self.said: list[Said] = []
        self.shown: list[Json] = []  # in order, each number once
        self.faults: list[str] = []
        self.connections = 0
        self._ids = 0
        self._pending: dict[int, Json] = {}
        self._token: str | None = None
        self._url = system.url
        self._traffic = traffic
        self._client: socketio.AsyncClient | None = None
        self._line = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and from now on keep the line and the messages whole."""
        await self._connected()
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Go, without a word."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._client:
            await self._client.disconnect()

    def address(self) -> Address:
        """Give where its conversation is kept."""
        assert self._token is not None
        return address_of(self._token)

    async def say(self, text: str) -> Said:
        """Send a text until it is acknowledged."""
        return await self._send("say", text, {"text": text})

    async def choose(self, message: Json, index: int) -> Said:
        """Press a choice of a message until that is acknowledged."""
        choice = message["choices"][index]
        return await self._send("choose", choice["title"], {"ref": choice["ref"]})

    async def shows(self, true: Callable[[Json], bool], after: int, what: str) -> Json:
        """Wait until a message numbered above ``after`` is such; give the first that is."""
        found: list[Json] = []

        def look() -> bool:
            found[:] = [message for message in self.shown if message["seq"] > after and true(message)][:1]
            return bool(found)

        await until(look, what)
        return found[0]

    async def caught_up(self) -> None:
        """Ask for everything that there is, once more, and for all of it: the two must agree."""
        client = await self._connected()
        await self._sync(client)
        whole: list[Json] = []
        more = True
        while more:
            asked = {"after": whole[-1]["seq"] if whole else 0}
            answer = await _call(client, "sync", asked)
            whole += answer["messages"]
            more = answer["more"]
        for message in whole:
            self._take(message)
        assert [m["seq"] for m in whole] == [m["seq"] for m in self.shown], "what is kept was not shown"

    async def _send(self, event: str, text: str, data: Json) -> Said:
        self._ids += 1
        id_ = f"message-{self._ids:05}"
        async with asyncio.timeout(PATIENCE):
            while True:
                client = await self._connected()
                with suppress(*BROKEN):
                    with self._traffic.flight():
                        answer = await _call(client, event, {"id": id_, **data})
                    if answer["ok"]:
                        break
                    assert answer["code"] in ("failed", "too_fast"), answer
                await asyncio.sleep(AGAIN)
        said = Said(id_, text, answer["seq"])
        self.said.append(said)
        self._take({"seq": said.seq, "speaker": "patron", "id": id_, "text": answer["text"], "event": None})
        return said

    async def _connected(self) -> socketio.AsyncClient:
        """Give a client that is connected and welcomed, and has asked for what it missed."""
        async with self._line, asyncio.timeout(PATIENCE):
            while self._client is None or not self._client.connected:
                with suppress(*BROKEN):
                    self._client = await self._connect()
                    break
                await asyncio.sleep(AGAIN)
            return self._client

    async def _connect(self) -> socketio.AsyncClient:
        client = socketio.AsyncClient(reconnection=False)
        welcomed: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

        async def welcome(data: Json) -> None:
            if not welcomed.done():
                welcomed.set_result(data)

        async def message(data: Json) -> None:
            self._take(data)

        client.on("welcome", welcome, namespace="/patron")
        client.on("message", message, namespace="/patron")
        try:
            await client.connect(
                self._url,
                auth={"token": self._token, "language": "en"},
                namespaces=["/patron"],
                transports=["websocket"],
                wait_timeout=5,
            )
            async with asyncio.timeout(5):
                greeting = await welcomed
            if self._token and greeting["token"] != self._token:
                self.faults.append("the conversation was not continued")
            self._token = greeting["token"]
            self.connections += 1
            await self._sync(client)
        except BaseException:
            with suppress(Exception):
                await client.disconnect()
            raise
        return client

    async def _sync(self, client: socketio.AsyncClient) -> None:
        more = True
        while more:
            asked = {"after": len(self.shown)}
            answer = await _call(client, "sync", asked)
            if not answer["ok"]:
                return
            for message in answer["messages"]:
                self._take(message)
            more = answer["more"]

    async def _keep(self) -> None:
        """Connect again where the line broke; ask again where a number is missing."""
        while True:
            await asyncio.sleep(0.1)
            with suppress(*BROKEN):
                client = await self._connected()
                if self._pending:
                    await self._sync(client)

    def _take(self, message: Json) -> None:
        """Show a message if it is the next one; keep it if it is a later one; drop it if it was shown."""
        seq = message["seq"]
        before = self.shown[seq - 1] if seq <= len(self.shown) else self._pending.get(seq)
        if before is not None:
            same = all(before[key] == message[key] for key in ("speaker", "text", "id"))
            if not same:
                self.faults.append(f"two messages have the number {seq}: {before} and {message}")
            return
        self._pending[seq] = message
        while len(self.shown) + 1 in self._pending:
            self.shown.append(self._pending.pop(len(self.shown) + 1))


@dataclass
class Case:
    """One handoff as its librarian remembers it."""

    id: str
    replies: list[str] = field(default_factory=list)
    note: str = ""
    over: bool = False


class LibrarianAtDesk:
    """Works the queue by the desk's JSON API."""

    def __init__(self, system: System, traffic: Traffic, email: str, password: str) -> None:
        self.cases: list[Case] = []
        self._email = email
        self._password = password
        self._traffic = traffic
        self._http = httpx.AsyncClient(
            base_url=system.url, headers={"Origin": system.url}, timeout=20, trust_env=False
        )

    async def sign_in(self) -> None:
        """Sign in as the form does."""
        page = await self._http.get("/desk")
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token, page.text[:500]
        form = {"email": self._email, "password": self._password, "token": token[1]}
        done = await self._http.post("/desk/sign-in", data=form)
        assert done.status_code == 303, done.text[:500]
        self._http.headers["X-CSRF-Token"] = (await self._http.get("/desk/api/me")).json()["csrf"]
        await self._act("/presence", {"presence": "available"})

    async def work(self) -> None:
        """Take who waits, oldest first, until it is over and nobody waits."""
        while True:
            queue = await self._get("/queue")
            await self._act("/presence", {"presence": "available"})
            if queue["handoffs"]:
                await self._help(queue["handoffs"][0]["id"])
            elif self._traffic.over:
                return
            else:
                await asyncio.sleep(0.2)

    async def look(self, case: Case) -> Json:
        """Give a handoff whole, as the page shows it."""
        return await self._get(f"/handoffs/{case.id}")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _help(self, handoff: str) -> None:
        case = Case(handoff)
        self.cases.append(case)
        await self._act(f"/handoffs/{handoff}/claim", {})
        number = len(self.cases)
        note_after = self._traffic.rng.randrange(4)
        for index in range(4):
            text = f"Reply {index + 1} of case {number}: {uuid.uuid4().hex}"
            await self._act(f"/handoffs/{handoff}/reply", {"id": f"reply-{number:03}-{index}", "text": text})
            case.replies.append(text)
            if index == note_after:
                case.note = f"only for colleagues {uuid.uuid4().hex}"
                await self._act(f"/handoffs/{handoff}/note", {"id": f"note-{number:04}", "text": case.note})
            await self._traffic.pause(0.1, 0.9)
        record = {"read": 3, "transaction": "reference", "topic": "renewal"}
        await self._act(f"/handoffs/{handoff}/close", record, done_by=self._closed(handoff))
        case.over = True

    def _closed(self, handoff: str) -> Callable[[], Awaitable[bool]]:
        """Tell whether a close that got no answer had been done."""

        async def closed() -> bool:
            found = await self._get(f"/handoffs/{handoff}")
            return bool(found["handoff"]["state"] == "closed")

        return closed

    async def _act(self, path: str, data: Json, done_by: Callable[[], Awaitable[bool]] | None = None) -> Json:
        """Ask for something until it is acknowledged."""
        lost = False
        async with asyncio.timeout(PATIENCE):
            while True:
                if lost and done_by and await done_by():
                    return {}
                try:
                    with self._traffic.flight():
                        answer = await self._http.post(f"/desk/api{path}", json=data)
                except httpx.TransportError:
                    lost = True
                else:
                    if answer.status_code == 200:
                        result: Json = answer.json()
                        return result
                    assert answer.status_code in (429, 500), f"{answer.status_code}: {answer.text[:300]}"
                    lost = True
                await asyncio.sleep(AGAIN)

    async def _get(self, path: str) -> Json:
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self._http.get(f"/desk/api{path}")
                    if answer.status_code == 200:
                        result: Json = answer.json()
                        return result
                    assert answer.status_code == 500, f"{answer.status_code}: {answer.text[:300]}"
                await asyncio.sleep(AGAIN)


async def _call(client: socketio.AsyncClient, event: str, data: Json) -> Json:
    """Ask, and give up as soon as the line is broken: python-socketio itself would wait on."""
    asking = asyncio.create_task(client.call(event, data, namespace="/patron", timeout=10))
    try:
        while not asking.done():
            await asyncio.wait({asking}, timeout=0.05)
            if not client.connected and not asking.done():
                raise LineBroken
        answer: Json = asking.result()
        return answer
    finally:
        asking.cancel()


def numbers(said: Sequence[Said]) -> list[int]:
    """Give the numbers that a patron's messages got."""
    return [one.seq for one in said]
