"""The classifier: two readers blended, calibrated, with a sense for what it does not know.

A softmax regression reads the sentence vector, a ridge regression the n-grams. How much the second
counts and how far the probabilities are to be softened is learnt from rows that were left out; what lies
outside of everything it was taught, from whole intents that were left out (``bot/intents/calibration.py``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bot.intents import ridge, softmax
from bot.intents.grams import Vocabulary
from bot.intents.softmax import Floats, Integers, log_softmax

DENSE_C = 0.1
RIDGE = 1.0
SPARSE_SCALE = 10.0  # a ridge regression says 0 to 1 where a softmax wants a few units
OUTSIDE_LIFT = 3.0  # times likelier than its share of the examples: there is no end of what is outside
NAME_WEIGHT = 0.25  # of an intent's own name as one more example of it
FORMAT = 4


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a text means."""

    ranking: tuple[tuple[str, float], ...]  # intents and calibrated probabilities, best first; sum 1
    known: float  # 0 to 1: how much it is like anything that was taught
    inside: bool  # ``known`` is above the threshold learnt with the model
    least: float = 0.0  # the chance that the best must reach to be believed; learnt with the model

    @property
    def best(self) -> tuple[str, float]:
        """The likeliest intent of the likeliest topic, and the topic's probability.

        ``renewal`` and ``renewal__refused`` are one topic: doubt between them is no doubt about it.
        """
        topics: dict[str, float] = {}
        for intent, chance in self.ranking:
            topics[topic_of(intent)] = topics.get(topic_of(intent), 0.0) + chance
        likeliest = max(topics, key=lambda topic: topics[topic])
        return next(intent for intent, _ in self.ranking if topic_of(intent) == likeliest), topics[likeliest]


@dataclass(frozen=True)
class Beliefs:
    """The chances from which an intent is believed: of what is like something taught, and of what is not."""

    familiar: float = 0.4
    strange: float = 0.5


@dataclass(frozen=True)
class Calibration:
    """Numbers learnt from what was left out."""

    blend: float = 0.3  # how much the n-grams' scores count
    temperature: float = 1.0
    known: tuple[float, float, float] = (1.0, 1.0, 0.0)  # weights of confidence and likeness, and a bias
    threshold: float = 0.5  # of ``known``
    beliefs: Beliefs = Beliefs()


class Calibrate(Protocol):
    """How :meth:`IntentModel.fit` comes by its calibration."""

    def __call__(
        self,
        texts: Sequence[str],
        vectors: Floats,
        labels: Integers,
        names: Floats,
        outside: int | None,
        groups: Integers,
    ) -> Calibration:
        """Learn from the training rows.

        ``outside`` is the class of what is out of scope, if there is one; ``groups`` each class's topic.
        """


@dataclass(frozen=True)
class Dense:
    """The regression on sentence vectors, and the middle of each intent's examples."""

    weights: Floats  # (dimensions, classes)
    biases: Floats  # (classes,)
    centres: Floats  # (classes, dimensions), unit length

    @classmethod
    def fit(cls, vectors: Floats, labels: Integers, names: Floats) -> Dense:
        """Learn from scaled vectors and those of the intents' names (classes, dimensions)."""
        classes = len(names)
        weights = np.repeat(np.array([1.0, NAME_WEIGHT], np.float32), [len(labels), classes])
        vectors, labels = np.concatenate([vectors, names]), np.concatenate([labels, np.arange(classes)])
        table, biases = softmax.fit(vectors, labels, classes, DENSE_C, weights)
        sums = np.zeros((classes, vectors.shape[1]), np.float32)
        np.add.at(sums, labels, unit(vectors) * weights[:, None])
        return cls(table, biases, unit(sums))

    def scores(self, vectors: Floats) -> Floats:
        """Give scores of shape (rows, classes), before any softmax."""
        result: Floats = vectors @ self.weights + self.biases
        return result

    def evidence(self, vectors: Floats, scores: Floats) -> Floats:
        """Give (rows, 2): the highest score, and the likeness to the nearest intent's middle."""
        likeness = (unit(vectors) @ self.centres.T).max(axis=1)
        return np.stack([scores.max(axis=1), 10 * likeness], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Sparse:
    """The regression on n-grams."""

    vocabulary: Vocabulary
    weights: Floats  # (n-grams, classes)

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Integers, classes: int) -> Sparse:
        """Learn from texts."""
        vocabulary = Vocabulary.of(texts)
        members = np.full((len(texts), classes), -1 / classes, np.float32)
        members[np.arange(len(texts)), labels] += 1.0
        weights = ridge.fit(vocabulary.matrix(texts), members * SPARSE_SCALE, RIDGE)
        return cls(vocabulary, weights)

    def scores(self, texts: Sequence[str]) -> Floats:
        """Give scores of shape (texts, classes), before any softmax."""
        out = np.empty((len(texts), self.weights.shape[1]), np.float32)
        for row, text in enumerate(texts):
            indices, values = self.vocabulary.count(text)
            out[row] = values @ self.weights[indices]
        return out


@dataclass(frozen=True)
class IntentModel:
    """Everything that was learnt; immutable, and safe to use from several threads."""

    labels: tuple[str, ...]
    dense: Dense
    sparse: Sparse
    lifts: Floats  # (classes,), added to the calibrated log-probabilities
    calibration: Calibration

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: Floats,
        labels: Sequence[str],
        names: Floats,
        calibrate: Calibrate,
        outside: str | None = None,
    ) -> IntentModel:
        """Learn from texts with their scaled vectors (texts, dimensions) and labels.

        ``names`` holds the scaled vectors of ``spoken(label)`` for each of ``sorted(set(labels))``.
        Raises ValueError where there are fewer than two labels.
        """
        kinds = sorted(set(labels))
        if len(kinds) < 2:
            raise ValueError("at least two different intents are needed to learn from")
        place = {label: index for index, label in enumerate(kinds)}
        numbers = np.array([place[label] for label in labels], dtype=np.int64)
        _, groups = np.unique([topic_of(kind) for kind in kinds], return_inverse=True)
        calibration = calibrate(texts, vectors, numbers, names, place.get(outside or ""), groups)
        dense, sparse = Dense.fit(vectors, numbers, names), Sparse.fit(texts, numbers, len(kinds))
        lifts = np.log([OUTSIDE_LIFT if kind == outside else 1.0 for kind in kinds]).astype(np.float32)
        return cls(tuple(kinds), dense, sparse, lifts, calibration)

    def predict(self, texts: Sequence[str], vectors: Floats) -> list[Prediction]:
        """Say what each text means, given its scaled vector; ``vectors`` is (texts, dimensions)."""
        dense = self.dense.scores(vectors)
        blend, softer = np.float32(self.calibration.blend), np.float32(self.calibration.temperature)
        logs: Floats = log_softmax(dense) + blend * self.sparse.scores(texts)
        chances = np.exp(log_softmax(logs / softer + self.lifts))
        known = knownness(self.dense.evidence(vectors, dense), self.calibration.known)
        beliefs = self.calibration.beliefs
        orders = np.argsort(-chances, axis=1, kind="stable")
        return [
            Prediction(
                ranking=tuple((self.labels[index], float(chance[index])) for index in order),
                known=float(likely),
                inside=(inside := bool(likely >= self.calibration.threshold)),
                least=beliefs.familiar if inside else max(beliefs.familiar, beliefs.strange),
            )
            for order, chance, likely in zip(orders, chances, known, strict=True)
        ]

    def save(self, folder: Path, stem: str) -> None:
        """Write ``STEM.npz`` and ``STEM.json``; no pickle."""
        np.savez_compressed(
            folder / f"{stem}.npz",
            dense_weights=self.dense.weights,
            dense_biases=self.dense.biases,
            centres=self.dense.centres,
            sparse_weights=self.sparse.weights,
            gram_weights=self.sparse.vocabulary.weights,
            lifts=self.lifts,
        )
        calibration = self.calibration
        kept = {
            "format": FORMAT,
            "labels": self.labels,
            "blend": calibration.blend,
            "temperature": calibration.temperature,
            "known": calibration.known,
            "threshold": calibration.threshold,
            "beliefs": asdict(calibration.beliefs),
            "grams": self.sparse.vocabulary.names,
        }
        (folder / f"{stem}.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, arrays: Any, text: str) -> IntentModel:
        """Read what :meth:`save` wrote: the ``.npz`` (path or open file) and the JSON's text.

        Raises ValueError or KeyError where it is of another format or incomplete.
        """
        kept = json.loads(text)
        if kept["format"] != FORMAT:
            raise ValueError(f"the classifier's format is {kept['format']}, not {FORMAT}; train again")
        with np.load(arrays, allow_pickle=False) as found:
            dense = Dense(found["dense_weights"], found["dense_biases"], found["centres"])
            vocabulary = Vocabulary(tuple(kept["grams"]), found["gram_weights"])
            sparse = Sparse(vocabulary, found["sparse_weights"])
            lifts = found["lifts"]
        first, second, bias = kept["known"]
        calibration = Calibration(
            kept["blend"],
            kept["temperature"],
            (first, second, bias),
            kept["threshold"],
            Beliefs(**kept["beliefs"]),
        )
        return cls(tuple(kept["labels"]), dense, sparse, lifts, calibration)


def topic_of(intent: str) -> str:
    """Give the topic that an intent's name says: what stands before ``__``."""
    return intent.split("__", 1)[0]


def spoken(label: str) -> str:
    """Give an intent's name as words: ``find_resource__known_item`` is "find resource known item"."""
    return re.sub(r"[\W_]+", " ", label).strip() or label


def unit(vectors: Floats) -> Floats:
    """Give the rows at length 1."""
    result: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return result


def knownness(evidence: Floats, weights: tuple[float, float, float]) -> Floats:
    """Give 0 to 1 for each row of evidence (rows, 2)."""
    first, second, bias = weights
    result: Floats = 1 / (1 + np.exp(-np.clip(evidence @ np.array([first, second]) + bias, -30, 30)))
    return result
