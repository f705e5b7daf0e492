"""`Box`: a tensor whose use is being recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_front.protocol.dtypes import promote

from . import indexing, numpy_calls

if TYPE_CHECKING:
    from .level import Level

_SCALARS = (float, int, bool)


class Box:
    """A tensor on the gradient tape; it is used like the tensor itself.

    ``value``: the tensor (under nested tapes, the outer tape's box); ``edges``: the tape; ``index``: the
    tensor's position on it.  Each level of nesting has a class of its own, with ``level``, its recording
    backend.  Boxes hold floating tensors only: other results are constants, and are not boxed.

    Operators between different dtypes promote by the protocol's lattice.
    """

    __slots__ = ("edges", "index", "value")

    #: The recording backend of this class of boxes.
    level: Level

    def __init__(self, value: Any, edges: list[Any], index: int) -> None:
        self.value = value
        self.edges = edges
        self.index = index

    # ------------------------------------------------------------ what a tensor tells

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return tuple(self.value.shape)

    @property
    def dtype(self) -> Any:
        """The native dtype."""
        return self.value.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.value.shape)

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return self.level.permute_dims(self, tuple(reversed(range(self.ndim))))

    def __len__(self) -> int:
        if not self.value.shape:
            raise TypeError("len() of a tensor without axes (shape ())")
        return int(self.value.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self.value.shape:
            raise TypeError("iteration over a tensor without axes (shape ())")
        return iter(self.level.unstack(self))

    def __getitem__(self, key: Any) -> Any:
        return indexing.getitem(self.level, self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            f"assignment to {key!r} of a tensor whose gradient is being recorded: write the new tensor with "
            "slice_update, scatter_update or where, which the gradient can flow through"
        )

    # ------------------------------------------------------------ values, without gradient

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def item(self) -> float:
        """The single value as a Python number; the gradient is cut."""
        return float(self.level.to_host(self).item())

    def __repr__(self) -> str:
        return f"Box({self.value!r})"

    def __format__(self, spec: str) -> str:
        return format(float(self) if spec and not self.shape else str(self), spec)

    __hash__ = object.__hash__

    # ------------------------------------------------------------ NumPy

    def __array__(self, *args: Any, **options: Any) -> np.ndarray:
        raise TypeError(
            "a tensor whose gradient is being recorded was about to become a NumPy array, which would cut its "
            "gradient silently. Use functions of `ops` on it; if the gradient is meant to be cut, pass it "
            "through stop_gradient first"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return numpy_calls.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return numpy_calls.call_function(function, args, options)

    def __getattr__(self, name: str) -> Any:
        return numpy_calls.bound_method(self, name)

    # ------------------------------------------------------------ operators

    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Any: ...
        def __sub__(self, other: Any) -> Any: ...
        def __mul__(self, other: Any) -> Any: ...
        def __truediv__(self, other: Any) -> Any: ...

    def __neg__(self) -> Any:
        return self.level.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.level.abs(self)


def highest(*leaves: Any) -> Level:
    """The recording backend of the innermost tape among the given boxes."""
    boxes = (leaf for leaf in leaves if isinstance(leaf, Box))
    return max(boxes, key=lambda box: box.level.depth).level


def matched(x: Any, y: Any) -> tuple[Level, Any, Any] | None:
    """A box and another operand (in either order) with equal dtypes; ``None`` if one is no tensor."""
    level = highest(x, y)
    pair = [x, y]
    for i, operand in enumerate(pair):
        if type(operand) in _SCALARS or isinstance(operand, Box):
            continue
        if level.is_tensor(operand):
            continue
        if not isinstance(operand, (np.ndarray, np.generic)):
            return None
        pair[i] = level.from_host(np.asarray(operand))
    x, y = pair
    if type(x) not in _SCALARS and type(y) not in _SCALARS:
        left, right = level.dtype_of(x), level.dtype_of(y)
        if left != right:
            dtype = promote(left, right)
            dtype = {"float": "float32", "complex": "complex64"}.get(dtype, dtype)
            x = x if left == dtype else level.astype(x, dtype)
            y = y if right == dtype else level.astype(y, dtype)
    return level, x, y


def apply(name: str, x: Any, y: Any) -> Any:
    """A binary protocol function on a box and another operand, promoted; ``NotImplemented`` if it is none."""
    operands = matched(x, y)
    if operands is None:
        return NotImplemented
    level, x, y = operands
    return getattr(level, name)(x, y)


def _operator(name: str, swapped: bool) -> Callable[[Any, Any], Any]:
    if swapped:

        def operator(self: Box, other: Any) -> Any:
            if type(other) in _SCALARS:
                return getattr(self.level, name)(other, self)
            return apply(name, other, self)

    else:

        def operator(self: Box, other: Any) -> Any:
            kind = type(other)
            if kind in _SCALARS or (kind is type(self) and self.value.dtype == other.value.dtype):
                return getattr(self.level, name)(self, other)
            return apply(name, self, other)

    return operator


_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "pow": "pow", "matmul": "matmul", "mod": "remainder",
}  # fmt: skip
_COMPARISONS = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip

for _dunder, _name in _OPERATORS.items():
    setattr(Box, f"__{_dunder}__", _operator(_name, swapped=False))
    setattr(Box, f"__r{_dunder}__", _operator(_name, swapped=True))
for _dunder, _name in _COMPARISONS.items():
    setattr(Box, f"__{_dunder}__", _operator(_name, swapped=False))
