"""Elementwise arithmetic: sums, products, powers, rounding, the lesser and the greater."""

from __future__ import annotations

import math
from typing import Any

from keras_front.core.convert import cast, dtype_of, promote, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import TYPES, floats, is_integer, numbers, pair, unsigned
from keras_front.ops.define import op
from keras_front.protocol.dtypes import is_floating

# ---------------------------------------------------------------- two operands


def _numeric_pair(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Like `pair`; two booleans become ``int32``."""
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return (cast(x1, "int32"), cast(x2, "int32")) if dtype_of(known) == "bool" else (x1, x2)


@op
def add(x1: Any, x2: Any) -> Any:
    """``x1 + x2``; of booleans, *or*.  shape: broadcast.  dtype: promoted.

    example: add([1.0, 2.0], [[10.0], [20.0]]) == [[11.0, 12.0], [21.0, 22.0]]
    example: add([1, 2], 0.5) == [1.5, 2.5]
    """
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return F.bitwise_or(x1, x2) if dtype_of(known) == "bool" else F.add(x1, x2)


@op
def subtract(x1: Any, x2: Any) -> Any:
    """``x1 - x2``.  shape: broadcast.  dtype: promoted.

    example: subtract([1.0, 2.0], 10.0) == [-9.0, -8.0]
    """
    x1, x2 = _numeric_pair(x1, x2)
    return F.subtract(x1, x2)


@op
def multiply(x1: Any, x2: Any) -> Any:
    """``x1 * x2``; of booleans, *and*.  shape: broadcast.  dtype: promoted.

    example: multiply([1, 2], [3, 4]) == [3, 8]
    """
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return F.bitwise_and(x1, x2) if dtype_of(known) == "bool" else F.multiply(x1, x2)


@op
def divide(x1: Any, x2: Any) -> Any:
    """``x1 / x2`` by IEEE 754.  shape: broadcast.  dtype: promoted; integers become ``floatx()``.

    example: divide([1, 3], 2) == [0.5, 1.5]
    """
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return F.divide(x1, x2) if is_floating(dtype_of(known)) else F.divide(floats(x1), floats(x2))


@op
def true_divide(x1: Any, x2: Any) -> Any:
    """``x1 / x2``, as `divide`.  shape: broadcast.  dtype: promoted; integers become ``floatx()``.

    example: true_divide([1.0, 3.0], [2.0, 4.0]) == [0.5, 0.75]
    """
    return divide(x1, x2)


@op
def floor_divide(x1: Any, x2: Any) -> Any:
    """``floor(x1 / x2)``.  shape: broadcast.  dtype: promoted.

    example: floor_divide([7.0, -7.0], 2.0) == [3.0, -4.0]
    example: floor_divide([7, -7], [2, 2]) == [3, -4]
    """
    x1, x2 = _numeric_pair(x1, x2)
    return F.floor_divide(x1, x2)


@op
def mod(x1: Any, x2: Any) -> Any:
    """``x1 - floor(x1 / x2) * x2``: the remainder, with the sign of ``x2``.  shape: broadcast.  dtype: promoted.

    example: mod([7.0, -7.0], 3.0) == [1.0, 2.0]
    example: mod([7, -7], [3, -3]) == [1, -1]
    """
    x1, x2 = _numeric_pair(x1, x2)
    quotient = F.floor_divide(x1, x2)
    rest = F.subtract(x1, F.multiply(quotient, x2))
    # Of a finite number by infinity the quotient is 0, and 0 * inf would be NaN.
    return F.where(F.equal(quotient, 0), x1, rest) if is_floating(dtype_of(rest)) else rest


@op
def power(x1: Any, x2: Any) -> Any:
    """``x1 ** x2``; integer exponents of integers are not negative.  shape: broadcast.  dtype: promoted.

    example: power([2.0, 3.0], 2) == [4.0, 9.0]
    example: power(2, [3, 4]) == [8, 16]
    """
    if type(x2) is int and x2 == 2 and type(x1) in TYPES:
        return F.square(numbers(x1))
    x1, x2 = _numeric_pair(x1, x2)
    return F.pow(x1, x2)


@op
def maximum(x1: Any, x2: Any) -> Any:
    """The greater one; NaN if either is NaN.  shape: broadcast.  dtype: promoted.

    example: maximum([1.0, 5.0], [3.0, 2.0]) == [3.0, 5.0]
    """
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return F.bitwise_or(x1, x2) if dtype_of(known) == "bool" else F.maximum(x1, x2)


@op
def minimum(x1: Any, x2: Any) -> Any:
    """The lesser one; NaN if either is NaN.  shape: broadcast.  dtype: promoted.

    example: minimum([1.0, 5.0], 3.0) == [1.0, 3.0]
    """
    x1, x2 = pair(x1, x2)
    known = x1 if type(x1) not in (bool, int, float) else x2
    return F.bitwise_and(x1, x2) if dtype_of(known) == "bool" else F.minimum(x1, x2)


@op
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """``minimum(maximum(x, x_min), x_max)``; a bound of ``None`` is no bound.

    shape: broadcast.  dtype: promoted; booleans become ``int32``.
    example: clip([-1.0, 0.5, 3.0], 0.0, 1.0) == [0.0, 0.5, 1.0]
    """
    x = numbers(x)
    if x_min is None or x_max is None:
        x = x if x_min is None else maximum(x, x_min)
        return x if x_max is None else minimum(x, x_max)
    x, low, high = promote(x, x_min, x_max)
    return F.clip(x, low=low, high=high)


@op
def matmul(x1: Any, x2: Any) -> Any:
    """Matrix product over the last two axes; a vector is taken as a row or a column.

    shape: ``(..., m, k), (..., k, n) -> (..., m, n)``.  dtype: promoted; two ``int8`` give ``int32``.
    errors: ``ValueError`` for sizes that do not fit.
    example: matmul([[1.0, 2.0]], [[3.0], [4.0]]) == [[11.0]]
    """
    x1, x2 = pair(x1, x2)
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if dtype_of(x1) in ("int8", "bool"):
        x1, x2 = F.astype(x1, "int32"), F.astype(x2, "int32")
    if not x1.shape or not x2.shape:
        raise ValueError(f"matmul: both operands need an axis, got shapes {_plain(x1)} and {_plain(x2)}")
    inner = x1.shape[-1], x2.shape[-2 if len(x2.shape) > 1 else 0]
    if inner[0] != inner[1] and None not in inner:
        raise ValueError(
            f"matmul: the last axis of `x1` must be as long as the last but one of `x2`, got shapes "
            f"{_plain(x1)} and {_plain(x2)}"
        )
    return F.matmul(x1, x2)


def _plain(x: Any) -> tuple[Any, ...]:
    return tuple(x.shape)


@op
def dot(x1: Any, x2: Any) -> Any:
    """Sum of products over the last axis of ``x1`` and the last but one of ``x2``.

    shape: ``(i..., k), (j..., k, n) -> (i..., j..., n)``; a 0-d operand multiplies.  dtype: promoted.
    example: dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    """
    x1, x2 = pair(x1, x2)
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if not x1.shape or not x2.shape:
        return multiply(x1, x2)
    if len(x2.shape) <= 2:
        return matmul(x1, x2)
    rank = len(x2.shape)
    size, columns = x2.shape[-2], x2.shape[-1]
    order = (rank - 2, *range(rank - 2), rank - 1)
    flat = F.reshape(F.permute_dims(x2, order), (size, -1))
    return F.reshape(matmul(x1, flat), (*x1.shape[:-1], *x2.shape[:-2], columns))


# ---------------------------------------------------------------- one operand


@op
def negative(x: Any) -> Any:
    """``-x``.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    example: negative([1.0, -2.0]) == [-1.0, 2.0]
    """
    return F.negative(numbers(x))


@op
def positive(x: Any) -> Any:
    """``+x``: the tensor itself.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    example: positive([1.0, -2.0]) == [1.0, -2.0]
    """
    return numbers(x)


@op
def absolute(x: Any) -> Any:
    """Absolute value.  shape: ``(...) -> (...)``.  dtype: unchanged.

    example: absolute([1.0, -2.0]) == [1.0, 2.0]
    """
    x = to_tensor(x)
    dtype = dtype_of(x)
    return x if dtype == "bool" or unsigned(dtype) else F.abs(x)


@op
def abs(x: Any) -> Any:
    """Absolute value, as `absolute`.  shape: ``(...) -> (...)``.  dtype: unchanged.

    example: abs([1, -2]) == [1, 2]
    """
    return absolute(x)


@op
def sign(x: Any) -> Any:
    """-1, 0 or 1; NaN stays NaN.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    example: sign([-3.0, 0.0, 2.0]) == [-1.0, 0.0, 1.0]
    """
    return F.sign(numbers(x))


@op
def square(x: Any) -> Any:
    """``x * x``.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    example: square([2.0, -3.0]) == [4.0, 9.0]
    """
    return F.square(numbers(x))


@op
def sqrt(x: Any) -> Any:
    """Square root; below 0 NaN.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sqrt([4.0, 9.0]) == [2.0, 3.0]
    example: sqrt([4, 9]) == [2.0, 3.0]
    """
    return F.sqrt(floats(x))


@op
def rsqrt(x: Any) -> Any:
    """``1 / sqrt(x)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: rsqrt([4.0, 0.25]) == [0.5, 2.0]
    """
    return F.rsqrt(floats(x))


@op
def reciprocal(x: Any) -> Any:
    """``1 / x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: reciprocal([4.0, 0.25]) == [0.25, 4.0]
    example: reciprocal([4, 2]) == [0.25, 0.5]
    """
    return F.divide(1.0, floats(x))


@op
def floor(x: Any) -> Any:
    """Greatest integer not above ``x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: floor([1.5, -1.5]) == [1.0, -2.0]
    """
    return F.floor(floats(x))


@op
def ceil(x: Any) -> Any:
    """Least integer not below ``x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: ceil([1.5, -1.5]) == [2.0, -1.0]
    """
    return F.negative(F.floor(F.negative(floats(x))))


@op
def round(x: Any, decimals: int = 0) -> Any:
    """Nearest multiple of ``10 ** -decimals``, halves to even.

    shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.
    example: round([0.5, 1.5, -0.6]) == [0.0, 2.0, -1.0]
    example: round([1.234, -1.236], 2) == [1.23, -1.24]
    """
    x = numbers(x)
    dtype = dtype_of(x)
    if is_integer(dtype):
        if decimals >= 0:
            return x
        unit = 10**-decimals
        return F.astype(F.multiply(F.round(F.divide(floats(x), unit)), unit), dtype)
    if not decimals:
        return F.round(x)
    unit = 10.0**decimals
    return F.divide(F.round(F.multiply(x, unit)), unit)


# ---------------------------------------------------------------- exponentials and logarithms


@op
def exp(x: Any) -> Any:
    """``e ** x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: exp([0.0, 1.0]) == [1.0, 2.7182818]
    """
    return F.exp(floats(x))


@op
def expm1(x: Any) -> Any:
    """``e ** x - 1``, exact near 0.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: expm1([0.0, 1e-6]) == [0.0, 1.0000005e-6]
    """
    return F.expm1(floats(x))


@op
def log(x: Any) -> Any:
    """Natural logarithm; 0 gives ``-inf``, below 0 NaN.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    example: log([1.0, 2.7182818]) == [0.0, 1.0]
    """
    return F.log(floats(x))


@op
def log1p(x: Any) -> Any:
    """``log(1 + x)``, exact near 0.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: log1p([0.0, 1e-6]) == [0.0, 9.999995e-7]
    """
    return F.log1p(floats(x))


@op
def log2(x: Any) -> Any:
    """Logarithm to base 2.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: log2([1.0, 8.0]) == [0.0, 3.0]
    """
    return F.divide(F.log(floats(x)), math.log(2.0))


@op
def log10(x: Any) -> Any:
    """Logarithm to base 10.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: log10([1.0, 1000.0]) == [0.0, 3.0]
    """
    return F.divide(F.log(floats(x)), math.log(10.0))


# ---------------------------------------------------------------- trigonometry


@op
def sin(x: Any) -> Any:
    """Sine of ``x`` in radians.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sin([0.0, 1.5707963]) == [0.0, 1.0]
    """
    return F.sin(floats(x))


@op
def cos(x: Any) -> Any:
    """Cosine of ``x`` in radians.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: cos([0.0, 3.1415927]) == [1.0, -1.0]
    """
    return F.cos(floats(x))


@op
def tan(x: Any) -> Any:
    """``sin(x) / cos(x)``, ``x`` in radians.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: tan([0.0, 0.7853982]) == [0.0, 1.0]
    """
    x = floats(x)
    return F.divide(F.sin(x), F.cos(x))


@op
def tanh(x: Any) -> Any:
    """Hyperbolic tangent.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: tanh([0.0, 1.0]) == [0.0, 0.7615942]
    """
    return F.tanh(floats(x))


@op
def sinh(x: Any) -> Any:
    """``(exp(x) - exp(-x)) / 2``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sinh([0.0, 1.0]) == [0.0, 1.1752012]
    """
    x = floats(x)
    # Near 0 by expm1, which keeps the small difference; farther out with the half in the exponent, so that
    # nothing overflows before the result does.
    small = F.expm1(F.clip(x, low=-1.0, high=1.0))
    near = F.multiply(F.add(small, F.divide(small, F.add(small, 1.0))), 0.5)
    far = F.subtract(F.exp(F.subtract(x, _LOG_2)), F.exp(F.subtract(F.negative(x), _LOG_2)))
    return F.where(F.less(F.abs(x), 1.0), near, far)


@op
def cosh(x: Any) -> Any:
    """``(exp(x) + exp(-x)) / 2``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: cosh([0.0, 1.0]) == [1.0, 1.5430806]
    """
    x = floats(x)
    return F.add(F.exp(F.subtract(x, _LOG_2)), F.exp(F.subtract(F.negative(x), _LOG_2)))


@op
def erf(x: Any) -> Any:
    """Error function: ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to ``x``.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    example: erf([0.0, 1.0]) == [0.0, 0.8427008]
    """
    return F.erf(floats(x))


_LOG_2 = math.log(2.0)
