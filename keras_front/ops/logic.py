"""Comparisons, logic and bits."""

from __future__ import annotations

from typing import Any

from keras_front.core.convert import dtype_of, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import booleans, is_integer, numbers, pair
from keras_front.ops.define import op
from keras_front.protocol.dtypes import is_floating

# ---------------------------------------------------------------- comparisons


def _ordered(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two values that can be compared by size; booleans become ``int32``."""
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return (numbers(x1), numbers(x2)) if dtype_of(known) == "bool" else (x1, x2)


@op
def equal(x1: Any, x2: Any) -> Any:
    """Whether ``x1 == x2``; NaN equals nothing.  shape: broadcast.  dtype: ``bool``.

    example: equal([1.0, 2.0], [1.0, 3.0]) == [True, False]
    """
    x1, x2 = pair(x1, x2)
    return F.equal(x1, x2)


@op
def not_equal(x1: Any, x2: Any) -> Any:
    """Whether ``x1 != x2``; true with NaN.  shape: broadcast.  dtype: ``bool``.

    example: not_equal([1, 2], 2) == [True, False]
    """
    x1, x2 = pair(x1, x2)
    return F.not_equal(x1, x2)


@op
def less(x1: Any, x2: Any) -> Any:
    """Whether ``x1 < x2``; false with NaN.  shape: broadcast.  dtype: ``bool``.

    example: less([1.0, 2.0], 1.5) == [True, False]
    """
    x1, x2 = _ordered(x1, x2)
    return F.less(x1, x2)


@op
def less_equal(x1: Any, x2: Any) -> Any:
    """Whether ``x1 <= x2``; false with NaN.  shape: broadcast.  dtype: ``bool``.

    example: less_equal([1.0, 2.0], [1.0, 1.5]) == [True, False]
    """
    x1, x2 = _ordered(x1, x2)
    return F.less_equal(x1, x2)


@op
def greater(x1: Any, x2: Any) -> Any:
    """Whether ``x1 > x2``; false with NaN.  shape: broadcast.  dtype: ``bool``.

    example: greater([1.0, 2.0], 1.5) == [False, True]
    """
    x1, x2 = _ordered(x1, x2)
    return F.greater(x1, x2)


@op
def greater_equal(x1: Any, x2: Any) -> Any:
    """Whether ``x1 >= x2``; false with NaN.  shape: broadcast.  dtype: ``bool``.

    example: greater_equal([1.0, 2.0], [1.0, 2.5]) == [True, False]
    """
    x1, x2 = _ordered(x1, x2)
    return F.greater_equal(x1, x2)


@op
def isnan(x: Any) -> Any:
    """Whether a value is NaN.  shape: ``(...) -> (...)``.  dtype: ``bool``.

    example: isnan([1.0, float("nan")]) == [False, True]
    """
    x = to_tensor(x)
    return F.isnan(x) if is_floating(dtype_of(x)) else F.not_equal(x, x)


@op
def isinf(x: Any) -> Any:
    """Whether a value is plus or minus infinity.  shape: ``(...) -> (...)``.  dtype: ``bool``.

    example: isinf([1.0, float("-inf"), float("nan")]) == [False, True, False]
    """
    x = to_tensor(x)
    return F.equal(F.abs(x), float("inf")) if is_floating(dtype_of(x)) else F.not_equal(x, x)


@op
def isfinite(x: Any) -> Any:
    """Whether a value is neither NaN nor infinite.  shape: ``(...) -> (...)``.  dtype: ``bool``.

    example: isfinite([1.0, float("inf"), float("nan")]) == [True, False, False]
    """
    x = to_tensor(x)
    return F.isfinite(x) if is_floating(dtype_of(x)) else F.equal(x, x)


# ---------------------------------------------------------------- logic


@op
def logical_and(x1: Any, x2: Any) -> Any:
    """Whether both are true; what is not zero is true.  shape: broadcast.  dtype: ``bool``.

    example: logical_and([True, True], [True, False]) == [True, False]
    """
    return F.bitwise_and(booleans(x1), booleans(x2))


@op
def logical_or(x1: Any, x2: Any) -> Any:
    """Whether one is true; what is not zero is true.  shape: broadcast.  dtype: ``bool``.

    example: logical_or([True, False], [False, False]) == [True, False]
    """
    return F.bitwise_or(booleans(x1), booleans(x2))


@op
def logical_xor(x1: Any, x2: Any) -> Any:
    """Whether exactly one is true; what is not zero is true.  shape: broadcast.  dtype: ``bool``.

    example: logical_xor([True, True], [True, False]) == [False, True]
    """
    return F.bitwise_xor(booleans(x1), booleans(x2))


@op
def logical_not(x: Any) -> Any:
    """Whether a value is false, that is, zero.  shape: ``(...) -> (...)``.  dtype: ``bool``.

    example: logical_not([True, False]) == [False, True]
    """
    return F.logical_not(booleans(x))


# ---------------------------------------------------------------- bits


def _bits(op_name: str, x: Any, y: Any, allow_bool: bool = True) -> tuple[Any, Any]:
    x, y = pair(x, y)
    dtype = dtype_of(x if type(x) not in (bool, int) else y)
    if not (is_integer(dtype) or (allow_bool and dtype == "bool")):
        raise TypeError(f"{op_name}: operands must be integers, got {dtype}")
    return x, y


@op
def bitwise_and(x: Any, y: Any) -> Any:
    """Bits set in both.  shape: broadcast.  dtype: integer or bool, promoted.

    example: bitwise_and([6, 5], [3, 4]) == [2, 4]
    """
    x, y = _bits("bitwise_and", x, y)
    return F.bitwise_and(x, y)


@op
def bitwise_or(x: Any, y: Any) -> Any:
    """Bits set in either.  shape: broadcast.  dtype: integer or bool, promoted.

    example: bitwise_or([6, 5], [3, 4]) == [7, 5]
    """
    x, y = _bits("bitwise_or", x, y)
    return F.bitwise_or(x, y)


@op
def bitwise_xor(x: Any, y: Any) -> Any:
    """Bits set in one only.  shape: broadcast.  dtype: integer or bool, promoted.

    example: bitwise_xor([6, 5], [3, 4]) == [5, 1]
    """
    x, y = _bits("bitwise_xor", x, y)
    return F.bitwise_xor(x, y)


@op
def bitwise_not(x: Any) -> Any:
    """Every bit turned over.  shape: ``(...) -> (...)``.  dtype: integer or bool, unchanged.

    example: bitwise_not([0, 5]) == [-1, -6]
    """
    x = to_tensor(x)
    dtype = dtype_of(x)
    if dtype == "bool":
        return F.logical_not(x)
    if not is_integer(dtype):
        raise TypeError(f"bitwise_not: `x` must be of an integer dtype, got {dtype}")
    # Over two's complement -x - 1 turns every bit over, and unsigned integers wrap to the same.
    return F.subtract(F.negative(x), 1) if not dtype.startswith("u") else _invert_unsigned(x, dtype)


def _invert_unsigned(x: Any, dtype: str) -> Any:
    return F.bitwise_xor(x, 2 ** int(dtype.removeprefix("uint")) - 1)


@op
def bitwise_invert(x: Any) -> Any:
    """Every bit turned over, as `bitwise_not`.  shape: ``(...) -> (...)``.  dtype: integer or bool, unchanged.

    example: bitwise_invert([True, False]) == [False, True]
    """
    return bitwise_not(x)


@op
def bitwise_left_shift(x: Any, y: Any) -> Any:
    """``x << y``, ``0 <= y <`` width.  shape: broadcast.  dtype: integer, promoted.

    example: bitwise_left_shift([1, 3], [4, 1]) == [16, 6]
    """
    x, y = _bits("bitwise_left_shift", x, y, allow_bool=False)
    return F.bitwise_left_shift(x, y)


@op
def bitwise_right_shift(x: Any, y: Any) -> Any:
    """``x >> y``, ``0 <= y <`` width; keeps the sign.  shape: broadcast.  dtype: integer, promoted.

    example: bitwise_right_shift([16, -6], 1) == [8, -3]
    """
    x, y = _bits("bitwise_right_shift", x, y, allow_bool=False)
    return F.bitwise_right_shift(x, y)


@op
def left_shift(x: Any, y: Any) -> Any:
    """``x << y``, as `bitwise_left_shift`.  shape: broadcast.  dtype: integer, promoted.

    example: left_shift([1, 3], 2) == [4, 12]
    """
    return bitwise_left_shift(x, y)


@op
def right_shift(x: Any, y: Any) -> Any:
    """``x >> y``, as `bitwise_right_shift`.  shape: broadcast.  dtype: integer, promoted.

    example: right_shift([16, 6], 2) == [4, 1]
    """
    return bitwise_right_shift(x, y)
