"""Reading the folder of the knowledge base, file by file; a broken file never takes the rest down."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from knowledge_base.engine.markdown import Page, read_page
from knowledge_base.engine.problems import Problem, errors
from knowledge_base.engine.tables import MODELS, OPTIONAL, Table, empty, read_table
from knowledge_base.engine.yamlmarks import read_yaml

Kind = Literal["faq", "guide"]
FOLDERS: Mapping[str, Kind] = {"faq": "faq", "guides": "guide"}

QUESTIONS = "questions.yml"  # the staff's regression set; no knowledge (questions.py)
_NAME = re.compile(r"([a-z0-9]+(?:(?:--|[-_])[a-z0-9]+)*)\.(en|ar)\.md")
_SERVING_OLD = "Until this is mended, the last good version serves."
_LARGEST = 1_000_000  # bytes; beyond it, it is not a page that somebody wrote


@dataclass(frozen=True, slots=True)
class Entry:
    """One Markdown file: what its name says, and the page in it."""

    path: str
    kind: Kind
    id: str
    language: Literal["en", "ar"]
    page: Page


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in the folder. ``served`` may be an earlier good version of what ``current`` holds."""

    current_tables: Mapping[str, Table]
    served_tables: Mapping[str, Table]
    current: Mapping[str, Entry]
    served: Mapping[str, Entry]
    problems: tuple[Problem, ...]


class Loader:
    """Reads the folder again and again, and remembers the last good version of each file.

    ``keep`` is a folder for copies of good files, so that a restart with a broken file serves as well as
    the run before it did; None keeps them in memory only.
    """

    def __init__(self, root: Path, keep: Path | None = None) -> None:
        self.root = root
        self._keep = keep
        self._good: dict[str, str] = {}
        self._tables: dict[tuple[str, str], Table] = {}
        self._entries: dict[tuple[str, str], Entry] = {}

    def load(self) -> Contents:
        """Read every file. Never raises for what stands in a file."""
        problems: list[Problem] = []
        tables, served_tables = {}, {}
        for name in MODELS:
            if name in OPTIONAL and not (self.root / name).exists():
                tables[name] = served_tables[name] = Table(name, empty(name), read_yaml("", name), ())
                continue
            text = self._read(self.root / name, name, problems)
            tables[name] = self._table(name, text or "")
            problems += tables[name].problems if text is not None else ()
            served_tables[name] = self._served_table(name, text, tables[name], problems)
        current, served = {}, {}
        for path in self._markdown(problems):
            text = self._read(self.root / path, path, problems)
            entry = None if text is None else self._entry(path, text)
            if entry is not None:
                current[path] = entry
                problems += entry.page.problems
            if serving := self._served_entry(path, text, entry, problems):
                served[path] = serving
        self._forget_removed(current.keys() | served.keys() | MODELS.keys())
        return Contents(tables, served_tables, current, served, tuple(problems))

    def _read(self, file: Path, path: str, problems: list[Problem]) -> str | None:
        try:
            raw = file.read_bytes()
        except FileNotFoundError:
            problems.append(Problem(path, 0, "The file is missing."))
            return None
        except OSError as error:
            problems.append(Problem(path, 0, f"The file cannot be opened ({error.strerror})."))
            return None
        if len(raw) > _LARGEST:
            problems.append(Problem(path, 0, "The file is larger than 1 MB; split it."))
            return None
        try:
            return raw.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            problems.append(Problem(path, line, "The file is not UTF-8 text; save it again as UTF-8."))
            return None

    def _table(self, name: str, text: str) -> Table:
        key = (name, _digest(text))
        if key not in self._tables:
            self._tables = {k: v for k, v in self._tables.items() if k[0] != name or v.model is not None}
            self._tables[key] = read_table(name, text)
        return self._tables[key]

    def _served_table(self, name: str, text: str | None, table: Table, problems: list[Problem]) -> Table:
        if text is not None and not errors(table.problems):
            self._remember(name, text)
            return table
        good = self._last_good(name)
        if good is not None:
            problems.append(Problem(name, 0, _SERVING_OLD, "warning"))
            return self._table(name, good)
        problems.append(Problem(name, 0, "Until this is mended, what is wrong is left out.", "warning"))
        return table

    def _markdown(self, problems: list[Problem]) -> list[str]:
        """Find the Markdown files, and complain of files that would be overlooked."""
        found = []
        for file in sorted(self.root.glob("*.y*ml")):
            if file.name not in MODELS and file.name != QUESTIONS:
                message = f"This file is not read; the files are: {', '.join(MODELS)}."
                problems.append(Problem(file.name, 0, message))
        for folder in FOLDERS:
            for file in sorted((self.root / folder).glob("*")):
                path = f"{folder}/{file.name}"
                if file.name.startswith((".", "~", "__")) or file.name.endswith("~") or file.is_dir():
                    continue
                if _NAME.fullmatch(file.name):
                    found.append(path)
                else:
                    message = "The file's name must be small letters and digits, then .en.md or .ar.md."
                    problems.append(Problem(path, 0, message))
        return found

    def _entry(self, path: str, text: str) -> Entry:
        key = (path, _digest(text))
        if key not in self._entries:
            self._entries[key] = read_entry(path, text)
        return self._entries[key]

    def _served_entry(
        self, path: str, text: str | None, entry: Entry | None, problems: list[Problem]
    ) -> Entry | None:
        if text is not None and entry is not None and not errors(entry.page.problems):
            self._remember(path, text)
            return entry
        good = self._last_good(path)
        if good is not None:
            problems.append(Problem(path, 0, _SERVING_OLD, "warning"))
            return self._entry(path, good)
        if entry is not None and entry.page.front is not None:
            message = "Until this is mended, only the sections without a fault are used."
            problems.append(Problem(path, 0, message, "warning"))
            return entry
        problems.append(Problem(path, 0, "Until this is mended, the file is left out.", "warning"))
        return None

    def _remember(self, path: str, text: str) -> None:
        if self._good.get(path) == text:
            return
        self._good[path] = text
        if self._keep is not None:
            copy = self._keep / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            part = copy.with_name(copy.name + ".part")
            part.write_text(text, encoding="utf-8")
            part.replace(copy)

    def _last_good(self, path: str) -> str | None:
        if path in self._good:
            return self._good[path]
        if self._keep is None or not (self._keep / path).is_file():
            return None
        try:
            text = (self._keep / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        good = not errors(
            self._table(path, text).problems if path in MODELS else self._entry(path, text).page.problems
        )
        if good:
            self._good[path] = text
        return text if good else None

    def _forget_removed(self, present: set[str]) -> None:
        """A file that staff took away is gone; its good copy must not come back with a later fault."""
        for path in set(self._good) - present:
            del self._good[path]
        if self._keep is not None and self._keep.is_dir():
            for copy in self._keep.rglob("*.md"):
                if copy.relative_to(self._keep).as_posix() not in present:
                    copy.unlink(missing_ok=True)
        used = present | set(MODELS)
        self._tables = dict(list(self._tables.items())[-64:])
        self._entries = {k: v for k, v in list(self._entries.items())[-4096:] if k[0] in used}


def read_entry(path: str, text: str) -> Entry:
    """Read one Markdown file by its path in the knowledge base, for example ``faq/renewal.en.md``."""
    folder, name = path.split("/")
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(path)
    kind: Kind = FOLDERS[folder]
    language: Literal["en", "ar"] = "ar" if match[2] == "ar" else "en"
    page = read_page(text, path, kind)
    topic = match[1].partition("--")[0]  # more files of one topic have a name of their own behind it
    found = list(page.problems)
    if page.front is not None and page.front.language != language:
        line = page.marks.line(("language",))
        message = f"“language” is {page.front.language}, but the file's name says {language}."
        found.append(Problem(path, line, message))
    if page.front is not None and kind == "faq" and page.front.topic != topic:
        line = page.marks.line(("topic",))
        message = f"“topic” is {page.front.topic}, but a FAQ file is named after its topic ({topic})."
        found.append(Problem(path, line, message))
    if page.front is not None and kind == "faq" and page.front.subjects:
        found.append(Problem(path, page.marks.line(("subjects",)), "“subjects” is for guides only."))
    page = Page(page.front, page.marks, page.intro, page.sections, tuple(found))
    return Entry(path, kind, match[1], language, page)


def clear_copies(keep: Path) -> None:
    """Forget the copies of good files."""
    shutil.rmtree(keep, ignore_errors=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
