"""What the desk keeps: sign-ins, locks, closed handoffs, rules and days; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from bot.errors import NotYours, Rejected
from bot.model import (
    WITHDRAWN,
    Address,
    ClosedQuery,
    Content,
    DeskRules,
    Handoff,
    Kind,
    Language,
    Librarian,
    LibrarianId,
    Packet,
)
from bot.store import tables as t
from bot.store.arrivals import Arriving
from bot.store.database import reading
from bot.store.desk_rules import DeskDay, parse_spans
from bot.store.sign_ins import FAILURES_BEFORE_LOCK, LOCK
from bot.store.store import Store
from bot.store.turns import Turn

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LAYLA = Librarian(LibrarianId("layla"), "Layla", "layla@library.example")
OMAR = Librarian(LibrarianId("omar"), "Omar", "omar@library.example")
KEY = "a key that only the cookie holds"


def people(store: Store) -> None:
    for person in (LAYLA, OMAR):
        if store.librarians.get(person.id) is None:
            store.librarians.add(person, "hash", NOW)


def ask(store: Store, question: str, chat: str, language: Language = Language.EN) -> Handoff:
    people(store)
    store.arrivals.accept(Arriving(Address("web", chat), question, language, "1"), NOW)
    conversation = store.conversations.find(Address("web", chat))
    assert conversation
    lease = store.conversations.lease(conversation.id, "node", NOW, 30)
    assert lease
    waiting = store.conversations.next_waiting(lease)
    assert waiting
    packet = Packet(question, "asked", topic="hours")
    handoff = store.turns.commit(lease, waiting, Turn(say=(Content("coming"),), open=packet), NOW).handoff
    store.conversations.release(lease)
    assert handoff
    return handoff


def close(store: Store, handoff: Handoff, who: Librarian, at: datetime, **outcome: object) -> None:
    store.desk.claim(handoff.id, who, Content("joined", Kind.NOTICE), at)
    store.desk.end(handoff.id, who, (), at, **outcome)


def test_a_key_holds_until_it_is_ended_or_its_time_is_over(store: Store) -> None:
    people(store)
    store.sign_ins.begin(KEY, LAYLA.id, NOW, NOW + timedelta(hours=1))
    assert store.sign_ins.librarian(KEY, NOW) == LAYLA
    assert store.sign_ins.librarian("another", NOW) is None
    assert store.sign_ins.librarian(KEY, NOW + timedelta(hours=1)) is None
    store.librarians.disable(LAYLA.id)
    assert store.sign_ins.librarian(KEY, NOW) is None
    store.librarians.disable(LAYLA.id, False)
    store.sign_ins.end(KEY)
    assert store.sign_ins.librarian(KEY, NOW) is None


def test_the_database_holds_no_key(store: Store) -> None:
    people(store)
    store.sign_ins.begin(KEY, LAYLA.id, NOW, NOW + timedelta(hours=1))
    with reading(store.engine) as connection:
        (row,) = connection.execute(select(t.sign_ins)).all()
    assert KEY not in str(row)


def test_all_sign_ins_end_at_once_but_the_one_that_asks(store: Store) -> None:
    people(store)
    for key in ("one", "two", "three"):
        store.sign_ins.begin(key, LAYLA.id, NOW, NOW + timedelta(hours=1))
    store.sign_ins.begin("omar's", OMAR.id, NOW, NOW + timedelta(hours=1))
    assert store.sign_ins.end_all(LAYLA.id, but="two") == 2
    assert [store.sign_ins.librarian(key, NOW) for key in ("one", "two", "three")] == [None, LAYLA, None]
    assert store.sign_ins.end_all(LAYLA.id) == 1
    assert store.sign_ins.librarian("omar's", NOW) == OMAR


@pytest.mark.parametrize("email", [LAYLA.email, "nobody@library.example"])
def test_an_address_locks_whether_or_not_it_has_an_account(store: Store, email: str) -> None:
    people(store)
    for _ in range(FAILURES_BEFORE_LOCK):
        assert store.sign_ins.locked_until(email, NOW) is None
        store.sign_ins.failed(f" {email.upper()}", NOW)
    assert store.sign_ins.locked_until(email, NOW) == NOW + LOCK
    assert store.sign_ins.locked_until(email, NOW + LOCK) is None
    store.sign_ins.succeeded(email)
    assert store.sign_ins.locked_until(email, NOW) is None


def test_what_is_over_is_forgotten_in_time(store: Store) -> None:
    people(store)
    store.sign_ins.begin(KEY, LAYLA.id, NOW, NOW + timedelta(hours=1))
    store.sign_ins.failed(LAYLA.email, NOW)
    store.sign_ins.tidy(NOW + timedelta(days=2))
    with reading(store.engine) as connection:
        assert connection.execute(select(t.sign_ins)).all() == []
        assert connection.execute(select(t.sign_in_failures)).all() == []


def test_closed_ones_are_found_by_text_topic_date_and_librarian(store: Store) -> None:
    first = ask(store, "When does the law room open?", "one")
    second = ask(store, "متى تفتح قاعة القانون؟ إعارة", "two", Language.AR)
    third = ask(store, "Percent 100% of_it", "three")
    still_open = ask(store, "still open", "four")
    close(store, first, LAYLA, NOW, read_value=1, transaction="directional", topic="hours", note="Easy one")
    close(
        store, second, OMAR, NOW + timedelta(days=1), read_value=3, transaction="reference", topic="renewal"
    )
    close(store, third, OMAR, NOW + timedelta(days=2))

    def found(**query: object) -> list[str]:
        handoffs, count = store.closed.find(ClosedQuery(**query))  # type: ignore[arg-type]
        assert count == len(handoffs)
        return [handoff.id for handoff in handoffs]

    assert found() == [third.id, second.id, first.id]
    assert still_open.id not in found()
    assert found(text="LAW room") == [first.id]
    assert found(text="law nowhere") == []
    assert found(text="easy") == [first.id]  # the note at the close
    assert found(text="القانون") == [second.id]
    assert found(text="اعاره") == [second.id]  # as people type it: no hamza, heh for teh marbuta
    assert found(text="100%") == [third.id] and found(text="of_i") == [third.id]
    assert found(text="ofxit") == []  # a wildcard of the database is a letter here
    assert found(topic="renewal") == [second.id]
    assert found(topic="hours") == [third.id, first.id]  # the packet's, where none was recorded
    assert found(librarian=OMAR.id) == [third.id, second.id]
    assert found(since=NOW + timedelta(days=1)) == [third.id, second.id]
    assert found(until=NOW + timedelta(days=1)) == [first.id]
    some, count = store.closed.find(ClosedQuery(limit=1, offset=1))
    assert [handoff.id for handoff in some] == [second.id] and count == 3


def test_an_edit_changes_the_message_and_is_sent_to_all_who_had_it(store: Store) -> None:
    handoff = ask(store, "a question", "one")
    store.desk.claim(handoff.id, LAYLA, Content("joined", Kind.NOTICE), NOW)
    said = store.desk.reply(handoff.id, LAYLA, "At nine", "r-1", NOW)
    with pytest.raises(NotYours):
        store.corrections.correct(handoff.id, OMAR, said.seq, Content("x"), None, NOW)
    with pytest.raises(NotYours):
        store.corrections.correct(handoff.id, LAYLA, 1, Content("x"), None, NOW)
    later = NOW + timedelta(minutes=1)
    edited = store.corrections.correct(handoff.id, LAYLA, said.seq, Content("At ten"), None, later)
    assert (edited.content.text, edited.edited_at, edited.withdrawn) == ("At ten", later, False)
    again = store.corrections.correct(handoff.id, LAYLA, said.seq, Content("At ten"), None, NOW)
    assert again.edited_at == later  # the same once more changes nothing
    gone = store.corrections.correct(
        handoff.id, LAYLA, said.seq, Content("withdrawn", event=WITHDRAWN), None, later
    )
    assert gone.withdrawn
    assert [m.seq for m in store.corrections.changed(handoff.conversation)] == [said.seq]
    with reading(store.engine) as connection:
        rows = connection.execute(
            select(t.deliveries).where(t.deliveries.c.seq == said.seq).order_by(t.deliveries.c.change)
        ).all()
        kept = str(connection.execute(select(t.messages.c.content)).all())
    sent = sorted((row.target, row.change) for row in rows)
    assert sent == [(target, change) for target in ("desk", "web") for change in (0, 1, 2)]
    assert "At nine" not in kept and "At ten" not in kept  # what was taken back is nowhere


def test_rules_are_bounded(store: Store) -> None:
    assert store.desk_rules.rules() == DeskRules()
    mine = DeskRules(referral_seconds=60, capacity=2)
    store.desk_rules.set_rules(mine, NOW)
    assert store.desk_rules.rules() == mine
    with pytest.raises(Rejected) as refused:
        store.desk_rules.set_rules(DeskRules(capacity=0), NOW)
    assert refused.value.values == {"field": "capacity", "least": 1, "most": 50}
    assert store.desk_rules.rules() == mine


def test_days_have_hours_of_their_own(store: Store) -> None:
    day = DeskDay(date(2026, 12, 24), parse_spans("9:00-12:30, 14:00–16:00"), "Short day")
    store.desk_rules.set_day(DeskDay(day.day, (), "closed first"))
    store.desk_rules.set_day(day)
    store.desk_rules.set_day(DeskDay(date(2026, 1, 1), ()))
    assert store.desk_rules.days(date(2026, 11, 1)) == [day]
    assert day.spans == ((time(9), time(12, 30)), (time(14), time(16)))
    assert store.desk_rules.clear_day(day.day) and not store.desk_rules.clear_day(day.day)


@pytest.mark.parametrize("text", ["9-", "10:00-09:00", "09:00-12:00, 11:00-13:00", "morning", "25:00-26:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_spans(text)
    assert refused.value.code == "bad_hours"
