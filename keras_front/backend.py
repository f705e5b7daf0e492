"""`keras.backend`: which backend is at work, and settings under their older names."""

from keras_front.config import backend
from keras_front.core.convert import result_dtype as _result_dtype
from keras_front.core.naming import reset_names as _reset_names
from keras_front.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from keras_front.core.symbolic import KerasTensor
from keras_front.protocol.dtypes import FLOATING as _FLOATING
from keras_front.protocol.dtypes import standardize as standardize_dtype
from keras_front.random.seed import reset_global_seed as _reset_seed

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_float_dtype",
    "is_keras_tensor",
    "result_type",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_dtype",
]


def is_float_dtype(dtype: object) -> bool:
    """Whether a dtype is a floating one.

    >>> is_float_dtype("bfloat16"), is_float_dtype("int32")
    (True, False)
    """
    return standardize_dtype(dtype) in _FLOATING


def result_type(*dtypes: object) -> str:
    """The dtype that tensors of the given dtypes have in common.

    >>> result_type("int32", "float16")
    'float16'
    """
    return _result_dtype(*(d if d in ("int", "float") else standardize_dtype(d) for d in dtypes))


def is_keras_tensor(x: object) -> bool:
    """Whether ``x`` is a symbolic tensor of a model under construction.

    >>> is_keras_tensor(keras.Input((3,))), is_keras_tensor(keras.ops.zeros(3))
    (True, False)
    """
    return isinstance(x, KerasTensor)


def clear_session(free_memory: bool = True) -> None:
    """Forgets global state: the counting of names and the global seed.

    >>> clear_session()
    >>> keras.layers.Dense(1).name, keras.layers.Dense(1).name
    ('dense', 'dense_1')
    """
    _reset_names()
    _reset_seed()
