"""A patron who writes many short messages at once: no librarian waits a second for each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.model import Handoff, Language
from bot.store import tables as t
from channels.slack.desk import NAME as SLACK_DESK
from channels.telegram.desk import NAME as TELEGRAM_DESK
from tests.fakes.desk import LAYLA
from tests.fakes.faults import Kind
from tests.fakes.librarians import InSlack, InTelegram
from tests.fakes.messengers import DESK_CHANNEL, Messengers, messengers

EN = Language.EN
BURST = [f"سطر {n} <!channel>" if n % 2 else f"line {n}" for n in range(14)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Messengers]:
    async with messengers(tmp_path) as made:
        made.there(LAYLA)
        yield made


async def claimed(world: Messengers) -> Handoff:
    await world.web_says("May I talk to a person?")
    handoff = await world.handoff()
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await InSlack(world, EN).root(handoff)
    await InTelegram(world, EN).topic(handoff)
    await world.settle()
    return handoff


def burst_in(posts: list[str]) -> list[str]:
    """Give what was shown of the burst, in the order of the posts and their lines."""
    shown = (line for post in posts for line in post.replace("\u2060", "").split("\n"))
    return [line for line in shown if line in BURST]


async def shown_as(world: Messengers, desk: str, handoff: Handoff) -> list[str | None]:
    """Give the desk's own name of the post of each message of the burst."""
    d, m = t.deliveries.c, t.messages.c
    query = (
        select(d.external_id, d.state, t.messages.c.content)
        .join(t.messages, (m.conversation_id == d.conversation_id) & (m.seq == d.seq))
        .where(d.target == desk, d.conversation_id == handoff.conversation)
        .order_by(d.seq)
    )
    with world.store.engine.connect() as connection:
        rows = [row for row in connection.execute(query) if row.content["text"] in BURST]
    assert all(row.state == "sent" for row in rows)
    return [row.external_id for row in rows]


async def test_a_burst_is_joined_where_the_network_makes_it_wait(world: Messengers) -> None:
    handoff = await claimed(world)
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    root, topic = await slack.root(handoff), await telegram.topic(handoff)
    for text in BURST:
        await world.web_says(text)
    await world.settle()
    for seen, desk in ((slack.seen(root), SLACK_DESK), (telegram.seen(topic), TELEGRAM_DESK)):
        assert burst_in(seen) == BURST
        assert len([post for post in seen if burst_in([post])]) < len(BURST)
        named = await shown_as(world, desk, handoff)
        assert len(named) == len(BURST) and None not in named
        assert len(set(named)) < len(BURST)


async def test_a_joined_post_that_was_cut_off_is_not_posted_twice(world: Messengers) -> None:
    handoff = await claimed(world)
    slack = InSlack(world, EN)
    root = await slack.root(handoff)
    for text in BURST[:6]:
        await world.web_says(text)
    await world.until(lambda: len(burst_in(slack.seen(root))) >= 5)
    world.slack_api.faults.add(Kind.CUT, "chat.postMessage", to=DESK_CHANNEL)
    for text in BURST[6:]:
        await world.web_says(text)
    await world.settle()
    assert world.slack_api.faults.happened
    assert burst_in(slack.seen(root)) == BURST
