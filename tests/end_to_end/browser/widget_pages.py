"""What the widget's browser tests share: opening it, speaking on it, other sites that embed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, expect

from tests.fakes.gateway import Gateway


def widget(page: Page) -> Locator:
    return page.locator("#dalil-widget")


async def opened(page: Page, served: Gateway, language: str = "en") -> Locator:
    await page.goto(f"{served.url}/?lang={language}")
    await page.wait_for_function("window.Dalil !== undefined && document.querySelector('#dalil-widget')")
    await page.evaluate("Dalil.open()")
    panel = widget(page).get_by_role("dialog").first
    await expect(panel.locator(".hello h2")).to_be_visible()
    return panel


async def say(panel: Locator, text: str) -> None:
    field = panel.locator("textarea")
    await field.fill(text)
    await field.press("Enter")


@asynccontextmanager
async def another_site(html: str, **headers: str) -> AsyncIterator[str]:
    """Serve one page from a server of its own; gives its origin."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = html.encode()
        lines = ["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
