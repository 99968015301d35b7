"""A passage of the knowledge base as librarians send it."""

from __future__ import annotations

from bot.model import Found

LONGEST_EXCERPT = 600  # characters


def passage_text(found: Found, word: str = "") -> str:
    """Give an excerpt, its title and its address, as limited Markdown; ``word`` stands before it."""
    text = found.text.strip()
    if len(text) > LONGEST_EXCERPT:
        text = text[:LONGEST_EXCERPT].rsplit(" ", 1)[0] + " …"
    title = found.title.replace("[", "(").replace("]", ")")
    parts = [word.strip(), text, f"[{title}]({found.url.replace('(', '%28').replace(')', '%29')})"]
    return "\n\n".join(part for part in parts if part)
