"""Softmax regression: the one classifier everything here is built from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def log_softmax(scores: Floats) -> Floats:
    """Give log-probabilities; ``scores`` is (rows, classes)."""
    shifted: Floats = scores - scores.max(axis=-1, keepdims=True)
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def fit(
    features: Any, labels: Integers, classes: int, c: float, weights: Floats | None = None, steps: int = 150
) -> tuple[Floats, Floats]:
    """Learn (weights (features, classes), biases (classes,)).

    ``features`` is a dense array or a scipy CSR matrix of shape (rows, features); ``c`` is how much the
    examples count against the penalty on large weights, as in scikit-learn's LogisticRegression.
    """
    # Only learning needs it, and importing it takes longer than all else here.
    from scipy.optimize import minimize  # type: ignore[import-untyped, unused-ignore]

    rows, width = features.shape
    own = np.ones(rows, np.float32) if weights is None else weights.astype(np.float32)
    target = np.zeros((rows, classes), np.float32)
    target[np.arange(rows), labels] = 1.0
    features = features.astype(np.float32)
    turned = features.T.tocsr() if hasattr(features, "tocsr") else features.T
    total = float(own.sum())
    penalty = 1.0 / (c * total)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = flat.reshape(width + 1, classes).astype(np.float32)
        logs = log_softmax(features @ table[:width] + table[width])
        error = (np.exp(logs) - target) * (own / total)[:, None]
        gradient = np.empty((width + 1, classes), np.float64)
        gradient[:width] = turned @ error + penalty * table[:width]
        gradient[width] = error.sum(axis=0)
        likelihood = -float((own / total * (logs * target).sum(axis=1)).sum())
        return likelihood + 0.5 * penalty * float((table[:width] ** 2).sum()), gradient.ravel()

    start = np.zeros((width + 1) * classes)
    options = {"maxiter": steps, "gtol": 1e-6, "ftol": 1e-8, "maxcor": 6}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    table = found.reshape(width + 1, classes).astype(np.float32)
    return table[:width], table[width]
