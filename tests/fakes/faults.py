"""What can go wrong with a network's API, on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web


class Kind(StrEnum):
    """How a call fails."""

    LIMITED = "limited"  # 429 with a time to wait
    BROKEN = "broken"  # 500, nothing done
    REFUSED = "refused"  # the network's own error code, in ``what``
    CUT = "cut"  # done, but the line breaks before the answer
    DEAF = "deaf"  # the line breaks before anything is done
    SLOW = "slow"  # done and answered, late


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for one call of ``method`` (any, where None)."""

    kind: Kind
    method: str | None = None
    seconds: float = 1.0
    what: str = ""
    to: int | str | None = None  # of one chat or channel only


@dataclass
class Faults:
    """Faults that wait for a call to happen to. Each happens once."""

    waiting: list[Fault] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        method: str | None = None,
        *,
        seconds: float = 1.0,
        what: str = "",
        to: int | str | None = None,
        times: int = 1,
    ) -> None:
        """Let the next calls of a method fail."""
        self.waiting += [Fault(kind, method, seconds, what, to)] * times

    def take(self, method: str, to: object = None) -> Fault | None:
        """Give what is to happen to this call."""
        for fault in self.waiting:
            if fault.method in (None, method) and fault.to in (None, to):
                self.waiting.remove(fault)
                self.happened.append(fault)
                return fault
        return None


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port until the block ends; gives its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


def cut(request: web.Request) -> web.Response:
    """Break the line; what is returned never arrives."""
    if request.transport:
        request.transport.abort()
    return web.Response()


async def a_while(seconds: float) -> None:
    """Be slow."""
    await asyncio.sleep(seconds)
