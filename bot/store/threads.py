"""Handoffs' places on desks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import Engine, delete, insert, select, update

from bot.model import DeskThread, HandoffId
from bot.store import tables as t
from bot.store.database import reading


class Threads:
    """The implementation of ``bot.ports.DeskThreads``."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    async def of(self, desk: str, handoff: HandoffId) -> DeskThread | None:
        """Give a handoff's place on a desk."""
        return await asyncio.to_thread(self._one, desk, t.desk_threads.c.handoff_id == handoff)

    async def at(self, desk: str, thread: str) -> DeskThread | None:
        """Give what stands at a place."""
        return await asyncio.to_thread(self._one, desk, t.desk_threads.c.thread == thread)

    async def keep(self, desk: str, thread: DeskThread) -> None:
        """Remember it, instead of what was remembered of that handoff."""
        await asyncio.to_thread(self._keep, desk, thread)

    async def drop(self, desk: str, handoff: HandoffId) -> None:
        """Remember it no more."""
        await asyncio.to_thread(self._drop, desk, handoff)

    async def orphans(self, desk: str) -> Sequence[DeskThread]:
        """Give the places of handoffs that are kept no more."""
        return await asyncio.to_thread(self._orphans, desk)

    def _one(self, desk: str, which: object) -> DeskThread | None:
        query = select(t.desk_threads).where(t.desk_threads.c.desk == desk, which)  # type: ignore[arg-type]
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return DeskThread(HandoffId(row.handoff_id), row.thread, row.state) if row else None

    def _orphans(self, desk: str) -> list[DeskThread]:
        query = (
            select(t.desk_threads)
            .outerjoin(t.handoffs, t.handoffs.c.id == t.desk_threads.c.handoff_id)
            .where(t.desk_threads.c.desk == desk, t.handoffs.c.id.is_(None))
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query)
            return [DeskThread(HandoffId(row.handoff_id), row.thread, row.state) for row in rows]

    def _drop(self, desk: str, handoff: HandoffId) -> None:
        d = t.desk_threads.c
        with self._engine.begin() as connection:
            connection.execute(delete(t.desk_threads).where(d.desk == desk, d.handoff_id == handoff))

    def _keep(self, desk: str, thread: DeskThread) -> None:
        d = t.desk_threads.c
        values = {"thread": thread.thread, "state": thread.state}
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(t.desk_threads).where(d.desk == desk, d.handoff_id == thread.handoff).values(**values)
            )
            if not changed.rowcount:
                connection.execute(
                    insert(t.desk_threads).values(desk=desk, handoff_id=thread.handoff, **values)
                )
