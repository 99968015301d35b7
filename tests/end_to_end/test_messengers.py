"""Whole stories across networks, in both languages: a patron here, a librarian there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.model import Handoff, HandoffState, Language, Speaker, reference
from channels.slack.desk import DELIVERED, NOTED
from channels.slack.desk import NAME as SLACK_DESK
from channels.telegram.desk import DELIVERED as TG_DELIVERED
from channels.telegram.desk import NAME as TELEGRAM_DESK
from channels.threads.texts import say
from tests.fakes.desk import LAYLA, OMAR, TOPICS
from tests.fakes.desk_page import DeskPage
from tests.fakes.faults import Kind
from tests.fakes.librarians import InSlack, InTelegram, has
from tests.fakes.messengers import (
    DESK_CHANNEL,
    GROUP,
    SLACK_IDS,
    STRANGER,
    TELEGRAM_IDS,
    Messengers,
    messengers,
)
from tests.fakes.slack_api import shown
from tests.patience import PATIENCE

PATRON, SARA = 5001, "U0000SARA"
WORDS: dict[Language, dict[str, str]] = {
    Language.EN: {
        "person": "May I talk to a person?",
        "hello": "Good morning, I am looking into it.",
        "helo": "God morning",
        "more": "It says access denied <!channel> *now*",
        "note": "check the proxy",
        "inside": "I know this one",
        "last": "Please try again now.",
        "thanks": "Thank you, it opens now.",
    },
    Language.AR: {
        "person": "أريد التحدث إلى شخص",
        "hello": "صباح الخير، أتحقق من الأمر الآن.",
        "helo": "صباح الخر",
        "more": "تظهر لي عبارة «الدخول مرفوض» <!channel> *الآن*",
        "note": "راجعوا الخادم الوكيل",
        "inside": "مرّت بي هذه المشكلة",
        "last": "أرجو المحاولة مجددًا الآن.",
        "thanks": "شكرًا، فُتحت الصفحة الآن.",
    },
}
LANGUAGES = pytest.mark.parametrize("language", list(Language), ids=lambda one: one.value)


@pytest.fixture
async def world(tmp_path: Path, language: Language) -> AsyncIterator[Messengers]:
    async with messengers(tmp_path, language=language) as made:
        made.there(LAYLA, OMAR)
        yield made


@LANGUAGES
async def test_a_telegram_patron_and_slack_librarians(world: Messengers, language: Language) -> None:
    words, desk, tg = WORDS[language], InSlack(world, language), world.telegram_api
    heard = lambda: [m["text"] for m in tg.said(PATRON)]  # noqa: E731
    await tg.say(PATRON, words["person"], language=language.value)
    handoff = await world.handoff()
    root = await desk.root(handoff)

    # Nobody has it: what is written is not sent before it is claimed.
    first = await desk.write(handoff, LAYLA, words["hello"])
    await world.until(lambda: world.slack_api.ephemerals)
    await world.settle()
    assert words["hello"] not in world.heard(handoff)
    await desk.press(handoff, OMAR, "claim")
    await world.slack_api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", language))
    assert world.store.handoffs.get(handoff.id).librarian == OMAR.id
    await world.until(lambda: OMAR.name in world.slack_api.ephemerals[-1]["text"])
    assert world.heard(handoff) == []

    # Who has it speaks; what others say, and notes, stay.
    sent = await desk.write(handoff, OMAR, words["helo"])
    await world.until(has(heard, words["helo"]))
    await world.until(lambda: DELIVERED in world.slack_api.reactions(DESK_CHANNEL, sent["ts"]))
    inside = await desk.write(handoff, LAYLA, words["inside"])
    note = await desk.write(handoff, OMAR, f"// {words['note']}")
    await world.until(lambda: NOTED in world.slack_api.reactions(DESK_CHANNEL, note["ts"]))
    await world.until(lambda: NOTED in world.slack_api.reactions(DESK_CHANNEL, inside["ts"]))
    stranger = await world.slack_api.post(DESK_CHANNEL, STRANGER, "let me in", root)
    assert stranger
    await world.until(lambda: STRANGER in world.slack_api.ephemerals[-1]["text"])

    # An edit is carried to the patron, who sees one message; so is a withdrawal.
    await world.slack_api.edit(DESK_CHANNEL, sent, words["hello"])
    await world.until(has(heard, words["hello"]))
    assert not has(heard, words["helo"])()
    wrong = await desk.write(handoff, OMAR, "oops")
    await world.until(has(heard, "oops"))
    await world.slack_api.delete(DESK_CHANNEL, wrong)
    await world.until(lambda: not has(heard, "oops")())

    # The patron's words come as they are, and call nobody.
    await tg.say(PATRON, words["more"], language=language.value)
    await world.until(has(lambda: desk.seen(root), words["more"]))
    assert all("<!channel>" not in m["text"] for m in world.slack_api.said(DESK_CHANNEL))

    # Everybody else sees the same.
    telegram_desk = InTelegram(world, language)
    topic = await telegram_desk.topic(handoff)
    await world.until(has(lambda: telegram_desk.seen(topic), words["more"]))
    await world.until(has(lambda: telegram_desk.seen(topic), words["hello"]))
    await world.until(has(lambda: telegram_desk.seen(topic), words["note"]))
    assert any(m.content.text == words["helo"] for m in world.board.relayed)  # as it was first said

    # Referred, and taken over.
    await desk.press(handoff, OMAR, "refer")
    await world.until(lambda: world.slack_api.views)
    (view,) = world.slack_api.views
    values = {"refer_to": f"l:{LAYLA.id}", "word": words["note"]}
    assert (await world.slack_api.submit(SLACK_IDS[OMAR.id], view, values)).body == ""
    await desk.press(handoff, LAYLA, "accept")
    assert world.store.handoffs.get(handoff.id).librarian == LAYLA.id
    await desk.write(handoff, LAYLA, words["last"])
    await world.until(has(heard, words["last"]))

    # Returned to the assistant, who answers again; taken up once more, closed with its record, and rated.
    await desk.press(handoff, LAYLA, "give_back")
    assert world.store.handoffs.get(handoff.id).state is HandoffState.CLOSED
    await world.settle()
    answers = len(world.engine.asked)
    await tg.say(PATRON, words["thanks"], language=language.value)
    await world.until(lambda: len(world.engine.asked) > answers)
    await world.settle()
    await desk.press(handoff, LAYLA, "reopen")
    assert world.store.handoffs.get(handoff.id).librarian == LAYLA.id
    await desk.press(handoff, LAYLA, "close")
    await world.until(lambda: world.slack_api.views)
    (view,) = world.slack_api.views
    missing = await world.slack_api.submit(SLACK_IDS[LAYLA.id], view, {"topic": "hours"})
    assert "errors" in missing.body
    record = {"read": "4", "transaction": "reference", "topic": "remote_access", "note": words["note"]}
    assert (await world.slack_api.submit(SLACK_IDS[LAYLA.id], view, record)).body == ""
    await world.until(lambda: any(_buttons(m) == ["1", "2", "3", "4", "5"] for m in tg.said(PATRON)))
    rating = next(m for m in tg.said(PATRON) if _buttons(m) == ["1", "2", "3", "4", "5"])
    await tg.press(PATRON, rating["message_id"], "5")
    await world.until(lambda: world.store.handoffs.get(handoff.id).csat == 5)
    closed = world.store.handoffs.get(handoff.id)
    assert (closed.state, closed.read_value, closed.topic) == (HandoffState.CLOSED, 4, "remote_access")
    rated = say("rated", language, mark=5)
    await world.until(lambda: rated in str(world.slack_api.message(DESK_CHANNEL, root)["blocks"]))
    await world.until(lambda: world.telegram_api.topics[topic].closed)
    for secret in (words["note"], words["inside"], "let me in"):
        assert not has(heard, secret)()
    assert first["ts"] != sent["ts"]


@LANGUAGES
async def test_a_web_patron_and_telegram_librarians(world: Messengers, language: Language) -> None:
    words, desk = WORDS[language], InTelegram(world, language)
    heard = lambda: [m.content.text for m in world.page.shown]  # noqa: E731
    await world.web_says(words["person"], language)
    handoff = await world.handoff()
    topic = await desk.topic(handoff)
    assert world.telegram_api.topics[topic].name.startswith("🟡 ")

    # The first reply asks before it claims; two cannot both have it.
    written = await desk.write(handoff, LAYLA, words["hello"])
    await desk.press(handoff, LAYLA, "claim_send")
    await world.until(has(heard, words["hello"]))
    marks = lambda: world.telegram_api.reactions.get((GROUP, written["message_id"]))  # noqa: E731
    await world.until(lambda: marks() == [TG_DELIVERED])
    await world.until(lambda: world.telegram_api.topics[topic].name.startswith("🟢 "))
    head = desk.api.said(GROUP, topic)[0]
    press = await desk.api.press_data(GROUP, head["message_id"], "d:claim", person=TELEGRAM_IDS[OMAR.id])
    answered = lambda: [t for t in desk.api.toasts if t["callback_query_id"] == press]  # noqa: E731
    await world.until(answered)
    assert LAYLA.name in answered()[0]["text"]

    # Notes and others' talk stay inside; edits are carried, /undo takes back.
    await desk.write(handoff, OMAR, words["inside"])
    await desk.write(handoff, LAYLA, f"//{words['note']}")
    await desk.write(handoff, LAYLA, words["helo"])
    typo = next(m for m in reversed(desk.api.chats[GROUP]) if m["text"] == words["helo"])
    await desk.api.edit(typo, words["last"])
    await world.until(has(world_heard(world, handoff), words["last"]))
    await desk.write(handoff, LAYLA, "/undo", reply_to_message=_plain(typo))
    await world.until(lambda: words["last"] not in world.heard(handoff))
    assert not has(heard, words["inside"])() and not has(heard, words["note"])()

    # A passage of the knowledge base, with its link.
    await desk.write(handoff, LAYLA, "/search renew")
    await desk.press(handoff, LAYLA, "", begins=say("send_n", language, n=1))
    await world.until(has(heard, "https://library.example/guides/renewal"))

    # Slack sees it all, the note too.
    slack_desk = InSlack(world, language)
    root = await slack_desk.root(handoff)
    await world.until(has(lambda: slack_desk.seen(root), words["note"]))
    await world.until(has(lambda: slack_desk.seen(root), words["hello"]))

    # Referred, declined, put back, claimed by the other, and returned to the assistant.
    await desk.press(handoff, LAYLA, "refer")
    await desk.press(handoff, LAYLA, "", begins=OMAR.name)
    await desk.press(handoff, OMAR, "accept")
    assert world.store.handoffs.get(handoff.id).librarian == OMAR.id
    await desk.press(handoff, OMAR, "put_back")
    await world.until(lambda: world.store.handoffs.get(handoff.id).state is HandoffState.WAITING)
    await desk.press(handoff, OMAR, "claim")
    await desk.press(handoff, OMAR, "give_back")
    await world.until(lambda: world.store.handoffs.get(handoff.id).state is HandoffState.CLOSED)
    await world.until(lambda: world.telegram_api.topics[topic].closed)
    before = len(world.heard(handoff))
    await desk.write(handoff, OMAR, words["last"])
    await world.settle()
    assert len(world.heard(handoff)) == before

    # Taken up once more, closed with its record and a note, and rated on the page.
    await desk.press(handoff, OMAR, "reopen")
    await desk.write(handoff, OMAR, f"/close {words['note']}")
    await desk.close(handoff, OMAR, 3, "reference", TOPICS["hours"][language.value])
    await world.until(lambda: world.store.handoffs.get(handoff.id).state is HandoffState.CLOSED)
    closed = world.store.handoffs.get(handoff.id)
    assert (closed.read_value, closed.transaction, closed.topic) == (3, "reference", "hours")
    assert closed.note == words["note"]
    asked = lambda: [m for m in world.page.shown if m.content.event == "csat"]  # noqa: E731
    await world.until(asked)
    await world.web_says(reference(asked()[-1].seq, 4), language)
    await world.until(lambda: world.store.handoffs.get(handoff.id).csat == 5)
    rated = say("rated", language, mark=5)
    await world.until(has(lambda: telegram_heads(desk, topic), rated))


@LANGUAGES
async def test_a_slack_patron_and_the_web_desk(tmp_path: Path, language: Language) -> None:
    async with messengers(tmp_path, language=language, web_desk=True) as world:
        world.there(LAYLA, OMAR)
        async with world.at_web_desk(LAYLA) as layla, world.at_web_desk(OMAR) as omar:
            await _slack_patron_and_web_desk(world, language, layla, omar)


async def _slack_patron_and_web_desk(
    world: Messengers, language: Language, layla: DeskPage, omar: DeskPage
) -> None:
    words, api = WORDS[language], world.slack_api
    home = api.im(SARA)
    heard = lambda: [shown(m) for m in api.said(home)]  # noqa: E731
    await api.dm(SARA, words["person"])
    handoff = await world.handoff()
    assert handoff.channel == "slack"
    desk = InSlack(world, language)
    root = await desk.root(handoff)

    async def act(page: DeskPage, what: str, **data: Any) -> int:
        return (await page.http.post(f"/desk/api/handoffs/{handoff.id}/{what}", json=data)).status_code

    # Both claim at once: one has it, the other is told who was quicker; the Slack desk shows the same.
    await layla.until(lambda: handoff.id in layla.handoffs)
    race = await asyncio.gather(act(layla, "claim"), act(omar, "claim"))
    assert sorted(race) == [200, 409]
    winner, other = (layla, omar) if race[0] == 200 else (omar, layla)
    won, lost = (LAYLA, OMAR) if race[0] == 200 else (OMAR, LAYLA)
    assert world.store.handoffs.get(handoff.id).librarian == won.id
    await world.until(lambda: won.name in str(api.message(DESK_CHANNEL, root)["blocks"]))

    # Replies, edits and notes: only the winner speaks, and only words that are meant for the patron leave.
    assert await act(winner, "reply", text=f"**{words['hello']}**", id="web-reply-0001") == 200
    assert await act(other, "reply", text=words["inside"], id="web-reply-0002") == 403
    await world.until(has(heard, words["hello"]))
    await world.until(has(lambda: desk.seen(root), words["hello"]))
    assert any(won.name in text for text in heard())
    assert await act(winner, "note", text=words["note"], id="web-note-00001") == 200
    await world.until(has(lambda: desk.seen(root), words["note"]))
    said = next(m for m in world.store.conversations.since(handoff.conversation, 0, 99)
                if m.speaker is Speaker.LIBRARIAN)  # fmt: skip
    assert await act(winner, "edit", seq=said.seq, text=words["last"]) == 200
    await world.until(lambda: has(heard, words["last"])() and not has(heard, words["hello"])())
    await world.until(has(lambda: desk.seen(root), words["last"]))

    # What the patron writes, and writes anew, is on the page; the edit is marked as one in Slack.
    first = await api.dm(SARA, words["more"])
    texts = lambda: [m["text"] for m in winner.messages.get(handoff.id, {}).values()]  # noqa: E731
    await world.until(has(texts, words["more"]))
    await world.settle()
    await api.edit(home, first, f"{words['more']} …")
    await world.until(has(texts, f"{words['more']} …"))
    edited = say("patron_edited", language)
    await world.until(lambda: any(edited in str(m["blocks"]) for m in api.said(DESK_CHANNEL, root)))

    # Referred with a word, taken over, returned to the assistant; taken up again, closed, and rated.
    assert await act(winner, "refer", to=lost.id, message=words["note"]) == 200
    await world.until(lambda: words["note"] in str(api.message(DESK_CHANNEL, root)["blocks"]))
    assert await act(other, "accept") == 200
    assert world.store.handoffs.get(handoff.id).librarian == lost.id
    assert await act(other, "return") == 200
    await world.settle()
    asked = len(world.engine.asked)
    await api.dm(SARA, words["thanks"])
    await world.until(lambda: len(world.engine.asked) > asked)
    await world.settle()
    assert await act(other, "reopen") == 200
    assert await act(other, "close", read=2, transaction="directional", topic="hours") == 200
    await world.until(lambda: _has_button(api.said(home), "4"))
    question = next(m for m in api.said(home) if _has_button([m], "4"))
    assert (await api.press(SARA, home, question["ts"], "4")).status == 200
    await world.until(lambda: world.store.handoffs.get(handoff.id).csat == 4)
    await world.until(
        lambda: say("rated", language, mark=4) in str(api.message(DESK_CHANNEL, root)["blocks"])
    )
    for secret in (words["note"], words["inside"]):
        assert not has(heard, secret)()


@pytest.mark.parametrize("language", [Language.EN])
async def test_what_goes_wrong_is_said_where_it_helps(world: Messengers, language: Language) -> None:
    desk, tg = InSlack(world, language), world.telegram_api
    await tg.say(PATRON, "May I talk to a person?")
    handoff = await world.handoff()
    await desk.press(handoff, LAYLA, "claim")
    root = await desk.root(handoff)

    # A line that breaks while a message is on its way: sent once more, and marked.
    await world.settle()
    tg.faults.add(Kind.CUT, "sendMessage", to=PATRON)
    perhaps = await desk.write(handoff, LAYLA, "perhaps twice")
    await world.until(lambda: [m["text"] for m in tg.said(PATRON)].count("Layla Haddad:\nperhaps twice") == 2)
    await world.until(lambda: "warning" in world.slack_api.reactions(DESK_CHANNEL, perhaps["ts"]))
    await world.until(has(lambda: [m["text"] for m in world.slack_api.said(DESK_CHANNEL, root)], "twice"))

    # A message that Telegram will never take: the librarian learns why.
    tg.faults.add(Kind.REFUSED, "sendMessage", to=PATRON, what="Bad Request: message is too long")
    refused = await desk.write(handoff, LAYLA, "never")
    await world.until(lambda: "x" in world.slack_api.reactions(DESK_CHANNEL, refused["ts"]))
    await world.until(has(lambda: [m["text"] for m in world.slack_api.said(DESK_CHANNEL, root)], "too long"))

    # The channel is archived: said on the other desks, and over when it is open again.
    world.slack_api.channels[DESK_CHANNEL]["is_archived"] = True
    await tg.say(PATRON, "are you there?")
    await world.until(lambda: world.core.complaints().get(SLACK_DESK))
    await world.until(lambda: any(where == SLACK_DESK and told for where, told in world.board.told))
    await world.until(has(lambda: [m["text"] for m in tg.said(GROUP)], "archived"))
    world.slack_api.channels[DESK_CHANNEL]["is_archived"] = False

    # A topic is deleted: the conversation gets another.
    telegram_desk = InTelegram(world, language)
    before = await telegram_desk.topic(handoff)
    tg.topics[before].deleted = True
    await tg.say(PATRON, "still here")
    await world.until(lambda: len(tg.topics) == 2)
    await world.until(has(lambda: telegram_desk.seen(max(tg.topics)), "still here"))
    assert world.core.complaints()[TELEGRAM_DESK]

    # The patron blocks the bot: the handoff ends, and nothing is tried for ever.
    await tg.block(PATRON)
    await world.until(lambda: world.store.handoffs.get(handoff.id).state is HandoffState.ABANDONED)


@pytest.mark.parametrize("language", [Language.EN])
async def test_presence_is_the_same_everywhere(world: Messengers, language: Language) -> None:
    for who in (LAYLA, OMAR):
        await world.slack_api.command(SLACK_IDS[who.id], DESK_CHANNEL, "/desk", "off")
    assert await world.core.librarians.present() == []
    ack = await world.slack_api.command(SLACK_IDS[LAYLA.id], DESK_CHANNEL, "/desk", "on")
    assert "available" in ack.body
    await world.telegram_api.say_in_topic(GROUP, 1, TELEGRAM_IDS[OMAR.id], "/desk away")
    present = lambda: world.store.librarians.present_within(75, _now())  # noqa: E731
    await world.until(lambda: len(present()) == 2)
    assert {one.name: presence.value for one, presence in present()} == {
        LAYLA.name: "available",
        OMAR.name: "away",
    }
    listed = await world.slack_api.command(SLACK_IDS[OMAR.id], DESK_CHANNEL, "/desk", "")
    assert LAYLA.name in listed.body and OMAR.name in listed.body
    stranger = await world.slack_api.command(STRANGER, DESK_CHANNEL, "/desk", "on")
    assert STRANGER in stranger.body


@pytest.mark.parametrize("language", [Language.EN])
async def test_what_a_patron_has_forgotten_goes_from_the_desks(world: Messengers, language: Language) -> None:
    await world.telegram_api.say(PATRON, "May I talk to a person?")
    handoff = await world.handoff()
    topic = await InTelegram(world, language).topic(handoff)
    await InSlack(world, language).root(handoff)
    await world.settle()
    await world.telegram_api.say(PATRON, "/forget")
    await world.until(lambda: "Delete it" in str(world.telegram_api.said(PATRON)[-1]))
    question = world.telegram_api.said(PATRON)[-1]
    await world.telegram_api.press(PATRON, question["message_id"], "Delete it")
    await world.until(lambda: world.telegram_api.topics[topic].deleted)
    await world.until(lambda: world.slack_api.said(DESK_CHANNEL) == [])
    async with asyncio.timeout(PATIENCE):
        while await world.store.threads.orphans(SLACK_DESK):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("language", [Language.EN])
async def test_a_librarian_sends_from_the_knowledge_base_in_slack(
    world: Messengers, language: Language
) -> None:
    desk, api = InSlack(world, language), world.slack_api
    await world.web_says("May I talk to a person?")
    handoff = await world.handoff()
    await desk.press(handoff, LAYLA, "claim")
    await desk.press(handoff, LAYLA, "insert")
    await world.until(lambda: api.views)
    (view,) = api.views
    await api.type_in(SLACK_IDS[LAYLA.id], view, "search", "nothing")
    await world.until(lambda: "Nothing found" in str(api.views[view]))
    await api.type_in(SLACK_IDS[LAYLA.id], view, "search", "renew")
    await world.until(lambda: "Renewing loans" in str(api.views[view]))
    assert "Renew up to four times." in str(api.views[view])
    empty = await api.submit(SLACK_IDS[LAYLA.id], view, {"search": "renew"})
    assert "errors" in empty.body
    await api.submit(SLACK_IDS[LAYLA.id], view, {"search": "renew", "results": "0", "word_to_patron": "See:"})
    await world.until(lambda: world.heard(handoff))
    assert world.heard(handoff) == [
        "See:\n\nRenew up to **four times**.\n\n[Renewing loans](https://library.example/guides/renewal)"
    ]
    root = await desk.root(handoff)
    await world.until(has(lambda: desk.seen(root), "Renewing loans"))
    assert api.said(DESK_CHANNEL, root)[-1]["text"].startswith(f"{LAYLA.name}: See:")  # on no other desk
    await desk.press(handoff, LAYLA, "preview")
    await world.until(lambda: any("four times" in str(v) for v in api.views.values()))


def telegram_heads(desk: InTelegram, topic: int) -> list[str]:
    return desk.seen(topic)[:1]


def world_heard(world: Messengers, handoff: Handoff) -> Callable[[], list[str]]:
    return lambda: world.heard(handoff)


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in message.items() if k != "reply_to_message"}


def _buttons(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _has_button(messages: list[dict[str, Any]], title: str) -> bool:
    held = [e for m in messages for b in m["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return any(e["text"]["text"] == title for e in held)


def _now() -> datetime:
    return datetime.now(UTC)
