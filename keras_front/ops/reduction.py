"""Reductions over axes: sums, extremes, statistics, counts."""

from __future__ import annotations

import builtins
import math
from typing import Any

from keras_front.core.convert import cast, dtype_of, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import (
    NARROW,
    Axis,
    bits,
    booleans,
    floats,
    named_dtype,
    numbers,
    one_axis,
    some_axes,
    unsigned,
    wide_integer,
)
from keras_front.ops.arithmetic import maximum, minimum
from keras_front.ops.creation import full
from keras_front.ops.define import op

# ---------------------------------------------------------------- sums


@op
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.
    dtype: unchanged; integers and booleans of less than 32 bits become ``int32`` or ``uint32``.
    errors: ``ValueError`` for an axis out of range.
    example: sum([[1.0, 2.0], [3.0, 4.0]], axis=0) == [4.0, 6.0]
    example: sum([True, True, False]) == 2
    """
    x = to_tensor(x)
    dtype = dtype_of(x)
    axis = some_axes("sum", axis, len(x.shape))
    if dtype in NARROW:
        return F.astype(F.sum(F.astype(x, "float32"), axis=axis, keepdims=keepdims), dtype)
    return F.sum(cast(x, wide_integer(dtype)), axis=axis, keepdims=keepdims)


@op
def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Product over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.  dtype: ``dtype``, else as `sum`.
    errors: ``ValueError`` for an axis out of range.
    example: prod([[1.0, 2.0], [3.0, 4.0]], axis=1) == [2.0, 12.0]
    """
    x = to_tensor(x)
    x = cast(x, named_dtype(dtype, wide_integer(dtype_of(x))))
    return F.prod(x, axis=some_axes("prod", axis, len(x.shape)), keepdims=keepdims)


@op
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Arithmetic mean over axes (all of them: ``None``); half precision is summed in ``float32``.

    shape: the reduced axes leave, or stay with size 1.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: mean([[1.0, 2.0], [3.0, 4.0]], axis=0) == [2.0, 3.0]
    example: mean([1, 2]) == 1.5
    """
    x = floats(x)
    axis = some_axes("mean", axis, len(x.shape))
    dtype = dtype_of(x)
    if dtype in NARROW:
        return F.astype(F.mean(F.astype(x, "float32"), axis=axis, keepdims=keepdims), dtype)
    return F.mean(x, axis=axis, keepdims=keepdims)


@op
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean squared deviation from the mean, over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: var([[1.0, 3.0], [2.0, 2.0]], axis=1) == [1.0, 0.0]
    """
    x = floats(x)
    return cast(_variance(x, some_axes("var", axis, len(x.shape)), keepdims), dtype_of(x))


@op
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Standard deviation, ``sqrt(var(x))``, over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: std([[1.0, 5.0], [2.0, 2.0]], axis=1) == [2.0, 0.0]
    """
    x = floats(x)
    return cast(F.sqrt(_variance(x, some_axes("std", axis, len(x.shape)), keepdims)), dtype_of(x))


def _variance(x: Any, axis: Any, keepdims: bool) -> Any:
    """The variance, of half precision in ``float32``."""
    x = F.astype(x, "float32") if dtype_of(x) in NARROW else x
    centered = F.subtract(x, F.mean(x, axis=axis, keepdims=True))
    return F.mean(F.multiply(centered, centered), axis=axis, keepdims=keepdims)


@op
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """Running sums along an axis, or of the flattened tensor for ``None``.

    shape: ``(...) -> (...)``, flattened ``(size,)``.  dtype: ``dtype``, else unchanged; booleans become ``int32``.
    errors: ``ValueError`` for an axis out of range.
    example: cumsum([[1.0, 2.0], [3.0, 4.0]], axis=0) == [[1.0, 2.0], [4.0, 6.0]]
    example: cumsum([[1, 2], [3, 4]]) == [1, 3, 6, 10]
    """
    x = numbers(x)
    x = cast(x, named_dtype(dtype, dtype_of(x)))
    if axis is None:
        return F.cumulative_sum(F.reshape(x, (-1,)), axis=0)
    return F.cumulative_sum(x, axis=one_axis("cumsum", axis, len(x.shape)))


# ---------------------------------------------------------------- extremes


@op
def max(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Greatest value over axes (all of them: ``None``), not below ``initial``; NaN wins.

    shape: the reduced axes leave, or stay with size 1.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range, or nothing to compare and no ``initial``.
    example: max([[1.0, 2.0], [3.0, 4.0]], axis=1) == [2.0, 4.0]
    """
    return _extreme("max", x, axis, keepdims, initial)


@op
def min(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Least value over axes (all of them: ``None``), not above ``initial``; NaN wins.

    shape: the reduced axes leave, or stay with size 1.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range, or nothing to compare and no ``initial``.
    example: min([[1.0, 2.0], [3.0, 4.0]], axis=0) == [1.0, 2.0]
    """
    return _extreme("min", x, axis, keepdims, initial)


@op
def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Greatest value over axes, as `max`.  shape: the axes leave, or stay with size 1.  dtype: unchanged.

    example: amax([[1.0, 2.0], [3.0, 4.0]]) == 4.0
    """
    return _extreme("amax", x, axis, keepdims, None)


@op
def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Least value over axes, as `min`.  shape: the axes leave, or stay with size 1.  dtype: unchanged.

    example: amin([[1.0, 2.0], [3.0, 4.0]]) == 1.0
    """
    return _extreme("amin", x, axis, keepdims, None)


def _extreme(name: str, x: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
    x = to_tensor(x)
    dtype = dtype_of(x)
    axis = some_axes(name, axis, len(x.shape))
    greatest = name.endswith("max")
    axes = range(len(x.shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if builtins.any(x.shape[a] == 0 for a in axes):
        if initial is None:
            raise ValueError(
                f"{name}: there is nothing to compare along axis {axis} of shape {tuple(x.shape)}"
            )
        kept = tuple(1 if a in axes else n for a, n in enumerate(x.shape) if a not in axes or keepdims)
        return full(kept, initial, dtype=dtype)
    if dtype == "bool":
        reduced = (F.any if greatest else F.all)(x, axis=axis, keepdims=keepdims)
    else:
        reduced = (F.max if greatest else F.min)(x, axis=axis, keepdims=keepdims)
    if initial is None:
        return reduced
    return (maximum if greatest else minimum)(reduced, cast(initial, dtype))


@op
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first greatest value along an axis, or in the flattened tensor for ``None``.

    shape: the axis leaves, or stays with size 1.  dtype: ``int32``.
    errors: ``ValueError`` for an axis out of range.
    example: argmax([[1.0, 5.0], [3.0, 3.0]], axis=1) == [1, 0]
    """
    x = numbers(x)
    if axis is None:
        return _of_all(F.argmax(F.reshape(x, (-1,)), axis=0), x, keepdims)
    return F.argmax(x, axis=one_axis("argmax", axis, len(x.shape)), keepdims=keepdims)


@op
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first least value along an axis, or in the flattened tensor for ``None``.

    shape: the axis leaves, or stays with size 1.  dtype: ``int32``.
    errors: ``ValueError`` for an axis out of range.
    example: argmin([[1.0, 0.0], [3.0, 3.0]], axis=1) == [1, 0]
    """
    x = numbers(x)
    # Unsigned integers have no negative; turned over bit by bit, their order is turned over as well.
    find = F.argmin if not unsigned(dtype_of(x)) else _argmin_unsigned
    if axis is None:
        return _of_all(find(F.reshape(x, (-1,)), axis=0, keepdims=False), x, keepdims)
    return find(x, axis=one_axis("argmin", axis, len(x.shape)), keepdims=keepdims)


def _argmin_unsigned(x: Any, axis: int, keepdims: bool) -> Any:
    return F.argmax(F.bitwise_xor(x, 2 ** bits(dtype_of(x)) - 1), axis=axis, keepdims=keepdims)


def _of_all(index: Any, x: Any, keepdims: bool) -> Any:
    return F.reshape(index, (1,) * len(x.shape)) if keepdims else index


# ---------------------------------------------------------------- truth and counts


@op
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether every value is true (not zero), over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.  dtype: ``bool``.
    errors: ``ValueError`` for an axis out of range.
    example: all([[True, False], [True, True]], axis=1) == [False, True]
    """
    x = booleans(x)
    return F.all(x, axis=some_axes("all", axis, len(x.shape)), keepdims=keepdims)


@op
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Whether some value is true (not zero), over axes (all of them: ``None``).

    shape: the reduced axes leave, or stay with size 1.  dtype: ``bool``.
    errors: ``ValueError`` for an axis out of range.
    example: any([[True, False], [False, False]], axis=1) == [True, False]
    """
    x = booleans(x)
    return F.any(x, axis=some_axes("any", axis, len(x.shape)), keepdims=keepdims)


@op
def count_nonzero(x: Any, axis: Axis = None) -> Any:
    """How many values are not zero, over axes (all of them: ``None``).

    shape: the reduced axes leave.  dtype: ``int32``.
    errors: ``ValueError`` for an axis out of range.
    example: count_nonzero([[1.0, 0.0], [3.0, 4.0]], axis=0) == [2, 1]
    """
    x = F.astype(booleans(x), "int32")
    return F.sum(x, axis=some_axes("count_nonzero", axis, len(x.shape)))


@op
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` over axes (all of them: ``None``), without overflow.

    shape: the reduced axes leave, or stay with size 1.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: logsumexp([[0.0, 0.0], [0.0, 1000.0]], axis=1) == [0.6931472, 1000.0]
    """
    x = floats(x)
    axis = some_axes("logsumexp", axis, len(x.shape))
    if isinstance(axis, int):
        return F.logsumexp(x, axis=axis, keepdims=keepdims)
    highest = F.max(x, axis=axis, keepdims=True)
    shift = F.stop_gradient(F.where(F.isfinite(highest), highest, 0.0))
    total = F.add(F.log(F.sum(F.exp(F.subtract(x, shift)), axis=axis, keepdims=True)), shift)
    # The reduced axes have size 1: a sum over them only drops them.
    return total if keepdims else F.sum(total, axis=axis)


@op
def moments(x: Any, axes: Axis, keepdims: bool = False, synchronized: bool = False) -> tuple[Any, Any]:
    """Mean and (biased) variance over axes; half precision is computed in ``float32``.

    shape: ``(mean, variance)``; the reduced axes leave, or stay with size 1.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range; ``NotImplementedError`` for ``synchronized=True``.
    example: moments([[1.0, 3.0]], axes=[1])[1] == [1.0]
    """
    if synchronized:
        raise NotImplementedError(
            "moments: `synchronized=True` is not supported: statistics are taken on one device"
        )
    x = floats(x)
    dtype = dtype_of(x)
    axis = some_axes("moments", axes, len(x.shape))
    if dtype in NARROW:
        x = F.astype(x, "float32")
    average = F.mean(x, axis=axis, keepdims=True)
    centered = F.subtract(x, average)
    variance = F.mean(F.multiply(centered, centered), axis=axis, keepdims=keepdims)
    average = average if keepdims else F.mean(x, axis=axis)
    if dtype in NARROW:
        average, variance = (
            F.astype(F.clip(v, low=-_HALF_MAX, high=_HALF_MAX), dtype) for v in (average, variance)
        )
    return average, variance


#: The greatest float16.
_HALF_MAX = 65504.0


@op
def normalize(x: Any, axis: Axis = -1, order: float | None = 2, epsilon: float | None = None) -> Any:
    """``x`` divided by its norm along axes, or by ``epsilon`` where the norm is smaller.

    ``order``: which norm, a positive number, or infinity for the greatest absolute value.
    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range or an order below or equal to 0.
    example: normalize([[3.0, 4.0]]) == [[0.6, 0.8]]
    example: normalize([[3.0, 5.0]], order=1) == [[0.375, 0.625]]
    """
    x = floats(x)
    axis = some_axes("normalize", axis, len(x.shape))
    from keras_front.core import settings

    epsilon = settings.epsilon() if epsilon is None else epsilon
    order = 2 if order is None else order
    if not order > 0:
        raise ValueError(f"normalize: `order` must be a positive number or infinity, got {order!r}")
    if order == 2:
        total = F.sum(F.multiply(x, x), axis=axis, keepdims=True)
        return F.multiply(x, F.rsqrt(F.maximum(total, epsilon**2)))
    size = F.abs(x)
    if math.isinf(order):
        norm = F.max(size, axis=axis, keepdims=True)
    elif order == 1:
        norm = F.sum(size, axis=axis, keepdims=True)
    else:
        norm = F.pow(F.sum(F.pow(size, float(order)), axis=axis, keepdims=True), 1.0 / order)
    return F.divide(x, F.maximum(norm, epsilon))
