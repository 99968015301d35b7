"""What learning changes: the classifier with and without new examples, on a part that neither has seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.evaluation.rows import Row
from bot.evaluation.topics import OUTSIDE, evaluate_topics
from bot.intents.encoder import Encode, encode
from bot.intents.recogniser import Recogniser

Measures = dict[str, float | None]


def shipped_rows(folder: Path) -> list[Row]:
    """Read the project's own examples, ``data/nlu/*.yml``, as questions with intents."""
    rows: list[Row] = []
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in str(block.get("examples", "")).splitlines())
            said = (line.removeprefix("- ").strip() for line in lines if line.startswith("- "))
            rows += [Row(text, block["intent"]) for text in said if "intent" in block]
    return rows


def before_and_after(
    base: Sequence[Row],
    new: Sequence[Row],
    held: Sequence[Row],
    topic_of: Mapping[str, str],
    encoder: Encode = encode,
    known: Recogniser | None = None,
) -> tuple[Measures, Measures]:
    """Give ``top1`` and ``top3`` of topics on ``held``: learnt from ``base``, and from ``base`` and ``new``.

    All labels are intents. ``known`` is what was trained on exactly ``base``, where that is at hand.
    """
    asked = [Row(row.question, topic_of[row.label]) for row in held]

    def taught(rows: Sequence[Row]) -> Recogniser:
        labels = [row.label for row in rows]
        outside = OUTSIDE if OUTSIDE in labels else None
        return Recogniser.train([row.question for row in rows], labels, outside, encoder)

    def measured(recogniser: Recogniser) -> Measures:
        found = evaluate_topics(asked, recogniser, topic_of)
        return {name: found[name] for name in ("top1", "top3")}

    return measured(known or taught(base)), measured(taught([*base, *new]))
