"""Pictures of every state of the desk, over the real core with invented people; nothing is asserted."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.model import Address, Handoff, Language, Librarian, OfferedFile, Presence
from tests.conftest import ROOT
from tests.fakes.desk import LAYLA, OMAR, PASSWORD, DeskWorld, desk_world
from tests.patience import PATIENCE_MS
from tests.widget_pictures import a_screen

WIDTHS = {320: 720, 768: 1000, 1440: 900}  # px, with the height of each
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
HALF = {False: "It says “access denied” when I", True: "تظهر لي عبارة «تم رفض الوصول» حين"}
Shoot = Callable[[str], Awaitable[None]]


async def prepare(world: DeskWorld, language: str) -> dict[str, Handoff]:
    """Put one handoff of each standing on the desk."""
    spoken, door = Language(language), world.core.librarians
    other = Language.AR if spoken is Language.EN else Language.EN
    arabic = spoken is Language.AR
    await door.set_presence(OMAR.id, Presence.AVAILABLE)
    await known(world, spoken)
    await world.say("كم مرة يمكن تجديد الإعارة؟" if arabic else "How often can I renew?", "one", spoken)
    found = {"mine": await world.ask_person("one", spoken)}
    for name, chat, tongue in (
        ("asked", "two", other),
        ("back", "three", spoken),
        ("waiting", "four", other),
    ):
        found[name] = await world.ask_person(chat, tongue)
    word = "هذا في تخصصك" if arabic else "You know this better than I do"
    await door.claim(found["asked"].id, OMAR.id)
    await door.refer(found["asked"].id, OMAR.id, word, to=LAYLA.id)
    await door.claim(found["back"].id, OMAR.id)
    await door.put_back(found["back"].id, OMAR.id, "اجتماع" if arabic else "In a meeting")
    await door.claim(found["mine"].id, LAYLA.id)
    hello = "مرحبًا، أنظر في الأمر." if arabic else "Hello, I am looking into it."
    said = await door.reply(found["mine"].id, LAYLA.id, hello, "picture-1")
    more = (
        "مرحبًا، معك ليلى. أنظر في الأمر الآن." if arabic else "Hello, Layla here. I am looking into it now."
    )
    await door.edit(found["mine"].id, LAYLA.id, said.seq, more)
    note = "راجعتُ الوسيط أمس" if arabic else "The proxy was down for an hour yesterday"
    await door.note(found["mine"].id, OMAR.id, note, "picture-2")
    closed = await world.ask_person("five", spoken)
    await door.claim(closed.id, LAYLA.id)
    found["closed"] = await door.close(closed.id, LAYLA.id, 3, "reference", "remote_access", note)
    await world.settle()
    return found


async def known(world: DeskWorld, language: Language) -> None:
    """Let the patron of the first conversation have been helped before, and agree to have it seen."""
    for who in (LAYLA, OMAR):
        await world.helped("one", language, who)
        await world.say("5", "one", language)
    await world.core.patrons.consent(Address("web", "one"), True)


async def sign_in(browser: Browser, world: DeskWorld, who: Librarian, language: str, width: int) -> Page:
    """Open the desk of a librarian at a width."""
    size = {"width": width, "height": WIDTHS[width]}
    context = await browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{world.url}/desk?lang={language}")
    await page.fill("#email", who.email)
    await page.fill("#password", PASSWORD)
    return page


async def states(page: Page, world: DeskWorld, on: dict[str, Handoff], width: int, shoot: Shoot) -> None:
    """Go through the desk's states."""
    narrow, beside = width < 760, width < 1140
    arabic = on["mine"].language is Language.AR
    await shoot("sign-in")
    await page.click("button.main")
    await page.locator(".item").first.wait_for()
    await shoot("queue")
    await page.click(f'.item[data-id="{on["mine"].id}"]')
    await page.locator(".thread .entry.note").wait_for()
    await shoot("conversation")
    helps = page.locator(".helps button")
    for number, name in enumerate(("ready-answers", "suggestion", "search")):
        await helps.nth(number).click()
        await page.locator(".finder:not([hidden]) .found-acts").first.wait_for()
        await shoot(name)
        await page.keyboard.press("Escape")
    await page.click("#tab-note")
    await shoot("note")
    await page.click("#tab-reply")
    await page.locator(".own button").first.click()
    await shoot("edit")
    await page.keyboard.press("Escape")
    given = OfferedFile(Address("web", "one"), "screen.png", a_screen(), "picture-file")
    await world.core.files.give(given)
    await world.settle()
    await page.locator(".files img").wait_for()
    await world.core.patrons.typing(Address("web", "one"), True, HALF[arabic])
    await page.locator(".written").wait_for()
    await shoot("file-and-writing")
    if beside:
        await page.click(".details")
        await shoot("context")
    await page.locator(".earlier button").first.click()
    await page.locator(".reading .entry").first.wait_for()
    await shoot("earlier")
    await page.keyboard.press("Escape")
    buttons = page.locator(".acts button")
    for number, name in enumerate(("close", "refer", "put-back", "return", "ask-to-look")):
        await buttons.nth(number).click()
        await page.locator("dialog").wait_for()
        await shoot(name)
        await page.keyboard.press("Escape")
    if beside:
        await page.click(".hide")
    await page.click('[popovertarget="menu"]')
    await shoot("menu")
    await page.keyboard.press("Escape")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("?")
    await shoot("shortcuts")
    await page.keyboard.press("Escape")
    for name in ("asked", "back"):
        if narrow:
            await page.click(".back")
        await page.click(f'.item[data-id="{on[name].id}"]')
        await page.locator(".thread .entry").first.wait_for()
        await shoot(name)
    await page.goto(f"{world.url}/desk?open={on['closed'].id}")
    await page.locator(".instead").wait_for()
    await shoot("over")
    for name in ("closed", "account"):
        await page.goto(f"{world.url}/desk/{name}")
        await shoot(f"page-{name}")


async def admin_pages(page: Page, world: DeskWorld, shoot: Shoot) -> None:
    """Go through the pages that only admins have."""
    await page.click("button.main")
    await page.locator(".queue").wait_for()
    for name in ("accounts", "rules", "accounts/sami"):
        await page.goto(f"{world.url}/desk/{name}")
        await page.locator("button.main").first.wait_for()
        await shoot(f"page-{name.replace('/', '-')}")


def onto(page: Page, where: Path) -> Shoot:
    """Give what takes a picture of a page; its file's name begins with ``where``."""

    async def shoot(state: str) -> None:
        await page.screenshot(path=f"{where}-{state}.png", animations="disabled")

    return shoot


async def take(folder: Path, widths: list[int]) -> None:
    """Take every state at each width in both languages, into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in ("en", "ar"):
            for width in widths:
                with tempfile.TemporaryDirectory(prefix="dalil-pictures-") as name:
                    async with desk_world(Path(name), see_writing=True) as world:
                        on = await prepare(world, language)
                        where = folder / f"desk-{language}-{width}"
                        page = await sign_in(browser, world, LAYLA, language, width)
                        await states(page, world, on, width, onto(page, where))
                        await page.context.close()
                        page = await sign_in(browser, world, OMAR, language, width)
                        await admin_pages(page, world, onto(page, where))
                        await page.context.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(ROOT / "screenshots", [int(one) for one in sys.argv[1:]] or list(WIDTHS)))
