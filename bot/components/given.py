"""The vectors that came with a turn: the gateway has made them for the search already."""

from __future__ import annotations

import base64
import binascii
from contextvars import ContextVar
from typing import Any

import numpy as np

from knowledge_base.engine.shipped import DIMENSIONS, ENGLISH, SHARED, Vectors, is_english

_SPACES = {space.name: space for space in (ENGLISH, SHARED)}
_given: ContextVar[dict[str, Vectors]] = ContextVar("given_vectors")


def give(vectors: Any) -> None:
    """Note a list of ``{"of", "space", "values"}`` for the rest of this turn: texts and their vectors.

    ``values`` are little-endian floats of four bytes in base64. Raises ValueError where they are not.
    """
    _given.set({})
    if vectors is None:
        return
    if not isinstance(vectors, list):
        raise ValueError("not a list")
    _given.set(dict(map(_read, vectors)))


def _read(vector: Any) -> tuple[str, Vectors]:
    if not isinstance(vector, dict) or not isinstance(vector.get("of"), str):
        raise ValueError("of")
    space = _SPACES.get(str(vector.get("space")))
    if space is None:
        raise ValueError("space")
    try:
        values = np.frombuffer(base64.b64decode(str(vector.get("values")), validate=True), dtype="<f4")
    except binascii.Error as error:
        raise ValueError("values") from error
    if len(values) != space.end - space.begin or not np.isfinite(values).all():
        raise ValueError("values")
    whole = np.zeros((1, DIMENSIONS), dtype=np.float32)
    space.of(whole)[:] = values
    return vector["of"], whole


def given(text: str, english: bool) -> Vectors | None:
    """Give the (1, DIMENSIONS) vector that came for a text, if it is in the space that is wanted.

    ``english``: whether English texts are wanted in the English space.
    """
    found = _given.get({}).get(text)
    if found is None:
        return None
    space = ENGLISH if english and is_english(text) else SHARED
    return found if np.any(space.of(found)) else None
