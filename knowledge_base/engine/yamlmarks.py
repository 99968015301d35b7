"""YAML with line numbers. Every scalar stays the text that was typed; the schema gives it its type.

So ``no``, ``08:30`` and ``0612`` mean what a librarian sees, not what YAML 1.1 makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from knowledge_base.engine.problems import Problem

Loc = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Marked:
    """YAML as plain dicts, lists, strings and None, and the line of everything in it."""

    data: Any
    lines: Mapping[Loc, int]
    problems: tuple[Problem, ...]

    def line(self, loc: Loc) -> int:
        """Give the line of ``loc``, or of the nearest thing around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 1)


class _Reader:
    def __init__(self, path: str, offset: int) -> None:
        self.path, self.offset = path, offset
        self.lines: dict[Loc, int] = {}
        self.problems: list[Problem] = []

    def fail(self, line: int, message: str) -> None:
        self.problems.append(Problem(self.path, line, message))

    def read(self, node: yaml.Node, loc: Loc, above: frozenset[int]) -> Any:
        self.lines.setdefault(loc, node.start_mark.line + 1 + self.offset)
        if id(node) in above:
            self.fail(self.lines[loc], "This refers to itself (& and *); write the text out instead.")
            return None
        above |= {id(node)}
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, loc, above))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*loc, i), above) for i, item in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:null":
            return None
        return node.value

    def pairs(self, node: yaml.MappingNode, loc: Loc, above: frozenset[int]) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1 + self.offset
            if not isinstance(key, yaml.ScalarNode):
                self.fail(line, "A field's name must be a plain word.")
                continue
            name = str(key.value)
            if name in seen:
                self.fail(line, f"“{name}” is given twice; it is already on line {seen[name]}.")
                continue
            seen[name] = line
            self.lines[(*loc, name)] = line
            yield name, self.read(value, (*loc, name), above)


def read_yaml(text: str, path: str, offset: int = 0) -> Marked:
    """Read ``text``; ``offset`` lines stand before it in the file. Never raises on bad YAML."""
    reader = _Reader(path, offset)
    try:
        node = yaml.compose(text, Loader=_LOADER)
        data = None if node is None else reader.read(node, (), frozenset())
    except yaml.YAMLError as error:
        data = None
        reader.problems.append(Problem(path, *_plain(error, text, offset)))
    return Marked(data, reader.lines, tuple(reader.problems))


def _plain(error: yaml.YAMLError, text: str, offset: int) -> tuple[int, str]:
    """Say where YAML stopped understanding, and the usual cause."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return 1 + offset, "This file holds a character that cannot be read; save it as UTF-8 text."
    at = min(mark.line, max(len(text.splitlines()) - 1, 0))
    line = text.splitlines()[at] if text.strip() else ""
    problem = str(getattr(error, "problem", "") or "")
    if "\t" in line[: len(line) - len(line.lstrip())]:
        hint = "the line begins with a tab; use spaces"
    elif "mapping values are not allowed" in problem:
        hint = "there is a “: ” where none is expected; put the text in quotation marks, or check the indent"
    elif "quoted scalar" in problem or "quoted scalar" in str(getattr(error, "context", "")):
        hint = "a quotation mark is opened and not closed"
    elif "flow" in str(getattr(error, "context", "")):
        hint = "a bracket “{” or “[” is opened and not closed, or a comma is missing"
    else:
        hint = "check the indent, and that brackets and quotation marks are closed"
    return mark.line + 1 + offset, f"From here on the file cannot be read: {hint}."
