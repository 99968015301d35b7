"""``dalil ask --explain``: the words that staff read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cli.explain import in_words

LIMITS = {
    "understood": 0.4,
    "understood_if_unfamiliar": 0.5,
    "answer": 0.55,
    "answer_if_not_understood": 0.75,
    "answer_if_likely": 0.6,
    "answer_if_outside": 0.85,
    "worth_showing": 0.42,
}


def _why(chance: float, inside: bool, *found: float) -> dict[str, Any]:
    topics = [
        {"topic": "renewal", "name": "Renewing a loan", "chance": chance},
        {"topic": "greeting", "name": None, "chance": 0.1},
    ]
    passages = [
        {
            "passage": f"faq/renewal#{n}:en",
            "heading": f"Question {n}",
            "topic": "renewal",
            "url": "https://x.example",
            "chance": score,
            "dense": 0.8,
            "keyword": 0.25,
        }
        for n, score in enumerate(found)
    ]
    understood = {"topics": topics, "intent": "renewal", "chance": chance, "like_what_was_taught": inside}
    return {"language": "en", "understood": understood, "passages": passages, "thresholds": LIMITS}


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (_why(0.9, True, 0.8), "is like what the assistant was taught, so 0.4 is asked"),
        (_why(0.9, True, 0.8), "it has 0.90, and is understood."),
        (_why(0.3, True, 0.8), "it has 0.30, and is not understood, and is asked about."),
        (_why(0.45, False, 0.8), "is unlike what the assistant was taught, so 0.5 is asked"),
        (_why(0.45, False, 0.8), "is not understood"),
        (_why(0.9, True, 0.8, 0.2), "0.80  meaning 0.80  words 0.25  Question 0"),
        (_why(0.9, True, 0.55), "The first reaches 0.55: good enough to be the answer."),
        (_why(0.9, True, 0.54), "below 0.55, too little for an answer, but worth showing"),
        (_why(0.9, True, 0.41), "None reaches 0.42"),
        (_why(0.9, True), "The search finds nothing."),
        (_why(0.9, True), "0.90  Renewing a loan (renewal)"),
        (_why(0.9, True), "0.10  greeting (greeting)"),
    ],
)
def test_the_explanation_in_words(why: dict[str, Any], said: str) -> None:
    assert said in "\n".join(in_words(why))
