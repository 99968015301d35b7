"""The limited Markdown of messages, read into lines and spans that any network's own form is made of.

Paragraphs, lists, ``**bold**``, ``*italics*``, ```code```, links and bare addresses; whatever is not known
stays text, as on the web.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

_BULLET = re.compile(r"^\s*[-*•]\s+(.*)$")
_NUMBERED = re.compile(r"^\s*(\d{1,3}|[٠-٩]{1,3})[.)]\s+(.*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*)$")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?!\s)(?P<bold>.+?)(?<!\s)\*\*"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?<![\w*])\*(?![\s*])(?P<italic>[^*\n]+?)(?<!\s)\*(?![\w*])"  # not the * of librar* or 2*3
    r"|(?P<bare>(?<!<)https?://[^\s<>\"'`«»()\[\]{}]+)"
)
_TRAILING = re.compile(r"[.,;:!?؟،؛…*]+$")  # ends the sentence, not the address
_SCHEMES = ("http", "https", "mailto")
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line that looks the same throughout."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str | None = None


class LineKind(StrEnum):
    """What a line is."""

    TEXT = "text"
    BULLET = "bullet"
    NUMBERED = "numbered"
    HEADING = "heading"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``number`` is that of a numbered one."""

    kind: LineKind
    spans: tuple[Span, ...] = ()
    number: int = 0


def markdown(text: str) -> list[Line]:
    """Read what the assistant or a librarian says. Blank lines at the ends, and repeated ones, go."""
    lines: list[Line] = []
    for raw in text.split("\n"):
        line = _line(raw.rstrip())
        if line.kind is LineKind.BLANK and (not lines or lines[-1].kind is LineKind.BLANK):
            continue
        lines.append(line)
    while lines and lines[-1].kind is LineKind.BLANK:
        lines.pop()
    return lines


def plain(text: str) -> list[Line]:
    """Read what a patron says: lines, and nothing else in them."""
    return [Line(LineKind.TEXT, (Span(line),)) if line else Line(LineKind.BLANK) for line in text.split("\n")]


def safe(url: str) -> bool:
    """Whether an address may be linked to."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return bool(parts.path)
    return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.username is None


def _line(raw: str) -> Line:
    if not raw.strip():
        return Line(LineKind.BLANK)
    if found := _BULLET.match(raw):
        return Line(LineKind.BULLET, _spans(found[1]))
    if found := _NUMBERED.match(raw):
        return Line(LineKind.NUMBERED, _spans(found[2]), int(found[1]))
    if found := _HEADING.match(raw):
        return Line(LineKind.HEADING, tuple(replace(span, bold=True) for span in _spans(found[1])))
    return Line(LineKind.TEXT, _spans(raw))


def _spans(text: str) -> tuple[Span, ...]:
    return tuple(_inline(text, Span(""), 0))


def _inline(text: str, look: Span, depth: int) -> Iterator[Span]:
    end = 0
    for found in _INLINE.finditer(text) if depth < _DEPTH else ():
        if found.start() > end:
            yield replace(look, text=text[end : found.start()])
        end = found.end()
        yield from _marked(found, look, depth)
    if end < len(text):
        yield replace(look, text=text[end:])


def _marked(found: re.Match[str], look: Span, depth: int) -> Iterator[Span]:
    if found["code"] is not None:
        yield replace(look, text=found["code"], code=True)
    elif found["bold"] is not None:
        yield from _inline(found["bold"], replace(look, bold=True), depth + 1)
    elif found["italic"] is not None:
        yield from _inline(found["italic"], replace(look, italic=True), depth + 1)
    elif found["bare"] is not None:
        yield from _bare(found["bare"], look)
    elif look.url is None and safe(found["url"]):
        yield from _inline(found["label"], replace(look, url=found["url"]), depth + 1)
    else:
        yield replace(look, text=found[0])


def _bare(found: str, look: Span) -> Iterator[Span]:
    address = _TRAILING.sub("", found)
    linked = look.url is None and safe(address)
    yield replace(look, text=address, url=address if linked else look.url)
    if len(address) < len(found):
        yield replace(look, text=found[len(address) :])


def words(lines: Sequence[Line]) -> str:
    """Give the text alone, with the marks of lists."""
    return "\n".join(mark(line) + "".join(span.text for span in line.spans) for line in lines)


def mark(line: Line) -> str:
    """Give what stands before a line of a list."""
    if line.kind is LineKind.BULLET:
        return "• "
    return f"{line.number}. " if line.kind is LineKind.NUMBERED else ""
