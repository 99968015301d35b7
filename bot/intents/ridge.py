"""Ridge regression on many sparse features, solved by conjugate gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_STEPS = 60
_CLOSE = 1e-3  # of the target's length


def fit(features: Any, targets: Floats, penalty: float) -> Floats:
    """Give weights (features, outputs) for a scipy CSR matrix (rows, features) and targets (rows, outputs).

    Works in the space of rows: there are fewer of them than n-grams. Each output is solved by itself.
    """
    turned = features.T.tocsr()

    def apply(x: Floats) -> Floats:
        result: Floats = features @ (turned @ x) + penalty * x
        return result

    solution = np.zeros_like(targets)
    left = targets.copy()
    direction = left.copy()
    length = (left**2).sum(axis=0)
    enough = length * _CLOSE**2
    for _ in range(_STEPS):
        if (length <= enough).all():
            break
        moved = apply(direction)
        step = length / np.maximum((direction * moved).sum(axis=0), 1e-20)
        solution += step * direction
        left -= step * moved
        before, length = length, (left**2).sum(axis=0)
        direction = left + (length / np.maximum(before, 1e-20)) * direction
    weights: Floats = (turned @ solution).astype(np.float32)
    return weights
