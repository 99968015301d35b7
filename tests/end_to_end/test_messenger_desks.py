"""The desks in Slack and Telegram, beside the stories: the corners where words could get lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.model import HandoffState, Language, Message
from bot.store import tables as t
from channels.slack.desk import NAME as SLACK_DESK
from channels.slack.desk import NOTED
from channels.telegram.desk import NOTED as TG_NOTED
from channels.threads.texts import say
from tests.fakes.desk import LAYLA, OMAR, TOPICS
from tests.fakes.faults import Kind
from tests.fakes.librarians import InSlack, InTelegram, has
from tests.fakes.messengers import DESK_CHANNEL, GROUP, SLACK_IDS, Messengers, messengers
from tests.fakes.slack_api import shown

EN = Language.EN
PHOTO = {"photo": [{"file_id": "p1", "file_unique_id": "u", "width": 9, "height": 9}]}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Messengers]:
    async with messengers(tmp_path) as made:
        made.there(LAYLA, OMAR)
        yield made


async def ask(world: Messengers, language: Language = EN) -> Any:
    await world.web_says("May I talk to a person?" if language is EN else "أريد التحدث إلى شخص", language)
    handoff = await world.handoff()
    await world.settle()
    return handoff


def patron_sees(world: Messengers) -> list[str]:
    """What the page shows now: the last form of each message."""
    last: dict[int, Message] = {message.seq: message for message in world.page.shown}
    return [message.content.text for message in last.values()]


async def test_in_slack_a_claim_sends_the_file_that_was_written_before_it(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world, Language.AR)
    root = await desk.root(handoff)
    file = {"id": "F1", "name": "plan.pdf", "url_private": f"{api.url}/files-pri/plan.pdf"}
    await api.post(DESK_CHANNEL, SLACK_IDS[LAYLA.id], "see", root, subtype="file_share", files=[file])
    await world.until(lambda: api.ephemerals)
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", EN))
    [text] = world.heard(handoff)
    assert text.startswith("see\n[ملف (plan.pdf)] https://ask.library.example/slack/files/")
    await world.until(lambda: {"delete_original": True} in api.replies)  # the question is gone


async def test_in_slack_a_colleague_who_is_mentioned_has_a_name(world: Messengers) -> None:
    desk = InSlack(world, EN)
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    await desk.write(handoff, LAYLA, f"<@{SLACK_IDS[OMAR.id]}> knows the old catalogue <@U0NOBODY>")
    await world.until(lambda: world.heard(handoff))
    assert world.heard(handoff) == [f"@{OMAR.name} knows the old catalogue"]


async def test_in_slack_cancel_takes_the_question_away_and_sends_nothing(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    await desk.write(handoff, LAYLA, "hello")
    await world.until(lambda: api.ephemerals)
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("cancel", EN))
    await world.until(lambda: api.replies == [{"delete_original": True}])
    assert world.heard(handoff) == []
    assert world.store.handoffs.get(handoff.id).state is HandoffState.WAITING


async def test_in_slack_beyond_capacity_what_was_written_is_sent_too(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    await world.core.librarians.set_capacity(LAYLA.id, 1)
    handoff = await ask(world)
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.telegram_api.say(6001, "May I talk to a person?")
    await world.until(lambda: len(world.store.handoffs.queue()) == 2)
    second = next(one for one in world.store.handoffs.queue() if one.id != handoff.id)
    await desk.write(second, LAYLA, "I can help")
    await world.until(lambda: api.ephemerals)
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", EN))
    await world.until(lambda: say("claim_beyond", EN) in str(api.ephemerals[-1]))
    assert world.heard(second) == []
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_beyond", EN))
    assert world.heard(second) == ["I can help"]


async def test_a_reply_that_becomes_internal_is_taken_back_on_both_desks(world: Messengers) -> None:
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    handoff = await ask(world)
    await slack.press(handoff, LAYLA, "claim")
    sent = await slack.write(handoff, LAYLA, "she owes 40 dinars")
    await world.until(lambda: "she owes 40 dinars" in patron_sees(world))
    await world.slack_api.edit(DESK_CHANNEL, sent, "// she owes 40 dinars")
    await world.until(lambda: NOTED in world.slack_api.reactions(DESK_CHANNEL, sent["ts"]))
    other = await telegram.write(handoff, LAYLA, "and is angry")
    await world.settle()
    await world.telegram_api.edit(other, "//and is angry")
    marks = world.telegram_api.reactions
    await world.until(lambda: marks.get((GROUP, other["message_id"])) == [TG_NOTED])
    assert all("40" not in text and "angry" not in text for text in world.heard(handoff))
    assert [n.text for n in world.store.handoffs.notes(handoff.id)] == ["she owes 40 dinars", "and is angry"]


async def test_in_telegram_a_claim_sends_a_picture_and_only_its_author_may(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    await desk.send(handoff, LAYLA, **PHOTO, caption="the shelf")
    await desk.press(handoff, OMAR, "claim_send")
    assert desk.told == say("not_your_words", EN)
    assert world.store.handoffs.get(handoff.id).librarian is None
    await desk.press(handoff, LAYLA, "claim_send")
    [text] = world.heard(handoff)
    assert text.startswith("the shelf\n[Picture] https://ask.library.example/telegram/files/")


async def test_in_telegram_beyond_capacity_what_was_written_is_sent_too(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    await world.core.librarians.set_capacity(LAYLA.id, 1)
    first = await ask(world)
    await world.core.librarians.claim(first.id, LAYLA.id)
    await world.telegram_api.say(6001, "May I talk to a person?")
    await world.until(lambda: len(world.store.handoffs.queue()) == 2)
    second = next(one for one in world.store.handoffs.queue() if one.id != first.id)
    await desk.write(second, LAYLA, "I can help")
    await desk.press(second, LAYLA, "claim_send")
    assert "1 conversations" in desk.told and world.heard(second) == []
    await desk.press(second, LAYLA, "claim_beyond")
    assert world.heard(second) == ["I can help"]


async def test_in_telegram_a_word_goes_with_a_referral_and_a_subject_can_be_asked(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    await desk.press(handoff, LAYLA, "claim")
    await desk.write(handoff, LAYLA, "/refer knows the old catalogue")
    await desk.press(handoff, LAYLA, "", begins=OMAR.name)
    referral = world.store.handoffs.get(handoff.id).referral
    assert referral and (referral.to, referral.message) == (OMAR.id, "knows the old catalogue")
    await world.until(lambda: "knows the old catalogue" in desk.seen(topic)[0])
    await desk.press(handoff, LAYLA, "recall")
    await desk.press(handoff, LAYLA, "refer")
    await desk.press(handoff, LAYLA, "", begins="Subject: Biology")
    referral = world.store.handoffs.get(handoff.id).referral
    assert referral and (referral.subject, referral.message) == ("biology", "")
    assert world.heard(handoff) == []  # commands are for the desk


async def test_in_telegram_a_note_goes_with_a_close(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    await desk.write(handoff, LAYLA, "/close asked twice before")
    await desk.close(handoff, LAYLA, 2, "directional", TOPICS["hours"]["en"])
    closed = world.store.handoffs.get(handoff.id)
    assert (closed.read_value, closed.transaction, closed.note) == (2, "directional", "asked twice before")
    await desk.write(handoff, LAYLA, "/refer too late")
    await desk.press(handoff, LAYLA, "", begins=OMAR.name)
    assert desk.told == say("ended", EN)


async def test_in_telegram_the_knowledge_base_is_a_button_away(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    await world.web_says("How can I renew my books please?")
    await world.settle()
    await desk.press(handoff, LAYLA, "insert")
    topic = await desk.topic(handoff)
    await world.until(has(lambda: desk.seen(topic), "🔎 How can I renew my books please?"))
    await world.web_says("Something else altogether, nothing like that")  # what was found stays what is sent
    await world.settle()
    await desk.press(handoff, LAYLA, "", begins=say("send_n", EN, n=1))
    await world.until(lambda: any("guides/renewal" in text for text in world.heard(handoff)))
    await world.until(lambda: desk.seen(topic)[-1].startswith(f"{LAYLA.name}\n"))  # on no other desk
    assert any("Renew up to four times." in text for text in desk.seen(topic) if text.startswith("🔎"))


async def test_in_telegram_a_message_that_is_gone_again_is_answered_all_the_same(world: Messengers) -> None:
    desk, api = InTelegram(world, EN), world.telegram_api
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    api.faults.add(Kind.BROKEN, "sendMessage", to=GROUP)
    message = await desk.write(handoff, LAYLA, "/desk")
    api.chats[GROUP].remove(message)
    await world.until(has(lambda: desk.seen(topic), "/desk on"))


async def test_in_telegram_who_writes_as_the_group_is_told(world: Messengers) -> None:
    desk, api = InTelegram(world, EN), world.telegram_api
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    group = {"id": GROUP, "type": "supergroup", "title": "Librarians", "is_forum": True}
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    await api.say_in_topic(GROUP, topic, 1087968824, "hello", **{"from": hidden, "sender_chat": group})
    await world.until(has(lambda: desk.seen(topic), say("anonymous", EN)))
    assert world.heard(handoff) == []


async def test_in_telegram_patrons_words_call_nobody_and_are_no_commands(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    await world.web_says("@omar_nassar look: /undo me@library.example https://a.example/@omar_nassar")
    await world.until(lambda: any("library.example" in text for text in desk.seen(topic)))
    [text] = [text for text in desk.seen(topic) if "library.example" in text]
    assert "@\u2060omar_nassar look: /\u2060undo me@library.example" in text
    assert text.replace("\u2060", "").endswith("https://a.example/@omar_nassar")


async def test_in_telegram_a_late_head_makes_no_second_topic(world: Messengers) -> None:
    api = world.telegram_api
    api.faults.add(Kind.LIMITED, "sendMessage", to=GROUP, seconds=1, times=2)
    handoff = await ask(world)
    desk = InTelegram(world, EN)
    topic = await desk.topic(handoff)
    await world.until(has(lambda: desk.seen(topic), "Waiting for a librarian"))
    await world.web_says("are you there?")
    await world.until(has(lambda: desk.seen(topic), "are you there?"))
    assert list(api.topics) == [topic]
    assert sum("Waiting for a librarian" in text for text in desk.seen(topic)) == 1


async def test_in_telegram_a_long_reply_from_elsewhere_is_withdrawn_whole(world: Messengers) -> None:
    desk, door = InTelegram(world, EN), world.core.librarians
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    await door.claim(handoff.id, LAYLA.id)
    said = await door.reply(handoff.id, LAYLA.id, "A secret sentence. " * 350, "web-long-1")
    await world.until(lambda: sum("secret" in text for text in desk.seen(topic)) == 2)
    await world.settle()
    await door.withdraw(handoff.id, LAYLA.id, said.seq)
    await world.until(lambda: not has(lambda: desk.seen(topic), "secret")())


async def test_in_telegram_bold_and_links_of_a_librarian_reach_the_patron(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    looks = [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "text_link", "offset": 11, "length": 8, "url": "https://a.example/x_(y)"},
        {"type": "bold", "offset": 20, "length": 6},
    ]
    await desk.write(handoff, LAYLA, "📚 Look in the list: \na line\n", entities=looks)
    await world.until(lambda: world.heard(handoff))
    [text] = world.heard(handoff)
    assert text == "📚 **Look** in [the list](https://a.example/x_%28y%29): \na line"


async def test_in_telegram_the_group_has_its_own_menu_in_the_desks_language(world: Messengers) -> None:
    menu = lambda: world.telegram_api.commands.get(str(GROUP), [])  # noqa: E731
    await world.until(menu)
    assert [one["command"] for one in menu()] == ["desk", "search", "refer", "close", "undo"]


async def test_in_slack_a_note_that_may_have_arrived_is_not_posted_again(world: Messengers) -> None:
    handoff = await ask(world)
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    root = await slack.root(handoff)
    world.slack_api.faults.add(Kind.CUT, "chat.postMessage", to=DESK_CHANNEL)
    await telegram.write(handoff, LAYLA, "// the proxy again")
    await world.until(lambda: world.slack_api.faults.happened)
    await telegram.write(handoff, LAYLA, "// and its cousin")
    await world.until(has(lambda: slack.seen(root), "its cousin"))
    assert [text for text in slack.seen(root) if text.startswith("the proxy")] == ["the proxy again"]


async def test_a_deleted_post_or_topic_gets_another_with_the_notes(world: Messengers) -> None:
    handoff = await ask(world)
    slack, telegram, api = InSlack(world, EN), InTelegram(world, EN), world.slack_api
    root, topic = await slack.root(handoff), await telegram.topic(handoff)
    await world.core.librarians.note(handoff.id, LAYLA.id, "the proxy again", "note-1")
    await world.until(has(lambda: slack.seen(root), "the proxy"))
    await world.until(has(lambda: telegram.seen(topic), "the proxy"))
    world.telegram_api.topics[topic].deleted = True
    api.messages[DESK_CHANNEL].remove(api.message(DESK_CHANNEL, root))
    await world.web_says("are you there?")
    await world.until(lambda: len(slack.posts(handoff)) == 1)
    (new,) = slack.posts(handoff)
    await world.until(has(lambda: slack.seen(new), "are you there?"))
    await world.until(has(lambda: slack.seen(new), "the proxy"))
    await world.until(lambda: len(world.telegram_api.topics) == 2)
    await world.until(has(lambda: telegram.seen(max(world.telegram_api.topics)), "the proxy"))


async def test_a_deleted_post_or_topic_that_two_meet_at_once_gets_one_other(world: Messengers) -> None:
    handoff = await ask(world)
    slack, telegram, api = InSlack(world, EN), InTelegram(world, EN), world.slack_api
    root, topic = await slack.root(handoff), await telegram.topic(handoff)
    world.telegram_api.topics[topic].deleted = True
    api.messages[DESK_CHANNEL].remove(api.message(DESK_CHANNEL, root))
    await asyncio.gather(world.web_says("one"), world.core.librarians.claim(handoff.id, LAYLA.id))
    await world.web_says("two")
    await world.settle()
    new = slack.posts(handoff)[0]
    await world.until(has(lambda: slack.seen(new), "two"))
    await world.until(has(lambda: telegram.seen(max(world.telegram_api.topics)), "two"))
    await world.until(lambda: f"With {LAYLA.name}" in str(api.message(DESK_CHANNEL, new)["blocks"]))
    assert len(slack.posts(handoff)) == 1 and len(world.telegram_api.topics) == 2


async def test_what_slack_does_not_permit_is_waited_for_and_said(world: Messengers) -> None:
    handoff = await ask(world)
    desk, api = InSlack(world, EN), world.slack_api
    root = await desk.root(handoff)
    api.faults.add(Kind.REFUSED, "chat.postMessage", to=DESK_CHANNEL, what="restricted_action")
    await world.web_says("can you hear me?")
    await world.until(lambda: world.core.complaints().get("slack-desk"))
    assert "does not let apps write" in world.core.complaints()["slack-desk"][0]
    assert not any("can you hear me?" in shown(m) for m in api.said(DESK_CHANNEL, root))
    counts = world.store.deliveries.counts()
    assert counts.get("failed", 0) == 0  # it goes out when somebody has mended it


@pytest.mark.parametrize("network", ["telegram", "slack"])
async def test_a_revoked_token_is_said_where_it_can_be(world: Messengers, network: str) -> None:
    handoff = await ask(world)
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    await slack.root(handoff)
    await telegram.topic(handoff)
    api = world.telegram_api if network == "telegram" else world.slack_api
    api.revoked = True
    await world.web_says("are you there?")
    await world.until(lambda: set(world.core.complaints()) == {network, f"{network}-desk"})
    assert all("token" in told for each in world.core.complaints().values() for told in each)
    await world.until(lambda: (network, world.core.complaints()[network][0]) in world.board.told)
    said = (
        (lambda: [m["text"] for m in world.slack_api.said(DESK_CHANNEL)])
        if network == "telegram"
        else (lambda: [m["text"] for m in world.telegram_api.said(GROUP)])
    )
    await world.until(has(said, "token"))
    api.revoked = False


async def test_a_note_that_changes_or_goes_does_so_on_the_other_desk(world: Messengers) -> None:
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    handoff = await ask(world)
    await slack.press(handoff, LAYLA, "claim")
    root, topic = await slack.root(handoff), await telegram.topic(handoff)
    in_slack, in_telegram = lambda: slack.seen(root), lambda: telegram.seen(topic)
    notes = lambda: [n.text for n in world.store.handoffs.notes(handoff.id)]  # noqa: E731

    note = await slack.write(handoff, LAYLA, "// check the proxi")
    await world.until(has(in_telegram, "check the proxi"))
    await world.slack_api.edit(DESK_CHANNEL, note, "// check the proxy")
    await world.until(has(in_telegram, "check the proxy"))
    assert not has(in_telegram, "proxi\n")() and len([t for t in in_telegram() if "check" in t]) == 1
    await world.slack_api.delete(DESK_CHANNEL, note)
    await world.until(lambda: not has(in_telegram, "check the proxy")())

    other = await telegram.write(handoff, OMAR, "I know thi one")  # stays inside: Layla has it
    await world.until(has(in_slack, "I know thi one"))
    await world.telegram_api.edit(other, "I know this one")
    await world.until(has(in_slack, "I know this one"))
    about = {k: v for k, v in other.items() if k != "edit_date"}
    await telegram.write(handoff, OMAR, "/undo", reply_to_message=about)
    await world.until(lambda: not has(in_slack, "I know")())
    assert notes() == []
    await world.settle()
    assert world.heard(handoff) == []


async def test_an_edited_note_is_not_sent_and_its_writer_is_told_so(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    note = await desk.write(handoff, LAYLA, "// please try again")
    await api.edit(DESK_CHANNEL, note, "please try again")
    await world.until(lambda: api.ephemerals and say("stays_inside", EN) in api.ephemerals[-1]["text"])
    assert world.heard(handoff) == []


async def test_a_reply_that_becomes_a_note_and_a_reply_again_leaves_no_note(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    sent = await desk.write(handoff, LAYLA, "hello")
    await api.edit(DESK_CHANNEL, sent, "// hello")
    await api.edit(DESK_CHANNEL, sent, "// hello there")
    assert [n.text for n in world.store.handoffs.notes(handoff.id)] == ["hello there"]
    await api.edit(DESK_CHANNEL, sent, "hello there")
    await world.until(lambda: "hello there" in patron_sees(world)[-1])
    assert world.store.handoffs.notes(handoff.id) == []


async def test_nobody_changes_a_note_by_repeating_it(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    note = await desk.write(handoff, LAYLA, "// between us")
    event = {**note, "channel": DESK_CHANNEL, "channel_type": "channel", "event_ts": note["ts"]}
    await api.delete(DESK_CHANNEL, note)
    await api.event(event)  # late, once more
    assert world.store.handoffs.notes(handoff.id) == []


async def test_in_slack_a_claim_that_sends_asks_slack_for_nothing_it_knows(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    written = await desk.write(handoff, LAYLA, "helo")
    await world.until(lambda: api.ephemerals)
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", EN))
    assert world.heard(handoff) == ["helo"] and not api.made("conversations.replies")
    assert written


async def test_in_slack_what_was_edited_before_the_claim_is_sent_as_it_is_now(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    written = await desk.write(handoff, LAYLA, "helo")
    await world.until(lambda: api.ephemerals)
    await api.edit(DESK_CHANNEL, written, "hello")
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", EN))
    await world.until(lambda: world.heard(handoff) == ["hello"])


async def test_in_slack_what_was_deleted_before_the_claim_is_not_sent(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    written = await desk.write(handoff, LAYLA, "oops")
    await world.until(lambda: api.ephemerals)
    await api.delete(DESK_CHANNEL, written)
    await api.press_ephemeral(SLACK_IDS[LAYLA.id], say("claim_send", EN))
    await world.until(lambda: api.made("conversations.replies"))
    assert world.store.handoffs.get(handoff.id).librarian == LAYLA.id
    await world.settle()
    assert world.heard(handoff) == []


@pytest.mark.parametrize("language", list(Language), ids=lambda one: one.value)
async def test_an_album_on_telegram_is_answered_once_and_all_of_it_is_relayed(
    world: Messengers, language: Language
) -> None:
    api, desk = world.telegram_api, InSlack(world, EN)
    for n in range(4):
        caption = {"caption": "which book?"} if n == 0 else {}
        photo = [{"file_id": f"p{n}", "file_unique_id": f"u{n}", "width": 9, "height": 9}]
        await api.send(6001, language=language.value, media_group_id="77", photo=photo, **caption)
    await world.until(lambda: api.confirmed > api.updates[-1]["update_id"])
    await world.settle()
    assert len(api.said(6001)) == 1
    await api.say(6001, "/person", language=language.value)
    handoff = await world.handoff()
    assert handoff.packet.question.count("/telegram/files/") == 4
    root = await desk.root(handoff)
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    for n in range(3):
        photo = [{"file_id": f"q{n}", "file_unique_id": f"v{n}", "width": 9, "height": 9}]
        await api.send(6001, language=language.value, media_group_id="78", photo=photo)
    await world.until(lambda: api.confirmed > api.updates[-1]["update_id"])
    await world.settle()
    assert "".join(desk.seen(root)).count("/telegram/files/") == 3


async def test_two_desks_claim_at_once_and_one_wins(world: Messengers) -> None:
    slack, telegram = InSlack(world, EN), InTelegram(world, EN)
    handoff = await ask(world)
    await slack.root(handoff)
    await telegram.topic(handoff)
    await asyncio.gather(
        slack.press(handoff, LAYLA, "claim"),
        telegram.press(handoff, OMAR, "claim"),
    )
    holder = world.store.handoffs.get(handoff.id).librarian
    assert holder in (LAYLA.id, OMAR.id)
    if holder == LAYLA.id:
        assert telegram.told == say("taken", EN, name=LAYLA.name)
    else:
        await world.until(lambda: has(lambda: [str(world.slack_api.ephemerals)], OMAR.name)())
    await world.settle()
    joined = [m for m in world.page.shown if m.content.event == "librarian_joined"]
    assert len(joined) == 1


async def test_in_telegram_a_long_message_goes_on_where_it_stopped(world: Messengers) -> None:
    desk, api = InTelegram(world, EN), world.telegram_api
    handoff = await ask(world)
    topic = await desk.topic(handoff)
    await world.core.librarians.claim(handoff.id, LAYLA.id)
    await world.settle()
    api.faults.add(Kind.SLOW, "sendMessage", seconds=0, to=GROUP)
    api.faults.add(Kind.LIMITED, "sendMessage", seconds=1, to=GROUP)
    long = "هذه جملة طويلة. " * 450
    await world.web_says(long)
    await world.until(lambda: len(api.faults.happened) == 2)
    await world.settle()
    parts = [text for text in desk.seen(topic) if "جملة" in text]
    assert "".join(parts).count("هذه جملة طويلة.") == 450


async def test_in_telegram_a_word_that_begins_like_a_command_is_said(world: Messengers) -> None:
    desk = InTelegram(world, EN)
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    await desk.write(handoff, LAYLA, "/desktop computers are on floor 2")
    assert world.heard(handoff) == ["/desktop computers are on floor 2"]


async def test_an_edit_after_an_edit_is_not_told_on_the_desk_it_was_made_on(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    await desk.press(handoff, LAYLA, "claim")
    root = await desk.root(handoff)
    sent = await desk.write(handoff, LAYLA, "at nin")
    for text in ("at nine", "at nine o’clock", "at nine"):
        await api.edit(DESK_CHANNEL, sent, text)
    await world.settle()
    label = say("changed_by", EN, name=LAYLA.name)
    told = lambda: [m for m in api.said(DESK_CHANNEL, root) if label in str(m["blocks"])]  # noqa: E731
    assert not told()
    first = next(m for m in world.store.conversations.since(handoff.conversation, 0, 99) if m.author)
    await world.core.librarians.edit(handoff.id, LAYLA.id, first.seq, "at ten")  # on the web
    await world.until(lambda: [shown(m) for m in told()] == ["at ten"])


async def test_a_token_that_is_revoked_meanwhile_loses_nothing(world: Messengers) -> None:
    desk, api = InSlack(world, EN), world.slack_api
    handoff = await ask(world)
    root = await desk.root(handoff)
    api.revoked = True
    await world.web_says("one")
    await world.until(lambda: any(where == SLACK_DESK for where, _ in world.board.told))
    await world.web_says("two \U0001f469\u200d\U0001f469\u200d\U0001f467 \u200fنعم")
    api.revoked = False
    with world.store.engine.begin() as connection:  # the minute that Slack is given is over
        d = t.deliveries.c
        due = update(t.deliveries).where(d.state == "pending").values(due_at=datetime.now(UTC))
        await world.until(lambda: world.store.deliveries.counts().get("pending"))
        connection.execute(due)
    await world.until(has(lambda: desk.seen(root), "two"))
    assert has(lambda: desk.seen(root), "one")()
