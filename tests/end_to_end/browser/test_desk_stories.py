"""Stories at the desk: several librarians, several patrons, both languages, and things going wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from bot.model import Address, Handoff, HandoffState, Language, Librarian, Speaker
from tests.fakes.desk import LAYLA, OMAR, PASSWORD, SAMI, DeskWorld, desk_world
from tests.patience import PATIENCE, PATIENCE_MS

SIZE = {"width": 1280, "height": 900}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    async with desk_world(tmp_path) as running:
        yield running


async def desk_of(
    browser: Browser, world: DeskWorld, who: Librarian, language: str = "en", width: int = 1280
) -> Page:
    """Open a browser of a librarian's own, signed in."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{world.url}/desk?lang={language}")
    await page.locator("#email").fill(who.email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("button.main").click()
    await expect(page.locator(".queue")).to_be_visible()
    return page


async def patron_of(browser: Browser, world: DeskWorld, language: str) -> Page:
    """Open a patron's page with the widget open."""
    context = await browser.new_context(viewport=SIZE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{world.url}/?lang={language}")
    await expect(page.locator("textarea").first).to_be_visible()  # it opens by itself on its own page
    return page


async def say(page: Page, text: str) -> None:
    field = page.locator("textarea").first
    await field.fill(text)
    await field.press("Enter")


async def claim(page: Page, handoff: Handoff) -> None:
    await page.locator(f'.item[data-id="{handoff.id}"]').click()
    await page.locator(".acts .claim").click()
    await expect(page.locator("#field")).to_be_focused()


async def reply(page: Page, text: str) -> None:
    await page.locator("#field").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator(".entry.librarian").last).to_contain_text(text)


async def act(page: Page, name: str) -> None:
    await page.locator(".acts").get_by_role("button", name=name).click()


async def until_open(world: DeskWorld, count: int) -> list[Handoff]:
    async with asyncio.timeout(PATIENCE):
        while len(found := list(world.store.handoffs.queue())) < count:
            await asyncio.sleep(0.02)
    return found


async def until_heard(world: DeskWorld, handoff: Handoff, text: str) -> None:
    """Wait until a text stands in the conversation as the patron has it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            kept = world.store.conversations.since(handoff.conversation, 0, 100)
            if [m.content.text for m in kept if m.speaker is Speaker.LIBRARIAN].count(text) == 1:
                return
            await asyncio.sleep(0.02)


async def until_seen_by_one(text: str, *pages: Page) -> None:
    """Wait until a text stands on one of the pages, and on no other."""
    async with asyncio.timeout(PATIENCE):
        while True:
            seen = [await page.get_by_text(text, exact=True).count() for page in pages]
            assert sum(seen) <= 1
            if sum(seen) == 1:
                return
            await asyncio.sleep(0.05)


async def healthy(page: Page) -> None:
    results = await Axe().run(page)
    found = [(o["id"], [node["html"][:120] for node in o["nodes"]]) for o in results.response["violations"]]
    assert found == []


async def test_two_librarians_and_three_patrons_at_once(browser: Browser, world: DeskWorld) -> None:
    world.attended()
    patrons = [await patron_of(browser, world, language) for language in ("en", "ar", "en")]
    layla, omar = await desk_of(browser, world, LAYLA), await desk_of(browser, world, OMAR, "ar")
    wishes = ["May I talk to a person?", "أريد التحدث إلى شخص", "A person, please"]
    await asyncio.gather(*(say(page, text) for page, text in zip(patrons, wishes, strict=True)))
    opened = await until_open(world, 3)
    await expect(layla.locator(".group.waiting .item")).to_have_count(3)
    arabic = next(one for one in opened if one.language is Language.AR)
    english = [one for one in opened if one.language is Language.EN]
    await asyncio.gather(claim(omar, arabic), claim(layla, english[0]))
    await claim(layla, english[1])
    # A draft in one conversation outlives work in another.
    await layla.locator("#field").fill("half a sentence")
    await layla.locator(f'.item[data-id="{english[0].id}"]').click()
    await expect(layla.locator("#field")).to_have_value("")
    await expect(layla.locator(f'.item[data-id="{english[1].id}"]')).to_contain_text("draft")
    await asyncio.gather(reply(layla, "Hello, first"), reply(omar, "مرحبًا بك"))
    await layla.locator(f'.item[data-id="{english[1].id}"]').click()
    await expect(layla.locator("#field")).to_have_value("half a sentence")
    await reply(layla, "Hello, second")
    await expect(patrons[1].get_by_text("مرحبًا بك")).to_be_visible()
    for text in ("Hello, first", "Hello, second"):
        await until_seen_by_one(text, patrons[0], patrons[2])
    await say(patrons[1], "شكرًا جزيلًا")
    await expect(omar.locator(".entry.patron").last).to_contain_text("شكرًا جزيلًا")
    await expect(omar.locator("#field")).to_have_attribute("lang", "ar")
    await healthy(layla)
    await healthy(omar)


async def test_a_referral_from_hand_to_hand(browser: Browser, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await desk_of(browser, world, LAYLA), await desk_of(browser, world, OMAR, "ar")
    await claim(layla, handoff)
    await act(layla, "Refer…")
    dialog = layla.locator("dialog")
    await dialog.locator("select").select_option("")
    await dialog.get_by_role("button", name="Refer it").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("choose somebody")
    await dialog.locator("select").select_option("to:omar")
    await dialog.locator("textarea").fill("This one is yours")
    await healthy(layla)
    await dialog.get_by_role("button", name="Refer it").click()
    await expect(omar.locator(".toast")).to_contain_text("إحالة إليك من Layla Haddad")
    item = omar.locator(".group.asked .item")
    await expect(item).to_contain_text("إحالة إليك من Layla Haddad")
    await item.click()
    await expect(omar.locator(".asks")).to_contain_text("This one is yours")
    await healthy(omar)
    await act(omar, "اعتذار")
    await omar.locator("dialog textarea").fill("عندي درس")
    await omar.locator("dialog .main").click()
    await expect(layla.locator(".entry.event").last).to_contain_text("Omar Nassar declined the referral")
    await expect(layla.locator(".entry.event").last).to_contain_text("عندي درس")
    await act(layla, "Refer…")
    await layla.locator("dialog select").select_option("subject:biology")
    await layla.locator("dialog .main").click()
    await omar.locator(".acts").get_by_role("button", name="قبول").click()
    await expect(omar.locator("#field")).to_be_focused()
    await expect(layla.locator(".group.others .item")).to_contain_text("Omar Nassar")
    assert world.store.handoffs.get(handoff.id).librarian == OMAR.id
    await act(omar, "إعادة إلى الانتظار…")
    await omar.locator("dialog .main").click()
    await expect(layla.locator(f'.item[data-id="{handoff.id}"]')).to_contain_text("Put back in the queue")
    await act(layla, "Claim")
    await expect(layla.locator("#field")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_referral_is_answered_where_it_is_read(
    browser: Browser, world: DeskWorld, language: str
) -> None:
    handoff = await world.ask_person()
    omar = await desk_of(browser, world, OMAR, language, width=320)
    decline, accept = ("Decline", "Accept") if language == "en" else ("اعتذار", "قبول")
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    for press in (decline, accept):
        await world.core.librarians.refer(handoff.id, LAYLA.id, "", to=OMAR.id)
        if press == decline:
            await omar.locator(".item").click()
        else:
            await omar.reload()  # the conversation that was open is open again
        await expect(omar.locator(".instead")).to_contain_text("Layla Haddad")
        await healthy(omar)
        await omar.locator(".instead").get_by_role("button", name=press).click()
        if press == decline:
            await omar.locator("dialog .main").click()
            await expect(omar.locator("dialog")).to_have_count(0)
    await expect(omar.locator("#field")).to_be_focused()
    assert world.store.handoffs.get(handoff.id).librarian == OMAR.id


async def test_edit_withdraw_close_find_and_reopen(browser: Browser, world: DeskWorld) -> None:
    patron = await patron_of(browser, world, "en")
    await say(patron, "May I talk to a person?")
    (handoff,) = await until_open(world, 1)
    layla = await desk_of(browser, world, LAYLA)
    await claim(layla, handoff)
    await reply(layla, "We open at nine")
    await expect(patron.get_by_text("We open at nine")).to_be_visible()
    mine = layla.locator(".entry.librarian").last
    await mine.get_by_role("button", name="Edit").click()
    await layla.locator("dialog textarea").fill("We open at ten")
    await layla.locator("dialog .main").click()
    await expect(mine).to_contain_text("We open at ten")
    await expect(mine).to_contain_text("Edited")
    await expect(patron.get_by_text("We open at ten")).to_be_visible()
    await expect(patron.get_by_text("We open at nine")).to_have_count(0)
    await healthy(layla)
    await mine.get_by_role("button", name="Withdraw").click()
    await layla.locator("dialog .main").click()
    await expect(patron.get_by_text("This message was withdrawn.")).to_be_visible()
    await expect(patron.locator(".withdrawn").get_by_role("button")).to_have_count(0)  # nothing to copy
    await act(layla, "Close…")
    dialog = layla.locator("dialog")
    await dialog.locator('input[name="read"]').nth(1).check()
    await dialog.locator('input[value="directional"]').check()
    await dialog.locator("#closing-note").fill("Ask facilities about the sign")
    await dialog.locator("button.main").click()
    await expect(dialog).to_have_count(0)
    await layla.goto(f"{world.url}/desk/closed?text=facilities")
    await healthy(layla)
    await layla.get_by_role("link", name="I can’t open an article from home").click()
    await expect(layla.locator(".context")).to_contain_text("Ask facilities about the sign")
    await healthy(layla)
    await act(layla, "Reopen")
    await layla.locator("dialog .main").click()
    await expect(layla.locator("dialog")).to_have_count(0)
    await expect(layla.locator(".group.mine .item")).to_have_count(1)
    assert world.store.handoffs.get(handoff.id).state is HandoffState.ASSIGNED
    await reply(layla, "One thing more")
    await expect(patron.get_by_text("One thing more")).to_be_visible()


async def test_help_goes_into_the_reply(browser: Browser, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla = await desk_of(browser, world, LAYLA)
    await claim(layla, handoff)
    await layla.get_by_role("button", name="Ready answers").click()
    await layla.locator("#ready-filter").fill("greet")
    await expect(layla.locator(".found > li")).to_have_count(1)
    await healthy(layla)
    await layla.get_by_role("button", name="Put it into the reply: Greeting").click()
    await expect(layla.locator("#field")).to_have_value("Hello, this is Layla Haddad.")
    await layla.get_by_role("button", name="The assistant’s suggestion").click()
    await layla.get_by_role("button", name="Put it into the reply").click()
    await expect(layla.locator("#field")).to_have_value(
        "Hello, this is Layla Haddad.\n\nYou can renew online **up to four times**.\n\n"
        "1. Open [My Account](https://library.example/account).\n2. Choose **Renew**.\n\n"
        "[Renewing what you borrowed](https://library.example/guides/renewal)"
    )


async def test_a_ready_answer_is_found_as_people_type_and_taken_by_enter(
    browser: Browser, world: DeskWorld
) -> None:
    handoff = await world.ask_person(language=Language.AR)
    layla = await desk_of(browser, world, LAYLA, "ar")
    await claim(layla, handoff)
    await layla.keyboard.press("Escape")
    await layla.keyboard.press("q")
    await expect(layla.locator(".found > li")).not_to_have_count(0)
    await layla.keyboard.press("Enter")  # nothing was wanted yet
    await layla.locator("#ready-filter").fill("مرحبا، معك")  # the text has مرحبًا
    await expect(layla.locator(".found > li")).to_have_count(1)
    await layla.keyboard.press("Enter")
    await expect(layla.locator("#field")).to_have_value(re.compile("^مرحبًا، معك Layla Haddad"))
    await expect(layla.locator("#field")).to_be_focused()
    assert await world.heard() == []


async def test_everything_by_the_keyboard_alone(browser: Browser, world: DeskWorld) -> None:
    first, second = await world.ask_person("one"), await world.ask_person("two")
    layla = await desk_of(browser, world, LAYLA)
    press = layla.keyboard.press
    await expect(layla.locator(".item")).to_have_count(2)
    await layla.locator("h1").evaluate("element => document.activeElement.blur()")
    await press("?")
    await expect(layla.locator("dialog kbd").first).to_be_visible()
    await healthy(layla)
    await press("Escape")
    await expect(layla.locator("dialog")).to_have_count(0)  # the browser closes it in its own time
    await press("j")
    await press("j")
    await expect(layla.locator(f'.item[data-id="{second.id}"]')).to_have_attribute("aria-current", "true")
    await press("k")
    await expect(layla.locator(f'.item[data-id="{first.id}"]')).to_have_attribute("aria-current", "true")
    await expect(layla.locator(".thread .entry").first).to_be_visible()
    await press("c")
    await expect(layla.locator("#field")).to_be_focused()
    await layla.keyboard.type("can you j and k?")  # letters are letters here
    await press("Enter")
    await until_heard(world, first, "can you j and k?")
    await press("Escape")
    await press("n")
    await expect(layla.locator("#tab-note")).to_have_attribute("aria-selected", "true")
    await press("Escape")
    await press("f")
    await expect(layla.locator("dialog select")).to_be_focused()
    await press("Escape")
    await expect(layla.locator("dialog")).to_have_count(0)
    await press("x")
    await expect(layla.locator("dialog input").first).to_be_focused()
    await press("ArrowDown")
    await press("Tab")
    await press("Space")
    await press("Tab")
    await expect(layla.locator("dialog select")).to_have_value("remote_access")
    await layla.locator("#closing-note").focus()
    await press("Tab")
    await press("Enter")
    await expect(layla.locator("dialog")).to_have_count(0)
    assert world.store.handoffs.get(first.id).state is HandoffState.CLOSED


async def test_a_restart_a_cut_and_a_reload_in_the_middle(browser: Browser, tmp_path: Path) -> None:
    async with AsyncExitStack() as first:
        world = await first.enter_async_context(desk_world(tmp_path))
        handoff = await world.ask_person()
        layla = await desk_of(browser, world, LAYLA)
        await claim(layla, handoff)
        await reply(layla, "before")
        port = int(world.url.rsplit(":", 1)[1])
    await expect(layla.locator(".banner")).to_contain_text("No connection")
    await layla.locator("#field").fill("in between")
    await layla.keyboard.press("Enter")
    await expect(layla.locator(".entry.unsent .state")).to_contain_text("Kept here")
    async with desk_world(tmp_path, port=port) as world:
        await until_heard(world, handoff, "in between")
        await expect(layla.locator(".banner")).to_be_hidden(timeout=PATIENCE_MS)
        await layla.context.set_offline(True)
        await layla.locator("#field").fill("in a tunnel")
        await layla.keyboard.press("Enter")
        await expect(layla.locator(".entry.unsent .state")).to_contain_text("Kept here")
        await layla.context.set_offline(False)
        await until_heard(world, handoff, "in a tunnel")
        await layla.locator("#field").fill("a draft")
        await layla.reload()
        await layla.locator(f'.item[data-id="{handoff.id}"]').click()
        await expect(layla.locator("#field")).to_have_value("a draft")
        await world.say("still here", key="after-the-restart")
        await expect(layla.locator(".entry.patron").last).to_contain_text("still here")
        assert await world.heard() == ["before", "in between", "in a tunnel"]


async def test_what_a_patron_forgets_goes_from_every_desk(browser: Browser, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, omar = await desk_of(browser, world, LAYLA), await desk_of(browser, world, OMAR)
    await claim(layla, handoff)
    await layla.locator("#field").fill("a draft about them")
    await omar.locator(f'.item[data-id="{handoff.id}"]').click()
    await expect(omar.locator(".thread .entry").first).to_be_visible()
    await world.core.patrons.forget(Address("web", "chat"))
    for page in (layla, omar):
        await expect(page.locator(".item")).to_have_count(0)
        await expect(page.locator(".thread .entry")).to_have_count(0)
    kept = await layla.evaluate("JSON.stringify(localStorage)")
    assert "a draft about them" not in kept


async def test_staff_read_along_and_are_invited(browser: Browser, world: DeskWorld) -> None:
    handoff = await world.ask_person()
    layla, sami = await desk_of(browser, world, LAYLA), await desk_of(browser, world, SAMI, width=320)
    await claim(layla, handoff)
    await act(layla, "Ask to look…")
    await layla.locator("dialog select").select_option("sami")
    await layla.locator("dialog .main").click()
    await expect(sami.locator(".group.asked .item")).to_contain_text("asks you to have a look")
    await healthy(sami)
    await sami.locator(".item").click()
    await expect(sami.locator(".thread .entry").first).to_be_visible()
    await sami.locator("#tab-note").click()
    await sami.locator("#field").fill("It is in the annex")
    await sami.locator("#field").press("Enter")
    await expect(layla.locator(".entry.note")).to_contain_text("It is in the annex")
    await sami.locator("#tab-reply").click()
    await expect(sami.locator(".instead")).to_contain_text("leave a note")
    await healthy(sami)
    await act(layla, "Ask to look…")  # once more, while Sami has it open: seen at once
    await layla.locator("dialog select").select_option("sami")
    await layla.locator("dialog .main").click()
    await expect(sami.locator(".toast").last).to_contain_text("asks you to have a look")
    await expect(sami.locator(".group.asked .item")).to_have_count(0)


async def test_who_does_nothing_is_away_by_itself_and_back_at_a_touch(
    browser: Browser, world: DeskWorld
) -> None:
    context = await browser.new_context(viewport=SIZE)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.clock.install()
    await page.goto(f"{world.url}/desk?lang=en")
    await page.locator("#email").fill(LAYLA.email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("button.main").click()
    choice = page.get_by_label("Your presence")
    await expect(choice).to_have_value("available")
    await page.clock.fast_forward(11 * 60_000)
    await expect(choice).to_have_value("away")
    await page.mouse.move(200, 300)
    await page.mouse.move(210, 310)
    await expect(choice).to_have_value("available")
    await context.close()
