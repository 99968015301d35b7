"""What a patron is writing, as both sides have it on their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, WebSocket, expect

from tests.end_to_end.browser.test_desk_stories import desk_of, healthy, patron_of, say, until_open
from tests.fakes.desk import LAYLA, OMAR, DeskWorld, desk_world

WORDS = {
    "en": {
        "ask": "May I talk to a person?",
        "told": f"{LAYLA.name} sees what you are writing before you send it.",
        "hide": "Hide it",
        "hidden": "Only what you send is seen.",
        "half": "I was wondering whether",
        "unsent": "Being written, not sent yet",
    },
    "ar": {
        "ask": "أريد التحدث إلى شخص",
        "told": "ما يُكتب الآن يظهر أمام ليلى حداد قبل إرساله.",
        "hide": "إخفاؤه",
        "hidden": "لا يظهر إلا ما يُرسل.",
        "half": "كنت أتساءل إن كان",
        "unsent": "قيد الكتابة، ولم يُرسل بعد",
    },
}


@pytest.fixture(params=[True, False], ids=["seen", "not seen"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path, see_writing=request.param) as running:
        yield running


def sent_by(page: Page) -> list[str]:
    """Keep what a page sends from now on, from its next connection on."""
    frames: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: frames.append(str(frame)))

    page.on("websocket", listen)
    return frames


@pytest.mark.parametrize("world", [True], indirect=True)
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_patron_is_told_first_and_can_hide_it(
    browser: Browser, world: DeskWorld, language: str
) -> None:
    words = WORDS[language]
    world.attended()
    patron = await patron_of(browser, world, language)
    frames = sent_by(patron)
    await patron.reload()
    field = patron.locator("textarea").first
    await expect(field).to_be_visible()
    await say(patron, words["ask"])
    (opened,) = await until_open(world, 1)
    await field.press_sequentially("before")
    await expect(patron.get_by_text(words["told"])).to_have_count(0)
    await world.core.librarians.claim(opened.id, LAYLA.id)
    layla, omar = (
        await desk_of(browser, world, LAYLA, language),
        await desk_of(browser, world, OMAR, language),
    )
    for page in (layla, omar):
        await page.locator(f'.item[data-id="{opened.id}"]').click()
    await expect(patron.get_by_text(words["told"])).to_be_visible()
    await healthy(patron)
    assert not any("before" in frame for frame in frames)  # nothing before the patron was told
    await field.fill(words["half"])
    written = layla.locator(".written")
    await expect(written).to_contain_text(words["half"])
    await expect(written).to_contain_text(words["unsent"])
    await expect(omar.locator(".writing-now")).to_be_visible()
    await expect(omar.locator(".written")).to_be_hidden()
    await healthy(layla)
    await patron.get_by_role("button", name=words["hide"]).click()
    await expect(written).to_be_hidden()
    await expect(patron.get_by_text(words["hidden"])).to_be_visible()
    seen = len(frames)
    await field.fill("a secret")
    await say(patron, "said in the end")
    await expect(layla.locator(".entry.patron").last).to_contain_text("said in the end")
    assert not any("a secret" in frame for frame in frames[seen:])
    for page in (patron, layla, omar):
        await page.context.close()


@pytest.mark.parametrize("world", [False], indirect=True)
async def test_where_it_is_not_seen_nothing_is_sent(browser: Browser, world: DeskWorld) -> None:
    world.attended()
    patron = await patron_of(browser, world, "en")
    frames = sent_by(patron)
    await patron.reload()
    field = patron.locator("textarea").first
    await expect(field).to_be_visible()
    await say(patron, "May I talk to a person?")
    (opened,) = await until_open(world, 1)
    await world.core.librarians.claim(opened.id, LAYLA.id)
    layla = await desk_of(browser, world, LAYLA)
    await layla.locator(f'.item[data-id="{opened.id}"]').click()
    await expect(patron.get_by_text("has joined")).to_be_visible()
    await field.press_sequentially("half a thought")
    await expect(layla.locator(".writing-now")).to_be_visible()
    await field.fill("")
    await say(patron, "the end")
    await expect(layla.locator(".entry.patron").last).to_contain_text("the end")
    assert any('"typing"' in frame for frame in frames)
    assert not any("half a" in frame for frame in frames)
    await patron.context.close()
    await layla.context.close()
