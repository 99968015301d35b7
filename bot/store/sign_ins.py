"""Sign-ins that hold, and wrong passwords. Here, so that a sign-out holds in every process."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.model import Librarian, LibrarianId
from bot.store import tables as t
from bot.store.database import reading
from bot.store.rows import librarian_of

FAILURES_BEFORE_LOCK = 5
LOCK = timedelta(minutes=5)
FORGET_FAILURES = timedelta(days=1)


class SignIns:
    """Keys are kept as their hash: a copy of the database signs nobody in."""

    def __init__(self, engine: Engine) -> None:
        """Use an open database."""
        self._engine = engine

    def begin(self, key: str, librarian: LibrarianId, now: datetime, ends_at: datetime) -> None:
        """Let a key hold until ``ends_at``."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(t.sign_ins).values(
                    key_hash=_hash(key), librarian_id=librarian, began_at=now, ends_at=ends_at
                )
            )

    def librarian(self, key: str, now: datetime) -> Librarian | None:
        """Give whose key it is; None where it does not hold, or the account is disabled."""
        s = t.sign_ins.c
        query = (
            select(t.librarians)
            .join(t.sign_ins, s.librarian_id == t.librarians.c.id)
            .where(s.key_hash == _hash(key), s.ends_at > now, t.librarians.c.disabled.is_(False))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return librarian_of(row) if row else None

    def end(self, key: str) -> None:
        """Let a key hold no more."""
        with self._engine.begin() as connection:
            connection.execute(delete(t.sign_ins).where(t.sign_ins.c.key_hash == _hash(key)))

    def end_all(self, librarian: LibrarianId, but: str | None = None) -> int:
        """End every sign-in of a librarian, except the one with the key ``but``; give their number."""
        s = t.sign_ins.c
        gone = delete(t.sign_ins).where(s.librarian_id == librarian)
        if but is not None:
            gone = gone.where(s.key_hash != _hash(but))
        with self._engine.begin() as connection:
            return connection.execute(gone).rowcount

    def count(self, librarian: LibrarianId, now: datetime) -> int:
        """Count the sign-ins of a librarian that hold."""
        s = t.sign_ins.c
        query = select(s.key_hash).where(s.librarian_id == librarian, s.ends_at > now)
        with reading(self._engine) as connection:
            return len(connection.execute(query).all())

    def locked_until(self, email: str, now: datetime) -> datetime | None:
        """Give until when nobody may try this address, account or not; None where one may."""
        f = t.sign_in_failures.c
        query = select(f.locked_until).where(f.email_hash == _hash(_plain(email)), f.locked_until > now)
        with reading(self._engine) as connection:
            until: datetime | None = connection.execute(query).scalar_one_or_none()
        return until

    def failed(self, email: str, now: datetime) -> None:
        """Count a wrong password for an address; lock it for a while after several."""
        try:
            self._count(email, now)
        except IntegrityError:  # two first tries in one moment
            self._count(email, now)

    def succeeded(self, email: str) -> None:
        """Forget the wrong ones."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(t.sign_in_failures).where(t.sign_in_failures.c.email_hash == _hash(_plain(email)))
            )

    def tidy(self, now: datetime) -> None:
        """Forget sign-ins that have ended and failures of yesterday."""
        with self._engine.begin() as connection:
            connection.execute(delete(t.sign_ins).where(t.sign_ins.c.ends_at <= now))
            f = t.sign_in_failures.c
            connection.execute(delete(t.sign_in_failures).where(f.at <= now - FORGET_FAILURES))

    def _count(self, email: str, now: datetime) -> None:
        f, key = t.sign_in_failures.c, _hash(_plain(email))
        with self._engine.begin() as connection:
            failures = connection.execute(
                update(t.sign_in_failures)
                .where(f.email_hash == key)
                .values(failures=f.failures + 1, at=now)
                .returning(f.failures)
            ).scalar_one_or_none()
            if failures is None:
                connection.execute(insert(t.sign_in_failures).values(email_hash=key, failures=1, at=now))
            elif failures >= FAILURES_BEFORE_LOCK:
                connection.execute(
                    update(t.sign_in_failures)
                    .where(f.email_hash == key)
                    .values(failures=0, locked_until=now + LOCK)
                )


def _plain(email: str) -> str:
    return email.strip().lower()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
