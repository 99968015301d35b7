"""Reading data sets: JSON Lines, with errors that name the line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DalilError


class DataError(DalilError):
    """A data set cannot be read; whoever gave it is told the file and the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question and what it is about."""

    question: str
    label: str


def read_rows(path: Path, label: str) -> list[Row]:
    """Read lines ``{"question": …, LABEL: …}``; other fields are ignored, and so are empty lines.

    Raises DataError where the file, a line or a field is missing or not what it should be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    rows = [
        _row(line, f"{path}, line {number}", label)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    if not rows:
        raise DataError(f"{path} has no lines")
    return rows


def _row(line: str, where: str, label: str) -> Row:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{where} is not JSON: {error.msg} at character {error.colno}") from error
    if not isinstance(found, dict):
        raise DataError(f"{where} is not a JSON object")
    values = [_text(found, name, where) for name in ("question", label)]
    return Row(*values)


def _text(found: dict[str, object], name: str, where: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f'{where} has no "{name}" (a text that is not empty)')
    return value


def share(hits: Sequence[bool]) -> float:
    """Give how many of them are true, from 0 to 1, four digits; 0 where there are none."""
    return round(sum(hits) / len(hits), 4) if hits else 0.0
