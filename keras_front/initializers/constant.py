"""Initializers without chance."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_front import ops
from keras_front.initializers.base import Initializer, dtype_name, from_host, sizes


class Zeros(Initializer):
    """Zeros.

    >>> Zeros()((2,)).tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.zeros(sizes(shape, self), dtype=dtype_name(dtype))


class Ones(Initializer):
    """Ones.

    >>> Ones()((2,)).tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.ones(sizes(shape, self), dtype=dtype_name(dtype))


class Constant(Initializer):
    """One value everywhere, or an array that broadcasts to the shape.

    >>> Constant(3.0)((2,)).tolist()
    [3.0, 3.0]
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ops.full(sizes(shape, self), self.value, dtype=dtype_name(dtype))

    def get_config(self) -> dict[str, Any]:
        value = self.value
        return {"value": ops.convert_to_numpy(value).tolist() if hasattr(value, "dtype") else value}


class Identity(Initializer):
    """The unit matrix times ``gain``.

    >>> Identity()((2, 2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        found = sizes(shape, self)
        if len(found) != 2:
            raise ValueError(f"Identity: `shape` must be that of a matrix, got {found}")
        return from_host(np.eye(*found, dtype="float64") * self.gain, dtype_name(dtype))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}
