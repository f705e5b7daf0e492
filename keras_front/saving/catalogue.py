"""The classes and functions that a file may name, by kind.

A name in a configuration is looked up here, and among the objects the user has registered, and nowhere else: nothing is
imported, and no attribute is looked up, because a file says so.
"""

from __future__ import annotations

import functools
from typing import Any

#: Kind -> the module under which Keras files know it.
MODULES = {
    "layer": "keras.layers",
    "model": "keras",
    "activation": "keras.activations",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "policy": "keras",
    "seed": "keras.random",
}


@functools.cache
def classes() -> dict[str, dict[str, type]]:
    """Kind -> class name -> class."""
    from keras_front import (
        constraints,
        initializers,
        layers,
        losses,
        metrics,
        models,
        optimizers,
        regularizers,
    )
    from keras_front.core.dtype_policy import DTypePolicy
    from keras_front.core.layer import Layer
    from keras_front.random import SeedGenerator

    def exported(module: Any, base: type) -> dict[str, type]:
        found = {name: getattr(module, name) for name in module.__all__}
        return {
            value.__name__: value
            for value in found.values()
            if isinstance(value, type) and issubclass(value, base) and value is not base
        }

    return {
        "layer": exported(layers, Layer),
        "model": {"Functional": models.Functional, "Sequential": models.Sequential, "Model": models.Model},
        "initializer": exported(initializers, initializers.Initializer),
        "regularizer": exported(regularizers, regularizers.Regularizer),
        "constraint": exported(constraints, constraints.Constraint),
        "loss": exported(losses, losses.Loss),
        "metric": exported(metrics, metrics.Metric),
        "optimizer": exported(optimizers, optimizers.Optimizer),
        "schedule": exported(optimizers.schedules, optimizers.schedules.LearningRateSchedule),
        "policy": {"DTypePolicy": DTypePolicy},
        "seed": {"SeedGenerator": SeedGenerator},
    }


@functools.cache
def functions() -> dict[str, dict[str, Any]]:
    """Kind -> function name -> function, for the kinds that are functions."""
    from keras_front import activations, losses, metrics

    def exported(module: Any) -> dict[str, Any]:
        skip = {"get", "serialize", "deserialize"}
        found = {name: getattr(module, name) for name in module.__all__ if name not in skip}
        return {
            name: value for name, value in found.items() if callable(value) and not isinstance(value, type)
        }

    return {"activation": exported(activations), "loss": exported(losses), "metric": exported(metrics)}


@functools.cache
def kind_of_class() -> dict[type, str]:
    """Class -> kind."""
    return {cls: kind for kind, table in classes().items() for cls in table.values()}


def kind_by_base(cls: type) -> str | None:
    """The kind of a user's class by the class it is made from; ``None`` for one of no kind."""
    from keras_front import constraints, initializers, losses, metrics, optimizers, regularizers
    from keras_front.core.layer import Layer

    bases = {
        "layer": Layer, "initializer": initializers.Initializer, "regularizer": regularizers.Regularizer,
        "constraint": constraints.Constraint, "loss": losses.Loss, "metric": metrics.Metric,
        "optimizer": optimizers.Optimizer, "schedule": optimizers.schedules.LearningRateSchedule,
    }  # fmt: skip
    return next((kind for kind, base in bases.items() if issubclass(cls, base)), None)


def kinds_of_module(module: Any) -> tuple[str, ...]:
    """The kinds of object that a module of a Keras file stands for; none if it is no such module."""
    if isinstance(module, str) and module.startswith("keras.src.models"):
        return ("model",)
    return tuple(kind for kind, name in MODULES.items() if name == module)
