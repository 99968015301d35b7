"""Opening the database, and bringing its tables up to date."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

MIGRATIONS = Path(__file__).with_name("migrations")


def open_database(url: str) -> Engine:
    """Give an engine for a SQLite or PostgreSQL URL. Raises SettingsError for any other."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"DALIL_DATABASE_URL: not a database URL ({error})") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=8, pool_pre_ping=True)
    if backend != "sqlite":
        raise SettingsError(f"DALIL_DATABASE_URL: {backend!r} is not known; use sqlite or postgresql")
    if parsed.database:
        _make_private(Path(parsed.database))
    engine = create_engine(
        url, pool_size=8, connect_args={"check_same_thread": False, "factory": _taking_turns()}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _taking_turns() -> type[sqlite3.Connection]:
    """Make a kind of connection of which one writes at a time, the others waiting for it in order.

    SQLite itself lets a second writer sleep and look again, longer each time: milliseconds for nothing.
    Between processes that is all there is; within one, a lock wakes the next at once.
    """
    writing = threading.Lock()

    class TakingTurns(sqlite3.Connection):
        _writes = False

        def begin_writing(self) -> None:
            writing.acquire()
            self._writes = True
            try:
                self.execute("BEGIN IMMEDIATE")
            except BaseException:
                self._ended()
                raise

        def commit(self) -> None:
            super().commit()  # where it fails, a rollback follows
            self._ended()

        def rollback(self) -> None:
            try:
                super().rollback()
            finally:
                self._ended()

        def close(self) -> None:
            try:
                super().close()
            finally:
                self._ended()

        def _ended(self) -> None:
            if self._writes:
                self._writes = False
                writing.release()

    return TakingTurns


def _make_private(path: Path) -> None:
    """Conversations are nobody else's business: only the owner of the process may read them.

    SQLite gives its other files (-wal, -shm) the mode of this one.
    """
    if path.name == ":memory:":
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, below
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # an acknowledged message survives a power cut; 0.6 ms a commit
        "foreign_keys = ON",
        "busy_timeout = 10000",
        "secure_delete = ON",  # what a patron asks us to forget is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql("BEGIN")
        return
    # A writer that begins as a reader can fail half-way when another writes first.
    begun: Any = connection.connection.driver_connection
    begun.begin_writing()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one moment of the database and holds nobody up."""
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        yield connection


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest revision; does nothing when they are there."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        if _revision(connection) == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not engine_has(connection, "alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return str(row[0]) if row else None


def engine_has(connection: Connection, table: str) -> bool:
    """Tell whether a table exists."""
    return connection.dialect.has_table(connection, table)
