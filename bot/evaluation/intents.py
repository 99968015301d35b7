"""``dalil eval intents``: the product's classifier, trained on somebody else's data."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation.rows import DataError, Row, share
from bot.intents.encoder import Encode, encode
from bot.intents.model import Prediction
from bot.intents.recogniser import Recogniser

Measures = dict[str, float | None]


def train_and_evaluate(
    train: Sequence[Row], test: Sequence[Row], oos: str | None = None, encoder: Encode = encode
) -> Measures:
    """Train the classifier on ``train`` and give its measures on ``test``, each from 0 to 1.

    ``accuracy`` is over all rows, ``in_scope_accuracy`` over those whose label is not ``oos``, and
    ``oos_recall`` is the share of the others that was recognised (None where there are none). A text counts
    as out of scope when that label is the likeliest, or when the classifier finds it strange; the training
    rows may, but need not, hold examples of it. Without ``oos`` the likeliest label always stands.

    Raises DataError where there are fewer than two labels to learn.
    """
    return measures(train_and_predict(train, test, oos, encoder), test, oos)


def train_and_predict(
    train: Sequence[Row], test: Sequence[Row], oos: str | None = None, encoder: Encode = encode
) -> list[Prediction]:
    """Train the classifier on ``train`` and say what it makes of each of ``test``. Raises DataError."""
    labels = {row.label for row in train}
    if len(labels - {oos}) < 2:
        raise DataError("the training file needs at least two different intents")
    recogniser = Recogniser.train([r.question for r in train], [r.label for r in train], oos, encoder)
    return recogniser.recognise([row.question for row in test])


def measures(predictions: Sequence[Prediction], test: Sequence[Row], oos: str | None = None) -> Measures:
    """Give the measures that :func:`train_and_evaluate` names."""
    predicted = [
        prediction.ranking[0][0] if oos is None or prediction.inside else oos for prediction in predictions
    ]
    pairs = list(zip(predicted, (row.label for row in test), strict=True))
    outside = [guess == oos for guess, label in pairs if label == oos]
    return {
        "accuracy": share([guess == label for guess, label in pairs]),
        "in_scope_accuracy": share([guess == label for guess, label in pairs if label != oos]),
        "oos_recall": share(outside) if outside else None,
    }
