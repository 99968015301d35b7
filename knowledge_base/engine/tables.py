"""Reading one YAML file of the staff: check it, and save what can be saved of a broken one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge_base.engine import canned
from knowledge_base.engine.problems import Problem
from knowledge_base.engine.schema import (
    PLACEHOLDERS,
    DatabasesFile,
    ExceptionLine,
    HoursFile,
    LibrariansFile,
    LibraryFile,
    LocationsFile,
    template_fault,
)
from knowledge_base.engine.wording import findings
from knowledge_base.engine.yamlmarks import Loc, Marked, read_yaml

MODELS: Mapping[str, type[BaseModel]] = {
    "library.yml": LibraryFile,
    "hours.yml": HoursFile,
    "locations.yml": LocationsFile,
    "librarians.yml": LibrariansFile,
    "databases.yml": DatabasesFile,
    canned.NAME: canned.CannedFile,
}
OPTIONAL = (canned.NAME,)  # a library may do without

# What stands in for a field that is missing or broken, when there is no earlier good version.
_STAND_INS: Mapping[str, Mapping[str, Any]] = {
    "library.yml": {
        "name": {"en": "The library", "ar": "المكتبة"},
        "short_name": {"en": "the library", "ar": "المكتبة"},
        "university": {"en": "the university", "ar": "الجامعة"},
        "assistant": {"en": "Dalil", "ar": "دليل"},
        "time_zone": "UTC",
        "email": "library@library.invalid",
        "phone": "-",
        "links": {},
        "templates": {},
        "proxy_prefix": "https://library.invalid/?url=",
        "desk": "ask",
    },
    "hours.yml": {"places": {}},
    "locations.yml": {"places": {}},
    "librarians.yml": {"subjects": {}, "people": {}},
    "databases.yml": {"databases": {}},
    canned.NAME: {"answers": {}},
}


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML file as read: what could be used of it, and what is wrong with it."""

    path: str
    model: BaseModel
    marks: Marked
    problems: tuple[Problem, ...]


def read_table(name: str, text: str) -> Table:
    """Read the file ``name`` (a key of MODELS). Entries that are broken are left out of ``model``."""
    marks = read_yaml(text, name)
    problems = list(marks.problems)
    data = marks.data
    if not isinstance(data, dict):
        if not problems:
            message = "The file is empty." if data is None else "The file has no fields."
            problems.append(Problem(name, 1, message))
        return Table(name, empty(name), marks, tuple(problems))
    model, found = _validate(name, data)
    problems += [Problem(name, marks.line(loc), message) for loc, message in found]
    for _ in range(4):
        if model is not None and not found:
            return Table(name, model, marks, tuple(problems))
        data = {**_STAND_INS[name], **_without(data, [loc for loc, _ in found])}
        model, found = _validate(name, data, whole=False)
    return Table(name, model or empty(name), marks, tuple(problems))


def empty(name: str) -> BaseModel:
    """Give the stand-in for a file of which nothing can be used."""
    return MODELS[name].model_validate(_STAND_INS[name])


def _validate(
    name: str, data: dict[str, Any], whole: bool = True
) -> tuple[BaseModel | None, list[tuple[Loc, str]]]:
    try:
        model = MODELS[name].model_validate(data)
    except ValidationError as error:
        return None, findings(error, MODELS[name])
    return model, list(_beyond_types(model, whole))


def _without(data: dict[str, Any], locs: list[Loc]) -> dict[str, Any]:
    """Leave out the entry (places.main, exceptions[3], …) or the field in which each fault lies."""
    kept = dict(data)
    for key in {loc[0] for loc in locs if loc}:
        inner = {loc[1] for loc in locs if loc and loc[0] == key and len(loc) > 1}
        value = kept.get(str(key))
        if inner and isinstance(value, dict) and not {"en", "ar"} & set(value):
            kept[str(key)] = {k: v for k, v in value.items() if k not in inner}
        elif inner and isinstance(value, list):
            kept[str(key)] = [v for i, v in enumerate(value) if i not in inner]
        else:
            kept.pop(str(key), None)
    return kept


def _beyond_types(model: BaseModel, whole: bool) -> Iterator[tuple[Loc, str]]:
    if isinstance(model, LibraryFile):
        for name in PLACEHOLDERS:
            if name not in model.templates and whole:
                yield ("templates",), f"“templates” has no “{name}”."
        for name, template in model.templates.items():
            if fault := template_fault(name, template):
                yield ("templates", name), fault
    elif isinstance(model, HoursFile):
        for place, hours in model.places.items():
            yield from _days_twice(place, hours.weekly)
            yield from _ties(("places", place, "exceptions"), hours.exceptions)
        yield from _ties(("exceptions",), model.exceptions)
    elif isinstance(model, canned.CannedFile):
        yield from canned.faults(model)


def _days_twice(place: str, weekly: list[Any]) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for at, line in enumerate(weekly):
        for day in line.days:
            if day in seen:
                yield ("places", place, "weekly", at), f"“{day}” has two lines in “{place}”; keep one."
            seen.add(day)


def _ties(loc: Loc, lines: list[ExceptionLine]) -> Iterator[tuple[Loc, str]]:
    """Of two exceptions on one day the shorter wins; two of the same length are a contradiction."""
    for at, line in enumerate(lines):
        first, last = bounds(line)
        for before in lines[:at]:
            other_first, other_last = bounds(before)
            same = last - first == other_last - other_first
            if same and first <= other_last and other_first <= last:
                both = f"“{before.name.en}” and “{line.name.en}”"
                yield (*loc, at), f"{both} both give hours for {max(first, other_first)}; keep one."


def bounds(line: ExceptionLine) -> tuple[date, date]:
    """Give the first and the last day of an exception."""
    first = line.date or line.from_
    last = line.date or line.to
    assert first is not None and last is not None  # the schema asks for one or the other
    return first, last
