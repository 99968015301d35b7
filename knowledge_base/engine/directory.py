"""People, places, subjects and databases, and finding them by the names that patrons use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from knowledge_base.engine.canned import NAME as CANNED
from knowledge_base.engine.canned import Canned, CannedFile, fill
from knowledge_base.engine.hours import Hours, HoursException, PlaceDesk, PlaceWeek
from knowledge_base.engine.load import Contents
from knowledge_base.engine.names import Names
from knowledge_base.engine.records import Database, Library, Link, Person, Place, Span, Subject
from knowledge_base.engine.schema import (
    DAYS,
    Both,
    DatabasesFile,
    ExceptionLine,
    HoursFile,
    LibrariansFile,
    LibraryFile,
    LocationsFile,
    WeekLine,
)
from knowledge_base.engine.tables import bounds
from knowledge_base.engine.text import bare, is_arabic, words

MULTIDISCIPLINARY = "multidisciplinary"

# Databases named like ordinary words: they count with a capital letter only.
_ORDINARY = words(
    "nature science cell sage emerald passport reference access cases trials times guardian economist "
    "factbook britannica oxford cambridge orbis mergent kanopy academic research search"
)
# A one-word name of a person counts after one of these, with a capital letter, or in a very short text.
_TITLES = words(
    "dr doctor prof professor mr mrs ms miss with ask contact email call named librarian to "
    "د دكتور دكتوره الدكتور الدكتوره استاذ استاذه الاستاذ الاستاذه انسه الانسه سيد السيد سيده السيده "
    "ست مع اسمه اسمها"
)
# What branches are called besides a word of their own, and where that word alone may stand for a branch.
_BRANCHES = frozenset(words("library lib branch room campus مكتبه المكتبه فرع الفرع قاعه القاعه كليه الكليه"))
_BEFORE_BRANCH = frozenset(words("at in of في دوام ساعات اوقات مواعيد عند تبع"))
_BEHIND_BRANCH = frozenset(words("one hour hours opening times"))


class Directory:
    """The records of the YAML files. Nothing in it changes once it is made."""

    def __init__(self, contents: Contents) -> None:
        tables = contents.served_tables
        library = cast(LibraryFile, tables["library.yml"].model)
        locations = cast(LocationsFile, tables["locations.yml"].model)
        librarians = cast(LibrariansFile, tables["librarians.yml"].model)
        databases = cast(DatabasesFile, tables["databases.yml"].model)
        self.library: Library = _library(library)
        self.places: Mapping[str, Place] = MappingProxyType(_places(locations))
        self.subjects: Mapping[str, Subject] = MappingProxyType(
            {i: Subject(i, _both(e.name), tuple(e.also)) for i, e in librarians.subjects.items()}
        )
        self.people: Mapping[str, Person] = MappingProxyType(_people(librarians))
        self.databases: Mapping[str, Database] = MappingProxyType(_databases(databases, self.subjects))
        self.hours: Hours = _hours(cast(HoursFile, tables["hours.yml"].model), library.time_zone, self.places)
        self.desk_hours = PlaceDesk(self.hours, library.desk)
        self._canned = cast(CannedFile, tables[CANNED].model)
        self._place_names = Names((p.id, (*p.name.values(), *p.also)) for p in self.places.values())
        self._branch_words = _own_words(self.places.values())
        self._subject_names = Names((s.id, (*s.name.values(), *s.also)) for s in self.subjects.values())
        self._database_names = Names(
            ((d.id, (d.name, *d.also)) for d in self.databases.values()), capitals=_ORDINARY
        )
        self._person_names = Names(((p.id, _called(p)) for p in self.people.values()), cues=_TITLES)

    def canned(self, language: str) -> list[Canned]:
        """Give the librarians' ready answers in a language, the library's own variables filled in."""
        return fill(self._canned, self.library, language)

    def place_named(self, text: str) -> Place | None:
        """Give the place that a text names; of several, a part before its whole, then the longest name."""
        found = self._place_names.find(text)
        if not found:
            return None
        whole = {above for hit in found for above in self._above(hit.id)}
        parts = [hit for hit in found if hit.id not in whole] or found
        return self.places[max(parts, key=lambda hit: (hit.exact, hit.letters, -hit.start)).id]

    def places_named(self, text: str) -> list[Place]:
        """Give the places that a text names in full, in the order they stand; a part without its whole."""
        found = [hit for hit in self._place_names.find(text) if hit.exact]
        whole = {above for hit in found for above in self._above(hit.id)}
        return [self.places[id_] for id_ in dict.fromkeys(hit.id for hit in found) if id_ not in whole]

    def branch_meant(self, text: str) -> Place | None:
        """Give the branch that a question about hours means by a word of it: “at science”, “بالعلوم”."""
        said = words(text)
        for before, word, behind in zip(["", *said], said, [*said[1:], ""], strict=False):
            place = self._branch_words.get(bare(word))
            # “and” too, where it begins the text: “والعلوم؟”
            letters = "بلف" if before else "بلفو"
            glued = is_arabic(word) and word[0] in letters and bare(word) != word
            if place and (glued or before in _BEFORE_BRANCH or behind in _BEHIND_BRANCH):
                return self.places[place]
        return None

    def _above(self, place: str) -> list[str]:
        """Give the places that ``place`` is part of, nearest first."""
        above: list[str] = []
        at = self.places[place].part_of
        while at is not None and at not in above:
            above.append(at)
            at = self.places[at].part_of
        return above

    def subjects_named(self, text: str) -> list[Subject]:
        """Give the subjects that a text names, in the order they stand."""
        return [self.subjects[i] for i in self._subject_names.ids(text)]

    def databases_named(self, text: str) -> list[Database]:
        """Give the databases that a text names, in the order they stand."""
        return [self.databases[i] for i in self._database_names.ids(text)]

    def person_named(self, text: str) -> Person | None:
        """Give the librarian that a text names by full, last or first name; None if none, or if unclear."""
        found = self._person_names.find(text)
        if not found:
            return None
        longest = max(hit.letters for hit in found if hit.exact == any(h.exact for h in found))
        best = {hit.id for hit in found if hit.letters == longest}
        return self.people[best.pop()] if len(best) == 1 else None

    def databases_for(self, subject: str, limit: int = 5) -> list[Database]:
        """Give a subject's databases: its first choices, then its own, the narrow before the broad,
        then those for every subject.
        """
        chosen = [d for d in self.databases.values() if {subject, MULTIDISCIPLINARY} & set(d.subjects)]

        def order(database: Database) -> tuple[bool, bool, bool, int]:
            general = MULTIDISCIPLINARY in database.subjects
            broad = len(database.subjects)
            return subject not in database.best_for, subject not in database.subjects, general, broad

        return sorted(chosen, key=order)[:limit]

    def people_for(self, subject: str) -> list[Person]:
        """Give the librarians of a subject, whoever names it first in front."""
        chosen = [p for p in self.people.values() if subject in p.subjects]
        return sorted(chosen, key=lambda p: p.subjects.index(subject))

    def people_handling(self, topic: str) -> list[Person]:
        """Give the librarians who look after a topic, whoever names it first in front."""
        chosen = [p for p in self.people.values() if topic in p.handles]
        return sorted(chosen, key=lambda p: p.handles.index(topic))

    def database_url(self, database: Database) -> str:
        """Give the address that works from anywhere: with the proxy prefix where the database wants it."""
        return self.library.proxy_prefix + database.url if database.proxy else database.url

    def fill(self, template: str, value: str) -> str | None:
        """Give a link template (discovery, catalogue, isbn, doi, ill) with ``value`` URL-encoded in it;
        None where library.yml has no such template.
        """
        pattern = self.library.templates.get(template)
        if pattern is None:
            return None
        encoded = quote(value, safe="/" if template == "doi" else "")
        return pattern.format(query=encoded, isbn=encoded, doi=encoded)


def _both(text: Both) -> Mapping[str, str]:
    return MappingProxyType({"en": text.en, "ar": text.ar})


def _maybe(text: Both | None) -> Mapping[str, str] | None:
    return None if text is None else _both(text)


def _library(file: LibraryFile) -> Library:
    return Library(
        name=_both(file.name),
        short_name=_both(file.short_name),
        university=_both(file.university),
        assistant=_both(file.assistant),
        time_zone=file.time_zone,
        email=file.email,
        phone=file.phone,
        links=MappingProxyType({i: Link(e.url, _both(e.title)) for i, e in file.links.items()}),
        templates=MappingProxyType({str(name): url for name, url in file.templates.items()}),
        proxy_prefix=file.proxy_prefix,
        desk=file.desk,
        read_scale_url=file.read_scale_url,
    )


def _places(file: LocationsFile) -> dict[str, Place]:
    return {
        i: Place(
            id=i,
            name=_both(e.name),
            kind=e.kind,
            also=tuple(e.also),
            address=_both(e.address),
            directions=_both(e.directions),
            part_of=e.part_of if e.part_of in file.places and e.part_of != i else None,
            floor=_maybe(e.floor),
            map=e.map,
            phone=e.phone,
            accessibility=_maybe(e.accessibility),
            has=tuple(e.has),
        )
        for i, e in file.places.items()
    }


def _people(file: LibrariansFile) -> dict[str, Person]:
    return {
        i: Person(
            id=i,
            name=_both(e.name),
            title=_both(e.title),
            subjects=tuple(s for s in e.subjects if s in file.subjects),
            languages=tuple(e.languages),
            email=e.email,
            office=_both(e.office),
            about=_both(e.about),
            phone=e.phone,
            book=e.book,
            handles=tuple(e.handles),
            photo=e.photo,
        )
        for i, e in file.people.items()
    }


def _databases(file: DatabasesFile, subjects: Mapping[str, Subject]) -> dict[str, Database]:
    known = {*subjects, MULTIDISCIPLINARY}
    return {
        i: Database(
            id=i,
            name=e.name,
            also=tuple(e.also),
            url=e.url,
            subjects=tuple(s for s in e.subjects if s in known),
            kinds=tuple(e.kinds),
            about=_both(e.about),
            access=_both(e.access),
            proxy=e.proxy,
            languages=tuple(e.languages),
            best_for=tuple(s for s in e.best_for if s in known),
        )
        for i, e in file.databases.items()
    }


def _called(person: Person) -> list[str]:
    """Give the names a person goes by: full, last and first, in both languages."""
    names = list(person.name.values())
    for full in person.name.values():
        parts = [part for part in full.split() if len(words(part)) == 1 and len(part) > 2]
        if len(parts) > 1:
            names += [parts[0], parts[-1]]
    return names


def _hours(file: HoursFile, zone: str, places: Mapping[str, Place]) -> Hours:
    weeks = {
        place: PlaceWeek(_week(hours.weekly), tuple(_exception(e, place) for e in hours.exceptions))
        for place, hours in file.places.items()
        if place in places
    }
    part_of = {place.id: place.part_of for place in places.values() if place.part_of}
    return Hours(weeks, [_exception(e, None) for e in file.exceptions], ZoneInfo(zone), part_of)


def _week(lines: list[WeekLine]) -> Mapping[int, tuple[Span, ...]]:
    return {DAYS.index(day): tuple(line.hours) for line in lines for day in line.days}


def _exception(line: ExceptionLine, place: str | None) -> HoursException:
    first, last = bounds(line)
    return HoursException(_both(line.name), first, last, tuple(line.hours), tuple(line.also), place)


def _own_words(places: Iterable[Place]) -> Mapping[str, str]:
    """Give the words that only one branch has beside “library” and the like: science, law, طب."""
    owners: dict[str, set[str]] = {}
    for place in places:
        for name in (*place.name.values(), *place.also) if place.kind == "branch" else ():
            own = [word for word in words(name) if word not in _BRANCHES]
            if len(own) == 1 and len(words(name)) == 2:
                owners.setdefault(bare(own[0]), set()).add(place.id)
    return {word: ids.pop() for word, ids in owners.items() if len(ids) == 1}
