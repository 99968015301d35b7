"""Quoting a passage: as much of its Markdown as a chat message carries, and the link to the rest."""

from __future__ import annotations

import re

from actions.talk import Talk, payload
from bot.model import Choice, Citation
from knowledge_base.engine.records import Passage

LONGEST = 600  # characters of an answer
_TITLE = 60  # characters of a button
_BLOCKS = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"^(?:[-*]|\d+[.)]) ")
_SENTENCE = re.compile(r"(?<=[.!?؟。])\s+(?=\S)")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")


def shorten(markdown: str, longest: int = LONGEST) -> tuple[str, bool]:
    """Give the beginning of a text, cut after a paragraph, an item or a sentence; True where cut."""
    text = re.sub(r"^#{3,6} +(.+)$", r"**\1**", markdown.strip(), flags=re.MULTILINE)
    if len(text) <= longest * 1.15:  # a few words over are better than a cut
        return text, False
    kept: list[str] = []
    used = 0
    for block in _BLOCKS.split(text):
        if used + len(block) > longest and used:
            fitting = _lines(block, longest - used) if _is_list(block) else ""
            kept += [fitting] if fitting else []
            break
        if len(block) > longest:
            kept.append(_lines(block, longest) if _is_list(block) else _sentences(block, longest))
            break
        kept.append(block)
        used += len(block) + 2
    return "\n\n".join(_without_dangling(kept)), True


def _without_dangling(blocks: list[str]) -> list[str]:
    """Leave out a last line that only announces a list which did not fit."""
    if len(blocks) > 1 and blocks[-1].rstrip().endswith((":", "：")) and not _is_list(blocks[-1]):
        return blocks[:-1]
    return blocks


def _is_list(block: str) -> bool:
    return any(_ITEM.match(line) for line in block.splitlines())


def _lines(block: str, room: int) -> str:
    """Keep whole items of a list; at least two of them, or none."""
    kept: list[str] = []
    for line in block.splitlines():
        if sum(map(len, kept)) + len(line) > room:
            break
        kept.append(line)
    items = [line for line in kept if _ITEM.match(line)]
    return "\n".join(kept) if len(items) >= 2 else ""


def _sentences(block: str, room: int) -> str:
    kept = ""
    for sentence in _SENTENCE.split(block):
        if kept and len(kept) + len(sentence) + 1 > room:
            break
        kept = f"{kept} {sentence}".strip()
    return kept


def citation(passage: Passage) -> Citation:
    """Give the link to a passage: its document, its heading, and when it was last checked."""
    document = passage.document
    return Citation(
        title=document.title,
        url=passage.url,
        section=passage.heading if passage.heading != document.title else None,
        reviewed=document.reviewed,
        guide=document.id,
    )


def see(talk: Talk, passage: Passage) -> Choice:
    """Give the choice that shows a passage."""
    topic = talk.topics.get(passage.document.topic)
    intent = topic.intents[0] if topic else "service_howto"
    return Choice(title(passage.heading), payload(intent, passage=passage.twin))


def title(text: str) -> str:
    """Give a heading as a button's title, cut at a word."""
    plain = _LINK.sub("", text).strip()
    if len(plain) <= _TITLE:
        return plain
    return plain[: _TITLE - 1].rsplit(" ", 1)[0] + "…"
