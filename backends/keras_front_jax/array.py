"""Array group: the primitives, and the derived functions that XLA has an operation for."""

from __future__ import annotations

import builtins
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _jit, runtime

# Indices are in range by contract: no bounds check, no wrapping of negative ones, no fill value.
_IN_RANGE = "promise_in_bounds"

# ---------------------------------------------------------------- creation


@_jit.kernel("shape", "dtype")
def _filled(value, shape, dtype):
    return lax.full(shape, value, dtype)


def full(shape: tuple[int, ...], fill_value: complex, /, dtype: str) -> jax.Array:
    """A tensor filled with one value."""
    target = runtime._dtype(dtype)
    return _filled(np.array(fill_value).astype(target), tuple(shape), target)


@_jit.kernel("count", "start", "step", "dtype")
def _spaced(count, start, step, dtype):
    # In float32 at least: bfloat16 cannot count beyond 256.
    wide = np.dtype(np.float32) if jnp.issubdtype(dtype, jnp.floating) and dtype.itemsize < 4 else dtype
    values = lax.iota(wide, count)
    if step != 1:
        values = values * np.array(step).astype(wide)
    if start != 0:
        values = values + np.array(start).astype(wide)
    return values.astype(dtype)


def arange(start: float, stop: float, step: float, /, dtype: str) -> jax.Array:
    """Evenly spaced values below ``stop``."""
    count = builtins.max(0, math.ceil((stop - start) / step))
    return _spaced(count, start, step, runtime._dtype(dtype))


@_jit.kernel("dtype")
def _converted(x, dtype):
    return lax.convert_element_type(x, dtype)


def astype(x: jax.Array, dtype: str, /) -> jax.Array:
    """Converts to another dtype."""
    return _converted(x, runtime._dtype(dtype))


# ---------------------------------------------------------------- elementwise


def _unary(function):
    def elementwise(x, /):
        return function(x)

    return elementwise


@_jit.kernel()
def _size(x):
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.abs(x)
    # The slope at 0 is 0, the sign, as the derived bodies count on; the library has 1.
    return x * lax.stop_gradient(lax.sign(x))


negative = _unary(jnp.negative)
abs = _unary(_size)
sign = _unary(jnp.sign)
exp = _unary(jnp.exp)
expm1 = _unary(jnp.expm1)
log = _unary(jnp.log)
log1p = _unary(jnp.log1p)
sqrt = _unary(jnp.sqrt)
sin = _unary(jnp.sin)
cos = _unary(jnp.cos)
tanh = _unary(jnp.tanh)
floor = _unary(jnp.floor)
round = _unary(jnp.round)
square = _unary(jnp.square)
isnan = _unary(jnp.isnan)
isfinite = _unary(jnp.isfinite)
logical_not = _unary(jnp.logical_not)
rsqrt = _unary(_jit.kernel()(lax.rsqrt))


def _scalar_of(value, other):
    """A Python integer too wide for int32, in the dtype of the tensor it meets."""
    return np.array(value).astype(other.dtype) if isinstance(value, int) else value


def _binary(function):
    def elementwise(x, y, /):
        try:
            return function(x, y)
        except OverflowError:
            return function(_scalar_of(x, y), _scalar_of(y, x))

    return elementwise


@_jit.kernel()
def _floored(x, y):
    quotient = jnp.floor_divide(x, y)
    if not jnp.issubdtype(quotient.dtype, jnp.inexact):
        return quotient
    # For an infinite quotient the library has NaN.
    return jnp.where(jnp.isfinite(quotient), quotient, lax.stop_gradient(jnp.floor(x / y)))


add = _binary(jnp.add)
subtract = _binary(jnp.subtract)
multiply = _binary(jnp.multiply)
divide = _binary(jnp.true_divide)
floor_divide = _binary(_floored)
pow = _binary(jnp.power)
atan2 = _binary(jnp.arctan2)
maximum = _binary(jnp.maximum)
minimum = _binary(jnp.minimum)
equal = _binary(jnp.equal)
not_equal = _binary(jnp.not_equal)
less = _binary(jnp.less)
less_equal = _binary(jnp.less_equal)
greater = _binary(jnp.greater)
greater_equal = _binary(jnp.greater_equal)
bitwise_and = _binary(jnp.bitwise_and)
bitwise_or = _binary(jnp.bitwise_or)
bitwise_xor = _binary(jnp.bitwise_xor)
bitwise_left_shift = _binary(jnp.left_shift)
bitwise_right_shift = _binary(jnp.right_shift)


@_jit.kernel()
def _choice(condition, x, y):
    return jnp.where(condition, x, y)


def where(condition: jax.Array, x: jax.Array, y: jax.Array, /) -> jax.Array:
    """``x`` where the condition is true, else ``y``."""
    try:
        return _choice(condition, x, y)
    except OverflowError:
        return _choice(condition, _scalar_of(x, y), _scalar_of(y, x))


@_jit.kernel()
def clip(x: jax.Array, /, low: jax.Array, high: jax.Array) -> jax.Array:
    """``minimum(maximum(x, low), high)``."""
    return jnp.minimum(jnp.maximum(x, low), high)


# ---------------------------------------------------------------- reductions and order


@_jit.kernel("axis", "keepdims")
def sum(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Sum over axes; half precision is added up in float32."""
    return jnp.sum(x, axis=axis, dtype=x.dtype, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def prod(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Product over axes."""
    return jnp.prod(x, axis=axis, dtype=x.dtype, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def max(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Greatest value over axes."""
    return jnp.max(x, axis=axis, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def min(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Least value over axes."""
    return jnp.min(x, axis=axis, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def mean(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Arithmetic mean over axes; half precision is added up in float32."""
    return jnp.mean(x, axis=axis, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def all(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Whether every value is true."""
    return jnp.all(x, axis=axis, keepdims=keepdims)


@_jit.kernel("axis", "keepdims")
def any(x: jax.Array, /, axis=None, keepdims: bool = False) -> jax.Array:
    """Whether some value is true."""
    return jnp.any(x, axis=axis, keepdims=keepdims)


def _index_of(operation, x, axis, keepdims):
    axis %= x.ndim
    index = operation(x, axis, np.int32)
    return lax.expand_dims(index, (axis,)) if keepdims else index


@_jit.kernel("axis", "keepdims")
def argmax(x: jax.Array, /, axis: int, keepdims: bool = False) -> jax.Array:
    """Index of the first greatest value along an axis."""
    return _index_of(lax.argmax, x, axis, keepdims)


@_jit.kernel("axis", "keepdims")
def argmin(x: jax.Array, /, axis: int, keepdims: bool = False) -> jax.Array:
    """Index of the first least value along an axis."""
    return _index_of(lax.argmin, x, axis, keepdims)


@_jit.kernel("axis")
def cumulative_sum(x: jax.Array, /, axis: int) -> jax.Array:
    """Running sums along an axis."""
    return jnp.cumsum(x, axis=axis, dtype=x.dtype)


@_jit.kernel("axis")
def argsort(x: jax.Array, /, axis: int) -> jax.Array:
    """Indices that sort an axis ascending; equals keep their order."""
    axis %= x.ndim
    places = lax.broadcasted_iota(np.int32, x.shape, axis)
    return lax.sort((x, places), dimension=axis, is_stable=True, num_keys=1)[1]


@_jit.kernel("axis")
def sort(x: jax.Array, /, axis: int) -> jax.Array:
    """Sorts an axis ascending."""
    return lax.sort(x, dimension=axis % x.ndim)


# ---------------------------------------------------------------- shape and place


@_jit.kernel("shape")
def _reshaped(x, shape):
    return jnp.reshape(x, shape)


def reshape(x: jax.Array, shape: tuple[int, ...], /) -> jax.Array:
    """The same values in another shape."""
    return _reshaped(x, tuple(shape))


@_jit.kernel("axes")
def _permuted(x, axes):
    return lax.transpose(x, axes)


def permute_dims(x: jax.Array, axes: tuple[int, ...], /) -> jax.Array:
    """Axis ``i`` of the result is axis ``axes[i]`` of ``x``."""
    return _permuted(x, tuple(axes))


@_jit.kernel("shape")
def _broadcast(x, shape):
    return jnp.broadcast_to(x, shape)


def broadcast_to(x: jax.Array, shape: tuple[int, ...], /) -> jax.Array:
    """Repeats axes of size 1 to the given shape."""
    return _broadcast(x, tuple(shape))


@_jit.kernel("axis")
def _joined(arrays, axis):
    return lax.concatenate(arrays, axis % arrays[0].ndim)


def concat(arrays, /, axis: int) -> jax.Array:
    """Joins tensors along an axis."""
    return _joined(list(arrays), axis)


@_jit.kernel("axis")
def _stacked(arrays, axis):
    axis %= arrays[0].ndim + 1
    return lax.concatenate([lax.expand_dims(x, (axis,)) for x in arrays], axis)


def stack(arrays, /, axis: int) -> jax.Array:
    """Joins tensors of one shape along a new axis."""
    return _stacked(list(arrays), axis)


@_jit.kernel("axis")
def expand_dims(x: jax.Array, /, axis: int) -> jax.Array:
    """Puts in an axis of size 1."""
    return lax.expand_dims(x, (axis % (x.ndim + 1),))


@_jit.kernel("axis")
def flip(x: jax.Array, /, axis=None) -> jax.Array:
    """Reverses the order along axes."""
    return jnp.flip(x, axis=axis)


@_jit.kernel("starts", "stops", "steps")
def _box(x, starts, stops, steps):
    return lax.slice(x, starts, stops, steps)


def slice(
    x: jax.Array, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...], /
) -> jax.Array:
    """The box of every ``step``-th entry from ``start`` to ``stop`` on each axis."""
    return _box(x, tuple(starts), tuple(stops), tuple(steps))


def _wide_index(indices):
    """Indices in at least 32 bits: the size of an axis need not fit into fewer."""
    return indices if indices.dtype.itemsize >= 4 else indices.astype(np.int32)


@_jit.kernel("axis")
def take(x: jax.Array, indices: jax.Array, /, axis: int) -> jax.Array:
    """Picks entries along an axis."""
    axis %= x.ndim
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    if 0 in x.shape:
        return jnp.zeros((*before, *indices.shape, *after), x.dtype)
    # Written out: this is one gather, where indexing adds the treatment of negative indices.
    rest = (*range(axis), *range(axis + indices.ndim, x.ndim - 1 + indices.ndim))
    return lax.gather(
        x,
        _wide_index(indices)[..., None],
        lax.GatherDimensionNumbers(rest, collapsed_slice_dims=(axis,), start_index_map=(axis,)),
        slice_sizes=(*before, 1, *after),
        mode=_IN_RANGE,
    )


@_jit.kernel("axis")
def take_along_axis(x: jax.Array, indices: jax.Array, /, axis: int) -> jax.Array:
    """Picks entries along an axis, by other indices at each place of the other axes."""
    return jnp.take_along_axis(x, _wide_index(indices), axis=axis, mode=_IN_RANGE)


@_jit.kernel("axis", "mode")
def scatter(x: jax.Array, indices: jax.Array, updates: jax.Array, /, axis: int, mode: str) -> jax.Array:
    """A copy of ``x`` with updates put, added or compared in along an axis."""
    place = x.at[(*(builtins.slice(None),) * (axis % x.ndim), _wide_index(indices))]
    return getattr(place, mode)(updates, mode=_IN_RANGE, unique_indices=mode == "set")


@_jit.kernel()
def matmul(x: jax.Array, y: jax.Array, /) -> jax.Array:
    """Matrix product over the last two axes."""
    return jnp.matmul(x, y)


@_jit.kernel("before", "after")
def _padded(x, value, before, after):
    return lax.pad(x, value, [(low, high, 0) for low, high in zip(before, after, strict=True)])


def pad(x: jax.Array, before: tuple[int, ...], after: tuple[int, ...], /, value: complex = 0) -> jax.Array:
    """Adds entries of one value before and after, so many an axis."""
    return _padded(x, np.array(value).astype(x.dtype), tuple(before), tuple(after))


@_jit.kernel("starts", "steps")
def _put(x, updates, starts, steps):
    if 0 in updates.shape:
        return x
    if builtins.all(step == 1 for step in steps):
        return lax.dynamic_update_slice(x, updates, starts)
    # Spread out over the whole shape and selected by a mask, it fuses; a scatter would not.
    edges = [
        (start, size - start - (n - 1) * step - 1, step - 1)
        for start, step, n, size in zip(starts, steps, updates.shape, x.shape, strict=True)
    ]
    inside = lax.pad(jnp.ones(updates.shape, bool), np.array(False), edges)
    return lax.select(inside, lax.pad(updates, np.zeros((), x.dtype), edges), x)


def slice_update(
    x: jax.Array, updates: jax.Array, starts: tuple[int, ...], steps: tuple[int, ...], /
) -> jax.Array:
    """A copy of ``x`` in which the strided box from ``starts`` holds ``updates``."""
    return _put(x, updates, tuple(starts), tuple(steps))


@_jit.kernel("depth", "dtype")
def one_hot(indices: jax.Array, /, depth: int, dtype: str) -> jax.Array:
    """1 at the index, 0 elsewhere."""
    indices = _wide_index(indices)
    classes = lax.broadcasted_iota(indices.dtype, (*indices.shape, depth), indices.ndim)
    return (indices[..., None] == classes).astype(runtime._dtype(dtype))


def nonzero(x: jax.Array, /) -> tuple[jax.Array, ...]:
    """Indices of the values that are not zero; not inside a compiled function, whose shapes are fixed."""
    return tuple(index.astype(np.int32) for index in jnp.nonzero(x))
