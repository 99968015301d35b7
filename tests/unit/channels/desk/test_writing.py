"""What a patron is writing: seen by the librarian who has the conversation where it may be, kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model import Address
from channels.limits import RateLimiter
from channels.web.connections import NAME as WEB
from tests.fakes.desk import LAYLA, OMAR, DeskWorld, desk_world
from tests.fakes.desk_page import DeskPage
from tests.fakes.patron_page import PatronPage

WORDS = "an unsent thought about fines"


@pytest.fixture
async def seeing(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path, see_writing=True) as running:
        yield running


async def patron_with_librarian(world: DeskWorld) -> tuple[PatronPage, str]:
    """Give a patron's page whose conversation Layla has, and the handoff's id."""
    world.attended()
    page = await PatronPage(world.url).open()
    await page.say("May I talk to a person?", "message-1")
    await world.settle()
    (opened,) = world.store.handoffs.queue()
    await world.core.librarians.claim(opened.id, LAYLA.id)
    return page, opened.id


async def test_who_has_the_conversation_sees_it_and_nobody_else(seeing: DeskWorld) -> None:
    patron, handoff = await patron_with_librarian(seeing)
    assert patron.welcome["sees_writing"] is True
    layla = await DeskPage(await seeing.signed_in(LAYLA)).connect()
    omar = await DeskPage(await seeing.signed_in(OMAR)).connect()
    assert await patron.ask("typing", {"on": True, "text": WORDS}) == {"ok": True}
    await layla.until(lambda: layla.heard("writing") == [{"handoff": handoff, "text": WORDS}])
    assert await patron.ask("typing", {"on": False, "text": ""}) == {"ok": True}
    await layla.until(lambda: layla.heard("writing")[-1]["text"] == "")
    await omar.until(lambda: {"handoff": handoff, "on": False} in omar.heard("typing"))
    assert omar.heard("writing") == []
    for page in (layla, omar):
        await page.close()
    await patron.close()


async def test_it_is_kept_nowhere(
    seeing: DeskWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    patron, _ = await patron_with_librarian(seeing)
    layla = await DeskPage(await seeing.signed_in(LAYLA)).connect()
    await patron.ask("typing", {"on": True, "text": WORDS})
    await layla.until(lambda: layla.heard("writing"))
    await patron.say("something else", "message-2")
    await seeing.settle()
    await layla.close()
    await patron.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"something else" in kept
    assert WORDS.encode() not in kept
    written = capfd.readouterr()
    own = [r.getMessage() for r in caplog.records if not r.name.startswith(("socketio", "engineio"))]
    assert not any(WORDS in text for text in (*own, written.out, written.err))  # those two are the test's own


async def test_it_is_seen_only_while_a_librarian_has_the_conversation(seeing: DeskWorld) -> None:
    seeing.attended()
    patron = await PatronPage(seeing.url).open()
    layla = await DeskPage(await seeing.signed_in(LAYLA)).connect()
    await patron.ask("typing", {"on": True, "text": WORDS})  # to the assistant
    await patron.say("May I talk to a person?", "message-1")
    await seeing.settle()
    await patron.ask("typing", {"on": True, "text": WORDS})  # while waiting
    await layla.until(lambda: layla.heard("typing"))
    assert layla.heard("writing") == []
    await layla.close()
    await patron.close()


async def test_it_is_not_seen_where_the_library_does_not_want_it(world: DeskWorld) -> None:
    patron, _ = await patron_with_librarian(world)
    assert patron.welcome["sees_writing"] is False
    layla = await DeskPage(await world.signed_in(LAYLA)).connect()
    assert await patron.ask("typing", {"on": True, "text": WORDS}) == {"ok": True}
    await layla.until(lambda: layla.heard("typing"))
    assert layla.heard("writing") == []
    await layla.close()
    await patron.close()


async def test_too_much_of_it_is_left_out(seeing: DeskWorld) -> None:
    patron, handoff = await patron_with_librarian(seeing)
    layla = await DeskPage(await seeing.signed_in(LAYLA)).connect()
    assert (await patron.ask("typing", {"on": True, "text": ["a"]}))["code"] == "bad_request"
    await patron.ask("typing", {"on": True, "text": "x" * 5000})
    await layla.until(lambda: layla.heard("writing"))
    assert len(layla.heard("writing")[0]["text"]) == 2000
    seeing.web._patron._writings = RateLimiter(3, clock=lambda: 0.0)
    for n in range(9):
        assert (await patron.ask("typing", {"on": True, "text": f"word {n}"}))["ok"]
    await patron.ask("typing", {"on": False})
    await layla.until(lambda: {"handoff": handoff, "on": False} in layla.heard("typing"))
    await layla.until(lambda: len(layla.heard("writing")) == 4)
    assert [told["text"] for told in layla.heard("writing")[1:]] == ["word 0", "word 1", "word 2"]
    await layla.close()
    await patron.close()


async def test_the_settings_page_says_how_it_is(world: DeskWorld) -> None:
    admin = await world.signed_in(OMAR)
    page = (await admin.get("/desk/rules")).text
    assert "is not seen before it is sent" in page and "DALIL_SEE_WRITING" in page
    address = Address(WEB, "chat")
    await world.say("hello")
    await world.core.patrons.typing(address, True, WORDS)  # harmless
