"""``make screenshots``: pictures of the pages of a running Dalil, for eyes; nothing is asserted."""

from __future__ import annotations

import asyncio
import sys

from playwright.sync_api import Browser, sync_playwright

from tests import desk_pictures
from tests.conftest import ROOT

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


def main() -> None:
    """Take pictures of the Dalil at the address given, by default the local one."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        take(browser, url.rstrip("/"))
        browser.close()
    asyncio.run(desk_pictures.take(ROOT / "screenshots", list(desk_pictures.WIDTHS)))


if __name__ == "__main__":
    main()
