"""What is imported, read from JSON Lines, CSV or saved pages into one shape."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.importing.html import fragment, looks_like_html, read_saved_page

PAGES = (".html", ".htm", ".xhtml")
LINES, TABLES = (".jsonl", ".ndjson"), (".csv", ".tsv")
_MOST = 1_000_000  # characters of one cell of a table
csv.field_size_limit(_MOST)


@dataclass(frozen=True, slots=True)
class Item:
    """A page, or a question with its answer. ``where`` is its place in the source, for messages."""

    where: str
    title: str
    markdown: str
    url: str | None = None
    id: str | None = None
    topic: str | None = None
    language: str | None = None
    question: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of the source that could not be used, and why."""

    where: str
    reason: str


def read_items(source: Path, base_url: str | None = None) -> list[Item | Refused]:
    """Read a file, or every file below a folder. Raises KnowledgeBaseError where there is nothing to read.

    ``base_url``: the address of the folder, for saved pages that do not say where they came from.
    """
    if not source.exists():
        raise KnowledgeBaseError(f"{source}: there is no such file or folder.")
    files = [source] if source.is_file() else sorted(f for f in source.rglob("*") if f.is_file())
    known = (*PAGES, *LINES, *TABLES)
    files = [f for f in files if f.suffix.lower() in known and not f.name.startswith(".")]
    if not files:
        raise KnowledgeBaseError(f"{source}: nothing here can be imported; it takes {', '.join(known)}.")
    root = source.parent if source.is_file() else source
    return [item for file in files for item in _read(file, file.relative_to(root).as_posix(), base_url)]


def _read(file: Path, name: str, base_url: str | None) -> Iterator[Item | Refused]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        yield Refused(name, f"The file cannot be opened ({error.strerror}).")
        return
    if file.suffix.lower() in PAGES:
        yield _page(raw, name, urljoin(base_url, name) if base_url else None)
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        yield Refused(f"{name}, line {line}", "The file is not UTF-8 text; save it again as UTF-8.")
        return
    yield from (_lines(text, name) if file.suffix.lower() in LINES else _table(text, name))


def _page(raw: bytes, name: str, address: str | None) -> Item | Refused:
    found = read_saved_page(raw, address)
    if not found.markdown.strip():
        return Refused(name, "No main content was found in the page.")
    if not found.title:
        return Refused(name, "The page has no title.")
    return Item(name, found.title, found.markdown, found.url, Path(name).stem)


def _lines(text: str, name: str) -> Iterator[Item | Refused]:
    for at, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{name}, line {at}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Refused(where, f"This is not JSON ({error}).")
            continue
        if not isinstance(row, dict):
            yield Refused(where, "This is not a JSON object.")
            continue
        yield _item(row, where, "title", "text")


def _table(text: str, name: str) -> Iterator[Item | Refused]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows.fieldnames = [str(field).strip().lower() for field in rows.fieldnames or ()]
    if not {"question", "answer"} <= set(rows.fieldnames):
        yield Refused(f"{name}, line 1", "The first line must name the columns question and answer.")
        return
    try:
        for row in rows:
            yield _item(row, f"{name}, line {rows.line_num}", "question", "answer")
    except csv.Error as error:
        yield Refused(f"{name}, line {rows.line_num}", f"The table cannot be read further ({error}).")


def _item(row: Mapping[str, object], where: str, title: str, text: str) -> Item | Refused:
    given = {
        name: str(row.get(name) or "").strip() for name in (title, text, "url", "id", "topic", "language")
    }
    for name in (title, text):
        if not given[name]:
            return Refused(where, f"“{name}” is missing or empty.")
    url = given["url"] or None
    if url and not url.startswith(("https://", "http://")):
        return Refused(where, f"“{url}” is not a web address; it begins with https://.")
    if given["language"] not in ("", "en", "ar"):
        return Refused(where, f"The language “{given['language']}” is not known; use en or ar.")
    body = fragment(given[text], url) if looks_like_html(given[text]) else given[text]
    asks = title == "question" or given[title].endswith(("?", "؟"))
    return Item(
        where,
        " ".join(given[title].split()),
        body,
        url,
        given["id"] or None,
        given["topic"] or None,
        given["language"] or None,
        asks,
    )
