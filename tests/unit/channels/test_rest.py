"""The REST channel's HTTP: shapes, keys, refusals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.model import Content, Speaker
from channels.limits import Limits
from channels.rest import RestChannel
from tests.fakes.gateway import KEY, Gateway, gateway
from tests.fakes.patron_door import FakePatronDoor, library

WEBHOOK = "/webhooks/rest/webhook"
MESSAGES = "/webhooks/rest/messages"


@dataclass
class Client:
    served: Gateway
    http: httpx.AsyncClient

    async def ask(self, message: object, sender: object = "patron-1", **more: Any) -> httpx.Response:
        return await self.http.post(WEBHOOK, json={"sender": sender, "message": message, **more})


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with gateway(library) as served, httpx.AsyncClient(base_url=served.url) as http:
        http.headers["X-API-Key"] = KEY
        yield Client(served, http)


async def test_the_answer_has_rasas_shape(client: Client) -> None:
    answer = await client.ask("How do I renew a book?")
    assert answer.status_code == 200
    assert answer.headers["x-dalil-seq"] == "1"
    (message,) = answer.json()
    assert message["recipient_id"] == "patron-1"
    assert message["text"].startswith("You can renew online")
    assert message["buttons"][2] == {"title": "It was refused", "payload": "choice:2:2"}
    assert message["custom"]["citations"][0]["reviewed"] == "2026-09-14"
    assert message["custom"]["seq"] == 2
    assert "core:" not in answer.text


async def test_it_answers_in_the_language_it_is_asked_in(client: Client) -> None:
    assert "حسابي" in (await client.ask("كيف أجدّد كتابًا؟")).json()[0]["text"]
    spoken = await client.ask("x", sender="patron-2", metadata={"language": "ar"})
    assert spoken.json()[0]["text"] == "قلت: x"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "wrong"},
        {"X-API-Key": ""},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer"},
        {"X-API-Key": "wrong", "Authorization": f"Bearer {KEY}"},
    ],
)
async def test_no_key_no_answer(client: Client, headers: dict[str, str]) -> None:
    del client.http.headers["X-API-Key"]
    for answer in (
        await client.http.post(WEBHOOK, json={"sender": "a", "message": "b"}, headers=headers),
        await client.http.get(MESSAGES, params={"sender": "a"}, headers=headers),
        await client.http.delete(MESSAGES, params={"sender": "a"}, headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.served.rest_door.received == []


async def test_either_header_will_do(client: Client) -> None:
    del client.http.headers["X-API-Key"]
    headers = {"Authorization": f"bearer {KEY}"}
    answer = await client.http.post(WEBHOOK, json={"sender": "a", "message": "b"}, headers=headers)
    assert answer.status_code == 200


async def test_senders_of_different_keys_are_different(client: Client) -> None:
    await client.ask("mine")
    headers = {"X-API-Key": "another-key"}
    theirs = await client.http.get(MESSAGES, params={"sender": "patron-1"}, headers=headers)
    assert theirs.status_code == 404
    (address,) = client.served.rest_door.kept
    assert "patron-1" not in address.chat_id


async def test_a_message_sent_again_gets_the_same_answer(client: Client) -> None:
    first = await client.ask("hello", message_id="m-1")
    await client.ask("and another thing", message_id="m-2")
    again = await client.ask("hello", message_id="m-1")
    assert again.json() == first.json()
    assert client.served.rest_door.kept[client.served.rest_door.only()].view.last_seq == 4


async def test_messages_at_the_same_time_keep_their_own_answers(client: Client) -> None:
    answers = await asyncio.gather(*(client.ask(f"number {n}") for n in range(8)))
    texts = [[m["text"] for m in answer.json()] for answer in answers]
    assert texts == [[f"You said: number {n}"] for n in range(8)]


async def test_a_librarians_later_answer_can_be_fetched(client: Client) -> None:
    await client.ask("hello")
    door = client.served.rest_door
    await door.say(door.only(), Content("Found it."), Speaker.LIBRARIAN, "Layla Haddad")
    answer = (await client.http.get(MESSAGES, params={"sender": "patron-1", "after": 2})).json()
    assert (answer["last_seq"], answer["more"]) == (3, False)
    assert answer["messages"][0]["text"] == "Found it."
    assert answer["messages"][0]["custom"]["author"] == "Layla Haddad"
    nothing = (await client.http.get(MESSAGES, params={"sender": "patron-1", "after": 3})).json()
    assert nothing == {"messages": [], "last_seq": 3, "more": False}


async def test_a_sender_can_be_forgotten(client: Client) -> None:
    await client.ask("hello")
    await client.ask("hello", sender="patron-2")
    for _ in range(2):  # the second time there is nothing, and that is no fault
        gone = await client.http.delete(MESSAGES, params={"sender": "patron-1"})
        assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.http.get(MESSAGES, params={"sender": "patron-1"})).status_code == 404
    assert (await client.http.get(MESSAGES, params={"sender": "patron-2"})).status_code == 200
    assert (await client.http.delete(MESSAGES)).status_code == 422


async def test_a_turn_that_takes_too_long_is_said_to_be_on_its_way() -> None:
    async with gateway(turn_seconds=0.05) as served, httpx.AsyncClient(base_url=served.url) as http:
        served.rest_door.hold.clear()
        asked = {"sender": "a", "message": "slow"}
        answer = await http.post(WEBHOOK, json=asked, headers={"X-API-Key": KEY})
        assert (answer.status_code, answer.json(), answer.headers["x-dalil-seq"]) == (202, [], "1")
        served.rest_door.hold.set()
        assert await served.rest_door.settled(served.rest_door.only(), 1, 5)
        later = await http.get(MESSAGES, params={"sender": "a", "after": 1}, headers={"X-API-Key": KEY})
        assert later.json()["messages"][0]["text"] == "You said: slow"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 50_000, 400, "not JSON"),
        (b"[]", 422, "the body"),
        (b'{"message": "x"}', 422, "sender"),
        (b'{"sender": "", "message": "x"}', 422, "sender"),
        (b'{"sender": 5, "message": "x"}', 422, "sender"),
        (b'{"sender": "a"}', 422, "message"),
        (b'{"sender": "a", "message": ["x"]}', 422, "message"),
        (b'{"sender": "a", "message": "  "}', 400, "empty"),
        (b'{"sender": "a", "message": "' + b"x" * 8001 + b'"}', 413, "longer"),
        (b'{"sender": "a", "message": "' + b"x" * 100_000 + b'"}', 413, "bytes"),
        (b'{"sender": "a", "message": "refuse:too_fast"}', 429, "fast"),
    ],
)
async def test_bad_requests_are_told_why(client: Client, body: bytes, status: int, says: str) -> None:
    answer = await client.http.post(WEBHOOK, content=body)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


async def test_too_fast_says_when_to_come_back() -> None:
    limits = Limits(messages_per_minute=2)
    async with gateway(limits=limits) as served, httpx.AsyncClient(base_url=served.url) as http:
        asked = {"sender": "a", "message": "b"}
        answers = [await http.post(WEBHOOK, json=asked, headers={"X-API-Key": KEY}) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["retry-after"]) <= 31


@pytest.mark.parametrize("keys", [{}, {"a": ""}])
def test_an_empty_key_is_no_key(keys: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="key"):
        RestChannel(FakePatronDoor(), keys)
