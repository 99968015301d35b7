"""``dalil eval answers``: whole turns, judged by what a patron would have been shown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.evaluation.rows import DataError, read_objects, required_text, share
from bot.model import Language
from bot.text import language_of
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.questions import read_expected

Json = Mapping[str, Any]
Measures = dict[str, Any]
Names = frozenset[str]  # everything one source may be called in a file of questions
Offered = Callable[[str, str, str | None], Names]  # a button's title, a language, a topic: its source
Records = Mapping[str, str]  # an address without its scheme, and the knowledge base's file it is made from
_CALLED = ("waiting", "left")  # events of a message that says that a person was asked for


class Outcome(StrEnum):
    """What should happen to a question."""

    ANSWER = "answer"
    REFUSE = "refuse"
    PERSON = "person"


class Ending(StrEnum):
    """What did happen to it."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"  # something was asked back
    BEGUN = "begun"  # a conversation of several questions was begun: the diagnosis, the reference interview
    PERSON = "person"  # a person was called
    TOLD = "told"  # a phrase: not the library's, a greeting, a pointer
    APOLOGY = "apology"  # the engine failed, and the patron was told
    SILENT = "silent"


_NO_ANSWER = (Ending.CLARIFIED, Ending.BEGUN, Ending.TOLD, Ending.PERSON)


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the file: ``relevant`` are addresses or ids of guides, any one of which is right."""

    id: str
    text: str
    relevant: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Shown:
    """What a turn showed: ``sources`` in their order, ``seconds`` from the question to the answer."""

    ending: Ending
    sources: tuple[Names, ...] = ()
    person_offered: bool = False
    text: str = ""
    seconds: float = 0.0


def read_questions(path: Path) -> list[Question]:
    """Read lines ``{id, question, relevant, outcome}``, or the staff's own ``questions.yml``.

    ``relevant`` may be one text, a list, or missing; without ``outcome`` a line that has something
    relevant wants an answer. Raises DataError with the line.
    """
    if path.suffix in (".yml", ".yaml"):
        try:
            staffs = read_expected(path)
        except KnowledgeBaseError as error:
            raise DataError(str(error)) from error
        return [Question(f"line {one.line}", one.question, one.right, Outcome.ANSWER) for one in staffs]
    return [_question(found, where, at) for at, (where, found) in enumerate(read_objects(path), start=1)]


def _question(found: Mapping[str, Any], where: str, at: int) -> Question:
    given = found.get("relevant") or []
    relevant = [given] if isinstance(given, str) else given
    if not isinstance(relevant, list) or not all(isinstance(one, str) and one.strip() for one in relevant):
        raise DataError(f'{where}: "relevant" must be a list of addresses or ids of guides')
    outcome = found.get("outcome") or ("answer" if relevant else None)
    if outcome not in set(Outcome):
        raise DataError(f'{where}: "outcome" must be answer, refuse or person')
    text = required_text(found, "question", where)
    return Question(str(found.get("id", at)), text, tuple(map(str.strip, relevant)), Outcome(outcome))


@dataclass(frozen=True, slots=True)
class Reading:
    """What is needed to read a turn.

    ``offered`` names the source behind a button under an answer (no names where it is none);
    ``person_titles`` and ``skip_titles`` are what the buttons say that call a person, and that skip one of
    several questions; ``records`` names the file behind a page that answers are assembled from.
    """

    offered: Offered
    person_titles: Sequence[str]
    skip_titles: Sequence[str] = ()
    records: Records = field(default_factory=dict)


def shown(messages: Sequence[Json], reading: Reading, seconds: float) -> Shown:
    """Read the REST channel's answer to one question."""
    said = [message for message in messages if str(message.get("text") or "").strip()]
    if not said:
        return Shown(Ending.SILENT, seconds=seconds)
    sources = [names for message in said for names in _sources(message, reading)]
    titles = [button["title"] for message in said for button in message.get("buttons", ())]
    return Shown(
        _ending([message["custom"] for message in said], any(t in reading.skip_titles for t in titles)),
        tuple(dict.fromkeys(names for names in sources if names)),
        any(title in reading.person_titles for title in titles),
        "\n".join(str(message["text"]) for message in said),
        seconds,
    )


def _ending(customs: Sequence[Json], skippable: bool) -> Ending:
    kinds, events = {c.get("kind") for c in customs}, {c.get("event") for c in customs}
    if events & set(_CALLED):
        return Ending.PERSON
    if "answer" in kinds:
        return Ending.ANSWERED
    if "apology" in events:
        return Ending.APOLOGY
    if "question" in kinds:
        return Ending.BEGUN if skippable else Ending.CLARIFIED
    return Ending.TOLD


def _sources(message: Json, reading: Reading) -> list[Names]:
    """Give what is cited, and then what the buttons under an answer would show."""
    custom = message["custom"]
    found = [_names(citation, reading.records) for citation in custom.get("citations") or ()]
    if custom.get("kind") == "answer":
        titles = [button["title"] for button in message.get("buttons", ())]
        found += [reading.offered(t, str(custom.get("language")), custom.get("topic")) for t in titles]
    return found


def _names(citation: Json, records: Records) -> Names:
    url = str(citation.get("url") or "")
    record = records.get(_address(url).partition("#")[0])
    return source_names(url, citation.get("guide")) | ({record} if record else frozenset())


def record_addresses(pages: Mapping[str, Iterable[str]]) -> Records:
    """Give :attr:`Reading.records` of the addresses of each file's pages; ``pages``: file to addresses."""
    return {_address(url).partition("#")[0]: file for file, urls in pages.items() for url in urls if url}


def source_names(url: str, guide: str | None = None, passage: str | None = None) -> Names:
    """Give every name of a source: its address with and without anchor, its guide's id, its section's."""
    address, _, anchor = _address(url).partition("#")
    names = {address, f"{address}#{anchor}" if anchor else ""}
    for id_ in (guide, *(f"{kind}/{guide}" for kind in ("guide", "faq") if guide)):
        names |= {id_, f"{id_}#{anchor}"} if id_ and anchor else {id_ or ""}
    if passage:
        names |= {passage, passage.partition("#")[0]}
    return frozenset(names - {""})


def _address(url: str) -> str:
    """Write an address one way: no scheme, no www, no slash at the end, signs decoded."""
    if "://" not in url:
        return url
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.") + (f":{parts.port}" if parts.port else "")
    query = f"?{parts.query}" if parts.query else ""
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    return f"{host}{unquote(parts.path).rstrip('/')}{query}{anchor}"


def place(question: Question, found: Shown) -> int | None:
    """Give the place (from 1) of the first right source that was shown; None where there is none."""
    wanted = {_address(one).removesuffix(":en").removesuffix(":ar") for one in question.relevant}
    return next((at for at, names in enumerate(found.sources, start=1) if names & wanted), None)


def measure(pairs: Sequence[tuple[Question, Shown]]) -> Measures:
    """Give the measures over all questions, and under ``languages`` of each language by itself.

    Shares are from 0 to 1 and None where no question has that outcome. ``answered``, ``right_first`` and
    ``right_top3`` are over the questions that want an answer (the last two: that name what is relevant);
    ``refused`` over those to refuse: something was asked back, the patron was told or a person called,
    but nothing answered; ``begun``: of those that want an answer, the share where the diagnosis or the
    interview was begun instead (no answer, and no mistake either); ``person`` over those for a person:
    one was called, and ``person_offered``: called, or at least offered. ``silent`` and ``apologies`` are
    counts over all; ``milliseconds`` measures whole turns, the network included.
    """
    by_language: dict[str, list[tuple[Question, Shown]]] = {}
    for pair in pairs:
        by_language.setdefault(language_of(pair[0].text, Language.EN).value, []).append(pair)
    whole = _measured(pairs)
    if by_language:
        whole["languages"] = {name: _measured(some) for name, some in sorted(by_language.items())}
    return whole


def _measured(pairs: Sequence[tuple[Question, Shown]]) -> Measures:
    answer = [(q, s) for q, s in pairs if q.outcome is Outcome.ANSWER]
    places = [place(q, s) for q, s in answer if q.relevant]
    refuse = [s.ending for q, s in pairs if q.outcome is Outcome.REFUSE]
    person = [s for q, s in pairs if q.outcome is Outcome.PERSON]
    endings = [s.ending for _, s in pairs]
    return {
        "answered": _share([s.ending is Ending.ANSWERED for _, s in answer]),
        "begun": _share([s.ending is Ending.BEGUN for _, s in answer]),
        "right_first": _share([at == 1 for at in places]),
        "right_top3": _share([at is not None and at <= 3 for at in places]),
        "refused": _share([e in _NO_ANSWER for e in refuse]),
        "person": _share([s.ending is Ending.PERSON for s in person]),
        "person_offered": _share([s.ending is Ending.PERSON or s.person_offered for s in person]),
        "silent": endings.count(Ending.SILENT),
        "apologies": endings.count(Ending.APOLOGY),
        "questions": len(pairs),
        "of_these": {one.value: sum(q.outcome is one for q, _ in pairs) for one in Outcome},
        "milliseconds": _milliseconds([s.seconds for _, s in pairs]),
    }


def _share(hits: Sequence[bool]) -> float | None:
    return share(hits) if hits else None


def _milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median": round(1000 * statistics.median(ordered), 1), "p95": round(1000 * late, 1)}


def listing(pairs: Sequence[tuple[Question, Shown]]) -> list[Measures]:
    """Give one object a question: what was wanted, what happened, and the place of the right source."""
    return [
        {
            "id": question.id,
            "question": question.text,
            "wanted": question.outcome.value,
            "ending": found.ending.value,
            "place": place(question, found) if question.outcome is Outcome.ANSWER else None,
            "relevant": list(question.relevant),
            "sources": [sorted(names, key=len)[-1] for names in found.sources],
            "text": found.text,
        }
        for question, found in pairs
    ]


def verdict(question: Question, found: Shown) -> str:
    """Say in a word or two how a question ended, and whether that was right."""
    if question.outcome is Outcome.REFUSE:
        good = found.ending in _NO_ANSWER
        return f"{'ok' if good else 'WRONG':5} {found.ending.value}"
    if question.outcome is Outcome.PERSON:
        return f"{'ok' if found.ending is Ending.PERSON else 'WRONG':5} {found.ending.value}"
    at = place(question, found)
    good = found.ending is Ending.ANSWERED and (at == 1 or not question.relevant)
    where = f", right source {'at ' + str(at) if at else 'not shown'}" if question.relevant else ""
    return f"{'ok' if good else 'WRONG':5} {found.ending.value}{where}"
