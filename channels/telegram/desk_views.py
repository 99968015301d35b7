"""What the desk shows in a Telegram topic: the message at its head, and the keyboards of its steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.model import Colleague, Earlier, Found, Handoff, HandoffState, HandoffView, Language
from channels.markup import Line, LineKind, Span, markdown, plain, words
from channels.telegram.entities import LIMIT, Piece, pieces
from channels.threads.packet import (
    SIGNS,
    earlier_lines,
    packet_lines,
    preview_lines,
    question_of,
    referral_line,
    standing,
)
from channels.threads.parts import ThreadParts
from channels.threads.texts import say

ACT = "d:"  # what the callback data of the desk begins with
LONGEST_NAME = 128  # characters of a topic's name
TOPICS_A_PAGE = 12
LONGEST_TOPIC = 54  # bytes of an id; with what stands before it, a button may carry 64
MOST_RESULTS = 4
QUERY = "🔎 "  # what stands before the words that were searched for
LONGEST_QUERY = 200  # characters
LONGEST_EXCERPT = 300
_CALLS = re.compile(r"(?<![\w.+-])@(?=[A-Za-z]\w{3})|(?<!\S)/(?=[A-Za-z])")


def head(handoff: Handoff, parts: ThreadParts, earlier: Earlier | None = None) -> Piece:
    """Give the message at the head of a topic."""
    language = parts.language
    lines = [_text(standing(handoff, language), bold=True), Line(LineKind.BLANK)]
    lines += defused([*plain(question_of(handoff, language)), Line(LineKind.BLANK)])
    lines += defused(packet_lines(handoff, parts))
    referral = referral_line(handoff, parts)
    if referral:
        lines += [Line(LineKind.BLANK), _text(referral)]
    before = [_text(line) for line in earlier_lines(earlier, language)]
    if before:
        lines += [Line(LineKind.BLANK), *before]
    return pieces(lines, LIMIT)[0]


def topic_name(handoff: Handoff, language: Language) -> str:
    """Give a topic's name: a sign of where it stands, and the question."""
    question = " ".join(question_of(handoff, language).split())
    name = f"{SIGNS[handoff.state]} {question}"
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def head_keyboard(handoff: Handoff, language: Language) -> InlineKeyboardMarkup:
    """Give the buttons for where a handoff stands."""
    if handoff.state is HandoffState.WAITING:
        rows = [["claim"], ["preview", "later"]]
    elif handoff.state is HandoffState.ASSIGNED:
        asked = [["accept", "decline"], ["recall"]] if handoff.referral else [["refer", "put_back"]]
        rows = [*asked, ["insert"], ["give_back", "close"], ["preview"]]
    else:
        rows = [["preview", "reopen"]]
    return keyboard([[(say(name, language), name) for name in row] for row in rows])


def keyboard(rows: Sequence[Sequence[tuple[str, str]]]) -> InlineKeyboardMarkup:
    """Give rows of buttons: what each says, and what it does."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(title, callback_data=ACT + data) for title, data in row] for row in rows]
    )


def read_step(language: Language) -> InlineKeyboardMarkup:
    """Ask for the READ value."""
    rows = [[(say(f"read_{n}", language), f"read:{n}")] for n in range(1, 7)]
    return keyboard([*rows, [(say("cancel", language), "cancel")]])


def kind_step(language: Language, read: str) -> InlineKeyboardMarkup:
    """Ask whether it was directional or reference."""
    row = [(say(kind, language), f"kind:{read}:{kind[0]}") for kind in ("directional", "reference")]
    return keyboard([row, [(say("cancel", language), "cancel")]])


def topic_step(
    parts: ThreadParts, read: str, kind: str, page: int, likely: str | None
) -> InlineKeyboardMarkup:
    """Ask for the topic, page by page; the likely one stands first."""
    fitting = [one for one in parts.topics.items() if len(one[0].encode()) <= LONGEST_TOPIC]
    named = sorted(fitting, key=lambda one: one[0] != likely)
    shown = named[page * TOPICS_A_PAGE : (page + 1) * TOPICS_A_PAGE]
    buttons = [(name[parts.language.value], f"end:{read}:{kind}:{id_}") for id_, name in shown]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    if (page + 1) * TOPICS_A_PAGE < len(named):
        rows.append([(say("more", parts.language), f"topics:{read}:{kind}:{page + 1}")])
    return keyboard([*rows, [(say("cancel", parts.language), "cancel")]])


def refer_step(
    handoff: Handoff, colleagues: Sequence[Colleague], parts: ThreadParts
) -> InlineKeyboardMarkup | None:
    """Ask to whom to refer, a colleague or whoever knows a subject; None where there is nobody else."""
    language = parts.language
    others = [one for one in colleagues if one.librarian.id != handoff.librarian]
    rows = [
        [(f"{one.librarian.name} ({say(one.presence.value, language)})", f"to:{one.librarian.id}")]
        for one in others
        if one.librarian.answers and len(one.librarian.id) < 56
    ][:20]
    held = {subject for one in others for subject in one.librarian.subjects}
    rows += [
        [(f"{say('subject', language)}: {name[language.value]}", f"subject:{id_}")]
        for id_, name in parts.subjects.items()
        if id_ in held and len(id_) < 50
    ][:20]
    return keyboard([*rows, [(say("cancel", language), "cancel")]]) if rows else None


def results(
    query: str, found: Sequence[Found], language: Language
) -> tuple[list[Line], InlineKeyboardMarkup | None]:
    """Give what a search found, each with a button that sends it. The words searched for stand first."""
    lines = defused([_text(f"{QUERY}{query}")])
    if not found:
        return [*lines, _text(say("nothing_found", language)), _text(say("search_usage", language))], None
    for number, one in enumerate(found[:MOST_RESULTS], 1):
        lines.append(_text(f"{number}. {one.title}", bold=True))
        lines += [*plain(_shortened(words(markdown(one.text)))), Line(LineKind.BLANK)]
    lines.append(_text(say("search_usage", language)))
    row = [(say("send_n", language, n=n), f"send:{n - 1}") for n in range(1, len(found[:MOST_RESULTS]) + 1)]
    return lines, keyboard([row])


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_EXCERPT else text[:LONGEST_EXCERPT].rsplit(" ", 1)[0] + " …"


def preview(view: HandoffView, parts: ThreadParts) -> list[Piece]:
    """Give the conversation so far."""
    return pieces(defused(preview_lines(view, parts)) or [_text("–")])[-3:]


def one_line(query: str) -> str:
    """Give words to search for as they stand over the results."""
    return " ".join(query.split())[:LONGEST_QUERY]


def queried(text: str) -> str:
    """Read the words that were searched for from the message that shows the results."""
    first = text.partition("\n")[0]
    return first.removeprefix(QUERY).replace("\u2060", "").strip() if first.startswith(QUERY) else ""


def defused(lines: Sequence[Line]) -> list[Line]:
    """Let nothing that a patron wrote call a colleague by name, or be a command at a touch.

    Telegram looks for both in what bots send; a joiner of no width keeps it from finding them.
    """
    return [
        replace(line, spans=tuple(replace(s, text=_CALLS.sub("\\g<0>\u2060", s.text)) for s in line.spans))
        for line in lines
    ]


def labelled(label: str, lines: Sequence[Line]) -> list[Line]:
    """Put a label over lines."""
    return [_text(label, bold=True), *lines]


def _text(text: str, *, bold: bool = False) -> Line:
    return Line(LineKind.TEXT, (Span(text, bold=bold),))
