"""Starts the engine with what it needs and nothing more: ``python -m bot.components.server``.

``rasa run`` does the same with Rasa's whole HTTP API around it, and takes twice as long to start: most of
that time goes into TensorFlow, which none of our components uses.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from bot.components.without_tensorflow import needs_tensorflow, pretend_tensorflow

LARGEST = 2_000_000  # bytes of one call: a text of 8,000 characters and a state
logger = logging.getLogger("bot.engine")


def main(argv: list[str] | None = None) -> None:
    """Serve a model until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="engine", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="a trained model, .tar.gz")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--credentials", required=True)
    parser.add_argument("--endpoints", required=True)
    parser.add_argument("--config", type=Path, required=True, help="the config.yml it was trained with")
    given = parser.parse_args(argv)
    if not given.model.is_file():
        sys.exit(f"There is no model {given.model}. Train one: dalil train")
    logging.basicConfig(level=logging.WARNING, format="engine %(levelname)s %(name)s: %(message)s")
    # All of them are about the age of Rasa's own dependencies; some of these set the filters anew.
    warnings.showwarning = _unheard
    if not needs_tensorflow(given.config.read_text(encoding="utf-8")):
        pretend_tensorflow()
    _serve(given)


def _unheard(*_: object, **__: object) -> None:
    """Say nothing of a warning."""


def _serve(given: argparse.Namespace) -> None:
    from rasa.core.channels.channel import register
    from rasa.shared.utils.io import read_config_file
    from sanic import Sanic, response
    from sanic.request import Request
    from sanic.response import HTTPResponse

    from bot.components.turn_channel import TurnInput

    _quiet_structlog()
    credentials = read_config_file(given.credentials)["bot.components.turn_channel.TurnInput"]
    app = Sanic("dalil_engine", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = LARGEST
    app.config.KEEP_ALIVE_TIMEOUT = 60
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5.0
    app.ctx.agent = None

    @app.get("/")
    async def alive(request: Request) -> HTTPResponse:
        return response.text("Dalil's engine is running.")

    async def load(running: Sanic, loop: Any) -> None:
        running.ctx.agent = _agent(given.model, given.endpoints)

    app.register_listener(load, "before_server_start")
    register([TurnInput.from_credentials(credentials)], app, "/webhooks/")
    app.run(host="127.0.0.1", port=given.port, workers=1, access_log=False, motd=False)


def _agent(model: Path, endpoints: str) -> Any:
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import read_endpoint_config

    agent = Agent(action_endpoint=read_endpoint_config(endpoints, "action_endpoint"))
    agent.load_model(str(model))
    return agent


def _quiet_structlog() -> None:
    """Keep Rasa's structured log to errors: at INFO and below it would show what patrons write."""
    import structlog

    level = logging.ERROR if os.environ.get("DALIL_LOG_LEVEL") != "DEBUG" else logging.DEBUG
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))


if __name__ == "__main__":
    main()
