"""The lines a library wants its assistant to learn from: what becomes of each, and where they are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bot.errors import DalilError
from bot.evaluation.rows import Row, read_objects
from bot.learning.personal import MASK, masked, personal_data

LONGEST = 1000  # characters
LEAST_WORDS = 2  # that are left of a question once personal data is masked

State = Literal["kept", "masked", "refused", "known"]


class NothingToLearn(DalilError):
    """No line of the file can be used; whoever gave it is told."""


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one line. ``reason`` names kinds of personal data, never the data itself."""

    where: str
    state: State
    question: str = ""
    intent: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """The names that may stand in a file: intents, and topics with the intent each of them means."""

    intents: frozenset[str]
    topics: Mapping[str, str]  # topic to its main intent

    @classmethod
    def of(cls, listed: Mapping[str, Mapping[str, Any]]) -> Labels:
        """Read the ``topics`` of ``bot/topics.yml``; the first intent of a topic is its main one."""
        every = frozenset(intent for entry in listed.values() for intent in entry["intents"])
        one = {id_: entry["intents"][0] for id_, entry in listed.items() if entry.get("kind") != "move"}
        return cls(every, one)

    def intent(self, row: Mapping[str, Any]) -> str:
        """Give the intent a line names. Raises ValueError with the reason where it names none."""
        if row.get("intent"):
            if row["intent"] in self.intents:
                return str(row["intent"])
            raise ValueError(f"“{row['intent']}” is not an intent")
        topic = row.get("topic")
        if not topic:
            raise ValueError("it has neither “intent” nor “topic”")
        if topic not in self.topics:
            raise ValueError(f"“{topic}” is not a topic")
        return self.topics[str(topic)]


def read_lines(path: Path, labels: Labels, known: Iterable[str] = (), refuse: bool = False) -> list[Line]:
    """Read lines ``{question, intent or topic}`` and decide on each.

    A line with personal data is masked, or refused where ``refuse`` says so or too little would be left.
    ``known`` are the questions learnt from already. Raises DataError where the file is no JSON Lines.
    """
    seen = {_same(question) for question in known}
    return [_line(where, row, labels, seen, refuse) for where, row in read_objects(path)]


def _line(where: str, row: Mapping[str, Any], labels: Labels, seen: set[str], refuse: bool) -> Line:
    given = row.get("question")
    if not isinstance(given, str) or not given.strip():
        return Line(where, "refused", reason="it has no “question”")
    if len(given) > LONGEST:
        return Line(where, "refused", reason=f"it is longer than {LONGEST} characters")
    try:
        intent = labels.intent(row)
    except ValueError as error:
        return Line(where, "refused", reason=str(error))
    found = personal_data(given)
    kinds = ", ".join(dict.fromkeys(one.kind for one in found))
    question = _plain(masked(given, found))
    words = [word for word in re.findall(r"\w+", question) if not word.isdigit()]
    if found and (refuse or len(words) < LEAST_WORDS):
        return Line(where, "refused", intent=intent, reason=f"it holds {kinds}")
    if _same(question) in seen:
        return Line(where, "known", question, intent, "the assistant has this example already")
    seen.add(_same(question))
    return Line(where, "masked" if found else "kept", question, intent, f"it held {kinds}" if found else "")


def _plain(text: str) -> str:
    """Give a text without control characters, which training data may not hold, in one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _same(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.replace(MASK, " ").casefold()))


def accepted(lines: Sequence[Line]) -> list[Row]:
    """Give the questions that will be learnt from, with their intents."""
    return [Row(line.question, line.intent) for line in lines if line.state in ("kept", "masked")]


def keep(rows: Sequence[Row], folder: Path, name: str) -> Path:
    """Write the rows to ``NAME.jsonl`` in the folder, in the place of what was learnt from it before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{file_name(name)}.jsonl"
    part = file.with_suffix(".part")
    text = "".join(
        json.dumps({"question": row.question, "intent": row.label}, ensure_ascii=False) + "\n" for row in rows
    )
    part.write_text(text, encoding="utf-8")
    part.replace(file)
    return file


def file_name(name: str) -> str:
    """Give the name under which a file's lines are kept: letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "learned"


def learned_files(folder: Path) -> list[Path]:
    """Give the files of learned lines, sorted."""
    return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []


def learned_rows(files: Iterable[Path]) -> list[Row]:
    """Read files that :func:`keep` wrote. Raises DataError where somebody spoilt one."""
    found: list[Row] = []
    for file in files:
        if file.stat().st_size:
            found += [Row(str(row["question"]), str(row["intent"])) for _, row in read_objects(file)]
    return found


def forget(folder: Path, name: str | None = None) -> list[Path]:
    """Delete what was learnt from a file, or from all of them; give the files that are gone."""
    gone = [file for file in learned_files(folder) if name is None or file.stem == name]
    for file in gone:
        file.unlink()
    return gone


def halves(rows: Sequence[Row], every: int = 5) -> tuple[list[Row], list[Row]]:
    """Divide rows into those to learn and those held out: of each intent every ``every``-th is held out.

    An intent with fewer rows than that gives none of its first; the same rows always divide alike.
    """
    learned: list[Row] = []
    held: list[Row] = []
    counts: dict[str, int] = {}
    for row in sorted(rows, key=lambda r: (r.label, r.question)):
        counts[row.label] = counts.get(row.label, 0) + 1
        (held if counts[row.label] % every == every // 2 + 1 else learned).append(row)
    return learned, held


def nlu_yaml(rows: Sequence[Row], intents: Collection[str] | None = None) -> str:
    """Write rows as Rasa's training data. Brackets, which would mark an entity, become round ones."""
    lines = ['version: "3.1"', "nlu:"]
    for intent in sorted({row.label for row in rows}):
        if intents is not None and intent not in intents:
            continue  # its intent was taken out of the domain since
        lines.append(f"- intent: {intent}")
        lines.append("  examples: |")
        said = (row.question for row in rows if row.label == intent)
        lines += [f"    - {_plain(q.translate({91: '(', 93: ')', 123: '(', 125: ')'}))}" for q in said]
    return "\n".join(lines) + "\n"
