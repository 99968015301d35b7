"""A Boolean query made from a topic: its ideas, their synonyms, and how they belong together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.query_words import ABOUT, COURSE, DEADLINE, FIXED, PURPOSE, REQUEST, STOP
from bot.asked import asked
from knowledge_base.engine.text import bare, fold, is_arabic, stem, words

_MOST_IDEAS = 3
_MOST_SYNONYMS = 4
_TIED = "\u00a0"  # stands for a space inside a set phrase while a topic is cut into words
_WORD = re.compile(rf"[^\W_]+(?:[-'’{_TIED}][^\W_]+)*")
_WRITING = re.compile(
    r"\b(?:essay|paper|thesis|dissertation|assignment|report|speech|paragraph|homework)\b|بحث|مقال|تقرير|"
    r"واجب|رسال"
)
_GROUP = re.compile(r"\(([^()]{3,200}\bOR\b[^()]{1,200})\)")
_BREAK = re.compile(r"[,;:.!?،؛؟()\[\]\"“”«»/]|\s[–—-]\s")
_ENDINGS = (
    ("ations", "at", 9),
    ("ation", "at", 8),
    ("ies", "", 6),
    ("ings", "", 8),
    ("ing", "", 8),
    ("s", "", 5),
)
_KEEPS_S = ("ss", "us", "is", "ics")


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` is what a database reads; each of ``ideas`` is an idea with its synonyms, as written there."""

    text: str
    ideas: tuple[tuple[str, ...], ...]

    @property
    def operators(self) -> tuple[str, ...]:
        """Name what the query makes use of, so that only that is explained: and, or, phrase, ending."""
        used = (
            ("and", len(self.ideas) > 1),
            ("or", any(len(idea) > 1 for idea in self.ideas)),
            ("phrase", '"' in self.text),
            ("ending", "*" in self.text),
        )
        return tuple(name for name, is_used in used if is_used)


def build_query(topic: str, synonyms: Iterable[Sequence[str]] = ()) -> Query | None:
    """Make a query of a topic in English or Arabic; None where it has no words that say anything.

    ``synonyms``: groups of terms that mean the same; a group is used where the topic names one of them.
    """
    groups = [tuple(group) for group in synonyms]
    chunks = _chunks(topic_of(topic))
    ideas = [_with_synonyms(term, groups) for term in _terms(chunks, groups)]
    ideas = list(dict.fromkeys(ideas))[:_MOST_IDEAS]
    if not ideas:
        return None
    written = [
        f"({' OR '.join(idea)})" if len(idea) > 1 and len(ideas) > 1 else " OR ".join(idea) for idea in ideas
    ]
    return Query(" AND ".join(written), tuple(ideas))


def topic_of(text: str) -> str:
    """Give the topic in a sentence that asks for help: what stands after “about” and its like."""
    whole = " ".join(COURSE.sub(" ", asked(text)).split())
    about = ABOUT.search(whole)
    topic = whole
    if about and REQUEST & {fold(word) for word in _WORD.findall(whole[: about.start(about.lastgroup or 0)])}:
        topic = about["en"] or about["ar"]
    topic = PURPOSE.sub("", DEADLINE.sub("", topic)).strip(" .,!?؟،")
    return topic if _chunks(topic) else whole


def names_topic(text: str) -> bool:
    """Whether a text says what the research is about, and not only that help is wanted."""
    chunks = _chunks(topic_of(text))
    return bool(ABOUT.search(text) and chunks) or sum(map(len, chunks)) >= 3


def asks_for_sources(text: str) -> bool:
    """Whether a text speaks of a piece of writing and of its topic, whatever it asks for."""
    about = ABOUT.search(text)
    return bool(
        about and _WRITING.search(fold(text[: about.start(about.lastgroup or 0)])) and names_topic(text)
    )


def synonym_groups(texts: Iterable[str]) -> list[tuple[str, ...]]:
    """Find the groups of synonyms in texts that show searches: ``(teenager OR adolescent OR youth)``."""
    found: dict[tuple[str, ...], None] = {}
    for text in texts:
        for hit in _GROUP.finditer(text):
            terms = [term.strip() for term in hit[1].split(" OR ")]
            if len(terms) > 1 and all(0 < len(t) < 60 and " AND " not in t for t in terms):
                found[tuple(terms)] = None
    return list(found)


def _chunks(topic: str) -> list[list[str]]:
    """Cut a topic into runs of words that say something; words of grammar and commas are the borders."""
    chunks: list[list[str]] = []
    tied = FIXED.sub(lambda hit: hit[0].replace(" ", _TIED), topic)
    for part in _BREAK.split(tied):
        run: list[str] = []
        for word in _WORD.findall(part):
            if _empty(word):
                chunks.append(run)
                run = []
            else:
                run.append(word)
        chunks.append(run)
    return [chunk for chunk in chunks if chunk]


def _empty(word: str) -> bool:
    folded = fold(word)
    plain = words(word)
    if folded in STOP or (plain and plain[0] in STOP) or bare(folded) in STOP:
        return True
    return len(folded) < 2 or folded.isdigit()


def _terms(chunks: list[list[str]], groups: list[tuple[str, ...]]) -> list[str]:
    """Make terms of runs: what a group of synonyms knows stays together, pairs become phrases."""
    known = {_key(term) for group in groups for term in group}
    terms: list[str] = []
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            size = _known_size(chunk, at, known) or (2 if len(chunk) - at >= 2 else 1)
            terms.append(" ".join(chunk[at : at + size]).replace(_TIED, " "))
            at += size
    return terms


def _known_size(chunk: list[str], at: int, known: set[str]) -> int:
    left = len(chunk) - at
    for size in range(min(4, left), 1, -1):
        if _key(" ".join(chunk[at : at + size])) in known:
            return size
    # Two words that belong together are a phrase, unless each of them is known by itself.
    alone = left == 1 or (_key(chunk[at]) in known and _key(chunk[at + 1]) in known)
    return 1 if alone else 0


def _with_synonyms(term: str, groups: list[tuple[str, ...]]) -> tuple[str, ...]:
    key = _key(term)
    for group in groups:
        if key in {_key(one) for one in group}:
            others = [one for one in group if _key(one) != key or one == term]
            return tuple(dict.fromkeys(_written(one) for one in [term, *others]))[:_MOST_SYNONYMS]
    if is_arabic(term) and " " not in term:
        return _with_article(term)
    return (_written(term),)


def _with_article(word: str) -> tuple[str, ...]:
    """Give an Arabic word with and without its article: many databases treat the two as different."""
    for prefix in ("وال", "بال", "فال", "كال", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return ("ال" + word[len(prefix) :], word[len(prefix) :])
    if word.startswith("لل") and len(word) > 4:
        return ("ال" + word[2:], word[2:])
    return (word, "ال" + word)


def _written(term: str) -> str:
    """Write a term for a database: several words in quotation marks, an English word with an open ending."""
    term = term.strip()
    if "*" in term or term.startswith('"'):
        return term
    if re.search(r"[\s-]", term):
        return f'"{term}"'
    if is_arabic(term) or term.isupper() or not term.isascii():
        return term
    return _open_ended(term)


def _open_ended(word: str) -> str:
    lower = word.lower()
    for ending, left, least in _ENDINGS:
        if (
            lower.endswith(ending)
            and len(lower) >= least
            and not (ending == "s" and lower.endswith(_KEEPS_S))
        ):
            return word[: -len(ending)] + left + "*"
    return word


def _key(term: str) -> str:
    return " ".join(stem(word) for word in words(term.replace("*", "").strip('" ')))
