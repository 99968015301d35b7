"""What the desk is told about the library by whoever puts it together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from bot.model import Language
from channels.face import Bilingual

NameOf = Callable[[str, Language], str | None]  # a librarian's id in the knowledge base to a name


def nobody(person: str, language: Language) -> str | None:
    """Know no names."""
    return None


@dataclass(frozen=True, slots=True)
class DeskParts:
    """Names and lists that the page shows. ``topics`` is what a closed handoff may be filed under."""

    library: Bilingual
    topics: Mapping[str, Bilingual]
    subjects: Mapping[str, Bilingual] = field(default_factory=dict)
    name_of: NameOf = nobody
    searches: bool = True  # whether there is a knowledge base to search
    max_chars: int = 8000  # of one reply or note
    zone: tzinfo = UTC  # where the library's clocks hang
    sees_writing: bool = False  # whether what patrons write is seen before it is sent


@dataclass(frozen=True, slots=True)
class DeskLimits:
    """How fast things may be asked."""

    sign_ins_per_minute_ip: int = 20  # a whole library may share one address
    acts_per_minute: int = 300  # of one librarian
    max_bytes: int = 100_000  # of one request
