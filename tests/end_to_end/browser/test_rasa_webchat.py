"""The npm package rasa-webchat, as published, connects and talks."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from channels.web import tokens
from tests.conftest import ROOT
from tests.fakes.gateway import gateway
from tests.fakes.patron_door import library

VERSION = "1.0.1"
FOLDER = ROOT / "var" / "npm"


def _fetch() -> Path:
    """Give the package's script; fetched once with npm, no install scripts run."""
    script = FOLDER / "node_modules" / "rasa-webchat" / "lib" / "index.js"
    if script.exists():
        return script
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not on this machine, and rasa-webchat is not in var/npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", f"rasa-webchat@{VERSION}"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    archive = FOLDER / f"rasa-webchat-{VERSION}.tgz"
    if packed.returncode or not archive.exists():
        pytest.skip("npm could not fetch rasa-webchat")
    target = script.parent.parent
    target.mkdir(parents=True, exist_ok=True)
    unpacked = ["tar", "-xzf", str(archive), "-C", str(target), "--strip-components=1"]
    subprocess.run(unpacked, check=True, timeout=60)
    return script


@pytest.fixture
async def webchat() -> AsyncIterator[str]:
    yield (await asyncio.to_thread(_fetch)).read_text(encoding="utf-8")


async def _give(page: Page, path: str, body: str, kind: str) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(body=body, content_type=kind)

    await page.route(f"**{path}", answer)


async def test_rasa_webchat_talks(context: BrowserContext, webchat: str) -> None:
    async with gateway(library) as served:
        page = await context.new_page()
        start = f"""WebChat.default({{
            socketUrl: "{served.url}", socketPath: "/socket.io/", title: "Library",
            customData: {{language: "en"}}, params: {{storage: "local"}},
            customMessageDelay: () => 0 }}, null);"""
        html = "<!DOCTYPE html><html><body><div id='webchat'></div><script src='/webchat.js'></script>"
        html += "<script src='/start.js'></script></body></html>"
        await _give(page, "/webchat.js", webchat, "text/javascript")
        await _give(page, "/start.js", start, "text/javascript")
        await _give(page, "/host", html, "text/html")
        await page.goto(f"{served.url}/host")
        await page.locator(".rw-launcher").click()
        field = page.locator(".rw-new-message")
        await field.fill("How do I renew a book?")
        await field.press("Enter")
        answer = page.locator(".rw-response").first
        await expect(answer).to_contain_text("up to four times")
        await expect(answer.get_by_role("link", name="Renewing what you borrowed")).to_have_attribute(
            "href", "https://library.marsad.example/guides/renewal#renew-online"
        )
        await page.locator(".rw-reply", has_text="It was refused").click()
        await expect(page.locator(".rw-response").last).to_contain_text("You said: It was refused")
        kept = await page.evaluate("JSON.parse(localStorage.getItem('chat_session')).session_id")
        assert tokens.chat_id(kept) == served.door.only().chat_id
        await page.reload()
        await expect(page.locator(".rw-conversation-container, .rw-launcher").first).to_be_visible()
        await page.wait_for_function("document.querySelector('.rw-new-message, .rw-launcher')")
        if not await field.is_visible():
            await page.locator(".rw-launcher").click()
        await field.fill("still me")
        await field.press("Enter")
        await expect(page.locator(".rw-response").last).to_contain_text("You said: still me")
        assert len(served.door.kept) == 1
