"""``dalil handoffs``: who waits, who answers, and what stands in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from bot.cli.common import JsonOption, console, print_json, store
from bot.clock import utc_now
from bot.model import Handoff, HandoffState, Json

BACK = {
    "put_back": "put back in the queue",
    "lost": "back in the queue: its librarian went offline",
    "expired": "back in the queue: nobody took the referral",
}


def handoffs(
    days: Annotated[int, typer.Option(help="Show also those opened in the last so many days.")] = 0,
    as_json: bool = JsonOption,
) -> None:
    """Show the open handoffs, oldest first."""
    with store() as opened:
        found = list(opened.handoffs.queue())
        if days:
            found = list(opened.handoffs.every(utc_now() - timedelta(days=days)))
    if as_json:
        print_json([_row(handoff) for handoff in found])
        return
    if not found:
        console.print("Nobody waits.")
    for handoff in found:
        row = _row(handoff)
        print(
            f"{handoff.opened_at:%Y-%m-%d %H:%M}  {row['state']:10} {row['language']}  {row['channel']:8} "
            f"{row['librarian'] or '-':20} {row['topic'] or '-':22} {handoff.id}"
            + (f"  ({standing(handoff)})" if standing(handoff) else "")
        )


def standing(handoff: Handoff) -> str:
    """Say what a state alone does not: referred to whom, back in the queue and why, left for later."""
    said = []
    if handoff.referral:
        said.append(f"referred to {handoff.referral.to_name or handoff.referral.subject}")
    if handoff.back and handoff.state is HandoffState.WAITING:
        said.append(BACK.get(handoff.back, handoff.back))
    if handoff.left and handoff.state is HandoffState.WAITING:
        said.append("left for later")
    return ", ".join(said)


def _row(handoff: Handoff) -> Json:
    return {
        "id": handoff.id,
        "state": handoff.state.value,
        "language": handoff.language.value,
        "channel": handoff.channel,
        "opened_at": handoff.opened_at.isoformat(),
        "claimed_at": handoff.claimed_at.isoformat() if handoff.claimed_at else None,
        "closed_at": handoff.closed_at.isoformat() if handoff.closed_at else None,
        "left": handoff.left,
        "back": handoff.back,
        "referred_to": (handoff.referral.to or handoff.referral.subject) if handoff.referral else None,
        "librarian": handoff.librarian_name,
        "reason": handoff.packet.reason,
        "topic": handoff.topic or handoff.packet.topic,
        "read": handoff.read_value,
        "transaction": handoff.transaction,
        "csat": handoff.csat,
        "note": handoff.note,
    }
