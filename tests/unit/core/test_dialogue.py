"""The gateway's client of the engine, against a real HTTP server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.dialogue import Dialogue, Utterance
from bot.errors import EngineFailed
from bot.model import ConversationId, Language
from tests.fakes.faults import served
from tests.system.processes import free_ports

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HELLO = Utterance("hello", None, Language.EN)
CHAT = ConversationId("c1")
SAID = {"messages": [{"text": "Hi"}], "state": {"n": 1}, "intent": {"name": "greet"}}


@asynccontextmanager
async def engine(answer: Answer, timeout: float = 30) -> AsyncIterator[Dialogue]:
    """Serve turns with ``answer`` until the block ends; the engine's own page is there too."""

    async def alive(request: web.Request) -> web.Response:
        return web.Response(text="Hello from the engine")

    app = web.Application()
    app.router.add_post("/webhooks/dalil/turn", answer)
    app.router.add_get("/", alive)
    async with served(app) as url:
        dialogue = Dialogue(url, "a-secret", timeout)
        try:
            yield dialogue
        finally:
            await dialogue.close()


async def test_a_turn_is_asked_and_read() -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.headers["X-Dalil-Secret"], await request.json()))
        return web.json_response(SAID)

    async with engine(answer) as dialogue:
        reply = await dialogue.ask(CHAT, HELLO, {"n": 0})
        assert await dialogue.alive()
    assert [content.text for content in reply.contents] == ["Hi"]
    assert (reply.dialogue, reply.intent, reply.handoff) == ({"n": 1}, "greet", None)
    [(secret, body)] = asked
    assert secret == "a-secret"
    assert (body["sender"], body["text"], body["payload"], body["state"]) == ("c1", "hello", None, {"n": 0})
    assert body["metadata"] == {"language": "en"}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, json.dumps(SAID), "HTTP 500"),
        (200, "<html>", "unreadable"),
        (200, "[]", "unreadable"),
        (200, '{"messages": [], "state": null}', "nothing was said"),
    ],
)
async def test_what_is_no_answer_is_a_failure(status: int, body: str, reason: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    async with engine(answer) as dialogue:
        with pytest.raises(EngineFailed, match=reason):
            await dialogue.ask(CHAT, HELLO, None)


async def test_a_late_answer_is_a_failure() -> None:
    async def answer(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with engine(answer, timeout=0.05) as dialogue:
        with pytest.raises(EngineFailed, match="Timeout"):
            await dialogue.ask(CHAT, HELLO, None)


async def test_a_closed_connection_is_tried_once_more() -> None:
    calls = []

    async def answer(request: web.Request) -> web.Response:
        calls.append(1)
        if len(calls) % 2:
            assert request.transport is not None
            request.transport.close()
        return web.json_response(SAID)

    async with engine(answer) as dialogue:
        assert (await dialogue.ask(CHAT, HELLO, None)).contents[0].text == "Hi"
    assert len(calls) == 2


async def test_an_engine_that_is_not_there_is_a_failure() -> None:
    [port] = free_ports(1)
    dialogue = Dialogue(f"http://127.0.0.1:{port}", "a-secret", 5)
    with pytest.raises(EngineFailed):
        await dialogue.ask(CHAT, HELLO, None)
    assert not await dialogue.alive()
    await dialogue.close()
