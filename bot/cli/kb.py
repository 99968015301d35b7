"""``dalil kb``: the staff's files — check, build, search."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import JsonOption, console, fail, index_progress, plain_errors, print_json, settings
from bot.cli.kb_import import import_
from bot.knowledge import open_knowledge, topic_ids
from bot.model import Language
from bot.text import language_of
from knowledge_base.engine.check import check_folder
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.questions import Checked, check_questions, read_expected, unknown_ids

app = typer.Typer(
    help="The knowledge base: check it, build its index, search it, import.", no_args_is_help=True
)
app.command("import")(import_)

Folder = Annotated[
    Path | None, typer.Argument(help="The knowledge base's folder; that of the settings by default.")
]


@app.command()
def check(
    folder: Folder = None,
    questions: Annotated[
        Path | None, typer.Option(help="Instead, search the questions of this file (see questions.yml).")
    ] = None,
    at_least: Annotated[
        float, typer.Option(min=0, max=1, help="The share of the questions that must be right first.")
    ] = 1.0,
    as_json: bool = JsonOption,
) -> None:
    """Say what is wrong in the files, with file and line. Ends with status 1 where something is.

    With --questions, say for which questions the expected entry or guide is not found first.
    """
    if questions is not None:
        _check_questions(folder, questions, at_least, as_json)
        return
    with plain_errors():
        where = folder or settings().knowledge_base
        if not where.is_dir():
            fail(f"{where}: there is no such folder")
        try:
            problems = check_folder(where, topic_ids())
        except KnowledgeBaseError as error:
            console.print(str(error), markup=False, style="red")
            raise typer.Exit(1) from error
    if as_json:
        print_json([{"path": p.path, "line": p.line, "message": p.message} for p in problems])
    else:
        for problem in problems:
            print(problem)
        console.print(_summed(len(problems)))
    raise typer.Exit(1 if problems else 0)


def _check_questions(folder: Path | None, file: Path, at_least: float, as_json: bool) -> None:
    found = settings()
    if folder is not None:
        found = found.model_copy(update={"knowledge_base": folder})
    try:
        expected = read_expected(file)
        with plain_errors(), index_progress() as progress:
            held = open_knowledge(found, progress).snapshot
    except KnowledgeBaseError as error:
        fail(str(error))
    unknown = unknown_ids(expected, held, file.name)
    checked = check_questions(expected, held)
    wrong = [one for one in checked if one.place != 1]
    share = 1 - len(wrong) / len(checked)
    if as_json:
        print_json(
            {
                "questions": len(checked),
                "right_first": round(share, 4),
                "right_top3": round(
                    sum(one.place is not None and one.place <= 3 for one in checked) / len(checked), 4
                ),
                "unknown": [str(problem) for problem in unknown],
                "wrong": [_wrong(one) for one in wrong],
            }
        )
    else:
        for problem in unknown:
            print(problem)
        for row in map(_wrong, wrong):
            where = f"is at {row['place']}" if row["place"] else "is not found"
            print(f"{file.name}, line {row['line']}: “{row['question']}”: {row['expected']} {where};")
            print(f"    the first is {row['found']} ({row['score']})")
        console.print(f"{len(checked) - len(wrong)} of {len(checked)} questions find what they should first.")
    raise typer.Exit(1 if unknown or share < at_least else 0)


def _wrong(one: Checked) -> dict[str, object]:
    return {
        "line": one.expected.line,
        "question": one.expected.question,
        "expected": " or ".join(one.expected.right),
        "place": one.place,
        "found": one.first.passage.twin if one.first else None,
        "score": round(one.first.score, 2) if one.first else None,
    }


@app.command()
def build() -> None:
    """Build the search index: only texts that changed are encoded."""
    found = settings()
    with plain_errors(), index_progress() as progress:
        knowledge = open_knowledge(found, progress)
    held = knowledge.snapshot
    console.print(
        f"{len(held.documents)} documents, {len(held.passages)} passages, {len(knowledge.problems)} problems"
    )
    for problem in knowledge.problems:
        console.print(str(problem), markup=False, style="yellow")


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What a patron might ask.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=50, help="How many to show.")] = 5,
    as_json: bool = JsonOption,
) -> None:
    """Show what the index finds for a question, with its scores."""
    with plain_errors(), index_progress() as progress:
        held = open_knowledge(settings(), progress).snapshot
    hits = held.search(question, language_of(question, Language.EN).value, count)
    if as_json:
        print_json(
            [
                {
                    "passage": h.passage.id,
                    "heading": h.passage.heading,
                    "url": h.passage.url,
                    "score": round(h.score, 4),
                    "dense": round(h.dense, 4),
                    "keyword": round(h.keyword, 4),
                }
                for h in hits
            ]
        )
        return
    for hit in hits:
        print(f"{hit.score:.2f}  (dense {hit.dense:.2f}, keyword {hit.keyword:.2f})  {hit.passage.heading}")
        print(f"      {hit.passage.id}")
    if not hits:
        console.print("Nothing was found.")


def _summed(count: int) -> str:
    return "No problems." if not count else f"{count} problem{'s' if count > 1 else ''}."
