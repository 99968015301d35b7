"""The widget on other people's pages: strict policies, one name, calls and events, pages that change."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import BrowserContext, Page, expect

from bot.model import Content
from bot.model import Page as Where
from tests.end_to_end.browser.widget_pages import another_site, opened, say, widget
from tests.fakes.gateway import Gateway, gateway

HTML = "<!DOCTYPE html><html lang='en'><title>Biology 101</title><body><main>A course page</main>{tags}"


def tag(host: str, attributes: str = "") -> str:
    return f"<script src='{host}/widget/dalil.js' {attributes} async></script>"


@asynccontextmanager
async def embedded(tags: str, policy: str | None = None) -> AsyncIterator[tuple[str, Gateway]]:
    """Serve a page of another site with ``{host}`` in ``tags`` filled in; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    host = f"http://127.0.0.1:{port}"
    headers = (
        {"Content_Security_Policy": policy.format(host=host, ws=f"ws://127.0.0.1:{port}")} if policy else {}
    )
    async with (
        another_site(HTML.format(tags=tags.format(host=host)), **headers) as origin,
        gateway(port=port, origins=[origin]) as served,
    ):
        yield f"{origin}/course/7?student=12#week-3", served


async def test_before_it_is_opened_the_page_pays_for_one_file(page: Page) -> None:
    async with embedded(tag("{host}")) as (url, served):
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(url)
        await expect(widget(page).get_by_role("button", name="Ask Dalil")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert [one for one in asked if one.startswith(served.url)] == [f"{served.url}/widget/dalil.js"]


async def test_a_strict_policy_is_kept(page: Page) -> None:
    policy = (
        "default-src 'none'; script-src {host}; style-src {host}; img-src {host}; connect-src {host} {ws}; "
        "require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'"
    )
    async with embedded(tag("{host}", "data-colour='#5b2a86' data-theme='dark'"), policy) as (url, _):
        await page.goto(url)
        await widget(page).get_by_role("button", name="Ask Dalil").click()
        panel = widget(page).get_by_role("dialog").first
        await say(panel, "hello")
        await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: hello")
        file = {"name": "a.png", "mimeType": "image/png", "buffer": b"not really one"}
        await panel.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
        await expect(panel.locator("a.file")).to_be_visible()
        colour = await panel.locator(".bar").evaluate("bar => getComputedStyle(bar).backgroundColor")
        assert colour == "rgb(91, 42, 134)"
        await expect(panel).to_have_css("background-color", "rgb(21, 29, 28)")


async def test_one_name_is_all_it_leaves(page: Page) -> None:
    async with embedded(tag("{host}")) as (url, _):
        names = "Object.getOwnPropertyNames(window)"
        await page.add_init_script(f"sessionStorage.setItem('names', JSON.stringify({names}))")
        await page.goto(url)
        await page.wait_for_function("window.Dalil")
        await page.evaluate("Dalil.open()")
        await expect(widget(page).locator(".hello h2")).to_be_visible()
        before = set(await page.evaluate("JSON.parse(sessionStorage.getItem('names'))"))
        assert set(await page.evaluate(names)) - before == {"Dalil"}
        assert await page.locator("style, link").count() == 1  # within its own shadow


async def test_a_second_one_is_refused_politely(context: BrowserContext) -> None:
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    two = tag("{host}", "id='first'") + "<script src='{host}/widget/dalil.js?again' defer></script>"
    async with embedded(two) as (url, _):
        await page.goto(url)
        await page.wait_for_load_state("load")
        await expect(widget(page)).to_have_count(1)
        assert any(one.startswith("warning: Dalil is on this page already") for one in said), said
        assert not any(one.startswith("error") for one in said)
        await page.close()


async def test_calls_and_events(page: Page) -> None:
    async with embedded(tag("{host}", "data-launcher='none'")) as (url, served):
        await page.add_init_script(
            """window.heard = [];
            for (const name of ["ready", "open", "close", "message", "unread", "language", "speaking"]) {
              document.addEventListener(`dalil:${name}`, (event) => heard.push([name, event.detail]));
            }"""
        )
        await page.goto(url)
        await page.wait_for_function("window.Dalil")
        await expect(widget(page).locator(".launcher")).to_be_hidden()
        await page.evaluate("void (window.off = Dalil.on('message', (m) => heard.push(['on', m])))")
        await page.evaluate("Dalil.ask('asked by the page')")
        panel = widget(page).get_by_role("dialog").first
        await expect(panel.locator(".entry.assistant .text")).to_have_text("You said: asked by the page")
        assert await page.evaluate("Dalil.isOpen") is True
        await page.evaluate("off(); Dalil.toggle()")
        await expect(panel).to_be_hidden()
        await served.door.say(served.door.only(), Content("later"))
        await page.wait_for_function("heard.some(([name]) => name === 'unread')")
        await page.evaluate("Dalil.language('ar')")
        await page.evaluate("Dalil.open()")
        await expect(panel).to_have_attribute("dir", "rtl")
        heard = await page.evaluate("heard")
        assert [name for name, _ in heard][:2] == ["ready", "open"]
        assert ["unread", {"count": 1}] in heard
        assert ["unread", {"count": 0}] in heard
        assert ["language", {"language": "ar"}] in heard
        spoken = [detail for name, detail in heard if name == "message"]
        assert [one["speaker"] for one in spoken] == ["patron", "assistant", "assistant"]
        assert all("text" not in one for one in spoken)  # what was said stays between patron and library
        assert len([1 for name, _ in heard if name == "on"]) == 2


async def test_a_listener_that_fails_harms_nobody(context: BrowserContext) -> None:
    page = await context.new_page()
    async with embedded(tag("{host}")) as (url, _):
        await page.goto(url)
        await page.wait_for_function("window.Dalil")
        await page.evaluate("Dalil.on('open', () => { throw new Error('the site’s own') })")
        await page.evaluate("Dalil.open()")
        await expect(widget(page).get_by_role("dialog").first).to_be_visible()
        await page.close()


async def test_where_the_patron_is_reaches_the_library(page: Page) -> None:
    async with embedded(tag("{host}", "data-course='BIO 101' data-guide='citing-apa'")) as (url, served):
        await page.goto(url)
        await page.wait_for_function("window.Dalil")
        await page.evaluate("Dalil.open()")
        panel = widget(page).get_by_role("dialog").first
        await say(panel, "one")
        await expect(panel.locator(".entry.assistant")).to_have_count(1)
        address = url.split("?")[0]  # neither query nor fragment: they may name a person
        assert served.door.pages == [Where(address, "Biology 101", "BIO 101", "citing-apa")]
        await page.evaluate("history.pushState({}, '', '/course/8'); Dalil.context({ course: 'CHEM 2' })")
        await say(panel, "two")
        await expect(panel.locator(".entry.assistant")).to_have_count(2)
        assert (served.door.pages[-1].course, served.door.pages[-1].url[-9:]) == ("CHEM 2", "/course/8")
        assert len(served.door.pages) == 2


async def test_a_page_that_swaps_its_body_keeps_it(page: Page) -> None:
    async with embedded(tag("{host}")) as (url, _):
        await page.goto(url)
        await page.wait_for_function("window.Dalil")
        await page.evaluate("Dalil.open()")
        panel = widget(page).get_by_role("dialog").first
        await say(panel, "before")
        await expect(panel.locator(".entry.assistant")).to_have_count(1)
        await panel.locator("textarea").fill("half a thought")
        for swap in (
            "document.body.replaceChildren(document.createElement('main'))",
            "document.documentElement.replaceChild(document.createElement('body'), document.body)",
        ):
            await page.evaluate(swap)
            await expect(panel).to_be_visible()
            await expect(panel.locator(".entry")).to_have_count(2)
            await expect(panel.locator("textarea")).to_have_value("half a thought")
        await say(panel, "after")
        await expect(panel.locator(".entry.assistant")).to_have_count(2)


WRONG = (
    *("data-colour='blue'", "data-host='http://['", "data-language='fr'", "data-theme='purple'"),
    *("data-position='middle'", "data-size='start'", "data-launcher='maybe'"),
)


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_attribute_is_named_and_left_out(context: BrowserContext, wrong: str) -> None:
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    async with embedded(tag("{host}", wrong)) as (url, _):
        await page.goto(url)
        await expect(widget(page).get_by_role("button", name="Ask Dalil")).to_be_visible()
        name = wrong.split("=")[0]
        assert any(name in one for one in said), said
        await page.close()


@pytest.mark.parametrize("colour", ["#ffd400", "#5b2a86", "#7a8", "#000000"])
async def test_any_colour_of_a_site_stays_readable(page: Page, colour: str) -> None:
    async with embedded(tag("{host}", f"data-colour='{colour}'")) as (url, _):
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.goto(url)
            await page.wait_for_function("window.Dalil")
            await page.evaluate("Dalil.open()")
            panel = widget(page).get_by_role("dialog").first
            await expect(panel.locator(".hello .choice").first).to_be_visible()
            pairs = await panel.evaluate(
                """panel => {
                  const ink = (name, prop) => getComputedStyle(panel.querySelector(name))[prop];
                  return [[ink("h1", "color"), ink(".bar", "backgroundColor")],
                          [ink(".hello .choice", "color"), getComputedStyle(panel).backgroundColor]];
                }"""
            )
            for one, other in pairs:
                assert contrast(one, other) >= 4.5, (colour, scheme, one, other)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours as the browser computes them: ``rgb(1, 2, 3)``."""

    def luminance(text: str) -> float:
        parts = [int(part) / 255 for part in text.removeprefix("rgb(").removesuffix(")").split(",")]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("size", [(1280, 900), (1280, 700), (1440, 800), (960, 700)])
async def test_the_open_panel_leaves_the_pages_language_link_free(
    page: Page, served: Gateway, language: str, size: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    panel = await opened(page, served, language)
    link = await page.locator(".top .other").bounding_box()
    box = await panel.bounding_box()
    assert link and box
    apart = link["x"] + link["width"] <= box["x"] or box["x"] + box["width"] <= link["x"]
    assert apart or link["y"] + link["height"] <= box["y"], (link, box)
