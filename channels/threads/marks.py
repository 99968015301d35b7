"""How far librarians' messages got, for the marks that desks put on them."""

from __future__ import annotations

from bot.model import DeliveryState

MARKED_ANEW = 30  # messages that are marked again after a start
AS_MARKED = {  # by the outbox's word
    "sent": DeliveryState.SENT,
    "failed": DeliveryState.FAILED,
    "unknown": DeliveryState.DOUBTFUL,
}
