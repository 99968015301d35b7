"""The gateway's way into the engine: one turn in, what is said and the new state out.

The engine keeps nothing between calls, so a turn that was cut off can be asked again, here or elsewhere.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.components.scene import CHANNEL, ActionFailed
from bot.components.turn import BadTurn, take_turn

logger = logging.getLogger(__name__)


class TurnInput(InputChannel):
    """``POST /webhooks/dalil/turn``; docs/architecture.md describes the JSON of both sides."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    @classmethod
    def name(cls) -> str:
        """Give the channel's part of the path."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Read ``secret``. Raises ValueError where there is none."""
        secret = str((credentials or {}).get("secret") or "")
        if not secret or secret.startswith("${"):
            raise ValueError("bot/credentials.yml: the turn channel needs a secret (DALIL_ACTION_SECRET)")
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Give the route. Rasa's own handler is not used: it would keep the conversation."""
        routes = Blueprint("dalil_turn")

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            given = request.headers.get("X-Dalil-Secret", "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, self._secret):
                return _error("secret", 403)
            try:
                agent = request.app.ctx.agent
                if agent is None or agent.processor is None:
                    return _error("no_model", 503)
                answer = await take_turn(agent.processor, request.json)
                return response.json(answer, ensure_ascii=False)
            except (BadTurn, InvalidUsage) as error:
                return _error("bad_turn", 400, str(error))
            except ActionFailed as error:
                logger.error("A turn failed in an action: %s", error)
                return _error("action_failed", 502, str(error))
            except Exception:
                logger.exception("A turn failed.")
                return _error("engine", 500)

        return routes


def _error(code: str, status: int, detail: str = "") -> HTTPResponse:
    return response.json({"error": code, "detail": detail}, status=status)
