"""Librarians' acts through the desk's door, and what the patron and the desk see of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from bot.dialogue import Reply
from bot.errors import (
    AnotherOpen,
    AtCapacity,
    HandoffEnded,
    HandoffTaken,
    LockedOut,
    NotAllowed,
    NotAssigned,
    NotYours,
    ReferralOver,
    Rejected,
)
from bot.model import (
    Address,
    Content,
    DeskRules,
    Handoff,
    HandoffId,
    HandoffState,
    Kind,
    Librarian,
    LibrarianId,
    Message,
    Packet,
    Presence,
    Role,
)
from tests.unit.core.conftest import CHAT, LAYLA, OMAR, Page, World

STAFF = Librarian(LibrarianId("sami"), "Sami", "sami@library.example", role=Role.STAFF)
ADMIN = Librarian(LibrarianId("amal"), "Amal", "amal@library.example", role=Role.ADMIN)
RANA = Librarian(LibrarianId("rana"), "Rana", "rana@library.example", subjects=("biology",))


def says(text: str = "", handoff: Packet | None = None) -> Reply:
    """An engine's reply: an answer, or a wish for a person."""
    contents = (Content(text, Kind.ANSWER),) if text else ()
    return Reply(contents, {"n": 1}, handoff, None)


async def asked(world: World, address: Address = CHAT) -> Handoff:
    world.engine.answer = lambda said, state: says(handoff=Packet("Where is it?", "asked"))
    await world.librarian_here()
    await world.say("a person please", address)
    (found,) = (h for h in world.store.handoffs.queue() if h.state is HandoffState.WAITING)
    return found


async def held(world: World, who: Librarian = LAYLA, address: Address = CHAT) -> Handoff:
    handoff = await asked(world, address)
    claimed = await world.core.librarians.claim(handoff.id, who.id)
    await world.settle()
    return claimed


def add(world: World, *people: Librarian) -> None:
    for person in people:
        world.store.librarians.add(person, "no password", world.clock())


def kinds(world: World, handoff: Handoff) -> list[str]:
    return [event.kind for event in world.store.handoffs.events(handoff.id)]


async def test_a_referral_is_accepted_and_the_patron_hears_it(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    asked_for = await door.refer(handoff.id, LAYLA.id, "Yours, I think", to=OMAR.id)
    assert asked_for.librarian == LAYLA.id and asked_for.referral
    assert (asked_for.referral.to_name, asked_for.referral.message) == (OMAR.name, "Yours, I think")
    await door.reply(handoff.id, LAYLA.id, "One moment", "r-1")  # who refers still holds it
    taken = await door.accept(handoff.id, OMAR.id)
    assert (taken.librarian, taken.referral) == (OMAR.id, None)
    await world.settle()
    assert f"{OMAR.name} has taken over from {LAYLA.name}" in world.last().content.text
    with pytest.raises(NotAssigned):
        await door.reply(handoff.id, LAYLA.id, "me again", "r-2")
    with pytest.raises(ReferralOver):
        await door.accept(handoff.id, OMAR.id)
    assert kinds(world, handoff) == ["claimed", "referred", "accepted"]


async def test_a_referral_is_declined_and_stays_where_it_was(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    await door.refer(handoff.id, LAYLA.id, "", to=OMAR.id)
    back = await door.decline(handoff.id, OMAR.id, "In a class")
    assert (back.librarian, back.referral) == (LAYLA.id, None)
    event = world.store.handoffs.events(handoff.id)[-1]
    assert (event.kind, event.who, event.text) == ("declined", OMAR.name, "In a class")


async def test_a_referral_to_a_subject_is_for_those_who_know_it(world: World) -> None:
    add(world, RANA)
    handoff, door = await held(world), world.core.librarians
    with pytest.raises(Rejected) as refused:
        await door.refer(handoff.id, LAYLA.id, "", subject="law")
    assert refused.value.code == "nobody_for_subject"
    await door.refer(handoff.id, LAYLA.id, "", subject="biology")
    with pytest.raises(ReferralOver):
        await door.accept(handoff.id, OMAR.id)
    assert (await door.decline(handoff.id, RANA.id)).referral is None  # the only one who could
    await door.refer(handoff.id, LAYLA.id, "", subject="biology")
    assert (await door.accept(handoff.id, RANA.id)).librarian == RANA.id


@pytest.mark.parametrize("to", [LAYLA.id, LibrarianId("nobody"), STAFF.id])
async def test_a_referral_to_nobody_who_can_take_it_is_refused(world: World, to: LibrarianId) -> None:
    add(world, STAFF)
    handoff = await held(world)
    with pytest.raises(Rejected):
        await world.core.librarians.refer(handoff.id, LAYLA.id, "", to=to)


async def test_a_referral_can_be_taken_back(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    await door.refer(handoff.id, LAYLA.id, "", to=OMAR.id)
    assert (await door.recall(handoff.id, LAYLA.id)).referral is None
    with pytest.raises(ReferralOver):
        await door.accept(handoff.id, OMAR.id)
    with pytest.raises(ReferralOver):
        await door.recall(handoff.id, LAYLA.id)


async def until_back(world: World, handoff: Handoff) -> Handoff:
    await world.core._ticker.tick()
    await world.settle()
    return world.store.handoffs.get(handoff.id)


async def test_a_referral_that_nobody_takes_goes_back_to_the_queue(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    await world.librarian_here(OMAR)
    await door.refer(handoff.id, LAYLA.id, "", to=OMAR.id)
    assert (await until_back(world, handoff)).state is HandoffState.ASSIGNED  # not yet
    world.clock.pass_seconds(DeskRules().referral_seconds + 1)
    await world.librarian_here(OMAR)
    await world.librarian_here(LAYLA)
    back = await until_back(world, handoff)
    assert (back.state, back.librarian, back.referral, back.back) == (
        HandoffState.WAITING,
        None,
        None,
        "expired",
    )
    assert "Your question is with the librarians again" in world.last().content.text
    assert kinds(world, handoff)[-1] == "expired"
    assert (await door.claim(handoff.id, OMAR.id)).back is None


async def test_what_is_put_back_waits_for_the_next_and_the_patron_is_told(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    await world.librarian_here(OMAR)
    back = await door.put_back(handoff.id, LAYLA.id, "Fire drill")
    await world.settle()
    assert (back.state, back.back, back.left) == (HandoffState.WAITING, "put_back", False)
    assert world.last().content.text.startswith(f"{LAYLA.name} cannot go on here just now.")
    with pytest.raises(NotAssigned):
        await door.put_back(handoff.id, LAYLA.id)
    assert (await door.claim(handoff.id, OMAR.id)).librarian == OMAR.id


async def test_what_is_put_back_when_nobody_else_is_there_is_left(world: World) -> None:
    handoff = await held(world)
    back = await world.core.librarians.put_back(handoff.id, LAYLA.id)
    await world.settle()
    assert back.left
    assert world.last().content.event == "left"


async def test_the_claim_of_one_who_went_offline_is_lost(world: World) -> None:
    handoff = await held(world)
    seconds = DeskRules().claim_lost_seconds
    world.clock.pass_seconds(seconds - 10)
    assert (await until_back(world, handoff)).librarian == LAYLA.id
    world.clock.pass_seconds(20)
    await world.librarian_here(OMAR)
    back = await until_back(world, handoff)
    assert (back.state, back.back, back.librarian) == (HandoffState.WAITING, "lost", None)
    assert "cannot go on" in world.last().content.text
    assert (await until_back(world, handoff)).back == "lost"
    assert kinds(world, handoff) == ["claimed", "lost"]


async def test_who_answers_is_there_whatever_their_page_says(world: World) -> None:
    handoff = await held(world)
    world.clock.pass_seconds(DeskRules().claim_lost_seconds - 5)
    await world.core.librarians.reply(handoff.id, LAYLA.id, "Still here", "r-1")
    world.clock.pass_seconds(20)
    assert (await until_back(world, handoff)).librarian == LAYLA.id


async def test_who_never_says_that_they_are_there_has_not_gone(world: World) -> None:
    handoff = await held(world, OMAR)  # claimed on a desk without presence
    world.clock.pass_seconds(DeskRules().claim_lost_seconds * 5)
    assert (await until_back(world, handoff)).librarian == OMAR.id


async def test_a_colleague_who_is_invited_looks_once(world: World) -> None:
    add(world, STAFF)
    handoff, door = await held(world), world.core.librarians
    invited = await door.invite(handoff.id, LAYLA.id, STAFF.id, "Is this for cataloguing?")
    (one,) = invited.invited
    assert (one.to, one.by_name, one.message) == (STAFF.id, LAYLA.name, "Is this for cataloguing?")
    await door.looked(handoff.id, OMAR.id)
    assert world.store.handoffs.get(handoff.id).invited
    await door.looked(handoff.id, STAFF.id)
    assert world.store.handoffs.get(handoff.id).invited == ()
    with pytest.raises(Rejected):
        await door.invite(handoff.id, LAYLA.id, LAYLA.id)
    await door.give_back(handoff.id, LAYLA.id)
    with pytest.raises(HandoffEnded):
        await door.invite(handoff.id, LAYLA.id, OMAR.id)


async def test_what_was_closed_is_opened_again(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    closed = await door.close(handoff.id, LAYLA.id, 3, "reference", "hours", "Look at this again")
    assert closed.note == "Look at this again"
    opened = await door.reopen(handoff.id, OMAR.id)
    assert (opened.state, opened.librarian, opened.closed_at, opened.read_value) == (
        HandoffState.ASSIGNED,
        OMAR.id,
        None,
        None,
    )
    await world.settle()
    assert OMAR.name in world.last().content.text
    asked_before = len(world.engine.asked)
    await world.say("thanks")
    assert len(world.engine.asked) == asked_before  # the assistant is silent again
    with pytest.raises(HandoffTaken):
        await door.reopen(handoff.id, LAYLA.id)
    assert (await door.reopen(handoff.id, OMAR.id)).librarian == OMAR.id
    assert kinds(world, handoff) == ["claimed", "closed", "reopened"]


async def test_it_is_not_opened_beside_a_newer_one(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    await door.give_back(handoff.id, LAYLA.id)
    await asked(world)
    with pytest.raises(AnotherOpen):
        await door.reopen(handoff.id, LAYLA.id)


@dataclass
class ChangingPage(Page):
    """A channel that can change what it has shown."""

    changes: list[tuple[Message, str | None]] = field(default_factory=list)

    async def change(self, address: Address, message: Message, shown_as: str | None) -> None:
        self.changes.append((message, shown_as))


async def test_an_edited_message_changes_where_the_channel_can(world: World) -> None:
    page = ChangingPage()
    await world.core.stop()
    world.core.connect([page], [world.board])
    await world.core.start()
    world.page = page
    handoff, door = await held(world), world.core.librarians
    said = await door.reply(handoff.id, LAYLA.id, "At nine", "r-1")
    await world.settle()
    count = len(page.shown)
    await door.edit(handoff.id, LAYLA.id, said.seq, "At ten")
    await world.settle()
    ((changed, shown_as),) = page.changes
    assert (changed.seq, changed.content.text, shown_as) == (said.seq, "At ten", f"ext-{said.seq}")
    assert len(page.shown) == count
    await door.withdraw(handoff.id, LAYLA.id, said.seq)
    await world.settle()
    assert page.changes[-1][0].withdrawn
    assert [m.seq for m in await world.core.patrons.changed(CHAT)] == [said.seq]
    for act in (door.edit(handoff.id, OMAR.id, said.seq, "x"), door.withdraw(handoff.id, LAYLA.id, 1)):
        with pytest.raises(NotYours):
            await act


async def test_elsewhere_a_correction_is_said(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    said = await door.reply(handoff.id, LAYLA.id, "At nine", "r-1")
    await door.edit(handoff.id, LAYLA.id, said.seq, "At ten")
    await world.settle()
    assert (world.last().author, world.last().content.text) == (
        LAYLA.name,
        "A correction of what I wrote before:\n\nAt ten",
    )
    await door.withdraw(handoff.id, LAYLA.id, said.seq)
    await world.settle()
    assert (
        world.last().content.text
        == "Please disregard the librarian’s message of 13:00; it has been withdrawn."
    )
    assert world.store.deliveries.unsent_of(handoff.conversation, "web") == {}


async def test_enough_is_enough_unless_one_says_so(world: World) -> None:
    add(world, ADMIN)
    door = world.core.librarians
    await door.set_rules(ADMIN.id, DeskRules(capacity=1))
    await held(world)
    second = await asked(world, Address("web", "two"))
    with pytest.raises(AtCapacity) as refused:
        await door.claim(second.id, LAYLA.id)
    assert refused.value.capacity == 1
    one = {c.librarian.id: c for c in await door.colleagues()}
    assert (one[LAYLA.id].load, one[LAYLA.id].full, one[OMAR.id].full) == (1, True, False)
    assert one[OMAR.id].presence is Presence.OFFLINE
    assert (await door.claim(second.id, LAYLA.id, beyond=True)).librarian == LAYLA.id
    await door.set_capacity(LAYLA.id, 5)
    assert not {c.librarian.id: c for c in await door.colleagues()}[LAYLA.id].full
    with pytest.raises(Rejected):
        await door.set_capacity(LAYLA.id, 0)


async def test_staff_look_on_and_never_speak(world: World) -> None:
    add(world, STAFF)
    handoff, door = await asked(world), world.core.librarians
    for act in (
        door.claim(handoff.id, STAFF.id),
        door.reply(handoff.id, STAFF.id, "hello", "r-1"),
        door.reopen(handoff.id, STAFF.id),
        door.close(handoff.id, STAFF.id, 1, "directional", "hours"),
    ):
        with pytest.raises(NotAllowed):
            await act
    await door.note(handoff.id, STAFF.id, "I know this one", "n-1")
    assert [note.text for note in (await door.look(handoff.id)).notes] == ["I know this one"]


async def test_staff_who_are_there_are_nobody_to_a_patron(world: World) -> None:
    add(world, STAFF)
    world.engine.answer = lambda said, state: says(handoff=Packet("?", "asked"))
    await world.librarian_here(STAFF)
    await world.say("a person please")
    assert world.last().content.event == "left"


async def test_only_admins_look_after_the_desk(world: World) -> None:
    door = world.core.librarians
    for act in (
        door.accounts(LAYLA.id),
        door.add_account(LAYLA.id, RANA),
        door.change_account(LAYLA.id, LAYLA),
        door.reset_password(LAYLA.id, OMAR.id),
        door.set_rules(LAYLA.id, DeskRules()),
        door.desk_days(LAYLA.id),
        door.set_desk_day(LAYLA.id, date(2026, 12, 1), "", ""),
        door.clear_desk_day(LAYLA.id, date(2026, 12, 1)),
    ):
        with pytest.raises(NotAllowed):
            await act


async def test_an_admin_makes_changes_and_shuts_accounts(world: World) -> None:
    add(world, ADMIN)
    door = world.core.librarians
    password = await door.add_account(ADMIN.id, RANA)
    assert (await door.authenticate(RANA.email, password)).id == RANA.id
    await door.begin_sign_in("key", RANA.id, 60)
    assert await door.signed_in("key") == RANA
    shut = Librarian(RANA.id, "Rana N.", RANA.email, RANA.languages, RANA.subjects, disabled=True)
    await door.change_account(ADMIN.id, shut)
    assert await door.signed_in("key") is None
    assert [one.name for one in await door.accounts(ADMIN.id) if one.disabled] == ["Rana N."]
    with pytest.raises(Rejected) as refused:
        await door.change_account(ADMIN.id, Librarian(ADMIN.id, "Amal", ADMIN.email))
    assert refused.value.code == "last_admin"
    for wrong, code in (
        (Librarian(LibrarianId("Not An Id"), "X", "x@library.example"), "bad_id"),
        (Librarian(LibrarianId("x"), " ", "x@library.example"), "bad_name"),
        (Librarian(LibrarianId("x"), "X", "nowhere"), "bad_email"),
        (Librarian(LibrarianId("x"), "X", RANA.email), "exists"),
    ):
        with pytest.raises(Rejected) as refused:
            await door.add_account(ADMIN.id, wrong)
        assert refused.value.code == code


async def test_a_password_is_changed_and_other_sign_ins_end(world: World) -> None:
    add(world, ADMIN)
    door = world.core.librarians
    first = await door.add_account(ADMIN.id, RANA)
    for key in ("here", "there"):
        await door.begin_sign_in(key, RANA.id, 60)
    with pytest.raises(Rejected):
        await door.change_password(RANA.id, first, "short", "here")
    with pytest.raises(Rejected):
        await door.change_password(RANA.id, first, first, "here")
    await door.change_password(RANA.id, first, "a much better one", "here")
    assert await door.signed_in("here") and await door.signed_in("there") is None
    assert await door.authenticate(RANA.email, "a much better one")
    for _ in range(5):
        with pytest.raises(Exception, match="do not belong"):
            await door.authenticate(RANA.email, "wrong")
    with pytest.raises(LockedOut):
        await door.authenticate(RANA.email, "a much better one")
    assert await door.authenticate(RANA.email, await door.reset_password(ADMIN.id, RANA.id))


async def test_hours_changed_on_the_desk_count(world: World) -> None:
    add(world, ADMIN)
    door, engine = world.core.librarians, world.engine
    world.hours.opening = world.clock() + timedelta(hours=2)  # 15:00 there, by the knowledge base
    await door.set_desk_day(ADMIN.id, world.clock().date(), "16:30-18:00", "Short day")
    assert await door.desk_days(ADMIN.id) == [(world.clock().date(), "16:30-18:00", "Short day")]
    await world.core._ticker.tick()
    engine.answer = lambda said, state: says(handoff=Packet("?", "asked"))
    await world.say("a person please")
    assert "today at 16:30" in world.last().content.text


async def test_the_assistant_suggests_without_touching_the_conversation(world: World) -> None:
    handoff, door = await held(world), world.core.librarians
    before = world.store.conversations.find(CHAT)
    world.engine.answer = lambda said, state: says("Open **nine to five**.")
    suggestion = await door.suggest(handoff.id)
    assert suggestion and suggestion.text == "Open **nine to five**."
    assert world.engine.asked[-1].text == "Where is it?"
    world.clock.pass_seconds(5)
    await world.say("and on Friday, please?")
    suggestion = await door.suggest(handoff.id)
    assert suggestion and suggestion.question == "and on Friday, please?"
    after = world.store.conversations.find(CHAT)
    assert before and after and after.dialogue == before.dialogue
    world.engine.answer = lambda said, state: says(handoff=Packet("?", "asked"))
    assert await door.suggest(handoff.id) is None


@dataclass
class Forgetful:
    """A desk that is told what to drop."""

    name: str = "other"
    resolves_unknown: bool = True
    dropped: list[HandoffId] = field(default_factory=list)
    present: int = 0

    async def show(self, handoff: Handoff) -> None:
        return None

    async def relay(self, handoff: Handoff, message: Message) -> str | None:
        return None

    async def forgotten(self, handoff: HandoffId) -> None:
        self.dropped.append(handoff)

    async def presence_changed(self) -> None:
        self.present += 1


async def test_a_desk_is_told_what_was_forgotten_and_who_came(world: World) -> None:
    desk = Forgetful()
    world.core.live.connect([world.page], [world.board, desk])
    handoff = await held(world)
    assert desk.present
    await world.core.patrons.forget(CHAT)
    assert desk.dropped == [handoff.id]
