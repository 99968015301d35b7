"""``make screenshots``: pictures for eyes; nothing is asserted.

Every state of the widget and of the desk, with the tests' own core behind them; then the pages of a running
Dalil, where one runs. They go into ``screenshots/``, which git leaves out.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.request

from playwright.async_api import async_playwright
from playwright.sync_api import Browser, sync_playwright

from tests import desk_pictures, widget_pictures
from tests.conftest import ROOT
from tests.end_to_end.browser.conftest import chromium

SIZES = {"phone": (375, 812), "desktop": (1280, 900)}
PAGES = {
    "home": "/?lang={language}",
    "guides": "/guides/{language}",
    "guide": "/guides/{language}/citing-apa",
    "faq": "/guides/{language}/faq/renewal",
    "desk": "/desk?lang={language}",
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def take(browser: Browser, url: str) -> None:
    """Take every page at every size in both languages, light; the home page dark as well."""
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    for language in ("en", "ar"):
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
                )
                page = context.new_page()
                for name, path in PAGES.items():
                    page.goto(url + path.format(language=language))
                    page.wait_for_timeout(700)
                    page.screenshot(path=str(folder / f"{name}-{language}-{size}-{scheme}.png"))
                context.close()


async def take_widget() -> None:
    """Take every state of the widget at 320, 768 and 1440 pixels, in both languages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        await widget_pictures.take(browser, ROOT / "screenshots" / "widget")
        await browser.close()


def runs(url: str) -> bool:
    """Tell whether a Dalil answers there."""
    try:
        with urllib.request.urlopen(url, timeout=3) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def main() -> None:
    """Take all states, and the pages of the Dalil at the address given, by default the local one."""
    url = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080").rstrip("/")
    asyncio.run(take_widget())
    asyncio.run(desk_pictures.take(ROOT / "screenshots", list(desk_pictures.WIDTHS)))
    if not runs(url):
        print(f"No Dalil answers at {url}: its home page and guides were left out. Start one with make run.")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        take(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
