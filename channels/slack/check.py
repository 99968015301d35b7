"""``dalil channels check``: ask Slack itself whether everything is set up, and say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.findings import Finding
from channels.slack.api import REVOKED
from channels.slack.slack import PATH, SlackApp

NEEDED = {  # scope to what does not work without it; the manifest has them all
    "chat:write": "nothing can be said",
    "im:history": "direct messages do not arrive",
    "im:write": "the buttons of the app's home cannot answer",
    "app_mentions:read": "mentions do not arrive",
    "files:read": "files that patrons send cannot be opened",
}
NEEDED_DESK = {
    "channels:history": "what librarians write in a public channel does not arrive",
    "channels:read": "the librarians' channel cannot be looked at",
    "reactions:write": "messages get no marks",
    "commands": "/desk does not work",
}


async def check(app: SlackApp) -> list[Finding]:
    """Look at the tokens, the scopes, how events come, and the librarians' channel."""
    client = AsyncWebClient(app.bot_token, base_url=app.api_url, retry_handlers=[])
    return [finding async for finding in _findings(client, app)]


async def _findings(client: AsyncWebClient, app: SlackApp) -> AsyncIterator[Finding]:
    try:
        me = await client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error")
        known = "The bot token is not valid: copy it again from “OAuth & Permissions” (xoxb-…)."
        yield Finding(False, known if code in REVOKED else f"Slack answers {code} to the bot token.")
        return
    except Exception as error:  # whatever the network raises
        yield Finding(
            False, f"Slack does not answer ({type(error).__name__}): is slack.com reachable from here?"
        )
        return
    yield Finding(True, f"The bot token is that of “{me['user']}” in the workspace “{me['team']}”.")
    headers = {str(k).lower(): str(v) for k, v in (me.headers or {}).items()}
    scopes = {one.strip() for one in headers.get("x-oauth-scopes", "").split(",")}
    needed = NEEDED | (NEEDED_DESK if app.desk_channel else {})
    missing = {scope: what for scope, what in needed.items() if scope not in scopes}
    for scope, what in missing.items():
        yield Finding(
            False, f"The scope {scope} is missing: {what}. Install the app again from the manifest."
        )
    if not missing:
        yield Finding(True, "All scopes are there.")
    yield await _way_in(app)
    if app.desk_channel is None:
        yield Finding(True, "No channel for librarians is set (DALIL_SLACK_DESK_CHANNEL): no desk in Slack.")
    else:
        yield await _channel(client, app.desk_channel)


async def _way_in(app: SlackApp) -> Finding:
    if not app.app_token:
        there = f"{app.public_url.rstrip('/')}{PATH}"
        return Finding(True, f"Events come by HTTP; all three request URLs of the app must be {there}")
    try:
        await AsyncWebClient(app.app_token, base_url=app.api_url, retry_handlers=[]).apps_connections_open(
            app_token=app.app_token
        )
    except SlackApiError as error:
        return Finding(
            False,
            f"The app-level token does not open Socket Mode ({error.response.get('error')}): make one under "
            "“Basic Information” with the scope connections:write, and switch Socket Mode on.",
        )
    return Finding(True, "Events come by Socket Mode; nothing needs to be reachable from outside.")


async def _channel(client: AsyncWebClient, id_: str) -> Finding:
    try:
        found = (await client.conversations_info(channel=id_))["channel"]
    except SlackApiError as error:
        code = error.response.get("error")
        return Finding(False, f"The channel {id_} is not there for Dalil ({code}): invite it with /invite.")
    name = found.get("name", id_)
    if found.get("is_archived"):
        return Finding(False, f"The channel #{name} is archived.")
    if found.get("is_member") is False:
        return Finding(False, f"Dalil is not a member of #{name}: write /invite @Dalil there.")
    return Finding(True, f"The librarians' channel is #{name}.")
