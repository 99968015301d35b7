"""Settings, secrets and fixed texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core import TEXTS
from bot.errors import SettingsError
from bot.model import Language
from bot.secret_keys import secret_keys
from bot.settings import Settings, load_settings
from bot.wording import Wording
from tests.conftest import ROOT


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"^# (DALIL_[A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert explained == {f"DALIL_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "ftp://library.example"),
        ("ALLOWED_ORIGINS", "library.example"),
        ("ALLOWED_ORIGINS", "https://library.example/page"),
        ("RETENTION_DAYS", "0"),
        ("LOG_FORMAT", "xml"),
        ("WAITING_WORD_SECONDS", "300"),
        ("MAX_MESSAGE_CHARS", "100000"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"DALIL_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert f"DALIL_{name}" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_that_sets_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DALIL_PROT", "8081")
        with pytest.raises(SettingsError, match=r"DALIL_PROT: .* did you mean DALIL_PORT"):
            load_settings()
    env = tmp_path / ".env"
    env.write_text("DALIL_RETENSION_DAYS=30\n")
    monkeypatch.setitem(Settings.model_config, "env_file", env)
    with pytest.raises(SettingsError, match="did you mean DALIL_RETENTION_DAYS"):
        load_settings()


def test_origins_are_listed_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_ALLOWED_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().allowed_origins == ("https://a.example", "https://b.example")


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path)
    keys = secret_keys(settings)
    assert secret_keys(settings) == keys
    assert len({keys.rest_api_key, keys.secret_key, keys.action_secret}) == 3
    kept = tmp_path / "secrets.env"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.chmod(0o644)
    with pytest.raises(SettingsError):
        secret_keys(settings)


def test_a_given_secret_wins(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, var=tmp_path, rest_api_key="given")
    assert secret_keys(settings).rest_api_key == "given"


def test_texts_of_both_languages_agree() -> None:
    wording = Wording.load(TEXTS)
    assert len(wording.say(Language.AR, "days").split(",")) == 7
    assert len(wording.say(Language.EN, "days").split(",")) == 7


def test_texts_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="only"):
        Wording({Language.EN: {"a": "x", "b": "y"}, Language.AR: {"a": "س"}})
    with pytest.raises(ValueError, match="name different"):
        Wording({Language.EN: {"a": "{x}"}, Language.AR: {"a": "س"}})


def test_gateway_and_engine_need_a_port_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALIL_PORT", "8123")
    monkeypatch.setenv("DALIL_ENGINE_PORT", "8123")
    with pytest.raises(SettingsError, match="DALIL_ENGINE_PORT: the engine cannot have the gateway's port"):
        load_settings()
