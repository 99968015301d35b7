"""From what was read to files of the knowledge base: names, front matter, sections, and the check."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from knowledge_base.engine.load import read_entry
from knowledge_base.engine.problems import errors
from knowledge_base.engine.text import language_of
from knowledge_base.importing.blocks import Block, blocks
from knowledge_base.importing.items import Item, Refused

SECTION_WORDS = 330  # a longer section is divided at a paragraph
PART_WORDS = 220
ANSWER_WORDS = 250  # a longer text under a question is a guide
_LONGEST_ID = 60
_PART = {"en": "part", "ar": "الجزء"}

State = Literal["new", "replaced", "kept", "refused"]
Guess = Callable[[Sequence[str]], Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the command was told. ``topics`` are the ids that exist; ``guess`` finds a text's topic."""

    owner: str
    today: date
    topics: Collection[str]
    topic: str | None = None
    language: str | None = None
    guess: Guess | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A file to be written at ``path`` of the knowledge base, or the reason why not."""

    state: State
    path: str
    where: str
    text: str = ""
    reason: str = ""


def plan(items: Sequence[Item | Refused], to: Path, rules: Rules) -> list[Planned]:
    """Say for each file, and for each part of the source that gives none, what will happen to it."""
    refused = [Planned("refused", "", r.where, reason=r.reason) for r in items if isinstance(r, Refused)]
    whole = _with_topics([_with_language(item, rules) for item in items if isinstance(item, Item)], rules)
    planned: list[Planned] = []
    taken: set[str] = set()
    for group in _groups(whole):
        first = group[0]
        if first.topic is None or first.topic not in rules.topics:
            why = f"“{first.topic}” is not a topic" if first.topic else "No topic was given or found"
            reason = f"{why}; name one with --topic."
            planned += [Planned("refused", "", item.where, reason=reason) for item in group]
            continue
        path = _path(group, taken)
        taken.add(path)
        planned.append(_checked(path, group, to, rules))
    return [*planned, *refused]


def write(planned: Sequence[Planned], to: Path) -> None:
    """Write the files that are new or replaced, each whole or not at all."""
    for one in planned:
        if one.state in ("new", "replaced"):
            file = to / one.path
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f".{file.name}.part")
            part.write_text(one.text, encoding="utf-8")
            part.replace(file)


def _with_language(item: Item, rules: Rules) -> Item:
    found = item.language or rules.language or language_of(f"{item.title}\n{item.markdown}") or "en"
    return replace(item, language=found)


def _with_topics(items: Sequence[Item], rules: Rules) -> list[Item]:
    known = [replace(item, topic=item.topic or rules.topic) for item in items]
    open_ = [item for item in known if item.topic is None]
    if not open_ or rules.guess is None:
        return known
    texts = [item.title if item.question else f"{item.title}. {item.markdown[:300]}" for item in open_]
    guessed = iter(rules.guess(texts))
    return [item if item.topic else replace(item, topic=next(guessed)) for item in known]


def _groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Put together the questions that share an address (or have none), a topic and a language."""
    groups: dict[object, list[Item]] = {}
    for item in items:
        short = item.question and len(item.markdown.split()) <= ANSWER_WORDS
        key: object = (item.url, item.topic, item.language) if short else item
        groups.setdefault(key, []).append(item if short else replace(item, question=False))
    yield from groups.values()


def _path(group: Sequence[Item], taken: Collection[str]) -> str:
    first = group[0]
    if not first.question:
        folder, stem = "guides", _name(first)
    elif first.url is None:
        folder, stem = "faq", f"{first.topic}--imported"
    else:
        folder, stem = "faq", f"{first.topic}--{_name(first)}"
    for number in range(1, len(taken) + 2):
        path = f"{folder}/{stem}{'' if number == 1 else f'-{number}'}.{first.language}.md"
        if path not in taken:
            return path
    raise AssertionError("there is one name more than files")


def _name(item: Item) -> str:
    last = (item.url or "").partition("#")[0].partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "://" in (item.url or "") else ""
    names = [item.title, item.id or "", stem]
    return next((s for s in map(slug, names) if s), f"page-{_hash(item.title)}")


def slug(text: str) -> str:
    """Give an id made of a text's Latin letters and digits; empty where it has less than two of them."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", "").replace("’", ""))
    kept = ""
    for word in words:
        if len(kept) + len(word) + 1 > _LONGEST_ID:
            break
        kept = f"{kept}-{word}" if kept else word[:_LONGEST_ID]
    return kept if sum(c.isalpha() for c in kept) >= 2 else ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _checked(path: str, group: Sequence[Item], to: Path, rules: Rules) -> Planned:
    """Render one file and read it back as the knowledge base would."""
    where = group[0].where if len(group) == 1 else f"{group[0].where} and {len(group) - 1} more"
    text = _faq(group, rules) if group[0].question else _guide(group[0], rules)
    wrong = errors(read_entry(path, text).page.problems)
    if wrong:
        told = "; ".join(problem.message for problem in wrong[:3])
        return Planned("refused", path, where, text, f"It would not pass the check: {told}")
    if (to / path).exists() and not rules.replace:
        return Planned("kept", path, where, text, "The file is there already; --replace writes it anew.")
    return Planned("replaced" if (to / path).exists() else "new", path, where, text)


def _front(item: Item, title: str, rules: Rules) -> str:
    lines = [
        f"title: {json.dumps(title, ensure_ascii=False)}",  # JSON's quotes are YAML's, too
        f"topic: {item.topic}",
        f"language: {item.language}",
        "audience: [everyone]",
        f"owner: {rules.owner}",
        f"reviewed: {rules.today}",
        f"imported: {rules.today}",
    ]
    if item.url:
        lines.append(f"url: {json.dumps(item.url, ensure_ascii=False)}")
    return "\n".join(["---", *lines, "---", ""])


def _faq(group: Sequence[Item], rules: Rules) -> str:
    first = group[0]
    title = first.title if len(group) == 1 else f"{(first.topic or '').replace('_', ' ').capitalize()}"
    parts = [_front(first, title, rules)]
    anchors: set[str] = set()
    for item in group:
        anchor = _anchor(item.title, anchors)
        text = "\n\n".join(_as_text(block) for block in blocks(item.markdown, item.url))
        parts.append(f"## {_one_line(item.title)} {{#{anchor}}}\n\n{text}\n")
    return "\n".join(parts)


def _guide(item: Item, rules: Rules) -> str:
    found = blocks(item.markdown, item.url)
    if found and found[0].level and _same(found[0].text, item.title):
        found = found[1:]
    highest = min((block.level for block in found if block.level), default=2)
    intro, sections = _sections(found, highest)
    if not sections:
        intro, sections = [], [(item.title, intro)]
    parts = [_front(item, item.title, rules)]
    if intro:
        parts.append("\n\n".join(intro) + "\n")
    anchors: set[str] = set()
    for heading, texts in sections:
        for number, part in enumerate(_divided(texts), start=1):
            name = f"{heading} ({_PART[item.language or 'en']} {number})" if number > 1 else heading
            body = "\n\n".join(part)
            parts.append(f"## {_one_line(name)} {{#{_anchor(name, anchors)}}}\n\n{body}\n")
    return "\n".join(parts)


def _sections(found: Sequence[Block], highest: int) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Cut at the highest headings; the next lower stay as ``###``, those below as bold lines."""
    intro: list[str] = []
    sections: list[tuple[str, list[str]]] = []
    for block in found:
        if block.level == highest:
            sections.append((block.text, []))
            continue
        into = sections[-1][1] if sections else intro
        below = block.level == highest + 1 and bool(sections)
        into.append(f"### {_one_line(block.text)}" if below else _as_text(block))
    return intro, [(heading, texts) for heading, texts in sections if texts]


def _divided(texts: Sequence[str]) -> list[list[str]]:
    """Divide a long section before a heading or a paragraph; each part ends with text."""
    if sum(len(text.split()) for text in texts) <= SECTION_WORDS:
        return [list(texts)]
    parts: list[list[str]] = [[]]
    for text in texts:
        words = sum(len(one.split()) for one in parts[-1])
        ready = parts[-1] and not parts[-1][-1].startswith("### ")
        if ready and words + len(text.split()) > PART_WORDS:
            parts.append([])
        parts[-1].append(text)
    return parts


def _as_text(block: Block) -> str:
    return f"**{block.text}**" if block.level else block.text


def _anchor(heading: str, taken: set[str]) -> str:
    stem = slug(heading) or f"section-{_hash(heading)[:4]}"
    stem = "section-top" if stem == "top" else stem
    number = next(n for n in range(1, len(taken) + 2) if (stem if n == 1 else f"{stem}-{n}") not in taken)
    anchor = stem if number == 1 else f"{stem}-{number}"
    taken.add(anchor)
    return anchor


def _one_line(text: str) -> str:
    return " ".join(text.replace("{#", "(").split()).rstrip("#").strip() or "…"


def _same(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.lower()) == re.findall(r"\w+", other.lower())
