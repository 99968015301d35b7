"""Which source stands behind a button, found in the knowledge base's own headings."""

from __future__ import annotations

from actions.quoting import title
from bot.evaluation.answers import Names, Offered, Reading, Records, record_addresses, source_names
from bot.model import Language
from bot.settings import ROOT, Settings
from bot.wording import Wording
from knowledge_base.engine.load import Loader
from knowledge_base.engine.records import Passage
from knowledge_base.engine.snapshot import Holdings

# What answers are assembled from, and the links of library.yml that such an answer shows as its source.
_RECORDS = {
    "hours.yml": "hours",
    "databases.yml": "databases",
    "librarians.yml": "librarians",
    "locations.yml": "map",
}


def reading_of(found: Settings) -> Reading:
    """Give everything needed to read a turn's answer, from the knowledge base and the texts as they are."""
    held = Holdings(Loader(found.knowledge_base).load(), found.guides_url())
    return Reading(offered_sources(held), person_titles(), skip_titles(), _records(held))


def _records(held: Holdings) -> Records:
    links = held.library.links
    pages = {file: [links[link].url] if link in links else [] for file, link in _RECORDS.items()}
    pages["locations.yml"] += [place.map for place in held.places.values() if place.map]
    pages["librarians.yml"] += [person.book for person in held.people.values() if person.book]
    return record_addresses(pages)


def offered_sources(held: Holdings) -> Offered:
    """Give a function from a button's title, a language and a topic to the names of its source.

    No names where the title is no heading, or that of several passages of which none is of the topic.
    """
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


def skip_titles() -> tuple[str, ...]:
    """Give what the button says that skips a question of several, in each language."""
    wording = Wording.load(ROOT / "actions" / "texts")
    return tuple(wording.say(language, "choice_skip") for language in Language)


def person_titles() -> tuple[str, ...]:
    """Give what the button that calls a person says, in each language."""
    wording = Wording.load(ROOT / "bot" / "texts")
    return tuple(wording.say(language, "choice_person") for language in Language)
