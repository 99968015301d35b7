"""The patron protocol over a real server: tokens, order, tabs, limits, and clients that mean harm."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import socketio
import websockets

from bot.model import Content, Language, LibrarianId, Page, Speaker, Speaking
from channels.limits import Limits
from channels.web import tokens
from tests.fakes.gateway import LAYLA, Gateway, gateway
from tests.fakes.patron_door import FakePatronDoor
from tests.fakes.patron_page import PatronPage
from tests.patience import PATIENCE


@pytest.fixture
async def served() -> AsyncIterator[Gateway]:
    async with gateway() as running:
        yield running


async def test_the_welcome_says_what_a_page_needs(served: Gateway) -> None:
    page = await PatronPage(served.url, language="ar").open()
    assert tokens.well_formed(page.welcome["token"])
    assert page.welcome["language"] == "ar"
    assert page.welcome["last_seq"] == 0
    assert page.welcome["speaking"] == {"who": "assistant", "name": None, "waiting": False, "person": None}
    assert page.welcome["library"]["name"]["ar"] == "مكتبة جامعة مرصد"
    assert page.welcome["limits"] == {"max_chars": 8000, "messages_per_minute": 600, "max_file_bytes": 10_000}
    assert served.door.only().chat_id == tokens.chat_id(page.welcome["token"])
    await page.close()


async def test_a_page_that_comes_back_continues(served: Gateway) -> None:
    first = await PatronPage(served.url).open()
    await first.say("before the reload", "message-1")
    await first.until(lambda: len(first.messages) == 1)
    await first.close()
    again = await PatronPage(served.url, token=first.token).open()
    assert again.token == first.token
    assert again.welcome["last_seq"] == 2
    answer = await again.ask("sync", {"after": 0})
    assert [(m["seq"], m["speaker"]) for m in answer["messages"]] == [(1, "patron"), (2, "assistant")]
    assert answer["messages"][0]["id"] == "message-1"
    assert answer["more"] is False
    await again.close()


@pytest.mark.parametrize("token", ["nonsense", "A" * 43, "", 5, {"a": 1}, None])
async def test_a_client_cannot_choose_its_token(served: Gateway, token: object) -> None:
    page = await PatronPage(served.url).open(auth={"token": token, "language": "en"})
    assert page.token != token
    assert tokens.well_formed(page.token)
    await page.close()


@pytest.mark.parametrize("auth", ["text", ["list"], 7, {"language": 9, "page": {}}])
async def test_odd_greetings_are_welcomed_all_the_same(served: Gateway, auth: object) -> None:
    page = await PatronPage(served.url).open(auth=auth)
    assert page.welcome["language"] == "en"
    await page.close()


async def test_long_polling_works_too(served: Gateway) -> None:
    page = await PatronPage(served.url).open(transports=["polling"])
    assert (await page.say("hello", "message-1"))["ok"]
    await page.until(lambda: page.messages)
    await page.client.eio.disconnect(abort=True)  # else the client waits for its last poll to end


async def test_sync_gives_pages(served: Gateway) -> None:
    page = await PatronPage(served.url).open()
    for n in range(130):
        await served.door.say(served.door.only(), Content(f"{n + 1}"))
    first = await page.ask("sync", {"after": 0})
    second = await page.ask("sync", {"after": first["messages"][-1]["seq"]})
    assert (len(first["messages"]), first["more"]) == (100, True)
    assert (len(second["messages"]), second["more"]) == (30, False)
    assert [m["seq"] for m in first["messages"] + second["messages"]] == list(range(1, 131))
    await page.close()


async def test_other_tabs_see_what_was_said_here(served: Gateway) -> None:
    here = await PatronPage(served.url).open()
    there = await PatronPage(served.url, token=here.token).open()
    stranger = await PatronPage(served.url).open()
    answer = await here.say("from here", "message-1")
    assert answer == {"ok": True, "seq": 1, "repeated": False, "text": "from here"}
    await there.until(lambda: len(there.messages) == 2)
    assert there.messages[1]["text"] == "from here"
    assert there.messages[1]["speaker"] == "patron"
    await here.until(lambda: here.messages)
    assert 1 not in here.messages  # it has its own from the answer
    assert (await here.say("from here", "message-1"))["repeated"] is True
    assert stranger.messages == {}
    for page in (here, there, stranger):
        await page.close()


async def test_typing_and_speaking_are_shown(served: Gateway) -> None:
    page = await PatronPage(served.url).open()
    address = served.door.only()
    await served.web.show_typing(address, "Layla Haddad", True)
    await served.door.speak(
        address, Speaking(Speaker.LIBRARIAN, "Layla Haddad", librarian=LibrarianId("layla"))
    )
    await page.until(lambda: page.named("speaking"))
    assert page.named("typing") == [{"on": True, "by": "Layla Haddad"}]
    person = LAYLA.to_json()
    assert person["subjects"]["ar"] == ["الأحياء", "العلوم البيئية"]
    told = {"who": "librarian", "name": "Layla Haddad", "waiting": False, "person": person}
    assert page.named("speaking") == [told]
    assert await page.ask("typing", {"on": True}) == {"ok": True}
    assert served.door.typed == [(address, True)]
    await page.close()


async def test_where_the_patron_is_reaches_the_core(served: Gateway) -> None:
    page = await PatronPage(served.url).open()
    told = {"url": "https://lms.example/7", "title": " Week  3 ", "course": "BIO 101", "note": 7, "more": "x"}
    assert (await page.ask("page", told))["ok"]
    assert served.door.pages == [Page("https://lms.example/7", "Week 3", "BIO 101")]
    assert (await page.ask("page", {"url": "javascript:alert(1)"}))["code"] == "bad_request"
    assert (await page.ask("page", "nowhere"))["code"] == "bad_request"
    await page.close()


async def test_the_language_is_kept(served: Gateway) -> None:
    page = await PatronPage(served.url).open()
    assert (await page.ask("language", {"language": "ar"}))["ok"]
    view = await served.door.find(served.door.only())
    assert view is not None and view.language is Language.AR
    assert (await page.ask("language", {"language": "tlh"}))["code"] == "bad_request"
    await page.close()


async def test_consent_is_shown_on_every_page_and_at_every_welcome(served: Gateway) -> None:
    here = await PatronPage(served.url).open()
    there = await PatronPage(served.url, token=here.token).open()
    assert here.welcome["consent"] == {"given": False, "at": None}
    given = await here.ask("consent", {"given": True})
    assert (given["ok"], given["given"]) == (True, True)
    assert given["at"].endswith("Z")
    await there.until(lambda: there.named("consent") == [{"given": True, "at": given["at"]}])
    again = await PatronPage(served.url, token=here.token).open()
    assert again.welcome["consent"] == {"given": True, "at": given["at"]}
    assert await again.ask("consent", {"given": False}) == {"ok": True, "given": False, "at": None}
    assert (await again.ask("consent", {"given": "yes"}))["code"] == "bad_request"
    for page in (here, there, again):
        await page.close()


async def test_forgetting_ends_it_on_every_page(served: Gateway) -> None:
    here = await PatronPage(served.url).open()
    there = await PatronPage(served.url, token=here.token).open()
    old = here.token
    await here.say("secret", "message-1")
    assert await here.ask("forget", {}) == {"ok": True}
    await there.until(lambda: there.named("forgotten"))
    assert served.door.kept == {}
    assert (await there.say("still here?", "message-2"))["code"] == "unknown"
    assert (await here.ask("sync", {"after": 0}))["code"] == "unknown"
    again = await PatronPage(served.url, token=old).open()
    assert again.token != old
    for page in (here, there, again):
        await page.close()


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("say", None),
        ("say", "text"),
        ("say", {"id": "message-1"}),
        ("say", {"id": "message-1", "text": 5}),
        ("say", {"id": "no", "text": "hello"}),
        ("say", {"text": "hello"}),
        ("choose", {"id": "message-1", "ref": "/affirm"}),
        ("choose", {"id": "message-1", "ref": "core:person"}),
        ("choose", {"id": "message-1", "ref": "choice:1:-1"}),
        ("sync", {"after": "0"}),
        ("sync", {"after": -1}),
        ("typing", {"on": "yes"}),
        ("language", {}),
        ("nothing", {}),
        ("connect", {"asgi.scope": {"client": ["6.6.6.6", 1]}}),
        ("disconnect", "client namespace disconnect"),
        ("begin", {}),
        ("trigger_event", {}),
    ],
)
async def test_what_is_not_in_the_protocol_is_refused(served: Gateway, event: str, data: object) -> None:
    page = await PatronPage(served.url).open()
    assert (await page.ask(event, data))["code"] == "bad_request"
    assert served.door.received == []
    assert (await page.say("and on it goes", "message-9"))["ok"]
    await page.close()


async def test_messages_that_cannot_be_taken(served: Gateway) -> None:
    page = await PatronPage(served.url).open()
    assert (await page.say(" \n ", "message-1"))["code"] == "empty"
    assert (await page.say("x" * 8001, "message-2"))["code"] == "too_long"
    assert (await page.say("refuse:too_fast", "message-3"))["code"] == "too_fast"  # the core's own word
    assert (await page.say("x" * 8000, "message-4"))["ok"]
    await page.close()


async def test_a_core_that_fails_is_answered_for() -> None:
    class Broken(FakePatronDoor):
        async def since(self, *_: object, **__: object) -> list[object]:  # type: ignore[override]
            raise RuntimeError("the disk is gone")

    async with gateway(door=Broken()) as served:
        page = await PatronPage(served.url).open()
        assert await page.ask("sync", {"after": 0}) == {"ok": False, "code": "failed"}
        await page.close()


async def test_too_fast_says_when_to_try_again() -> None:
    async with gateway(limits=Limits(messages_per_minute=3)) as served:
        page = await PatronPage(served.url).open()
        answers = [await page.say("again", f"message-{n}") for n in range(4)]
        assert [a["ok"] for a in answers] == [True, True, True, False]
        assert answers[3]["code"] == "too_fast"
        assert 0 < answers[3]["retry_after"] <= 20.1
        await page.close()


async def test_too_many_openings_from_one_address_are_turned_away() -> None:
    async with gateway(limits=Limits(openings_per_minute_ip=2)) as served:
        pages = [await PatronPage(served.url).open() for _ in range(2)]
        late = PatronPage(served.url)
        await late.client.connect(
            served.url, auth={}, namespaces=["/patron"], transports=["websocket"], wait_timeout=PATIENCE
        )
        await late.until(lambda: late.named("refused"))
        assert late.named("refused")[0]["code"] == "too_fast"
        assert late.named("welcome") == []
        for page in [*pages, late]:
            await page.close()


async def test_pages_of_other_sites_are_kept_out() -> None:
    async with gateway(origins=["https://www.university.example"]) as served:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await PatronPage(served.url, Origin="https://evil.example").open()
        for origin in ("https://www.university.example", served.url):
            page = await PatronPage(served.url, Origin=origin).open()
            await page.close()
        async with httpx.AsyncClient(base_url=served.url) as http:
            asked = "/socket.io/?EIO=4&transport=polling"
            evil = await http.get(asked, headers={"Origin": "https://evil.example"})
            good = await http.get(asked, headers={"Origin": "https://www.university.example"})
        assert evil.status_code == 400
        assert "access-control-allow-origin" not in evil.headers
        assert good.headers["access-control-allow-origin"] == "https://www.university.example"
        assert "access-control-allow-credentials" not in good.headers


async def test_what_is_too_big_is_cut_off(served: Gateway) -> None:
    async with httpx.AsyncClient(base_url=served.url) as http:
        opened = await http.get("/socket.io/?EIO=4&transport=polling")
        sid = opened.text[opened.text.index('"sid":"') + 7 :].split('"')[0]
        path = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
        assert (await http.post(path, content=b"4" * 100_001)).status_code == 413

        async def without_length() -> AsyncIterator[bytes]:
            yield b"4" * 50

        assert (await http.post(path, content=without_length())).status_code == 411
    page = await PatronPage(served.url).open()
    big = {"id": "message-1", "text": "x" * 150_000}
    await page.client.emit("say", big, namespace="/patron")
    await page.until(lambda: not page.client.connected)
    assert served.door.received == []
    await page.close()


@pytest.mark.parametrize(
    "packet", ["garbage", "4", "42[", "42/patron,[]", "451-[]", "9", "", "40/other,", "4" * 5]
)
async def test_broken_packets_harm_nobody_else(served: Gateway, packet: str) -> None:
    page = await PatronPage(served.url).open()
    address = served.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with websockets.connect(address) as raw:
        await raw.recv()
        await raw.send(packet)
    assert (await page.say("unharmed", "message-1"))["ok"]
    await page.close()
