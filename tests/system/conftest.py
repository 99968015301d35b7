"""Systems that several tests share, and what starting one takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import load_settings
from bot.training import ENGINE_PYTHON
from tests.system.patrons import Rest
from tests.system.processes import PROC
from tests.system.system import System, dalil, running

PASSWORD = "a long password for tests"
LIBRARIAN = ("layla-haddad", "Layla Haddad")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def index() -> Path:
    """The project's own search index, brought up to date, and its model, trained where there was none.

    Both take minutes when there is nothing yet, so all tests and ``dalil run`` share them.
    """
    if not (PROC / "self" / "stat").exists():
        pytest.skip("these tests look at processes through /proc, which is not there")
    if not ENGINE_PYTHON.exists():
        pytest.skip("the engine's environment .venv-rasa is not there; run: make setup")
    for command in (["train"], ["kb", "build"]):
        done = dalil(os.environ, *command, seconds=1800)
        assert done.returncode == 0, done.stdout + done.stderr
    return load_settings().var / "index"


@pytest.fixture(scope="session")
def calm(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that nobody hurts."""
    system = System(tmp_path_factory.mktemp("calm"), index)
    system.add_librarian(*LIBRARIAN, PASSWORD)
    with running(system):
        yield system


@pytest.fixture(scope="session")
def _rough(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("rough"), index, engine_timeout=2)
    system.add_librarian(*LIBRARIAN, PASSWORD)
    with running(system, "--give-up", "0"):
        yield system


@pytest.fixture
def rough(_rough: System) -> System:
    """A system whose processes are killed and stopped; ready when a test gets it."""
    _rough.wait_ready()
    return _rough


@pytest.fixture
def rest(calm: System) -> Iterator[Rest]:
    """A patron of the calm system, in a new conversation."""
    with Rest(calm) as patron:
        yield patron
