"""Encoder, scaler and classifier together, outside of Rasa: for measuring, with the product's code."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.intents.bilingual import FILES, BilingualModel
from bot.intents.encoder import CachedEncoder, Encode, Scaler, encode, spaces_of
from bot.intents.model import Prediction

SCALER_FILE = "scaler.npz"


@dataclass(frozen=True)
class Recogniser:
    """Says what texts mean."""

    scaler: Scaler
    model: BilingualModel
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
        remembered = CachedEncoder(None, encoder)
        scaler = Scaler.of(remembered(texts, spaces_of(texts)))
        return cls(scaler, BilingualModel.fit(texts, labels, scaler, remembered, outside), encoder)

    @classmethod
    def from_archive(cls, path: Path, encoder: Encode = encode) -> Recogniser:
        """Read the scaler and the classifier out of a trained Rasa model (``.tar.gz``).

        Raises FileNotFoundError without the archive, ValueError where it holds no such classifier.
        """
        wanted = (SCALER_FILE, *FILES)
        found: dict[str, bytes] = {}
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = Path(member.name).name
                file = archive.extractfile(member) if name in wanted else None
                if file is not None:
                    found[name] = file.read()
        if SCALER_FILE not in found:
            raise ValueError(f"{path.name} was not trained with this project's pipeline; train again")
        scaler = Scaler.load(io.BytesIO(found[SCALER_FILE]))
        return cls(scaler, BilingualModel.load(found), encoder)

    def recognise(self, texts: Sequence[str]) -> list[Prediction]:
        """Say what each text means."""
        return self.model.predict(texts, self.scaler(self.encoder(texts, self.scaler.spaces)))
