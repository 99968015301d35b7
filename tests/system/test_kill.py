"""Real processes killed at random moments, while patrons write and a librarian answers.

Nothing that was acknowledged may be lost, said twice, out of order, or left without an answer. A run is
named by its seed, which is printed; DALIL_TEST_SEED chooses one.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from itertools import groupby

import pytest

from bot.model import Address, HandoffState, Json, Message, Speaker
from bot.store import tables as t
from bot.store.conversations import Conversation
from bot.store.database import reading
from bot.store.store import Store
from tests.system import processes
from tests.system.conftest import LIBRARIAN, PASSWORD
from tests.system.people import LibrarianAtDesk, RestPatron, SocketPatron, Traffic, numbers, until
from tests.system.system import System

QUESTIONS = (
    "How do I renew a book?",
    "كيف أجدد استعارة كتاب؟",
    "How do I print from my laptop?",
    "How do I book a study room?",
    "كيف أحجز غرفة دراسة؟",
    "How do I request an interlibrary loan?",
)
INTERVIEW = (
    "I need help finding articles about the effect of screen time on toddlers",
    "psychology",
    "Master's",  # a button's title, typed
    "I searched Google Scholar for screen time and children",
)
PERSON = "Can I talk to a librarian?"
DESK_BORN = {"librarian_joined", "librarian_left", "csat"}  # said by a librarian's act, not by a turn

Baseline = dict[str, list[str]]  # what is answered to a text when nothing is killed


@pytest.mark.long
async def test_fifty_kills(rough: System) -> None:
    await survive(rough, ["engine"] * 10 + ["gateway"] * 40)


async def test_five_kills(rough: System) -> None:
    await survive(rough, ["engine"] + ["gateway"] * 4)


async def survive(system: System, victims: list[str]) -> None:
    """Let people work, kill the victims one after the other, and look at what is left."""
    seed = int(os.environ.get("DALIL_TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"\nDALIL_TEST_SEED={seed}")
    traffic = Traffic(random.Random(seed))
    traffic.rng.shuffle(victims)
    began = time.monotonic()
    town = Town(system, traffic)
    try:
        await town.learn()
        async with asyncio.TaskGroup() as group:
            for work in town.work():
                group.create_task(work)
            await reap(system, traffic, victims)
            traffic.over = True
        await settled(system)
        await town.check()
    finally:
        await town.close()
    print(f"{traffic.kills} kills, {town.summary()}, {time.monotonic() - began:.0f} s")


async def reap(system: System, traffic: Traffic, victims: Sequence[str]) -> None:
    """Kill one process after the other, each while something is under way."""
    for name in victims:
        if name == "engine":
            await reachable(system.engine_answers, "the engine is back")
        elif traffic.rng.random() < 0.8:
            await reachable(system.gateway_answers, "the gateway is back")
        else:  # also one that has only just begun to start
            await until(lambda: "gateway" in system.pids(), "the gateway is started again")
        await traffic.pause(0.2, 1.8)
        await until(lambda name=name: name in system.pids(), f"{name} runs")  # type: ignore[misc]
        pid = system.pids()[name]
        await until(lambda: traffic.in_flight > 0, "something is under way")
        await traffic.pause(0.0, 0.04)
        processes.kill(pid)
        traffic.kills += 1
        await until(lambda gone=pid: not processes.alive(gone), "it is dead")  # type: ignore[misc]
        assert not system.ended(), system.output()[-3000:]


async def reachable(answers, what: str) -> None:  # type: ignore[no-untyped-def]
    """Wait until a process answers, without holding up the others."""
    deadline = time.monotonic() + 120
    while not await asyncio.to_thread(answers):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def settled(system: System) -> None:
    """Wait until everything is up again and nothing waits any more."""
    await asyncio.to_thread(system.wait_ready)
    deadline = time.monotonic() + 60
    with system.store() as store:
        while store.conversations.count_waiting() or set(store.deliveries.counts()) & {"pending", "sending"}:
            assert time.monotonic() < deadline, (
                f"{store.conversations.count_waiting()} messages had no turn; {store.deliveries.counts()}"
            )
            await asyncio.sleep(0.1)


class Town:
    """Everybody who has to do with the library while processes are killed."""

    def __init__(self, system: System, traffic: Traffic) -> None:
        self._system = system
        self._traffic = traffic
        self._baseline: Baseline = {}
        self._interview: list[str] = []
        self._readers = [RestPatron(system, traffic) for _ in range(2)]
        self._hasty = SocketPatron(system, traffic)
        self._helped = SocketPatron(system, traffic)
        self._interviewed: list[RestPatron] = []
        self._librarian = LibrarianAtDesk(system, traffic, f"{LIBRARIAN[0]}@library.example", PASSWORD)

    async def learn(self) -> None:
        """Find out what is answered when nothing is killed."""
        for question in QUESTIONS:
            patron = RestPatron(self._system, self._traffic)
            self._baseline[question] = [message["text"] for message in await patron.say(question)]
            assert not apologies([patron]), f"not answered even undisturbed: {question}"
            await patron.close()
        assert len({tuple(answer) for answer in self._baseline.values()}) == len(QUESTIONS)
        patron = RestPatron(self._system, self._traffic)
        for line in INTERVIEW:
            await patron.say(line)
        self._interview = [m["text"] for answer in patron.answers for m in answer]
        asked = [m for answer in patron.answers for m in answer if "?" in m["text"]]
        assert len(asked) >= 3 and not apologies([patron]), "the interview has no three questions"
        await patron.close()
        await self._librarian.sign_in()
        for page in (self._hasty, self._helped):
            await page.open()

    def work(self) -> list:  # type: ignore[type-arg]
        """Give what each of them does until it is over."""
        return [
            *(self._reads(patron) for patron in self._readers),
            self._hurries(),
            self._is_helped(),
            *(self._is_interviewed(number) for number in range(2)),
            self._librarian.work(),
        ]

    async def close(self) -> None:
        """Let everybody go."""
        for page in (self._hasty, self._helped):
            await page.close()
        for patron in (*self._readers, *self._interviewed):
            await patron.close()
        await self._librarian.close()

    def summary(self) -> str:
        """Say how much was going on."""
        said = [*self._readers, *self._interviewed]
        messages = sum(len(one.said) for one in said) + len(self._hasty.said) + len(self._helped.said)
        return (
            f"{messages} messages of patrons, "
            f"{apologies([*self._readers, *self._interviewed])} apologies by REST, "
            f"{len(self._interviewed)} interviews, {len(self._librarian.cases)} handoffs, "
            f"{self._hasty.connections + self._helped.connections} connections"
        )

    # What they do

    async def _reads(self, patron: RestPatron) -> None:
        while not self._traffic.over:
            await patron.say(self._traffic.rng.choice(QUESTIONS))
            await self._traffic.pause(0.0, 0.3)

    async def _hurries(self) -> None:
        """Write on without waiting for answers."""
        while not self._traffic.over:
            for _ in range(self._traffic.rng.randrange(1, 5)):
                await self._hasty.say(self._traffic.rng.choice(QUESTIONS))
            await self._traffic.pause(0.2, 0.8)

    async def _is_interviewed(self, number: int) -> None:
        """Go through an interview, with something killed in the middle of it; and again."""
        while not self._traffic.over:
            patron = RestPatron(self._system, self._traffic)
            self._interviewed.append(patron)
            rest_after = self._traffic.rng.randrange(len(INTERVIEW) - 1)
            for index, line in enumerate(INTERVIEW):
                while apologised(await patron.say(line)):
                    await self._traffic.pause(0.2, 0.6)
                if index == rest_after:
                    before = self._traffic.kills
                    await until(lambda: self._traffic.over or self._traffic.kills > before, "a kill")  # noqa: B023
                await self._traffic.pause(0.0, 0.2)

    async def _is_helped(self) -> None:
        """Ask for a librarian, talk with them, rate it; and again."""
        page = self._helped
        while not self._traffic.over:
            opening = await page.say(PERSON)
            answer = await page.shows(by_assistant, opening.seq, "an answer to the wish for a person")
            while answer["event"] == "apology":
                opening = await page.choose(answer, 0)
                answer = await page.shows(by_assistant, opening.seq, "an answer to the button")
            assert answer["event"] == "waiting", answer
            joined = await page.shows(event("librarian_joined"), opening.seq, "a librarian comes")
            while not any(m["seq"] > joined["seq"] and m["event"] == "librarian_left" for m in page.shown):
                await page.say(self._traffic.rng.choice(QUESTIONS))
                await self._traffic.pause(0.1, 0.6)
            marks = await page.shows(event("csat"), joined["seq"], "the question for a rating")
            rating = await page.choose(marks, 4)
            await page.shows(event("rated"), rating.seq, "thanks")

    # What must be so afterwards

    async def check(self) -> None:
        """Look from the outside and into the store."""
        with self._system.store() as store:
            assert store.conversations.count_waiting() == 0
            assert set(store.deliveries.counts()) == {"sent"}, store.deliveries.counts()
            for patron in (*self._readers, *self._interviewed):
                await self._check_rest(store, patron)
            for patron in self._interviewed:
                spoken = [m["text"] for answer in patron.answers for m in answer if not is_apology(m)]
                assert spoken == self._interview, "the interview did not go as it does undisturbed"
            await self._check_hasty(store)
            await self._check_helped(store)

    async def _check_rest(self, store: Store, patron: RestPatron) -> None:
        kept = whole(store, patron.address())
        check_said(patron.said, kept)
        heard = [(m["custom"]["seq"], m["text"]) for m in await patron.history()]
        assert heard == [(m.seq, m.content.text) for m in kept if m.speaker is not Speaker.PATRON]
        at_once = [(m["custom"]["seq"], m["text"]) for answer in patron.answers for m in answer]
        assert at_once == heard, "more was said than the requests were answered with"
        assert all(patron.answers), "a message had no answer"
        turns = assistant_turns(kept)
        assert [[m.seq for m in turn] for turn in turns] == [
            [m["custom"]["seq"] for m in answer] for answer in patron.answers
        ], "a message had not exactly one turn"
        if patron in self._readers:
            self._check_answers(turns, [said.text for said in patron.said])

    async def _check_hasty(self, store: Store) -> None:
        page = self._hasty
        await page.caught_up()
        assert not page.faults, page.faults
        kept = whole(store, page.address())
        check_said(page.said, kept)
        check_shown(page, kept)
        turns = assistant_turns(kept)
        assert len(turns) == len(page.said), "not exactly one turn a message"
        assert all(turn[0].seq > said.seq for turn, said in zip(turns, page.said, strict=True))
        self._check_answers(turns, [said.text for said in page.said])

    async def _check_helped(self, store: Store) -> None:
        page, cases = self._helped, self._librarian.cases
        await page.caught_up()
        assert not page.faults, page.faults
        address = page.address()
        kept = whole(store, address)
        check_said(page.said, kept)
        check_shown(page, kept)
        replies = [reply for case in cases for reply in case.replies]
        spoken = [m for m in page.shown if m["speaker"] == "librarian"]
        assert [m["text"] for m in spoken] == replies, "the replies are not there once and in order"
        assert {m["author"] for m in spoken} <= {LIBRARIAN[1]}
        everything = "\n".join(m["text"] for m in page.shown)
        assert cases and not any(case.note in everything for case in cases), "a note was shown to the patron"
        assert silent_while_assigned(page.shown), "the assistant spoke while a librarian had the conversation"
        for case in cases:
            seen = await self._librarian.look(case)
            assert [note["text"] for note in seen["notes"]] == [case.note]
            assert [m["text"] for m in seen["messages"] if m["text"] in case.replies] == case.replies
            assert seen["undelivered"] == {}
        self._check_handoffs(store, conversation(store, address), kept)

    def _check_handoffs(self, store: Store, helped: Conversation, kept: Sequence[Message]) -> None:
        found = [h for h in store.handoffs.every() if h.conversation == helped.id]
        assert [h.id for h in found] == [case.id for case in self._librarian.cases]
        for handoff in found:
            assert (handoff.state, handoff.librarian) == (HandoffState.CLOSED, LIBRARIAN[0])
            assert (handoff.read_value, handoff.transaction, handoff.topic) == (3, "reference", "renewal")
            assert handoff.csat == 5
        relayed = relayed_to_desk(store, helped)
        said = {m.seq for m in kept if m.speaker is Speaker.PATRON}
        heard = relayed & said
        # Answered by a turn: everything but what went to the librarian alone. Who opens a handoff is both
        # answered and relayed.
        turns = assistant_turns(kept)
        assert len(turns) == len(said) - len(heard) + len(found), (
            f"{len(said)} messages, {len(heard)} of them at the desk, {len(found)} handoffs, "
            f"{len(turns)} turns; "
            f"the messages that did not go to the desk: {sorted(said - heard)}, "
            f"the turns: {[[m.seq for m in turn] for turn in turns]}"
        )

    def _check_answers(self, turns: Sequence[Sequence[Message]], asked: Sequence[str]) -> None:
        for turn, question in zip(turns, asked, strict=True):
            if turn[0].content.event != "apology":
                assert [m.content.text for m in turn] == self._baseline[question]


def by_assistant(message: Json) -> bool:
    """Whether the assistant says it."""
    return bool(message["speaker"] == "assistant")


def event(name: str):  # type: ignore[no-untyped-def]
    """Give what tells whether a message is such an event."""
    return lambda message: message["event"] == name


def is_apology(message: Json) -> bool:
    """Whether a message of the REST channel says that something went wrong."""
    return bool(message["custom"]["event"] == "apology")


def apologised(answer: Sequence[Json]) -> bool:
    """Whether an answer says that something went wrong."""
    return any(is_apology(message) for message in answer)


def apologies(patrons: Sequence[RestPatron]) -> int:
    """Count the answers that say that something went wrong."""
    return sum(apologised(answer) for patron in patrons for answer in patron.answers)


def conversation(store: Store, address: Address) -> Conversation:
    """Give the conversation at an address."""
    found = store.conversations.find(address)
    assert found is not None
    return found


def whole(store: Store, address: Address) -> list[Message]:
    """Give all that is kept of a conversation."""
    return list(store.conversations.since(conversation(store, address).id, 0, 1_000_000))


def check_said(said, kept: Sequence[Message]) -> None:  # type: ignore[no-untyped-def]
    """Every acknowledged message is there once, under its number, in the order it was sent."""
    assert [m.seq for m in kept] == list(range(1, len(kept) + 1)), "the numbers have a gap or a repeat"
    mine = [(m.external_id, m.seq, m.content.text) for m in kept if m.speaker is Speaker.PATRON]
    assert mine == [(one.id, one.seq, one.text) for one in said]
    assert numbers(said) == sorted(set(numbers(said)))


def check_shown(page: SocketPatron, kept: Sequence[Message]) -> None:
    """The page has seen all of the conversation, in order, each number once."""
    assert [(m["seq"], m["speaker"], m["text"]) for m in page.shown] == [
        (m.seq, m.speaker.value, m.content.text) for m in kept
    ]


def assistant_turns(kept: Sequence[Message]) -> list[list[Message]]:
    """Give what the assistant said, by turn: a turn is written at one moment."""
    spoken = [m for m in kept if m.speaker is Speaker.ASSISTANT and m.content.event not in DESK_BORN]
    return [list(turn) for _, turn in groupby(spoken, key=lambda m: m.at)]


def silent_while_assigned(shown: Sequence[Json]) -> bool:
    """Whether nothing of the assistant's stands between a librarian's coming and going."""
    assigned = False
    for message in shown:
        if message["event"] in ("librarian_joined", "librarian_left"):
            assigned = message["event"] == "librarian_joined"
        elif assigned and message["speaker"] == "assistant":
            return False
    return True


def relayed_to_desk(store: Store, of: Conversation) -> set[int]:
    """Give the numbers of the messages that went to the desk."""
    d = t.deliveries.c
    with reading(store.engine) as connection:
        rows = connection.execute(
            t.deliveries.select().where(d.conversation_id == of.id, d.target == "desk")
        ).all()
    assert len({row.seq for row in rows}) == len(rows), "a message went to the desk twice"
    return {row.seq for row in rows}
