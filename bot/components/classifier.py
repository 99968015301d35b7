"""The intent classifier: a thin coat of Rasa over ``bot/intents``."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.embedding import examples, shared_encoder
from bot.intents.bilingual import FILES, BilingualModel
from bot.intents.encoder import Scaler, spaces_of
from bot.intents.model import Prediction

OUTSIDE = "out_of_scope"
_STRANGE_OUTSIDE = 0.9  # below it, what looks like nothing at all is asked back rather than turned away
_RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentRecogniser(IntentClassifier, GraphComponent):
    """Ranks the intents with calibrated probabilities, and says when it cannot tell.

    A message below the chance that was learnt with the model becomes ``nlu_fallback``; more is asked of one
    that is unlike everything taught. config.yml may say other chances, ``threshold`` and
    ``strange_threshold``. The ranking stays behind it, for the question "did you mean …?".
    """

    @classmethod
    def required_components(cls) -> list[type[Any]]:
        """Give the components that must come before."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings; both thresholds are probabilities of being right, None: what was learnt."""
        return {"threshold": None, "strange_threshold": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentRecogniser:
        """Make an untrained one."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentRecogniser:
        """Read a trained one."""
        made = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES}
            made._model = BilingualModel.load(files)
        return made

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._threshold = _probability(config, "threshold")
        self._strange_threshold = _probability(config, "strange_threshold")
        self._model_storage = model_storage
        self._resource = resource
        self._model: BilingualModel | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples. Raises ValueError where fewer than two intents have some."""
        texts, labels = examples(training_data)
        encode = shared_encoder()
        scaler = Scaler.of(encode(texts, spaces_of(texts)))
        self._model = BilingualModel.fit(texts, labels, scaler, encode, OUTSIDE)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the intent and the ranking on each message."""
        if self._model is None:
            raise ValueError("the classifier is not trained")
        seen = [(message, _vector(message)) for message in messages]
        asked = [(message, vector) for message, vector in seen if vector is not None]
        if asked:
            texts = [message.get(TEXT) for message, _ in asked]
            found = self._model.predict(texts, np.concatenate([vector for _, vector in asked]))
            for (message, _), prediction in zip(asked, found, strict=True):
                self._put(message, prediction)
        return messages

    def _put(self, message: Message, prediction: Prediction) -> None:
        name, confidence = prediction.best
        ranking = [_intent(label, chance) for label, chance in prediction.ranking[:_RANKED]]
        chosen = _intent(name, confidence)
        if confidence < self._floor(name, prediction):
            chosen = _intent(DEFAULT_NLU_FALLBACK_INTENT_NAME, 1 - confidence)
            ranking.insert(0, chosen)
        message.set(INTENT, chosen, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set("strange", not prediction.inside, add_to_output=True)  # unlike everything taught

    def _floor(self, name: str, prediction: Prediction) -> float:
        """Give the confidence from which an intent is believed."""
        given = self._threshold if prediction.inside else self._strange_threshold
        least = prediction.least if given is None else given
        return max(least, _STRANGE_OUTSIDE) if name == OUTSIDE and not prediction.inside else least


def _vector(message: Message) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    """Give the sentence vector (1, dimensions) that the featurizer left, if it did."""
    _, sentence = message.get_dense_features(TEXT)
    return None if sentence is None else sentence.features.astype(np.float32)


def _intent(name: str, confidence: float) -> dict[str, Any]:
    return {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: round(confidence, 4)}


def _probability(config: dict[str, Any], key: str) -> float | None:
    value = config.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidConfigException(f"config.yml: {key} of the intent classifier must be from 0 to 1")
    return float(value)
