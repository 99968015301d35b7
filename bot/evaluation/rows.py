"""Reading data sets: JSON Lines, with errors that name the line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    return [
        Row(required_text(found, "question", where), required_text(found, label, where))
        for where, found in read_objects(path)
    ]


def read_objects(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read JSON Lines; give each object with its place (file and line), for messages about it.

    Raises DataError where the file cannot be read, has no lines, or a line is no JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    rows = [
        (f"{path}, line {number}", _object(line, f"{path}, line {number}"))
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    if not rows:
        raise DataError(f"{path} has no lines")
    return rows


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        why = f"{error.msg} at character {error.colno}" if isinstance(error, ValueError) else "too deep"
        raise DataError(f"{where} is not JSON: {why}") from error
    if not isinstance(found, dict):
        raise DataError(f"{where} is not a JSON object")
    return found


def required_text(found: Mapping[str, Any], name: str, where: str) -> str:
    """Give a field's text. Raises DataError where it is missing, empty or no text."""
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f'{where} has no "{name}" (a text that is not empty)')
    return value


def share(hits: Sequence[bool]) -> float:
    """Give how many of them are true, from 0 to 1, four digits; 0 where there are none."""
    return round(sum(hits) / len(hits), 4) if hits else 0.0
