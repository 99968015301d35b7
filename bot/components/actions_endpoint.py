"""Calls to the action server whose failures are noticed: Rasa itself goes on in silence after one."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Any

import aiohttp
from jsonschema.exceptions import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

TIMEOUT_VARIABLE = "DALIL_ENGINE_TIMEOUT"  # seconds that the gateway gives a whole turn
_TIMEOUT = 8.0
_REJECTED = 400  # how an action server says that a form does not want this message
_failures: ContextVar[list[str] | None] = ContextVar("failures", default=None)


class WatchedEndpoint(EndpointConfig):
    """An action server; one pool of connections, a time limit, and failures noted for the turn."""

    _pool: aiohttp.ClientSession | None = None

    @classmethod
    def watching(cls, endpoint: EndpointConfig) -> WatchedEndpoint:
        """Make a watched copy of an endpoint."""
        return cls(endpoint.url, endpoint.params, endpoint.headers, endpoint.basic_auth, **endpoint.kwargs)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """Call the action server, and note where it fails. Errors are those of EndpointConfig."""
        try:
            return await self._call(method, kwargs["json"])
        except ClientResponseError as error:
            if error.status != _REJECTED:
                note(f"HTTP {error.status}")
            raise
        except Exception as error:
            note(type(error).__name__)
            raise

    async def _call(self, method: str, body: Any) -> Any:
        if self._pool is None or self._pool.closed:
            limit = float(os.environ.get(TIMEOUT_VARIABLE) or _TIMEOUT)
            self._pool = aiohttp.ClientSession(
                headers=self.headers, timeout=aiohttp.ClientTimeout(total=limit)
            )
        async with self._pool.request(method, self.url, json=body) as answer:
            if answer.status >= _REJECTED:
                raise ClientResponseError(answer.status, str(answer.reason), (await answer.text()))
            return await answer.json()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            await self._pool.close()


def check_answers_quickly() -> None:
    """Let Rasa check the form of an action's answer only.

    It holds each answer against a JSON schema, which takes longer than the policies do; our own action
    server makes its answers of the same library's types.
    """
    RemoteAction._validate_action_result = _validate_action_result


def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
    lists = [result.get(key) or [] for key in ("events", "responses")] if isinstance(result, dict) else [None]
    if not all(isinstance(one, list) and all(isinstance(item, dict) for item in one) for one in lists):
        raise ValidationError("an action answers with lists of events and of responses")
    return True


def begin_noting() -> list[str]:
    """Start a list of this turn's failures; it fills as they happen."""
    failures: list[str] = []
    _failures.set(failures)
    return failures


def note(failure: str) -> None:
    """Put a failure on this turn's list."""
    noted = _failures.get()
    if noted is not None:
        noted.append(failure)
