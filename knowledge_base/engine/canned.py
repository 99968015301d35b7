"""Ready answers for librarians: what may stand in canned.yml, and how their variables are filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from knowledge_base.engine.records import Library
from knowledge_base.engine.schema import Both, Id, Strict, Topic
from knowledge_base.engine.yamlmarks import Loc

NAME = "canned.yml"
OF_THE_DESK = ("me", "question")  # filled by the desk: the librarian's name, what the patron asked
OF_THE_LIBRARY = ("library", "university", "assistant", "email", "phone")
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(r"link\.([a-z0-9_-]+)")


class CannedEntry(Strict):
    """One ready answer."""

    title: Both
    text: Both
    topic: Topic | None = None


class CannedFile(Strict):
    """canned.yml."""

    answers: dict[Id, CannedEntry]


@dataclass(frozen=True, slots=True)
class Canned:
    """A ready answer in one language; ``{me}`` and ``{question}`` still stand in it."""

    id: str
    title: str
    text: str
    topic: str | None


def faults(file: CannedFile) -> Iterator[tuple[Loc, str]]:
    """Give every variable that is not known, or that stands in one language only."""
    for id_, entry in file.answers.items():
        for language, text in (("en", entry.text.en), ("ar", entry.text.ar)):
            at: Loc = ("answers", id_, "text", language)
            for name in _VARIABLE.findall(text):
                if name not in (*OF_THE_DESK, *OF_THE_LIBRARY) and not _LINK.fullmatch(name):
                    known = ", ".join(f"{{{one}}}" for one in (*OF_THE_DESK, *OF_THE_LIBRARY))
                    yield at, f"{{{name}}} is not known; use {known} or {{link.ID}}."
            if _VARIABLE.sub("", text).count("{") or _VARIABLE.sub("", text).count("}"):
                yield at, "A bracket is not closed; a variable looks like {library}."
        differing = set(_VARIABLE.findall(entry.text.en)) ^ set(_VARIABLE.findall(entry.text.ar))
        for name in sorted(differing):
            yield ("answers", id_, "text"), f"{{{name}}} stands in one language only."


def links_in(entry: CannedEntry) -> list[str]:
    """Give the ids of library.yml's links that an answer uses."""
    return [
        found[1] for name in _VARIABLE.findall(entry.text.en) if (found := _LINK.fullmatch(name)) is not None
    ]


def fill(file: CannedFile, library: Library, language: str) -> list[Canned]:
    """Give the answers in a language, with the library's names and links in their places."""
    values = {
        "library": library.name[language],
        "university": library.university[language],
        "assistant": library.assistant[language],
        "email": library.email,
        "phone": library.phone,
    }
    values |= {f"link.{id_}": f"[{link.title[language]}]({link.url})" for id_, link in library.links.items()}
    return [
        Canned(id_, _of(entry.title, language), _filled(_of(entry.text, language), values), entry.topic)
        for id_, entry in file.answers.items()
    ]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def _of(text: Both, language: str) -> str:
    return text.ar if language == "ar" else text.en
