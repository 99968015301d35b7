"""What open pages are told as it happens, and who is told nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.model import Address
from tests.fakes.desk import LAYLA, OMAR, DeskWorld
from tests.fakes.desk_page import DeskPage
from tests.patience import PATIENCE


async def page_of(world: DeskWorld, who: Any = LAYLA) -> DeskPage:
    return await DeskPage(await world.signed_in(who)).connect()


async def test_a_new_handoff_appears(world: DeskWorld) -> None:
    page = await page_of(world)
    handoff = await world.ask_person()
    await page.until(lambda: handoff.id in page.handoffs)
    assert page.handoffs[handoff.id]["state"] == "waiting"
    await page.close()


async def test_messages_and_claims_reach_every_page(world: DeskWorld) -> None:
    layla, omar = await page_of(world), await page_of(world, OMAR)
    handoff = await world.ask_person()
    await layla.http.post(f"/desk/api/handoffs/{handoff.id}/claim")
    await world.say("Are you there?")
    for page in (layla, omar):
        await page.until(
            lambda page=page: any(  # type: ignore[misc]
                m["text"] == "Are you there?" for m in page.messages.get(handoff.id, {}).values()
            )
        )
        assert page.handoffs[handoff.id]["librarian_name"] == LAYLA.name
        await page.close()


async def test_the_patrons_writing_is_shown(world: DeskWorld) -> None:
    page = await page_of(world)
    handoff = await world.ask_person()
    await page.http.post(f"/desk/api/handoffs/{handoff.id}/claim")
    await world.core.patrons.typing(Address("web", "chat"), True)
    await page.until(lambda: {"handoff": handoff.id, "on": True} in page.heard("typing"))
    await page.close()


async def test_what_does_not_work_elsewhere_is_shown_to_who_is_there_and_who_comes(world: DeskWorld) -> None:
    told = world.core.live.trouble_changed
    early = await page_of(world)
    await told("slack-desk", "Slack, the librarians’ channel: the channel is archived")
    late = await page_of(world, OMAR)
    for page in (early, late):
        await page.until(lambda page=page: page.heard("troubles"))  # type: ignore[misc]
        [said] = page.heard("troubles")
        assert said["en"] == ["Trouble with Slack, the librarians’ channel: the channel is archived"]
        assert said["ar"] == ["عطل في قناة أمناء المكتبة في سلاك: القناة مؤرشفة"]
    await told("slack-desk", None)
    for page in (early, late):
        await page.until(lambda page=page: page.heard("troubles")[-1] == {"en": [], "ar": []})  # type: ignore[misc]
        await page.close()


@pytest.mark.parametrize(
    "how",
    ["no cookie", "forged cookie", "no token", "wrong token", "odd token", "other origin", "form cookie"],
)
async def test_who_is_not_known_hears_nothing(world: DeskWorld, how: str) -> None:
    http = await world.signed_in()
    value = http.cookies["dalil_desk"]
    ways: dict[str, dict[str, Any]] = {
        "no cookie": {"cookie": ""},
        "forged cookie": {"cookie": f"dalil_desk={value}x"},
        "no token": {"auth": {}},
        "wrong token": {"auth": {"csrf": http.headers["X-CSRF-Token"] + "x"}},
        "odd token": {"auth": {"csrf": ["a"]}},
        "other origin": {"Origin": "http://127.0.0.1:1"},
        "form cookie": {"cookie": f"dalil_form={value}"},
    }
    page = DeskPage(http)
    try:
        await page.connect(**ways[how])
    except Exception as refused:  # the server refuses other origins before anything is said
        assert how == "other origin", refused
    await world.ask_person()
    await asyncio.sleep(0.05)
    assert page.heard("welcome") == [] and page.heard("handoff") == [] and page.heard("message") == []
    assert world.desk.connected() == 0
    await page.close()


async def test_a_disabled_account_hears_no_more(world: DeskWorld) -> None:
    layla, omar = await page_of(world), await page_of(world, OMAR)
    world.store.librarians.disable(LAYLA.id)
    handoff = await world.ask_person()
    await omar.until(lambda: handoff.id in omar.handoffs)
    await layla.until(lambda: layla.heard("refused"))
    assert layla.heard("handoff") == []
    assert world.desk.connected() == 1
    await omar.close()


async def test_signing_out_closes_all_pages_of_the_sign_in(world: DeskWorld) -> None:
    http = await world.signed_in()
    pages = [await DeskPage(http).connect() for _ in range(2)]
    other = await page_of(world)
    assert world.desk.connected() == 3
    await http.post("/desk/sign-out")
    for page in pages:
        await page.until(lambda page=page: page.heard("refused"))  # type: ignore[misc]
    assert world.desk.connected() == 1
    await other.close()


async def test_a_page_cannot_make_itself_known_by_an_event(world: DeskWorld) -> None:
    http = await world.signed_in()
    page = await DeskPage(http).connect()
    environ = {"HTTP_COOKIE": f"dalil_desk={http.cookies['dalil_desk']}"}
    for name in ("connect", "disconnect", "handoff", "trigger_event", "emit", ""):
        await page.client.emit(name, environ, namespace="/desk")
    handoff = await world.ask_person()
    await page.until(lambda: handoff.id in page.handoffs)
    assert world.desk.connected() == 1
    await page.close()
    async with asyncio.timeout(PATIENCE):
        while world.desk.connected():
            await asyncio.sleep(0.01)


async def test_patrons_pages_hear_nothing_of_the_desk(world: DeskWorld) -> None:
    from tests.fakes.patron_page import PatronPage

    patron = await PatronPage(world.url).open()
    handoff = await world.ask_person("somebody else")
    http = await world.signed_in()
    note = {"text": "between us", "id": "note-00001"}
    await http.post(f"/desk/api/handoffs/{handoff.id}/note", json=note)
    await patron.say("hello", "external-1")
    await world.settle()
    assert "between us" not in str(patron.events) and handoff.id not in str(patron.events)
    await patron.close()
