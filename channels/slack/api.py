"""Calling Slack's Web API, and saying in our own words what went wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DeliveryDeferred, DeliveryRefused, DeliveryUncertain
from bot.model import Json

log = logging.getLogger("dalil.channels.slack")

TIME_LIMIT = 10  # seconds for one call
A_PAGE = 200  # messages, as Slack asks for
MOST_PAGES = 20
PAUSE = 60.0  # seconds between attempts while something has to be mended by a person
REVOKED = {
    "invalid_auth",
    "not_authed",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "org_login_required",
}
CLOSED = {
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "user_not_found",
    "cannot_dm_bot",
    "user_disabled",
}
NOT_PERMITTED = {
    "missing_scope", "restricted_action", "restricted_action_read_only_channel", "no_permission",
    "not_allowed_token_type", "access_denied", "ekm_access_denied", "restricted_action_thread_only_channel",
}  # fmt: skip
GONE = {"thread_not_found", "message_not_found"}
PASSING = {
    "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org",
    "accesslimited", "ratelimited",
}  # fmt: skip
NOT_GIVEN = "Slack has not given Dalil that right (install the app again from the manifest)"
REASONS = {
    "channel_not_found": "the channel is not there, or Dalil may not see it",
    "is_archived": "the channel is archived",
    "not_in_channel": "Dalil is not a member of the channel (invite it with /invite)",
    "msg_too_long": "the message is too long for Slack",
    "missing_scope": NOT_GIVEN,
    "restricted_action": "the workspace does not let apps write there",
    "restricted_action_read_only_channel": "the channel is set to be read only",
    "no_permission": NOT_GIVEN,
    "not_allowed_token_type": "the token is not a bot token (xoxb-…)",
    "thread_not_found": "the thread was deleted",
    "message_not_found": "the message was deleted",
    "user_not_found": "there is no such person in the workspace",
}


class NetworkFault(ConnectionError):
    """Slack did not take the call; it is tried again."""


class MessageGone(DeliveryRefused):
    """The message or thread was deleted in Slack."""


class NotPermitted(DeliveryRefused):
    """The workspace, or the app's scopes, do not allow it; a person can mend that."""


class PlaceClosed(DeliveryRefused):
    """The channel is archived, gone, or not ours; ``code`` is Slack's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(reason(code))
        self.code = code


class Api:
    """One app in one workspace. ``trouble`` says why Slack does not let it work; None when it does."""

    def __init__(self, token: str, url: str = "https://slack.com/api/") -> None:
        """``url`` is where the Web API is."""
        self.token = token
        # Its own repeats after a broken line would post a message twice; the sender repeats, and looks first.
        self.client = AsyncWebClient(token, base_url=url, timeout=TIME_LIMIT, retry_handlers=[])
        self.trouble: str | None = None
        self.deaf: str | None = None  # why nothing arrives from Slack, though it may take what is sent
        self._session: aiohttp.ClientSession | None = None
        self._errands: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Get ready to call; nothing is called."""
        timeout = aiohttp.ClientTimeout(total=TIME_LIMIT)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        self.client.session = self._session

    async def close(self) -> None:
        """Let go of the network, and of what was still to be called."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def call(self, method: str, **params: Any) -> Json:
        """Call a method with JSON parameters; gives the answer.

        Raises DeliveryDeferred (a pause is asked for), PlaceClosed, DeliveryRefused (never),
        DeliveryUncertain (cut off on the way) or NetworkFault (not taken).
        """
        return await self._tried(self.client.api_call(method, json=params))

    async def ask(self, method: str, **params: Any) -> Json:
        """Call a method that takes a form only (those that read); as :meth:`call`."""
        return await self._tried(self.client.api_call(method, data=params))

    async def pages(self, method: str, **params: Any) -> AsyncIterator[Sequence[Json]]:
        """Give the messages of a channel or thread, page by page; raises what :meth:`call` does."""
        cursor: Json = {}
        for _ in range(MOST_PAGES):
            answer = await self.ask(method, limit=A_PAGE, **params, **cursor)
            yield answer["messages"]
            following = (answer.get("response_metadata") or {}).get("next_cursor")
            if not following:
                return
            cursor = {"cursor": following}

    async def _tried(self, calling: Awaitable[Any]) -> Json:
        try:
            answer = await calling
        except SlackApiError as error:
            raise self._translated(error) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NetworkFault(f"Slack cannot be reached ({type(error).__name__})") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryUncertain(f"the line to Slack broke ({type(error).__name__})") from error
        self.trouble = None
        return dict(answer.data)

    async def take_away(self, response_url: str) -> None:
        """Take a message from view that only one person sees; its address came with the pressed button."""
        if self._session is None:
            return
        try:
            async with self._session.post(response_url, json={"delete_original": True}) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NetworkFault(f"Slack cannot be reached ({type(error).__name__})") from error

    def errand(self, what: Callable[[], Awaitable[object]], name: str) -> None:
        """Call in the background, a few times if need be; nothing depends on it."""
        task = asyncio.create_task(self._run_errand(what, name))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _run_errand(self, what: Callable[[], Awaitable[object]], name: str) -> None:
        for pause in (0.5, 2.0, 8.0, 30.0, None):
            try:
                await what()
                return
            except DeliveryRefused as error:
                log.info("%s: %s", name, error)
                return
            except DeliveryDeferred as error:
                seconds = error.seconds
            except (NetworkFault, DeliveryUncertain):
                seconds = pause or 0.0
            except Exception:
                log.exception("%s", name)
                return
            if pause is None:
                log.warning("%s: given up", name)
                return
            await asyncio.sleep(seconds)

    def _translated(self, error: SlackApiError) -> Exception:
        answer = error.response
        status = int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 0)
        if status == 429:
            after = (getattr(answer, "headers", None) or {}).get("Retry-After", "1")
            return DeliveryDeferred(float(after), "Slack asks for a pause")
        data = getattr(answer, "data", None)
        if status >= 500 or not isinstance(data, dict):
            return NetworkFault(f"Slack answers with an error of its own ({status})")
        code = str(data.get("error", "unknown_error"))
        if code in REVOKED:
            self.trouble = "Slack does not accept the app’s token (DALIL_SLACK_BOT_TOKEN)"
            return DeliveryDeferred(PAUSE, self.trouble)
        if code in PASSING:
            return NetworkFault(f"Slack answers {code}")
        if code in GONE:
            return MessageGone(reason(code))
        if code in NOT_PERMITTED:
            return NotPermitted(reason(code))
        return PlaceClosed(code) if code in CLOSED else DeliveryRefused(reason(code))


def reason(code: str) -> str:
    """Say in words what Slack's code means."""
    return REASONS.get(code, f"Slack refuses it ({code})")
