"""What a look at a network's set-up found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is right, or is wrong and how to mend it."""

    ok: bool
    text: str
