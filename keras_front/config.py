"""`keras.config`: global settings."""

from keras_front.core.dtype_policy import dtype_policy, set_dtype_policy
from keras_front.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

__all__ = [
    "backend",
    "dtype_policy",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]


def backend() -> str:
    """The name of the backend of this process, such as ``"numpy"``.

    >>> keras.config.backend().islower()
    True
    """
    from keras_front.core.dispatch import backend as chosen

    return chosen.name
