"""The staff's own regression set: questions, and the entry or guide that must be found first for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.engine.load import QUESTIONS
from knowledge_base.engine.problems import KnowledgeBaseError, Problem
from knowledge_base.engine.records import Hit, Passage
from knowledge_base.engine.snapshot import Snapshot
from knowledge_base.engine.yamlmarks import read_yaml

_DEPTH = 5
_COMMA = re.compile(r"\s*,\s*")


@dataclass(frozen=True, slots=True)
class Expected:
    """A question with the ids that are right, and the line it stands on."""

    question: str
    right: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found for a question. ``place`` (from 1) of the right one; None: not among the first five."""

    expected: Expected
    place: int | None
    first: Hit | None


def read_expected(file: Path) -> list[Expected]:
    """Read ``id: [question, …]``. Raises KnowledgeBaseError with the line of the first thing wrong."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"{file} cannot be read: {error}") from error
    marks = read_yaml(text, file.name)
    if marks.problems:
        raise KnowledgeBaseError(str(marks.problems[0]))
    if not isinstance(marks.data, dict) or not marks.data:
        raise KnowledgeBaseError(f"{file.name}: write an id, and under it a list of questions.")
    found = []
    for ids, given in marks.data.items():
        questions = [given] if isinstance(given, str) else given
        if not isinstance(questions, list) or not all(isinstance(q, str) and q.strip() for q in questions):
            line = marks.line((ids,))
            raise KnowledgeBaseError(f"{file.name}, line {line}: “{ids}” needs a list of questions.")
        right = tuple(_COMMA.split(ids.strip()))
        found += [Expected(q.strip(), right, marks.line((ids, at))) for at, q in enumerate(questions)]
    return found


def unknown_ids(expected: Sequence[Expected], held: Snapshot, name: str = QUESTIONS) -> list[Problem]:
    """Say which ids name nothing that is in the knowledge base, each once."""
    known = {name for passage in held.passages.values() for name in _names(passage)}
    first: dict[str, int] = {}
    for one in expected:
        for id_ in one.right:
            if id_ not in known:
                first.setdefault(id_, one.line)
    return [Problem(name, line, f"There is no “{id_}” in the knowledge base.") for id_, line in first.items()]


def check_questions(expected: Sequence[Expected], held: Snapshot) -> list[Checked]:
    """Search each question as the assistant does, but without the classifier's opinion of the topic."""
    return [_checked(one, held.search(one.question, k=_DEPTH)) for one in expected]


def _checked(expected: Expected, hits: Sequence[Hit]) -> Checked:
    right = set(expected.right)
    places = [at for at, hit in enumerate(hits, start=1) if _names(hit.passage) & right]
    return Checked(expected, places[0] if places else None, hits[0] if hits else None)


def _names(passage: Passage) -> set[str]:
    return {passage.twin, passage.twin.partition("#")[0]}
