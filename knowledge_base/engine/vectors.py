"""Vectors kept on disk, one file an encoder, keyed by what was encoded. A torn file is made again."""

from __future__ import annotations

import hashlib
import logging
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge_base.engine.encoder import Encoder
from knowledge_base.engine.passages import Unit
from knowledge_base.engine.shipped import Vectors

Progress = Callable[[int, int], None]  # done, of how many
_BATCH = 16
_SAVE_EVERY = 160  # vectors: a long build that is cut off goes on from there
_FORMAT = 2  # changes when what is encoded for a unit changes

log = logging.getLogger(__name__)


def slug(name: str) -> str:
    """Give a file name for an encoder's name."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", name)[-60:]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class VectorStore:
    """Gives the vectors of units, encoding only those it has not seen. Not for two threads at once.

    Headings are encoded as passages too: e5 puts two questions nearer to one another than a question and
    its answer, so that a best-of over both would see headings only.

    ``folder`` None keeps nothing on disk.
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self._encoder = encoder
        self._file = None if folder is None else folder / f"{slug(encoder.name)}.npz"
        self._kept = self._read()

    def vectors(self, units: Sequence[Unit], progress: Progress | None = None) -> Vectors:
        """Give the (len(units), dimensions) vectors, in order; afterwards they are on disk."""
        keys = [self._key(unit) for unit in units]
        missing = {k: u for k, u in zip(keys, units, strict=True) if k not in self._kept}
        if missing:
            self._encode(missing, progress)
        if missing:
            self._write()
        if not keys:
            return np.empty((0, self._encoder.dimensions), dtype=np.float32)
        return np.stack([self._kept[key] for key in keys])

    def prune(self, units: Sequence[Unit]) -> None:
        """Forget what is not in ``units``, once more than half of what is kept is not used."""
        used = {self._key(unit) for unit in units}
        if len(self._kept) > 2 * len(used) + 64:
            self._kept = {key: row for key, row in self._kept.items() if key in used}
            self._write()

    def _encode(self, missing: dict[bytes, Unit], progress: Progress | None) -> None:
        done, saved, total = 0, 0, len(missing)
        if progress:
            progress(0, total)
        items = sorted(missing.items(), key=lambda item: item[1].own)
        for batch in _batches(items):
            found = self._encoder.encode_passages([unit.text for _, unit in batch], batch[0][1].own)
            self._kept.update(zip((key for key, _ in batch), found, strict=True))
            done += len(batch)
            if progress:
                progress(done, total)
            if done - saved >= _SAVE_EVERY and done < total:
                self._write()
                saved = done

    def _key(self, unit: Unit) -> bytes:
        name = f"{_FORMAT}\0{self._encoder.name}\0{'own' if unit.own else 'all'}\0{unit.text}"
        return hashlib.sha256(name.encode("utf-8", "replace")).digest()

    def _read(self) -> dict[bytes, Vectors]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            with np.load(self._file, allow_pickle=False) as stored:
                keys: npt.NDArray[np.uint8] = stored["keys"]
                rows: Vectors = stored["vectors"]
            good = rows.ndim == 2 and rows.shape == (len(keys), self._encoder.dimensions)
            if not good or rows.dtype != np.float32 or not np.isfinite(rows).all():
                raise ValueError("not the vectors of this encoder")
            return dict(zip((key.tobytes() for key in keys), rows, strict=True))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            log.warning("the kept vectors in %s cannot be used (%s); they are made again", self._file, error)
            return {}

    def _write(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        keys = np.frombuffer(b"".join(self._kept), dtype=np.uint8).reshape(-1, 32)
        with part.open("wb") as out:
            np.savez(out, keys=keys, vectors=_stacked(self._kept.values(), self._encoder.dimensions))
        part.replace(self._file)  # whole or not at all; the zip's own checksums find later damage


def _batches(items: Sequence[tuple[bytes, Unit]]) -> Iterator[Sequence[tuple[bytes, Unit]]]:
    """Give parts in which all units, or none, are for their own language only."""
    for _, alike in groupby(items, key=lambda item: item[1].own):
        same = list(alike)
        yield from (same[at : at + _BATCH] for at in range(0, len(same), _BATCH))


def _stacked(rows: Iterable[Vectors], dimensions: int) -> Vectors:
    found = list(rows)
    return np.stack(found) if found else np.empty((0, dimensions), dtype=np.float32)
