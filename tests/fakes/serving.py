"""A web server on a free port, for the length of a block."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(app: Any, at: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve an ASGI application, on a socket that listens already where one is given; gives its address."""
    listening = at or socket.create_server(("127.0.0.1", 0))
    # None of these apps has a lifespan; its task would be left behind, since nothing waits for open lines.
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await task
        listening.close()
