"""What patrons can do in the panel beside asking: files, copying, keeping, printing. And axe, everywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.model import Content, Kind, LibrarianId, Speaker, Speaking
from tests.end_to_end.browser.widget_pages import opened, say, widget
from tests.fakes.gateway import Gateway, gateway
from tests.fakes.patron_door import library
from tests.patience import PATIENCE
from tests.widget_pictures import STATES, Scene, a_screen
from tests.widget_pictures import opened as scene_opened

ASK = {"en": "How do I renew a book?", "ar": "كيف أجدّد كتابًا؟"}


async def give(panel: Locator, name: str, body: bytes, kind: str = "image/png") -> None:
    file = {"name": name, "mimeType": kind, "buffer": body}
    await panel.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]


async def menu(panel: Locator, item: str) -> Locator:
    await panel.locator("button[aria-haspopup=menu]").click()
    return panel.get_by_text(item, exact=True).locator("xpath=..")


async def test_a_file_reaches_the_library_and_is_shown(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "hello")
    await give(panel, "لقطة (1).png", a_screen())
    card = panel.locator("a.file")
    await expect(card.locator(".title")).to_have_text("لقطة (1).png")
    await expect(card).to_have_attribute("rel", "noopener noreferrer")
    await page.wait_for_function(
        "root => root.querySelector('a.file img').naturalWidth === 320", arg=await root(page)
    )
    (kept,) = served.files.kept.values()
    assert (kept.name, kept.body) == ("لقطة (1).png", a_screen())
    await give(panel, "notes.pdf", b"%PDF-1.7", "application/pdf")
    await expect(card).to_have_count(2)
    await expect(card.last.locator("img")).to_have_count(0)
    await page.reload()
    await expect(widget(page).locator("a.file")).to_have_count(2)


async def root(page: Page) -> object:
    return await page.evaluate_handle("document.querySelector('#dalil-widget').shadowRoot")


async def test_what_cannot_be_taken_is_said_and_can_be_put_away(
    context: BrowserContext, served: Gateway
) -> None:
    page = await context.new_page()  # not the fixture: the browser reports each refusal as an error
    panel = await opened(page, served)
    await give(panel, "film.png", b"\0" * (served.files.max_bytes + 1))
    await expect(panel.locator(".refused .state")).to_contain_text(
        "too large: \u206610\u00a0kB\u2069 at most"
    )
    await give(panel, "tool.exe", b"MZ", "application/exe")
    await expect(panel.locator(".refused .state").last).to_contain_text(
        "images (PNG, JPEG, GIF, WebP) and PDF"
    )
    assert served.files.kept == {}
    await say(panel, "then not")  # what was refused stays where it was
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    await expect(panel.locator(".entry").last).to_have_class("entry assistant")
    for left in (1, 0):
        await panel.get_by_role("button", name="Remove").first.click()
        await expect(panel.locator(".refused")).to_have_count(left)
    await expect(panel.locator("textarea")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_without_a_connection_nothing_is_said_to_be_on_its_way(
    page: Page, served: Gateway, language: str
) -> None:
    waits = {"en": "Not sent yet.", "ar": "لم تُرسل بعد."}
    panel = await opened(page, served, language)
    await page.context.set_offline(True)
    await expect(panel.locator(".banner.warning")).to_be_visible()
    await say(panel, "kept")
    await expect(panel.locator(".pending .state")).to_contain_text(waits[language])
    await panel.locator(".tool.language").click()
    await expect(panel.locator(".pending .state")).to_contain_text(waits["ar" if language == "en" else "en"])
    await panel.locator(".pending .link").click()  # to no avail
    await expect(panel.locator(".pending .link")).to_have_count(1)
    await page.context.set_offline(False)
    await expect(panel.locator(".arrived")).to_have_count(1)
    await expect(panel.locator(".pending")).to_have_count(0)
    await expect(panel.locator(".banner")).to_be_hidden()


async def test_what_waits_can_be_tried_at_once_and_arrives_once(
    context: BrowserContext, served: Gateway
) -> None:
    page = await context.new_page()  # not the fixture: the browser reports each refusal as an error
    panel = await opened(page, served)
    await say(panel, "first")
    await expect(panel.locator(".arrived")).to_have_count(1)
    await expect(panel.locator(".arrived .sr")).to_have_text("Delivered")
    lost = asyncio.Event()

    async def cut(route) -> None:  # type: ignore[no-untyped-def]
        lost.set()
        await route.abort()

    await page.route("**/files", cut)
    await give(panel, "shot.png", a_screen())
    await expect(panel.locator(".pending .state")).to_contain_text("Not sent yet.")
    await lost.wait()
    await page.unroute("**/files")
    await panel.get_by_role("button", name="Try now").click()
    await expect(panel.locator("a.file")).to_have_count(1)
    await expect(panel.locator(".pending")).to_have_count(0)
    assert len(served.files.kept) == 1


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_conversation_can_be_kept_as_text(
    page: Page, served: Gateway, language: str, tmp_path: Path
) -> None:
    panel = await opened(page, served, language)
    await say(panel, ASK[language])
    await expect(panel.locator(".card")).to_be_visible()
    item = await menu(panel, "Save as text" if language == "en" else "حفظ المحادثة نصًّا")
    async with page.expect_download() as download:
        await item.click()
    file = await download.value
    assert file.suggested_filename == ("conversation.txt" if language == "en" else "محادثة.txt")
    await file.save_as(tmp_path / "kept.txt")
    text = (tmp_path / "kept.txt").read_text(encoding="utf-8-sig")
    you, dalil, source = ("You", "Dalil", "Source") if language == "en" else ("أنت", "دليل", "المصدر")
    assert f"] {you}:\n{ASK[language]}" in text
    assert f"] {dalil}:\n" in text
    assert "(https://library.marsad.example/account)" in text
    assert f"  {source}: " in text and "**" not in text


async def test_a_text_can_be_copied_without_its_marks(
    page: Page, context: BrowserContext, served: Gateway
) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.url)
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    await panel.get_by_role("button", name="Copy this text").click()
    await expect(panel.locator("[aria-live=polite]").last).to_have_text("Copied")
    text = await page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("You can renew online up to four times, unless")
    assert text.endswith(
        "Renewing what you borrowed https://library.marsad.example/guides/renewal#renew-online"
    )


async def test_titles_in_a_citation_are_in_italics(page: Page, context: BrowserContext) -> None:
    cited = "Hartwell, J. (2021). *The Dry Season*. *Arid Cities*, *7*(2). Search librar* OR *educat, 2*3*4."
    async with gateway(lambda text, language: [Content(cited, Kind.ANSWER)]) as served:
        await context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.url)
        panel = await opened(page, served)
        await say(panel, ASK["en"])
        await expect(panel.locator(".text em")).to_have_text(["The Dry Season", "Arid Cities", "7"])
        await expect(panel.locator(".assistant .text")).to_contain_text("librar* OR *educat, 2*3*4.")
        await panel.get_by_role("button", name="Copy this text").click()
        await expect(panel.locator("[aria-live=polite]").last).to_have_text("Copied")
        text = await page.evaluate("navigator.clipboard.readText()")
        assert text == cited.replace("*The Dry Season*. *Arid Cities*, *7*", "The Dry Season. Arid Cities, 7")


async def test_sound_is_off_until_it_is_wanted(page: Page, served: Gateway) -> None:
    await page.add_init_script(
        """window.notes = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...when) {
          window.notes += 1;
          return start.apply(this, when);
        };"""
    )
    panel = await opened(page, served)
    await say(panel, "quietly")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    assert await page.evaluate("notes") == 0
    item = await menu(panel, "Sound for new messages")
    await expect(item).to_have_attribute("aria-checked", "false")
    await item.click()
    await expect(item).to_have_attribute("aria-checked", "true")
    await page.keyboard.press("Escape")
    before = await page.evaluate("notes")
    await served.door.say(served.door.only(), Content("listen"))
    await page.wait_for_function("before => notes > before", arg=before)
    await page.reload()
    item = await menu(widget(page).get_by_role("dialog").first, "Sound for new messages")
    await expect(item).to_have_attribute("aria-checked", "true")


async def test_printing_shows_the_conversation_alone(page: Page, served: Gateway) -> None:
    await page.add_init_script("window.print = () => { window.printed = true; };")
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    await expect(panel.locator(".card")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(panel).to_be_hidden()  # whoever prints the site prints the site
    await page.emulate_media(media="screen")
    await (await menu(panel, "Print")).click()
    assert await page.evaluate("window.printed")
    await page.emulate_media(media="print")
    await expect(panel.locator(".entry.assistant .text")).to_be_visible()
    await expect(panel.locator(".composer")).to_be_hidden()
    await expect(page.locator("main")).to_be_hidden()
    link = panel.locator(".text a").first
    await page.emulate_media(media="print", color_scheme="dark")
    assert await link.evaluate("e => getComputedStyle(e).color") == "rgb(23, 68, 63)"  # to be read on paper
    await page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    await expect(page.locator("main")).to_be_visible()


async def test_what_came_meanwhile_is_counted_after_a_reload(page: Page, served: Gateway) -> None:
    await page.set_viewport_size({"width": 800, "height": 800})
    panel = await opened(page, served)
    await say(panel, "a question for later")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.goto("about:blank")
    for text in ("the answer", "and a second one"):
        await served.door.say(served.door.only(), Content(text), Speaker.LIBRARIAN, "Layla Haddad")
    await page.goto(f"{served.url}/?lang=en")
    launcher = widget(page).locator(".launcher")
    await expect(launcher.locator(".count")).to_have_text("2")
    await expect(launcher.locator(".count")).to_have_attribute("aria-label", "2 unread")
    await launcher.click()
    await expect(panel.locator(".entry.librarian")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(launcher.locator(".count")).to_be_hidden()


async def test_the_button_speaks_the_language_that_was_chosen(page: Page, served: Gateway) -> None:
    await page.set_viewport_size({"width": 800, "height": 800})
    panel = await opened(page, served)
    await panel.get_by_role("button", name="Continue in Arabic").click()
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(widget(page).get_by_role("button", name="اسأل دليل")).to_be_visible()
    await page.goto(f"{served.url}/?lang=ar")
    await page.goto(f"{served.url}/?lang=en")  # the site's own switch, used since
    await expect(widget(page).get_by_role("button", name="Ask Dalil")).to_be_visible()


async def test_typing_reaches_a_librarian_who_was_only_asked_for(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "hello")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    address = served.door.only()
    await panel.locator("textarea").press_sequentially("to the assistant")
    await served.door.speak(address, Speaking(Speaker.ASSISTANT, waiting=True))
    await expect(panel.locator(".subtitle")).to_have_text("A librarian has been asked for")
    assert served.door.typed == []  # nobody reads along
    await panel.locator("textarea").fill("")
    await panel.locator("textarea").press_sequentially("to a person")
    async with asyncio.timeout(PATIENCE):
        while (address, True) not in served.door.typed:
            await asyncio.sleep(0.02)


async def test_arabic_keeps_latin_and_numbers_readable(page: Page, served: Gateway) -> None:
    panel = await opened(page, served, "ar")
    address = served.door.only()
    text = "راجع [Nature Reviews (Genetics) 12](https://nature.example/) في `doi:10.1038/s41576`، ص 5-9."
    await served.door.say(address, Content(text, Kind.ANSWER))
    entry = panel.locator(".entry.assistant .text")
    await expect(entry).to_have_attribute("dir", "rtl")
    for inside in ("a", "code"):
        assert await entry.locator(inside).evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
    cited = "هكذا:\n\nHartwell, J. (2021). *The Dry Season*.\n\nAPA أسلوب شائع.\n\n08:00–17:00"
    await served.door.say(address, Content(cited, Kind.ANSWER))
    lines = entry.last.locator("p")
    await expect(lines).to_have_count(4)
    sides = await lines.evaluate_all("all => all.map(p => getComputedStyle(p).direction)")
    assert sides == ["rtl", "ltr", "rtl", "rtl"]  # a citation ends with its full stop, not begins with it
    await served.door.speak(
        address, Speaking(Speaker.LIBRARIAN, "Layla Haddad", librarian=LibrarianId("layla"))
    )
    await expect(panel.locator("h1")).to_have_text("ليلى حداد")
    await expect(panel.locator(".titles .about")).to_have_text("الأحياء، العلوم البيئية")


async def test_it_can_be_used_at_200_percent(browser: Browser, served: Gateway) -> None:
    context = await browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page = await context.new_page()
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    await expect(panel.locator(".card")).to_be_visible()
    for part in (
        panel.locator("textarea"),
        panel.locator(".send"),
        panel.locator("button[aria-haspopup=menu]"),
    ):
        await expect(part).to_be_in_viewport(ratio=1)
    await panel.locator("button[aria-haspopup=menu]").click()
    last = panel.get_by_role("menuitem").last
    await last.focus()
    await expect(last).to_be_in_viewport(ratio=1)
    seen = await panel.locator(".scroll").evaluate("e => [e.clientHeight, e.scrollWidth - e.clientWidth]")
    assert seen[0] >= 100 and seen[1] == 0, seen
    await context.close()


async def test_the_keyboard_goes_all_round_and_out_again(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "hello")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    focused = "document.querySelector('#dalil-widget').shadowRoot.activeElement?.className ?? null"
    seen = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(focused))
    assert None in seen, "the page itself cannot be reached"
    assert any(name and "attach" in name for name in seen)
    assert any(name and "language" in name for name in seen)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("state", list(STATES))
async def test_axe_finds_nothing_in_any_state(browser: Browser, language: str, state: str) -> None:
    async with gateway(library) as served:
        context = await browser.new_context(
            viewport={"width": 420, "height": 800}, reduced_motion="reduce", bypass_csp=True
        )
        scene: Scene = await scene_opened(context, served, language)
        await STATES[state](scene)
        found = await Axe().run(scene.page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
        await context.close()
