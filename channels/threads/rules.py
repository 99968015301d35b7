"""What leaves a thread and what stays: only who has the handoff speaks to the patron, and only plainly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import DalilError, HandoffEnded, NotAllowed, NotAssigned, NotYours
from bot.model import Handoff, HandoffId, HandoffState, Librarian, Message
from bot.ports import DeskDoor

INSIDE = "//"  # what a message begins with that stays on the desk
# What may stand before it and is seen by nobody, or only as a look: marks of direction, which Arabic
# keyboards write by themselves; signs of bold, quotation, lists or links. Rather a reply too many stays
# inside than that a note leaves.
_BEFORE = re.compile(r"[\s\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff*_~`>•\[]*")
_INSIDE = ":inside"  # ends the key of a note that was a reply before it was edited


class Done(StrEnum):
    """What became of what a librarian wrote in a thread."""

    REPLIED = "replied"  # it is on its way to the patron
    NOTED = "noted"  # it stays, as was meant
    KEPT_INSIDE = "kept_inside"  # it stays: somebody else has the handoff
    OVER = "over"  # it stays: the handoff is over
    STAYS = "stays"  # an edited note is still a note, though its writer has the handoff
    ASK = "ask"  # nobody has the handoff: are they to claim it, and is this for the patron?
    REFUSED = "refused"  # it is not kept, and ``why`` says why


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it; ``holder`` is who has the handoff, where that is somebody else."""

    done: Done
    message: Message | None = None
    holder: str = ""
    why: DalilError | None = None


async def said(door: DeskDoor, handoff: HandoffId, who: Librarian, text: str, key: str) -> Outcome:
    """Take what a linked librarian wrote in a handoff's thread; the same ``key`` is the same message."""
    try:
        inside = _inside(text)
        if inside is not None:
            await door.note(handoff, who.id, inside, key)
            return Outcome(Done.NOTED)
        try:
            return Outcome(Done.REPLIED, await door.reply(handoff, who.id, text, key))
        except (NotAssigned, HandoffEnded, NotAllowed):
            found = (await door.look(handoff)).handoff
        if found.state is HandoffState.WAITING and who.answers:
            return Outcome(Done.ASK)
        await door.note(handoff, who.id, text, key)
        over = found.state in (HandoffState.CLOSED, HandoffState.ABANDONED)
        return Outcome(Done.OVER if over else Done.KEPT_INSIDE, holder=found.librarian_name or "")
    except DalilError as error:
        return Outcome(Done.REFUSED, why=error)


async def edited(
    door: DeskDoor, handoff: Handoff, who: Librarian, seq: int | None, text: str, key: str
) -> Outcome:
    """Carry an edit of what was written in a thread under ``key``: a reply (``seq``), or else a note.

    A reply whose new text is for the desk alone is taken back, and the text kept as a note; a note stays one.
    Raises what ``DeskDoor.edit`` does.
    """
    inside = _inside(text)
    if seq is None:
        if not await _note_is(door, handoff, who, key, text if inside is None else inside):
            return Outcome(Done.NOTED)  # nothing was kept of it
        speaks = handoff.state is HandoffState.ASSIGNED and handoff.librarian == who.id
        return Outcome(Done.STAYS if speaks and inside is None else Done.NOTED)
    if inside is not None:
        gone = await door.withdraw(handoff.id, who.id, seq)
        if not await _note_is(door, handoff, who, key + _INSIDE, inside) and inside:
            await door.note(handoff.id, who.id, inside, key + _INSIDE)
        return Outcome(Done.NOTED, gone)
    changed = await door.edit(handoff.id, who.id, seq, text)
    await _note_is(door, handoff, who, key + _INSIDE, "")  # what was for the desk alone is said now
    return Outcome(Done.REPLIED, changed)


async def withdrawn(
    door: DeskDoor, handoff: Handoff, who: Librarian, seq: int | None, key: str
) -> Message | None:
    """Take back what was written under ``key``, a reply (``seq``) or a note; gives the reply as it is now.

    Raises what ``DeskDoor.withdraw`` does, and NotYours where there is neither.
    """
    if seq is None:
        await door.withdraw_note(handoff.id, who.id, key)
        return None
    gone = await door.withdraw(handoff.id, who.id, seq)
    await _note_is(door, handoff, who, key + _INSIDE, "")
    return gone


async def _note_is(door: DeskDoor, handoff: Handoff, who: Librarian, key: str, text: str) -> bool:
    """Give a note another text, or take it back where that is empty; False where there is no such note."""
    try:
        if text.strip():
            await door.edit_note(handoff.id, who.id, key, text)
        else:
            await door.withdraw_note(handoff.id, who.id, key)
    except NotYours:
        return False
    return True


def _inside(text: str) -> str | None:
    """Give what is for the desk alone; None for what is for the patron."""
    bare = _BEFORE.sub("", text, count=1)
    return bare.removeprefix(INSIDE).strip() if bare.startswith(INSIDE) else None
