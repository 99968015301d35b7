"""The body of a guide's page as safe HTML; the page around it is the gateway's."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from knowledge_base.engine.markdown import TOP
from knowledge_base.engine.snapshot import DocumentView

_SCHEMES = ("https://", "http://", "mailto:")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LATIN = re.compile(r"[A-Za-z]")


def render_document(view: DocumentView) -> str:
    """Give a document as HTML: a ``section`` with its anchor as id and an ``h2`` for each passage.

    Text is escaped, HTML in it stays text, and links go to http, https and mailto only. The title is not
    in it. The language and direction belong on the element around it; lines in Latin letters alone on an
    Arabic page have their own.
    """
    parts = []
    language = view.document.language
    if view.intro is not None:
        parts.append(f'<div class="intro" id="{TOP}">\n{render_markdown(view.intro.text, language)}</div>\n')
    for passage in view.passages:
        anchor = escape(passage.anchor, quote=True)
        heading = f'<h2 id="{anchor}-title">{escape(passage.heading)}</h2>'
        body = render_markdown(passage.text, language)
        parts.append(
            f'<section id="{anchor}" aria-labelledby="{anchor}-title">\n{heading}\n{body}</section>\n'
        )
    return "".join(parts)


def render_markdown(text: str, language: str = "en") -> str:
    """Give a piece of the staff's Markdown as safe HTML."""
    return str(_renderer().render(text, {"language": language}))


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": False})
    markdown.disable("image")
    markdown.validateLink = _allowed  # type: ignore[method-assign]
    markdown.add_render_rule("link_open", _link_open)
    markdown.add_render_rule("paragraph_open", _paragraph_open)
    markdown.add_render_rule("paragraph_close", _paragraph_close)
    return markdown


def _allowed(url: str) -> bool:
    return url.strip().lower().startswith(_SCHEMES)


def _link_open(
    renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """A page elsewhere learns nothing of where the reader came from."""
    if not str(tokens[index].attrs.get("href", "")).startswith("mailto:"):
        tokens[index].attrSet("rel", "noopener noreferrer")
    return renderer.renderToken(tokens, index, options, env)


def _paragraph_open(
    renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """On an Arabic page a reference in Latin letters reads from the left, its full stop at the right."""
    if _is_foreign(tokens[index + 1], env):
        if tokens[index].hidden:  # of an item of a list, whose mark stays where the others are
            return '<bdi dir="ltr">'
        tokens[index].attrSet("dir", "ltr")
    return renderer.renderToken(tokens, index, options, env)


def _paragraph_close(
    renderer: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    if tokens[index].hidden and _is_foreign(tokens[index - 1], env):
        return "</bdi>"
    return renderer.renderToken(tokens, index, options, env)


def _is_foreign(inline: Token, env: EnvType) -> bool:
    return (
        env.get("language") == "ar"
        and bool(_LATIN.search(inline.content))
        and not _ARABIC.search(inline.content)
    )
