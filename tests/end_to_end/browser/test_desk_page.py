"""The librarians' desk in a real browser, over the real core."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.model import Address, Handoff, HandoffState, Language, Presence
from tests.fakes.desk import LAYLA, OMAR, PASSWORD, DeskWorld, desk_world
from tests.patience import PATIENCE, PATIENCE_MS

NASTY = (
    '<img src=x onerror="window.hit=1"> <script>window.hit=2</script> [click](javascript:window.hit=3) '
    "**bold** <svg onload=window.hit=4>"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path) as running:
        yield running


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose scripts must not fail, nor break its policy; requests may be refused."""
    troubles: list[str] = []
    made = await context.new_page()
    made.on("pageerror", lambda error: troubles.append(str(error)))
    made.on("console", lambda said: troubles.append(said.text) if _is_trouble(said.type, said.text) else None)
    yield made
    assert troubles == []


def _is_trouble(kind: str, text: str) -> bool:
    expected = ("Failed to load resource", "WebSocket connection", "'TrustedHTML' assignment")
    return kind == "error" and not any(part in text for part in expected)


async def signed_in(page: Page, world: DeskWorld, language: str = "en", email: str = LAYLA.email) -> None:
    await page.goto(f"{world.url}/desk?lang={language}")
    await page.locator("#email").fill(email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("button.main").click()
    await expect(page.locator(".queue")).to_be_visible()
    async with asyncio.timeout(PATIENCE):
        while not world.desk.connected():
            await asyncio.sleep(0.01)


async def choose(page: Page, handoff: Handoff) -> None:
    await page.locator(f'.item[data-id="{handoff.id}"]').click()
    await expect(page.locator(".thread .entry").first).to_be_visible()


async def claim(page: Page, handoff: Handoff) -> None:
    await choose(page, handoff)
    await page.locator(".acts .main").click()
    await expect(page.locator("#field")).to_be_focused()


async def healthy(page: Page) -> None:
    results = await Axe().run(page)
    found = [
        (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in results.response["violations"]
    ]
    assert found == []


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_whole_story(page: Page, world: DeskWorld, language: str) -> None:
    spoken = Language(language)
    arabic = spoken is Language.AR
    await healthy_door(page, world, language)
    await signed_in(page, world, language)
    await expect(page.locator("html")).to_have_attribute("dir", "rtl" if arabic else "ltr")
    await expect(page.locator(".nobody")).to_contain_text("لا أحد ينتظر" if arabic else "Nobody is waiting")
    await healthy(page)
    await world.say("How many renewals?", language=spoken)
    handoff = await world.ask_person(language=spoken)
    item = page.locator(".group.waiting .item")
    await expect(item).to_contain_text(handoff.packet.question)
    await expect(page).to_have_title(re.compile(r"^\(1\) "))
    await expect(page.locator('.sr[aria-live="polite"]')).to_contain_text(handoff.packet.question)
    await claim(page, handoff)
    await expect(page.locator(".group.mine .item")).to_have_count(1)
    bold = page.locator(".entry.assistant").first.locator("strong").first
    await expect(bold).to_have_text("up to four times")
    await expect(page.locator(".context")).to_contain_text("Firefox")
    await expect(page.locator(".context")).to_contain_text("الأحياء" if arabic else "Biology")
    await page.keyboard.type("First line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second **line**")
    await page.keyboard.press("Enter")
    mine = page.locator(".entry.librarian")
    await expect(mine).to_contain_text("second line")
    await expect(mine.locator(".state")).to_have_text("وصلت" if arabic else "Delivered")
    assert await world.heard() == ["First line\nsecond **line**"]
    await world.say("شكرًا جزيلًا" if arabic else "Thank you!", language=spoken)
    await expect(page.locator(".entry.patron").last).to_contain_text("شكرًا جزيلًا" if arabic else "Thank you!")
    await page.locator("#tab-note").click()
    await page.locator("#field").fill("Only for us")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.note")).to_contain_text("Only for us")
    await healthy(page)
    await page.locator(".acts .main").click()
    dialog = page.locator("dialog")
    await healthy(page)
    await dialog.locator("button.main").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()  # nothing was chosen yet
    await dialog.locator('input[name="read"]').nth(2).check()
    await dialog.locator('input[value="reference"]').check()
    await expect(dialog.locator("select")).to_have_value("remote_access")
    await dialog.locator("button.main").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".instead")).to_contain_text("انتهت" if arabic else "over")
    await expect(page).to_have_title(re.compile(r"^[^(]"))
    closed = world.store.handoffs.get(handoff.id)
    assert (closed.read_value, closed.transaction, closed.topic) == (3, "reference", "remote_access")
    texts = [m.content.text for m in await world.core.patrons.since(Address("web", "chat"), 0)]
    assert "Only for us" not in texts


async def healthy_door(page: Page, world: DeskWorld, language: str) -> None:
    await page.goto(f"{world.url}/desk?lang={language}")
    await healthy(page)


async def test_two_librarians_reach_for_the_same(browser: Browser, page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    context = await browser.new_context(reduced_motion="reduce")
    other = await context.new_page()
    await signed_in(other, world, email=OMAR.email)
    await choose(page, handoff)
    await choose(other, handoff)
    # Taken in hand first: the slower page may have put its button away before it is pressed.
    buttons = [await p.locator(".acts .main").element_handle() for p in (page, other)]
    await asyncio.gather(*(button.evaluate("button => button.click()") for button in buttons if button))
    async with asyncio.timeout(PATIENCE):
        while world.store.handoffs.get(handoff.id).state is not HandoffState.ASSIGNED:
            await asyncio.sleep(0.02)
    winner = world.store.handoffs.get(handoff.id).librarian_name
    won, lost = (page, other) if winner == LAYLA.name else (other, page)
    await expect(won.locator("#field")).to_be_focused()
    await expect(lost.locator(".toast")).to_contain_text(f"{winner} was quicker")
    await expect(lost.locator(".group.others .item")).to_contain_text(winner or "?")
    await lost.locator("#tab-reply").click()
    await expect(lost.locator(".instead")).to_contain_text(f"{winner} has this conversation")
    await context.close()


async def test_the_one_who_was_slower_is_told_by_whom(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await choose(page, handoff)
    held = asyncio.Event()
    await page.route("**/claim", lambda route: asyncio.ensure_future(_later(held, route)))
    await page.locator(".acts .main").click()
    await world.core.librarians.claim(handoff.id, OMAR.id)
    held.set()
    await expect(page.locator(".toast")).to_contain_text("Omar Nassar was quicker")


async def _later(held: asyncio.Event, route: object) -> None:
    await held.wait()
    await route.continue_()  # type: ignore[attr-defined]


async def test_what_patrons_write_stays_text(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await world.say(NASTY)
    await world.core.librarians.note(handoff.id, OMAR.id, NASTY, "note-00001")
    await signed_in(page, world)
    await choose(page, handoff)
    await expect(page.locator(".entry.patron").last).to_contain_text('onerror="window.hit=1"')
    await expect(page.locator(".entry.note")).to_contain_text("<script>window.hit=2</script>")
    inside = page.locator(".thread img, .thread script, .thread a[href^='javascript']")
    await expect(inside).to_have_count(0)
    await claim(page, handoff)
    await page.locator("#field").fill(NASTY)
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.librarian .state")).to_have_text("Delivered")
    await expect(inside).to_have_count(0)
    assert await page.evaluate("window.hit") is None


async def test_the_page_cannot_be_made_to_run_html(page: Page, world: DeskWorld) -> None:
    await signed_in(page, world)
    outcome = await page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch (e) { return e.name; } }"
    )
    assert outcome == "TypeError"


async def test_trouble_elsewhere_stands_under_the_top_until_it_is_over(page: Page, world: DeskWorld) -> None:
    await signed_in(page, world)
    tell = world.core.live.trouble_changed
    await tell("telegram-desk", "Telegram, the librarians’ group: topics are off in the group")
    await expect(page.locator(".banner")).to_have_text(
        "Trouble with Telegram, the librarians’ group: topics are off in the group"
    )
    await page.reload()
    await expect(page.locator(".banner")).to_contain_text("topics are off")
    await tell("telegram-desk", None)
    await expect(page.locator(".banner")).to_be_hidden()


async def test_replies_written_without_a_connection_arrive_once(
    context: BrowserContext, page: Page, world: DeskWorld
) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    await world.core.patrons.typing(Address("web", "chat"), True)
    await expect(page.locator(".writing-now")).to_be_visible()
    await context.set_offline(True)
    await expect(page.locator(".banner")).to_contain_text("No connection")
    await page.get_by_role("button", name="Put back…").click()
    await page.locator("dialog .main").click()
    await expect(page.locator("dialog").get_by_role("alert")).to_contain_text("There was no answer")
    await page.keyboard.press("Escape")
    await world.say("it works now")
    await page.locator("#field").fill("written in a tunnel")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.unsent .state")).to_contain_text("Kept here")
    await page.locator("#field").fill("and one more")
    await page.keyboard.press("Enter")
    await context.set_offline(False)
    await expect(page.locator(".entry.unsent")).to_have_count(0, timeout=PATIENCE_MS)
    await expect(page.locator(".banner")).to_be_hidden(timeout=PATIENCE_MS)
    await expect(page.locator(".entry.patron").last).to_contain_text("it works now")
    await expect(page.locator(".writing-now")).to_be_hidden(timeout=3_000)  # sooner than silence would end it
    assert await world.heard() == ["written in a tunnel", "and one more"]
    await expect(page.locator(".entry.librarian")).to_have_count(2)


async def test_a_reply_whose_answer_was_lost_is_said_once(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    lost = 0

    async def lose(route: object) -> None:
        nonlocal lost
        lost += 1
        if lost == 1:
            await route.fetch()  # type: ignore[attr-defined]
            await route.abort()  # type: ignore[attr-defined]
        else:
            await route.continue_()  # type: ignore[attr-defined]

    await page.route("**/reply", lose)
    await page.locator("#field").fill("once")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.librarian .state")).to_have_text("Delivered")
    async with asyncio.timeout(PATIENCE):
        while await page.evaluate("localStorage.getItem('dalil-desk:layla:unsent')") != "[]":
            await asyncio.sleep(0.05)
    await expect(page.locator(".entry.librarian")).to_have_count(1)
    assert await world.heard() == ["once"]


async def test_unsent_replies_outlive_a_reload(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    await page.route("**/reply", lambda route: route.abort())
    await page.locator("#field").fill("before the reload")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.unsent")).to_be_visible()
    await page.locator("#field").fill("a draft")
    await page.unroute("**/reply")
    await page.reload()
    await choose(page, handoff)
    await expect(page.locator(".entry.librarian .state")).to_have_text("Delivered")
    await expect(page.locator("#field")).to_have_value("a draft")
    assert await world.heard() == ["before the reload"]


async def test_a_refused_reply_says_why_and_can_be_discarded(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    held = asyncio.Event()
    await page.route("**/reply", lambda route: asyncio.ensure_future(_later(held, route)))
    await page.locator("#field").fill("too late")
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.unsent")).to_be_visible()
    await world.core.librarians.give_back(handoff.id, LAYLA.id)
    held.set()
    refused = page.locator(".entry.unsent .state")
    await expect(refused).to_contain_text("This conversation is over already")
    await refused.get_by_role("button", name="Discard").click()
    await expect(page.locator(".entry.unsent")).to_have_count(0)
    assert await world.heard() == []


async def test_the_keyboard_reaches_everything(page: Page, world: DeskWorld) -> None:
    handoffs = [await world.ask_person(chat) for chat in ("one", "two", "three")]
    await signed_in(page, world)
    items = page.locator(".item")
    await expect(items).to_have_count(3)
    await items.first.focus()
    for key, at in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0)):
        await page.keyboard.press(key)
        await expect(items.nth(at)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(f'.item[data-id="{handoffs[0].id}"]')).to_have_attribute("aria-current", "true")
    await expect(page.locator(".thread .entry").first).to_be_visible()
    stops = []
    for _ in range(14):
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate("document.activeElement.className || document.activeElement.id"))
    assert any("scroll" in stop for stop in stops) and any("tab" in stop for stop in stops)
    assert any(stop.startswith("main") for stop in stops)  # claim
    assert sum("item" in stop for stop in stops) <= 1  # the queue is one stop


async def test_the_knowledge_base_goes_into_the_reply(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    await page.locator("#field").fill("Hello.")
    await page.get_by_role("button", name="Search the knowledge base").click()
    await expect(page.locator("#find")).to_be_focused()
    await page.locator("#find").fill("nothing like it")
    await expect(page.locator(".finder:not([hidden]) .status")).to_contain_text(
        "Nothing in the knowledge base"
    )
    await page.locator("#find").fill("renew")
    await healthy(page)
    await page.get_by_role("button", name="Insert text and link").click()
    await expect(page.locator("#field")).to_have_value(
        "Hello.\n\nRenew up to **four times**.\n\n[Renewing loans](https://library.example/guides/renewal)"
    )
    await page.keyboard.press("Enter")
    sent = page.locator(".entry.librarian a")
    await expect(sent).to_have_attribute("href", "https://library.example/guides/renewal")


async def test_who_writes_is_shown_both_ways(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await claim(page, handoff)
    shown: list[tuple[str | None, bool]] = []

    async def keep(address: Address, by: str | None, on: bool) -> None:
        shown.append((by, on))

    world.web.show_typing = keep  # type: ignore[method-assign]
    await page.keyboard.type("Hel")
    async with asyncio.timeout(PATIENCE):
        while (LAYLA.name, True) not in shown:
            await asyncio.sleep(0.02)
    await world.core.patrons.typing(Address("web", "chat"), True)
    await expect(page.locator(".writing-now")).to_be_visible()
    await world.say("here it is")
    await expect(page.locator(".writing-now")).to_be_hidden()


async def test_presence_is_available_until_told_otherwise(page: Page, world: DeskWorld) -> None:
    await signed_in(page, world)

    async def until(wanted: Presence | None) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                present = {who.id: how for who, how in await world.core.librarians.present()}
                if present.get(LAYLA.id) is wanted:
                    return
                await asyncio.sleep(0.02)

    await until(Presence.AVAILABLE)
    choice = page.get_by_label("Your presence")
    await choice.select_option("away")
    await until(Presence.AWAY)
    await page.reload()
    await expect(page.get_by_label("Your presence")).to_have_value("away")
    await page.get_by_role("button", name="Menu").click()
    await healthy(page)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#password")).to_be_visible()
    await until(None)


async def test_a_disabled_librarian_is_put_out(page: Page, world: DeskWorld) -> None:
    world.attended()
    await world.ask_person()
    await signed_in(page, world)
    await expect(page.locator(".item")).to_have_count(1)
    world.store.librarians.disable(LAYLA.id)
    await world.say("anybody?")
    await expect(page.locator(".banner")).to_contain_text("You are signed out")
    await page.get_by_role("button", name="Sign in again").click()
    await expect(page.locator("#password")).to_be_visible()


async def test_switching_the_language_keeps_the_place(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person(language=Language.AR)
    await signed_in(page, world)
    await claim(page, handoff)
    await page.locator("#field").fill("مسوّدة")
    await page.get_by_role("button", name="العربية").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.locator("#field")).to_have_value("مسوّدة")
    await expect(page.locator(".entry.patron").first).to_be_visible()
    await expect(page.get_by_role("button", name="إرسال")).to_be_visible()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.locator("#field")).to_have_value("مسوّدة")  # in the conversation that was open


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_on_a_telephone(browser: Browser, world: DeskWorld, language: str) -> None:
    handoff = await world.ask_person(language=Language(language))
    context = await browser.new_context(
        viewport={"width": 375, "height": 720}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await signed_in(page, world, language)
    await healthy(page)
    await choose(page, handoff)
    await expect(page.locator(".queue")).to_be_hidden()
    await page.locator(".details").click()
    await page.locator(".acts .main").click()
    await expect(page.locator(".group.mine .item")).to_have_count(1)
    await page.locator(".hide").click()
    await page.locator("#field").fill("hello")
    await page.locator("#field").press("Enter")
    await expect(page.locator(".entry.librarian")).to_be_visible()
    await healthy(page)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    await page.locator(".back").click()
    await expect(page.locator(".queue")).to_be_visible()
    assert await world.heard() == ["hello"]
    await context.close()


async def test_in_the_dark(browser: Browser, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    context = await browser.new_context(color_scheme="dark", reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await healthy_door(page, world, "en")
    await signed_in(page, world)
    await claim(page, handoff)
    for tab in ("note", "reply"):
        await page.locator(f"#tab-{tab}").click()
        await page.locator("#field").fill("said")
        await page.keyboard.press("Enter")
    await expect(page.locator(".entry.librarian .state")).to_have_text("Delivered")
    await healthy(page)
    await page.locator(".acts .main").click()
    await healthy(page)
    await context.close()


async def test_waiting_time_ticks_and_is_marked_when_long(page: Page, world: DeskWorld) -> None:
    world.attended()
    world.clock.ahead = timedelta(minutes=-5)
    handoff = await world.ask_person()
    world.clock.ahead = timedelta()
    await signed_in(page, world)
    item = page.locator(f'.item[data-id="{handoff.id}"]')
    await expect(item).to_have_class(re.compile("long"))
    await expect(item.locator(".ticking")).to_have_text(re.compile(r"^[5-9]:\d\d$"))
    before = await item.locator(".ticking").inner_text()
    await expect(item.locator(".ticking")).not_to_have_text(before)


async def test_a_deleted_conversation_goes_from_view(page: Page, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    await signed_in(page, world)
    await choose(page, handoff)
    await world.core.patrons.forget(Address("web", "chat"))
    await expect(page.locator(".toast").first).to_contain_text("not kept any more")  # without a touch
    await expect(page.locator(".item")).to_have_count(0)
    await expect(page.locator(".thread .entry")).to_have_count(0)
