"""``dalil channels check``: ask Telegram itself whether everything is set up, and say what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from telegram import ChatMemberAdministrator, ReactionTypeEmoji, User
from telegram.constants import ChatType
from telegram.error import InvalidToken, TelegramError

from channels.findings import Finding
from channels.telegram.api import Api, plain_reason
from channels.telegram.desk import DELIVERED, DOUBTFUL, FAILED, NOTED
from channels.telegram.hub import WEBHOOK
from channels.telegram.telegram import Bot

MANAGE, DELETE = "Manage topics", "Delete messages"
RIGHTS = {  # what the bot must be allowed, and what for
    MANAGE: "each conversation has a topic",
    DELETE: "a topic goes when its patron has the conversation deleted",
}


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
        yield Finding(
            False,
            "The token (DALIL_TELEGRAM_TOKEN) is not valid: get it again from @BotFather (/mybots, "
            "API Token).",
        )
        return
    except TelegramError as error:
        yield Finding(False, f"{plain_reason(error)}: is api.telegram.org reachable from here?")
        return
    yield Finding(True, f"The token is that of @{me.username}; patrons write to https://t.me/{me.username}")
    if bot.webhook:
        wanted = bot.public_url.rstrip("/") + WEBHOOK
        there = hook.url == wanted
        text = (
            f"The webhook is {wanted}"
            if there
            else f"The webhook is not {wanted} yet: start Dalil, which sets it, and check again."
        )
        yield Finding(there, text)
        if hook.last_error_message:
            yield Finding(False, f"Telegram could not reach the webhook: {hook.last_error_message}")
    elif hook.url:
        yield Finding(
            False,
            f"A webhook is set ({hook.url}): another program may use this bot. If none does, start Dalil, "
            "which removes it; else make a bot of Dalil's own.",
        )
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
        yield Finding(
            False,
            f"The bot does not see the group {group} (Telegram says: {error}). Add the bot to it; write "
            "/desk there while Dalil runs, and the bot answers with the group's number.",
        )
        return
    if chat.type != ChatType.SUPERGROUP:
        yield Finding(
            False,
            f"“{chat.title}” has no topics: group settings, Topics, on. The group then has another number: "
            "write /desk in it again, and set DALIL_TELEGRAM_DESK_GROUP to what the bot answers.",
        )
        return
    if chat.is_forum:
        yield Finding(True, f"The group “{chat.title}” has topics.")
    else:
        yield Finding(False, f"Topics are off in “{chat.title}”: group settings, Topics, on.")
    if not isinstance(member, ChatMemberAdministrator):
        yield Finding(False, f"The bot is no administrator of the group: make it one, with {_named(RIGHTS)}.")
        if not me.can_read_all_group_messages:
            yield Finding(False, "The bot does not see what librarians write: an administrator does.")
    else:
        given = {MANAGE: member.can_manage_topics, DELETE: member.can_delete_messages}
        for right, why in RIGHTS.items():
            lacking = f"The bot lacks the right “{right}” in the group ({why}): Administrators, the bot."
            yield Finding(bool(given[right]), f"The bot may “{right}”." if given[right] else lacking)
    # Telegram gives none where all are allowed.
    allowed = {one.emoji for one in chat.available_reactions or () if isinstance(one, ReactionTypeEmoji)}
    marks = [mark for mark in (DELIVERED, FAILED, DOUBTFUL, NOTED) if allowed and mark not in allowed]
    if marks:
        yield Finding(
            False,
            f"The group does not allow the reactions {' '.join(marks)}, which mark what arrived: "
            "group settings, Reactions, all.",
        )


def _named(rights: Iterable[str]) -> str:
    return " and ".join(f"“{right}”" for right in rights)
