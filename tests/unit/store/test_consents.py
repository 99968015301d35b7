"""Consent as it is kept, and which messages belong to which handoff; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config

from bot.errors import ConversationUnknown
from bot.model import Address, ClosedQuery, Consent, ConversationId, Handoff, Language, Packet
from bot.store.arrivals import Arriving
from bot.store.database import MIGRATIONS, upgrade
from bot.store.store import Store
from bot.store.turns import Turn
from tests.unit.store.test_desk_store import LAYLA, NOW, ask, close

LONG_AGO = NOW - timedelta(days=365)


def conversation(store: Store, chat: str = "chat") -> ConversationId:
    return store.conversations.open(Address("web", chat), Language.EN, NOW).id


def test_consent_is_given_withdrawn_and_given_again(store: Store) -> None:
    who = conversation(store)
    assert store.consents.since(who) is None
    assert store.consents.set(who, True, NOW)
    assert not store.consents.set(who, True, NOW + timedelta(hours=1))
    assert store.consents.since(who) == NOW
    later = NOW + timedelta(days=1)
    assert store.consents.set(who, False, later)
    assert not store.consents.set(who, False, later)
    assert store.consents.since(who) is None
    again = NOW + timedelta(days=2)
    assert store.consents.set(who, True, again)
    assert store.consents.history(who) == [Consent(NOW, later), Consent(again, None)]


def test_it_goes_with_the_conversation(store: Store) -> None:
    who = conversation(store)
    store.consents.set(who, True, NOW)
    store.conversations.forget(who)
    assert store.consents.history(who) == []
    with pytest.raises(ConversationUnknown):
        store.consents.set(who, True, NOW)


def test_given_many_times_at_once_it_is_given_once(store: Store) -> None:
    who = conversation(store)
    with ThreadPoolExecutor(6) as pool:
        changed = list(pool.map(lambda _: store.consents.set(who, True, NOW), range(6)))
    assert sorted(changed) == [False] * 5 + [True]
    assert len(store.consents.history(who)) == 1


def followed(store: Store) -> tuple[Handoff, Handoff]:
    """Give an earlier handoff and a later one of the same patron."""
    first = ask(store, "the first question", "chat")
    close(store, first, LAYLA, NOW + timedelta(minutes=5), read_value=1)
    asked = Arriving(Address("web", "chat"), "the second question", Language.EN, "2")
    store.arrivals.accept(asked, NOW + timedelta(minutes=10))
    second = ask_again(store)
    return first, second


def ask_again(store: Store) -> Handoff:
    found = store.conversations.find(Address("web", "chat"))
    assert found
    now = NOW + timedelta(minutes=10)
    lease = store.conversations.lease(found.id, "node", now, 30)
    assert lease
    waiting = store.conversations.next_waiting(lease)
    assert waiting
    packet = Packet("the second question", "asked")
    opened = store.turns.commit(lease, waiting, Turn(open=packet), now).handoff
    assert opened
    return opened


def said(store: Store, handoff: Handoff) -> list[str]:
    return [message.content.text for message in store.conversations.of_handoff(handoff.id, 100)]


def test_each_handoff_has_its_own_messages(store: Store) -> None:
    first, second = followed(store)
    assert said(store, first) == ["the first question", "coming", "joined"]
    assert said(store, second) == ["the second question"]
    found, count = store.closed.find(ClosedQuery(text="second"))
    assert (list(found), count) == ([], 0)  # what was said later is not a word of the first


def test_earlier_ones_are_told_only_with_consent(store: Store) -> None:
    first, second = followed(store)
    assert store.consents.earlier(second, LONG_AGO) is None
    store.consents.set(second.conversation, True, NOW)
    seen = store.consents.earlier(second, LONG_AGO)
    assert seen and (seen[0], [one.id for one in seen[1]]) == (NOW, [first.id])
    forgotten = store.consents.earlier(second, NOW + timedelta(hours=1))
    assert forgotten == (NOW, [])
    assert store.consents.earlier(first, LONG_AGO) == (NOW, [])  # the later one is not earlier


def test_what_was_kept_before_is_divided(store: Store) -> None:
    first, second = followed(store)
    expected = said(store, first), said(store, second)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    upgrade(store.engine)
    assert (said(store, first), said(store, second)) == expected
