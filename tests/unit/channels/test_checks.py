"""``dalil channels check`` says in words what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.cli.channels import _half_set
from bot.settings import Settings
from channels.slack.check import check as check_slack
from channels.slack.slack import SlackApp
from channels.telegram.check import check as check_telegram
from channels.telegram.telegram import Bot
from tests.fakes.slack_api import APP_TOKEN, BOT_TOKEN, slack_api
from tests.fakes.telegram_api import TOKEN, telegram_api

URL = "https://ask.library.example"


async def wrong_with_telegram(bot: Bot) -> list[str]:
    return [finding.text for finding in await check_telegram(bot) if not finding.ok]


async def wrong_with_slack(app: SlackApp) -> list[str]:
    return [finding.text for finding in await check_slack(app) if not finding.ok]


async def test_telegram_step_by_step() -> None:
    async with telegram_api() as api:
        bot = Bot(TOKEN, URL, "secret", api_url=api.url, group=-1001)
        assert await wrong_with_telegram(bot) == []
        assert await wrong_with_telegram(replace(bot, group=None)) == []
        api.forum = False
        assert "Topics are off" in (await wrong_with_telegram(bot))[0]
        api.forum, api.may_manage_topics = True, False
        assert "Manage topics" in (await wrong_with_telegram(bot))[0]
        api.may_manage_topics, api.may_delete = True, False
        [lacking] = await wrong_with_telegram(bot)
        assert "Delete messages" in lacking and "a topic goes" in lacking
        api.may_delete, api.allowed_reactions = True, ["👍", "👌"]
        assert "👎 🤔 ✍" in (await wrong_with_telegram(bot))[0]
        api.allowed_reactions = None
        api.member, api.sees_all = "member", False
        found = await wrong_with_telegram(bot)
        assert "no administrator" in found[0] and "does not see" in found[1]
        assert "start Dalil" in (await wrong_with_telegram(replace(bot, webhook=True)))[0]
        api.webhook = {"url": "https://elsewhere.example"}
        assert "elsewhere.example" in (await wrong_with_telegram(replace(bot, group=None)))[0]
        assert "@BotFather" in (await wrong_with_telegram(replace(bot, token="1:wrong")))[0]
        assert api.wrong == []


async def test_slack_step_by_step() -> None:
    async with slack_api() as api:
        api.channel("C0000DESK", "librarians")
        app = SlackApp(BOT_TOKEN, URL, "s", APP_TOKEN, None, "C0000DESK", f"{api.url}/api/")
        assert await wrong_with_slack(app) == []
        api.scopes = api.scopes.replace("reactions:write", "").replace("files:read,", "")
        found = await wrong_with_slack(app)
        assert [text.split()[2] for text in found[:2]] == ["files:read", "reactions:write"]
        assert "slack-manifest.yml" in found[2] and len(found) == 3
        api.channels["C0000DESK"]["is_member"] = False
        assert "/invite" in (await wrong_with_slack(app))[-1]
        api.channels["C0000DESK"]["is_archived"] = True
        assert "archived" in (await wrong_with_slack(app))[-1]
        assert "C0NOWHERE" in (await wrong_with_slack(replace(app, desk_channel="C0NOWHERE")))[-1]
        assert "Socket Mode" in " ".join(await wrong_with_slack(replace(app, app_token="xapp-wrong")))
        swapped = await wrong_with_slack(replace(app, app_token=BOT_TOKEN))
        assert "is a bot token" in " ".join(swapped)
        assert "app-level token" in (await wrong_with_slack(replace(app, bot_token=APP_TOKEN)))[0]
        by_http = replace(app, app_token=None, signing_secret="s", desk_channel=None)
        assert not any("HTTP" in text for text in await wrong_with_slack(by_http))
        at_home = await wrong_with_slack(replace(by_http, public_url="http://localhost:8000"))
        assert "DALIL_PUBLIC_URL" in at_home[-1]
        api.revoked = True
        assert "DALIL_SLACK_BOT_TOKEN" in (await wrong_with_slack(app))[0]
        assert api.wrong == []


@pytest.mark.parametrize("which", ["telegram", "slack"])
async def test_a_network_that_does_not_answer(which: str) -> None:
    nowhere = "http://127.0.0.1:9"
    if which == "telegram":
        found = await wrong_with_telegram(Bot(TOKEN, URL, "secret", api_url=nowhere))
    else:
        found = await wrong_with_slack(SlackApp(BOT_TOKEN, URL, "s", api_url=f"{nowhere}/api/"))
    assert len(found) == 1
    assert "reachable" in found[0]
    assert TOKEN not in found[0] and BOT_TOKEN not in found[0]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"slack_app_token": "xapp-1"}, "DALIL_SLACK_BOT_TOKEN"),
        ({"slack_desk_channel": "C0123ABCD"}, "DALIL_SLACK_BOT_TOKEN"),
        ({"telegram_desk_group": -1001}, "DALIL_TELEGRAM_TOKEN"),
    ],
)
def test_what_is_set_by_half_is_not_passed_over(given: dict[str, Any], missing: str) -> None:
    [[finding]] = _half_set(Settings(_env_file=None, **given)).values()
    assert not finding.ok and missing in finding.text
    assert not _half_set(Settings(_env_file=None))
