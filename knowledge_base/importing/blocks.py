"""Any Markdown, rewritten in the part of it that guides may use: no tables, pictures, HTML or code blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_TAG = re.compile(r"<[A-Za-z/!?][^>]*>")
_LIKE_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SPACE = re.compile(r"[ \t\u00a0]+")
_SCHEMES = ("https", "http", "mailto")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a list as Markdown; or a heading, whose ``level`` is 1 to 6, as plain text."""

    text: str
    level: int = 0


def blocks(markdown: str, base: str | None = None) -> list[Block]:
    """Give a text's headings, paragraphs and lists in order.

    A table becomes a list with its header's words before each value; a picture is left out, a quotation or
    a block of code becomes a paragraph. Links are made whole with ``base``; one that leads to no page or
    mail address keeps its words only.
    """
    root = SyntaxTreeNode(_parser().parse(markdown))
    found = [block for node in root.children for block in _blocks(node, base)]
    return [block for block in found if block.text]


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").disable("code")
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # looked at in _link
    return markdown


def _blocks(node: SyntaxTreeNode, base: str | None) -> list[Block]:
    if node.type == "heading":
        return [Block(_inline(node, base, plain=True), int(node.tag[1]))]
    if node.type == "blockquote":
        return [block for child in node.children for block in _blocks(child, base)]
    text = _block(node, base)
    return [Block(text)] if text else []


def _block(node: SyntaxTreeNode, base: str | None) -> str:
    if node.type in ("paragraph", "heading"):
        return _inline(node, base)
    if node.type in ("bullet_list", "ordered_list"):
        return "\n".join(_list(node, base, 0))
    if node.type == "table":
        return _table(node, base)
    if node.type in ("fence", "html_block", "code_block"):
        return _safe(_TAG.sub(" ", node.content))
    return ""


def _list(node: SyntaxTreeNode, base: str | None, depth: int) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(node.children, start=1):
        mark = f"{number}. " if node.type == "ordered_list" else "- "
        words = [
            _block(child, base) for child in item.children if not child.type.endswith("_list")
        ]  # a paragraph and what goes on below it is one item
        said = " ".join(word.replace("\n", " ") for word in words if word)
        if said:
            lines.append("   " * depth + mark + said)
        inner = [child for child in item.children if child.type.endswith("_list")]
        for child in inner:
            lines += _list(child, base, min(depth + 1, 2))
    return lines


def _table(node: SyntaxTreeNode, base: str | None) -> str:
    rows = [[_inline(cell, base) for cell in row.children] for part in node.children for row in part.children]
    if len(rows) < 2:
        return " · ".join(cell for row in rows for cell in row if cell)
    head, *rest = rows
    return "\n".join(f"- {_row(head, row)}" for row in rest if any(row))


def _row(head: Sequence[str], row: Sequence[str]) -> str:
    first, *others = row
    named = [
        f"{name}: {cell}" if name else cell for name, cell in zip(head[1:], others, strict=False) if cell
    ]
    return (f"{first} – " if first and named else first) + "; ".join(named)


def _inline(node: SyntaxTreeNode, base: str | None, plain: bool = False) -> str:
    return _tidy("".join(_span(child, base, plain) for child in node.children))


def _span(node: SyntaxTreeNode, base: str | None, plain: bool) -> str:
    inner = "".join(_span(child, base, plain) for child in node.children)
    kind = node.type
    if kind == "inline" or plain:
        return inner or ("" if kind in ("html_inline", "image") else " " if "break" in kind else _said(node))
    if kind in ("strong", "em"):
        mark = "**" if kind == "strong" else "*"
        return f"{mark}{inner.strip()}{mark}" if inner.strip() else ""
    if kind == "link":
        return _link(inner, str(node.attrs.get("href", "")), base)
    if kind == "code_inline":
        return f"`{node.content}`" if "`" not in node.content else node.content
    if kind in ("html_inline", "image"):
        return "\n" if re.match(r"<br\b", node.content, re.IGNORECASE) else ""
    return "\n" if kind == "hardbreak" else " " if kind == "softbreak" else _said(node)


def _said(node: SyntaxTreeNode) -> str:
    return _LIKE_TAG.sub("‹", node.content) if node.type in ("text", "code_inline", "text_special") else ""


def _link(words: str, target: str, base: str | None) -> str:
    try:
        whole = urljoin(base, target) if base else target
        scheme = urlsplit(whole).scheme
    except ValueError:
        return words
    words = words.strip().replace("\n", " ")
    if scheme not in _SCHEMES or not words:
        return words
    safe = whole.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"[{words.replace('[', '(').replace(']', ')')}]({safe})"


def _safe(text: str) -> str:
    return _tidy(_LIKE_TAG.sub("‹", " ".join(text.split())))


def _tidy(text: str) -> str:
    return "\n".join(_SPACE.sub(" ", line).strip() for line in text.strip().split("\n") if line.strip())
