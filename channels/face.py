"""What patrons' pages may say about the library: its names and how to reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Bilingual = Mapping[str, str]  # {"en": …, "ar": …}


@dataclass(frozen=True, slots=True)
class Person:
    """A librarian as the library presents them to patrons."""

    name: Bilingual
    title: Bilingual
    subjects: Mapping[str, Sequence[str]]  # names, by language
    photo: str | None = None  # an address

    def to_json(self) -> dict[str, Any]:
        """Give what the widget shows of them."""
        subjects = {language: list(names) for language, names in self.subjects.items()}
        return {"name": dict(self.name), "title": dict(self.title), "subjects": subjects, "photo": self.photo}


def nobody(librarian: str) -> Person | None:
    """Present nobody."""
    return None


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
    person: Callable[[str], Person | None] = nobody  # by the id of a librarian's account

    def to_json(self) -> dict[str, Any]:
        """Give what the widget is told."""
        return {
            "name": dict(self.name),
            "assistant": dict(self.assistant),
            "email": self.email,
            "phone": self.phone,
            "kept_days": self.kept_days,
        }
