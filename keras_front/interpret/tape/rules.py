"""The gradient of each primitive: how the result's gradient ``g`` becomes an operand's.

Every pull is written with functions of a backend ``b``, so it runs on any library, and on an outer tape when
gradients of gradients are wanted.  Conventions where a function has no gradient: ``abs`` and ``sign`` have 0
at 0; ``maximum`` and ``minimum`` give each side a half at a tie; ``max``, ``min`` and ``scatter`` share
equally among ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_front.protocol import dtypes
from keras_front.protocol.typed import Backend

from .pulls import (
    concat,
    matmul_x,
    matmul_y,
    prod_pull,
    reduced_shape,
    scatter,
    sum_pull,
    take_along_axis_pull,
    unbroadcast,
    where,
    zeros,
)
from .record import Bind, binary, optional, unary, unary_of_x, unary_of_y

Tensor = Any
Prepared = tuple[Any, tuple[Any, ...]]

# ---------------------------------------------------------------- two operands


def _pow_x(b: Backend, g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    if _plain(y):
        if y == 2:
            return b.multiply(g, b.multiply(x, 2.0))
        # Without this, 0 * 0 ** -1 would be NaN.
        return b.multiply(g, 0.0) if y == 0 else b.multiply(g, b.multiply(b.pow(x, y - 1), float(y)))
    still = b.equal(y, 0)
    power = b.pow(x, b.where(still, 1.0, b.subtract(y, 1.0)))
    return b.where(still, 0.0, b.multiply(g, b.multiply(y, power)))


def _pow_y(b: Backend, g: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    if _plain(x):
        x = b.full((), x, dtype=b.dtype_of(z))
    # 0 ** y stays 0 (or 1): its logarithm must not turn that into NaN.
    return b.multiply(g, b.multiply(z, b.log(b.where(b.equal(x, 0), 1.0, x))))


def _atan2_x(b: Backend, g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return b.divide(b.multiply(g, y), b.add(_squared(b, x), _squared(b, y)))


def _atan2_y(b: Backend, g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return b.negative(b.divide(b.multiply(g, x), b.add(_squared(b, y), _squared(b, x))))


def _squared(b: Backend, x: Tensor) -> Tensor:
    return x * x if _plain(x) else b.multiply(x, x)


def _plain(x: object) -> bool:
    return isinstance(x, (int, float))


def _greater_side(b: Backend, g: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """``g`` where ``low < high``, half of it where they are equal."""
    half = b.where(b.equal(high, low) if _plain(low) else b.equal(low, high), b.multiply(g, 0.5), 0.0)
    return b.where(b.less(low, high), g, half)


# ---------------------------------------------------------------- reductions and order


def _astype(b: Backend, x: Tensor, y: Tensor, dtype: str) -> Prepared | None:
    if dtypes.is_floating(dtype):
        return lambda b, g, old: b.astype(g, old), (b.dtype_of(x),)
    if dtype in dtypes.COMPLEX:
        raise TypeError(
            f"astype: no gradient flows from {dtype!r} back to a real tensor; cut it with stop_gradient first"
        )
    return None


def _sum(b: Backend, x: Tensor, y: Tensor, axis: Any = None, keepdims: bool = False) -> Prepared:
    return sum_pull, (x.shape, reduced_shape(x.shape, axis))


def _prod(b: Backend, x: Tensor, y: Tensor, axis: Any = None, keepdims: bool = False) -> Prepared:
    return prod_pull, (x, axis)


def _extreme(b: Backend, x: Tensor, y: Tensor, axis: Any = None, keepdims: bool = False) -> Prepared:
    return _extreme_pull, (x, y, axis)


def _extreme_pull(b: Backend, g: Tensor, x: Tensor, y: Tensor, axis: Any) -> Tensor:
    kept = reduced_shape(x.shape, axis)
    winners = b.equal(x, b.reshape(y, kept))
    count = b.sum(b.astype(winners, b.dtype_of(g)), axis=axis, keepdims=True)
    return b.where(winners, b.divide(b.reshape(g, kept), count), 0.0)


def _cumulative_sum(b: Backend, x: Tensor, y: Tensor, axis: int) -> Prepared:
    return _cumulative_sum_pull, (axis,)


def _cumulative_sum_pull(b: Backend, g: Tensor, axis: int) -> Tensor:
    return b.flip(b.cumulative_sum(b.flip(g, axis=axis), axis=axis), axis=axis)


# ---------------------------------------------------------------- shape and place


def _reshape(b: Backend, x: Tensor, y: Tensor, shape: Any) -> Prepared:
    return lambda b, g, old: b.reshape(g, old), (x.shape,)


def _permute_dims(b: Backend, x: Tensor, y: Tensor, axes: Sequence[int]) -> Prepared:
    back = [0] * len(axes)
    for i, axis in enumerate(axes):
        back[axis] = i
    return lambda b, g, axes: b.permute_dims(g, axes), (tuple(back),)


def _broadcast_to(b: Backend, x: Tensor, y: Tensor, shape: Any) -> Prepared:
    return unbroadcast, (x.shape,)


def _flip(b: Backend, x: Tensor, y: Tensor, axis: Any = None) -> Prepared:
    return lambda b, g, axis: b.flip(g, axis=axis), (axis,)


def _slice(b: Backend, x: Tensor, y: Tensor, starts: Any, stops: Any, steps: Any) -> Prepared:
    return _slice_pull, (x.shape, starts, stops, steps)


def _slice_pull(b: Backend, g: Tensor, shape: Any, starts: Any, stops: Any, steps: Any) -> Tensor:
    if any(step != 1 for step in steps):
        return b.slice_update(zeros(b, shape, g), g, starts, steps)
    after = tuple(size - max(start, stop) for size, start, stop in zip(shape, starts, stops, strict=True))
    return b.pad(g, tuple(starts), after)


def _take(b: Backend, x: Tensor, y: Tensor, indices: Tensor, axis: int) -> Prepared:
    return _take_pull, (x.shape, indices, axis)


def _take_pull(b: Backend, g: Tensor, shape: Any, indices: Tensor, axis: int) -> Tensor:
    return b.scatter(zeros(b, shape, g), indices, g, axis=axis, mode="add")


def _take_along_axis(b: Backend, x: Tensor, y: Tensor, indices: Tensor, axis: int) -> Prepared:
    return take_along_axis_pull, (x.shape, indices, axis)


# ---------------------------------------------------------------- the table

#: How each differentiable primitive is recorded.
RULES: dict[str, Bind] = {
    "astype": optional(_astype),
    "negative": unary(lambda b, g: b.negative(g)),
    "abs": unary_of_x(lambda b, g, x: b.multiply(g, b.sign(x))),
    "exp": unary_of_y(lambda b, g, y: b.multiply(g, y)),
    "expm1": unary_of_y(lambda b, g, y: b.multiply(g, b.add(y, 1.0))),
    "log": unary_of_x(lambda b, g, x: b.divide(g, x)),
    "log1p": unary_of_x(lambda b, g, x: b.divide(g, b.add(x, 1.0))),
    "sqrt": unary_of_y(lambda b, g, y: b.divide(b.multiply(g, 0.5), y)),
    "sin": unary_of_x(lambda b, g, x: b.multiply(g, b.cos(x))),
    "cos": unary_of_x(lambda b, g, x: b.negative(b.multiply(g, b.sin(x)))),
    "tanh": unary_of_y(lambda b, g, y: b.multiply(g, b.subtract(1.0, b.multiply(y, y)))),
    "add": binary(lambda b, g: g, lambda b, g: g),
    "subtract": binary(lambda b, g: g, lambda b, g: b.negative(g)),
    "multiply": binary(
        lambda b, g, y: b.multiply(g, y),
        lambda b, g, x: b.multiply(g, x),
        lambda x, y, z: (y,),
        lambda x, y, z: (x,),
    ),
    "divide": binary(
        lambda b, g, y: b.divide(g, y),
        lambda b, g, y, z: b.negative(b.multiply(b.divide(g, y), z)),
        lambda x, y, z: (y,),
        lambda x, y, z: (y, z),
    ),
    "pow": binary(_pow_x, _pow_y, lambda x, y, z: (x, y), lambda x, y, z: (x, y, z)),
    "atan2": binary(_atan2_x, _atan2_y, lambda x, y, z: (x, y), lambda x, y, z: (x, y)),
    "maximum": binary(
        lambda b, g, x, y: _greater_side(b, g, y, x),
        lambda b, g, x, y: _greater_side(b, g, x, y),
        lambda x, y, z: (x, y),
        lambda x, y, z: (x, y),
    ),
    "minimum": binary(
        lambda b, g, x, y: _greater_side(b, g, x, y),
        lambda b, g, x, y: _greater_side(b, g, y, x),
        lambda x, y, z: (x, y),
        lambda x, y, z: (x, y),
    ),
    "where": where,
    "sum": optional(_sum),
    "prod": optional(_prod),
    "max": optional(_extreme),
    "min": optional(_extreme),
    "cumulative_sum": optional(_cumulative_sum),
    "reshape": optional(_reshape),
    "permute_dims": optional(_permute_dims),
    "broadcast_to": optional(_broadcast_to),
    "concat": concat,
    "flip": optional(_flip),
    "slice": optional(_slice),
    "take": optional(_take),
    "take_along_axis": optional(_take_along_axis),
    "scatter": scatter,
    "matmul": binary(matmul_x, matmul_y, lambda x, y, z: (x.shape, y), lambda x, y, z: (x, y.shape)),
}

#: The primitives through which no gradient flows: their results are constants, and are not boxed.
NON_DIFFERENTIABLE: tuple[str, ...] = (
    "from_host", "to_host", "is_tensor", "dtype_of",
    "full", "arange",
    "sign", "floor", "round", "floor_divide",
    "equal", "less",
    "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift",
    "argmax", "argsort",
)  # fmt: skip
