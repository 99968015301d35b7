"""What one file says about another: ids that must exist, the two languages of a page, advice on length."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import cast

from knowledge_base.engine.canned import NAME as CANNED
from knowledge_base.engine.canned import CannedFile, links_in
from knowledge_base.engine.load import Contents, Entry, Loader
from knowledge_base.engine.problems import Problem
from knowledge_base.engine.schema import DatabasesFile, HoursFile, LibrariansFile, LibraryFile, LocationsFile
from knowledge_base.engine.tables import Table
from knowledge_base.engine.yamlmarks import Loc

_OTHER = {"en": "ar", "ar": "en"}
_NAMES = {"en": "English", "ar": "Arabic"}
_FAQ_WORDS, _SECTION_WORDS = (15, 170), (30, 330)  # wider than the advice, so that only real slips are told
_OLD = 400  # days after which somebody should have looked again


def check_folder(
    root: Path, topics: Collection[str] | None = None, today: date | None = None
) -> list[Problem]:
    """Check a knowledge base as it stands on disk; give every problem, sorted by file and line.

    ``topics`` are the topic ids that exist (None: not checked); ``today`` turns on advice about dates.
    """
    contents = Loader(root).load()
    leftovers = [p for p in contents.problems if not (p.line == 0 and p.message.startswith("Until this"))]
    return sorted({*leftovers, *cross_check(contents, topics, today)})


def cross_check(
    contents: Contents, topics: Collection[str] | None = None, today: date | None = None
) -> list[Problem]:
    """Check what the files say about one another."""
    known = _Known(contents, topics)
    problems = [*known.tables()]
    for entry in contents.current.values():
        problems += known.entry(entry)
        if not _imported(entry):  # the text is another page's; what staff should improve is told of their own
            problems += _twin(entry, contents)
            problems += _lengths(entry)
        if today is not None:
            problems += _dates(entry, today)
    return problems


class _Known:
    """The ids that exist, and the files that point at them."""

    def __init__(self, contents: Contents, topics: Collection[str] | None) -> None:
        self._of = contents.current_tables
        self.topics = topics
        self.library = cast(LibraryFile, self._of["library.yml"].model)
        self.hours = cast(HoursFile, self._of["hours.yml"].model)
        self.places = cast(LocationsFile, self._of["locations.yml"].model).places
        self.people = cast(LibrariansFile, self._of["librarians.yml"].model).people
        self.databases = cast(DatabasesFile, self._of["databases.yml"].model).databases
        self.canned = cast(CannedFile, self._of[CANNED].model).answers
        self.person_ids = self._ids("librarians.yml", "people")
        self.subject_ids = self._ids("librarians.yml", "subjects")
        self.place_ids = self._ids("locations.yml", "places")
        self.open_ids = self._ids("hours.yml", "places")

    def _ids(self, name: str, section: str) -> set[str]:
        """Give the ids that stand in a file, those of broken entries too: one fault is told once."""
        data = self._of[name].marks.data
        entries = data.get(section) if isinstance(data, dict) else None
        return set(entries) if isinstance(entries, dict) else set()

    def entry(self, entry: Entry) -> Iterator[Problem]:
        front, marks = entry.page.front, entry.page.marks
        if front is None:
            return
        if front.owner not in self.person_ids:
            message = f"“{front.owner}” is not a person in librarians.yml."
            yield Problem(entry.path, marks.line(("owner",)), message)
        yield from self._topic(entry.path, marks.line(("topic",)), front.topic)
        for at, subject in enumerate(front.subjects):
            if subject not in self.subject_ids:
                line = marks.line(("subjects", at))
                yield Problem(entry.path, line, f"“{subject}” is not a subject in librarians.yml.")

    def _topic(self, path: str, line: int, topic: str) -> Iterator[Problem]:
        if self.topics is not None and topic not in self.topics:
            yield Problem(path, line, f"“{topic}” is not a topic in bot/topics.yml.")

    def tables(self) -> Iterator[Problem]:
        yield from self._library_and_hours()
        yield from self._places()
        yield from self._people()
        yield from self._databases()
        yield from self._canned()

    def _at(self, name: str, loc: Loc, message: str) -> Problem:
        table: Table = self._of[name]
        return Problem(name, table.marks.line(loc), message)

    def _library_and_hours(self) -> Iterator[Problem]:
        if self._of["library.yml"].marks.data is not None and self.library.desk not in self.open_ids:
            yield self._at("library.yml", ("desk",), f"“{self.library.desk}” has no hours in hours.yml.")
        for place in self.hours.places:
            if place not in self.place_ids:
                message = f"“{place}” is not a place in locations.yml."
                yield self._at("hours.yml", ("places", place), message)

    def _places(self) -> Iterator[Problem]:
        for place, entry in self.places.items():
            if entry.part_of is None:
                continue
            loc: Loc = ("places", place, "part_of")
            if entry.part_of not in self.place_ids:
                yield self._at("locations.yml", loc, f"“{entry.part_of}” is not a place in this file.")
            elif self._circle(place):
                yield self._at("locations.yml", loc, f"“{place}” is, step by step, a part of itself.")

    def _circle(self, place: str) -> bool:
        seen, at = {place}, self.places[place].part_of
        while at is not None and at in self.places:
            if at in seen:
                return True
            seen.add(at)
            at = self.places[at].part_of
        return False

    def _people(self) -> Iterator[Problem]:
        for person, entry in self.people.items():
            for at, subject in enumerate(entry.subjects):
                if subject not in self.subject_ids:
                    loc: Loc = ("people", person, "subjects", at)
                    yield self._at("librarians.yml", loc, f"“{subject}” is not a subject in this file.")
            for at, topic in enumerate(entry.handles):
                line = self._of["librarians.yml"].marks.line(("people", person, "handles", at))
                yield from self._topic("librarians.yml", line, topic)

    def _canned(self) -> Iterator[Problem]:
        for answer, entry in self.canned.items():
            for link in links_in(entry):
                if link not in self.library.links:
                    loc: Loc = ("answers", answer, "text")
                    yield self._at(CANNED, loc, f"“{link}” is not a link in library.yml.")
            if entry.topic is not None:
                line = self._of[CANNED].marks.line(("answers", answer, "topic"))
                yield from self._topic(CANNED, line, entry.topic)

    def _databases(self) -> Iterator[Problem]:
        for database, entry in self.databases.items():
            for field, subjects in (("subjects", entry.subjects), ("best_for", entry.best_for)):
                known = self.subject_ids | {"multidisciplinary"} if field == "subjects" else self.subject_ids
                for at, subject in enumerate(subjects):
                    if subject not in known:
                        loc: Loc = ("databases", database, field, at)
                        message = f"“{subject}” is not a subject in librarians.yml."
                        yield self._at("databases.yml", loc, message)


def _twin(entry: Entry, contents: Contents) -> Iterator[Problem]:
    other = _OTHER[entry.language]
    name = f"{entry.id}.{other}.md"
    path = f"{entry.path.rsplit('/', 1)[0]}/{name}"
    twin = contents.current.get(path)
    if twin is not None and _imported(twin):
        return
    if twin is None:
        if path not in contents.served:
            yield Problem(entry.path, 0, f"There is no {_NAMES[other]} version of it ({name}).")
        return
    theirs = {section.anchor for section in twin.page.sections}
    for section in entry.page.sections:
        if section.anchor not in theirs:
            yield Problem(entry.path, section.line, f"“{section.anchor}” has no counterpart in {name}.")
    mine, yours = entry.page.front, twin.page.front
    if mine and yours and entry.language == "ar" and mine.topic != yours.topic:
        line = entry.page.marks.line(("topic",))
        yield Problem(entry.path, line, f"“topic” is {mine.topic} here and {yours.topic} in {name}.")
    if mine and yours and entry.language == "ar" and set(mine.subjects) != set(yours.subjects):
        line = entry.page.marks.line(("subjects",))
        yield Problem(entry.path, line, f"“subjects” are not the same here and in {name}.")


def _imported(entry: Entry) -> bool:
    front = entry.page.front
    return front is not None and front.imported is not None


def _lengths(entry: Entry) -> Iterator[Problem]:
    least, most = _FAQ_WORDS if entry.kind == "faq" else _SECTION_WORDS
    what = "answer" if entry.kind == "faq" else "section"
    for section in entry.page.sections:
        count = len(re.findall(r"\S+", re.sub(r"\]\([^)]*\)", "]", section.text)))
        if not least <= count <= most:
            size = "short" if count < least else "long"
            message = f"The {what} “{section.anchor}” is {size} ({count} words); aim for {least} to {most}."
            yield Problem(entry.path, section.line, message, "warning")


def _dates(entry: Entry, today: date) -> Iterator[Problem]:
    front = entry.page.front
    if front is None:
        return
    line = entry.page.marks.line(("reviewed",))
    if front.reviewed > today:
        yield Problem(entry.path, line, f"“reviewed” lies in the future ({front.reviewed}).", "warning")
    elif (today - front.reviewed).days > _OLD:
        yield Problem(entry.path, line, f"Nobody has checked this page since {front.reviewed}.", "warning")
