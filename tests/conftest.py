"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data, beside the project; not part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with measuring data is not there")
    return SHARED
