"""What leaves a thread and what stays: only who has the handoff speaks to the patron, and only plainly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import DalilError, HandoffEnded, NotAllowed, NotAssigned
from bot.model import HandoffId, HandoffState, Librarian, Message
from bot.ports import DeskDoor

INSIDE = "//"  # what a message begins with that stays on the desk


class Done(StrEnum):
    """What became of what a librarian wrote in a thread."""

    REPLIED = "replied"  # it is on its way to the patron
    NOTED = "noted"  # it stays, as was meant
    KEPT_INSIDE = "kept_inside"  # it stays: somebody else has the handoff
    OVER = "over"  # it stays: the handoff is over
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
        if text.lstrip().startswith(INSIDE):
            await door.note(handoff, who.id, text.lstrip().removeprefix(INSIDE).strip(), key)
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
    door: DeskDoor, handoff: HandoffId, who: Librarian, seq: int, text: str, key: str
) -> Message:
    """Carry an edit of a reply to the patron; gives the message as it is now.

    Where the new text is for the desk alone, the patron's goes, and the text is kept as a note under ``key``.
    Raises what ``DeskDoor.edit`` does.
    """
    if not text.lstrip().startswith(INSIDE):
        return await door.edit(handoff, who.id, seq, text)
    gone = await door.withdraw(handoff, who.id, seq)
    inside = text.lstrip().removeprefix(INSIDE).strip()
    if inside:
        await door.note(handoff, who.id, inside, key)
    return gone
