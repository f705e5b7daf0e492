"""Tensors themselves: made from what a user has, turned into NumPy, cast, asked for shape and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras_front.core import convert
from keras_front.core.convert import available, dtype_of, to_numpy, to_tensor
from keras_front.core.dispatch import F, backend
from keras_front.interpret.lifted import LIFTED
from keras_front.ops.arguments import TYPES
from keras_front.ops.define import op
from keras_front.protocol.dtypes import standardize

if TYPE_CHECKING:
    import numpy as np

#: Priorities of the lifted classes whose objects are tensors within a function: boxes and specs.
_INNER = frozenset({10, 15})


@op
def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """A tensor of anything with numbers in it; a tensor stays as it is.

    shape: unchanged.
    dtype: ``dtype`` if given; else Python floats become ``floatx()``, integers ``int32``, arrays keep theirs.
    errors: ``TypeError`` for what is no array of numbers; ``ValueError`` for ``sparse=True`` or ``ragged=True``.
    example: convert_to_tensor([1.0, 2.0]) == [1.0, 2.0]
    """
    if sparse or ragged:
        raise ValueError(
            "convert_to_tensor: tensors are dense here, so `sparse` and `ragged` must not be true"
        )
    return to_tensor(x, None if dtype is None else available(standardize(dtype)))


@op
def cast(x: Any, dtype: Any) -> Any:
    """``x`` in another dtype; floats are cut towards zero on the way to integers.

    shape: unchanged.  dtype: ``dtype``.
    errors: ``ValueError`` for an unknown dtype.
    example: cast([1.7, -1.7], "int32") == [1, -1]
    """
    return convert.cast(x, available(standardize(dtype)))


@op
def stop_gradient(variable: Any) -> Any:
    """The value, which counts as a constant for gradients.  shape: ``(...) -> (...)``.  dtype: unchanged.

    example: stop_gradient([1.0, 2.0]) == [1.0, 2.0]
    """
    return F.stop_gradient(to_tensor(variable))


def convert_to_numpy(x: Any) -> np.ndarray:
    """A copy as a NumPy array.  shape: unchanged.  dtype: unchanged.

    example: convert_to_numpy([1.0, 2.0]) == [1.0, 2.0]
    """
    return to_numpy(x) if convert.is_tensor_like(x) else to_numpy(to_tensor(x))


def is_tensor(x: Any) -> bool:
    """Whether ``x`` is a tensor of the backend; variables and symbolic tensors are none.

    example: is_tensor([1.0]) == False
    """
    kind = type(x)
    if kind in LIFTED:
        return int(LIFTED[kind][0]) in _INNER
    return kind in TYPES or backend.is_tensor(x)


def shape(x: Any) -> tuple[int | None, ...]:
    """The sizes of the axes; ``None`` for one that a symbolic tensor does not know.

    example: shape([[1.0, 2.0, 3.0]]) == (1, 3)
    """
    return tuple(x.shape if hasattr(x, "shape") else to_tensor(x).shape)


def dtype(x: Any) -> str:
    """The dtype by its standard name.

    example: dtype([1.0]) == "float32"
    """
    return standardize(x.dtype) if hasattr(x, "dtype") else dtype_of(to_tensor(x))


def custom_gradient(f: Callable[..., tuple[Any, Callable[..., Any]]]) -> Callable[..., Any]:
    """Makes a function with a gradient of its own of ``f(*tensors) -> (result, backward)``.

    ``backward(upstream)`` returns one gradient an argument: a tuple or list, or the one tensor for one argument.

    >>> @custom_gradient
    ... def doubled(x):
    ...     return x, lambda upstream: upstream * 2
    """
    make = F.custom_gradient(f)

    def call(*args: Any) -> Any:
        return make(*(to_tensor(arg) for arg in args))

    call.__name__ = getattr(f, "__name__", "call")
    call.__doc__ = f.__doc__
    return call
