"""What waits for a slow desk and becomes one post: on both databases, with the real sender."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select

from bot.errors import DeliveryDeferred, DeliveryRefused
from bot.model import EDITED, Address, Content, Handoff, Language, Pace, Packet, Speaker
from bot.sender import Sender, Target
from bot.store import tables as t
from bot.store.arrivals import Arriving
from bot.store.conversations import append
from bot.store.deliveries import Delivery
from bot.store.store import Store
from bot.store.turns import Turn
from tests.patience import PATIENCE

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HERE = Address("web", "chat-1")
SLOW = Pace(rate=50.0, burst=0.0)  # there is always a wait


def says(store: Store, text: str, turn: Turn, event: str | None = None) -> None:
    """Let the patron write, and the turn be taken."""
    accepted = store.arrivals.accept(Arriving(HERE, text, Language.EN, text[:20], event=event), NOW)
    lease = store.conversations.lease(accepted.message.conversation, "node", NOW, 30)
    assert lease is not None
    waiting = store.conversations.next_waiting(lease)
    assert waiting is not None
    store.turns.commit(lease, waiting, turn, NOW)


def waiting(store: Store, *texts: str) -> Handoff:
    """Give a handoff whose patron has said all this, and none of it has reached the desk."""
    says(store, "May I talk to a person?", Turn(open=Packet("?", "asked"), relay=True))
    for text in texts:
        says(store, text, Turn(relay=True))
    (handoff,) = store.handoffs.queue()
    return handoff


def hurrying() -> Callable[[], datetime]:
    """Give a clock on which every pause is soon over."""
    seconds = count(1, 10)
    return lambda: NOW + timedelta(seconds=next(seconds))


class Posts:
    """A desk's network that remembers its posts and refuses what it is told to."""

    def __init__(self, refuses: Callable[[Sequence[str]], Exception | None] = lambda texts: None) -> None:
        self.posts: list[list[str]] = []
        self.refuses = refuses

    async def one(self, delivery: Delivery) -> str | None:
        return (await self.together([delivery]))[0]

    async def together(self, batch: Sequence[Delivery]) -> Sequence[str | None]:
        texts = [one.message.content.text for one in batch]
        error = self.refuses(texts)
        if error:
            raise error
        self.posts.append(texts)
        return [f"post-{len(self.posts)}"] * len(batch)


async def sent(store: Store, posts: Posts, joins: int = 1000, *, done: int) -> dict[str, str | None]:
    """Run a sender until so many deliveries to the desk ended; gives the post of each text."""

    async def page(delivery: Delivery) -> str | None:
        return None

    targets = {"desk": Target(posts.one, True, SLOW, posts.together, joins), "web": Target(page, True)}
    sender = Sender(store, targets, "node", hurrying())
    running = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(PATIENCE):
            while len(found := ended(store)) < done:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sender.stop()
    return found


def ended(store: Store) -> dict[str, str | None]:
    d, m = t.deliveries.c, t.messages.c
    query = (
        select(d.external_id, d.state, m.content)
        .join(t.messages, (m.conversation_id == d.conversation_id) & (m.seq == d.seq))
        .where(d.target == "desk", d.state.in_(("sent", "failed")))
    )
    with store.engine.connect() as connection:
        rows = list(connection.execute(query))
    return {row.content["text"]: row.external_id if row.state == "sent" else "failed" for row in rows}


async def test_what_waits_is_one_post_and_each_knows_it(store: Store) -> None:
    waiting(store, "a", "b", "c")
    posts = Posts()
    found = await sent(store, posts, done=4)
    assert posts.posts == [["May I talk to a person?", "a", "b", "c"]]
    assert set(found.values()) == {"post-1"}


async def test_no_post_is_longer_than_the_desk_takes(store: Store) -> None:
    waiting(store, "x" * 40, "y" * 40, "z" * 200, "end")
    posts = Posts()
    await sent(store, posts, joins=100, done=5)
    assert [[text[:1] for text in post] for post in posts.posts] == [["M", "x"], ["y"], ["z"], ["e"]]


async def test_what_others_say_stands_alone_and_in_its_place(store: Store) -> None:
    handoff = waiting(store, "a")
    with store.engine.begin() as connection:
        said = append(connection, handoff.conversation, Speaker.LIBRARIAN, Content("hello"), Language.EN, NOW)
        store.turns.relay(connection, handoff, [said], NOW)
    says(store, "b", Turn(relay=True))
    says(store, "b, or rather c", Turn(relay=True), EDITED)
    says(store, "d", Turn(relay=True))
    posts = Posts()
    await sent(store, posts, done=6)
    assert posts.posts == [["May I talk to a person?", "a"], ["hello"], ["b"], ["b, or rather c"], ["d"]]


async def test_what_is_refused_together_is_tried_alone(store: Store) -> None:
    waiting(store, "a", "poison", "c")
    posts = Posts(lambda texts: DeliveryRefused("no") if "poison" in texts else None)
    found = await sent(store, posts, done=4)
    assert found["poison"] == "failed"
    assert [text for post in posts.posts for text in post] == ["May I talk to a person?", "a", "c"]


async def test_after_a_pause_that_the_network_asks_for_nothing_is_lost_or_said_twice(store: Store) -> None:
    waiting(store, "a", "b")
    pauses = [DeliveryDeferred(0.0, "a pause"), ConnectionError("broken")]
    posts = Posts(lambda texts: pauses.pop() if pauses else None)
    await sent(store, posts, done=3)
    assert [text for post in posts.posts for text in post] == ["May I talk to a person?", "a", "b"]


async def test_a_desk_that_does_not_join_gets_each_by_itself(store: Store) -> None:
    waiting(store, "a", "b")
    posts = Posts()

    async def page(delivery: Delivery) -> str | None:
        return None

    targets = {"desk": Target(posts.one, True, SLOW), "web": Target(page, True)}
    sender = Sender(store, targets, "node", hurrying())
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(PATIENCE):
        while len(ended(store)) < 3:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert posts.posts == [["May I talk to a person?"], ["a"], ["b"]]
