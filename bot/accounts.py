"""Sign-ins of librarians: argon2 passwords, and a lock after several wrong ones."""

from __future__ import annotations

import math

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.clock import Clock
from bot.errors import LockedOut, Rejected, SignInRefused
from bot.model import Librarian
from bot.store.librarians import Account, Librarians
from bot.store.sign_ins import SignIns

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_hasher = PasswordHasher()  # argon2id with the library's own, current parameters
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$xSS8QdvWsXZWVEzKCVhOhDYf0fRRCuCcPXBfXmGHYaQ"


class WeakPassword(Rejected):
    """The password is too short or too long; whoever makes the account is told."""

    def __init__(self) -> None:
        super().__init__("weak_password", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)

    def __str__(self) -> str:
        """Say it as the command line shows it."""
        return f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"


def hash_password(password: str) -> str:
    """Give the argon2id hash of a password. Raises WeakPassword."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword()
    return _hasher.hash(password)


def authenticate(
    accounts: Librarians, sign_ins: SignIns, email: str, password: str, clock: Clock
) -> Librarian:
    """Give the librarian who signs in. Raises LockedOut or SignInRefused; blocks for about 50 ms.

    Wrong passwords are counted by address, whether or not an account has it, and a lock answers alike
    for both: nobody can tell by it which accounts exist.
    """
    now = clock()
    locked = sign_ins.locked_until(email, now)
    if locked:
        raise LockedOut(math.ceil((locked - now).total_seconds()))
    account = accounts.account(email)
    # Without an account a password is checked all the same: the time taken must not tell either.
    right = _matches(account.password_hash if account else _NOBODY, password)
    if account is None or not right or account.librarian.disabled:
        sign_ins.failed(email, now)
        raise SignInRefused("e-mail and password do not belong together, or the account is disabled")
    sign_ins.succeeded(email)
    return account.librarian


def matches(account: Account, password: str) -> bool:
    """Whether it is the account's password."""
    return _matches(account.password_hash, password)


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
