"""Time, handed in so that tests can say what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the time as an aware datetime in UTC."""
    return datetime.now(UTC)
