"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time: a change is judged by itself. HYPOTHESIS_PROFILE=search looks for more.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, so that no process waits for another's at the end."""
    items.sort(key=lambda item: "tests/system/" not in item.path.as_posix())


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring data, beside the project; not part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with measuring data is not there")
    return SHARED
