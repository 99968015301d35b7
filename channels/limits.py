"""How much a patron, a key or an address of the internet may ask, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MANY = 20_000  # keys remembered at once; beyond it the idle ones are forgotten


@dataclass(frozen=True, slots=True)
class Limits:
    """What one patron, and one network address, may do. Campuses share one address: be generous."""

    max_chars: int = 8000  # of one message
    max_bytes: int = 100_000  # of one packet or request
    messages_per_minute: int = 30  # of one patron
    messages_per_minute_ip: int = 900
    acts_per_minute: int = 300  # of one patron: sync, typing, language
    writings_per_minute: int = 120  # of one patron: what is being written, where a librarian sees it
    openings_per_minute_ip: int = 240  # connections and new conversations


class RateLimiter:
    """A token bucket for each key: ``per_minute`` at once, refilled steadily."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60.0
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # key to (tokens left, when counted)

    def take(self, key: str) -> float:
        """Take one; give 0 if there was one, else the seconds until there will be."""
        now = self._clock()
        left = self._left(key, now)
        if left < 1.0:
            self._buckets[key] = (left, now)
            return (1.0 - left) / self._per_second
        self._buckets[key] = (left - 1.0, now)
        if len(self._buckets) > MANY:
            self._forget_idle(now)
        return 0.0

    def _left(self, key: str, now: float) -> float:
        tokens, counted = self._buckets.get(key, (self._capacity, now))
        return min(self._capacity, tokens + (now - counted) * self._per_second)

    def _forget_idle(self, now: float) -> None:
        """A full bucket says nothing that an absent one does not; then the fullest half goes."""
        kept = {k: v for k, v in self._buckets.items() if self._left(k, now) < self._capacity}
        if len(kept) > MANY:
            emptiest = sorted(kept, key=lambda k: self._left(k, now))[: MANY // 2]
            kept = {k: kept[k] for k in emptiest}
        self._buckets = kept
