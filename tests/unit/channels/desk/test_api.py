"""What librarians do, through the API and down to what the patron hears."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from bot.model import Address, HandoffState, Language
from channels.desk.parts import DeskLimits
from tests.fakes.desk import LAYLA, OMAR, SAMI, DeskWorld, desk_world


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def test_the_queue_holds_who_waits_oldest_first(world: DeskWorld) -> None:
    world.attended()
    first, second = await world.ask_person("one"), await world.ask_person("two", Language.AR)
    client = await world.signed_in()
    queue = (await client.get("/desk/api/queue")).json()
    assert [h["id"] for h in queue["handoffs"]] == [first.id, second.id]
    shown = queue["handoffs"][1]
    assert (shown["state"], shown["left"]) == ("waiting", False)
    assert (shown["language"], shown["channel"]) == ("ar", "web")
    assert shown["packet"]["question"] == "كيف أصل إلى المقالات من البيت؟"
    assert queue["now"].endswith("Z") and shown["opened_at"].endswith("Z")


async def test_a_handoff_comes_with_all_that_was_said(world: DeskWorld) -> None:
    await world.say("How do I renew?")
    handoff = await world.ask_person()
    client = await world.signed_in()
    view = (await client.get(f"/desk/api/handoffs/{handoff.id}")).json()
    assert [m["speaker"] for m in view["messages"]] == ["patron", "assistant", "patron", "assistant"]
    assert view["messages"][1]["citations"][0]["url"] == "https://library.example/guides/renewal"
    assert view["handoff"]["packet"]["answered"][0]["seq"] == 2
    assert view["names"] == {"layla": "Layla Haddad"}
    assert view["last_seq"] == 4
    rest = (await client.get(f"/desk/api/handoffs/{handoff.id}?after=3")).json()
    assert [m["seq"] for m in rest["messages"]] == [4]
    assert "payload" not in str(view)  # what a choice does is not for pages


async def test_the_whole_story(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    at = f"/desk/api/handoffs/{handoff.id}"
    claimed = (await client.post(f"{at}/claim")).json()["handoff"]
    assert (claimed["state"], claimed["librarian_name"]) == ("assigned", LAYLA.name)
    said = (await client.post(f"{at}/reply", json={"text": "Hello!", "id": "reply-0001"})).json()["message"]
    assert (said["speaker"], said["author"], said["id"]) == ("librarian", LAYLA.name, "reply-0001")
    again = (await client.post(f"{at}/reply", json={"text": "Hello!", "id": "reply-0001"})).json()["message"]
    assert again["seq"] == said["seq"]
    kept = await client.post(f"{at}/note", json={"text": "Ask IT about the proxy", "id": "note-00001"})
    (noted,) = kept.json()["notes"]
    assert (noted["author"], noted["text"]) == (LAYLA.name, "Ask IT about the proxy")
    record = {"read": 3, "transaction": "reference", "topic": "remote_access"}
    closed = (await client.post(f"{at}/close", json=record)).json()["handoff"]
    assert (closed["state"], closed["read_value"], closed["topic"]) == ("closed", 3, "remote_access")
    await world.settle()
    assert await world.heard() == ["Hello!"]
    everything = await world.core.patrons.since(Address("web", "chat"), 0)
    assert not any("IT about" in m.content.text for m in everything)  # the note never left
    assert everything[-1].content.event == "csat"
    assert (await client.get("/desk/api/queue")).json()["handoffs"] == []


async def test_two_cannot_win_the_same_claim(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    claims = await asyncio.gather(*(c.post(f"/desk/api/handoffs/{handoff.id}/claim") for c in (layla, omar)))
    assert sorted(c.status_code for c in claims) == [200, 409]
    (winner,) = (c.json()["handoff"]["librarian_name"] for c in claims if c.status_code == 200)
    (lost,) = (c.json()["error"] for c in claims if c.status_code == 409)
    assert (lost["code"], lost["name"], lost["message"]) == ("taken", winner, f"{winner} was quicker.")


async def test_only_who_holds_it_acts(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    at = f"/desk/api/handoffs/{handoff.id}"
    data = {"text": "me", "id": "reply-0001", "read": 1, "transaction": "directional", "topic": "hours"}
    for act in ("reply", "return", "close"):
        assert error(await omar.post(f"{at}/{act}", json=data)) == (403, "not_yours"), act
    await layla.post(f"{at}/claim")
    for act in ("reply", "return", "close"):
        refused = await omar.post(f"{at}/{act}", json=data)
        assert error(refused) == (403, "not_yours"), act
        assert "Only the librarian who has claimed" in refused.json()["error"]["message"]
    assert (await omar.post(f"{at}/note", json=data)).status_code == 200  # a note is for every colleague
    assert world.store.handoffs.get(handoff.id).state is HandoffState.ASSIGNED
    assert await world.heard() == []


async def test_returning_gives_the_conversation_back(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    at = f"/desk/api/handoffs/{handoff.id}"
    await client.post(f"{at}/claim")
    assert (await client.post(f"{at}/return")).json()["handoff"]["state"] == "closed"
    assert error(await client.post(f"{at}/reply", json={"text": "x", "id": "reply-0001"})) == (409, "ended")
    assert error(await client.post(f"{at}/claim")) == (409, "ended")
    await world.say("How do I renew?")
    assert world.engine.asked[-1].text == "How do I renew?"


NO_RECORDS: list[dict[str, object]] = [
    {},
    {"read": 0, "transaction": "reference", "topic": "hours"},
    {"read": 7, "transaction": "reference", "topic": "hours"},
    {"read": True, "transaction": "reference", "topic": "hours"},
    {"read": "3", "transaction": "reference", "topic": "hours"},
    {"read": 3, "transaction": "other", "topic": "hours"},
    {"read": 3, "transaction": "reference", "topic": "made up"},
]


async def test_a_record_that_is_none_closes_nothing(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    await client.post(f"/desk/api/handoffs/{handoff.id}/claim")
    for record in NO_RECORDS:
        refused = await client.post(f"/desk/api/handoffs/{handoff.id}/close", json=record)
        assert error(refused) == (400, "record"), record
    assert world.store.handoffs.get(handoff.id).state is HandoffState.ASSIGNED


BAD_BODIES: list[tuple[bytes, tuple[int, str]]] = [
    (b"", (400, "bad_request")),
    (b"[]", (400, "bad_request")),
    (b"{", (400, "bad_request")),
    (b'{"text": 5, "id": "reply-0001"}', (400, "bad_request")),
    (b'{"text": "x", "id": "short"}', (400, "bad_request")),
    (b'{"text": "x", "id": "a:b:c:d:e:f"}', (400, "bad_request")),
    (b'{"text": " \\u200f ", "id": "reply-0001"}', (400, "empty")),
    (b'{"text": "' + b"x" * 8001 + b'", "id": "reply-0001"}', (413, "too_long")),
    (b'{"text": "' + b"x" * 200_000 + b'", "id": "reply-0001"}', (413, "too_big")),
    (b"[" * 90_000, (400, "bad_request")),
]


async def test_bad_input_is_refused_in_words(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    await client.post(f"/desk/api/handoffs/{handoff.id}/claim")
    for body, expected in BAD_BODIES:
        refused = await client.post(f"/desk/api/handoffs/{handoff.id}/reply", content=body)
        assert error(refused) == expected, body[:60]
        assert len(refused.json()["error"]["message"]) > 10
    assert await world.heard() == []


async def test_half_a_character_does_no_harm(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    await client.post(f"/desk/api/handoffs/{handoff.id}/claim")
    body = b'{"text": "so \\ud800 what", "id": "reply-0001"}'
    assert (await client.post(f"/desk/api/handoffs/{handoff.id}/reply", content=body)).status_code == 200
    assert await world.heard() == ["so ? what"]


async def test_what_is_not_there_is_not_there(world: DeskWorld) -> None:
    client = await world.signed_in()
    for name in ("nothing", "x" * 300, "%00", "a%2Fb"):
        assert (await client.get(f"/desk/api/handoffs/{name}")).status_code == 404
    assert error(await client.post("/desk/api/handoffs/nothing/claim")) == (404, "unknown")
    handoff = await world.ask_person()
    assert error(await client.get(f"/desk/api/handoffs/{handoff.id}?after=-1")) == (400, "bad_request")


@pytest.mark.parametrize("how", ["no token", "wrong token", "no origin", "other origin"])
async def test_nothing_is_done_for_another_site(world: DeskWorld, how: str) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    if how == "no token":
        del client.headers["X-CSRF-Token"]
    if how == "wrong token":
        client.headers["X-CSRF-Token"] = client.headers["X-CSRF-Token"][:-2]
    if how == "no origin":
        del client.headers["Origin"]
    if how == "other origin":
        client.headers["Origin"] = "https://evil.example"
    data = {
        "text": "x",
        "id": "reply-0001",
        "read": 1,
        "transaction": "directional",
        "topic": "hours",
        "on": True,
    }
    for act in ("claim", "reply", "note", "return", "close", "typing"):
        refused = await client.post(f"/desk/api/handoffs/{handoff.id}/{act}", json=data)
        assert error(refused) == (403, "csrf" if "token" in how else "origin"), act
    assert world.store.handoffs.get(handoff.id).state is HandoffState.WAITING
    assert world.store.handoffs.notes(handoff.id) == []


async def test_presence_is_said_and_seen(world: DeskWorld) -> None:
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR)
    await layla.post("/desk/api/presence", json={"presence": "available"})
    answer = (await omar.post("/desk/api/presence", json={"presence": "away"})).json()
    assert [(one["name"], one["presence"]) for one in answer["people"]] == [
        (LAYLA.name, "available"),
        (OMAR.name, "away"),
        (SAMI.name, "offline"),
    ]
    assert error(await omar.post("/desk/api/presence", json={"presence": "asleep"})) == (400, "bad_request")


async def test_searching_the_knowledge_base(world: DeskWorld) -> None:
    client = await world.signed_in()
    found = (await client.get("/desk/api/search", params={"q": "renew"})).json()["results"]
    assert found == [
        {
            "title": "Renewing loans",
            "text": "Renew up to **four times**.",
            "url": "https://library.example/guides/renewal",
        }
    ]
    client.cookies.set("dalil_desk_language", "ar")
    assert (await client.get("/desk/api/search", params={"q": "تجديد"})).json()["results"][0]["title"] == (
        "تجديد الإعارة"
    )
    for nothing in ("", "   ", "nothing at all"):
        assert (await client.get("/desk/api/search", params={"q": nothing})).json()["results"] == []


async def test_without_a_search_the_page_is_told_so(tmp_path: Path) -> None:
    async with desk_world(tmp_path, searches=False) as world:
        client = await world.signed_in()
        assert (await client.get("/desk/api/me")).json()["search"] is False
        assert (await client.get("/desk/api/search?q=x")).status_code == 404


async def test_a_page_gone_wild_is_slowed(tmp_path: Path) -> None:
    async with desk_world(tmp_path, limits=DeskLimits(acts_per_minute=3)) as world:
        client = await world.signed_in()
        for _ in range(3):
            await client.post("/desk/api/presence", json={"presence": "available"})
        slowed = await client.post("/desk/api/presence", json={"presence": "available"})
        assert error(slowed) == (429, "too_fast") and int(slowed.headers["retry-after"]) >= 1


async def test_errors_are_in_the_librarians_language(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await world.signed_in(LAYLA), await world.signed_in(OMAR, **{"Accept-Language": "ar"})
    await layla.post(f"/desk/api/handoffs/{handoff.id}/claim")
    lost = await omar.post(f"/desk/api/handoffs/{handoff.id}/claim")
    assert lost.json()["error"]["message"] == "صارت هذه المحادثة مع Layla Haddad قبل لحظات."


async def test_a_fault_of_ours_is_said_plainly(world: DeskWorld) -> None:
    client = await world.signed_in()
    world.store.handoffs.queue = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    failed = await client.get("/desk/api/queue")
    assert error(failed) == (500, "failed")
    assert "ZeroDivision" not in failed.text


async def test_a_reply_under_way_is_shown_as_such(world: DeskWorld) -> None:
    handoff = await world.ask_person()
    client = await world.signed_in()
    await client.post(f"/desk/api/handoffs/{handoff.id}/claim")
    await world.settle()
    held = asyncio.Event()
    deliver = world.web.deliver

    async def slow(address: Address, message: object) -> str | None:
        await held.wait()
        return await deliver(address, message)  # type: ignore[arg-type]

    world.web.deliver = slow  # type: ignore[method-assign]
    await client.post(f"/desk/api/handoffs/{handoff.id}/reply", json={"text": "Hello", "id": "reply-0001"})
    view = (await client.get(f"/desk/api/handoffs/{handoff.id}")).json()
    assert view["undelivered"] and set(view["undelivered"].values()) <= {"pending", "sending"}
    held.set()
    await world.settle()
    assert (await client.get(f"/desk/api/handoffs/{handoff.id}")).json()["undelivered"] == {}
