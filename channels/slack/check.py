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
    "channels:read": "the librarians’ channel cannot be looked at, if it is public",
    "groups:history": "what librarians write in a private channel does not arrive",
    "groups:read": "the librarians’ channel cannot be looked at, if it is private",
    "reactions:write": "librarians’ messages get no marks",
    "commands": "/desk does not work",
}
AGAIN = "Paste slack-manifest.yml under “App Manifest”, save, then “Install App”, “Reinstall to Workspace”."
KINDS = {"xapp-": "an app-level token", "xoxp-": "a user token", "xoxe": "a token that expires"}


async def check(app: SlackApp) -> list[Finding]:
    """Look at the tokens, the scopes, how events come, and the librarians' channel."""
    client = AsyncWebClient(app.bot_token, base_url=app.api_url, retry_handlers=[])
    found: list[Finding] = []
    try:
        async for finding in _findings(client, app):
            found.append(finding)
    except Exception as error:  # whatever the network raises
        told = f"Slack does not answer ({type(error).__name__}): is slack.com reachable from here?"
        found.append(Finding(False, told))
    return found


async def _findings(client: AsyncWebClient, app: SlackApp) -> AsyncIterator[Finding]:
    other = next((what for begins, what in KINDS.items() if app.bot_token.startswith(begins)), None)
    if other:
        yield Finding(
            False,
            f"DALIL_SLACK_BOT_TOKEN is {other}; the Bot User OAuth Token is wanted, from “OAuth & "
            "Permissions” (xoxb-…).",
        )
        return
    try:
        me = await client.auth_test()
    except SlackApiError as error:
        code = error.response.get("error")
        known = (
            "Slack does not know the bot token (DALIL_SLACK_BOT_TOKEN), or knows it no more: copy it again "
            "from “OAuth & Permissions” (xoxb-…)."
        )
        yield Finding(False, known if code in REVOKED else f"Slack answers {code} to the bot token.")
        return
    yield Finding(True, f"The bot token is that of “{me['user']}” in the workspace “{me['team']}”.")
    headers = {str(k).lower(): str(v) for k, v in (me.headers or {}).items()}
    scopes = {one.strip() for one in headers.get("x-oauth-scopes", "").split(",")}
    needed = NEEDED | (NEEDED_DESK if app.desk_channel else {})
    missing = {scope: what for scope, what in needed.items() if scope not in scopes}
    for scope, what in missing.items():
        yield Finding(False, f"The scope {scope} is missing: {what}.")
    if missing:
        yield Finding(False, f"To get what is missing: {AGAIN}")
    else:
        yield Finding(True, "All scopes are there.")
    yield await _way_in(app)
    if app.desk_channel is None:
        yield Finding(True, "No channel for librarians is set (DALIL_SLACK_DESK_CHANNEL): no desk in Slack.")
    else:
        yield await _channel(client, app.desk_channel)


async def _way_in(app: SlackApp) -> Finding:
    if not app.app_token:
        there = f"{app.public_url.rstrip('/')}{PATH}"
        if not there.startswith("https://"):
            return Finding(
                False,
                f"Events come by HTTP, but Slack cannot reach {there}: set DALIL_PUBLIC_URL to the https "
                "address of this server, or use Socket Mode (DALIL_SLACK_APP_TOKEN).",
            )
        return Finding(
            True,
            f"Events come by HTTP: “Socket Mode” of the app must be off, and all three request URLs {there} "
            "(events, interactivity, and the command /desk). Slack says “Verified” beside the first while "
            "Dalil runs.",
        )
    if app.app_token.startswith("xoxb-"):
        return Finding(
            False,
            "DALIL_SLACK_APP_TOKEN is a bot token, which belongs into DALIL_SLACK_BOT_TOKEN; the app-level "
            "token is wanted here, from “Basic Information”, “App-Level Tokens” (xapp-…).",
        )
    try:
        await AsyncWebClient(app.app_token, base_url=app.api_url, retry_handlers=[]).apps_connections_open(
            app_token=app.app_token
        )
    except SlackApiError as error:
        code = error.response.get("error")
        why = "is not valid" if code in REVOKED else f"does not open Socket Mode (Slack says {code})"
        return Finding(
            False,
            f"The app-level token (DALIL_SLACK_APP_TOKEN, xapp-…) {why}: make one under “Basic Information”, "
            "“App-Level Tokens”, with the scope connections:write, and see that “Socket Mode” is on.",
        )
    return Finding(True, "Events come by Socket Mode; nothing needs to be reachable from outside.")


async def _channel(client: AsyncWebClient, id_: str) -> Finding:
    try:
        found = (await client.conversations_info(channel=id_))["channel"]
    except SlackApiError as error:
        code = error.response.get("error")
        if code == "missing_scope":  # said above
            return Finding(False, f"The channel {id_} cannot be looked at before the scopes are there.")
        return Finding(
            False,
            f"Dalil does not see the channel {id_} (DALIL_SLACK_DESK_CHANNEL). If the id is right (channel "
            "details, at the end of “About”), the channel is private: write /invite @Dalil in it.",
        )
    name = found.get("name", id_)
    if found.get("is_archived"):
        return Finding(
            False,
            f"The channel #{name} is archived: unarchive it, or set another in DALIL_SLACK_DESK_CHANNEL.",
        )
    if found.get("is_member") is False:
        return Finding(False, f"Dalil is not a member of #{name}: write /invite @Dalil there.")
    return Finding(True, f"The librarians’ channel is #{name}.")
