"""A real Chromium; tests that need it say plainly where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.fakes.gateway import Gateway, gateway
from tests.fakes.patron_door import library
from tests.patience import PATIENCE_MS

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=PATIENCE_MS)  # ms; a busy machine is no failure of the page


def chromium() -> str:
    """Give the browser's path, or skip."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("DALIL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None or not Path(found).exists():
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests; each has contexts of its own, which share nothing, and closes them."""
    path = chromium()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture(autouse=True)
async def nothing_left_open(browser: Browser) -> AsyncIterator[None]:
    """Close the contexts that a test opened itself."""
    yield
    for context in browser.contexts:
        await context.close()


@pytest.fixture
async def served() -> AsyncIterator[Gateway]:
    async with gateway(library) as running:
        yield running


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(PATIENCE_MS)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page whose scripts must not fail, nor break the page's own policy."""
    troubles: list[str] = []
    made = await context.new_page()
    made.on("pageerror", lambda error: troubles.append(str(error)))
    made.on("console", lambda said: troubles.append(said.text) if _is_trouble(said.type, said.text) else None)
    yield made
    assert troubles == []


def _is_trouble(kind: str, text: str) -> bool:
    lost = "WebSocket connection" in text or "ERR_CONNECTION" in text or "ERR_INTERNET" in text
    return kind == "error" and not lost  # some tests take the server away
