"""Learning from what was left out: how to blend, how sure to be, and when to say "I don't know"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.intents import softmax
from bot.intents.model import Beliefs, Calibration, Dense, Sparse, knownness
from bot.intents.softmax import Floats, Integers, log_softmax

FOLDS = 3
OUTSIDE_FOLDS = 5
BLENDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8)
ANSWER_WORTH = 3.0  # a right answer kept counts as much as three strange questions recognised
WRONG_COST = 0.8  # of an intent wrongly believed, where a right one is worth 1 and asking back nothing
STRANGE_SHARE = 0.15  # of all messages, those that are like nothing taught
BELIEFS = tuple(np.round(np.arange(0.3, 0.81, 0.05), 2).tolist())  # what is tried as a threshold of a chance
_SEED = 7

Mask = NDArray[np.bool_]


def calibrate(
    texts: Sequence[str],
    vectors: Floats,
    labels: Integers,
    names: Floats,
    outside: int | None,
    groups: Integers,
) -> Calibration:
    """Learn a :class:`Calibration` by cross-validation; with too few rows the defaults stand."""
    if len(texts) < 4 * FOLDS:
        return Calibration()
    blend, temperature, familiar = _sureness(texts, vectors, labels, names, groups)
    left = _leave_intents_out(vectors, labels, names, outside, groups, temperature)
    if left is None or left.inside.all() or not left.inside.any():
        return Calibration(blend, temperature, Calibration().known, 0.0, Beliefs(familiar))
    known, threshold = _knowing(left)
    return Calibration(
        blend, temperature, known, threshold, Beliefs(familiar, _strange(left, known, threshold))
    )


def _sureness(
    texts: Sequence[str], vectors: Floats, labels: Integers, names: Floats, groups: Integers
) -> tuple[float, float, float]:
    """Find the blend and temperature under which left-out rows are likeliest, and how sure is sure enough."""
    dense_logs, sparse_scores, truth = [], [], []
    for taught, asked in _folds(labels, FOLDS):
        dense = Dense.fit(vectors[taught], labels[taught], names)
        sparse = Sparse.fit(_those(texts, taught), labels[taught], len(names))
        dense_logs.append(log_softmax(dense.scores(vectors[asked])))
        sparse_scores.append(sparse.scores(_those(texts, asked)))
        truth.append(labels[asked])
    dense_all, sparse_all = np.concatenate(dense_logs), np.concatenate(sparse_scores)
    right = np.concatenate(truth)
    tried = [(*_temperature(dense_all + np.float32(blend) * sparse_all, right), blend) for blend in BLENDS]
    _, temperature, blend = min(tried)
    blended = ((dense_all + blend * sparse_all) / temperature).astype(np.float32)
    likeliest, chance = _topics(np.exp(log_softmax(blended)), groups)
    return blend, temperature, _believed(chance, likeliest == groups[right], np.ones(len(right), np.float32))


def _topics(chances: Floats, groups: Integers) -> tuple[Integers, Floats]:
    """Give each row's likeliest topic and its chance; ``groups`` says of which topic each class is."""
    summed = np.zeros((len(chances), int(groups.max()) + 1), np.float32)
    for column, group in enumerate(groups):
        summed[:, group] += chances[:, column]
    return summed.argmax(axis=1), summed.max(axis=1)


def _believed(chance: Floats, right: Mask, weights: Floats) -> float:
    """Give the chance from which it is best to believe: right ones gain 1, wrong ones cost WRONG_COST."""
    gain = np.where(right, 1.0, -WRONG_COST) * weights
    gains = [float(gain[chance >= least].sum()) for least in BELIEFS]
    return float(BELIEFS[int(np.argmax(gains))])


def _those(texts: Sequence[str], wanted: Mask) -> list[str]:
    return [text for text, yes in zip(texts, wanted, strict=True) if yes]


def _temperature(logs: Floats, right: Integers) -> tuple[float, float]:
    """Give (loss, temperature), the temperature being the one of least loss."""
    # Only learning needs it, and importing it takes longer than all else here.
    from scipy.optimize import minimize_scalar  # type: ignore[import-untyped, unused-ignore]

    def loss(exponent: float) -> float:
        softened = log_softmax(logs / np.float32(np.exp(exponent)))
        return -float(softened[np.arange(len(right)), right].mean())

    found = minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded")
    return float(found.fun), float(np.exp(found.x))


@dataclass(frozen=True)
class _LeftOut:
    """Rows a model was not taught: of intents it knows, and of intents it never saw."""

    evidence: Floats  # (rows, 2)
    inside: Mask
    right: Mask  # the intent is the right one
    topic_right: Mask
    chance: Floats  # of the likeliest topic


def _knowing(left: _LeftOut) -> tuple[tuple[float, float, float], float]:
    """Learn to tell rows of known intents from rows of intents that were never taught."""
    middle, spread = left.evidence.mean(axis=0), np.maximum(left.evidence.std(axis=0), 1e-6)
    share = left.inside.mean()
    balance = np.where(left.inside, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    # Both kinds of evidence count the same. Intents left out are near to those taught, where the score tells
    # more; what people really ask beside the point is farther off, where the likeness does.
    together = ((left.evidence - middle) / spread).sum(axis=1, keepdims=True)
    table, biases = softmax.fit(together, left.inside.astype(np.int64), 2, c=1.0, weights=balance)
    slopes = (table[0, 1] - table[0, 0]) / spread
    bias = float(biases[1] - biases[0] - slopes @ middle)
    weights = (float(slopes[0]), float(slopes[1]), bias)
    known = knownness(left.evidence, weights)

    def worth(threshold: float) -> float:
        kept = known >= threshold
        answered = (kept & left.right)[left.inside].mean()
        return float(ANSWER_WORTH * answered + (~kept)[~left.inside].mean())

    return weights, float(max(np.quantile(known, np.linspace(0.01, 0.6, 119)), key=worth))


def _strange(left: _LeftOut, weights: tuple[float, float, float], threshold: float) -> float:
    """Give the chance from which even what is unlike all that was taught is believed to be what it seems."""
    strange = knownness(left.evidence, weights) < threshold
    outside = ~left.inside
    per_outside = STRANGE_SHARE / (1 - STRANGE_SHARE) * left.inside.sum() / outside.sum()
    rows = np.where(outside, per_outside, 1.0).astype(np.float32)
    return _believed(left.chance[strange], left.topic_right[strange], rows[strange])


def _leave_intents_out(
    vectors: Floats,
    labels: Integers,
    names: Floats,
    outside: int | None,
    groups: Integers,
    temperature: float,
) -> _LeftOut | None:
    random = np.random.default_rng(_SEED)
    shuffled = random.permutation([c for c in range(len(names)) if c != outside])
    evidence, inside, right, topic_right, chance = [], [], [], [], []
    for fold, (rest, asked) in enumerate(_folds(labels, OUTSIDE_FOLDS)):
        unseen = list(shuffled[fold::OUTSIDE_FOLDS]) + ([] if outside is None else [outside])
        strange = np.isin(labels, unseen)
        taught = rest & ~strange
        if len(set(labels[taught])) < 2:
            continue
        seen = np.unique(labels[taught])  # an intent without rows would shift all the scores
        model = Dense.fit(vectors[taught], np.searchsorted(seen, labels[taught]), names[seen])
        for rows, known in ((asked & ~strange, True), (strange, False)):
            scores = model.scores(vectors[rows])
            evidence.append(model.evidence(vectors[rows], scores))
            inside.append(np.full(int(rows.sum()), known))
            right.append((seen[scores.argmax(axis=1)] == labels[rows]) & known)
            topic, sure = _topics(np.exp(log_softmax(scores / np.float32(temperature))), groups[seen])
            topic_right.append((topic == groups[labels[rows]]) & known)
            chance.append(sure)
    if not evidence:
        return None
    return _LeftOut(*map(np.concatenate, (evidence, inside, right, topic_right, chance)))


def _folds(labels: Integers, count: int) -> Iterator[tuple[Mask, Mask]]:
    """Give (rows taught, rows asked) ``count`` times; each intent's rows are spread over the folds."""
    random = np.random.default_rng(_SEED)
    fold_of = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        fold_of[rows] = (np.arange(len(rows)) + random.integers(count)) % count
    for fold in range(count):
        asked = fold_of == fold
        yield ~asked, asked
