"""Sign-ins of librarians: argon2 passwords, and a lock after several wrong ones."""

from __future__ import annotations

import math

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.clock import Clock
from bot.errors import DalilError, LockedOut, SignInRefused
from bot.model import Librarian, LibrarianId
from bot.store.librarians import Librarians

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_hasher = PasswordHasher()  # argon2id with the library's own, current parameters
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$xSS8QdvWsXZWVEzKCVhOhDYf0fRRCuCcPXBfXmGHYaQ"


class WeakPassword(DalilError):
    """The password is too short or too long; whoever makes the account is told."""


def hash_password(password: str) -> str:
    """Give the argon2id hash of a password. Raises WeakPassword."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return _hasher.hash(password)


def authenticate(accounts: Librarians, email: str, password: str, clock: Clock) -> Librarian:
    """Give the librarian who signs in. Raises LockedOut or SignInRefused; blocks for about 50 ms."""
    account = accounts.account(email)
    now = clock()
    if account is None:
        _matches(_NOBODY, password)  # so that the time taken does not tell which accounts exist
        raise SignInRefused("e-mail and password do not belong together")
    if account.locked_until and account.locked_until > now:
        raise LockedOut(math.ceil((account.locked_until - now).total_seconds()))
    if not _matches(account.password_hash, password):
        accounts.wrong_password(LibrarianId(account.librarian.id), now)
        raise SignInRefused("e-mail and password do not belong together")
    if account.librarian.disabled:
        raise SignInRefused("this account is disabled")
    accounts.right_password(account.librarian.id)
    return account.librarian


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
