"""Encoder, scaler and classifier together, outside of Rasa: for measuring, with the product's code."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.intents.calibration import calibrate
from bot.intents.encoder import Encode, Scaler, encode
from bot.intents.model import IntentModel, Prediction, spoken

SCALER_FILE = "scaler.npz"


@dataclass(frozen=True)
class Recogniser:
    """Says what texts mean."""

    scaler: Scaler
    model: IntentModel
    encoder: Encode = encode

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        outside: str | None = None,
        encoder: Encode = encode,
    ) -> Recogniser:
        """Learn from texts and labels; ``outside`` names the label of what is out of scope, if any."""
        vectors = encoder(texts)
        scaler = Scaler.of(vectors)
        names = scaler(encoder([spoken(label) for label in sorted(set(labels))]))
        model = IntentModel.fit(texts, scaler(vectors), labels, names, calibrate, outside)
        return cls(scaler, model, encoder)

    @classmethod
    def from_archive(cls, path: Path, encoder: Encode = encode) -> Recogniser:
        """Read the scaler and the classifier out of a trained Rasa model (``.tar.gz``).

        Raises FileNotFoundError without the archive, ValueError where it holds no such classifier.
        """
        wanted = (SCALER_FILE, "intents.npz", "intents.json")
        found: dict[str, bytes] = {}
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = Path(member.name).name
                file = archive.extractfile(member) if name in wanted else None
                if file is not None:
                    found[name] = file.read()
        if len(found) != len(wanted):
            raise ValueError(f"{path.name} was not trained with this project's pipeline; train again")
        model = IntentModel.load(io.BytesIO(found["intents.npz"]), found["intents.json"].decode("utf-8"))
        return cls(Scaler.load(io.BytesIO(found[SCALER_FILE])), model, encoder)

    def recognise(self, texts: Sequence[str]) -> list[Prediction]:
        """Say what each text means."""
        return self.model.predict(texts, self.scaler(self.encoder(texts)))
