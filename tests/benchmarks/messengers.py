"""Telegram and Slack: how fast a librarian's words reach the patron, and how fast Slack is answered.

Against the fakes of both networks on this machine, so a network's own time is not in the figures; the core,
the store on disk, the adapters, HTTP and signatures are the real ones.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from bot.model import Handoff
from channels.slack.desk import NAME as SLACK_DESK
from tests.fakes.desk import LAYLA
from tests.fakes.messengers import DESK_CHANNEL, SLACK_IDS, Messengers, messengers

PATRONS, REPLIES = 25, 8  # handoffs, and replies in each: within what Telegram takes at once
EVENTS, AT_ONCE = 400, 4
ENGINE_TIMEOUT = 8.0  # seconds that a stopped engine keeps a turn waiting


async def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Give both figures, in milliseconds."""
    async with messengers(folder / "reply", telegram_desk=False) as world:
        replies = await _replies(world)
    async with messengers(folder / "ack", telegram_desk=False) as world:
        acks = await _acks(world)
    return {
        "librarian's message in Slack received, to Telegram called": _summary(replies),
        "Slack event acknowledged with the engine stopped": _summary(acks),
    }


async def _replies(world: Messengers) -> list[float]:
    world.there()
    handoffs = [await _claimed(world, 6000 + n) for n in range(PATRONS)]
    times = []
    for turn in range(REPLIES):
        for chat, handoff in handoffs:
            text = f"reply {turn} to {chat}"
            thread = await world.store.threads.of(SLACK_DESK, handoff.id)
            assert thread is not None
            times.append(await _one(world, chat, thread.thread.partition(":")[2], text))
    return times


async def _one(world: Messengers, chat: int, root: str, text: str) -> float:
    """From Slack's request to the call of Telegram's API that carries the same words."""
    arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def heard(method: str, text_of: str) -> None:
        if method == "sendMessage" and text in text_of and not arrived.done():
            arrived.set_result(time.perf_counter())

    world.telegram_api.listen = heard
    began = time.perf_counter()
    await world.slack_api.post(DESK_CHANNEL, SLACK_IDS[LAYLA.id], text, root)
    async with asyncio.timeout(30):
        return (await arrived - began) * 1000


async def _claimed(world: Messengers, chat: int) -> tuple[int, Handoff]:
    before = {handoff.id for handoff in world.store.handoffs.queue()}
    await world.telegram_api.say(chat, "May I talk to a person?")
    await world.until(lambda: len(world.store.handoffs.queue()) > len(before))
    (handoff,) = (one for one in world.store.handoffs.queue() if one.id not in before)
    await world.core.librarians.claim(handoff.id, LAYLA.id, beyond=True)
    async with asyncio.timeout(60):  # Slack takes one post a second
        while await world.store.threads.of(SLACK_DESK, handoff.id) is None:
            await asyncio.sleep(0.05)
    return chat, handoff


async def _acks(world: Messengers) -> list[float]:
    world.engine.fails, world.engine.delay = True, ENGINE_TIMEOUT

    async def patron(number: int) -> None:
        for turn in range(EVENTS // AT_ONCE):
            await world.slack_api.dm(f"U00{number:03}{turn % 50:05}", f"question {turn}")

    await asyncio.gather(*(patron(number) for number in range(AT_ONCE)))
    # What the app hears of its own posts costs nothing: it would only make the figure look better.
    taken = [ack for ack in world.slack_api.acks if ack.kind == "events_api" and not ack.own]
    assert len(taken) == EVENTS
    assert all(ack.status == 200 for ack in taken)
    return [ack.seconds * 1000 for ack in taken]


def _summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "n": len(ordered),
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
    }
