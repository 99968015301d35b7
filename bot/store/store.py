"""The store as one thing: open it, and reach its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from bot.store.arrivals import Arrivals
from bot.store.closed import Closed
from bot.store.consents import Consents
from bot.store.conversations import Conversations
from bot.store.corrections import Corrections
from bot.store.database import open_database, upgrade
from bot.store.deliveries import Deliveries
from bot.store.desk import DeskActs
from bot.store.desk_rules import DeskStore
from bot.store.files import Files
from bot.store.handoffs import Handoffs
from bot.store.librarians import Librarians
from bot.store.moves import Moves
from bot.store.scenes import Scenes
from bot.store.sign_ins import SignIns
from bot.store.threads import Threads
from bot.store.turns import Turns


class Store:
    """Everything that is kept. Its methods block for a millisecond or so: call them in a thread."""

    def __init__(self, engine: Engine, desks: Sequence[str] = (), files: Path | None = None) -> None:
        """Use an open, upgraded database; ``desks`` are the names of the desks in use.

        ``files`` is the folder of patrons' files; by default it is beside an SQLite database.
        """
        self.engine = engine
        self.conversations = Conversations(engine)
        self.arrivals = Arrivals(engine)
        self.scenes = Scenes(engine)
        self.turns = Turns(engine, desks)
        self.deliveries = Deliveries(engine)
        self.handoffs = Handoffs(engine)
        self.desk = DeskActs(engine, self.turns)
        self.moves = Moves(engine, self.desk)
        self.corrections = Corrections(engine, self.desk, self.turns)
        self.closed = Closed(engine)
        self.consents = Consents(engine)
        self.librarians = Librarians(engine)
        self.files = Files(engine, files or _beside(engine))
        self.sign_ins = SignIns(engine)
        self.desk_rules = DeskStore(engine)
        self.threads = Threads(engine)

    @classmethod
    def open(cls, url: str, desks: Sequence[str] = (), files: Path | None = None) -> Store:
        """Open the database at a URL and bring its tables up to date."""
        engine = open_database(url)
        upgrade(engine)
        return cls(engine, desks, files)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def _beside(engine: Engine) -> Path | None:
    if engine.url.get_backend_name() != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database).parent / "files"
