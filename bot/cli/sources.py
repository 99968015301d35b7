"""Which source stands behind a button, found in the knowledge base's own headings."""

from __future__ import annotations

from collections.abc import Callable

from actions.quoting import title
from bot.evaluation.answers import Names, source_names
from bot.model import Language
from bot.settings import ROOT, Settings
from bot.wording import Wording
from knowledge_base.engine.load import Loader
from knowledge_base.engine.records import Passage
from knowledge_base.engine.snapshot import Holdings


def offered_sources(found: Settings) -> Callable[[str, str, str | None], Names]:
    """Give a function from a button's title, a language and a topic to the names of its source.

    No names where the title is no heading, or that of several passages of which none is of the topic.
    """
    held = Holdings(Loader(found.knowledge_base).load(), found.guides_url())
    by_title: dict[tuple[str, str], list[Passage]] = {}
    for passage in held.passages.values():
        key = (title(passage.heading), passage.document.language)
        by_title.setdefault(key, []).append(passage)

    def names(said: str, language: str, topic: str | None) -> Names:
        found = by_title.get((said, language), [])
        if len(found) > 1:
            found = [passage for passage in found if passage.document.topic == topic][:1]
        return frozenset().union(*(_names(passage) for passage in found))

    return names


def _names(passage: Passage) -> Names:
    return source_names(passage.url, passage.document.id, passage.twin)


def person_titles() -> tuple[str, ...]:
    """Give what the button that calls a person says, in each language."""
    wording = Wording.load(ROOT / "bot" / "texts")
    return tuple(wording.say(language, "choice_person") for language in Language)
