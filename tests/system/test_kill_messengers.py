"""The gateway killed at random moments of a story: a patron on Telegram, a librarian in Slack.

Nothing may be lost. Slack shows everything once; Telegram at most once more for each kill, and that is
marked to the librarian. A run is named by its seed, which is printed; DALIL_TEST_SEED chooses one.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model import Address, Speaker
from channels.slack.desk import DELIVERED, DOUBTFUL
from channels.slack.slack import PATH
from tests.fakes.slack_api import BOT_TOKEN, SIGNING_SECRET, SlackApi, shown, slack_api
from tests.fakes.telegram_api import TOKEN, TelegramApi, telegram_api
from tests.system.conftest import LIBRARIAN, PASSWORD
from tests.system.people import Traffic, until
from tests.system.system import System, running
from tests.system.test_kill import reap

PATRON, USER, CHANNEL = 5001, "U00LAYLA", "C0000DESK"


class Story:
    """The patron and the librarian, who say what they have to say until it is taken."""

    def __init__(self, system: System, telegram: TelegramApi, slack: SlackApi, traffic: Traffic) -> None:
        self.system, self.telegram, self.slack, self.traffic = system, telegram, slack, traffic
        self.asked: list[str] = []
        self.replied: dict[str, str] = {}  # text to the ts of the librarian's message
        self.root = ""

    async def begin(self) -> None:
        """Ask for a person, and claim."""
        await self.telegram.say(PATRON, "/person")
        await until(lambda: self.slack.roots(CHANNEL), "the handoff is in Slack")
        self.root = self.slack.roots(CHANNEL)[0]["ts"]
        assert (await self.slack.press(USER, CHANNEL, self.root, "Claim")).status == 200
        await until(lambda: any("Layla" in m["text"] for m in self.telegram.said(PATRON)), "the patron hears")

    async def patron(self) -> None:
        """Write on."""
        while not self.traffic.over:
            self.asked.append(f"question {len(self.asked)}")
            with self.traffic.flight():
                await self.telegram.say(PATRON, self.asked[-1])
                await self.traffic.pause(0.05, 0.4)
            await self.traffic.pause(2.0, 5.0)  # Slack takes a post a second

    async def librarian(self) -> None:
        """Answer on."""
        while not self.traffic.over:
            text = f"answer {len(self.replied)}"
            with self.traffic.flight():
                message = await self.slack.post(CHANNEL, USER, text, self.root)
                self.replied[text] = message["ts"]
                await self.traffic.pause(0.05, 0.4)
            await self.traffic.pause(2.0, 5.0)  # Slack takes a post a second

    async def check(self) -> None:
        """Look at both networks and into the store."""
        with self.system.store() as store:
            found = store.conversations.find(Address("telegram", str(PATRON)))
            assert found is not None
            kept = store.conversations.since(found.id, 0, 100_000)
            marked = store.deliveries.unsent_of(found.id, "telegram")
            assert set(store.deliveries.counts()) == {"sent"}, store.deliveries.counts()
        asked = [m.content.text for m in kept if m.speaker is Speaker.PATRON][1:]
        assert asked == self.asked, "what the patron said is not kept once and in order"
        spoken = {m.seq: m.content.text for m in kept if m.speaker is Speaker.LIBRARIAN}
        acks = Counter(ack.status for ack in self.slack.acks)
        assert Counter(spoken.values()) == Counter(self.replied.keys()), f"a reply lost or kept twice; {acks}"

        # What was written while a slow post was on its way stands together in the next one, a line each.
        in_thread = [line for m in self.slack.said(CHANNEL, self.root) for line in shown(m).split("\n")]
        assert [t for t in in_thread if t.startswith("question")] == self.asked, (
            "Slack: lost, twice, or mixed"
        )

        heard = Counter(m["text"].split("\n")[-1] for m in self.telegram.said(PATRON))
        lost = [text for text in self.replied if not heard[text]]
        assert not lost, f"not delivered: {lost}"
        twice = {text: heard[text] - 1 for text in self.replied if heard[text] > 1}
        assert sum(twice.values()) <= self.traffic.kills, f"{twice} in {self.traffic.kills} kills"
        doubtful = {spoken[seq] for seq, state in marked.items() if state == "unknown" and seq in spoken}
        assert set(twice) <= doubtful, "a message is there twice and not marked"
        for text, ts in self.replied.items():
            mark = DOUBTFUL if text in doubtful else DELIVERED
            await until(lambda m=mark, t=ts: m in self.slack.reactions(CHANNEL, t), f"{text} has its mark")
        print(
            f"{self.traffic.kills} kills, {len(self.asked)} questions, {len(self.replied)} answers, "
            f"{sum(twice.values())} twice, {len(doubtful)} marked; Slack was answered "
            f"{dict(Counter(ack.status for ack in self.slack.acks))}"
        )


@pytest.fixture
async def networks() -> AsyncIterator[tuple[TelegramApi, SlackApi]]:
    async with telegram_api() as telegram, slack_api() as slack:
        slack.channel(CHANNEL, "librarians")
        slack.tries = 1000
        yield telegram, slack
        assert telegram.wrong == [] and slack.wrong == []


@pytest.fixture
async def story(index: Path, tmp_path: Path, networks: tuple[TelegramApi, SlackApi]) -> AsyncIterator[Story]:
    telegram, slack = networks
    system = System(
        tmp_path,
        index,
        telegram_token=TOKEN,
        telegram_api_url=telegram.url,
        slack_bot_token=BOT_TOKEN,
        slack_signing_secret=SIGNING_SECRET,
        slack_desk_channel=CHANNEL,
        slack_api_url=f"{slack.url}/api/",
    )
    slack.app_url = system.url + PATH
    await asyncio.to_thread(system.add_librarian, *LIBRARIAN, PASSWORD)
    linked = await asyncio.to_thread(system.dalil, "librarian", "link", LIBRARIAN[0], "--slack", USER)
    assert linked.returncode == 0, linked.stderr
    seed = int(os.environ.get("DALIL_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nDALIL_TEST_SEED={seed}")
    context = running(system, "--give-up", "0")
    await asyncio.to_thread(context.__enter__)  # in a thread: the fake networks live in this loop
    try:
        yield Story(system, telegram, slack, Traffic(random.Random(seed)))
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def test_five_kills_between_telegram_and_slack(story: Story) -> None:
    await survive(story, 5)


@pytest.mark.long
async def test_thirty_kills_between_telegram_and_slack(story: Story) -> None:
    await survive(story, 30)


async def worked_off(system: System) -> None:
    """Wait until nothing waits any more; a backlog goes to Slack at a post a second."""
    await asyncio.to_thread(system.wait_ready)
    with system.store() as store:

        def calm() -> bool:
            busy = set(store.deliveries.counts()) & {"pending", "sending"}
            return not busy and not store.conversations.count_waiting()

        await until(calm, "everything is delivered", 400)


async def survive(story: Story, kills: int) -> None:
    """Let both talk, kill the gateway again and again, and look at what is left."""
    began = time.monotonic()
    await story.begin()
    async with asyncio.TaskGroup() as group:
        group.create_task(story.patron())
        group.create_task(story.librarian())
        await reap(story.system, story.traffic, ["gateway"] * kills)
        story.traffic.over = True
    await worked_off(story.system)
    number = story.telegram.updates[-1]["update_id"]
    await until(lambda: story.telegram.confirmed > number, "all updates are confirmed")
    await worked_off(story.system)
    await story.check()
    print(f"{time.monotonic() - began:.0f} s")
