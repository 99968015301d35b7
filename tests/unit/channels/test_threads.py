"""What the desks in threads share: words in both languages, a handoff as lines, what leaves a thread."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from telegram.error import Conflict, InvalidToken, NetworkError

from bot.errors import AtCapacity, DeliveryDeferred, HandoffTaken, MessageRefused, NotAssigned, Rejected
from bot.knowledge import intent_topics, read_topics
from bot.model import (
    Attachment,
    Content,
    ConversationId,
    Found,
    Handoff,
    HandoffId,
    HandoffState,
    Language,
    Message,
    Packet,
    Referral,
    Speaker,
)
from bot.settings import ROOT
from channels.markup import words
from channels.reasons import Troubles, in_words
from channels.slack import api as slack_api
from channels.slack import slack
from channels.slack.texts import TEXTS as SLACK
from channels.telegram import desk as telegram_desk
from channels.telegram.api import plain_reason
from channels.telegram.texts import TEXTS as TELEGRAM
from channels.threads import rules
from channels.threads.packet import (
    message_lines,
    packet_lines,
    question_of,
    referral_line,
    standing,
    topic_name,
)
from channels.threads.parts import ThreadParts
from channels.threads.passages import LONGEST_EXCERPT, passage_text
from channels.threads.rules import Done, said
from channels.threads.texts import TEXTS, why_not
from channels.threads.upkeep import Upkeep
from tests.fakes.desk import LAYLA, OMAR, SUBJECTS, TOPICS
from tests.fakes.messengers import messengers

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOBODY: Any = None  # the door and the threads are not asked here
PARTS = {
    language: ThreadParts(NOBODY, NOBODY, language, TOPICS, "https://ask.library.example", SUBJECTS)
    for language in Language
}
HANDOFF = Handoff(
    HandoffId("h1"),
    ConversationId("c1"),
    HandoffState.WAITING,
    Packet("How do I\nread this?", "remote_access", "remote_access", (("Browser", "Firefox"),), ("again",)),
    Language.AR,
    "telegram",
    NOW,
)


@pytest.mark.parametrize("texts", [TEXTS, SLACK, TELEGRAM], ids=["threads", "slack", "telegram"])
def test_every_text_is_there_in_both_languages_with_the_same_values(texts: Any) -> None:
    for key, both in texts.items():
        assert set(both) == set(Language), key
        named = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in both.values()]
        assert named[0] == named[1], key
        if key not in ("english", "presence_usage", "arabic"):
            assert re.search("[\u0620-\u064a]", both[Language.AR]), key


def test_a_handoff_as_lines() -> None:
    shown = words(packet_lines(HANDOFF, PARTS[Language.EN]))
    assert "Why a person: trouble with access from outside" in shown
    assert "Topic: Off-campus access" in shown
    assert "Language: Arabic" in shown and "Browser: Firefox" in shown and "Tried already: again" in shown
    assert "الموضوع: الوصول من خارج الحرم" in words(packet_lines(HANDOFF, PARTS[Language.AR]))


def codes(name: str) -> set[str]:
    """Find the codes that the actions and the core give as ``reason`` of a packet or as ``last_topic``."""
    found: set[str] = set()
    for path in [*(ROOT / "actions").glob("*.py"), *(ROOT / "bot").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if name in text:
            module = importlib.import_module(f"{path.parent.name}.{path.stem}")
            given = [value for node in ast.walk(ast.parse(text)) for value in _given(node, name)]
            found |= {value for value in (_value(node, module) for node in given) if isinstance(value, str)}
    return found


def _given(node: ast.AST, name: str) -> list[ast.expr]:
    """Give what a node assigns to a name: ``Packet(name=…)``, ``{"name": …}``, ``…, name = …``."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Packet":
        return [word.value for word in node.keywords if word.arg == name]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        names = [getattr(target, "id", None) for target in node.targets[0].elts]
        return [v for n, v in zip(names, getattr(node.value, "elts", []), strict=False) if n == name]
    return []


def _value(node: ast.expr, module: Any) -> object:
    """Give a constant, or what a name (``TOPIC``, ``research.TOPIC``) stands for in a module."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return getattr(getattr(module, node.value.id, None), node.attr, None)
    return getattr(module, node.id, None) if isinstance(node, ast.Name) else None


def test_every_reason_has_words_in_both_languages_and_none_is_shown_as_a_code() -> None:
    page = (ROOT / "channels" / "desk" / "static" / "texts_en.js").read_text(encoding="utf-8")
    listed = re.search(r"reasons: \{(.*?)\n  \}", page, re.DOTALL)
    assert listed
    known = set(re.findall(r"^    (\w+):", listed[1], re.MULTILINE))
    given = codes("reason")
    assert given >= {"asked", "research", "remote_access", "did_not_help", "not_understood"}
    for reason in given | known:
        assert f"reason_{reason}" in TEXTS, reason
    assert given <= known  # the web desk has words for the same ones
    odd = replace(HANDOFF, packet=replace(HANDOFF.packet, reason="new_code", topic="new_code"), channel="fax")
    for language in Language:
        assert "new_code" not in words(packet_lines(odd, PARTS[language]))
        assert "fax" not in words(packet_lines(odd, PARTS[language]))


def test_every_topic_that_a_packet_can_have_has_a_name() -> None:
    named = read_topics()
    parts = {one: replace(PARTS[one], topics=named) for one in Language}
    given = codes("last_topic")
    assert {"find_resource__known_item", "hours", "remote_access"} <= given
    for topic in given | set(named) | set(intent_topics().values()):
        for language in Language:
            assert topic_name(topic, parts[language]) != topic
    for topic in given:
        assert topic_name(topic, parts[Language.EN]) != TEXTS["topic_other"][Language.EN], topic
    assert topic_name("find_resource__known_item", parts[Language.EN]) == "Find a book or article"


def test_where_it_stands_in_words_beside_the_colour() -> None:
    taken = replace(HANDOFF, state=HandoffState.ASSIGNED, librarian=LAYLA.id, librarian_name=LAYLA.name)
    over = replace(taken, state=HandoffState.CLOSED, read_value=3, csat=5)
    assert standing(HANDOFF, Language.EN) == "🟡 Waiting for a librarian"
    assert standing(replace(HANDOFF, left=True), Language.EN).startswith("🟡 Left for later")
    assert standing(taken, Language.AR) == "🟢 مع Layla Haddad"
    assert standing(over, Language.EN) == "⚪ Closed by Layla Haddad · Rated 5 of 5"
    assert question_of(replace(HANDOFF, packet=Packet("", "asked")), Language.EN).startswith("(")
    referral = Referral(LAYLA.id, LAYLA.name, "yours", NOW, NOW, subject="biology")
    asked = replace(taken, referral=referral)
    assert referral_line(asked, PARTS[Language.EN]) == "Layla Haddad asks Biology to take it over: yours"


def test_a_patrons_file_is_a_link_and_their_words_stay_words() -> None:
    file = Attachment("essay.pdf", "application/pdf", 10, "/files/key")
    content = Content("essay.pdf", attachments=(file,))
    message = Message(ConversationId("c"), 1, Speaker.PATRON, content, Language.EN, NOW)
    [line] = message_lines(message, PARTS[Language.EN])
    assert line.spans[-1].url == "https://ask.library.example/files/key"
    url = "https://ask.library.example/telegram/files/InA.b-c_d"
    sent = replace(message, content=Content(f"see https://evil.example\n[Picture] {url}, thanks"))
    spans = [(span.text, span.url) for line in message_lines(sent, PARTS[Language.EN]) for span in line.spans]
    assert [span for span in spans if span[1]] == [(url, url)]  # what came with it opens, and nothing else
    assert "".join(text for text, _ in spans) == f"see https://evil.example[Picture] {url}, thanks"
    plainly = replace(message, content=Content("**no** [x](https://evil.example)"))
    assert words(message_lines(plainly, PARTS[Language.EN])) == "**no** [x](https://evil.example)"


def test_a_passage_is_an_excerpt_with_its_link() -> None:
    found = Found("Loans [a]", "word " * 400, "https://a.example/x_(y)")
    text = passage_text(found, "See:")
    assert text.startswith("See:\n\nword") and text.endswith("[Loans (a)](https://a.example/x_%28y%29)")
    assert len(text) < LONGEST_EXCERPT + 100


def test_why_not_is_said_in_words() -> None:
    assert why_not(HandoffTaken("Omar"), Language.EN) == "Omar was quicker."
    assert "4" in why_not(AtCapacity(4), Language.AR)
    assert why_not(MessageRefused("too_long"), Language.EN) == "That is too long."
    assert why_not(Rejected("nobody_for_subject"), Language.EN) == "No colleague has this subject."
    assert why_not(Rejected("something_new"), Language.EN) == "That cannot be done so."
    assert "claimed" in why_not(NotAssigned("x"), Language.EN)


async def test_what_leaves_a_thread_and_what_stays(tmp_path: Path) -> None:
    async with messengers(tmp_path) as world:
        world.there(LAYLA, OMAR)
        await world.web_says("May I talk to a person?")
        handoff, door = await world.handoff(), world.core.librarians
        assert (await said(door, handoff.id, LAYLA, "hello", "slack:1")).done is Done.ASK
        assert (await said(door, handoff.id, LAYLA, "// between us", "slack:2")).done is Done.NOTED
        await door.claim(handoff.id, LAYLA.id)
        assert (await said(door, handoff.id, LAYLA, "hello", "slack:1")).done is Done.REPLIED
        assert (await said(door, handoff.id, LAYLA, "hello", "slack:1")).done is Done.REPLIED
        inside = await said(door, handoff.id, OMAR, "me too", "slack:3")
        assert (inside.done, inside.holder) == (Done.KEPT_INSIDE, LAYLA.name)
        assert (await said(door, handoff.id, LAYLA, "x" * 9000, "slack:4")).done is Done.REFUSED
        assert (await said(door, handoff.id, LAYLA, "//  ", "slack:5")).done is Done.REFUSED
        await door.give_back(handoff.id, LAYLA.id)
        assert (await said(door, handoff.id, LAYLA, "one more thing", "slack:6")).done is Done.OVER
        gone = await said(door, HandoffId("nothing"), LAYLA, "hello", "slack:7")
        assert gone.done is Done.REFUSED
        assert world.heard(handoff) == ["hello"]
        notes = [note.text for note in world.store.handoffs.notes(handoff.id)]
        assert notes == ["between us", "me too", "one more thing"]


async def test_upkeep_goes_on_until_it_is_done_and_never_twice_at_once() -> None:
    began, at_once, most = 0, 0, 0

    async def work(handoff: HandoffId) -> None:
        nonlocal began, at_once, most
        began, at_once = began + 1, at_once + 1
        most = max(most, at_once)
        try:
            if began == 1:
                raise DeliveryDeferred(0.01)
        finally:
            at_once -= 1

    upkeep = Upkeep(work)
    for _ in range(5):
        upkeep.due(HandoffId("h"))
    while upkeep._tasks:
        await next(iter(upkeep._tasks.values()))
    assert (began, most) == (3, 1)  # one that failed, its repeat, and once more for all who asked meanwhile
    await upkeep.stop()


@pytest.mark.parametrize(
    "before",
    [
        "",
        "  ",
        "\n",
        "\u200f",
        "\u200e ",
        "\u2067",
        "\u061c",
        "\ufeff",
        "\u00a0",
        "*",
        "_",
        "> ",
        "• ",
        "\u200f*",
        "[",
    ],
)
def test_nothing_that_cannot_be_seen_lets_a_note_leave(before: str) -> None:
    assert rules._inside(f"{before}// راجعوا الخادم الوكيل") == "راجعوا الخادم الوكيل"


@pytest.mark.parametrize("text", ["see https://a.example//x", "/ no", "1 // 2", "\u200fمرحبًا // بك", ""])
def test_what_only_holds_slashes_is_for_the_patron(text: str) -> None:
    assert rules._inside(text) is None


SAID = [
    *slack_api.REASONS.values(),
    slack.DEAF,
    telegram_desk.DELETED,
    "Telegram, the librarians’ group: the group has a new number: -100123",
    "Slack does not let Dalil write to patrons: the channel is archived",
    "bot was blocked by the user",
    "Message is too long",
    "Slack refuses it (odd_code)",
    plain_reason(InvalidToken()),
    plain_reason(Conflict("x")),
    plain_reason(NetworkError("x")),
]


@pytest.mark.parametrize("reason", SAID)
def test_every_reason_is_said_in_arabic_too(reason: str) -> None:
    told = in_words(reason, Language.AR)
    bare = re.sub(r"\([^()]*\)|[A-Z_]{5,}|-\d+|/invite|app-level|webhook", "", told)
    assert re.search(r"[ء-ي]", told) and not re.search(r"[a-z]", bare), told
    assert in_words("Message is too long", Language.EN) == "the message is too long"
    assert in_words("Something odd", Language.AR) == "Something odd"


def test_trouble_is_said_once_by_name_and_its_end_only_where_it_was_said() -> None:
    told = Troubles(Language.EN)
    assert told.words("slack-desk", None, []) is None
    assert told.words("slack", "Slack cannot be reached", ["Slack cannot be reached"]) is None
    assert told.words("slack-desk", "Slack, the librarians’ channel: the channel is archived", []) == (
        "Trouble with Slack, the librarians’ channel: the channel is archived"
    )
    assert told.words("slack-desk", None, []) == "Slack, the librarians’ channel works again."
    both = "Telegram does not answer"
    assert told.words("telegram", both, []) == "Trouble with Telegram: Telegram does not answer"
    assert told.words("telegram-desk", both, []) is None
    assert told.words("telegram", None, []) is None
    assert told.words("telegram-desk", None, []) == "Telegram works again."
