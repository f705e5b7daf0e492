"""Array group: what computes on arrays.

The primitives are those of the Python array API standard (2024.12) with its names and semantics,
apart from three rules that make them exact on every library:

- tensors of one call have equal dtypes; one of two operands may be a Python scalar, which takes the
  tensor's dtype;
- a reduction keeps its argument's dtype;
- indices are never out of range, unless said otherwise.

``shape:`` names axes; ``(...)`` is any shape, and binary functions broadcast.  ``example:`` lines
are run on every backend by the conformance suite (lists stand for tensors).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from .registry import capability, derived, primitive
from .runtime import Tensor

if TYPE_CHECKING:
    from .typed import Backend

Axis = int | tuple[int, ...] | None
Scalar = bool | int | float | complex

# ---------------------------------------------------------------- creation


@primitive
def full(shape: tuple[int, ...], fill_value: Scalar, /, dtype: str) -> Tensor:
    """A tensor filled with one value.

    shape: ``() -> shape``.  dtype: ``dtype``.
    example: full((2,), 3.0, dtype="float32") == [3.0, 3.0]
    """
    raise NotImplementedError


@primitive
def arange(start: int | float, stop: int | float, step: int | float, /, dtype: str) -> Tensor:
    """Evenly spaced values ``start, start + step, ...`` below ``stop``.

    shape: ``() -> (max(0, ceil((stop - start) / step)),)``.  dtype: ``dtype``.
    example: arange(1, 4, 1, dtype="int32") == [1, 2, 3]
    """
    raise NotImplementedError


@primitive
def astype(x: Tensor, dtype: str, /) -> Tensor:
    """Converts to another dtype; floats are cut towards zero on the way to integers.

    shape: ``(...) -> (...)``.  dtype: ``dtype``; to ``bool``, what is not zero is true.
    example: astype([1.7, -1.7], "int32") == [1, -1]
    """
    raise NotImplementedError


# ---------------------------------------------------------------- elementwise, one operand


@primitive
def negative(x: Tensor, /) -> Tensor:
    """Minus ``x``.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: negative([1.0, -2.0]) == [-1.0, 2.0]
    """
    raise NotImplementedError


@primitive
def abs(x: Tensor, /) -> Tensor:
    """Absolute value.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: abs([1.0, -2.0]) == [1.0, 2.0]
    """
    raise NotImplementedError


@primitive
def sign(x: Tensor, /) -> Tensor:
    """-1, 0 or 1 by the sign; NaN stays NaN.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: sign([-3.0, 0.0, 2.0]) == [-1.0, 0.0, 1.0]
    """
    raise NotImplementedError


@primitive
def exp(x: Tensor, /) -> Tensor:
    """``e ** x``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: exp([0.0, 1.0]) == [1.0, 2.7182818]
    """
    raise NotImplementedError


@primitive
def expm1(x: Tensor, /) -> Tensor:
    """``e ** x - 1``, exact near 0.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: expm1([0.0, 1e-6]) == [0.0, 1.0000005e-6]
    """
    raise NotImplementedError


@primitive
def log(x: Tensor, /) -> Tensor:
    """Natural logarithm; 0 gives ``-inf``, below 0 NaN.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: log([1.0, 2.7182818]) == [0.0, 1.0]
    """
    raise NotImplementedError


@primitive
def log1p(x: Tensor, /) -> Tensor:
    """``log(1 + x)``, exact near 0.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: log1p([0.0, 1e-6]) == [0.0, 9.999995e-7]
    """
    raise NotImplementedError


@primitive
def sqrt(x: Tensor, /) -> Tensor:
    """Square root; below 0 NaN.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: sqrt([4.0, 9.0]) == [2.0, 3.0]
    """
    raise NotImplementedError


@primitive
def sin(x: Tensor, /) -> Tensor:
    """Sine of ``x`` in radians.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: sin([0.0, 1.5707963]) == [0.0, 1.0]
    """
    raise NotImplementedError


@primitive
def cos(x: Tensor, /) -> Tensor:
    """Cosine of ``x`` in radians.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: cos([0.0, 3.1415927]) == [1.0, -1.0]
    """
    raise NotImplementedError


@primitive
def tanh(x: Tensor, /) -> Tensor:
    """Hyperbolic tangent.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: tanh([0.0, 1.0]) == [0.0, 0.7615942]
    """
    raise NotImplementedError


@primitive
def floor(x: Tensor, /) -> Tensor:
    """Greatest integer not above ``x``.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: floor([1.5, -1.5]) == [1.0, -2.0]
    """
    raise NotImplementedError


@primitive
def round(x: Tensor, /) -> Tensor:
    """Nearest integer, halves to even.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: round([0.5, 1.5, -0.6]) == [0.0, 2.0, -1.0]
    """
    raise NotImplementedError


# ---------------------------------------------------------------- elementwise, two operands


@primitive
def add(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x + y``; integers wrap.  shape: broadcast.  dtype: numeric, unchanged.

    example: add([1.0, 2.0], [10.0, 20.0]) == [11.0, 22.0]
    """
    raise NotImplementedError


@primitive
def subtract(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x - y``; integers wrap.  shape: broadcast.  dtype: numeric, unchanged.

    example: subtract([1.0, 2.0], [10.0, 20.0]) == [-9.0, -18.0]
    """
    raise NotImplementedError


@primitive
def multiply(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x * y``; integers wrap.  shape: broadcast.  dtype: numeric, unchanged.

    example: multiply([1.0, 2.0], [10.0, 20.0]) == [10.0, 40.0]
    """
    raise NotImplementedError


@primitive
def divide(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x / y`` by IEEE 754.  shape: broadcast.  dtype: floating, unchanged.

    example: divide([1.0, 3.0], [2.0, 2.0]) == [0.5, 1.5]
    """
    raise NotImplementedError


@primitive
def floor_divide(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``floor(x / y)``; integers divided by 0 give any value.  shape: broadcast.  dtype: numeric, unchanged.

    example: floor_divide([7.0, -7.0], [2.0, 2.0]) == [3.0, -4.0]
    """
    raise NotImplementedError


@primitive
def pow(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x ** y``; integer exponents are not negative.  shape: broadcast.  dtype: numeric, unchanged.

    example: pow([2.0, 3.0], [3.0, 2.0]) == [8.0, 9.0]
    """
    raise NotImplementedError


@primitive
def atan2(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Angle of the point ``(y, x)``, in radians, from -pi to pi.  shape: broadcast.  dtype: floating, unchanged.

    example: atan2([1.0, -1.0], [1.0, 0.0]) == [0.7853982, -1.5707963]
    """
    raise NotImplementedError


@primitive
def maximum(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """The greater one; NaN if either is NaN.  shape: broadcast.  dtype: numeric, unchanged.

    example: maximum([1.0, 5.0], [3.0, 2.0]) == [3.0, 5.0]
    """
    raise NotImplementedError


@primitive
def minimum(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """The lesser one; NaN if either is NaN.  shape: broadcast.  dtype: numeric, unchanged.

    example: minimum([1.0, 5.0], [3.0, 2.0]) == [1.0, 2.0]
    """
    raise NotImplementedError


@primitive
def equal(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x == y``; NaN equals nothing.  shape: broadcast.  dtype: any to ``bool``.

    example: equal([1.0, 2.0], [1.0, 3.0]) == [True, False]
    """
    raise NotImplementedError


@primitive
def less(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x < y``; false with NaN.  shape: broadcast.  dtype: numeric to ``bool``.

    example: less([1.0, 2.0], [1.5, 1.5]) == [True, False]
    """
    raise NotImplementedError


@primitive
def bitwise_and(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Bits set in both; on booleans, *and*.  shape: broadcast.  dtype: integer or bool, unchanged.

    example: bitwise_and([6, 5], [3, 4]) == [2, 4]
    """
    raise NotImplementedError


@primitive
def bitwise_or(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Bits set in either; on booleans, *or*.  shape: broadcast.  dtype: integer or bool, unchanged.

    example: bitwise_or([6, 5], [3, 4]) == [7, 5]
    """
    raise NotImplementedError


@primitive
def bitwise_xor(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Bits set in one only; on booleans, *exclusive or*.  shape: broadcast.  dtype: integer or bool, unchanged.

    example: bitwise_xor([6, 5], [3, 4]) == [5, 1]
    """
    raise NotImplementedError


@primitive
def bitwise_left_shift(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x << y``, ``0 <= y <`` width.  shape: broadcast.  dtype: integer, unchanged.

    example: bitwise_left_shift([1, 3], [4, 1]) == [16, 6]
    """
    raise NotImplementedError


@primitive
def bitwise_right_shift(x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """``x >> y``, ``0 <= y <`` width; keeps the sign.  shape: broadcast.  dtype: integer, unchanged.

    example: bitwise_right_shift([16, 6], [4, 1]) == [1, 3]
    """
    raise NotImplementedError


@primitive
def where(condition: Tensor, x: Tensor | Scalar, y: Tensor | Scalar, /) -> Tensor:
    """``x`` where the condition is true, else ``y``; one of the two is a tensor.

    shape: broadcast.  dtype: condition ``bool``, result that of ``x`` and ``y``.
    example: where([True, False], [1.0, 2.0], [3.0, 4.0]) == [1.0, 4.0]
    """
    raise NotImplementedError


# ---------------------------------------------------------------- reductions and order


@primitive
def sum(x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sum over axes (all of them: ``None``); of nothing, 0.

    shape: the reduced axes leave, or stay with size 1.  dtype: numeric, unchanged.
    example: sum([[1.0, 2.0], [3.0, 4.0]], axis=0) == [4.0, 6.0]
    """
    raise NotImplementedError


@primitive
def prod(x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Product over axes; of nothing, 1.

    shape: the reduced axes leave, or stay with size 1.  dtype: numeric, unchanged.
    example: prod([[1.0, 2.0], [3.0, 4.0]], axis=1) == [2.0, 12.0]
    """
    raise NotImplementedError


@primitive
def max(x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Greatest value over axes; NaN wins; the reduced axes are not empty.

    shape: the reduced axes leave, or stay with size 1.  dtype: numeric, unchanged.
    example: max([[1.0, 2.0], [3.0, 4.0]], axis=1) == [2.0, 4.0]
    """
    raise NotImplementedError


@primitive
def min(x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Least value over axes; NaN wins; the reduced axes are not empty.

    shape: the reduced axes leave, or stay with size 1.  dtype: numeric, unchanged.
    example: min([[1.0, 2.0], [3.0, 4.0]], axis=0) == [1.0, 2.0]
    """
    raise NotImplementedError


@primitive
def argmax(x: Tensor, /, axis: int, keepdims: bool = False) -> Tensor:
    """Index of the first greatest value along an axis.

    shape: the axis leaves, or stays with size 1.  dtype: numeric to ``int32``.
    example: argmax([[1.0, 5.0], [3.0, 3.0]], axis=1) == [1, 0]
    """
    raise NotImplementedError


@primitive
def cumulative_sum(x: Tensor, /, axis: int) -> Tensor:
    """Running sums along an axis.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: cumulative_sum([1.0, 2.0, 3.0], axis=0) == [1.0, 3.0, 6.0]
    """
    raise NotImplementedError


@primitive
def argsort(x: Tensor, /, axis: int) -> Tensor:
    """Indices that sort an axis ascending; equals keep their order; NaN last.

    shape: ``(...) -> (...)``.  dtype: numeric to ``int32``.
    example: argsort([3.0, 1.0, 2.0], axis=0) == [1, 2, 0]
    """
    raise NotImplementedError


# ---------------------------------------------------------------- shape and place


@primitive
def reshape(x: Tensor, shape: tuple[int, ...], /) -> Tensor:
    """The same values in another shape; one size may be -1, which means the rest.

    shape: ``(...) -> shape``.  dtype: any, unchanged.
    example: reshape([1.0, 2.0, 3.0, 4.0], (2, -1)) == [[1.0, 2.0], [3.0, 4.0]]
    """
    raise NotImplementedError


@primitive
def permute_dims(x: Tensor, axes: tuple[int, ...], /) -> Tensor:
    """Axis ``i`` of the result is axis ``axes[i]`` of ``x``.

    shape: permuted.  dtype: any, unchanged.
    example: permute_dims([[1.0, 2.0], [3.0, 4.0]], (1, 0)) == [[1.0, 3.0], [2.0, 4.0]]
    """
    raise NotImplementedError


@primitive
def broadcast_to(x: Tensor, shape: tuple[int, ...], /) -> Tensor:
    """Repeats axes of size 1 (and new leading ones) to the given shape.

    shape: ``(...) -> shape``.  dtype: any, unchanged.
    example: broadcast_to([1.0, 2.0], (2, 2)) == [[1.0, 2.0], [1.0, 2.0]]
    """
    raise NotImplementedError


@primitive
def concat(arrays: Sequence[Tensor], /, axis: int) -> Tensor:
    """Joins one or more tensors along an axis; the other axes agree.

    shape: the axis adds up.  dtype: any, all equal.
    example: concat([[1.0], [2.0, 3.0]], axis=0) == [1.0, 2.0, 3.0]
    """
    raise NotImplementedError


@primitive
def flip(x: Tensor, /, axis: Axis = None) -> Tensor:
    """Reverses the order along axes.  shape: ``(...) -> (...)``.  dtype: any, unchanged.

    example: flip([1.0, 2.0, 3.0], axis=0) == [3.0, 2.0, 1.0]
    """
    raise NotImplementedError


@primitive
def slice(x: Tensor, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...], /) -> Tensor:
    """``x[starts[0]:stops[0]:steps[0], ...]`` with one number an axis, ``0 <= start <= stop <= size``, step at least 1.

    shape: ``ceil((stop - start) / step)`` an axis.  dtype: any, unchanged.
    example: slice([1.0, 2.0, 3.0, 4.0], (0,), (4,), (2,)) == [1.0, 3.0]
    """
    raise NotImplementedError


@primitive
def take(x: Tensor, indices: Tensor, /, axis: int) -> Tensor:
    """Picks entries along an axis by a tensor of indices of any rank, ``0 <= index < size``.

    shape: ``(..., n, ...), (i...) -> (..., i..., ...)``.  dtype: any, unchanged; indices integer.
    example: take([10.0, 20.0, 30.0], [2, 0], axis=0) == [30.0, 10.0]
    """
    raise NotImplementedError


@primitive
def take_along_axis(x: Tensor, indices: Tensor, /, axis: int) -> Tensor:
    """``y[i, j] = x[i, indices[i, j]]`` and so for every rank; other axes broadcast.

    shape: the axis takes the size it has in ``indices``.  dtype: any, unchanged; indices integer.
    example: take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1) == [[2.0], [3.0]]
    """
    raise NotImplementedError


@primitive
def scatter(
    x: Tensor,
    indices: Tensor,
    updates: Tensor,
    /,
    axis: int,
    mode: Literal["set", "add", "max", "min"],
) -> Tensor:
    """A copy of ``x`` with updates put, added, or compared in along an axis: the opposite of ``take``.

    With ``"set"`` the indices are all different; otherwise equal indices gather their updates.

    shape: ``(..., n, ...), (i...), (..., i..., ...) -> (..., n, ...)``.  dtype: ``x`` and updates equal.
    example: scatter([1.0, 1.0], [0, 0], [2.0, 3.0], axis=0, mode="add") == [6.0, 1.0]
    """
    raise NotImplementedError


@primitive
def matmul(x: Tensor, y: Tensor, /) -> Tensor:
    """Matrix product over the last two axes, as the array API standard has it (a vector is padded).

    shape: ``(..., m, k), (..., k, n) -> (..., m, n)``.  dtype: numeric, unchanged.
    example: matmul([[1.0, 2.0]], [[3.0], [4.0]]) == [[11.0]]
    """
    raise NotImplementedError


# ---------------------------------------------------------------- derived


@derived
def square(b: Backend, x: Tensor, /) -> Tensor:
    """``x * x``.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: square([2.0, -3.0]) == [4.0, 9.0]
    """
    return b.multiply(x, x)


@derived
def rsqrt(b: Backend, x: Tensor, /) -> Tensor:
    """``1 / sqrt(x)``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: rsqrt([4.0, 0.25]) == [0.5, 2.0]
    """
    return b.divide(1.0, b.sqrt(x))


@derived
def logical_not(b: Backend, x: Tensor, /) -> Tensor:
    """True where ``x`` is false.  shape: ``(...) -> (...)``.  dtype: ``bool``.

    example: logical_not([True, False]) == [False, True]
    """
    return b.equal(x, False)


@derived
def not_equal(b: Backend, x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x != y``; true with NaN.  shape: broadcast.  dtype: any to ``bool``.

    example: not_equal([1.0, 2.0], [1.0, 3.0]) == [False, True]
    """
    return b.logical_not(b.equal(x, y))


@derived
def greater(b: Backend, x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x > y``; false with NaN.  shape: broadcast.  dtype: numeric to ``bool``.

    example: greater([1.0, 2.0], [1.5, 1.5]) == [False, True]
    """
    return b.less(y, x)


@derived
def less_equal(b: Backend, x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x <= y``; false with NaN.  shape: broadcast.  dtype: numeric to ``bool``.

    example: less_equal([1.0, 2.0], [1.0, 1.5]) == [True, False]
    """
    return b.bitwise_or(b.less(x, y), b.equal(x, y))


@derived
def greater_equal(b: Backend, x: Tensor, y: Tensor | Scalar, /) -> Tensor:
    """Whether ``x >= y``; false with NaN.  shape: broadcast.  dtype: numeric to ``bool``.

    example: greater_equal([1.0, 2.0], [1.0, 2.5]) == [True, False]
    """
    return b.less_equal(y, x)


@derived
def isnan(b: Backend, x: Tensor, /) -> Tensor:
    """Whether a value is NaN.  shape: ``(...) -> (...)``.  dtype: floating to ``bool``.

    example: isnan([1.0, float("nan")]) == [False, True]
    """
    return b.not_equal(x, x)


@derived
def isfinite(b: Backend, x: Tensor, /) -> Tensor:
    """Whether a value is neither NaN nor infinite.  shape: ``(...) -> (...)``.  dtype: floating to ``bool``.

    example: isfinite([1.0, float("inf"), float("nan")]) == [True, False, False]
    """
    return b.less(b.abs(x), float("inf"))


@derived
def clip(b: Backend, x: Tensor, /, low: Tensor | Scalar, high: Tensor | Scalar) -> Tensor:
    """``minimum(maximum(x, low), high)``.  shape: broadcast.  dtype: numeric, unchanged.

    example: clip([-1.0, 0.5, 3.0], low=0.0, high=1.0) == [0.0, 0.5, 1.0]
    """
    return b.minimum(b.maximum(x, low), high)


@derived
def all(b: Backend, x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every value is true; of nothing, true.

    shape: the reduced axes leave, or stay with size 1.  dtype: ``bool``.
    example: all([[True, False], [True, True]], axis=1) == [False, True]
    """
    return b.astype(b.prod(b.astype(x, "int32"), axis=axis, keepdims=keepdims), "bool")


@derived
def any(b: Backend, x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether some value is true; of nothing, false.

    shape: the reduced axes leave, or stay with size 1.  dtype: ``bool``.
    example: any([[True, False], [False, False]], axis=1) == [True, False]
    """
    return b.logical_not(b.all(b.logical_not(x), axis=axis, keepdims=keepdims))


@derived
def mean(b: Backend, x: Tensor, /, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Arithmetic mean over axes; of nothing, NaN.

    shape: the reduced axes leave, or stay with size 1.  dtype: floating, unchanged.
    example: mean([[1.0, 2.0], [3.0, 4.0]], axis=0) == [2.0, 3.0]
    """
    return b.divide(b.sum(x, axis=axis, keepdims=keepdims), _count(x.shape, axis))


def _count(shape: tuple[int, ...], axis: Axis) -> float:
    """How many values a reduction over ``axis`` takes together (not 0: the mean of nothing is NaN)."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return float(math.prod(shape[a] for a in axes)) or math.nan


@derived
def argmin(b: Backend, x: Tensor, /, axis: int, keepdims: bool = False) -> Tensor:
    """Index of the first least value along an axis.

    shape: the axis leaves, or stays with size 1.  dtype: signed or floating to ``int32``.
    example: argmin([[1.0, 0.0], [3.0, 3.0]], axis=1) == [1, 0]
    """
    return b.argmax(b.negative(x), axis=axis, keepdims=keepdims)


@derived
def sort(b: Backend, x: Tensor, /, axis: int) -> Tensor:
    """Sorts an axis ascending; NaN last.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    example: sort([3.0, 1.0, 2.0], axis=0) == [1.0, 2.0, 3.0]
    """
    return b.take_along_axis(x, b.argsort(x, axis=axis), axis=axis)


@derived
def stack(b: Backend, arrays: Sequence[Tensor], /, axis: int) -> Tensor:
    """Joins tensors of one shape along a new axis.

    shape: ``k`` times ``(...) -> (..., k, ...)``.  dtype: any, all equal.
    example: stack([[1.0, 2.0], [3.0, 4.0]], axis=1) == [[1.0, 3.0], [2.0, 4.0]]
    """
    position = axis % (len(arrays[0].shape) + 1)
    return b.concat([b.expand_dims(x, axis=position) for x in arrays], axis=position)


@derived
def expand_dims(b: Backend, x: Tensor, /, axis: int) -> Tensor:
    """Puts in an axis of size 1.  shape: ``(...) -> (..., 1, ...)``.  dtype: any, unchanged.

    example: expand_dims([1.0, 2.0], axis=0) == [[1.0, 2.0]]
    """
    position = axis % (len(x.shape) + 1)
    return b.reshape(x, (*x.shape[:position], 1, *x.shape[position:]))


@derived
def pad(
    b: Backend,
    x: Tensor,
    before: tuple[int, ...],
    after: tuple[int, ...],
    /,
    value: Scalar = 0,
) -> Tensor:
    """Adds entries of one value before and after, so many an axis.

    shape: ``n -> before + n + after`` an axis.  dtype: any, unchanged.
    example: pad([1.0, 2.0], (1,), (2,)) == [0.0, 1.0, 2.0, 0.0, 0.0]
    """
    dtype = b.dtype_of(x)
    for axis, (low, high) in enumerate(zip(before, after, strict=True)):
        parts = [x]
        if low:
            parts.insert(0, b.full((*x.shape[:axis], low, *x.shape[axis + 1 :]), value, dtype=dtype))
        if high:
            parts.append(b.full((*x.shape[:axis], high, *x.shape[axis + 1 :]), value, dtype=dtype))
        if len(parts) > 1:
            x = b.concat(parts, axis=axis)
    return x


@derived
def slice_update(
    b: Backend,
    x: Tensor,
    updates: Tensor,
    starts: tuple[int, ...],
    steps: tuple[int, ...],
    /,
) -> Tensor:
    """A copy of ``x`` in which the strided box from ``starts`` holds ``updates``: the opposite of ``slice``.

    shape: ``(n...), (m...) -> (n...)`` with ``start + (m - 1) * step < n`` an axis.  dtype: any, both equal.
    example: slice_update([1.0, 2.0, 3.0, 4.0], [9.0, 8.0], (0,), (2,)) == [9.0, 2.0, 8.0, 4.0]
    """
    sizes = updates.shape
    if not sizes:
        return updates
    # Flat positions of the box: one scatter instead of one an axis.
    positions = b.full((1,) * len(sizes), 0, dtype="int32")
    stride = 1
    for axis in reversed(range(len(sizes))):
        line = b.arange(0, sizes[axis], 1, dtype="int32")
        line = b.multiply(b.add(b.multiply(line, steps[axis]), starts[axis]), stride)
        positions = b.add(positions, b.reshape(line, (-1, *(1,) * (len(sizes) - 1 - axis))))
        stride *= x.shape[axis]
    flat = b.scatter(
        b.reshape(x, (-1,)),
        b.reshape(positions, (-1,)),
        b.reshape(updates, (-1,)),
        axis=0,
        mode="set",
    )
    return b.reshape(flat, x.shape)


@derived
def one_hot(b: Backend, indices: Tensor, /, depth: int, dtype: str) -> Tensor:
    """1 at the index, 0 elsewhere; an index outside ``0 ... depth - 1`` gives zeros.

    shape: ``(...) -> (..., depth)``.  dtype: integer to ``dtype``.
    example: one_hot([1, 0], depth=3, dtype="float32") == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if b.dtype_of(indices) in ("uint8", "int8", "uint16", "int16"):
        indices = b.astype(indices, "int32")  # A narrow dtype may not reach up to the depth.
    classes = b.arange(0, depth, 1, dtype=b.dtype_of(indices))
    return b.astype(b.equal(b.expand_dims(indices, axis=-1), classes), dtype)


@capability
def nonzero(x: Tensor, /) -> tuple[Tensor, ...]:
    """Indices of the values that are not zero, one tensor an axis, in row-major order.

    shape: ``(...) -> (k,)`` an axis, where ``k`` depends on the values.  dtype: any to ``int32``.
    """
    raise NotImplementedError
