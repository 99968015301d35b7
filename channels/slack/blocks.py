"""Messages as Block Kit. What people write goes in as rich text, which Slack shows and never parses.

So a patron's ``<!channel>``, ``@here`` or ``*stars*`` are only letters, whoever reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from itertools import groupby

from bot.model import Json
from channels.cutting import cut
from channels.markup import Line, LineKind, Span

LONGEST_PART = 2900  # characters of one rich text block
LONGEST_BUTTON = 75
LONGEST_FALLBACK = 3000  # characters; what notifications and screen readers are given
_BOLD = re.compile(r"(?<![*\w])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![*\w])")
_MARK = re.compile(r"<([^<>]*)>")
_UNICODE = re.compile(r"[0-9a-f]{1,5}(-[0-9a-f]{1,5})*$")  # an emoji's characters
_LISTS = {LineKind.BULLET: "bullet", LineKind.NUMBERED: "ordered"}


def rich(lines: Sequence[Line]) -> list[Json]:
    """Give lines as rich text blocks, none too long for Slack."""
    blocks = [{"type": "rich_text", "elements": list(_parts(some))} for some in _portions(lines)]
    return [block for block in blocks if block["elements"]]


def fallback(text: str) -> str:
    """Give a text for notifications: nothing in it is markup."""
    short = text if len(text) <= LONGEST_FALLBACK else text[: LONGEST_FALLBACK - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_of(event: Json) -> str:
    """Give an event's text with emoji as themselves: Slack writes their names, and beside it what each is."""
    text = str(event.get("text") or "")
    for name, sign in sorted(_emoji(event.get("blocks", [])), key=lambda one: -len(one[0])):
        text = text.replace(f":{name}:", sign)
    return text


def was_deleted(message: Json) -> bool:
    """Whether a changed message is what Slack leaves of one that was deleted and has replies."""
    return message.get("subtype") == "tombstone"


def typed(text: str) -> str:
    """Give what a person typed, from what Slack made of it: links, mentions and escapes undone."""
    return unescape(_MARK.sub(_unmarked, text))


def button(title: str, action: str, value: str, style: str | None = None) -> Json:
    """Give a button."""
    shown = title if len(title) <= LONGEST_BUTTON else title[: LONGEST_BUTTON - 1] + "…"
    made: Json = {"type": "button", "text": plain_text(shown), "action_id": action, "value": value}
    return made | ({"style": style} if style else {})


def actions(buttons: Sequence[Json], block: str | None = None) -> list[Json]:
    """Give buttons as a block; no block where there are none."""
    if not buttons:
        return []
    made: Json = {"type": "actions", "elements": list(buttons[:25])}
    return [made | ({"block_id": block} if block else {})]


def context(text: str) -> Json:
    """Give a small grey line."""
    return {"type": "context", "elements": [plain_text(text[:2000] or " ")]}


def plain_text(text: str) -> Json:
    """Give a text in which nothing is parsed."""
    return {"type": "plain_text", "text": text, "emoji": True}


def quote(text: str) -> Json:
    """Give a text as a quotation; nothing in it is parsed."""
    element = {"type": "text", "text": text or " "}
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [element]}]}


def written(text: str) -> str:
    """Give what a librarian wrote in Slack as our limited Markdown."""
    linked = _MARK.sub(_linked, text)
    return unescape(_BOLD.sub(r"**\1**", linked))


def said(text: str, *, bold: bool = False) -> Line:
    """Give one line of our own."""
    return Line(LineKind.TEXT, (Span(text, bold=bold),))


def _emoji(parts: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Find the emoji in rich text that Slack gives: each one's name in the text, and its sign."""
    for part in parts:
        if part.get("type") == "emoji" and _UNICODE.match(str(part.get("unicode", ""))):
            tone = f"::skin-tone-{part['skin_tone']}" if part.get("skin_tone") else ""
            yield f"{part.get('name')}{tone}", "".join(chr(int(n, 16)) for n in part["unicode"].split("-"))
        yield from _emoji(part.get("elements", []))


def _portions(lines: Sequence[Line]) -> Iterator[list[Line]]:
    portion: list[Line] = []
    length = 0
    for line in _short(lines):
        here = sum(len(span.text) for span in line.spans) + 1
        if portion and length + here > LONGEST_PART:
            yield portion
            portion, length = [], 0
        portion.append(line)
        length += here
    if portion:
        yield portion


def _short(lines: Iterable[Line]) -> Iterator[Line]:
    """Cut lines that would be too long by themselves; what looks special in them becomes plain."""
    for line in lines:
        text = "".join(span.text for span in line.spans)
        if len(text) < LONGEST_PART:
            yield line
        else:
            for start, end in cut(text, LONGEST_PART - 1):
                yield Line(LineKind.TEXT, (Span(text[start:end]),))


def _parts(lines: Sequence[Line]) -> Iterator[Json]:
    for kind, group in groupby(lines, key=lambda line: _LISTS.get(line.kind)):
        held = list(group)
        if kind is None:
            yield from _section(held)
        else:
            first = held[0].number - 1
            made: Json = {"type": "rich_text_list", "style": kind, "indent": 0}
            made["elements"] = [_of_spans(line.spans) for line in held]
            yield made | ({"offset": first} if kind == "ordered" and first > 0 else {})


def _section(lines: Sequence[Line]) -> Iterator[Json]:
    spans: list[Span] = []
    for number, line in enumerate(lines):
        spans += [*([Span("\n")] if number else []), *line.spans]
    if any(span.text for span in spans):
        spans.append(Span("\n"))
        yield _of_spans(spans)


def _of_spans(spans: Sequence[Span]) -> Json:
    elements = [_element(span) for span in spans if span.text]
    return {"type": "rich_text_section", "elements": elements or [{"type": "text", "text": " "}]}


def _element(span: Span) -> Json:
    looks = (("bold", span.bold), ("italic", span.italic), ("code", span.code))
    style = {name: True for name, so in looks if so}
    element: Json = {"type": "text", "text": span.text}
    if span.url:
        element = {"type": "link", "url": span.url, "text": span.text}
    return element | ({"style": style} if style else {})


def _linked(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    plain = target.removeprefix("mailto:").removeprefix("http://").removeprefix("https://")
    if not label or label in (target, plain, plain.rstrip("/")) or target[:1] in "@#!":
        return _unmarked(found)
    return f"[{label}]({target})"


def _unmarked(found: re.Match[str]) -> str:
    """``<https://a|b>``, ``<@U1>``, ``<#C1|name>``, ``<!here>`` as the person saw them."""
    target, _, label = found[1].partition("|")
    if target.startswith("@"):
        return f"@{label}" if label else ""
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return f"@{label.lstrip('@') or target[1:].partition('^')[0]}"
    return target.removeprefix("mailto:")
