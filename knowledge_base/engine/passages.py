"""From the files to passages, and from a passage to the texts that are searched for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from knowledge_base.engine.load import Entry
from knowledge_base.engine.markdown import TOP
from knowledge_base.engine.records import Document, LanguageCode, Passage

CHUNK, OVERLAP = 2000, 250  # characters of one vector's text, and what two neighbours share

_SENTENCE = re.compile(r".+?(?:[.!?؟。](?=\s)|\n|\Z)", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|<(https?://[^>]*)>")
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*+]|\d+[.)])[ \t]+|\*\*|__|`", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unit:
    """One text with one vector.

    A ``heading`` (a question, another wording of it), a piece of ``text``, or a ``window``: two sentences of
    it. A whole text says what it is about; where the answer stands, a window says it louder. ``own``: only
    questions in its own language need to find it, because the other language has its twin.
    """

    kind: Literal["heading", "text", "window"]
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Searchable:
    """What the index knows of one passage. Both languages of a passage share ``twin``."""

    id: str
    twin: str
    language: str | None
    topic: str | None
    units: tuple[Unit, ...]  # headings first, then at least one text, then windows
    words: str  # all of it, for keyword search
    imported: bool = False


def plain(markdown: str) -> str:
    """Give the words of a piece of Markdown without its marks."""
    return _MARKS.sub("", _LINK.sub(lambda m: m[1] or m[2] or "", markdown)).strip()


def document_url(guides_url: str, kind: str, id_: str, language: str) -> str:
    """Give the address of our own page: ``…/guides/en/ID`` for a guide, ``…/guides/en/faq/ID`` for a FAQ."""
    folder = "faq/" if kind == "faq" else ""
    return f"{guides_url.rstrip('/')}/{language}/{folder}{id_}"


def document_of(entry: Entry) -> Document:
    """Give the record of a file's front matter. The file must have one that could be read."""
    front = entry.page.front
    assert front is not None
    return Document(
        id=entry.id,
        kind=entry.kind,
        title=front.title,
        topic=front.topic,
        language=entry.language,
        audience=tuple(front.audience),
        owner=front.owner,
        reviewed=front.reviewed,
        path=entry.path,
        summary=front.summary,
        subjects=tuple(front.subjects),
        url=front.url,
        imported=front.imported is not None,
    )


def passages_of(entry: Entry, document: Document, guides_url: str) -> Iterator[Passage]:
    """Give the passages of a file in order; a guide's introduction comes first, under the anchor ``top``."""
    own = document_url(guides_url, entry.kind, entry.id, entry.language)
    base = document.url or own
    if entry.kind == "guide" and entry.page.intro:
        yield Passage(
            id=_id(document, TOP), document=document, anchor=TOP, heading=document.title, asked=(),
            text=entry.page.intro, url=base,
        )  # fmt: skip
    for section in entry.page.sections:
        yield Passage(
            id=_id(document, section.anchor),
            document=document,
            anchor=section.anchor,
            heading=section.heading,
            asked=section.asked,
            text=section.text,
            url=base if "#" in base else f"{base}#{section.anchor}",
        )


def _id(document: Document, anchor: str) -> str:
    language: LanguageCode = document.language
    return f"{document.kind}/{document.id}#{anchor}:{language}"


def searchable(passage: Passage, own: bool = False) -> Searchable:
    """Give what is indexed: of a FAQ the question, each other wording and the answer; of a guide its text.

    ``own``: the passage has a twin in the other language.
    """
    document, text = passage.document, plain(passage.text)
    if document.kind == "faq":
        units = [Unit("heading", q) for q in (passage.heading, *passage.asked)]
        units += [Unit("text", part) for part in chunks(f"{passage.heading}\n{text}")]
        units += windows(text)
        found = f"{passage.heading}\n{passage.heading}\n" + "\n".join((*passage.asked, text))
    else:
        title = passage.heading if passage.anchor == TOP else f"{document.title}: {passage.heading}"
        units = [Unit("text", f"{title}\n{part}") for part in chunks(text, CHUNK - len(title))]
        units += windows(text)
        found = f"{document.title}\n{passage.heading}\n{passage.heading}\n{text}"
    units = [replace(unit, own=own) for unit in dict.fromkeys(units)]
    return Searchable(
        passage.id, passage.twin, document.language, document.topic, tuple(units), found, document.imported
    )


def windows(text: str) -> list[Unit]:
    """Give each two neighbouring sentences of a text, overlapping by one; none of a text of one or two."""
    sentences = [s.strip() for s in _SENTENCE.findall(text) if s.strip()]
    if len(sentences) <= 2:
        return []
    return [Unit("window", f"{a} {b}"[:CHUNK]) for a, b in pairwise(sentences)]


def chunks(text: str, size: int = CHUNK) -> list[str]:
    """Cut a text longer than ``size`` at paragraphs, or at sentences, into parts of about one length.

    Neighbours overlap a little. A short rest would be a vector of little meaning, so there is none.
    """
    if len(text) <= size:
        return [text]
    number = math.ceil(len(text) / (size - OVERLAP))
    each = min(size, len(text) // number + OVERLAP)
    parts: list[str] = []
    held = ""
    for piece in _pieces(text, max(each - OVERLAP, 200)):
        if held and len(held) + len(piece) > each and len(parts) < number - 1:
            parts.append(held.strip())
            held = _tail(held)
        held += piece
    return [*parts, held.strip()]


def _pieces(text: str, most: int) -> Iterable[str]:
    for paragraph in re.findall(r".+?(?:\n\s*\n|\Z)", text, re.DOTALL):
        if len(paragraph) <= most:
            yield paragraph
            continue
        for sentence in re.findall(r".+?(?:[.!?؟。]\s+|\n|\Z)", paragraph, re.DOTALL):
            for at in range(0, len(sentence), most):
                yield sentence[at : at + most]


def _tail(text: str) -> str:
    """Give the end of a chunk that its neighbour repeats, from the beginning of a word."""
    end = text[-OVERLAP:]
    return end[end.find(" ") + 1 :]
