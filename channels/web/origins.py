"""Which sites' pages may talk to the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginCheck:
    """Allows pages of the same host, and of the sites in the settings; ``*`` allows every site.

    A browser cannot lie about ``Origin`` nor ``Host``. Programs can, and gain nothing by it: without
    a token there is nothing to take.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        names = tuple(allowed)
        self.every = "*" in names
        self._allowed = frozenset(filter(None, (_normal(name) for name in names)))

    def __call__(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Say whether a request from ``origin`` is taken; the shape python-engineio asks for."""
        return self.allows(origin, environ.get("HTTP_HOST"))

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Say whether a page of ``origin`` may talk to the server reached as ``host``."""
        if self.every:
            return True
        normal = _normal(origin or "")
        if normal is None:
            return False
        if normal in self._allowed:
            return True
        scheme = normal.split("://", 1)[0]
        return host is not None and normal == _normal(f"{scheme}://{host}")


def _normal(origin: str) -> str | None:
    """Write an origin one way: small letters, the port always there. None if it is not one."""
    try:
        parts = urlsplit(origin.strip())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"
