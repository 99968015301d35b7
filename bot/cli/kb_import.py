"""``dalil kb import``: pages and questions of an existing library become files of the knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, cast

import typer

from bot.cli.common import JsonOption, console, fail, plain_errors, print_json, settings
from bot.knowledge import intent_topics, read_topics, topic_ids
from bot.settings import ROOT, Settings
from knowledge_base.engine.check import check_folder
from knowledge_base.engine.load import Loader
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.schema import LibrariansFile
from knowledge_base.engine.tables import MODELS
from knowledge_base.importing.files import Planned, Rules, plan, write
from knowledge_base.importing.items import read_items
from knowledge_base.importing.starter import begin, missing_tables

_WORDS = {"new": "written", "replaced": "replaced", "kept": "kept", "refused": "NOT USED"}
SHIPPED = ROOT / "knowledge_base"
_BEGUN = (
    "{to} was no knowledge base. library.yml was copied into it as an example: put your own names and links "
    "there. Hours, places, people and databases were left out; until you write yours, your pages answer."
)
_WOULD = {"new": "would be written", "replaced": "would be replaced", "kept": "kept", "refused": "NOT USED"}


def import_(
    source: Annotated[
        Path, typer.Option("--from", help="JSON Lines, a CSV table, a saved page, or a folder of them.")
    ],
    to: Annotated[Path, typer.Option("--to", help="The knowledge base's folder; a new one is prepared.")],
    language: Annotated[str | None, typer.Option(help="en or ar; told by the letters by default.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="For what names none; else the assistant finds one.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="An id from librarians.yml; the first person there by default.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The address of the folder, for pages that do not hold their own.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write files anew that are there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    as_json: bool = JsonOption,
) -> None:
    """Make guide and FAQ files of an existing library's pages, with their addresses.

    Every file is checked before it is written; what cannot be used is listed with the reason. Ends with
    status 1 where nothing could be used.
    """
    found = settings()
    _require(language, topic)
    with plain_errors():
        try:
            items = read_items(source, base_url)
        except KnowledgeBaseError as error:
            fail(str(error))
        home = _prepared(to, found, dry_run)
        rules = Rules(
            owner=_owner(home, owner),
            today=date.today(),
            topics=topic_ids(),
            topic=topic,
            language=language,
            guess=lambda texts: _topics(found, texts),
            replace=replace,
        )
        planned = plan(items, to, rules)
        if not dry_run:
            write(planned, to)
    _report(planned, dry_run, as_json)
    if not dry_run:
        _tell_problems(to, planned)
    if all(one.state == "refused" for one in planned):
        raise typer.Exit(1)


def _require(language: str | None, topic: str | None) -> None:
    if language not in (None, "en", "ar"):
        fail(f"the language “{language}” is not known; use en or ar")
    if topic is not None and topic not in read_topics():
        fail(f"“{topic}” is not a topic; the topics are: {', '.join(read_topics())}")


def _prepared(to: Path, found: Settings, dry_run: bool) -> Path:
    """Put tables into a folder that has none; give where there are some to check against."""
    missing = missing_tables(to)
    if not missing:
        return to
    if any((to / name).is_file() for name in MODELS):
        fail(f"{to} is not a whole knowledge base: {', '.join(missing)} is missing")
    # The settings may name the new folder already.
    example = SHIPPED if missing_tables(found.knowledge_base) else found.knowledge_base
    if not dry_run:
        begin(to, example)
        console.print(_BEGUN.format(to=to), markup=False)
    return example


def _owner(home: Path, given: str | None) -> str:
    people = list(cast(LibrariansFile, Loader(home).load().current_tables["librarians.yml"].model).people)
    if given is not None and given not in people:
        fail(f"“{given}” is not a person in librarians.yml; there are: {', '.join(people)}")
    if not people:
        fail("librarians.yml names nobody; who is to own the pages?")
    return given or people[0]


def _topics(found: Settings, texts: Sequence[str]) -> list[str | None]:
    """Find the topic of each text as the trained assistant sees it."""
    from bot.evaluation.topics import ranked_topics
    from bot.intents.recogniser import Recogniser
    from bot.training import train_if_needed

    topic_of, library = intent_topics(), set(read_topics()) - {"out_of_scope", "human_handoff"}
    recogniser = Recogniser.from_archive(train_if_needed(found, console))
    with console.status(f"Finding the topics of {len(texts)} texts …"):
        rankings = [ranked_topics(one, topic_of) for one in recogniser.recognise(texts)]
    return [next((topic for topic in ranking if topic in library), None) for ranking in rankings]


def _report(planned: Sequence[Planned], dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"state": p.state, "path": p.path or None, "from": p.where, "reason": p.reason or None}
                for p in planned
            ]
        )
        return
    words = _WOULD if dry_run else _WORDS
    for one in planned:
        line = f"{words[one.state]:16}  {one.path or '-'}  ({one.where})"
        print(f"{line}: {one.reason}" if one.reason else line)
    counts = {state: sum(p.state == state for p in planned) for state in words}
    console.print(
        ", ".join(f"{count} {words[state]}" for state, count in counts.items() if count) or "Nothing."
    )


def _tell_problems(to: Path, planned: Sequence[Planned]) -> None:
    """Say what the whole check finds in the files that were written; nothing, as a rule."""
    written = {one.path for one in planned if one.state in ("new", "replaced")}
    for problem in check_folder(to, topic_ids()):
        if problem.path in written:
            console.print(str(problem), markup=False, style="yellow")
