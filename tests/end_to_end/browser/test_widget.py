"""The widget in a real browser, on the demo page, with its strict policy."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.model import (
    Choice,
    Citation,
    Content,
    Kind,
    Language,
    LibrarianId,
    Speaker,
    Speaking,
    parse_reference,
)
from tests.end_to_end.browser.widget_pages import another_site, opened, say, widget
from tests.fakes.gateway import Gateway, gateway
from tests.fakes.patron_door import FakePatronDoor, library
from tests.patience import PATIENCE

ASK = {"en": "How do I renew a book?", "ar": "كيف أجدّد كتابًا؟"}
ANSWER = {"en": "up to four times", "ar": "حتى أربع مرات"}


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_a_question_is_answered_with_its_source(page: Page, served: Gateway, language: str) -> None:
    panel = await opened(page, served, language)
    await expect(panel).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    await say(panel, ASK[language])
    answer = panel.locator(".entry.assistant .text")
    await expect(answer).to_contain_text(ANSWER[language])
    await expect(answer.locator("strong").first).to_have_text(ANSWER[language])
    await expect(answer.locator("ol > li")).to_have_count(2)
    await expect(answer).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    card = panel.locator(".card")
    await expect(card).to_have_attribute("href", re.compile(r"/guides/renewal#renew-online$"))
    await expect(card).to_contain_text("14 September 2026" if language == "en" else "14 أيلول/سبتمبر 2026")
    await expect(card).to_have_attribute("rel", "noopener noreferrer")
    await expect(panel.locator(".entry.patron .slip")).to_have_text(ASK[language])


async def test_choices_send_references_and_then_go(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    await panel.get_by_role("button", name="It was refused").click()
    await expect(panel.locator(".entry.assistant .text").last).to_have_text("You said: It was refused")
    await expect(panel.get_by_role("button", name="It was refused")).to_have_count(0)
    assert parse_reference(served.door.received[-1].text) == (2, 2)


async def test_offers_of_the_assistant_end_when_a_librarian_joins(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    offers = panel.locator(".entries .choices button")
    await expect(offers).not_to_have_count(0)
    leave = (Choice("Leave my question", "core:leave"),)
    for _ in range(2):  # the second as the word to those who wait: its buttons take the place of the first's
        stay = Content("Please stay.", Kind.NOTICE, leave, event="waiting")
        await served.door.say(served.door.only(), stay)
        await expect(offers).to_have_text(["Leave my question"])
    await served.door.say(served.door.only(), Content("Layla joined.", Kind.NOTICE, event="librarian_joined"))
    await expect(panel.get_by_text("Layla joined.")).to_be_visible()
    await expect(offers).to_have_count(0)
    await expect(panel.locator(".thumb")).to_have_count(2)
    await page.reload()
    await expect(panel.get_by_text("Layla joined.")).to_be_visible()
    await expect(offers).to_have_count(0)


async def test_thumbs_and_marks_stay_pressed(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, ASK["en"])
    up = panel.get_by_role("button", name="Yes, this helped")
    await up.click()
    await expect(up).to_have_attribute("aria-pressed", "true")
    await expect(panel.get_by_role("button", name="No, this did not help")).to_have_attribute(
        "aria-pressed", "false"
    )
    await expect(panel.locator(".rated")).to_have_text("You: Yes, this helped")
    await expect(panel.get_by_role("button", name="It was refused")).to_be_visible()
    assert parse_reference(served.door.received[-1].text) == (2, 0)
    await say(panel, "Rate")
    await panel.get_by_role("button", name="4 out of 5").click()
    await expect(panel.locator(".entry.patron .slip").last).to_have_text("4")
    await page.reload()
    panel = widget(page).get_by_role("dialog").first
    for name in ("Yes, this helped", "4 out of 5"):
        await expect(panel.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")


async def test_a_reload_shows_all_of_it_once_and_keeps_the_draft(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "first")
    await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: first")
    await panel.locator("textarea").fill("not yet sent")
    await page.reload()
    panel = widget(page).get_by_role("dialog").first
    await expect(panel.locator(".entry")).to_have_count(2)
    await expect(panel.locator("textarea")).to_have_value("not yet sent")
    await say(panel, "second")
    await expect(panel.locator(".entry.assistant .text").last).to_have_text("You said: second")
    seqs = await panel.locator(".entry").evaluate_all("all => all.map(e => Number(e.dataset.seq))")
    assert seqs == [1, 2, 3, 4]
    assert len(served.door.kept) == 1


async def test_what_is_written_while_the_server_is_away_arrives_once(page: Page) -> None:
    async with gateway() as first:
        panel = await opened(page, first)
        await say(panel, "before")
        await expect(panel.locator(".entry.assistant .text")).to_have_count(1)
        door, port = first.door, int(first.url.rsplit(":", 1)[1])
    await say(panel, "while away")
    await expect(panel.get_by_role("status")).to_contain_text("No connection")
    await expect(panel.locator(".pending .slip")).to_have_text("while away")
    await door.since(door.only(), 0)
    async with gateway(door=door, port=port):
        await expect(panel.locator(".entry.assistant .text").last).to_have_text("You said: while away")
        await expect(panel.locator(".pending")).to_have_count(0)
        await expect(panel.get_by_role("status")).to_be_hidden()
        await expect(panel.locator(".entry")).to_have_count(4)
    said = [m.content.text for m in door.kept[door.only()].messages if m.speaker is Speaker.PATRON]
    assert said == ["before", "while away"]


async def test_unsent_words_survive_a_reload(page: Page, context: BrowserContext, served: Gateway) -> None:
    panel = await opened(page, served)
    await page.evaluate(
        """key => localStorage.setItem(key, JSON.stringify(
            [{id: "0123456789abcdef", text: "kept in the drawer", language: "en", at: 0}]))""",
        f"dalil:{served.url}/:unsent",
    )
    await page.reload()
    panel = widget(page).get_by_role("dialog").first
    await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: kept in the drawer")
    assert served.door.received[0].external_id == "0123456789abcdef"
    assert await page.evaluate("key => localStorage.getItem(key)", f"dalil:{served.url}/:unsent") == "[]"


async def test_a_gap_is_asked_for(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "hello")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    door, address = served.door, served.door.only()
    door.channel, channel = _Deaf(), door.channel
    await door.say(address, Content("lost on the way"))
    door.channel = channel
    await door.say(address, Content("arrived"))
    await expect(panel.locator(".entry.assistant .text")).to_have_text(
        ["You said: hello", "lost on the way", "arrived"]
    )


class _Deaf:
    name = "web"
    resolves_unknown = True

    async def deliver(self, *_: object) -> None:
        return None


async def test_two_tabs_show_the_same(page: Page, context: BrowserContext, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "from the first tab")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    second = await context.new_page()
    other = await opened(second, served)
    await expect(other.locator(".entry")).to_have_count(2)
    await say(other, "from the second tab")
    await expect(panel.locator(".entry .slip")).to_have_text(["from the first tab", "from the second tab"])
    await expect(panel.locator(".entry.assistant")).to_have_count(2)


async def test_the_language_can_be_switched(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await panel.get_by_role("button", name="Continue in Arabic").click()
    await expect(panel).to_have_attribute("dir", "rtl")
    await expect(panel.locator("textarea")).to_have_attribute("placeholder", "سؤالك هنا…")
    await say(panel, ASK["ar"])
    await expect(panel.locator(".entry.assistant .text")).to_contain_text(ANSWER["ar"])
    view = await served.door.find(served.door.only())
    assert view is not None and view.language is Language.AR
    await page.reload()  # the conversation's language, not the page's
    await expect(widget(page).get_by_role("dialog").first).to_have_attribute("dir", "rtl")


@pytest.mark.parametrize(
    ("language", "more", "item", "said"),
    [
        ("en", "More", "Talk to a person", "I’d like to talk to a person"),
        ("ar", "المزيد", "التحدث إلى أمين مكتبة", "أريد التحدث إلى أمين مكتبة"),
    ],
)
async def test_a_person_is_always_two_presses_away(
    page: Page, served: Gateway, language: str, more: str, item: str, said: str
) -> None:
    panel = await opened(page, served, language)
    button = panel.get_by_role("button", name=more, exact=True)
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("menuitem", name=item)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.locator(".entry.patron .slip")).to_have_text(said)
    await expect(panel.locator("textarea")).to_be_focused()


async def test_who_speaks_is_shown(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "hello")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    address = served.door.only()
    await served.door.speak(address, Speaking(Speaker.ASSISTANT, waiting=True))
    await expect(panel.locator(".subtitle")).to_have_text("A librarian has been asked for")
    await served.door.speak(address, Speaking(Speaker.LIBRARIAN, "Layla Haddad"))
    await expect(panel.locator("h1")).to_have_text("Layla Haddad")
    await expect(panel.locator(".subtitle")).to_have_text("Librarian")
    layla = Speaking(Speaker.LIBRARIAN, "Layla Haddad", librarian=LibrarianId("layla"))
    await served.door.speak(address, layla)  # whom the library presents
    await expect(panel.locator(".subtitle")).to_have_text("Life Sciences Librarian")
    await expect(panel.locator(".titles .about")).to_have_text("Biology, Environmental science")
    await expect(panel.locator(".bar .face")).to_have_text("LH")
    await served.web.show_typing(address, "Layla Haddad", True)
    await expect(panel.locator(".typing")).to_contain_text("Layla Haddad is writing")
    await served.door.say(address, Content("Good morning"), Speaker.LIBRARIAN, "Layla Haddad")
    await expect(panel.locator(".entry.librarian .name")).to_have_text("Layla Haddad")
    await expect(panel.locator(".typing")).to_be_hidden()
    await panel.locator("textarea").press_sequentially("hm")
    async with asyncio.timeout(PATIENCE):
        while (address, True) not in served.door.typed:
            await asyncio.sleep(0.02)


async def test_forgetting_asks_first(page: Page, served: Gateway) -> None:
    panel = await opened(page, served)
    await say(panel, "a secret")
    await expect(panel.locator(".entry.assistant")).to_have_count(1)
    for press in ("Keep it", "Forget it"):
        await panel.get_by_role("button", name="More", exact=True).click()
        await panel.get_by_role("menuitem", name="Forget this conversation").click()
        await expect(panel.locator("dialog")).to_be_visible()
        await panel.get_by_role("button", name=press).click()
        await expect(panel.locator("dialog")).to_be_hidden()
        if press == "Keep it":
            await expect(panel.locator(".entry")).to_have_count(2)
    await expect(panel.locator(".entry")).to_have_count(0)
    await say(panel, "anew")
    await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: anew")
    assert [k.messages[0].content.text for k in served.door.kept.values()] == ["anew"]


async def test_nothing_in_a_message_becomes_markup(page: Page) -> None:
    attack = (
        "<img src=x onerror=window.harmed=1><script>window.harmed=1</script>\n\n"
        "[press](javascript:window.harmed=1) [data](data:text/html,<script>window.harmed=1</script>) "
        "[file](file:///etc/passwd) **<svg onload=window.harmed=1>** `<b>x</b>` "
        '[a](https://ok.example/"onmouseover="window.harmed=1) https://ok.example/"><img/src=x>\n\n'
        "- <iframe srcdoc='<script>parent.harmed=1</script>'></iframe>\n1. [x](vbscript:x) [y](//ok.example)"
    )
    citation = Citation("<img src=x onerror=window.harmed=1>", "javascript:window.harmed=1", "<b>s</b>")
    content = Content(
        attack, Kind.ANSWER, (Choice("<img src=x onerror=window.harmed=1>", "/x"),), (citation,)
    )
    door = FakePatronDoor(lambda text, language: [content])
    async with gateway(door=door) as served:
        panel = await opened(page, served)
        await say(panel, attack)
        await expect(panel.locator(".entry.assistant .text")).to_contain_text("<img src=x onerror")
        await door.say(door.only(), content, Speaker.LIBRARIAN, "<img src=x onerror=window.harmed=1>")
        await door.speak(door.only(), Speaking(Speaker.LIBRARIAN, "<b>Layla</b>"))
        await expect(panel.locator(".entry.librarian")).to_have_count(1)
        bad = "img, script, iframe, svg[onload], .entry b, [onmouseover], [onerror], [onload]"
        assert await panel.locator(bad).count() == 0
        hrefs = await panel.locator("a").evaluate_all("all => all.map(a => a.href)")
        assert hrefs and all(re.match(r"https?://", href) for href in hrefs), hrefs
        assert await page.evaluate("window.harmed") is None


async def test_the_keyboard_is_enough(page: Page, served: Gateway) -> None:
    await page.set_viewport_size({"width": 700, "height": 800})  # too narrow to open by itself
    await page.goto(f"{served.url}/?lang=en")
    launcher = widget(page).get_by_role("button", name="Ask Dalil")
    await launcher.focus()
    await page.keyboard.press("Enter")
    panel = widget(page).get_by_role("dialog").first
    await expect(panel.locator("textarea")).to_be_focused()
    await page.keyboard.type("hello")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("there")
    await page.keyboard.press("Enter")
    await expect(panel.locator(".entry.patron .slip")).to_have_text("hellothere")
    await expect(panel.locator(".entry.patron .slip br")).to_have_count(1)
    await expect(panel.locator(".entry.assistant")).to_have_count(1)  # else the answer is counted below
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(launcher).to_be_focused()
    await expect(launcher).to_have_attribute("aria-expanded", "false")
    await served.door.say(served.door.only(), Content("one more thing"))
    await expect(launcher.locator(".count")).to_have_text("1")


async def _all_shown(page: Page, served: Gateway, language: str) -> Locator:
    panel = await opened(page, served, language)
    await say(panel, ASK[language])
    await expect(panel.locator(".card")).to_be_visible()
    address = list(served.door.kept)[-1]
    name = "Layla Haddad" if language == "en" else "ليلى حداد"
    joined = "Layla Haddad has joined." if language == "en" else "انضمت ليلى حداد."
    await served.door.say(address, Content(joined, Kind.NOTICE))
    await served.door.speak(address, Speaking(Speaker.LIBRARIAN, name))
    await served.door.say(address, Content("https://library.marsad.example"), Speaker.LIBRARIAN, name)
    await say(panel, "Rate" if language == "en" else "تقييم")
    await expect(panel.locator(".rating")).to_be_visible()
    return panel


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_axe_finds_nothing(browser: Browser, served: Gateway, language: str, scheme: Any) -> None:
    context = await browser.new_context(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = await context.new_page()
    await opened(page, served, language)
    first = await Axe().run(page)
    await _all_shown(page, served, language)
    second = await Axe().run(page)
    for found in (first, second):
        assert found.violations_count == 0, found.generate_report()
    await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_it_fits_on_a_small_phone(page: Page, served: Gateway, language: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 568})
    panel = await _all_shown(page, served, language)
    sizes = await page.evaluate(
        """() => {
          const root = document.querySelector("#dalil-widget").shadowRoot;
          const panel = root.querySelector(".panel");
          const scroll = root.querySelector(".scroll");
          const small = [...root.querySelectorAll(".panel button")]
            .filter((b) => b.checkVisibility())
            .map((b) => [b.className, b.getBoundingClientRect()])
            .filter(([, r]) => r.width < 44 || r.height < 44)
            .map(([name]) => name);
          return { wide: scroll.scrollWidth - scroll.clientWidth, panel: panel.scrollWidth, small,
                   page: document.documentElement.scrollWidth };
        }"""
    )
    assert sizes == {"wide": 0, "panel": 320, "small": [], "page": 320}
    await expect(panel.locator("textarea")).to_be_in_viewport()


@pytest.mark.parametrize("allowed", [True, False])
async def test_another_site_embeds_it_if_the_library_allows_it(
    context: BrowserContext, allowed: bool
) -> None:
    door = FakePatronDoor(library)
    async with another_site("") as closed_site, gateway(door=door) as first:
        port = int(first.url.rsplit(":", 1)[1])
    tag = f"<script src='http://127.0.0.1:{port}/widget/dalil.js' data-language='ar' async></script>"
    async with (
        another_site(f"<!DOCTYPE html><html lang='en'><title>Elsewhere</title><body>{tag}") as origin,
        gateway(door=door, port=port, origins=[origin if allowed else closed_site]),
    ):
        page = await context.new_page()  # not the fixture: the browser complains, as it should
        await page.goto(f"{origin}/")
        await widget(page).get_by_role("button", name="اسأل دليل").click()
        panel = widget(page).get_by_role("dialog").first
        if allowed:
            await say(panel, ASK["ar"])
            await expect(panel.locator(".card")).to_be_visible()
        else:
            await expect(panel.get_by_role("status")).to_contain_text("انقطع الاتصال")
            assert door.kept == {}
        await page.close()


async def test_it_goes_on_where_websockets_are_blocked(page: Page, served: Gateway) -> None:
    await page.add_init_script(
        "window.WebSocket = class { close() {} constructor() { setTimeout(() => this.onclose?.()); } }"
    )
    panel = await opened(page, served)
    await say(panel, "by letter")
    await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: by letter")
    await served.door.say(served.door.only(), Content("unasked"))
    await expect(panel.locator(".entry.assistant .text").last).to_have_text("unasked")
