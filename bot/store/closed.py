"""Finding handoffs that are over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Engine, exists, func, or_, select

from bot.model import ClosedQuery, Handoff, HandoffState
from bot.store import tables as t
from bot.store.database import reading
from bot.store.handoffs import handoffs_joined
from bot.store.rows import handoff_of

OVER = (HandoffState.CLOSED.value, HandoffState.ABANDONED.value)
LONGEST_TEXT = 100

# Letters that people write for one another: any of a group finds all of it.
_ALIKE = ("اأإآٱ", "هة", "يىئ", "وؤ", "كک")


class Closed:
    """Searches by text, topic, date and librarian together."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def find(self, query: ClosedQuery) -> tuple[Sequence[Handoff], int]:
        """Give what was closed, newest first, and how many there are in all.

        Every word of the text must stand somewhere: in the question, in what anybody said, in a note.
        """
        where = _conditions(query)
        h = t.handoffs.c
        found = (
            handoffs_joined()
            .where(*where)
            .order_by(h.closed_at.desc(), h.id)
            .limit(query.limit)
            .offset(query.offset)
        )
        count = select(func.count()).select_from(t.handoffs).where(*where)
        with reading(self._engine) as connection:
            handoffs = [handoff_of(row) for row in connection.execute(found)]
            return handoffs, int(connection.execute(count).scalar_one())


def _conditions(query: ClosedQuery) -> list[ColumnElement[bool]]:
    h = t.handoffs.c
    where: list[ColumnElement[bool]] = [h.state.in_(OVER), h.closed_at.is_not(None)]
    if query.topic:
        packet_topic = h.packet["topic"].as_string()
        where.append(func.coalesce(h.topic, packet_topic) == query.topic)
    if query.librarian:
        where.append(h.librarian_id == query.librarian)
    if query.since:
        where.append(h.closed_at >= query.since)
    if query.until:
        where.append(h.closed_at < query.until)
    where += [_somewhere(word) for word in query.text[:LONGEST_TEXT].split()]
    return where


def _somewhere(word: str) -> ColumnElement[bool]:
    h, m, n = t.handoffs.c, t.messages.c, t.notes.c
    pattern = _pattern(word)

    def has(column: ColumnElement[str]) -> ColumnElement[bool]:
        return func.lower(column).like(pattern, escape="\\")

    said = exists().where(m.handoff_id == h.id, has(m.content["text"].as_string()))
    noted = exists().where(n.handoff_id == h.id, has(n.text))
    return or_(has(h.packet["question"].as_string()), has(func.coalesce(h.note, "")), said, noted)


def _pattern(word: str) -> str:
    """Make a LIKE pattern: letters that stand for one another match any one letter."""
    out = []
    for letter in word.lower():
        if letter in "%_\\":
            out.append("\\" + letter)
        elif any(letter in group for group in _ALIKE):
            out.append("_")
        else:
            out.append(letter)
    return f"%{''.join(out)}%"
