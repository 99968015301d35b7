"""What a desk in threads is told about the library by whoever puts it together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.model import Language
from bot.ports import DeskDoor, DeskThreads
from channels.face import Bilingual


@dataclass(frozen=True, slots=True)
class ThreadParts:
    """The core's side of a desk in threads, and the names it shows."""

    door: DeskDoor
    threads: DeskThreads
    language: Language  # of the desk itself; patrons have their own
    topics: Mapping[str, Bilingual]
    public_url: str  # what the addresses of patrons' files are relative to
    subjects: Mapping[str, Bilingual] = field(default_factory=dict)
    name_of: Callable[[str, Language], str | None] = lambda person, language: None
