"""Settings: from the environment (``DALIL_…``), then ``.env``, then the defaults below.

Typed, and checked once at start. ``.env.example`` explains each for whoever runs Dalil.
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent

# What the engine, the tests and the benchmarks read for themselves
NOT_SETTINGS = ("DALIL_TEST_", "DALIL_CHROMIUM", "DALIL_VECTOR_CACHE", "DALIL_ACTIONS_URL")


def _from_root(path: Path) -> Path:
    return path if path.is_absolute() else ROOT / path


ProjectPath = Annotated[Path, AfterValidator(_from_root)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Everything that differs between one library's installation and another's."""

    model_config = SettingsConfigDict(
        env_prefix="DALIL_", env_file=ROOT / ".env", env_file_encoding="utf-8", extra="forbid"
    )

    # Where it listens
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str | None = None  # how patrons reach it; default http://host:port
    engine_port: Port = 5105
    node: str = "gateway-1"  # this gateway's name; keeps its leases across restarts

    # What it keeps
    var: ProjectPath = Path("var")
    database_url: str | None = None  # default: SQLite in ``var``
    retention_days: int = Field(default=90, ge=1, le=3650)
    files: ProjectPath | None = None  # what patrons give to librarians; default: ``files`` in ``var``
    max_file_bytes: int = Field(default=10_000_000, ge=0, le=100_000_000)  # of one; 0: none are taken

    # What it knows
    knowledge_base: ProjectPath = Path("knowledge_base")
    encoder: str = "shipped"  # or a sentence-transformers model's name or folder
    models: ProjectPath = Path("models")
    learned: ProjectPath | None = None  # the library's own examples (``dalil learn``); default var/learned
    cite_url: str | None = None  # where guide pages live; default public_url/guides

    # How it talks
    engine_timeout: float = Field(default=8.0, gt=0, le=60)  # seconds
    max_message_chars: int = Field(default=8000, ge=200, le=8000)
    messages_per_minute: int = Field(default=30, ge=1, le=600)  # of one patron
    waiting_word_seconds: float = Field(default=90.0, ge=1, le=90)
    claim_idle_seconds: float = Field(default=75.0, ge=5, le=600)  # presence goes stale after this

    see_writing: bool = False  # librarians see what a patron writes before it is sent; patrons are told

    # Who may talk to it
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()  # sites that embed the widget
    rest_api_key: SecretStr | None = None  # unset: generated, in var/secrets.env
    secret_key: SecretStr | None = None  # signs the desk's cookies; unset: generated
    action_secret: SecretStr | None = None  # between the engine and the actions; unset: generated

    # Telegram and Slack: off unless a token is given
    telegram_token: SecretStr | None = None  # of the bot, from @BotFather
    telegram_mode: Literal["polling", "webhook"] = "polling"  # webhook: public_url must be https
    telegram_desk_group: int | None = None  # number of the librarians' supergroup, below 0
    telegram_api_url: str = "https://api.telegram.org"
    slack_bot_token: SecretStr | None = None  # xoxb-…
    slack_app_token: SecretStr | None = None  # xapp-…: Socket Mode
    slack_signing_secret: SecretStr | None = None  # events by HTTP, where there is no app token
    slack_desk_channel: str | None = None  # id of the librarians' channel
    slack_api_url: str = "https://slack.com/api/"
    desk_language: Literal["en", "ar"] = "en"  # of the desks in Telegram and Slack

    # How it reports
    metrics_token: SecretStr | None = None  # whoever reads /metrics from elsewhere; unset: this machine only
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator(
        "telegram_token", "telegram_desk_group", "slack_bot_token", "slack_app_token",
        "slack_signing_secret", "slack_desk_channel", "metrics_token", mode="before",
    )  # fmt: skip
    @classmethod
    def _unset(cls, value: object) -> object:
        """Take an empty value for none."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("telegram_desk_group")
    @classmethod
    def _a_group(cls, value: int | None) -> int | None:
        """A group's number is below zero; a person's is not."""
        if value is not None and value >= 0:
            raise ValueError("the number of a group begins with -100; /desk in the group says it")
        return value

    @field_validator("slack_desk_channel")
    @classmethod
    def _a_channel(cls, value: str | None) -> str | None:
        """Slack wants the id: names change."""
        if value is not None and not re.fullmatch(r"[CG][A-Z0-9]{6,20}", value):
            raise ValueError("the channel's id is wanted, which begins with C or G, not its name")
        return value

    @field_validator("public_url", "cite_url")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        """Patrons' browsers are sent there."""
        if value is not None and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("an address that begins with http:// or https:// is wanted")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """A browser sends exactly this; anything else would never match."""
        for origin in value:
            if not re.fullmatch(r"https?://[^/\s]+", origin):
                raise ValueError(f"{origin!r} is no origin; one is written https://www.your-library.example")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """See that what belongs together is there together, and what is apart apart."""
        if self.port == self.engine_port:
            raise ValueError(
                f"DALIL_ENGINE_PORT: the engine cannot have the gateway's port, {self.port}; choose another"
            )
        if self.slack_bot_token and not (self.slack_app_token or self.slack_signing_secret):
            raise ValueError(
                "DALIL_SLACK_BOT_TOKEN needs DALIL_SLACK_APP_TOKEN (Socket Mode) or "
                "DALIL_SLACK_SIGNING_SECRET (HTTP) beside it"
            )
        if self.telegram_token and self.telegram_mode == "webhook" and not self.url().startswith("https://"):
            raise ValueError("DALIL_TELEGRAM_MODE=webhook needs a DALIL_PUBLIC_URL that begins with https://")
        return self

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take a list as people write it in one line: separated by commas or spaces."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    def url(self) -> str:
        """Give the address patrons and librarians use, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def database(self) -> str:
        """Give the SQLAlchemy URL of the store."""
        return self.database_url or f"sqlite:///{self.var / 'dalil.sqlite'}"

    def files_folder(self) -> Path:
        """Give the folder of patrons' files. Several gateways share one."""
        return self.files or self.var / "files"

    def learned_folder(self) -> Path:
        """Give the folder of the examples that the library added."""
        return self.learned or self.var / "learned"

    def engine_url(self) -> str:
        """Give Rasa's address; always loopback."""
        return f"http://127.0.0.1:{self.engine_port}"

    def guides_url(self) -> str:
        """Give the address under which guide pages are shown."""
        return (self.cite_url or f"{self.url()}/guides").rstrip("/")


def load_settings() -> Settings:
    """Read and check all settings. Raises SettingsError with one line that names the wrong one."""
    for name in os.environ:
        if name.startswith("DALIL_") and not name.startswith(NOT_SETTINGS):
            _known(name)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":  # a line of .env; its name comes as it stands there
            _known(str(first["loc"][0]).upper())
        if not first["loc"]:  # of the whole; it names the settings itself
            raise SettingsError(first["msg"].removeprefix("Value error, ")) from error
        name = "_".join(str(part) for part in first["loc"][:1]).upper().removeprefix("DALIL_")
        raise SettingsError(
            f"DALIL_{name}: {first['msg'].removeprefix('Value error, ')} (given: {first.get('input')!r})"
        ) from error


def _known(name: str) -> None:
    """Refuse a name that sets nothing: a misspelt setting would be off, and nobody would know."""
    every = [f"DALIL_{field.upper()}" for field in Settings.model_fields]
    if name not in every:
        near = get_close_matches(name, every, 1)
        hint = f"did you mean {near[0]}?" if near else ".env.example has them all"
        raise SettingsError(f"{name}: there is no such setting; {hint}")
