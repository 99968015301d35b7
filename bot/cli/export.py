"""``dalil export``: what is kept, as JSON Lines, without addresses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Select, select

from bot.cli.common import store
from bot.clock import utc_now
from bot.model import Json
from bot.store import tables as t
from bot.store.database import reading
from bot.store.store import Store


class Kept(StrEnum):
    """What can be exported."""

    MESSAGES = "messages"
    HANDOFFS = "handoffs"
    RATINGS = "ratings"


def export(
    what: Annotated[Kept, typer.Argument(help="messages, handoffs or ratings.")],
    days: Annotated[int, typer.Option(min=1, help="Only the last so many days.")] = 90,
) -> None:
    """Write what is kept to standard output, one JSON object a line.

    A patron's address is never written. The texts are as they were typed and may hold personal data.
    """
    with store() as opened:
        for row in _rows(opened, what, days):
            json.dump(row, sys.stdout, ensure_ascii=False)
            sys.stdout.write("\n")


def _rows(opened: Store, what: Kept, days: int) -> Iterator[Json]:
    since = utc_now() - timedelta(days=days)
    with reading(opened.engine) as connection:
        for row in connection.execution_options(yield_per=500).execute(_query(what, since)):
            values = dict(row._mapping)
            yield {name: _plain(value) for name, value in values.items()}


def _query(what: Kept, since: object) -> Select[tuple[object, ...]]:
    if what is Kept.MESSAGES:
        m = t.messages.c
        columns = (m.conversation_id, m.seq, m.speaker, m.language, m.content, m.author, m.at)
        return select(*columns).where(m.at >= since).order_by(m.conversation_id, m.seq)
    if what is Kept.HANDOFFS:
        return select(t.handoffs).where(t.handoffs.c.opened_at >= since).order_by(t.handoffs.c.opened_at)
    return select(t.ratings).where(t.ratings.c.at >= since).order_by(t.ratings.c.at)


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
