"""What patrons give, as librarians see it: pictures are shown, the rest is saved, nothing can act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, expect

from channels.web.connections import address_of
from tests.end_to_end.browser.test_desk_stories import desk_of, healthy
from tests.fakes.desk import LAYLA, DeskWorld, desk_world
from tests.fakes.patron_page import PatronPage
from tests.widget_pictures import a_screen

ACTS = "<script>document.title = 'acted'; parent.acted = opener.acted = true</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="parent.acted = true">{ACTS}</svg>'.encode()
EVIL = '"><img src=x onerror="window.acted=true">.png'


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path) as running:
        yield running


async def give(world: DeskWorld, page: PatronPage, name: str, body: bytes) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {page.token}",
        "X-Dalil-Id": f"file-{len(name)}-{len(body)}",
        "X-Dalil-Name": str(httpx.QueryParams({"n": name}))[2:].replace("+", "%20"),
    }
    return await world.client().post("/files", content=body, headers=headers)


async def test_files_are_shown_safely(browser: Browser, world: DeskWorld) -> None:
    world.attended()
    patron = await PatronPage(world.url).open()
    await patron.say("May I talk to a person?", "message-1")
    await world.settle()
    (opened,) = world.store.handoffs.queue()
    await world.core.librarians.claim(opened.id, LAYLA.id)
    pdf = b"%PDF-1.7\n" + ACTS.encode()
    script = b"GIF89a/*" + ACTS.encode() + b"*/=1;window.acted=true"
    for name, body in (
        ("لقطة الشاشة.png", a_screen()),
        (EVIL, a_screen(40, 40)),
        ("notes.pdf", pdf),
        ("page.gif", script),
    ):
        assert (await give(world, patron, name, body)).status_code == 200, name
    for name, body in (("drawing.svg", SVG), ("drawing.png", SVG), ("page.html", ACTS.encode())):
        assert (await give(world, patron, name, body)).status_code == 415, name
    await world.settle()
    layla = await desk_of(browser, world, LAYLA)
    await layla.locator(f'.item[data-id="{opened.id}"]').click()
    files = layla.locator(".files")
    await expect(files).to_have_count(4)
    # Pictures are seen, with their names as they are.
    await expect(files.nth(0).locator("bdi")).to_have_text("لقطة الشاشة.png")
    await expect(files.nth(0).locator("img")).to_have_js_property("naturalWidth", 320)
    await expect(files.nth(1).locator("img")).to_have_count(1)
    name = await files.nth(1).locator("bdi").inner_text()
    assert "img src=x onerror" in name and name.endswith(".png")
    await expect(layla.locator('img[src="x"]')).to_have_count(0)
    # A PDF is saved, under its name, and opens nothing.
    async with layla.expect_download() as saved:
        await files.nth(2).locator("a").click()
    download = await saved.value
    assert download.suggested_filename == "notes.pdf"
    assert (Path(await download.path())).read_bytes() == pdf
    # Opened in a tab of its own, no file acts.
    for number in (0, 3):
        async with layla.context.expect_page() as shown:
            await files.nth(number).locator("a").click()
        tab = await shown.value
        await tab.wait_for_load_state()
        assert await tab.title() != "acted"
        assert await tab.evaluate("window.opener") is None
        await tab.close()
    assert await layla.evaluate("window.acted") is None
    await healthy(layla)
    # Nor does one act as a script of a page of ours. (The desk's own page refuses every address as a script.)
    other = await layla.context.new_page()
    await other.goto(world.url)
    loaded = await other.evaluate(
        """(href) => new Promise((done) => {
          const script = document.createElement("script");
          script.onload = script.onerror = (event) => done(event.type);
          script.src = href;
          document.head.append(script);
        })""",
        await files.nth(3).locator("a").get_attribute("href"),
    )
    assert (loaded, await other.evaluate("window.acted")) == ("error", None)
    # When the patron forgets, the files go.
    href = str(await files.nth(0).locator("a").get_attribute("href"))
    await world.core.patrons.forget(address_of(str(patron.token)))
    assert (await world.client().get(href)).status_code == 404
    await patron.close()
    await layla.context.close()
