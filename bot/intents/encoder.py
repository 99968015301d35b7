"""Sentence vectors from the shipped encoder, their scaling, and a cache for training."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from bot.intents.text import for_encoder
from knowledge_base.engine import shipped
from knowledge_base.engine.shipped import DIMENSIONS, ENGLISH, SHARED, Vectors, is_english

# In which spaces a text is put: an English one in the English space and any other in the shared one ("own"),
# all of them in the shared one, or English ones in both, for learning.
Spaces = Literal["own", "shared", "both"]

_EMPTY = "?"  # what an empty text is read as; the encoder must be given something
_FEW = 0.1  # with a smaller share of English examples there is no English classifier
# Each model's dimensions, with its share of what is said in its space.
_PARTS = (
    (slice(0, shipped.E5), 0.5),
    (slice(shipped.E5, SHARED.end), 0.5),
    (slice(ENGLISH.begin, ENGLISH.begin + shipped.BGE), 0.35),
    (slice(ENGLISH.begin + shipped.BGE, ENGLISH.end - shipped.MIDDLE), 0.35),
    (slice(ENGLISH.end - shipped.MIDDLE, ENGLISH.end), 0.3),
)


class Encode(Protocol):
    """Gives vectors of shape (texts, DIMENSIONS); the part of a space that a text is not in is zero."""

    def __call__(self, texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
        """Encode texts; any text is taken, and cut at 2,000 characters."""


def encode(texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
    """Encode with the shipped models; see :class:`Encode`."""
    cleaned = [for_encoder(text) or _EMPTY for text in texts]
    out = np.zeros((len(cleaned), DIMENSIONS), dtype=np.float32)
    english = [row for row, text in enumerate(cleaned) if spaces != "shared" and is_english(text)]
    shared = [row for row in range(len(cleaned)) if spaces != "own" or row not in set(english)]
    if english:
        ENGLISH.of(out)[english] = shipped.english([cleaned[row] for row in english])
    if shared:
        SHARED.of(out)[shared] = shipped.shared([cleaned[row] for row in shared])
    return out


def spaces_of(texts: Sequence[str]) -> Spaces:
    """Give the spaces that examples are learnt in: both, unless all of them are English or hardly any is."""
    english = sum(map(is_english, texts))
    if english == len(texts):
        return "own"
    return "both" if english >= _FEW * len(texts) else "shared"


@dataclass(frozen=True)
class Scaler:
    """Centres and scales each dimension, and gives each model's part one length.

    Left raw, e5's vectors crowd into a narrow cone; and a text that is far from all others would shout.
    ``english``: whether there is an English classifier, so that English texts are put in its space.
    """

    mean: Vectors  # (DIMENSIONS,)
    scale: Vectors  # (DIMENSIONS,)
    english: bool

    @classmethod
    def of(cls, vectors: Vectors) -> Scaler:
        """Learn from vectors of shape (texts, DIMENSIONS); each space from the texts that are in it."""
        mean, scale = np.zeros(DIMENSIONS, np.float32), np.ones(DIMENSIONS, np.float32)
        for space in (SHARED, ENGLISH):
            mine = space.of(vectors)
            mine = mine[np.any(mine != 0, axis=1)]
            if len(mine):
                spread = mine.std(axis=0, dtype=np.float64)
                space.of(mean)[:] = mine.mean(axis=0, dtype=np.float64)
                space.of(scale)[:] = np.where(spread > 1e-6, spread, 1.0)
        return cls(mean, scale, bool(np.any(ENGLISH.of(vectors))))

    @property
    def spaces(self) -> Spaces:
        """In which spaces a question is to be put."""
        return "own" if self.english else "shared"

    def __call__(self, vectors: Vectors) -> Vectors:
        """Give the scaled vectors, of the same shape."""
        out = np.zeros_like(vectors)
        for part, share in _PARTS:
            mine = vectors[:, part]
            held = np.any(mine != 0, axis=1)
            scaled = shipped.unit((mine[held] - self.mean[part]) / self.scale[part])
            out[np.flatnonzero(held)[:, None], np.arange(part.start, part.stop)] = scaled * np.float32(
                np.sqrt((part.stop - part.start) * share)
            )
        return out

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file."""
        np.savez(path, mean=self.mean, scale=self.scale, english=self.english)

    @classmethod
    def load(cls, source: Any) -> Scaler:
        """Read what :meth:`save` wrote, from a path or an open file. Raises KeyError or ValueError."""
        with np.load(source, allow_pickle=False) as kept:
            return cls(kept["mean"], kept["scale"], bool(kept["english"]))


class CachedEncoder:
    """Encodes, and remembers across runs in one ``.npz`` file: training again costs the new texts only."""

    def __init__(self, path: Path | None, encoder: Encode = encode) -> None:
        """Prepare; a file that cannot be read counts as absent."""
        self._path = path
        self._encoder = encoder
        self._known: dict[bytes, Vectors] = _read(path) if path else {}

    def __call__(self, texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
        """Give vectors of shape (texts, DIMENSIONS)."""
        keys = [_key(text, spaces) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for key, vector in zip(new, self._encoder(list(new.values()), spaces), strict=True):
            self._known[key] = vector
        if not keys:
            return np.zeros((0, DIMENSIONS), np.float32)
        return np.stack([self._known[key] for key in keys])

    def once(self, texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
        """Give vectors without remembering them: what patrons type is not kept in memory."""
        return self._encoder(texts, spaces)

    def keep(self, texts: Iterable[str], spaces: Spaces) -> None:
        """Write the vectors of exactly these texts; a folder that cannot be written to is no fault."""
        if self._path is None:
            return
        kept = {key: self._known[key] for key in (_key(text, spaces) for text in texts) if key in self._known}
        if not kept:
            return
        draft = self._path.with_name(f".{self._path.stem}.{os.getpid()}.npz")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            keys = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(len(kept), -1)
            np.savez(draft, keys=keys, vectors=np.stack(list(kept.values())))
            draft.replace(self._path)
        except OSError:
            draft.unlink(missing_ok=True)


def _key(text: str, spaces: Spaces) -> bytes:
    return hashlib.sha256(
        f"{spaces} {is_english(text)} {for_encoder(text)}".encode("utf-8", "replace")
    ).digest()[:16]


def _read(path: Path) -> dict[bytes, Vectors]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            keys, vectors = kept["keys"], kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if vectors.shape != (len(keys), DIMENSIONS):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
