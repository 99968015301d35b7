"""``dalil eval``: measuring, with the product's own code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import JsonOption, console, fail, index_progress, plain_errors, print_json, settings
from bot.settings import ROOT

app = typer.Typer(help="Measure: topics, intents, retrieval.", no_args_is_help=True)


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
        return
    for name, value in measures.items():
        if isinstance(value, Mapping):
            print(f"{name}:")
            for inner, number in value.items():
                print(f"  {inner:18} {number}")
        else:
            print(f"{name:20} {'-' if value is None else value}")
