"""Databases: one by its name, those of a subject, those in Arabic."""

from __future__ import annotations

import re

from actions.answering import answer, say_hit, search, see_entry
from actions.people import ask_now
from actions.talk import Reply, Talk
from bot.model import Choice, Citation, Content, Kind
from knowledge_base.engine.records import Database, Subject
from knowledge_base.engine.text import fold

TOPIC = "databases"
_NAMED, _LISTED = 3, 5
_DOUBTFUL = 0.6  # of the classifier
_IN_ARABIC = re.compile(r"\barabic\b|\b(?:ال|ب|بال)?عربيه?\b")
_ARABIC_SUBJECTS = {"arabic-literature"}


def databases(talk: Talk) -> Reply:
    """Answer what is asked about databases, by name, by language or by subject; else from the guides."""
    text = talk.asked()
    elsewhere = _elsewhere(talk)
    if elsewhere is not None:
        return elsewhere
    named = talk.kb.databases_named(text)
    if named:
        return cards(talk, named[:_NAMED])
    if talk.turn.values.get("passage"):
        return answer(talk) or _all(talk)
    subjects = [s for s in talk.kb.subjects_named(text) if talk.kb.databases_for(s.id, 1)]
    if _IN_ARABIC.search(fold(text)):
        return _in_arabic(talk, [s for s in subjects if s.id not in _ARABIC_SUBJECTS]) or _all(talk)
    if subjects:
        return _of_subject(talk, subjects[0])
    return answer(talk) or _all(talk)


def _elsewhere(talk: Talk) -> Reply | None:
    """Answer from the guides where it is doubtful that databases are meant, and a guide plainly has it."""
    if not talk.turn.text or talk.turn.confidence >= _DOUBTFUL:
        return None
    hits = search(talk, talk.turn.text)
    plainly = bool(hits) and hits[0].score >= talk.enough.sure and hits[0].passage.document.topic != TOPIC
    return say_hit(talk, hits) if plainly else None


def cards(talk: Talk, found: list[Database]) -> Reply:
    """Say what databases are, who may use them, and the link that works from anywhere."""
    text = "\n\n".join(f"**{d.name}**{talk.colon}{talk.both(d.about)}\n\n{_access(talk, d)}" for d in found)
    if any(d.proxy for d in found):
        text = f"{text}\n\n{talk.say('database_signin')}"
    trouble = talk.choice(
        "choice_trouble", f'/remote_access{{"resource": "{found[0].id}", "trouble": "yes"}}'
    )
    return _content(talk, text, found, (trouble,))


def _access(talk: Talk, database: Database) -> str:
    key = "open_database"
    link = talk.say(key, name=database.name, url=talk.kb.database_url(database))
    return f"{link} {talk.say('database_access', access=talk.both(database.access))}"


def _of_subject(talk: Talk, subject: Subject) -> Reply:
    found = talk.kb.databases_for(subject.id, _LISTED)
    intro = talk.say("databases_for", subject=talk.both(subject.name))
    people = talk.kb.people_for(subject.id)
    choices = (*(ask_now(talk, person) for person in people[:1]), *see_entry(talk, TOPIC))
    return _content(talk, f"{intro}\n\n{listed(talk, found)}", found, choices)


def _in_arabic(talk: Talk, subjects: list[Subject]) -> Reply | None:
    wanted = {subjects[0].id, "multidisciplinary"} if subjects else set()
    found = [d for d in talk.kb.databases.values() if "ar" in d.languages]
    if subjects:
        found = [d for d in found if wanted & set(d.subjects)]
    found.sort(key=lambda d: (d.languages[0] != "ar", not (subjects and subjects[0].id in d.best_for)))
    if not found:
        return None
    chosen = found[:_LISTED]
    return _content(
        talk, f"{talk.say('databases_arabic')}\n\n{listed(talk, chosen)}", chosen, see_entry(talk, TOPIC)
    )


def listed(talk: Talk, found: list[Database]) -> str:
    """List databases, each a link that works from anywhere, with a sentence about it."""
    return "\n".join(
        f"- [{d.name}]({talk.kb.database_url(d)}){talk.colon}{talk.both(d.about)}" for d in found
    )


def _content(talk: Talk, text: str, found: list[Database], choices: tuple[Choice, ...]) -> Reply:
    sources = tuple(Citation(d.name, talk.kb.database_url(d)) for d in found[:1] if len(found) == 1)
    content = Content(
        text, Kind.ANSWER, choices, (*sources, *talk.links("databases")), rateable=True, topic=TOPIC
    )
    asked = {"last_question": talk.turn.text} if talk.turn.text else {}
    return Reply((content,), {**asked, "last_topic": TOPIC, "misses": 0, "shown": []})


def _all(talk: Talk) -> Reply:
    return _content(talk, talk.say("databases_all", count=len(talk.kb.databases)), [], (talk.person,))
