"""Librarians' accounts and presence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import Rejected
from bot.model import Language, Librarian, LibrarianId, Presence, Role
from bot.store import tables as t
from bot.store.database import reading
from bot.store.rows import librarian_of


class LibrarianExists(Rejected):
    """An account with this id or e-mail is there already; whoever runs the command is told."""

    def __init__(self, text: str) -> None:
        super().__init__("exists", text=text)

    def __str__(self) -> str:
        """Say it as the command line shows it."""
        return str(self.values["text"])


@dataclass(frozen=True, slots=True)
class Account:
    """A librarian with what a sign-in needs."""

    librarian: Librarian
    password_hash: str


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
                        role=librarian.role.value,
                        capacity=librarian.capacity,
                        created_at=now,
                    )
                )
        except IntegrityError as error:
            raise LibrarianExists(f"{librarian.id} or {librarian.email} has an account already") from error

    def set_password(self, librarian: LibrarianId, password_hash: str) -> bool:
        """Replace a password; False where there is no such account."""
        return self._set(librarian, password_hash=password_hash)

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
        return Account(librarian_of(row), row.password_hash) if row else None

    def change(
        self,
        librarian: LibrarianId,
        *,
        name: str,
        email: str,
        languages: Sequence[Language],
        subjects: Sequence[str],
        role: Role,
        capacity: int | None,
    ) -> bool:
        """Change an account; False where there is none. Raises LibrarianExists for another's address."""
        try:
            return self._set(
                librarian,
                name=name,
                email=email.lower(),
                languages=[language.value for language in languages],
                subjects=list(subjects),
                role=role.value,
                capacity=capacity,
            )
        except IntegrityError as error:
            raise LibrarianExists(f"{email} has an account already") from error

    def set_capacity(self, librarian: LibrarianId, capacity: int | None) -> bool:
        """Set how many handoffs at once are enough; None: as the desk's rules say."""
        return self._set(librarian, capacity=capacity)

    def standing(self, since: datetime) -> Sequence[tuple[Librarian, Presence]]:
        """Give every open account, by name, with its presence; what was said before ``since`` is stale."""
        c = t.librarians.c
        query = select(t.librarians).where(c.disabled.is_(False)).order_by(c.name)
        with reading(self._engine) as connection:
            return [
                (
                    librarian_of(row),
                    Presence(row.presence)
                    if row.presence_at is not None and row.presence_at >= since
                    else Presence.OFFLINE,
                )
                for row in connection.execute(query)
            ]

    def set_presence(
        self, librarian: LibrarianId, presence: Presence, now: datetime, holds: float = 0.0
    ) -> None:
        """Record presence, and when it was said; ``holds`` seconds longer it need not be said again.

        What holds until later is not shortened by saying the same again.
        """
        c, until = t.librarians.c, now + timedelta(seconds=holds)
        with self._engine.begin() as connection:
            row = connection.execute(select(c.presence, c.presence_at).where(c.id == librarian)).first()
            if row is None:
                return
            if row.presence == presence.value and row.presence_at is not None:
                until = max(until, row.presence_at)
            connection.execute(
                update(t.librarians)
                .where(c.id == librarian)
                .values(presence=presence.value, presence_at=until)
            )

    def link(self, librarian: LibrarianId, network: str, identity: str) -> bool:
        """Say who a librarian is on another network, instead of whom it was; False: no such account."""
        link = t.librarian_links.c
        with self._engine.begin() as connection:
            known = connection.execute(
                select(t.librarians.c.id).where(t.librarians.c.id == librarian)
            ).first()
            if known is None:
                return False
            connection.execute(
                delete(t.librarian_links).where(
                    link.network == network,
                    or_(link.identity == identity, link.librarian_id == librarian),
                )
            )
            connection.execute(
                insert(t.librarian_links).values(network=network, identity=identity, librarian_id=librarian)
            )
        return True

    def unlink(self, librarian: LibrarianId, network: str) -> bool:
        """Forget who a librarian is on a network; False where that was not known."""
        link = t.librarian_links.c
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(t.librarian_links).where(link.network == network, link.librarian_id == librarian)
            )
        return gone.rowcount > 0

    def linked(self, network: str, identity: str) -> Librarian | None:
        """Give the librarian, not disabled, who is so called on a network."""
        link = t.librarian_links
        query = (
            select(t.librarians)
            .join(link, link.c.librarian_id == t.librarians.c.id)
            .where(link.c.network == network, link.c.identity == identity, t.librarians.c.disabled.is_(False))
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return librarian_of(row) if row else None

    def links(self) -> Sequence[tuple[LibrarianId, str, str]]:
        """Give all that is linked: account, network, identity."""
        link = t.librarian_links.c
        with reading(self._engine) as connection:
            rows = connection.execute(select(t.librarian_links).order_by(link.librarian_id, link.network))
            return [(LibrarianId(row.librarian_id), row.network, row.identity) for row in rows]

    def present_within(self, seconds: float, now: datetime) -> Sequence[tuple[Librarian, Presence]]:
        """Give who said so in the last ``seconds``."""
        return self.present(now - timedelta(seconds=seconds))

    def present(self, since: datetime) -> Sequence[tuple[Librarian, Presence]]:
        """Give who is available or away, and said so since a moment."""
        with reading(self._engine) as connection:
            return present(connection, since)

    def _set(self, librarian: LibrarianId, **values: object) -> bool:
        with self._engine.begin() as connection:
            done = connection.execute(
                update(t.librarians).where(t.librarians.c.id == librarian).values(**values)
            )
        return done.rowcount == 1


def present(connection: Connection, since: datetime) -> Sequence[tuple[Librarian, Presence]]:
    """Give who is available or away, and said so since a moment."""
    c = t.librarians.c
    query = select(t.librarians).where(
        c.disabled.is_(False), c.presence != Presence.OFFLINE.value, c.presence_at >= since
    )
    rows = connection.execute(query.order_by(c.name))
    return [(librarian_of(row), Presence(row.presence)) for row in rows]
