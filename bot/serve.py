"""Serving the gateway with uvicorn."""

from __future__ import annotations

import gc
import sys

import uvicorn

from bot.app import build
from bot.cli.common import console, index_progress
from bot.knowledge import open_knowledge
from bot.logs import set_up_logs
from bot.secret_keys import secret_keys
from bot.settings import Settings

MAX_FRAME = 100_000  # bytes of one WebSocket message
# Seconds for which a computing thread may keep the others from Python; by default .005, which a message
# that is to be kept would wait while its question is being encoded.
SWITCH_EVERY = 0.0005


def serve(settings: Settings) -> None:
    """Open everything, and serve until told to end."""
    set_up_logs(settings)
    sys.setswitchinterval(SWITCH_EVERY)
    with index_progress() as progress:
        knowledge = open_knowledge(settings, progress)
    for problem in knowledge.problems:
        console.print(str(problem), markup=False, style="yellow")
    gateway = build(settings, secret_keys(settings), knowledge)
    gc.freeze()  # the guides stay: the garbage collector need not look through them again and again
    uvicorn.run(
        gateway.app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws_max_size=MAX_FRAME,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=True,
        lifespan="on",
    )
