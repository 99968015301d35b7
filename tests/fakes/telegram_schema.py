"""Checks of the Bot API's requests, answers and updates against its JSON Schema, where that is there."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.conftest import SHARED

SCHEMA = SHARED / "specs" / "telegram" / "bot-api-10.0.schema.json"


class Schema:
    """The Bot API's types. ``there`` is false where the schema is not; then nothing is found wrong."""

    def __init__(self, path: Path = SCHEMA) -> None:
        self.there = path.is_file()
        self._defs: dict[str, Any] = json.loads(path.read_text())["$defs"] if self.there else {}
        self._validators: dict[str, Draft202012Validator] = {}

    def wrong(self, name: str, value: Any) -> str | None:
        """Say what is wrong with a value of a type (``Update``, ``params.sendMessage`` …)."""
        if not self.there:
            return None
        if name not in self._defs:
            return f"{name}: the Bot API has no such thing"
        if name not in self._validators:
            self._validators[name] = Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": self._defs})
        error = next(iter(self._validators[name].iter_errors(value)), None)
        if error is None:
            return None
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{name}: {where or 'the whole'}: {error.message[:300]}"

    def read(self, method: str, given: dict[str, str]) -> dict[str, Any]:
        """Read a form's fields: texts stay, everything else is JSON, as the Bot API reads it."""
        properties = self._defs.get(f"params.{method}", {}).get("properties", {})
        return {key: _read(properties.get(key, {}), value) for key, value in given.items()}


def _read(schema: dict[str, Any], value: str) -> Any:
    if schema.get("type") == "string":
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@cache
def schema() -> Schema:
    """Give the schema, read once."""
    return Schema()
