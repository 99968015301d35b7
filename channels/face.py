"""What patrons' pages may say about the library: its names and how to reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Bilingual = Mapping[str, str]  # {"en": …, "ar": …}


@dataclass(frozen=True, slots=True)
class Face:
    """The library as its patrons see it, in both languages."""

    name: Bilingual
    university: Bilingual
    assistant: Bilingual
    email: str
    phone: str
    kept_days: int  # how long conversations are kept
    links: Mapping[str, tuple[str, Bilingual]]  # id to address and title, as in library.yml

    def to_json(self) -> dict[str, Any]:
        """Give what the widget is told."""
        return {
            "name": dict(self.name),
            "assistant": dict(self.assistant),
            "email": self.email,
            "phone": self.phone,
            "kept_days": self.kept_days,
        }
