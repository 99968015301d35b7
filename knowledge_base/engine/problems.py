"""A problem in the staff's files, said so that a librarian can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in one file. An ``error`` keeps text from patrons; a ``warning`` is advice."""

    path: str  # relative to the knowledge base
    line: int  # from 1; 0 where the whole file is meant
    message: str  # a sentence for a librarian
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{where}: {self.message}"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Give the problems that keep something from patrons."""
    return [p for p in problems if p.severity == "error"]


class KnowledgeBaseError(Exception):
    """The knowledge base as a whole cannot be used; whoever starts the program is told why."""
