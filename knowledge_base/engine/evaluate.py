"""Measuring retrieval on any corpus, with the index that the assistant itself uses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.engine.calibration import SHIPPED, Calibration, neutral, read_calibration
from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.index import SearchIndex
from knowledge_base.engine.passages import Searchable, Unit, chunks, windows
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.vectors import Progress, VectorStore

DEPTH = 10
Metrics = dict[str, float]


@dataclass(frozen=True, slots=True)
class CorpusText:
    """A line of the corpus. Lines may share an id; finding one of them is finding it."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the ids that answer it."""

    id: str
    question: str
    right: frozenset[str]


def read_corpus(file: Path) -> list[CorpusText]:
    """Read lines ``{id, title, text}``; title may be missing. Raises KnowledgeBaseError with the line."""
    return [
        CorpusText(_field(row, "id", at, file), str(row.get("title") or ""), _field(row, "text", at, file))
        for at, row in _rows(file)
    ]


def read_queries(file: Path, corpus: Sequence[CorpusText] | None = None) -> list[Query]:
    """Read lines ``{id, question, doc_id}``, doc_id one id or a list. Raises KnowledgeBaseError.

    With ``corpus`` given, every doc_id must be in it.
    """
    known = None if corpus is None else {text.id for text in corpus}
    queries = []
    for at, row in _rows(file):
        given = row.get("doc_id")
        right = frozenset(str(i) for i in (given if isinstance(given, list) else [given]) if i is not None)
        if not right:
            raise KnowledgeBaseError(f"{file.name}, line {at}: “doc_id” is missing.")
        if known is not None and not right & known:
            raise KnowledgeBaseError(f"{file.name}, line {at}: “{min(right)}” is not an id of the corpus.")
        queries.append(Query(str(row.get("id", at)), _field(row, "question", at, file), right))
    return queries


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"{file} cannot be read: {error}") from error
    found = False
    for at, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise KnowledgeBaseError(f"{file.name}, line {at}: this is not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise KnowledgeBaseError(f"{file.name}, line {at}: this is not a JSON object.")
        found = True
        yield at, row
    if not found:
        raise KnowledgeBaseError(f"{file.name} has no lines.")


def _field(row: Mapping[str, Any], name: str, at: int, file: Path) -> str:
    value = row.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise KnowledgeBaseError(f"{file.name}, line {at}: “{name}” is missing.")
    return str(value)


def evaluate_retrieval(
    corpus: Sequence[CorpusText],
    queries: Sequence[Query],
    encoder: Encoder,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Give recall@1, recall@5, mrr@10 and ndcg@10 of the blend, and under ``bm25`` and ``dense`` of each.

    ``cache``: a folder to keep the corpus's vectors in. ``progress`` is told (done, of how many).
    """
    items = as_searchables(corpus)
    vectors = VectorStore(encoder, cache).vectors([u for item in items for u in item.units], progress)
    index = SearchIndex(items, vectors, encoder.spaces)
    asked = encoder.encode_queries([query.question for query in queries])
    calibration = read_calibration(encoder.name, (SHIPPED, *([cache] if cache else []))) or _range_of(
        index, encoder, asked
    )
    pairs = list(zip(queries, asked, strict=True))
    ids = [text.id for text in corpus]

    def measured(rank: Callable[[Query, Any], list[int]]) -> Metrics:
        return metrics([_ranking(ids, rank(query, vector)) for query, vector in pairs], queries)

    return {
        **measured(lambda q, v: [hit.row for hit in index.blend(q.question, v, calibration)]),
        "bm25": measured(lambda q, _: index.by_words(q.question)),
        "dense": measured(lambda _, v: index.by_vector(v)),
    }


def as_searchables(corpus: Sequence[CorpusText]) -> list[Searchable]:
    """Index a corpus as the assistant indexes its own texts.

    Where most titles ask something, they are FAQ entries and a title is a question; else a title stands
    over its text as a guide's heading does.
    """
    questions = sum(_asks(text.title) for text in corpus) * 2 > len(corpus)
    items = []
    for row, text in enumerate(corpus):
        body = f"{text.title}\n{text.text}" if text.title else text.text
        units = [Unit("text", part) for part in chunks(body)] + windows(text.text)
        if questions and text.title:
            units.insert(0, Unit("heading", text.title))
            body = f"{text.title}\n{body}"
        items.append(Searchable(str(row), str(row), None, None, tuple(units), body))
    return items


def _asks(title: str) -> bool:
    """Whether a title is a question, or as long as one, rather than the name of a thing."""
    return title.rstrip().endswith(("?", "؟")) or len(title.split()) >= 4


def _range_of(index: SearchIndex, encoder: Encoder, asked: Any) -> Calibration:
    """Find an unknown encoder's scale from the questions themselves; no answer is looked at."""
    every = np.arange(len(index))
    cosines = np.stack([index.cosines(every, vector) for vector in asked[:200]])
    low, high = float(np.median(cosines)), float(np.quantile(cosines.max(axis=1), 0.9))
    return neutral(encoder.name, low, max(high, low + 0.01))


def _ranking(ids: Sequence[str], rows: Sequence[int]) -> list[str]:
    """Give the first DEPTH different ids."""
    return list(dict.fromkeys(ids[row] for row in rows))[:DEPTH]


def metrics(rankings: Sequence[Sequence[str]], queries: Sequence[Query]) -> Metrics:
    """Give the four measures, each the mean over the queries.

    recall@k: whether a right one is among the first k. mrr@10: 1 over the first right place. ndcg@10: with
    every right one worth the same.
    """
    total = {"recall@1": 0.0, "recall@5": 0.0, "mrr@10": 0.0, "ndcg@10": 0.0}
    for ranking, query in zip(rankings, queries, strict=True):
        places = [at for at, id_ in enumerate(ranking[:DEPTH], start=1) if id_ in query.right]
        if not places:
            continue
        total["recall@1"] += places[0] == 1
        total["recall@5"] += places[0] <= 5
        total["mrr@10"] += 1 / places[0]
        ideal = sum(1 / math.log2(at + 1) for at in range(1, min(len(query.right), DEPTH) + 1))
        total["ndcg@10"] += sum(1 / math.log2(at + 1) for at in places) / ideal
    return {name: round(value / max(len(queries), 1), 4) for name, value in total.items()}
