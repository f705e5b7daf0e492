"""What all initializers have in common."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from keras_front.core import settings
from keras_front.core.convert import available
from keras_front.core.dispatch import F
from keras_front.protocol.dtypes import standardize

Self = TypeVar("Self", bound="Initializer")


class Initializer:
    """Base class: a function ``(shape, dtype=None)`` that gives a new variable its first value.

    A subclass defines ``__call__`` and, if it has arguments, ``get_config``.

    >>> class Halves(Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return keras.ops.full(shape, 0.5, dtype)
    >>> [float(x) for x in Halves()((2,))]
    [0.5, 0.5]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """A tensor of the shape.  dtype: ``dtype``, else ``floatx()``."""
        raise NotImplementedError(f"{type(self).__name__} must define `__call__(self, shape, dtype=None)`")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The initializer with these arguments."""
        return cls(**config)

    def clone(self: Self) -> Self:
        """An equal initializer."""
        return type(self).from_config(self.get_config())

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def dtype_name(dtype: Any) -> str:
    """The dtype to give a tensor: ``floatx()`` for ``None``."""
    return available(settings.floatx() if dtype is None else standardize(dtype))


def from_host(values: np.ndarray, dtype: str) -> Any:
    """A tensor of values drawn on the host."""
    return F.from_host(values, dtype=dtype)


def sizes(shape: Any, owner: object) -> tuple[int, ...]:
    """A shape as a tuple of sizes.

    errors: ``ValueError`` that names the initializer.
    """
    found = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not all(isinstance(n, (int, np.integer)) and n >= 0 for n in found):
        raise ValueError(f"{type(owner).__name__}: `shape` must hold sizes of at least 0, got {shape!r}")
    return tuple(int(n) for n in found)
