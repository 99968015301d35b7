"""``dalil channels check``: ask Telegram itself whether everything is set up, and say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from telegram import ChatMemberAdministrator, User
from telegram.constants import ChatType
from telegram.error import InvalidToken, TelegramError

from channels.findings import Finding
from channels.telegram.api import Api, plain_reason
from channels.telegram.hub import WEBHOOK
from channels.telegram.telegram import Bot


async def check(bot: Bot) -> list[Finding]:
    """Look at the token, how updates come, and the librarians' group."""
    api = Api(bot.token, bot.api_url)
    await api.open()
    try:
        return [finding async for finding in _findings(api, bot)]
    finally:
        await api.close()


async def _findings(api: Api, bot: Bot) -> AsyncIterator[Finding]:
    try:
        me = await api.bot.get_me()
        hook = await api.bot.get_webhook_info()
    except InvalidToken:
        yield Finding(False, "The token is not valid: get it again from @BotFather (/mybots, API Token).")
        return
    except TelegramError as error:
        yield Finding(False, f"{plain_reason(error)}: is api.telegram.org reachable from here?")
        return
    yield Finding(True, f"The token is that of @{me.username}; patrons write to https://t.me/{me.username}")
    if bot.webhook:
        wanted = bot.public_url.rstrip("/") + WEBHOOK
        there = hook.url == wanted
        text = (
            f"The webhook is {wanted}" if there else f"The webhook is not set; a running Dalil sets {wanted}"
        )
        yield Finding(there, text)
        if hook.last_error_message:
            yield Finding(False, f"Telegram could not reach the webhook: {hook.last_error_message}")
    elif hook.url:
        yield Finding(False, f"A webhook is set ({hook.url}): another program may use this bot.")
    else:
        yield Finding(True, "Updates come by long polling; nothing needs to be reachable from outside.")
    if bot.group is None:
        yield Finding(
            True, "No group for librarians is set (DALIL_TELEGRAM_DESK_GROUP): no desk in Telegram."
        )
        return
    async for finding in _group(api, bot.group, me):
        yield finding


async def _group(api: Api, group: int, me: User) -> AsyncIterator[Finding]:
    try:
        chat = await api.bot.get_chat(group)
        member = await api.bot.get_chat_member(group, me.id)
    except TelegramError as error:
        yield Finding(False, f"The group {group} is not there for the bot ({error}): add the bot to it.")
        return
    if chat.type != ChatType.SUPERGROUP:
        yield Finding(False, f"“{chat.title}” is not a supergroup: switch topics on, which makes it one.")
        return
    if chat.is_forum:
        yield Finding(True, f"The group “{chat.title}” has topics.")
    else:
        yield Finding(False, f"Topics are off in “{chat.title}”: group settings, Topics, on.")
    if not isinstance(member, ChatMemberAdministrator):
        yield Finding(False, "The bot is no administrator of the group: make it one, with “Manage topics”.")
        if not me.can_read_all_group_messages:
            yield Finding(False, "The bot does not see what librarians write: an administrator does.")
    elif not member.can_manage_topics:
        yield Finding(False, "The bot lacks the right “Manage topics” in the group.")
    else:
        yield Finding(True, "The bot may manage topics.")
