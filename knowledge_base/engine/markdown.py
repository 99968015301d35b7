"""Reading a FAQ file or a guide: front matter, sections, other ways to ask, and the limits on Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import ValidationError

from knowledge_base.engine.problems import Problem
from knowledge_base.engine.schema import FrontMatter
from knowledge_base.engine.wording import problems_of
from knowledge_base.engine.yamlmarks import Marked, read_yaml

TOP = "top"  # the anchor of a guide's introduction

_HEADING = re.compile(r"##[ \t]+(.*?)[ \t]*#*[ \t]*$")
_ANCHOR = re.compile(r"(.*?)[ \t]*\{#([^}]*)\}$")
_ANCHOR_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one ``##`` heading; ``line`` is the heading's line in the file."""

    anchor: str
    heading: str
    asked: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file as read. ``front`` is None where the front matter cannot be used."""

    front: FrontMatter | None
    marks: Marked
    intro: str
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]


def read_page(text: str, path: str, kind: str) -> Page:
    """Read a Markdown file of ``kind`` faq or guide. Never raises: what is wrong is in ``problems``."""
    lines = text.lstrip("\ufeff").splitlines()
    problems: list[Problem] = []
    head, body_at = _front_lines(lines, path, problems)
    marks = read_yaml("\n".join(head), path, offset=1)
    front = _front(marks, path, problems)
    intro, raw = _split(lines, body_at)
    imported = front is not None and front.imported is not None
    sections = [_section(item, path, kind, problems, imported) for item in raw]
    if kind == "faq":
        if intro.strip():
            message = "Text stands before the first “## ” question; move it."
            problems.append(Problem(path, body_at + 1, message))
        intro = ""
    elif not intro.strip() and not imported:
        problems.append(Problem(path, body_at + 1, "The guide has no introduction before its first heading."))
    if not sections:
        problems.append(Problem(path, body_at + 1, "There is no “## ” heading, so there is nothing to find."))
    problems += _limits(lines, body_at, path, kind)
    problems += _anchors(sections, path)
    good = [s for s in sections if s.anchor and s.heading and s.text]
    return Page(front, marks, intro.strip(), tuple(_unique(good)), (*marks.problems, *problems))


def _front_lines(lines: list[str], path: str, problems: list[Problem]) -> tuple[list[str], int]:
    if not lines or lines[0].strip() != _FENCE:
        problems.append(Problem(path, 1, "The file must begin with front matter between two lines of “---”."))
        return [], 0
    for at, line in enumerate(lines[1:], start=1):
        if line.strip() == _FENCE:
            return lines[1:at], at + 1
    problems.append(Problem(path, 1, "The front matter is not closed; a second line of “---” is missing."))
    return [], len(lines)


def _front(marks: Marked, path: str, problems: list[Problem]) -> FrontMatter | None:
    if marks.problems or marks.data is None:
        if marks.data is None and not marks.problems and not problems:
            problems.append(Problem(path, 1, "The front matter is empty."))
        return None
    try:
        return FrontMatter.model_validate(marks.data)
    except ValidationError as error:
        problems += problems_of(error, FrontMatter, marks, path)
        return None


def _split(lines: list[str], body_at: int) -> tuple[str, list[tuple[int, list[str]]]]:
    """Cut the body at its ``##`` lines: the text before the first, then (line index, lines) of each."""
    intro: list[str] = []
    sections: list[tuple[int, list[str]]] = []
    for at in range(body_at, len(lines)):
        if _HEADING.match(lines[at]):
            sections.append((at, [lines[at]]))
        elif sections:
            sections[-1][1].append(lines[at])
        else:
            intro.append(lines[at])
    return "\n".join(intro), sections


def _section(
    raw: tuple[int, list[str]], path: str, kind: str, problems: list[Problem], imported: bool
) -> Section:
    at, lines = raw
    match = _HEADING.match(lines[0])
    title = match[1] if match else ""
    marked = _ANCHOR.match(title)
    heading, anchor = (marked[1].strip(), marked[2]) if marked else (title, "")
    if not marked:
        message = f"“{title}” has no id; end the line with one, like {{#renew-online}}."
        problems.append(Problem(path, at + 1, message))
    elif not _ANCHOR_ID.fullmatch(anchor):
        message = f"“{anchor}” is not an id: use small letters, digits and hyphens only."
        problems.append(Problem(path, at + 1, message))
        anchor = ""
    elif anchor == TOP:
        problems.append(Problem(path, at + 1, f"“{TOP}” is kept for the introduction; choose another id."))
        anchor = ""
    if not heading:
        problems.append(Problem(path, at + 1, "The heading is empty."))
    asked, rest = _asked(lines[1:]) if kind == "faq" else ((), lines[1:])
    text = "\n".join(rest).strip()
    if not text:
        problems.append(Problem(path, at + 1, f"“{heading}” has no text under it."))
    if kind == "faq" and heading and not asked and not imported:
        message = f"“{heading}” has no other ways to ask it; add lines that begin with “> ”."
        problems.append(Problem(path, at + 1, message, "warning"))
    return Section(anchor, heading, asked, text, at + 1)


def _asked(lines: list[str]) -> tuple[tuple[str, ...], list[str]]:
    asked: list[str] = []
    at = 0
    while at < len(lines) and (lines[at].startswith(">") or not lines[at].strip()):
        if text := lines[at].lstrip(">").strip():
            asked.append(text)
        at += 1
    return tuple(dict.fromkeys(asked)), lines[at:]


def _anchors(sections: list[Section], path: str) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for section in sections:
        if section.anchor in first:
            message = f"The id “{section.anchor}” is already used on line {first[section.anchor]}."
            yield Problem(path, section.line, message)
        elif section.anchor:
            first[section.anchor] = section.line


def _unique(sections: list[Section]) -> Iterator[Section]:
    seen: set[str] = set()
    for section in sections:
        if section.anchor not in seen:
            seen.add(section.anchor)
            yield section


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # bad ones are told, not skipped
    return markdown


_BLOCKS = {
    "html_block": "HTML is not allowed; write it as Markdown.",
    "table_open": "Tables are not allowed; write a list.",
    "fence": "Blocks of code are not allowed; write the line as ordinary text.",
    "code_block": "This line is indented by four spaces or more and would be shown as code; take them out.",
    "hr": "Rules (---) are not allowed; begin a new section.",
}
_INLINES = {
    "html_inline": "HTML is not allowed; write it as Markdown.",
    "image": "Pictures are not allowed; say it in words or link to the picture.",
}


def _limits(lines: list[str], body_at: int, path: str, kind: str) -> Iterator[Problem]:
    """Say where the body goes past the Markdown that every channel can show."""
    body = ["" if kind == "faq" and line.startswith(">") else line for line in lines[body_at:]]
    for token in _parser().parse("\n".join(body)):
        at = body_at + 1 + (token.map[0] if token.map else 0)
        if token.type in _BLOCKS:
            yield Problem(path, at, _BLOCKS[token.type])
        elif token.type == "blockquote_open":
            yield Problem(path, at, "Lines that begin with “>” belong right under a question of a FAQ file.")
        elif token.type == "heading_open":
            yield from _heading(token, path, at, kind)
        elif token.type == "inline":
            yield from _inline(token, path, at)
    yield from _late_asked(lines, body_at, path, kind)


def _heading(token: Token, path: str, at: int, kind: str) -> Iterator[Problem]:
    if token.markup in ("=", "-"):
        yield Problem(path, at, "A line of “===” or “---” makes the text above it a heading; use “## ”.")
    elif token.tag == "h3" and kind == "faq":
        yield Problem(path, at, "A FAQ answer has no headings inside; use a paragraph or a list.")
    elif token.tag not in ("h2", "h3"):
        yield Problem(path, at, "Use “## ” for headings, and “### ” inside a section of a guide.")


def _inline(token: Token, path: str, at: int) -> Iterator[Problem]:
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            at += 1
        elif child.type in _INLINES:
            yield Problem(path, at, _INLINES[child.type])
        elif child.type == "link_open":
            target = str(child.attrs.get("href", ""))
            if not target.startswith(("https://", "http://", "mailto:")):
                message = f"The link to “{target}” must begin with https:// (or mailto: for an address)."
                yield Problem(path, at, message)


def _late_asked(lines: list[str], body_at: int, path: str, kind: str) -> Iterator[Problem]:
    """Other ways to ask that do not stand right under their heading would be lost: say so."""
    under = False
    for at in range(body_at, len(lines)):
        line = lines[at]
        if kind != "faq":
            return
        if line.startswith("## "):
            under = True
        elif line.startswith(">") and not under:
            yield Problem(path, at + 1, "Lines that begin with “>” belong right under the question.")
        elif line.strip() and not line.startswith(">"):
            under = False
