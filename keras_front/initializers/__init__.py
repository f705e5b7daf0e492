"""`keras.initializers`: the first values of weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_front.core.convert import cast, is_tensor_like
from keras_front.core.identifiers import Identifiers
from keras_front.initializers.base import Initializer, dtype_name
from keras_front.initializers.constant import Constant, Identity, Ones, Zeros
from keras_front.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    compute_fans,
)

zeros = Zeros
ones = Ones
constant = Constant
identity = IdentityInitializer = Identity
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
orthogonal = OrthogonalInitializer = Orthogonal

_identifiers = Identifiers(
    "initializer",
    "keras.initializers",
    {
        "Initializer": Initializer, "initializer": Initializer, "Zeros": Zeros, "zeros": Zeros, "zero": Zeros, "Ones": Ones, "ones": Ones,
        "one": Ones, "Constant": Constant, "constant": Constant, "Identity": Identity, "identity": Identity,
        "IdentityInitializer": Identity, "RandomNormal": RandomNormal, "random_normal": RandomNormal,
        "normal": RandomNormal, "RandomUniform": RandomUniform, "random_uniform": RandomUniform,
        "uniform": RandomUniform, "TruncatedNormal": TruncatedNormal, "truncated_normal": TruncatedNormal,
        "VarianceScaling": VarianceScaling, "variance_scaling": VarianceScaling, "GlorotNormal": GlorotNormal,
        "glorot_normal": GlorotNormal, "GlorotUniform": GlorotUniform, "glorot_uniform": GlorotUniform,
        "HeNormal": HeNormal, "he_normal": HeNormal, "HeUniform": HeUniform, "he_uniform": HeUniform,
        "LecunNormal": LecunNormal, "lecun_normal": LecunNormal, "LecunUniform": LecunUniform,
        "lecun_uniform": LecunUniform, "Orthogonal": Orthogonal, "orthogonal": Orthogonal,
        "OrthogonalInitializer": Orthogonal,
    },
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The initializer for a name, a configuration, a class, a function or an array; ``None`` for ``None``.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.

    >>> get("he_normal").scale
    2.0
    """
    if isinstance(identifier, (np.ndarray, np.generic)) or is_tensor_like(identifier):
        return _given(identifier)
    return _identifiers.get(identifier)


def _given(values: Any) -> Any:
    """An initializer that gives an array."""

    def initialize(shape: Any, dtype: Any = None) -> Any:
        if tuple(shape) != tuple(values.shape):
            raise ValueError(
                f"the array given as initializer has shape {tuple(values.shape)}, but the variable {tuple(shape)}"
            )
        return cast(values, dtype_name(dtype))

    return initialize


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer.

    >>> serialize(Constant(2.0))["config"]
    {'value': 2.0}
    """
    return _identifiers.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer of a configuration or name.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize({"class_name": "Constant", "config": {"value": 2.0}}).value
    2.0
    """
    return _identifiers.deserialize(config, custom_objects)


__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "IdentityInitializer",
    "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "OrthogonalInitializer",
    "RandomInitializer", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
    "compute_fans", "constant", "deserialize", "get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform",
    "identity", "lecun_normal", "lecun_uniform", "ones", "orthogonal", "random_normal", "random_uniform",
    "serialize", "truncated_normal", "variance_scaling", "zeros",
]  # fmt: skip
