"""The part of the composition root that puts Telegram and Slack together, where their tokens are given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from fastapi import APIRouter
from pydantic import SecretStr

from bot.core import Core
from bot.model import Language
from bot.ports import Channel, Desk
from bot.secret_keys import SecretKeys
from bot.settings import Settings
from bot.store.store import Store
from channels.slack.desk import NAME as SLACK_DESK
from channels.slack.slack import Slack, SlackApp
from channels.telegram.desk import NAME as TELEGRAM_DESK
from channels.telegram.telegram import Bot, Telegram
from channels.threads.parts import ThreadParts

Opening = Callable[[str, Language], str | None]
Bilingual = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Networks:
    """Telegram and Slack, as far as they are set up."""

    telegram: Telegram | None
    slack: Slack | None
    channels: list[Channel]
    desks: list[Desk]

    def router(self) -> APIRouter:
        """Give the routes that the networks call."""
        routes = APIRouter()
        for network in (self.telegram, self.slack):
            if network:
                routes.include_router(network.router())
        return routes

    async def start(self) -> None:
        """Begin to take what people do there."""
        for network in (self.telegram, self.slack):
            if network:
                await network.start()

    async def stop(self) -> None:
        """Take no more; what is being delivered may still go out."""
        for network in (self.telegram, self.slack):
            if network:
                await network.stop()

    async def close(self) -> None:
        """Let go of the networks."""
        for network in (self.telegram, self.slack):
            if network:
                await network.close()


def desk_names(settings: Settings) -> list[str]:
    """Name the desks that the settings ask for, beside the web's."""
    names = []
    if settings.telegram_token and settings.telegram_desk_group:
        names.append(TELEGRAM_DESK)
    if settings.slack_bot_token and settings.slack_desk_channel:
        names.append(SLACK_DESK)
    return names


def networks(
    settings: Settings,
    keys: SecretKeys,
    core: Core,
    store: Store,
    *,
    library: Bilingual,
    topics: Mapping[str, Bilingual],
    subjects: Mapping[str, Bilingual],
    name_of: Callable[[str, Language], str | None],
    opening: Opening,
) -> Networks:
    """Make what the settings ask for; nothing is called yet."""
    language = Language(settings.desk_language)
    parts = ThreadParts(core.librarians, store.threads, language, topics, settings.url(), subjects, name_of)
    channels: list[Channel] = []
    desks: list[Desk] = []
    telegram = slack = None
    if settings.telegram_token:
        telegram = Telegram(bot_of(settings, keys), core.patrons, opening)
        channels.append(telegram.channel)
        if settings.telegram_desk_group:
            desks.append(telegram.add_desk(parts))
    if settings.slack_bot_token:
        names = {language: library[language.value] for language in Language}
        slack = Slack(slack_app_of(settings, keys), core.patrons, names)
        channels.append(slack.channel)
        if settings.slack_desk_channel:
            desks.append(slack.add_desk(parts))
    return Networks(telegram, slack, channels, desks)


def came_from(title_of: Opening) -> Opening:
    """Read the word in a link to the bot: a guide's id, or ``course-`` and a course's name."""

    def opening(word: str, language: Language) -> str | None:
        kind, _, name = unquote(word).partition("-")
        if kind == "course" and name:
            return f"مقرر {name}" if language is Language.AR else f"Course {name}"
        return title_of(word, language)

    return opening


def bot_of(settings: Settings, keys: SecretKeys) -> Bot:
    """Give how to reach the Telegram bot of the settings."""
    return Bot(
        token=_shown(settings.telegram_token),
        public_url=settings.url(),
        secret=_derived(keys.secret_key, "telegram"),
        webhook=settings.telegram_mode == "webhook",
        group=settings.telegram_desk_group,
        api_url=settings.telegram_api_url,
    )


def slack_app_of(settings: Settings, keys: SecretKeys) -> SlackApp:
    """Give how to reach the Slack app of the settings."""
    return SlackApp(
        bot_token=_shown(settings.slack_bot_token),
        public_url=settings.url(),
        secret=_derived(keys.secret_key, "slack"),
        app_token=_shown(settings.slack_app_token) or None,
        signing_secret=_shown(settings.slack_signing_secret) or None,
        desk_channel=settings.slack_desk_channel,
        api_url=settings.slack_api_url,
    )


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _derived(secret: str, purpose: str) -> str:
    """Give a secret of its own for each purpose, from the one that is kept."""
    return hashlib.sha256(f"{purpose}:{secret}".encode()).hexdigest()
