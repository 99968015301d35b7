"""The store's promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.errors import ConversationUnknown, HandoffEnded, HandoffTaken, HandoffUnknown, NotAssigned, NotYours
from bot.model import (
    Address,
    Choice,
    Content,
    FoundFile,
    HandoffState,
    Kind,
    Language,
    Librarian,
    LibrarianId,
    Packet,
    Presence,
    Speaker,
    reference,
)
from bot.store import tables as t
from bot.store.arrivals import GONE, Arriving, Begin
from bot.store.database import reading, upgrade
from bot.store.files import Files
from bot.store.librarians import LibrarianExists
from bot.store.store import Store
from bot.store.turns import LeaseLost, Rating, SceneChanged, Turn

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HERE = Address("web", "chat-1")
LAYLA = Librarian(LibrarianId("layla"), "Layla", "layla@library.example")
OMAR = Librarian(LibrarianId("omar"), "Omar", "omar@library.example")
JOINED = Content("joined", Kind.NOTICE)


def accept(store: Store, text: str = "hello", external_id: str = "1", address: Address = HERE):
    return store.arrivals.accept(Arriving(address, text, Language.EN, external_id), NOW)


def take(store: Store, owner: str = "node"):
    conversation = store.conversations.find(HERE)
    lease = store.conversations.lease(conversation.id, owner, NOW, 30)
    return lease, store.conversations.next_waiting(lease)


def turn(store: Store, result: Turn, owner: str = "node"):
    lease, waiting = take(store, owner)
    return store.turns.commit(lease, waiting, result, NOW)


def open_handoff(store: Store):
    accept(store, "I need a person", "ask")
    handoff = turn(store, Turn(say=(Content("coming"),), open=Packet("I need a person", "asked"))).handoff
    for person in (LAYLA, OMAR):
        if store.librarians.get(person.id) is None:
            store.librarians.add(person, "hash", NOW)
    return handoff


def test_upgrade_twice_changes_nothing(store: Store) -> None:
    upgrade(store.engine)
    assert store.conversations.find(HERE) is None


def test_a_message_is_numbered_and_kept_once(store: Store) -> None:
    first = accept(store, "hello", "a")
    again = accept(store, "hello", "a")
    second = accept(store, "more", "b")
    assert (first.message.seq, first.repeated) == (1, False)
    assert (again.message.seq, again.repeated) == (1, True)
    assert second.message.seq == 2
    assert store.conversations.count_waiting() == 2


def test_the_same_message_arriving_many_times_at_once_is_kept_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: accept(store, "hello", "same"), range(16)))
    assert {r.message.seq for r in results} == {1}
    assert sum(not r.repeated for r in results) == 1
    assert store.conversations.count_waiting() == 1


def test_messages_arriving_at_once_get_different_numbers_without_gaps(store: Store) -> None:
    accept(store, "first", "0")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: accept(store, f"text {n}", str(n + 1)), range(20)))
    assert sorted(r.message.seq for r in results) == list(range(2, 22))


def test_external_ids_belong_to_their_conversation(store: Store) -> None:
    accept(store, "hello", "1")
    other = accept(store, "hello", "1", Address("web", "chat-2"))
    assert not other.repeated


def test_a_turn_is_written_whole(store: Store) -> None:
    accept(store, "hello", "1")
    written = turn(store, Turn(say=(Content("a"), Content("b")), dialogue={"slot": 1}))
    assert [m.seq for m in written.messages] == [2, 3]
    conversation = store.conversations.find(HERE)
    assert conversation.dialogue == {"slot": 1}
    assert store.conversations.count_waiting() == 0
    assert store.conversations.is_settled(conversation.id, 1)
    assert store.deliveries.counts() == {"pending": 2}


def test_a_turn_without_a_new_dialogue_state_keeps_the_old_one(store: Store) -> None:
    accept(store, "hello", "1")
    turn(store, Turn(dialogue={"slot": 1}))
    accept(store, "more", "2")
    turn(store, Turn(say=(Content("sorry"),)))
    assert store.conversations.find(HERE).dialogue == {"slot": 1}


def test_only_one_holds_a_lease_and_the_fence_keeps_the_late_one_out(store: Store) -> None:
    accept(store)
    lease, waiting = take(store, "one")
    conversation = lease.conversation
    assert store.conversations.lease(conversation, "two", NOW, 30) is None
    later = NOW + timedelta(seconds=31)
    assert store.conversations.lease(conversation, "two", later, 30) is not None
    with pytest.raises(LeaseLost):
        store.turns.commit(lease, waiting, Turn(say=(Content("late"),)), later)
    assert store.conversations.find(HERE).last_seq == 1
    assert store.deliveries.counts() == {}


def test_a_message_has_one_turn_even_if_committed_twice(store: Store) -> None:
    accept(store)
    lease, waiting = take(store)
    store.turns.commit(lease, waiting, Turn(say=(Content("once"),)), NOW)
    with pytest.raises(LeaseLost):
        store.turns.commit(lease, waiting, Turn(say=(Content("twice"),)), NOW)
    assert store.conversations.find(HERE).last_seq == 2


def test_leases_of_a_former_life_are_freed_by_node(store: Store) -> None:
    accept(store)
    take(store, "gateway-1")
    assert store.conversations.waiting_conversations(NOW, 10) == []
    store.conversations.release_all("gateway-2")
    assert store.conversations.waiting_conversations(NOW, 10) == []
    store.conversations.release_all("gateway-1")
    assert len(store.conversations.waiting_conversations(NOW, 10)) == 1


def test_a_choice_means_its_payload_only_where_it_was_offered(store: Store) -> None:
    accept(store, "hello", "1")
    turn(store, Turn(say=(Content("choose", choices=(Choice("Hours", "/hours"),)),)))
    accept(store, reference(2, 0), "2")
    _, waiting = take(store)
    assert (waiting.choice.payload, waiting.choice_seq) == ("/hours", 2)
    assert waiting.message.content.text == "Hours"
    store.turns.commit(
        store.conversations.lease(waiting.message.conversation, "node", NOW, 30), waiting, Turn(), NOW
    )
    accept(store, reference(2, 7), "4")
    assert take(store)[1].choice.payload == GONE
    accept(store, reference(2, 0), "3", Address("web", "chat-2"))
    elsewhere = store.conversations.find(Address("web", "chat-2"))
    lease = store.conversations.lease(elsewhere.id, "node", NOW, 30)
    assert store.conversations.next_waiting(lease).choice.payload == GONE


def test_a_turn_made_for_a_librarian_who_has_left_is_not_written(store: Store) -> None:
    handoff = open_handoff(store)
    store.desk.claim(handoff.id, LAYLA, JOINED, NOW)
    accept(store, "and one thing more", "more")
    seen = store.handoffs.open_of(handoff.conversation)
    lease, waiting = take(store)
    store.desk.end(handoff.id, LAYLA, (Content("bye"),), NOW)
    with pytest.raises(SceneChanged):
        store.turns.commit(lease, waiting, Turn(relay=True), NOW, [seen])
    assert store.conversations.count_waiting() == 1, "it waits for a turn that answers it"
    lease, again = take(store)
    store.turns.commit(lease, again, Turn(say=(Content("an answer"),)), NOW, [])
    assert store.conversations.count_waiting() == 0


def test_the_database_is_private(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        assert Path(store.engine.url.database).stat().st_mode & 0o777 == 0o600


def test_deliveries_go_out_one_at_a_time_per_destination_in_order(store: Store) -> None:
    accept(store)
    turn(store, Turn(say=(Content("a"), Content("b"))))
    first = store.deliveries.take("node", NOW, 10)
    assert [d.message.content.text for d in first] == ["a"]
    assert store.deliveries.take("node", NOW, 10) == []
    store.deliveries.sent(first[0].id, "ext", NOW)
    assert [d.message.content.text for d in store.deliveries.take("node", NOW, 10)] == ["b"]


def test_a_deferred_delivery_waits_and_holds_back_those_behind_it(store: Store) -> None:
    accept(store)
    turn(store, Turn(say=(Content("a"), Content("b"))))
    [first] = store.deliveries.take("node", NOW, 10)
    store.deliveries.again(first.id, NOW + timedelta(seconds=5), "429", NOW)
    assert store.deliveries.take("node", NOW, 10) == []
    [again] = store.deliveries.take("node", NOW + timedelta(seconds=5), 10)
    assert (again.message.content.text, again.attempts) == ("a", 2)


def test_after_a_crash_what_was_being_sent_is_sent_again_and_marked_where_it_may_show_twice(
    store: Store,
) -> None:
    accept(store)
    turn(store, Turn(say=(Content("a"),)))
    store.deliveries.take("node", NOW, 10)
    assert store.deliveries.recover("other-node", ["web"], NOW) == 0
    assert store.deliveries.recover("node", ["web"], NOW) == 1
    [again] = store.deliveries.take("node", NOW, 10)
    assert (again.message.content.text, again.doubtful) == ("a", False)
    assert store.deliveries.recover("node", [], NOW) == 1
    [perhaps_twice] = store.deliveries.take("node", NOW, 10)
    assert (perhaps_twice.id, perhaps_twice.doubtful) == (again.id, True)
    store.deliveries.sent(again.id, "ext", NOW)
    assert store.deliveries.unsent_of(again.message.conversation, "web") == {again.message.seq: "unknown"}


def test_two_senders_never_take_the_same_delivery(store: Store) -> None:
    for n in range(12):
        address = Address("web", f"chat-{n}")
        store.arrivals.accept(Arriving(address, "hi", Language.EN, "1"), NOW)
        conversation = store.conversations.find(address)
        lease = store.conversations.lease(conversation.id, "node", NOW, 30)
        waiting = store.conversations.next_waiting(lease)
        store.turns.commit(lease, waiting, Turn(say=(Content("a"),)), NOW)
    barrier = threading.Barrier(4)

    def go(node: int) -> list[int]:
        barrier.wait()
        return [d.id for _ in range(4) for d in store.deliveries.take(f"node-{node}", NOW, 4)]

    with ThreadPoolExecutor(4) as pool:
        taken = [i for ids in pool.map(go, range(4)) for i in ids]
    assert len(taken) == len(set(taken)) == 12


def test_a_handoff_is_opened_with_its_turn_and_relayed_to_the_desk(store: Store) -> None:
    handoff = open_handoff(store)
    assert handoff.state is HandoffState.WAITING
    targets = {d.target for d in store.deliveries.take("node", NOW, 10)}
    assert targets == {"web", "desk"}


def test_asking_twice_opens_one_handoff(store: Store) -> None:
    first = open_handoff(store)
    accept(store, "again", "2")
    second = turn(store, Turn(open=Packet("again", "asked"))).handoff
    assert second.id == first.id
    assert len(store.handoffs.queue()) == 1


def test_of_many_who_claim_at_once_one_wins(store: Store) -> None:
    handoff = open_handoff(store)
    people = [Librarian(LibrarianId(f"p{n}"), f"P{n}", f"p{n}@library.example") for n in range(6)]
    for person in people:
        store.librarians.add(person, "hash", NOW)
    barrier = threading.Barrier(len(people))

    def go(person: Librarian) -> str | None:
        barrier.wait()
        try:
            return store.desk.claim(handoff.id, person, JOINED, NOW).librarian
        except HandoffTaken:
            return None

    with ThreadPoolExecutor(len(people)) as pool:
        won = [winner for winner in pool.map(go, people) if winner]
    assert len(won) == 1
    notices = [
        m for m in store.conversations.since(handoff.conversation, 0, 100) if m.content.text == "joined"
    ]
    assert len(notices) == 1


def test_only_the_assigned_librarian_speaks_and_only_while_it_is_open(store: Store) -> None:
    handoff = open_handoff(store)
    with pytest.raises(NotAssigned):
        store.desk.reply(handoff.id, LAYLA, "too early", "1", NOW)
    store.desk.claim(handoff.id, LAYLA, JOINED, NOW)
    said = store.desk.reply(handoff.id, LAYLA, "hello", "1", NOW)
    assert store.desk.reply(handoff.id, LAYLA, "hello", "1", NOW).seq == said.seq
    assert (said.speaker, said.author) == (Speaker.LIBRARIAN, "Layla")
    with pytest.raises(NotAssigned):
        store.desk.reply(handoff.id, OMAR, "me too", "2", NOW)
    store.desk.end(
        handoff.id, LAYLA, (Content("bye"),), NOW, read_value=3, transaction="reference", topic="hours"
    )
    with pytest.raises(HandoffEnded):
        store.desk.reply(handoff.id, LAYLA, "too late", "3", NOW)
    with pytest.raises(HandoffEnded):
        store.desk.claim(handoff.id, OMAR, JOINED, NOW)
    ended = store.handoffs.get(handoff.id)
    assert (ended.state, ended.read_value, ended.topic) == (HandoffState.CLOSED, 3, "hours")


def test_notes_stay_beside_the_conversation(store: Store) -> None:
    handoff = open_handoff(store)
    before = store.conversations.get(handoff.conversation).last_seq
    store.handoffs.add_note(handoff.id, LAYLA, "for us", "1", NOW)
    store.handoffs.add_note(handoff.id, LAYLA, "for us", "1", NOW)
    assert [note.text for note in store.handoffs.notes(handoff.id)] == ["for us"]
    assert store.conversations.get(handoff.conversation).last_seq == before


def test_waiting_words_are_said_once_by_whoever_is_first(store: Store) -> None:
    handoff = open_handoff(store)
    assert store.handoffs.due_words(NOW - timedelta(seconds=1)) == []
    later = NOW + timedelta(seconds=90)
    [(due, words)] = store.handoffs.due_words(NOW)
    assert (due.id, words) == (handoff.id, 0)
    assert store.desk.say_while_waiting(handoff.id, 0, Content("still here"), later, leave=False)
    assert store.desk.say_while_waiting(handoff.id, 0, Content("still here"), later, leave=False) is None
    assert store.handoffs.due_words(NOW) == []


def test_a_handoff_is_rated_and_abandoned_only_from_its_own_conversation(store: Store) -> None:
    handoff = open_handoff(store)
    other = Address("web", "chat-2")
    accept(store, "x", "1", other)
    conversation = store.conversations.find(other)
    lease = store.conversations.lease(conversation.id, "node", NOW, 30)
    waiting = store.conversations.next_waiting(lease)
    with pytest.raises(HandoffUnknown):
        store.turns.commit(lease, waiting, Turn(handoff=handoff.id, csat=1), NOW)
    assert store.handoffs.get(handoff.id).csat is None


def test_a_rating_is_kept_with_question_and_answer_and_can_be_changed(store: Store) -> None:
    accept(store, "how do I renew?", "1")
    turn(store, Turn(say=(Content("so", Kind.ANSWER),)))
    for number, value in (("2", 1), ("3", -1)):
        accept(store, "mark", number)
        turn(store, Turn(rating=Rating(2, value)))
    with reading(store.engine) as connection:
        [row] = connection.execute(select(t.ratings))
    assert (row.question, row.answer["text"], row.value) == ("how do I renew?", "so", -1)


def test_forgetting_leaves_nothing(store: Store) -> None:
    handoff = open_handoff(store)
    store.handoffs.add_note(handoff.id, LAYLA, "n", "1", NOW)
    accept(store, "rate", "r")
    turn(store, Turn(rating=Rating(2, 1)))
    store.conversations.forget(handoff.conversation)
    tables = (t.conversations, t.messages, t.inbox, t.deliveries, t.handoffs, t.notes, t.ratings)
    with reading(store.engine) as connection:
        for table in tables:
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name


def test_old_conversations_are_forgotten_unless_somebody_waits(store: Store) -> None:
    accept(store, "old", "1", Address("web", "old"))
    open_handoff(store)
    assert store.conversations.forget_before(NOW - timedelta(days=1)) == 0
    assert store.conversations.forget_before(NOW + timedelta(days=1)) == 1
    assert store.conversations.find(HERE) is not None


def test_accounts_are_unique(store: Store) -> None:
    store.librarians.add(LAYLA, "hash", NOW)
    with pytest.raises(LibrarianExists):
        store.librarians.add(Librarian(LibrarianId("other"), "Other", LAYLA.email), "hash", NOW)


def test_presence_goes_stale(store: Store) -> None:
    store.librarians.add(LAYLA, "hash", NOW)
    store.librarians.set_presence(LAYLA.id, Presence.AVAILABLE, NOW)
    assert [(p.id, how) for p, how in store.librarians.present(NOW)] == [("layla", Presence.AVAILABLE)]
    assert store.librarians.present(NOW + timedelta(seconds=1)) == []


def test_a_file_goes_with_its_conversation(store: Store, tmp_path: Path) -> None:
    files = Files(store.engine, tmp_path / "kept" / "files")
    here = Address("web", "with-a-file")
    given = FoundFile("shot.png", "image/png", b"bytes")
    with pytest.raises(ConversationUnknown):
        files.accept(here, given, "file-1", NOW)
    opened = store.conversations.open(here, Language.EN, NOW)
    accepted = files.accept(here, given, "file-1", NOW)
    key = accepted.message.content.attachments[0].url.removeprefix("/files/")
    assert files.find(key) == given
    assert files.accept(here, given, "file-1", NOW).repeated
    assert files.find("another-key") is None
    names = files.of(opened.id)
    assert [path.name for path in (tmp_path / "kept" / "files").glob("??/*")] == list(names)
    assert store.conversations.count_waiting() == 1
    store.conversations.forget(opened.id)
    assert files.find(key) is None
    files.remove(names)
    assert list((tmp_path / "kept" / "files").glob("??/*")) == []


def test_a_turn_begins_and_ends_in_one_transaction_each(store: Store) -> None:
    said = [accept(store, text, text).message for text in ("first", "second")]
    conversation = said[0].conversation
    scene = store.scenes.next(conversation, "one", NOW, 30)
    assert scene is not None and scene.waiting.message == said[0]
    assert [message.seq for message in store.scenes.around(scene, 60).recent] == [said[0].seq]
    assert store.scenes.next(conversation, "two", NOW, 30) is None  # somebody has it
    written = store.turns.commit(scene.lease, scene.waiting, Turn(say=(Content("a"),)), NOW, [], "one")
    assert written.more
    assert [(one.message.content.text, one.attempts) for one in written.deliveries] == [("a", 1)]
    assert store.deliveries.take("one", NOW, 9) == []  # it is on its way

    scene = store.scenes.next(conversation, "one", NOW, 30)
    assert scene is not None and scene.waiting.message == said[1]
    written = store.turns.commit(scene.lease, scene.waiting, Turn(say=(Content("b"),)), NOW, [], "one")
    assert not written.more
    assert written.deliveries == []  # behind the first, which has not arrived
    assert store.conversations.lease(conversation, "two", NOW, 30) is not None  # the lease has ended


def test_a_turn_begins_with_its_message(store: Store) -> None:
    arrived = store.arrivals.accept(Arriving(HERE, "first", Language.EN, "1"), NOW, Begin("one", 30))
    scene, conversation = arrived.scene, arrived.message.conversation
    assert scene is not None and scene.waiting.message == arrived.message
    assert scene.conversation == store.conversations.get(conversation)
    assert store.conversations.lease(conversation, "two", NOW, 30) is None  # somebody has it
    again = store.arrivals.accept(Arriving(HERE, "first", Language.EN, "1"), NOW, Begin("one", 30))
    assert again.repeated and again.scene is None
    second = store.arrivals.accept(Arriving(HERE, "second", Language.EN, "2"), NOW, Begin("one", 30))
    assert second.scene is None  # it waits for the first
    written = store.turns.commit(scene.lease, scene.waiting, Turn(say=(Content("a"),)), NOW, [], "one")
    assert written.more
    after = store.scenes.next(conversation, "one", NOW, 30)
    assert after is not None and after.waiting.message.content.text == "second"


def test_a_turn_does_not_begin_where_an_older_message_waits(store: Store) -> None:
    conversation = accept(store).message.conversation
    assert store.arrivals.accept(Arriving(HERE, "b", Language.EN, "2"), NOW, Begin("one", 30)).scene is None
    scene = store.scenes.next(conversation, "two", NOW, 30)
    assert scene is not None and scene.waiting.message.content.text == "hello"


def test_a_begun_turn_knows_its_handoff(store: Store) -> None:
    handoff = open_handoff(store)
    begun = store.arrivals.accept(Arriving(HERE, "and?", Language.EN, "2"), NOW, Begin("one", 30)).scene
    assert begun is not None and begun.handoff == handoff and begun.waiting.choice is None


def test_where_nothing_waits_no_lease_is_left(store: Store) -> None:
    conversation = store.conversations.open(HERE, Language.EN, NOW).id
    assert store.scenes.next(conversation, "one", NOW, 30) is None
    assert store.conversations.lease(conversation, "two", NOW, 30) is not None


def test_what_was_taken_by_a_turn_is_sent_after_a_crash(store: Store) -> None:
    conversation = accept(store).message.conversation
    scene = store.scenes.next(conversation, "one", NOW, 30)
    assert scene is not None
    store.turns.commit(scene.lease, scene.waiting, Turn(say=(Content("a"),)), NOW, [], "one")
    assert store.deliveries.recover("one", ["web"], NOW) == 1
    assert [one.message.content.text for one in store.deliveries.take("one", NOW, 9)] == ["a"]


def test_writers_wait_for_one_another_and_a_failed_one_holds_nobody_up(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fails() -> None:
        with store.engine.begin():
            begun.set()
            go_on.wait(10)
            raise RuntimeError("in the middle")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fails)
        assert begun.wait(10)
        second = pool.submit(accept, store)
        assert not second.done()
        go_on.set()
        with pytest.raises(RuntimeError, match="in the middle"):
            first.result(10)
        assert second.result(10).message.content.text == "hello"


def test_addresses_are_found_by_their_ends_and_by_nothing_else(store: Store) -> None:
    for chat in ("C1:1.1:U_A", "C2:1.1:U_A", "C1:1.1:UXA", "C1:1.1:u_a", "D1"):
        accept(store, address=Address("slack", chat))
    accept(store, address=Address("web", "C9:1.1:U_A"))
    found = store.conversations.addresses("slack", ":U_A")
    assert sorted(address.chat_id for address in found) == ["C1:1.1:U_A", "C2:1.1:U_A"]


def test_a_note_is_changed_and_withdrawn_by_who_wrote_it_alone(store: Store) -> None:
    handoff = open_handoff(store)
    store.handoffs.add_note(handoff.id, LAYLA, "for us", "1", NOW)
    with pytest.raises(NotYours):
        store.handoffs.change_note(handoff.id, OMAR, "1", "mine", NOW)
    with pytest.raises(NotYours):
        store.handoffs.change_note(handoff.id, LAYLA, "2", "which?", NOW)
    store.handoffs.change_note(handoff.id, LAYLA, "1", "for all of us", NOW)
    assert [note.text for note in store.handoffs.notes(handoff.id)] == ["for all of us"]
    for _ in range(2):
        store.handoffs.change_note(handoff.id, LAYLA, "1", None, NOW)
    store.handoffs.add_note(handoff.id, LAYLA, "for us", "1", NOW)  # the network repeats itself
    assert store.handoffs.notes(handoff.id) == []
    with pytest.raises(NotYours):
        store.handoffs.change_note(handoff.id, LAYLA, "1", "again", NOW)
