"""`keras.optimizers`: what changes variables along their gradients."""

from __future__ import annotations

from typing import Any

from keras_front.core.identifiers import Identifiers
from keras_front.optimizers import schedules
from keras_front.optimizers.adam import Adam, AdamW
from keras_front.optimizers.optimizer import Optimizer
from keras_front.optimizers.rmsprop import RMSprop
from keras_front.optimizers.sgd import SGD

_identifiers = Identifiers(
    "optimizer",
    "keras.optimizers",
    {
        "Optimizer": Optimizer, "SGD": SGD, "sgd": SGD, "Adam": Adam, "adam": Adam, "AdamW": AdamW,
        "adamw": AdamW, "RMSprop": RMSprop, "rmsprop": RMSprop,
    },
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The optimizer of a name (in any case), a configuration, a class or an object; ``None`` for ``None``.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what is no optimizer.

    >>> get("Adam").beta_1
    0.9
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    found = identifier
    if isinstance(identifier, (str, dict)):
        found = deserialize(identifier)
    elif isinstance(identifier, type) and issubclass(identifier, Optimizer):
        found = identifier()
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"could not interpret optimizer {identifier!r}: expected a name, a configuration or an Optimizer"
        )
    return found


def serialize(optimizer: Any) -> Any:
    """The configuration of an optimizer.

    >>> serialize(SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    return _identifiers.serialize(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer of a configuration or name; names count in any case.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum
    0.5
    """
    if isinstance(config, str) and config.lower() in _identifiers.table:
        config = config.lower()
    elif isinstance(config, dict) and str(config.get("class_name")).lower() in _identifiers.table:
        config = {**config, "class_name": str(config["class_name"]).lower()}
    return _identifiers.deserialize(config, custom_objects)


__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize"]
