"""Texts as Telegram has them: plain, with entities beside them. Nothing a person writes is ever parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from telegram import Message, MessageEntity

from channels.cutting import cut
from channels.markup import Line, mark

LIMIT = 4096  # UTF-16 units in one message
_LOOKS = (MessageEntity.TEXT_LINK, MessageEntity.BOLD, MessageEntity.CODE)


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


def written(message: Message) -> str:
    """Give what a librarian wrote, with its bold and links, as our limited Markdown."""
    return _with_looks(message, _markdown)


def spelled(message: Message) -> str:
    """Give what a patron wrote; an address that hides behind words follows them."""
    return _with_looks(message, _address_after)


def _with_looks(message: Message, look: Callable[[str, MessageEntity], str]) -> str:
    text = message.text or message.caption or ""
    wide = text.encode("utf-16-le")  # entities count UTF-16 units, two bytes each
    found = message.entities or message.caption_entities
    made, end = "", 0
    for one in sorted(found, key=lambda entity: (entity.offset, -entity.length)):
        if one.type not in _LOOKS or one.offset * 2 < end:  # what lies within another has that one's look
            continue
        first, last = one.offset * 2, (one.offset + one.length) * 2
        made += wide[end:first].decode("utf-16-le") + look(wide[first:last].decode("utf-16-le"), one)
        end = last
    return made + wide[end:].decode("utf-16-le")


def _markdown(text: str, entity: MessageEntity) -> str:
    if text != text.strip() or set(text) & set("\n[]*`"):  # our Markdown cannot say it
        return _address_after(text, entity)
    if entity.type == MessageEntity.TEXT_LINK and entity.url:
        return f"[{text}]({entity.url.replace('(', '%28').replace(')', '%29')})"
    return f"**{text}**" if entity.type == MessageEntity.BOLD else f"`{text}`"


def _address_after(text: str, entity: MessageEntity) -> str:
    return f"{text} ({entity.url})" if entity.url and entity.url.rstrip("/") != text.rstrip("/") else text


def _flat(lines: Sequence[Line]) -> tuple[str, list[_Mark]]:
    text, marks = "", []
    for number, line in enumerate(lines):
        text += ("\n" if number else "") + mark(line)
        for span in line.spans:
            start, text = len(text), text + span.text
            kinds = (
                (MessageEntity.BOLD, span.bold),
                (MessageEntity.ITALIC, span.italic),
                (MessageEntity.CODE, span.code),
            )
            if span.url and span.url != span.text:  # a bare address is found by Telegram itself
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
