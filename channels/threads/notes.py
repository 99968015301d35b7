"""Notes as a thread shows them: new ones posted, changed ones changed, withdrawn ones taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bot.model import DeskThread, Note

LAST, SHOWN = "note", "notes"  # of a thread's state: the last note, and what stands for each one shown

Remember = Callable[[DeskThread, dict[str, object]], Awaitable[DeskThread]]


class NotePosts(Protocol):
    """A desk that posts notes which were written elsewhere."""

    async def post_note(self, thread: DeskThread, note: Note) -> str | None:
        """Post it; gives the network's id of the post, None where it was written here."""

    async def change_note(self, thread: DeskThread, note: Note, shown_as: str) -> None:
        """Let its post say what it says now; one that is gone is left."""

    async def take_note_away(self, shown_as: str) -> None:
        """Delete its post; one that is gone is left."""


async def keep_up(desk: NotePosts, thread: DeskThread, notes: Sequence[Note], keep: Remember) -> DeskThread:
    """Let a thread show these notes and no others; what is done is kept at once, by ``keep``."""
    shown: dict[str, list[str]] = dict(thread.state.get(SHOWN, {}))
    for note in notes:
        name = str(note.number)
        if note.number > int(thread.state.get(LAST, 0)):
            post = await desk.post_note(thread, note)
            if post is not None:
                shown[name] = [post, _digest(note)]
            thread = await keep(thread, {LAST: note.number, SHOWN: dict(shown)})
        elif name in shown and shown[name][1] != _digest(note):
            await desk.change_note(thread, note, shown[name][0])
            shown[name] = [shown[name][0], _digest(note)]
            thread = await keep(thread, {SHOWN: dict(shown)})
    for name in shown.keys() - {str(note.number) for note in notes}:
        await desk.take_note_away(shown[name][0])
        del shown[name]
        thread = await keep(thread, {SHOWN: dict(shown)})
    return thread


def _digest(note: Note) -> str:
    return hashlib.sha256(note.text.encode()).hexdigest()[:16]
