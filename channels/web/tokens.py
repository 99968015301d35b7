"""Tokens that let a page continue its conversation. Only the server makes them.

The token is the whole secret: 256 random bits, kept by the page. The conversation is kept under its
SHA-256, so nobody can continue a conversation from what is in the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def issue() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_urlsafe(32)


def well_formed(token: object) -> str | None:
    """Give the token back if it looks like one of ours, else None."""
    return token if isinstance(token, str) and _WELL_FORMED.fullmatch(token) else None


def chat_id(token: str) -> str:
    """Name the conversation a token opens: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()
