"""The store on each database that can be had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.store import Store
from bot.store.tables import metadata
from tests.postgres import running_postgres

DESKS = ("desk",)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    else:
        url = request.getfixturevalue("postgres")
        if url is None:
            pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    store = Store.open(url, DESKS)
    yield store
    if request.param == "postgresql":
        with store.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
    store.close()
