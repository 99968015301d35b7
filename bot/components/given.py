"""The vector of a message that came with its turn: the gateway has made it for the search already."""

from __future__ import annotations

import base64
import binascii
from contextvars import ContextVar
from typing import Any

import numpy as np

from knowledge_base.engine.shipped import DIMENSIONS, ENGLISH, SHARED, Vectors, is_english

_SPACES = {space.name: space for space in (ENGLISH, SHARED)}
_given: ContextVar[tuple[str, Vectors] | None] = ContextVar("given_vector", default=None)


def give(text: str, vector: Any) -> None:
    """Note ``{"space", "values"}`` as the vector of a text, for the rest of this turn.

    ``values`` are little-endian floats of four bytes in base64. Raises ValueError where they are not.
    """
    _given.set(None)
    if vector is None:
        return
    if not isinstance(vector, dict) or vector.get("space") not in _SPACES:
        raise ValueError("vector")
    space = _SPACES[vector["space"]]
    try:
        values = np.frombuffer(base64.b64decode(str(vector.get("values")), validate=True), dtype="<f4")
    except (binascii.Error, ValueError) as error:
        raise ValueError("vector") from error
    if len(values) != space.end - space.begin or not np.isfinite(values).all():
        raise ValueError("vector")
    whole = np.zeros((1, DIMENSIONS), dtype=np.float32)
    space.of(whole)[:] = values
    _given.set((text, whole))


def given(text: str, english: bool) -> Vectors | None:
    """Give the (1, DIMENSIONS) vector that came with a text, if it is in the space that is wanted.

    ``english``: whether English texts are wanted in the English space.
    """
    found = _given.get()
    if found is None or found[0] != text:
        return None
    space = ENGLISH if english and is_english(text) else SHARED
    return found[1] if np.any(space.of(found[1])) else None
