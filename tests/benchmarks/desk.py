"""The desk as a browser feels it: first paint of a full queue, and a message after it was kept."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from bot.model import Address, Handoff, Language, Packet
from bot.store.handoffs import open_handoff
from tests.fakes.desk import LAYLA, PASSWORD, DeskWorld, desk_world

OPEN = 200  # handoffs in the queue
LOADS = 7
MESSAGES = 30
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]

# Notes, in the page, when each new message was painted: a message posted to oneself in the frame that
# shows it is handled right after that frame was rendered.
WATCH = """() => {
  window.painted = {};
  new MutationObserver(() => {
    for (const entry of document.querySelectorAll(".entry.patron .body")) {
      const text = entry.textContent;
      if (!text.startsWith("number ") || window.painted[text]) continue;
      window.painted[text] = -1;
      const after = new MessageChannel();
      after.port1.onmessage = () => { window.painted[text] = Date.now(); };
      requestAnimationFrame(() => after.port2.postMessage(null));
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""

# Gives milliseconds from the navigation's start: the first paint, and all 200 questions painted.
PAINTED = """() => new Promise((done) => {
  const look = () => {
    if (document.querySelectorAll(".item").length < %d) { setTimeout(look, 5); return; }
    const after = new MessageChannel();
    after.port1.onmessage = () => done({
      first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
      whole: performance.now(),
    });
    requestAnimationFrame(() => after.port2.postMessage(null));
  };
  look();
})"""


async def measure_desk() -> dict[str, Any]:
    """Give both figures in ms; the browser is on this machine, the server too."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return {"skipped": "no Chromium on this machine"}
    with tempfile.TemporaryDirectory(prefix="dalil-desk-") as name:
        async with desk_world(Path(name)) as world, async_playwright() as playwright:
            handoffs = [await asyncio.to_thread(_ask, world, n) for n in range(OPEN)]
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = await (await browser.new_context(viewport={"width": 1440, "height": 900})).new_page()
            await page.goto(f"{world.url}/desk?lang=en")
            await page.fill("#email", LAYLA.email)
            await page.fill("#password", PASSWORD)
            await page.click("button.main")
            loads = [await _load(page, world.url) for _ in range(LOADS)]
            shown = await _messages(page, world, handoffs[0])
            await browser.close()
    return {
        "open_handoffs": OPEN,
        "first_paint_ms": _summary([load["first"] for load in loads]),
        "whole_queue_painted_ms": _summary([load["whole"] for load in loads]),
        "message_on_screen_after_kept_ms": _summary(shown),
    }


async def _load(page: Page, url: str) -> dict[str, float]:
    await page.goto(f"{url}/desk")
    found: dict[str, float] = await page.evaluate(PAINTED % OPEN)
    return found


async def _messages(page: Page, world: DeskWorld, handoff: Handoff) -> list[float]:
    """Let the patron write, one after another; compare when it was kept with when it was painted."""
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await page.locator(f'.item[data-id="{handoff.id}"]').click()
    await page.locator(".thread .entry").first.wait_for()
    await page.evaluate(WATCH)
    times = []
    for n in range(MESSAGES):
        said = await world.say(f"number {n}.", "chat-0")
        kept = said.at.timestamp() * 1000
        painted = -1.0
        until = time.monotonic() + 10
        while painted < 0 and time.monotonic() < until:
            await asyncio.sleep(0.02)
            painted = await page.evaluate("text => window.painted[text] ?? -1", said.content.text)
        times.append(painted - kept)
    return times[5:]  # the first few warm up


def _ask(world: DeskWorld, number: int) -> Handoff:
    """Put one open handoff into the store."""
    store, now = world.store, world.clock()
    arabic = number % 3 == 2
    language = Language.AR if arabic else Language.EN
    question = f"سؤال رقم {number}" if arabic else f"Question number {number} about an article"
    conversation = store.conversations.open(Address("web", f"chat-{number}"), language, now)
    packet = Packet(question, "asked", topic="renewal", tried=("a", "b"))
    with store.engine.begin() as connection:
        return open_handoff(connection, conversation.id, "web", language, packet, now)


def _summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 1),
        "worst": round(ordered[-1], 1),
    }


def measure() -> dict[str, Any]:
    """Run it."""
    return asyncio.run(measure_desk())
