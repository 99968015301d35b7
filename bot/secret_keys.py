"""Secrets that nobody should have to invent: made on the first run, kept in a file of mode 600."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings

NAMES = ("DALIL_REST_API_KEY", "DALIL_SECRET_KEY", "DALIL_ACTION_SECRET")


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """The three keys in force, from the settings or from the file."""

    rest_api_key: str
    secret_key: str
    action_secret: str


def secret_keys(settings: Settings) -> SecretKeys:
    """Give the keys; write those that are missing to ``var/secrets.env``."""
    path = settings.var / "secrets.env"
    kept = _read(path)
    missing = [name for name in NAMES if name not in kept]
    if missing:
        kept.update({name: secrets.token_urlsafe(32) for name in missing})
        _write(path, kept)
    given = (settings.rest_api_key, settings.secret_key, settings.action_secret)
    values = [
        setting.get_secret_value() if setting else kept[name]
        for setting, name in zip(given, NAMES, strict=True)
    ]
    return SecretKeys(*values)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others; run: chmod 600 {path}")
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _write(path: Path, kept: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{name}={value}\n" for name, value in sorted(kept.items())))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
