"""``dalil ask --explain``: why a question is answered as it is, in words for staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.cli.common import console, index_progress
from bot.evaluation.topics import ranked_topics
from bot.intents.model import Beliefs, Prediction
from bot.intents.recogniser import Recogniser
from bot.knowledge import intent_topics, open_knowledge, read_topics
from bot.model import Language
from bot.settings import ROOT, Settings
from bot.text import language_of
from bot.training import train_if_needed
from knowledge_base.engine.calibration import Thresholds
from knowledge_base.engine.records import Hit

_TOPICS, _PASSAGES = 5, 5
_CONFIG = ROOT / "config.yml"


def explain(found: Settings, question: str) -> dict[str, Any]:
    """Give, as plain data, what the assistant sees in a question typed at a conversation's beginning.

    ``understood``: the classifier's topics with their chances; ``passages``: what the search finds with the
    classifier's opinion, each with its scores (0 to 1); ``thresholds``: what they are compared with.
    """
    language = language_of(question, Language.EN)
    recogniser = Recogniser.from_archive(train_if_needed(found, console))
    prediction = recogniser.recognise([question])[0]
    weights = _weights(prediction)
    with index_progress() as progress:
        held = open_knowledge(found, progress).snapshot
    hits = held.search(question, language.value, _PASSAGES, weights)
    names = read_topics()
    return {
        "question": question,
        "language": language.value,
        "understood": {
            "topics": [
                {"topic": topic, "name": names.get(topic, {}).get(language.value), "chance": round(chance, 4)}
                for topic, chance in sorted(weights.items(), key=lambda pair: -pair[1])[:_TOPICS]
            ],
            "intent": prediction.best[0],
            "chance": round(prediction.best[1], 4),
            "familiar": round(prediction.known, 4),
            "like_what_was_taught": prediction.inside,
        },
        "passages": [_passage(hit) for hit in hits],
        "thresholds": _thresholds(held.thresholds, recogniser.model.beliefs(question)),
    }


def _weights(prediction: Prediction) -> dict[str, float]:
    topic_of = intent_topics()
    weights = dict.fromkeys(ranked_topics(prediction, topic_of), 0.0)
    for intent, chance in prediction.ranking:
        weights[topic_of.get(intent, intent)] += chance
    return weights


def _passage(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "heading": hit.passage.heading,
        "topic": hit.passage.document.topic,
        "url": hit.passage.url,
        "chance": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "keyword": round(hit.keyword, 4),
    }


def _thresholds(enough: Thresholds, learnt: Beliefs) -> dict[str, float]:
    """Give the numbers in force: the encoder's, the trained model's, or what config.yml has instead."""
    import yaml

    pipeline = yaml.safe_load(_CONFIG.read_text(encoding="utf-8"))["pipeline"]
    given: dict[str, Any] = next((part for part in pipeline if "Recogniser" in part["name"]), {})
    return {
        "understood": given.get("threshold", learnt.familiar),
        "understood_if_unfamiliar": given.get("strange_threshold", learnt.strange),
        "answer": enough.answer,
        "answer_if_not_understood": enough.clear,
        "answer_if_likely": enough.likely,
        "answer_if_outside": enough.sure,
        "worth_showing": enough.show,
    }


def in_words(why: dict[str, Any]) -> list[str]:
    """Give the explanation as lines to read."""
    understood, passages, limits = why["understood"], why["passages"], why["thresholds"]
    language = "Arabic" if why["language"] == "ar" else "English"
    lines = [f"Read as {language}.", "", "What it seems to be about (chances from 0 to 1):"]
    lines += [
        f"  {one['chance']:.2f}  {one['name'] or one['topic']} ({one['topic']})"
        for one in understood["topics"]
    ]
    return [*lines, _familiar(understood, limits), "", *_found(passages, limits), "", *_key(limits)]


def _familiar(understood: dict[str, Any], limits: dict[str, float]) -> str:
    inside = understood["like_what_was_taught"]
    least = limits["understood" if inside else "understood_if_unfamiliar"]
    like = "like" if inside else "unlike"
    verdict = "is understood" if understood["chance"] >= least else "is not understood, and is asked about"
    return (
        f"  The question is {like} what the assistant was taught, so {least} is asked of the first topic: "
        f"it has {understood['chance']:.2f}, and {verdict}."
    )


def _found(passages: Sequence[dict[str, Any]], limits: dict[str, float]) -> list[str]:
    if not passages:
        return ["The search finds nothing."]
    lines = [
        "What the search finds (the chance that it answers; how near the meaning is; how many words agree):"
    ]
    for one in passages:
        scores = f"{one['chance']:.2f}  meaning {one['dense']:.2f}  words {one['keyword']:.2f}"
        lines += [f"  {scores}  {one['heading']}", f"        {one['passage']}  {one['url']}"]
    best = passages[0]["chance"]
    if best >= limits["answer"]:
        lines.append(f"  The first reaches {limits['answer']}: good enough to be the answer.")
    elif best >= limits["worth_showing"]:
        lines.append(f"  The first is below {limits['answer']}, too little for an answer, but worth showing.")
    else:
        lines.append(f"  None reaches {limits['worth_showing']}: nothing here is good enough to be shown.")
    return lines


def _key(limits: dict[str, float]) -> list[str]:
    return [
        "The chances a passage must reach to be the answer:",
        f"  {limits['answer']} when the topic is understood, {limits['answer_if_not_understood']} when it is "
        f"not ({limits['answer_if_likely']} where the topic is likely or nothing else comes near), "
        f"{limits['answer_if_outside']} when the question seems to be none of the library's.",
        "Hours, people, places, databases and forms are answered from their own files before any search.",
    ]
