"""Training the engine's model when its inputs changed, and the command that starts the engine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bot.errors import DalilError
from bot.knowledge import intent_topics
from bot.learning.lines import learned_files, learned_rows, nlu_yaml
from bot.settings import ROOT, Settings
from bot.supervisor import dying_with_parent

ENGINE_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
INPUTS = (
    "config.yml",
    "bot/domain",
    "bot/components/embedding.py",
    "bot/components/classifier.py",
    "bot/intents",
    "data",
    "knowledge_base/engine/e5.py",
    "knowledge_base/engine/quick.py",
    "knowledge_base/engine/shipped.py",
    "requirements/rasa.lock",
)
TIME_LIMIT = 1800.0  # seconds
STILL_EVERY = 30  # seconds; how often a log hears that training goes on


class TrainingFailed(DalilError):
    """The engine's model could not be trained; whoever runs the command sees Rasa's last lines."""


def fingerprint(root: Path = ROOT, learned: Sequence[Path] = ()) -> str:
    """Give a hash of everything that a trained model depends on; ``learned``: the library's own examples."""
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    for path in learned:
        digest.update(b"learned\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path(settings: Settings) -> Path:
    """Give the place of the model for the inputs as they are now; it may not exist yet."""
    return settings.models / f"dalil-{fingerprint(learned=learned_files(settings.learned_folder()))}.tar.gz"


def train_if_needed(settings: Settings, console: Console, force: bool = False) -> Path:
    """Train if there is no model for the inputs as they are; give the model's path.

    Raises TrainingFailed with the end of Rasa's output.
    """
    model = model_path(settings)
    if model.exists() and not force:
        return model
    _require_engine()
    settings.models.mkdir(parents=True, exist_ok=True)
    # No dot inside: Rasa would take what follows it for a suffix and replace it.
    name = f".{model.name.removesuffix('.tar.gz')}-{os.getpid()}"
    with (
        _shown(
            console, "Training the dialogue model (some minutes the first time, only when its inputs change)"
        ),
        learned_data(settings) as learned,
    ):
        done = subprocess.run(
            [
                str(ENGINE_PYTHON),
                "-m",
                "rasa",
                "train",
                "--config",
                "config.yml",
                "--domain",
                "bot/domain",
                "--data",
                "data",
                *learned,
                "--out",
                str(settings.models),
                "--fixed-model-name",
                name,
                "--force",
            ],  # Rasa's own cache does not see what changed in bot/intents
            cwd=ROOT,
            env=engine_env({"DALIL_VECTOR_CACHE": str(settings.models / ".vectors.npz")}),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
            preexec_fn=dying_with_parent(),
        )
    trained = settings.models / f"{name}.tar.gz"
    if done.returncode or not trained.exists():
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise TrainingFailed(f"the dialogue model could not be trained:\n{tail}")
    trained.replace(model)
    for old in settings.models.glob("dalil-*.tar.gz"):
        if old != model:
            old.unlink()
    console.print("The dialogue model is trained.")
    return model


@contextmanager
def _shown(console: Console, what: str) -> Iterator[None]:
    """Show that something goes on: a spinner on a terminal, and elsewhere a line every half minute."""
    if console.is_terminal:
        with console.status(f"{what} …"):
            yield
        return
    over = threading.Event()

    def tell() -> None:
        seconds = 0
        while not over.wait(STILL_EVERY):
            seconds += STILL_EVERY
            console.print(f"  still at it, {seconds} s …")

    console.print(f"{what} …")
    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()


@contextmanager
def learned_data(settings: Settings) -> Iterator[list[str]]:
    """Write the library's own examples as training data for the moment; give the paths to train with."""
    rows = learned_rows(learned_files(settings.learned_folder()))
    if not rows:
        yield []
        return
    intents = set(intent_topics())
    with tempfile.TemporaryDirectory(prefix="dalil-learned-") as folder:
        file = Path(folder) / "learned.yml"
        file.write_text(nlu_yaml(rows, intents), encoding="utf-8")
        yield [str(file)]


def engine_command(settings: Settings, action_secret: str) -> tuple[Sequence[str], Mapping[str, str]]:
    """Give the engine's command line and environment; it listens on loopback only."""
    _require_engine()
    argv = [
        str(ENGINE_PYTHON),
        "-W",
        "ignore",
        "-m",
        "bot.components.server",
        "--model",
        str(model_path(settings)),
        "--config",
        str(ROOT / "config.yml"),
        "--endpoints",
        str(ROOT / "bot" / "endpoints.yml"),
        "--credentials",
        str(ROOT / "bot" / "credentials.yml"),
        "--port",
        str(settings.engine_port),
    ]
    actions = f"http://127.0.0.1:{settings.port}/internal/actions"
    return argv, engine_env(
        {
            "DALIL_ACTION_SECRET": action_secret,
            "DALIL_ACTIONS_URL": actions,
            "DALIL_ENGINE_TIMEOUT": str(settings.engine_timeout),
            # One thread a process: with a second one, the encoder waits for it whenever the machine is busy.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
    )


def engine_env(more: Mapping[str, str]) -> dict[str, str]:
    """Give the environment that the engine's process starts with."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # worker threads that spin starve the gateway beside them
        "GOMP_SPINCOUNT": "0",
        "COMPRESS_ACTION_SERVER_REQUEST": "false",  # on loopback it only costs time
        **more,
    }


def _require_engine() -> None:
    if not ENGINE_PYTHON.exists():
        raise TrainingFailed("the engine's environment .venv-rasa is not there; run: make setup")


def _files(root: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = root / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and p.suffix != ".pyc")
