"""Two classifiers: one for English in the English space, one for everything in the shared one."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents.calibration import calibrate
from bot.intents.encoder import Encode, Scaler, spaces_of
from bot.intents.model import Beliefs, IntentModel, Prediction, spoken
from bot.intents.softmax import Floats
from knowledge_base.engine.shipped import ENGLISH, SHARED, Space, is_english

_SPACES = (ENGLISH, SHARED)
FILES = tuple(f"intents.{space.name}.{kind}" for space in _SPACES for kind in ("npz", "json"))


@dataclass(frozen=True)
class BilingualModel:
    """Asks the classifier of the space that a text is in. Immutable, and safe to use from several threads."""

    models: Mapping[str, IntentModel]  # by the space's name; at least one

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        scaler: Scaler,
        encode: Encode,
        outside: str | None = None,
    ) -> BilingualModel:
        """Learn from texts and labels; ``outside`` names the label of what is out of scope, if any.

        Raises ValueError where no space has examples of two different labels.
        """
        vectors = scaler(encode(texts, spaces_of(texts)))
        models = {}
        for space in _SPACES:
            mine = space.of(vectors)
            rows = np.flatnonzero(np.any(mine != 0, axis=1)).tolist()
            kinds = sorted({labels[row] for row in rows})
            if len(kinds) < 2:
                continue
            # An intent's name is English, but it is wanted in this space, whichever it is.
            names = encode([spoken(kind) for kind in kinds], "both" if space is SHARED else "own")
            models[space.name] = IntentModel.fit(
                [texts[row] for row in rows],
                mine[rows],
                [labels[row] for row in rows],
                space.of(scaler(names)),
                calibrate,
                outside,
            )
        if not models:
            raise ValueError("at least two different intents are needed to learn from")
        return cls(models)

    def predict(self, texts: Sequence[str], vectors: Floats) -> list[Prediction]:
        """Say what each text means, given its scaled vector; ``vectors`` is (texts, DIMENSIONS)."""
        english = np.any(ENGLISH.of(vectors) != 0, axis=1)
        found: dict[int, Prediction] = {}
        for space, held in ((ENGLISH, english), (SHARED, ~english)):
            rows = [int(row) for row in np.flatnonzero(held)]
            asked = [texts[row] for row in rows]
            model, place = self._model_for(space)
            if asked:
                found |= zip(rows, model.predict(asked, place.of(vectors[rows])), strict=True)
        return [found[row] for row in range(len(texts))]

    def beliefs(self, text: str) -> Beliefs:
        """Give the chances from which what a text means is believed."""
        return self._model_for(ENGLISH if is_english(text) else SHARED)[0].calibration.beliefs

    def _model_for(self, space: Space) -> tuple[IntentModel, Space]:
        """Give the space's own classifier; where it had no examples the other says that it is strange."""
        other = SHARED if space is ENGLISH else ENGLISH
        place = space if space.name in self.models else other
        return self.models[place.name], place

    def save(self, folder: Path) -> None:
        """Write ``intents.SPACE.npz`` and ``intents.SPACE.json`` for each; no pickle."""
        for name, model in self.models.items():
            model.save(folder, f"intents.{name}")

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> BilingualModel:
        """Read what :meth:`save` wrote, by the files' names.

        Raises ValueError or KeyError where it is of another format or incomplete.
        """
        models = {}
        for space in _SPACES:
            stem = f"intents.{space.name}"
            if f"{stem}.json" in files:
                text = files[f"{stem}.json"].decode("utf-8")
                models[space.name] = IntentModel.load(io.BytesIO(files[f"{stem}.npz"]), text)
        if not models:
            raise ValueError("there is no classifier of this format; train again")
        return cls(models)
