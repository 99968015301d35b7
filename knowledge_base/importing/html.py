"""Saved pages: the main content as Markdown, the title, and where the page came from."""

from __future__ import annotations

import copy
import html
import re
from dataclasses import dataclass

import trafilatura
from lxml import html as lxml_html  # type: ignore[import-untyped, unused-ignore]

_SAVED = re.compile(rb"saved from url=\(\d+\)(\S+?)\s*-->")
_MIRRORED = re.compile(rb"<!-- Mirrored from (\S+) by HTTrack")
_SITE = re.compile(r"\s+[|–—·»-]\s+[^|–—·»]*$")  # “Interlibrary loan | Cedar Library”
_TAGS = re.compile(r"</?(?:p|br|ul|ol|li|a|div|span|strong|em|b|i|h[1-6]|table)\b[^>]*>", re.IGNORECASE)
_BLOCKS = re.compile(r"p|div|section|article|[uod]l|table|blockquote|pre|hr|details|figure|h[1-6]")
# Where a page says itself what its content is, the first of these that it has just once.
_CONTENT = ("//main", "//*[@role='main']", "//article")
_AROUND = "self::nav or self::aside or self::footer or self::form or self::script or self::style"
_NAMED_AROUND = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|breadcrumbs?|skip(?:-?link|-?nav|-?to)?|sidebar|share|social|pagination)"
    r"(?:$|[\s_-])|(?:^|[\s_-])(?:alert|notice|site|promo|announcement)[_-]?(?:bar|banner)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ADDRESSES = (
    "//link[@rel='canonical']/@href",
    "//meta[@property='og:url']/@content",
    "//base/@href",
)


@dataclass(frozen=True, slots=True)
class SavedPage:
    """What was found in a page; ``markdown`` is empty where no main content was."""

    title: str
    markdown: str
    url: str | None


def read_saved_page(raw: bytes, address: str | None = None) -> SavedPage:
    """Read a saved page. ``address`` is where it came from, where the page itself does not say."""
    tree = trafilatura.load_html(raw)
    if tree is None:
        return SavedPage("", "", address)
    url = _own_address(raw, tree) or address
    return SavedPage(_title(tree), _markdown(tree, url), url)


def looks_like_html(text: str) -> bool:
    """Whether a text of a data file has tags that people write."""
    return bool(_TAGS.search(text))


def fragment(text: str, url: str | None) -> str:
    """Give a piece of HTML, as in an exported answer, as Markdown."""
    tree = trafilatura.load_html(f"<html><body><main>{_in_paragraphs(text)}</main></body></html>")
    found = _markdown(tree, url) if tree is not None else ""
    return found or _TAGS.sub(" ", text)


def _in_paragraphs(text: str) -> str:
    """Put words that stand between blocks into paragraphs: what is bold among them would be torn out."""
    parts: list[str] = []
    loose = ""
    for piece in lxml_html.fragments_fromstring(text):
        if isinstance(piece, str):
            loose += html.escape(piece)
        elif _BLOCKS.fullmatch(str(piece.tag)):
            tail, piece.tail = piece.tail or "", None
            parts += [f"<p>{loose}</p>"] * bool(loose.strip()) + [_written(piece)]
            loose = html.escape(tail)
        else:
            loose += _written(piece)
    return "".join([*parts, f"<p>{loose}</p>" if loose.strip() else ""])


def _written(piece: lxml_html.HtmlElement) -> str:
    return str(lxml_html.tostring(piece, encoding="unicode"))


def _content(tree: lxml_html.HtmlElement) -> lxml_html.HtmlElement:
    """Give a page with nothing but its content, as far as its own marks tell it.

    Left to guess, the extraction takes a short page's banners for the page.
    """
    for path in _CONTENT:
        found = tree.xpath(path)
        if len(found) == 1 and found[0].text_content().strip():
            tree = lxml_html.fromstring("<html><body></body></html>")
            main = copy.deepcopy(found[0])
            main.tail = None
            tree.body.append(main)
            break
    else:
        tree = copy.deepcopy(tree)
    named = [e for e in tree.xpath("//*[@id or @class]") if _is_around(e)]
    for element in (*tree.xpath(f"//*[{_AROUND}]"), *named):
        if element.getparent() is not None:
            element.drop_tree()
    return tree


def _is_around(element: lxml_html.HtmlElement) -> bool:
    return any(_NAMED_AROUND.search(str(element.get(name) or "")) for name in ("id", "class"))


def _markdown(tree: lxml_html.HtmlElement, url: str | None) -> str:
    # Recall before precision: a paragraph too many is seen by staff, a missing one is not.
    found = trafilatura.extract(
        _content(tree),
        url=url,
        output_format="markdown",
        include_links=True,
        include_formatting=True,
        include_tables=True,
        include_comments=False,
        favor_recall=True,
    )
    return found or ""


def _own_address(raw: bytes, tree: lxml_html.HtmlElement) -> str | None:
    for pattern, before in ((_SAVED, ""), (_MIRRORED, "https://")):
        found = pattern.search(raw[:4000])
        if found:
            return before + found[1].decode("utf-8", "replace")
    for path in _ADDRESSES:
        for value in tree.xpath(path):
            if str(value).startswith(("https://", "http://")):
                return str(value).strip()
    return None


def _title(tree: lxml_html.HtmlElement) -> str:
    """Give the one main heading, else the page's title without the site's name."""
    for path in ("//main//h1", "//h1", "//head/title"):
        found = [" ".join(node.text_content().split()) for node in tree.xpath(path)]
        found = [text for text in found if text]
        if len(found) == 1 or (found and path == "//head/title"):
            return _SITE.sub("", found[0]) if path == "//head/title" else found[0]
    return ""
