"""When the model is trained, and how the engine is started."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console

import bot.training as training
from bot.settings import ROOT, Settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in training.INPUTS:
        source = ROOT / name
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def test_every_input_is_there() -> None:
    assert all((ROOT / name).exists() for name in training.INPUTS)


def test_the_fingerprint_changes_with_the_inputs_only(project: Path) -> None:
    before = training.fingerprint(project)
    (project / "README.md").write_text("something else")
    cached = project / "bot" / "intents" / "__pycache__"
    cached.mkdir()
    (cached / "text.cpython-311.pyc").write_bytes(b"x")
    assert training.fingerprint(project) == before
    hours = project / "data" / "nlu" / "hours.yml"
    text = hours.read_text(encoding="utf-8")
    hours.write_text(text + "# a word\n", encoding="utf-8")
    assert training.fingerprint(project) != before
    hours.write_text(text, encoding="utf-8")
    assert training.fingerprint(project) == before
    (project / "data" / "stories" / "new.yml").write_text("stories: []")
    assert training.fingerprint(project) != before


def test_a_model_that_is_there_is_not_trained_again(tmp_path: Path) -> None:
    settings = Settings.model_validate({"models": tmp_path})
    model = training.model_path(settings)
    model.write_bytes(b"kept")
    assert training.train_if_needed(settings, Console(stderr=True)) == model
    assert model.read_bytes() == b"kept"


def test_a_missing_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ENGINE_PYTHON", tmp_path / "python")
    with pytest.raises(training.TrainingFailed, match="make setup"):
        training.train_if_needed(Settings.model_validate({"models": tmp_path}), Console(stderr=True))


@pytest.mark.skipif(not training.ENGINE_PYTHON.exists(), reason="the engine's environment is not there")
def test_the_engine_is_started_on_its_port_with_its_secret() -> None:
    argv, env = training.engine_command(Settings.model_validate({"engine_port": 5999, "port": 8099}), "hush")
    assert argv[argv.index("--port") + 1] == "5999"
    assert env["DALIL_ACTION_SECRET"] == "hush"
    assert env["DALIL_ACTIONS_URL"] == "http://127.0.0.1:8099/internal/actions"
    assert "hush" not in argv  # anyone on the machine can read a command line
