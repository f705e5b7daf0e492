"""Utilities: progress, summaries, seeds, saving of custom objects."""

from keras_front.backend import clear_session
from keras_front.core.registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from keras_front.random.seed import set_random_seed
from keras_front.utils.arrays import normalize, to_categorical
from keras_front.utils.progress import Progbar

CustomObjectScope = custom_object_scope

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "clear_session",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]
