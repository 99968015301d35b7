"""``dalil eval``: measuring, with the product's own code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from bot.cli.common import JsonOption, console, fail, index_progress, plain_errors, print_json, settings
from bot.settings import ROOT

app = typer.Typer(help="Measure: answers, topics, intents, retrieval.", no_args_is_help=True)


@app.command()
def answers(
    questions: Annotated[Path, typer.Option(help="JSON Lines: {id, question, relevant, outcome}.")],
    as_json: bool = JsonOption,
    listed: Annotated[bool, typer.Option("--list", help="Also show each question and its ending.")] = False,
) -> None:
    """Ask a whole Dalil, turn by turn, and say how often what is shown is right.

    Uses the running Dalil; where none runs, one is started for the measuring. Each question has a
    conversation of its own that is forgotten afterwards. A question for a person calls one: measure where
    no librarian is waiting.
    """
    from bot.cli.rest_client import RestClient
    from bot.cli.running import running
    from bot.cli.sources import offered_sources, person_titles
    from bot.evaluation import answers as judged

    found = settings()
    with plain_errors():
        asked = judged.read_questions(questions)
        offered, persons = offered_sources(found), person_titles()
        with running(found, "for measuring") as (url, key), RestClient.open(url, key) as client:
            client.ask("Hello")  # the first turn of a fresh process loads what the others use
            pairs = []
            for question in track(asked, "Asking …", console=console, transient=True):
                turn = client.ask(question.text)
                pairs.append((question, judged.shown(turn.messages, offered, persons, turn.seconds)))
    measures = judged.measure(pairs)
    if as_json:
        print_json(measures | ({"listing": judged.listing(pairs)} if listed else {}))
        return
    if listed:
        for question, shown in pairs:
            print(f"{judged.verdict(question, shown)}  |  {question.id}  |  {question.text}")
    _show(measures, as_json=False)


@app.command()
def topics(
    file: Annotated[Path, typer.Argument(help="JSON Lines: {id, question, topic}.")],
    as_json: bool = JsonOption,
) -> None:
    """Say how often the trained assistant finds the right topic."""
    from bot.evaluation.rows import read_rows
    from bot.evaluation.topics import evaluate_topics, intents_to_topics
    from bot.intents.recogniser import Recogniser
    from bot.training import train_if_needed

    with plain_errors():
        rows = read_rows(file, "topic")
        model = train_if_needed(settings(), console)
        with console.status(f"Asking {len(rows)} questions …"):
            topic_of = intents_to_topics(ROOT / "bot" / "topics.yml")
            _show(evaluate_topics(rows, Recogniser.from_archive(model), topic_of), as_json)


@app.command()
def intents(
    train: Annotated[Path, typer.Option(help="JSON Lines: {id, question, intent}.")],
    test: Annotated[Path, typer.Option(help="The same, to be asked.")],
    oos: Annotated[str | None, typer.Option(help="The label of what is out of scope.")] = None,
    as_json: bool = JsonOption,
) -> None:
    """Train the assistant's classifier on other data, and say how well it does."""
    from bot.evaluation.intents import train_and_evaluate
    from bot.evaluation.rows import read_rows

    with plain_errors():
        taught, asked = read_rows(train, "intent"), read_rows(test, "intent")
        with console.status(f"Learning {len(taught)} examples, asking {len(asked)} questions …"):
            measures = train_and_evaluate(taught, asked, oos)
        _show(measures, as_json)


@app.command()
def retrieval(
    corpus: Annotated[Path, typer.Option(help="JSON Lines: {id, title, text}.")],
    queries: Annotated[Path, typer.Option(help="JSON Lines: {id, question, doc_id}.")],
    as_json: bool = JsonOption,
) -> None:
    """Say how well search finds the right text; BM25 and vectors alone beside the blend."""
    from knowledge_base.engine.encoder import load_encoder
    from knowledge_base.engine.evaluate import evaluate_retrieval, read_corpus, read_queries
    from knowledge_base.engine.problems import KnowledgeBaseError

    found = settings()
    try:
        texts = read_corpus(corpus)
        asked = read_queries(queries, texts)
        with index_progress() as progress:
            encoder = load_encoder(found.encoder, found.models)
            measures = evaluate_retrieval(texts, asked, encoder, progress=progress)
    except KnowledgeBaseError as error:
        fail(str(error))
    else:
        _show(measures, as_json)


def _show(measures: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(measures)
    else:
        _print(measures)


def _print(measures: Mapping[str, Any], indent: str = "") -> None:
    for name, value in measures.items():
        if isinstance(value, Mapping):
            print(f"{indent}{name}:")
            _print(value, indent + "  ")
        else:
            print(f"{indent}{name:20} {'-' if value is None else value}")
