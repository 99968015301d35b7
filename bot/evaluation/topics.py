"""``dalil eval topics``: how well the trained assistant tells what a question is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.evaluation.rows import DataError, Row, share
from bot.intents.model import Prediction
from bot.intents.recogniser import Recogniser

OUTSIDE = "out_of_scope"


def intents_to_topics(path: Path) -> dict[str, str]:
    """Read ``bot/topics.yml``; give the topic of each intent."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["topics"]
    return {intent: topic for topic, entry in listed.items() for intent in entry["intents"]}


def ranked_topics(prediction: Prediction, topic_of: Mapping[str, str]) -> list[str]:
    """Give the topics, likeliest first; a topic is as likely as its intents together."""
    chances: dict[str, float] = {}
    for intent, chance in prediction.ranking:
        topic = topic_of.get(intent, intent)
        chances[topic] = chances.get(topic, 0.0) + chance
    return sorted(chances, key=lambda topic: -chances[topic])


def require_topics(rows: Sequence[Row], topic_of: Mapping[str, str]) -> None:
    """Raise DataError for a topic nobody knows."""
    known = set(topic_of.values())
    for row in rows:
        if row.label not in known:
            raise DataError(f'the topic "{row.label}" is not in bot/topics.yml')


def evaluate_topics(
    rows: Sequence[Row], recogniser: Recogniser, topic_of: Mapping[str, str]
) -> dict[str, float | None]:
    """Give ``top1``, ``top3``, ``macro_f1``, ``oos_recall`` and ``oos_precision``, each from 0 to 1.

    ``macro_f1`` is the mean over the topics that the rows expect. Small talk is a topic like any other: it
    is wrong where the rows expect something else. Recall and precision of ``out_of_scope`` are None where
    nothing was, or nothing was found to be, out of scope. Raises DataError for a topic nobody knows.
    """
    require_topics(rows, topic_of)
    return topic_measures(rows, recogniser.recognise([row.question for row in rows]), topic_of)


def topic_measures(
    rows: Sequence[Row], predictions: Sequence[Prediction], topic_of: Mapping[str, str]
) -> dict[str, float | None]:
    """Give the measures that :func:`evaluate_topics` names, of predictions that are there already."""
    rankings = [ranked_topics(prediction, topic_of) for prediction in predictions]
    expected = [row.label for row in rows]
    first = [ranking[0] for ranking in rankings]
    pairs = list(zip(first, expected, strict=True))
    found = [label == OUTSIDE for guess, label in pairs if guess == OUTSIDE]
    outside = [guess == OUTSIDE for guess, label in pairs if label == OUTSIDE]
    return {
        "top1": share([guess == label for guess, label in pairs]),
        "top3": share([label in ranking[:3] for ranking, label in zip(rankings, expected, strict=True)]),
        "macro_f1": round(_macro_f1(pairs), 4),
        "oos_recall": share(outside) if outside else None,
        "oos_precision": share(found) if found else None,
    }


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    topics = {label for _, label in pairs}
    total = 0.0
    for topic in topics:
        hits = sum(guess == label == topic for guess, label in pairs)
        guessed = sum(guess == topic for guess, _ in pairs)
        meant = sum(label == topic for _, label in pairs)
        total += 2 * hits / (guessed + meant)
    return total / len(topics) if topics else 0.0
