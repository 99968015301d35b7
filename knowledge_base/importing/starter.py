"""The tables of a new knowledge base, made of another's without what is only true of that library.

Somebody else's hours, places, people and databases would be told as the new library's own.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.engine import canned
from knowledge_base.engine.tables import MODELS, OPTIONAL

_KEPT = ("library.yml", canned.NAME)  # names, links and ready answers: an example to write over
_SENT_TO = ("subjects", "handles", "book", "photo")  # why patrons would be sent to the pages' owner
_SUBJECTS = "# The fields of study, and who looks after them. Put your own people here.\n"
_DESK = "# Only the librarians' chat is here. Put your own branches and desks beside it.\n"


def missing_tables(root: Path) -> list[str]:
    """Give the tables that a folder lacks and cannot do without."""
    return [name for name in MODELS if name not in OPTIONAL and not (root / name).is_file()]


def begin(root: Path, example: Path) -> None:
    """Write the tables of a new knowledge base into ``root``, after those in ``example``."""
    root.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        if (example / name).is_file():
            shutil.copyfile(example / name, root / name)
    for name, (comment, data) in _tables(example).items():
        said = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)
        (root / name).write_text(comment + said, encoding="utf-8")


def _tables(example: Path) -> Mapping[str, tuple[str, dict[str, Any]]]:
    """Give each table's first line and data: of the example's, what the others refer to."""
    desk = _read(example, "library.yml").get("desk", "")
    hours, places = _entries(example, "hours.yml", "places"), _entries(example, "locations.yml", "places")
    here = {k: v for k, v in places.get(desk, {}).items() if k not in ("part_of", "map")}
    people = _entries(example, "librarians.yml", "people")
    owners = {id_: {k: v for k, v in one.items() if k not in _SENT_TO} for id_, one in [*people.items()][:1]}
    return {
        "hours.yml": (_DESK, {"places": {desk: {"weekly": hours.get(desk, {}).get("weekly", [])}}}),
        "locations.yml": (_DESK, {"places": {desk: here} if here else {}}),
        "librarians.yml": (
            _SUBJECTS,
            {"subjects": _entries(example, "librarians.yml", "subjects"), "people": owners},
        ),
        "databases.yml": ("", {"databases": {}}),
    }


def _read(example: Path, name: str) -> dict[str, Any]:
    found = yaml.safe_load((example / name).read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _entries(example: Path, name: str, key: str) -> dict[str, dict[str, Any]]:
    return dict(_read(example, name).get(key) or {})
