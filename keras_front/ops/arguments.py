"""What the ops do with their arguments before `F` gets them: axes, shapes, equal dtypes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from keras_front.core.convert import _TYPES, available, cast, dtype_of, floating, promote, to_numpy, to_tensor
from keras_front.core.dispatch import F
from keras_front.protocol.dtypes import FLOATING, SIGNED, UNSIGNED, standardize

Axis = int | Sequence[int] | None
Shape = Sequence[int | None]

#: Floating dtypes in which sums lose so much that they are taken in float32.
NARROW = frozenset({"float16", "bfloat16"})
_FLOATS = frozenset(FLOATING)
#: The classes of native tensors.
TYPES = _TYPES


def one_axis(op: str, axis: Any, rank: int, argument: str = "axis") -> int:
    """``axis`` counted from the front.

    errors: ``ValueError`` that names the op, the axis and the rank.
    """
    if type(axis) is not int:
        try:
            axis = operator.index(axis)
        except TypeError:
            raise ValueError(f"{op}: `{argument}` must be an integer, got {axis!r}") from None
    if not -rank <= axis < rank:
        allowed = f"from {-rank} to {rank - 1}" if rank else "none at all: the tensor has no axes"
        raise ValueError(
            f"{op}: `{argument}` {axis} is out of range for a tensor of rank {rank} (allowed: {allowed})"
        )
    return int(axis % rank)


def some_axes(op: str, axis: Any, rank: int) -> int | tuple[int, ...] | None:
    """``None``, or one or several axes counted from the front.

    errors: ``ValueError`` for an axis out of range or given twice.
    """
    if axis is None:
        return None
    if isinstance(axis, (tuple, list)):
        axes = tuple(one_axis(op, a, rank) for a in axis)
        if len(set(axes)) < len(axes):
            raise ValueError(f"{op}: `axis` names an axis twice: {tuple(axis)}, for a tensor of rank {rank}")
        return axes
    return one_axis(op, axis, rank)


def shape_tuple(op: str, shape: Any, argument: str = "shape") -> tuple[int, ...]:
    """A shape given as a number, a sequence of numbers or a tensor, as a tuple.

    errors: ``ValueError`` for what is no shape.
    """
    if type(shape) is tuple and all(type(n) is int for n in shape):
        return shape
    if hasattr(shape, "dtype"):
        shape = to_numpy(shape).tolist()
    try:
        return tuple(_size(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    except TypeError:
        raise ValueError(f"{op}: `{argument}` must be integers, got {shape!r}") from None


def _size(n: Any) -> Any:
    if n is None:
        return None  # An unknown size: only symbolic tensors have one.
    return operator.index(to_numpy(n).item() if hasattr(n, "dtype") else n)


def known(shape: Shape) -> bool:
    """Whether no size of a shape is unknown."""
    return None not in shape


def pair(x: Any, y: Any) -> tuple[Any, Any]:
    """Two values as tensors of their common dtype; one may stay a Python scalar."""
    kind = type(x)
    if kind in TYPES:
        if type(y) is kind:
            if x.dtype == y.dtype:
                return x, y
        elif (type(y) is float or type(y) is int) and dtype_of(x) in _FLOATS:
            return x, y
    x, y = promote(x, y)
    return x, y


def floats(x: Any) -> Any:
    """A tensor of a floating dtype; integers and booleans become ``floatx()``."""
    return x if type(x) in TYPES and dtype_of(x) in _FLOATS else floating(x)


def numbers(x: Any) -> Any:
    """A tensor; booleans become ``int32``."""
    x = to_tensor(x)
    return F.astype(x, "int32") if dtype_of(x) == "bool" else x


def booleans(x: Any) -> Any:
    """A tensor of booleans: what is not zero is true."""
    return cast(x, "bool")


def named_dtype(dtype: Any, default: str) -> str:
    """The name of a dtype given in any form, or ``default`` for ``None``, as far as the backend has it."""
    return available(default if dtype is None else standardize(dtype))


def wide_integer(dtype: str) -> str:
    """The dtype sums of a dtype have: at least 32 bits for integers and booleans."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def unsigned(dtype: str) -> bool:
    """Whether a dtype is an unsigned integer."""
    return dtype in UNSIGNED


def bits(dtype: str) -> int:
    """The number of bits of an integer dtype."""
    return int(dtype.removeprefix("u").removeprefix("int"))


def is_integer(dtype: str) -> bool:
    """Whether a dtype is an integer one."""
    return dtype in SIGNED or dtype in UNSIGNED
