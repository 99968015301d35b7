"""Texts as Telegram has them: plain, with entities beside them. Nothing a person writes is ever parsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import MessageEntity

from channels.cutting import cut
from channels.markup import Line, mark

LIMIT = 4096  # UTF-16 units in one message


@dataclass(frozen=True, slots=True)
class Piece:
    """What one Telegram message says."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mark:
    """An entity by characters, not yet by UTF-16 units."""

    kind: str
    start: int
    end: int
    url: str | None


def pieces(lines: Sequence[Line], limit: int = LIMIT) -> list[Piece]:
    """Give lines as messages of at most ``limit`` UTF-16 units, cut at the ends of sentences."""
    text, marks = _flat(lines)
    return [_piece(text, start, end, marks) for start, end in cut(text, limit, units)]


def units(text: str) -> int:
    """Measure a text as Telegram does: in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _flat(lines: Sequence[Line]) -> tuple[str, list[_Mark]]:
    text, marks = "", []
    for number, line in enumerate(lines):
        text += ("\n" if number else "") + mark(line)
        for span in line.spans:
            start, text = len(text), text + span.text
            kinds = [(MessageEntity.BOLD, span.bold), (MessageEntity.ITALIC, span.italic)]
            kinds.append((MessageEntity.CODE, span.code))
            if span.url:
                marks.append(_Mark(MessageEntity.TEXT_LINK, start, len(text), span.url))
            marks += [
                _Mark(kind, start, len(text), None) for kind, so in kinds if so and not _clash(kind, span.url)
            ]
    return text, marks


def _clash(kind: str, url: str | None) -> bool:
    return kind == MessageEntity.CODE and url is not None  # Telegram has no code within a link


def _piece(text: str, start: int, end: int, marks: Sequence[_Mark]) -> Piece:
    return Piece(text[start:end], tuple(_within(text, start, end, marks)))


def _within(text: str, start: int, end: int, marks: Sequence[_Mark]) -> Iterator[MessageEntity]:
    for one in marks:
        first, last = max(one.start, start), min(one.end, end)
        if first < last and text[first:last].strip():
            yield MessageEntity(one.kind, units(text[start:first]), units(text[first:last]), url=one.url)
