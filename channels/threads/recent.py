"""A short memory: what is not in it is asked for again."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Keeps the last things by name, and forgets the oldest."""

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._held: dict[str, T] = {}

    def keep(self, name: str, what: T) -> None:
        """Remember it, instead of what was remembered under that name."""
        self._held.pop(name, None)
        self._held[name] = what
        while len(self._held) > self._most:
            del self._held[next(iter(self._held))]

    def get(self, name: str) -> T | None:
        """Give it, where it is still remembered."""
        return self._held.get(name)

    def drop(self, name: str) -> None:
        """Remember it no more."""
        self._held.pop(name, None)
