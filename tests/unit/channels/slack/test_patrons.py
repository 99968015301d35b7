"""Patrons on Slack: what they can do, what Slack is told, and what goes wrong."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.errors import DeliveryDeferred, DeliveryRefused, DeliveryUncertain, PatronGone
from bot.model import Address, Choice, Content, Language, Message, Speaker, Wish
from channels.slack.blocks import typed, written
from channels.slack.slack import DEAF, Slack
from tests.contract.test_slack_channel import SARA, slack
from tests.fakes.faults import Kind
from tests.fakes.patron_door import FakePatronDoor
from tests.fakes.slack_api import BOT, BOT_TOKEN, SlackApi, shown, sign
from tests.patience import PATIENCE


class World:
    """A patron's direct messages with the adapter, a fake core behind it."""

    def __init__(self, door: FakePatronDoor, made: Slack, api: SlackApi) -> None:
        self.door, self.made, self.api = door, made, api
        self.home = api.im(SARA)
        self.address = Address("slack", self.home)

    async def until(self, true: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.01)

    async def answered(self, count: int) -> list[str]:
        await self.until(lambda: len(self.api.said(self.home)) >= count)
        return [shown(m) for m in self.api.said(self.home)]

    def message(self, text: str, seq: int = 77) -> Message:
        kept = self.door.kept[self.address]
        return Message(kept.view.id, seq, Speaker.ASSISTANT, Content(text), Language.EN, kept.messages[-1].at)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    door = FakePatronDoor()
    async with slack(door) as (made, api):
        yield World(door, made, api)


async def test_what_people_type_comes_as_they_typed_it(world: World) -> None:
    await world.api.dm(SARA, "is a < b & c > d, or *not*?")
    assert await world.answered(1) == ["You said: is a < b & c > d, or not?"]  # in italics
    assert world.door.kept[world.address].messages[0].content.text == "is a < b & c > d, or *not*?"
    assert typed("see <https://a.example/x|a.example/x>, <@U1|sam>, <#C1|general>, <!here> &amp; on") == (
        "see https://a.example/x, @sam, #general, @here & on"
    )


async def test_what_librarians_type_keeps_its_bold_and_links() -> None:
    assert written("*four times* in <https://a.example|My Account>, 2*3*4 &lt;b&gt;") == (
        "**four times** in [My Account](https://a.example), 2*3*4 <b>"
    )
    assert written("<https://a.example>") == "https://a.example"


async def test_nothing_is_parsed_of_what_goes_out(world: World) -> None:
    evil = "<!channel> <@U1> *bold* _it_ `x` <https://evil.example|library>"
    world.door.script = lambda text, language: [Content(evil)]
    await world.api.dm(SARA, "go")
    assert await world.answered(1) == [evil.replace("`x`", "x").replace("*bold*", "bold")]
    [said] = world.api.said(world.home)
    assert "<" not in said["text"].replace("&lt;", "")
    types = {e["type"] for b in said["blocks"] for part in b["elements"] for e in part["elements"]}
    assert types == {"text"}


async def test_bold_lists_and_links_are_rich_text(world: World) -> None:
    text = "Renew **online**:\n\n1. [Sign in](https://a.example)\n2. Renew\n\n- or *call*"
    world.door.script = lambda said, language: [Content(text)]
    await world.api.dm(SARA, "go")
    assert await world.answered(1) == ["Renew online:\n\n1. Sign in\n2. Renew\n• or call"]
    [said] = world.api.said(world.home)
    kinds = [part["type"] for part in said["blocks"][0]["elements"]]
    assert kinds.count("rich_text_list") == 2
    assert "https://a.example" in json.dumps(said["blocks"])
    assert '{"type": "text", "text": "call", "style": {"italic": true}}' in json.dumps(said["blocks"])


async def test_a_bare_address_can_be_followed(world: World) -> None:
    world.door.script = lambda text, language: [Content("See https://library.example/a_(b), or ask.")]
    await world.api.dm(SARA, "go")
    await world.answered(1)
    [block] = world.api.said(world.home)[0]["blocks"]
    links = [e for part in block["elements"] for e in part["elements"] if e["type"] == "link"]
    assert [link["url"] for link in links] == ["https://library.example/a_"]


async def test_a_long_answer_fits_into_one_message(world: World) -> None:
    long = "A sentence of an answer. " * 300 + "\n\n" + "word" * 1000
    world.door.script = lambda text, language: [Content(long)]
    await world.api.dm(SARA, "go")
    [text] = await world.answered(1)
    assert "".join(text.split()) == "".join(long.split())
    assert len(world.api.said(world.home)[0]["blocks"]) > 2


async def test_edits_before_and_after_the_answer(world: World) -> None:
    world.door.hold.clear()
    first = await world.api.dm(SARA, "renw")
    await world.api.edit(world.home, first, "renew")
    await world.until(lambda: world.door.kept[world.address].messages[0].content.text == "renew")
    world.door.hold.set()
    assert await world.answered(1) == ["You said: renew"]
    await world.until(lambda: 1 in world.door.kept[world.address].settled)
    await world.api.edit(world.home, first, "renew a book")
    assert (await world.answered(2))[-1] == "You said: renew a book"
    unfolded = {**first, "attachments": [{"title": "a page"}]}
    change = {"type": "message", "subtype": "message_changed", "channel": world.home, "channel_type": "im"}
    await world.api.event(
        {**change, "message": unfolded, "previous_message": first, "ts": "1.1", "event_ts": "1.1"}
    )
    assert len(world.door.received) == 2


async def test_a_deleted_message_that_has_replies_is_no_question(world: World) -> None:
    first = await world.api.dm(SARA, "renew")
    await world.answered(1)
    left = {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT", "hidden": True}
    left |= {"type": "message", "ts": first["ts"], "thread_ts": first["ts"]}
    await world.api._changed(world.home, "message_changed", message=left, previous_message=first)
    await world.api.dm(SARA, "hello")
    assert await world.answered(2) == ["You said: renew", "You said: hello"]


async def test_emoji_come_as_emoji_and_what_only_looks_like_one_stays(world: World) -> None:
    await world.api.dm(SARA, "thanks 🙂👋🏽👋 at 10:30:15 :no_emoji:")
    assert await world.answered(1) == ["You said: thanks 🙂👋🏽👋 at 10:30:15 :no_emoji:"]


async def test_an_edit_of_what_came_with_a_file_keeps_the_file(world: World) -> None:
    file = {"id": "F1", "name": "essay.pdf", "url_private": f"{world.api.url}/files-pri/essay.pdf"}
    sent = await world.api.dm(SARA, "heer", subtype="file_share", files=[file])
    await world.until(lambda: 1 in world.door.kept[world.address].settled)
    await world.api.edit(world.home, sent, "here")
    assert world.door.received[-1].text.startswith("here\n[File (essay.pdf)] https://")
    assert world.door.received[-1].wish is Wish.FILE


async def test_files_go_as_links_that_nobody_can_guess(world: World) -> None:
    file = {"id": "F1", "name": "essay.pdf", "url_private": f"{world.api.url}/files-pri/essay.pdf"}
    await world.api.dm(SARA, "here", subtype="file_share", files=[file])
    [incoming] = world.door.received
    assert incoming.wish is Wish.FILE
    assert incoming.text.startswith("here\n[File (essay.pdf)] https://ask.library.example/slack/files/")
    app = FastAPI()
    app.include_router(world.made.router())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://ask.library.example") as http:
        path = httpx.URL(incoming.text.rpartition(" ")[2]).path
        answer = await http.get(path)
        assert answer.content == b"the file essay.pdf"
        assert answer.headers["content-disposition"] == 'attachment; filename="essay.pdf"'
        assert (await http.get(path + "x")).status_code == 404


async def test_a_file_elsewhere_is_never_fetched_with_our_token(world: World) -> None:
    assert await world.made._source("https://evil.example/x") is None
    assert (await world.made._source("https://files.slack.com/x")).headers  # type: ignore[union-attr]


async def test_the_home_says_what_there_is_in_both_languages(world: World) -> None:
    await world.api.open_home(SARA)
    await world.until(lambda: SARA in world.api.homes)
    text = json.dumps(world.api.homes[SARA], ensure_ascii=False)
    assert "Talk to a librarian" in text and "التحدث إلى أمين مكتبة" in text
    assert (await world.api.press_home(SARA, "التحدث إلى أمين مكتبة")).status == 200
    [incoming] = world.door.received
    assert (incoming.wish, incoming.language) == (Wish.PERSON, Language.AR)
    await world.answered(1)
    assert (await world.api.press_home(SARA, "Delete my conversations")).status == 200
    assert world.address not in world.door.kept
    await world.until(lambda: "nothing is kept" in world.api.said(world.home)[-1]["text"])


async def test_a_pressed_choice_is_ticked(world: World) -> None:
    offered = Content("Which?", choices=(Choice("This", "/secret"), Choice("That", "/other")))
    world.door.script = lambda text, language: [offered] if text == "go" else [Content(f"took {text}")]
    await world.api.dm(SARA, "go")
    await world.answered(1)
    asked = world.api.said(world.home)[0]
    assert "/secret" not in json.dumps(asked)
    await world.api.press(SARA, world.home, asked["ts"], "That")
    assert (await world.answered(2))[-1] == "took That"
    titles = lambda: [e["text"]["text"] for e in asked["blocks"][-1]["elements"]]  # noqa: E731
    await world.until(lambda: titles() == ["This", "✓ That"])


async def test_a_mention_is_answered_in_its_thread_and_the_thread_goes_on(world: World) -> None:
    general = world.api.channel("C0GENERAL", "general")
    first = await world.api.post(general, SARA, f"<@{BOT}> when do you open?")
    await world.until(lambda: world.api.said(general, first["ts"]))
    await world.api.post(general, SARA, "and on Friday?", first["ts"])
    await world.until(lambda: len(world.api.said(general, first["ts"])) == 2)
    await world.api.post(general, SARA, "something else altogether")
    other = await world.api.post(general, SARA, "a thread of our own")
    await world.api.post(general, "U0000OMAR", "indeed", other["ts"])
    assert [i.text for i in world.door.received] == ["when do you open?", "and on Friday?"]


async def test_in_a_thread_others_are_not_the_patron(world: World) -> None:
    general, omar = world.api.channel("C0GENERAL", "general"), "U0000OMAR"
    world.door.script = lambda text, language: [Content(f"You: {text}", choices=(Choice("This", "/p"),))]
    first = await world.api.post(general, SARA, f"<@{BOT}> my card is lost")
    thread = first["ts"]
    await world.until(lambda: world.api.said(general, thread))
    await world.api.post(general, omar, "I lost mine too", thread)
    await world.api.post(general, SARA, f"<@{omar}> where did you go?", thread)
    assert [i.text for i in world.door.received] == ["my card is lost"]

    # Their question is a conversation of their own, in the same thread; so is what they say from then on.
    await world.api.post(general, omar, f"<@{BOT}> and mine?", thread)
    await world.api.post(general, omar, "it was green", thread)
    await world.api.post(general, SARA, "mine was blue", thread)
    said = {a.chat_id: [m.content.text for m in k.messages[::2]] for a, k in world.door.kept.items()}
    await world.until(lambda: len(world.api.said(general, thread)) == 4)
    assert said == {
        f"{general}:{thread}:{SARA}": ["my card is lost", "mine was blue"],
        f"{general}:{thread}:{omar}": ["and mine?", "it was green"],
    }

    # What is offered to one is not taken from the other, who is told so and nobody else.
    offered = world.api.said(general, thread)[0]
    before = len(world.door.received)
    assert (await world.api.press(omar, general, offered["ts"], "This")).status == 200
    await world.until(lambda: world.api.ephemerals)
    assert world.api.ephemerals[-1]["user"] == omar and len(world.door.received) == before
    await world.api.press(SARA, general, offered["ts"], "This")
    assert world.door.received[-1].address.chat_id == f"{general}:{thread}:{SARA}"


async def test_forgetting_takes_the_conversations_in_channels_with_it(world: World) -> None:
    general, omar = world.api.channel("C0GENERAL", "general"), "U0000OMAR"
    for who in (SARA, omar):
        await world.api.post(general, who, f"<@{BOT}> when do you open?")
    await world.api.dm(SARA, "hello")
    await world.api.open_home(SARA)
    await world.until(lambda: SARA in world.api.homes)
    await world.api.press_home(SARA, "Delete my conversations")
    assert [address.chat_id.rpartition(":")[2] for address in world.door.kept] == [omar]
    assert not world.api.made("conversations.open")  # Slack had told which direct message is hers


async def test_an_edited_mention_is_an_edit_of_its_conversation(world: World) -> None:
    general = world.api.channel("C0GENERAL", "general")
    world.door.hold.clear()
    first = await world.api.post(general, SARA, f"<@{BOT}> when do you opn?")
    await world.until(lambda: world.door.received)
    await world.api.edit(general, first, f"<@{BOT}> when do you open?")
    kept = world.door.kept[Address("slack", f"{general}:{first['ts']}:{SARA}")]
    await world.until(lambda: kept.messages[0].content.text == "when do you open?")
    world.door.hold.set()
    await world.until(lambda: world.api.said(general, first["ts"]))
    assert [shown(m) for m in world.api.said(general, first["ts"])] == ["You said: when do you open?"]
    other = await world.api.post(general, SARA, "somethng of our own")
    await world.api.edit(general, other, "something of our own")
    assert len(world.door.received) == 1


async def test_what_cannot_be_kept_is_not_acknowledged_and_comes_again(world: World) -> None:
    receive, failures = world.door.receive, 2

    async def stubborn(incoming: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("the disk is full")
        return await receive(incoming)

    world.door.receive = stubborn  # type: ignore[method-assign]
    await world.api.dm(SARA, "hello")
    assert [ack.status for ack in world.api.acks[:3]] == [500, 500, 200]
    assert await world.answered(1) == ["You said: hello"]


async def test_repeats_are_kept_once(world: World) -> None:
    world.api.repeats = True
    for n in range(3):
        await world.api.dm(SARA, f"number {n}")
    assert len(await world.answered(3)) == 3
    await world.api.dm(SARA, "last")
    assert (await world.answered(4))[-1] == "You said: last"


async def test_only_what_slack_signed_in_the_last_five_minutes_is_taken(world: World) -> None:
    assert world.api.app_url is not None
    body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"})
    forged = {**sign(body), "X-Slack-Signature": "v0=" + "0" * 64}
    async with httpx.AsyncClient(trust_env=False) as http:

        async def status(headers: dict[str, str]) -> int:
            sent = {"Content-Type": "application/json", **headers}
            return (await http.post(world.api.app_url or "", content=body, headers=sent)).status_code

        assert await status(sign(body)) == 200
        assert await status({}) == 401
        assert await status(forged) == 401
        assert await status(sign(body, secret="another")) == 401
        assert await status(sign(body, at=time.time() - 301)) == 401
        assert await status(sign(body + " ")) == 401


def test_the_signature_is_the_known_one(shared: Path) -> None:
    known = json.loads((shared / "specs" / "slack" / "payloads" / "signature_known_answer.json").read_text())
    made = sign(known["body"], known["signing_secret"], float(known["timestamp"]))
    assert made["X-Slack-Signature"] == known["signature"]


async def test_errors_are_told_apart(world: World) -> None:
    await world.api.dm(SARA, "hello")
    await world.answered(1)
    deliver, api = world.made.channel.deliver, world.api
    api.faults.add(Kind.LIMITED, "chat.postMessage", seconds=7)
    with pytest.raises(DeliveryDeferred) as deferred:
        await deliver(world.address, world.message("one", 101))
    assert deferred.value.seconds == 7
    api.faults.add(Kind.BROKEN, "chat.postMessage")
    with pytest.raises(ConnectionError):
        await deliver(world.address, world.message("two", 102))
    api.faults.add(Kind.REFUSED, "chat.postMessage", what="msg_too_long")
    with pytest.raises(DeliveryRefused, match="too long"):
        await deliver(world.address, world.message("three", 103))
    assert world.made.channel.troubles() == []
    api.revoked = True
    with pytest.raises(DeliveryDeferred):
        await deliver(world.address, world.message("four", 104))
    assert "DALIL_SLACK_BOT_TOKEN" in world.made.channel.troubles()[0]
    api.revoked = False
    api.channels[world.home]["is_archived"] = True
    with pytest.raises(PatronGone, match="archived"):
        await deliver(world.address, world.message("five", 105))
    assert BOT_TOKEN not in str(world.made.channel.troubles())


async def test_what_may_have_arrived_is_looked_for_first(world: World) -> None:
    await world.api.dm(SARA, "hello")
    await world.answered(1)
    message = world.message("only once", 101)
    world.api.faults.add(Kind.CUT, "chat.postMessage")
    with pytest.raises(DeliveryUncertain):
        await world.made.channel.deliver(world.address, message)
    ts = await world.made.channel.deliver(world.address, message)
    said = [m for m in world.api.said(world.home) if shown(m) == "only once"]
    assert [m["ts"] for m in said] == [ts]
    world.api.faults.add(Kind.DEAF, "chat.postMessage")
    lost = world.message("lost at first", 102)
    with pytest.raises((DeliveryUncertain, ConnectionError)):
        await world.made.channel.deliver(world.address, lost)
    await world.made.channel.deliver(world.address, lost)
    assert [shown(m) for m in world.api.said(world.home)].count("lost at first") == 1


async def test_what_may_have_arrived_late_in_a_long_thread_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.slack.api.A_PAGE", 5)
    channel = world.api.channel("C0PUBLIC1", "students")
    first = await world.api.post(channel, SARA, f"<@{BOT}> hello")
    await world.until(lambda: world.api.said(channel))
    [address] = world.door.kept
    for number in range(12):
        await world.api.post(channel, "U0SOMEBODY", f"and {number}", first["ts"])
    kept = world.door.kept[address]
    said = (kept.view.id, 101, Speaker.ASSISTANT, Content("only once"), Language.EN)
    message = Message(*said, kept.messages[-1].at)
    world.api.faults.add(Kind.CUT, "chat.postMessage")
    with pytest.raises(DeliveryUncertain):
        await world.made.channel.deliver(address, message)
    await world.made.channel.deliver(address, message)
    assert [shown(m) for m in world.api.said(channel)].count("only once") == 1


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"payload=%7B", b"\xff\xfe", b""])
async def test_what_slack_has_not_signed_is_not_read(world: World, body: bytes) -> None:
    form = "application/x-www-form-urlencoded"
    kind = form if body.startswith(b"payload") else "application/json"
    async with httpx.AsyncClient() as http:
        url = str(world.api.app_url)
        bare = await http.post(url, content=body, headers={"Content-Type": kind})
        assert bare.status_code == 401
        if body and body.isascii():
            signed = {"Content-Type": kind, **sign(body.decode())}
            assert (await http.post(url, content=body, headers=signed)).status_code == 400
    assert not world.door.received


async def test_more_than_slack_sends_is_not_held(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    async with httpx.AsyncClient() as http:
        assert (await http.post(str(world.api.app_url), content=pieces())).status_code == 413


async def test_what_is_said_with_me_is_said(world: World) -> None:
    await world.api.dm(SARA, "would like to renew a book", subtype="me_message")
    assert await world.answered(1) == ["You said: would like to renew a book"]


async def test_a_socket_that_stays_closed_is_said_and_so_is_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.slack.slack.LOOK_EVERY", 0.05)
    door = FakePatronDoor()
    async with slack(door, socket=True) as (made, api):
        world = World(door, made, api)
        await api.dm(SARA, "hello")
        await world.answered(1)
        api.revoked = True
        assert api._socket is not None
        await api._socket.close()
        await world.until(lambda: DEAF in made.channel.troubles())
        api.revoked = False
        await world.until(lambda: DEAF not in made.channel.troubles())
        await api.dm(SARA, "still there?")
        await world.answered(2)
