"""Saving and loading: whole models, weights, configurations, custom objects."""

from typing import TYPE_CHECKING

from keras_front.core.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from keras_front.saving.errors import ModelLoadError
from keras_front.saving.objects import deserialize_config, deserialize_keras_object, serialize_keras_object

if TYPE_CHECKING:
    from keras_front.saving.files import load_model, load_weights, save_model, save_weights

CustomObjectScope = custom_object_scope

__all__ = [
    "CustomObjectScope",
    "ModelLoadError",
    "custom_object_scope",
    "deserialize_config",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]


def __getattr__(name: str) -> object:
    # h5py is imported with the first file, not with the library.
    if name in ("load_model", "load_weights", "save_model", "save_weights"):
        from keras_front.saving import files

        return getattr(files, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
