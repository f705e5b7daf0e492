"""`keras.losses`: what training makes small."""

from __future__ import annotations

from typing import Any

from keras_front.core.identifiers import Identifiers
from keras_front.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from keras_front.losses.loss import Loss, LossFunctionWrapper
from keras_front.losses.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    kl_divergence,
    poisson,
    sparse_categorical_crossentropy,
)
from keras_front.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh

_identifiers = Identifiers(
    "loss",
    "keras.losses",
    {
        "Loss": Loss, "LossFunctionWrapper": LossFunctionWrapper,
        "BinaryCrossentropy": BinaryCrossentropy, "binary_crossentropy": binary_crossentropy,
        "bce": binary_crossentropy, "BCE": binary_crossentropy,
        "CategoricalCrossentropy": CategoricalCrossentropy, "categorical_crossentropy": categorical_crossentropy,
        "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
        "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
        "KLDivergence": KLDivergence, "kl_divergence": kl_divergence, "kld": kl_divergence, "KLD": kl_divergence,
        "kullback_leibler_divergence": kl_divergence,
        "Poisson": Poisson, "poisson": poisson,
        "MeanSquaredError": MeanSquaredError, "mean_squared_error": mean_squared_error,
        "mse": mean_squared_error, "MSE": mean_squared_error,
        "MeanAbsoluteError": MeanAbsoluteError, "mean_absolute_error": mean_absolute_error,
        "mae": mean_absolute_error, "MAE": mean_absolute_error,
        "MeanAbsolutePercentageError": MeanAbsolutePercentageError,
        "mean_absolute_percentage_error": mean_absolute_percentage_error,
        "mape": mean_absolute_percentage_error, "MAPE": mean_absolute_percentage_error,
        "MeanSquaredLogarithmicError": MeanSquaredLogarithmicError,
        "mean_squared_logarithmic_error": mean_squared_logarithmic_error,
        "msle": mean_squared_logarithmic_error, "MSLE": mean_squared_logarithmic_error,
        "Huber": Huber, "huber": huber, "LogCosh": LogCosh, "log_cosh": log_cosh, "logcosh": log_cosh,
        "CosineSimilarity": CosineSimilarity, "cosine_similarity": cosine_similarity,
        "Hinge": Hinge, "hinge": hinge, "SquaredHinge": SquaredHinge, "squared_hinge": squared_hinge,
        "CategoricalHinge": CategoricalHinge, "categorical_hinge": categorical_hinge,
    },
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The loss of a name, a configuration, a class, a function or an object; ``None`` for ``None``.

    The name of a class gives an object, the name of a function the function.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.

    >>> get("mse") is mean_squared_error
    True
    """
    return _identifiers.get(identifier)


def serialize(loss: Any) -> Any:
    """The configuration of a loss.

    >>> serialize(Huber(2.0))["config"]["delta"]
    2.0
    """
    return _identifiers.serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss of a configuration or name.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize({"class_name": "MeanSquaredError", "config": {"reduction": "sum"}}).reduction
    'sum'
    """
    return _identifiers.deserialize(name, custom_objects)


__all__ = [
    "BCE", "KLD", "MAE", "MAPE", "MSE", "MSLE", "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge",
    "CosineSimilarity", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "LossFunctionWrapper", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy", "SquaredHinge", "bce", "binary_crossentropy", "categorical_crossentropy",
    "categorical_hinge", "cosine_similarity", "deserialize", "get", "hinge", "huber", "kl_divergence", "kld",
    "kullback_leibler_divergence", "log_cosh", "logcosh", "mae", "mape", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error", "mse", "msle", "poisson",
    "serialize", "sparse_categorical_crossentropy", "squared_hinge",
]  # fmt: skip
