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

from bot.model import Address, Content, Handoff, Language, Packet, Speaker
from bot.store.turns import Turn
from tests.fakes.desk import LAYLA, PASSWORD, DeskWorld, desk_world

OPEN = 200  # handoffs in the queue
LOADS = 7
MESSAGES = 30
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]

# Notes, in the page, when each new message was painted: after two frames it is on the screen.
WATCH = """() => {
  window.painted = {};
  new MutationObserver(() => {
    for (const entry of document.querySelectorAll(".entry.patron .body")) {
      const text = entry.textContent;
      if (!text.startsWith("number ") || window.painted[text]) continue;
      window.painted[text] = -1;
      requestAnimationFrame(() => requestAnimationFrame(() => { window.painted[text] = Date.now(); }));
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""

# Gives milliseconds from the navigation's start: the first paint, and all 200 questions painted.
PAINTED = """() => new Promise((done) => {
  const look = () => {
    if (document.querySelectorAll(".item").length < %d) { setTimeout(look, 5); return; }
    requestAnimationFrame(() => requestAnimationFrame(() => done({
      first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
      whole: performance.now(),
    })));
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
    """Put one open handoff into the store, as a turn does."""
    store, now = world.store, world.clock()
    language = Language.AR if number % 3 == 2 else Language.EN
    question = (
        f"سؤال رقم {number}" if language is Language.AR else f"Question number {number} about an article"
    )
    address = Address("web", f"chat-{number}")
    store.conversations.accept(address, question, language, "first", now)
    conversation = store.conversations.find(address)
    assert conversation is not None
    lease = store.conversations.lease(conversation.id, "bench", now, 30)
    assert lease is not None
    waiting = store.conversations.next_waiting(lease)
    assert waiting is not None and waiting.message.speaker is Speaker.PATRON
    packet = Packet(question, "asked", topic="renewal", tried=("a", "b"))
    written = store.turns.commit(lease, waiting, Turn(say=(Content("coming"),), open=packet), now)
    store.conversations.release(lease)
    assert written.handoff is not None
    return written.handoff


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
