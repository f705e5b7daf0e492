"""`keras.dtype_policies`: what a layer computes in and keeps its weights in."""

from __future__ import annotations

from typing import Any

from keras_front.core.dtype_policy import DTypePolicy, get

__all__ = ["DTypePolicy", "deserialize", "get", "serialize"]


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The configuration of a policy.

    >>> serialize(DTypePolicy("float16"))["config"]
    {'name': 'float16'}
    """
    from keras_front.saving import serialize_keras_object

    config: dict[str, Any] = serialize_keras_object(dtype_policy)
    return config


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> DTypePolicy:
    """The policy of a configuration.

    >>> deserialize(serialize(DTypePolicy("mixed_float16")))
    <DTypePolicy "mixed_float16">
    """
    return get(config)
