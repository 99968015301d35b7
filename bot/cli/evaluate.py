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
PlotOption = Annotated[Path | None, typer.Option(help="Draw how far the confidence can be believed: a PNG.")]


@app.command()
def answers(
    questions: Annotated[Path, typer.Option(help="JSON Lines: {id, question, relevant, outcome}, or YAML.")],
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
    from bot.cli.sources import reading_of
    from bot.evaluation import answers as judged

    found = settings()
    with plain_errors():
        asked = judged.read_questions(questions)
        reading = reading_of(found)
        with running(found, "for measuring") as (url, key), RestClient.open(url, key) as client:
            client.ask("Hello")  # the first turn of a fresh process loads what the others use
            pairs = []
            for question in track(asked, "Asking …", console=console, transient=True):
                turn = client.ask(question.text)
                pairs.append((question, judged.shown(turn.messages, reading, turn.seconds)))
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
    plot: PlotOption = None,
    as_json: bool = JsonOption,
) -> None:
    """Say how often the trained assistant finds the right topic, and how far its confidence is right."""
    from bot.evaluation.curves import expected_calibration_error, judged_topics
    from bot.evaluation.plots import draw, require_matplotlib
    from bot.evaluation.rows import read_rows
    from bot.evaluation.topics import intents_to_topics, require_topics, topic_measures
    from bot.intents.recogniser import Recogniser
    from bot.training import train_if_needed

    with plain_errors():
        if plot:
            require_matplotlib()
        rows = read_rows(file, "topic")
        topic_of = intents_to_topics(ROOT / "bot" / "topics.yml")
        require_topics(rows, topic_of)
        model = train_if_needed(settings(), console)
        with console.status(f"Asking {len(rows)} questions …"):
            predictions = Recogniser.from_archive(model).recognise([row.question for row in rows])
        judged = judged_topics(predictions, rows, topic_of)
        if plot:
            draw(plot, f"Topics of {file.name}", judged)
        _show(
            topic_measures(rows, predictions, topic_of) | {"ece": expected_calibration_error(judged)}, as_json
        )


@app.command()
def intents(
    train: Annotated[Path, typer.Option(help="JSON Lines: {id, question, intent}.")],
    test: Annotated[Path, typer.Option(help="The same, to be asked.")],
    oos: Annotated[str | None, typer.Option(help="The label of what is out of scope.")] = None,
    plot: PlotOption = None,
    as_json: bool = JsonOption,
) -> None:
    """Train the assistant's classifier on other data, and say how well it does.

    With --oos, also what accuracy is left within scope where nine in ten of the others are recognised.
    """
    from bot.evaluation.curves import expected_calibration_error, judged_intents, oos_curve, oos_measures
    from bot.evaluation.intents import measures, train_and_predict
    from bot.evaluation.plots import draw, require_matplotlib
    from bot.evaluation.rows import read_rows

    with plain_errors():
        if plot:
            require_matplotlib()
        taught, asked = read_rows(train, "intent"), read_rows(test, "intent")
        with console.status(f"Learning {len(taught)} examples, asking {len(asked)} questions …"):
            predictions = train_and_predict(taught, asked, oos)
        inside = [(p, row) for p, row in zip(predictions, asked, strict=True) if row.label != oos]
        judged = judged_intents([p for p, _ in inside], [row for _, row in inside])
        found: dict[str, Any] = {
            **measures(predictions, asked, oos),
            "ece": expected_calibration_error(judged),
        }
        both = oos is not None and 0 < len(inside) < len(asked)
        curve = oos_curve(predictions, asked, oos) if oos is not None and both else []
        if oos is not None and both:
            found |= oos_measures(predictions, asked, oos)
        if plot:
            draw(plot, f"{train.name}, asked {test.name}", judged, curve)
        if not as_json:
            found.pop("oos_curve", None)
        _show(found, as_json)


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
