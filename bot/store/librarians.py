"""Librarians' accounts and presence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import DalilError
from bot.model import Librarian, LibrarianId, Presence
from bot.store import tables as t
from bot.store.database import reading
from bot.store.rows import librarian_of

FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=5)


class LibrarianExists(DalilError):
    """An account with this id or e-mail is there already; whoever runs the command is told."""


@dataclass(frozen=True, slots=True)
class Account:
    """A librarian with what a sign-in needs."""

    librarian: Librarian
    password_hash: str
    locked_until: datetime | None


class Librarians:
    """The accounts."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def add(self, librarian: Librarian, password_hash: str, now: datetime) -> None:
        """Make an account. Raises LibrarianExists."""
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(t.librarians).values(
                        id=librarian.id,
                        name=librarian.name,
                        email=librarian.email.lower(),
                        password_hash=password_hash,
                        languages=[language.value for language in librarian.languages],
                        subjects=list(librarian.subjects),
                        created_at=now,
                    )
                )
        except IntegrityError as error:
            raise LibrarianExists(f"{librarian.id} or {librarian.email} has an account already") from error

    def set_password(self, librarian: LibrarianId, password_hash: str) -> bool:
        """Replace a password; False where there is no such account."""
        return self._set(librarian, password_hash=password_hash, failures=0, locked_until=None)

    def disable(self, librarian: LibrarianId, disabled: bool = True) -> bool:
        """Shut an account, or open it again; False where there is none."""
        return self._set(librarian, disabled=disabled, presence=Presence.OFFLINE.value)

    def every(self) -> Sequence[Librarian]:
        """Give all accounts, by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(t.librarians).order_by(t.librarians.c.name))
            return [librarian_of(row) for row in rows]

    def get(self, librarian: LibrarianId) -> Librarian | None:
        """Give an account, disabled or not."""
        with reading(self._engine) as connection:
            row = connection.execute(select(t.librarians).where(t.librarians.c.id == librarian)).first()
        return librarian_of(row) if row else None

    def account(self, email: str) -> Account | None:
        """Give an account for a sign-in."""
        query = select(t.librarians).where(t.librarians.c.email == email.strip().lower())
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return Account(librarian_of(row), row.password_hash, row.locked_until) if row else None

    def wrong_password(self, librarian: LibrarianId, now: datetime) -> None:
        """Count a wrong password; lock the account for a while after several."""
        c = t.librarians.c
        with self._engine.begin() as connection:
            failures = connection.execute(
                update(t.librarians)
                .where(c.id == librarian)
                .values(failures=c.failures + 1)
                .returning(c.failures)
            ).scalar_one()
            if failures >= FAILURES_BEFORE_LOCK:
                connection.execute(
                    update(t.librarians).where(c.id == librarian).values(failures=0, locked_until=now + LOCK)
                )

    def right_password(self, librarian: LibrarianId) -> None:
        """Forget the wrong ones."""
        self._set(librarian, failures=0, locked_until=None)

    def set_presence(self, librarian: LibrarianId, presence: Presence, now: datetime) -> None:
        """Record presence, and when it was said."""
        self._set(librarian, presence=presence.value, presence_at=now)

    def present_within(self, seconds: float, now: datetime) -> Sequence[tuple[Librarian, Presence]]:
        """Give who said so in the last ``seconds``."""
        return self.present(now - timedelta(seconds=seconds))

    def present(self, since: datetime) -> Sequence[tuple[Librarian, Presence]]:
        """Give who is available or away, and said so since a moment."""
        c = t.librarians.c
        query = select(t.librarians).where(
            c.disabled.is_(False), c.presence != Presence.OFFLINE.value, c.presence_at >= since
        )
        with reading(self._engine) as connection:
            return [
                (librarian_of(row), Presence(row.presence))
                for row in connection.execute(query.order_by(c.name))
            ]

    def _set(self, librarian: LibrarianId, **values: object) -> bool:
        with self._engine.begin() as connection:
            done = connection.execute(
                update(t.librarians).where(t.librarians.c.id == librarian).values(**values)
            )
        return done.rowcount == 1
