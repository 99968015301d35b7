"""Who is signed in: signed, timed cookies, and the tokens that show a request comes from our page."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from bot.model import LibrarianId

HOURS = 12
SECONDS = HOURS * 3600
_STRONG = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in. ``key`` is different for each, also of the same librarian."""

    librarian: LibrarianId
    key: str
    ends: float  # seconds since the epoch


class Sessions:
    """Makes and reads the cookie of a sign-in; it holds for 12 hours or until the librarian signs out.

    The cookie is signed and timed; whether its key still holds is in the store (``DeskDoor.signed_in``),
    so that a restart signs nobody out, and a sign-out holds everywhere.
    """

    def __init__(self, secret: str, secure: bool, clock: Callable[[], float] = time.time) -> None:
        """``secure``: the desk is reached by HTTPS, and the cookie must never travel without it."""
        if len(secret) < 16:
            raise ValueError("the desk's secret must have at least 16 characters")
        self.secure = secure
        self.cookie = "__Host-dalil_desk" if secure else "dalil_desk"
        self.form_cookie = "__Host-dalil_form" if secure else "dalil_form"
        self._clock = clock
        self._timed = URLSafeTimedSerializer(secret, salt="dalil.desk.cookie", signer_kwargs=_STRONG)
        self._tokens = URLSafeSerializer(secret, salt="dalil.desk.csrf", signer_kwargs=_STRONG)

    def issue(self, librarian: LibrarianId) -> str:
        """Give a new cookie's value for a librarian who has just signed in."""
        ends = int(self._clock()) + SECONDS
        text = self._timed.dumps({"l": librarian, "k": secrets.token_urlsafe(18), "e": ends})
        return str(text)

    def read(self, value: str | None) -> SignedIn | None:
        """Give the sign-in of a cookie; None where it is missing, forged or too old."""
        if not value or len(value) > 1000:
            return None
        try:
            data = self._timed.loads(value, max_age=SECONDS + 60)
            found = SignedIn(LibrarianId(str(data["l"])), str(data["k"]), float(data["e"]))
        except (BadData, KeyError, TypeError, ValueError):
            return None
        return found if self.holds(found) else None

    def holds(self, signed_in: SignedIn) -> bool:
        """Whether a sign-in still has time."""
        return signed_in.ends > self._clock()

    def token(self, key: str) -> str:
        """Give the token that a page of this sign-in sends with everything it asks to be done."""
        return str(self._tokens.dumps(key))

    def proves(self, token: object, key: str) -> bool:
        """Whether a token was made for this sign-in."""
        if not isinstance(token, str) or not 0 < len(token) <= 500:
            return False
        try:
            made_for = self._tokens.loads(token)
        except BadData:
            return False
        return isinstance(made_for, str) and secrets.compare_digest(made_for.encode(), key.encode())


def form_key() -> str:
    """Make the secret that ties a sign-in form to the browser it was given to."""
    return secrets.token_urlsafe(18)
