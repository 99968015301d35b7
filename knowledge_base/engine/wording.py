"""pydantic's findings, said in a librarian's words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from knowledge_base.engine.problems import Problem
from knowledge_base.engine.schema import Both
from knowledge_base.engine.yamlmarks import Loc, Marked

_LANGUAGES = {"en": "English", "ar": "Arabic"}


def findings(error: ValidationError, model: type[BaseModel]) -> list[tuple[Loc, str]]:
    """Give what is wrong as (where in the file, sentence)."""
    return [(_plain_loc(detail["loc"]), _say(detail, model)) for detail in error.errors()]


def problems_of(error: ValidationError, model: type[BaseModel], marked: Marked, path: str) -> list[Problem]:
    """Give one problem for each finding, on its line of the file."""
    return [Problem(path, marked.line(loc), message) for loc, message in findings(error, model)]


def _plain_loc(loc: Loc) -> Loc:
    return tuple(part for part in loc if part != "[key]")


def _say(detail: ErrorDetails, model: type[BaseModel]) -> str:
    loc = _plain_loc(detail["loc"])
    field, where = _name(loc), _around(loc)
    kind, context = detail["type"], detail.get("ctx", {})
    inside = _model_at(model, loc[:-1])
    if kind == "missing":
        if inside is Both:
            return f"{_around_text(loc)} has no {_LANGUAGES[str(loc[-1])]} text ({loc[-1]})."
        return f"“{field}” is missing{where}."
    if kind == "extra_forbidden":
        return _unknown(field, where, inside)
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        if _model_at(model, loc) is Both:
            return f"“{field}” must be given in both languages: {{en: …, ar: …}}."
        return f"“{field}” must hold fields of its own, each on a line below it."
    if kind == "list_type":
        return f"“{field}” must be a list, for example [one, two]."
    if kind == "too_short":
        return f"“{field}” is an empty list; name at least one{where}."
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        return f"“{detail['input']}” is not allowed in “{field}”; use one of: {expected}."
    if kind in ("bool_parsing", "bool_type"):
        return f"“{field}” must be true or false."
    if kind == "value_error":
        return _own(str(context.get("error", detail["msg"])), field, where)
    return f"“{field}” is not as it should be: {detail['msg']}."


def _own(message: str, field: str, where: str) -> str:
    """Our own validators begin with what was typed, or with a verb that wants the field's name before it."""
    return f"{message}." if message.startswith("“") else f"“{field}”{where} {message}."


def _name(loc: Loc) -> str:
    """Name the field: the last part that is a word, since list positions say nothing to people."""
    return next((str(part) for part in reversed(loc) if isinstance(part, str)), "the file")


def _around(loc: Loc) -> str:
    entries = [part for part in loc if isinstance(part, str)]
    return f" in “{entries[-2]}”" if len(entries) > 1 else ""


def _around_text(loc: Loc) -> str:
    entries = [part for part in loc if isinstance(part, str)]
    return f"“{entries[-2]}”" if len(entries) > 1 else "The text"


def _unknown(field: str, where: str, inside: type[BaseModel] | None) -> str:
    allowed = [f.alias or n for n, f in inside.model_fields.items()] if inside else []
    near = difflib.get_close_matches(field, allowed, n=1, cutoff=0.7)
    if near:
        return f"“{field}” is not a field that is known{where}; did you mean “{near[0]}”?"
    return f"“{field}” is not a field that is known{where}; the fields are: {', '.join(allowed)}."


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """Find the model that stands at ``loc``, through lists and mappings."""
    kind: Any = model
    for part in loc:
        kind = _step(kind, part)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _step(kind: Any, part: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return _bare_type(field.annotation)
        return None
    arguments = get_args(kind)
    if get_origin(kind) is dict and len(arguments) == 2:
        return _bare_type(arguments[1])
    if get_origin(kind) is list and arguments:
        return _bare_type(arguments[0])
    return None


def _bare_type(kind: Any) -> Any:
    """Take ``Annotated`` and ``| None`` off a type."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    options = [a for a in get_args(kind) if a is not type(None)]
    if type(None) in get_args(kind) and len(options) == 1:
        return _bare_type(options[0])
    return kind


def listed(items: Iterable[str]) -> str:
    """Write items with commas, in quotation marks."""
    return ", ".join(f"“{item}”" for item in items)
