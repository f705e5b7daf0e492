"""Array group on NumPy: mostly NumPy's own functions."""

from __future__ import annotations

import builtins as _builtins
import math as _math
import operator as _operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import buffers as _buffers
from . import calls as _calls
from .runtime import _dtypes

Axis = int | tuple[int, ...] | None
_INT32 = np.dtype("int32")

# Without types, since NumPy's stubs only know `keepdims` as a literal.
_add_up: Any = np.add.reduce
_multiply_up: Any = np.multiply.reduce
_greatest: Any = np.maximum.reduce
_least: Any = np.minimum.reduce
_every: Any = np.logical_and.reduce
_some: Any = np.logical_or.reduce

# ---------------------------------------------------------------- creation


def full(shape: tuple[int, ...], fill_value: Any, /, dtype: str) -> np.ndarray:
    if not fill_value:
        return np.zeros(shape, _dtypes[dtype])
    out = np.empty(shape, _dtypes[dtype])
    np.copyto(out, fill_value, casting="unsafe")
    return out


def arange(start: float, stop: float, step: float, /, dtype: str) -> np.ndarray:
    kind = _dtypes[dtype]
    if kind.kind in "iu":
        return np.arange(start, stop, step).astype(kind)
    # Not NumPy's own, which adds up the rounding errors of the step.
    count = _builtins.max(_math.ceil((stop - start) / step), 0)
    return (np.arange(count) * step + start).astype(kind, copy=False)


@_calls.silent
def astype(x: np.ndarray, dtype: str, /) -> np.ndarray:
    return x.astype(_dtypes[dtype], copy=False)


# ---------------------------------------------------------------- elementwise, one operand

negative = _calls.unary(np.negative)
abs = _calls.unary(np.absolute)
sign = _calls.unary(np.sign)
exp = _calls.unary(np.exp)
expm1 = _calls.unary(np.expm1)
log = _calls.unary(np.log)
log1p = _calls.unary(np.log1p)
sqrt = _calls.unary(np.sqrt)
rsqrt = _calls.unary(lambda x: np.reciprocal(np.sqrt(x)))
sin = _calls.unary(np.sin)
cos = _calls.unary(np.cos)
tanh = _calls.unary(np.tanh)
floor = _calls.unary(np.floor)
square = _calls.unary(np.square)
logical_not = _calls.unary(np.logical_not)
isnan = _calls.unary(np.isnan)
isfinite = _calls.unary(np.isfinite)


def round(x: np.ndarray, /) -> np.ndarray:
    return x if x.dtype.kind in "iu" else np.rint(x)


# ---------------------------------------------------------------- elementwise, two operands

# The operators are the same functions, and ten times as fast on NumPy's scalars.
add = _calls.binary(_operator.add)
subtract = _calls.binary(_operator.sub)
multiply = _calls.binary(_operator.mul)
divide = _calls.binary(_operator.truediv)
floor_divide = _calls.binary(np.floor_divide)
atan2 = _calls.binary(np.arctan2)
maximum = _calls.binary(np.maximum)
minimum = _calls.binary(np.minimum)
equal = _calls.binary(np.equal)
not_equal = _calls.binary(np.not_equal)
less = _calls.binary(np.less)
less_equal = _calls.binary(np.less_equal)
greater = _calls.binary(np.greater)
greater_equal = _calls.binary(np.greater_equal)
bitwise_and = _calls.binary(np.bitwise_and)
bitwise_or = _calls.binary(np.bitwise_or)
bitwise_xor = _calls.binary(np.bitwise_xor)
bitwise_left_shift = _calls.binary(np.left_shift)
bitwise_right_shift = _calls.binary(np.right_shift)


def _pow(x: Any, y: Any) -> np.ndarray:
    # A general power costs forty times a product.
    if type(y) in (int, float):
        if y == 2:
            return np.square(x)
        if y == 3:
            return np.square(x) * x
    return np.power(x, y)


pow = _calls.binary(_pow)


def where(condition: np.ndarray, x: Any, y: Any, /) -> np.ndarray:
    if _calls.has_bfloat16:
        x, y = _calls.weak(x, y)
    if condition.size < 8192 or _builtins.max(getattr(x, "itemsize", 0), getattr(y, "itemsize", 0)) == 1:
        return np.where(condition, x, y)
    dtype = x.dtype if isinstance(x, _calls.TENSORS) else y.dtype
    x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    if not y.ndim and not y:
        return _buffers.keep(np.negative(condition.view(np.int8)), x)
    return _buffers.select(condition, x, y)


def clip(x: np.ndarray, /, low: Any, high: Any) -> np.ndarray:
    return minimum(maximum(x, low), high)


# ---------------------------------------------------------------- reductions and order


def _sum(x: np.ndarray, axis: Axis, keepdims: bool) -> Any:
    dtype = x.dtype
    if _calls.is_half(x):  # Half precision loses count after 2048 (bfloat16: 256).
        return _add_up(x, axis=axis, dtype=np.float32, keepdims=keepdims).astype(dtype)
    if x.size > 4096 and axis is not None and dtype.kind == "f" and x.flags.c_contiguous:
        total = _fast_sum(x, (axis,) if isinstance(axis, int) else axis)
        if total is not None:
            return (
                total
                if keepdims
                else total.reshape([n for a, n in enumerate(x.shape) if a not in _axes(axis, x.ndim)])
            )
    return _add_up(x, axis=axis, dtype=dtype, keepdims=keepdims)


def _axes(axis: Axis, rank: int) -> set[int]:
    return {a % rank for a in ((axis,) if isinstance(axis, int) else axis or ())}


def _fast_sum(x: np.ndarray, axis: tuple[int, ...]) -> np.ndarray | None:
    """Sums over leading axes or over the last one as products with ones, the axes kept with size 1."""
    axes = _axes(axis, x.ndim)
    count = len(axes)
    if axes == {x.ndim - 1} and x.ndim > 1:
        return _buffers.row_sums(x)
    if axes == set(range(count)) and 0 < count < x.ndim:
        rest = x.shape[count:]
        return _buffers.column_sums(x.reshape(-1, _math.prod(rest))).reshape((1,) * count + rest)
    return None


@_calls.silent
def sum(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return _sum(x, axis, keepdims)


@_calls.silent
def prod(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    wide = np.float32 if _calls.is_half(x) else x.dtype
    return _multiply_up(x, axis=axis, dtype=wide, keepdims=keepdims).astype(x.dtype, copy=False)


@_calls.silent
def max(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    if axis in (-1, x.ndim - 1) and x.size:
        highest = _buffers.row_maxima(x)
        return highest if keepdims else highest[..., 0]
    return _greatest(x, axis=axis, keepdims=keepdims)


@_calls.silent
def min(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return _least(x, axis=axis, keepdims=keepdims)


def all(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return _every(x, axis=axis, keepdims=keepdims)


def any(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return _some(x, axis=axis, keepdims=keepdims)


@_calls.silent
def mean(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    return _mean(x, axis, keepdims)


def _mean(x: np.ndarray, axis: Axis, keepdims: bool = False) -> Any:
    if _calls.is_half(x):
        return _mean(x.astype(np.float32), axis, keepdims).astype(x.dtype)
    return np.divide(_sum(x, axis, keepdims), _count(x.shape, axis))


def _count(shape: tuple[int, ...], axis: Axis) -> float:
    """How many values a reduction takes together (not 0: the mean of nothing is NaN)."""
    if axis is None and len(shape) == 1:
        return float(shape[0]) or _math.nan
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return float(_math.prod(shape[a] for a in axes)) or _math.nan


@_calls.rule
def _mean_rule(x: np.ndarray, /, axis: Axis = None, keepdims: bool = False) -> Any:
    def backward(upstream: Any, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        share = np.divide(upstream, _count(x.shape, axis))
        if not keepdims and axis is not None:
            share = np.expand_dims(share, axis)
        return (broadcast_to(share, x.shape),)

    return _mean(x, axis, keepdims), backward


def argmax(x: np.ndarray, /, axis: int, keepdims: bool = False) -> np.ndarray:
    return (np.argmax(x, axis=axis, keepdims=True) if keepdims else x.argmax(axis)).astype(_INT32)


def argmin(x: np.ndarray, /, axis: int, keepdims: bool = False) -> np.ndarray:
    return np.argmin(x, axis=axis, keepdims=keepdims).astype(_INT32)


@_calls.silent
def cumulative_sum(x: np.ndarray, /, axis: int) -> np.ndarray:
    wide = np.float32 if _calls.is_half(x) else x.dtype
    return np.add.accumulate(x, axis=axis, dtype=wide).astype(x.dtype, copy=False)


@_calls.silent
def argsort(x: np.ndarray, /, axis: int) -> np.ndarray:
    return np.argsort(_ordered(x), axis=axis, kind="stable").astype(_INT32)


@_calls.silent
def sort(x: np.ndarray, /, axis: int) -> np.ndarray:
    return np.sort(_ordered(x), axis=axis).astype(x.dtype, copy=False)


def _ordered(x: np.ndarray) -> np.ndarray:
    """``x`` in a dtype that NumPy can sort with NaN last (bfloat16 is none)."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


# ---------------------------------------------------------------- shape and place


def reshape(x: np.ndarray, shape: tuple[int, ...], /) -> np.ndarray:
    return x.reshape(shape)


def permute_dims(x: np.ndarray, axes: tuple[int, ...], /) -> np.ndarray:
    return x.transpose(axes)


def broadcast_to(x: np.ndarray, shape: tuple[int, ...], /) -> np.ndarray:
    if x.shape == tuple(shape):
        return x
    if x.ndim > len(shape) or _math.prod(shape) > 4096:
        return np.broadcast_to(x, shape)
    out = np.empty(shape, x.dtype)  # NumPy's function takes ten times as long on something small.
    out[...] = x
    return out


def concat(arrays: Sequence[np.ndarray], /, axis: int) -> np.ndarray:
    return np.concatenate(arrays, axis)


def stack(arrays: Sequence[np.ndarray], /, axis: int) -> np.ndarray:
    return np.stack(arrays, axis)


def expand_dims(x: np.ndarray, /, axis: int) -> np.ndarray:
    position = axis % (x.ndim + 1)
    return x.reshape(*x.shape[:position], 1, *x.shape[position:])


def flip(x: np.ndarray, /, axis: Axis = None) -> np.ndarray:
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    index = [_builtins.slice(None)] * x.ndim
    for a in axes:
        index[a] = _builtins.slice(None, None, -1)
    return x[tuple(index)]


def slice(
    x: np.ndarray, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...], /
) -> np.ndarray:
    return x[tuple(map(_builtins.slice, starts, stops, steps))]


def pad(x: np.ndarray, before: tuple[int, ...], after: tuple[int, ...], /, value: Any = 0) -> np.ndarray:
    inner = tuple(_builtins.slice(low, low + n) for low, n in zip(before, x.shape, strict=True))
    shape = tuple(low + n + high for low, n, high in zip(before, x.shape, after, strict=True))
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    out[inner] = x
    return out


def _pad_rule(x: np.ndarray, before: tuple[int, ...], after: tuple[int, ...], /, value: Any = 0) -> Any:
    inner = tuple(_builtins.slice(low, low + n) for low, n in zip(before, x.shape, strict=True))

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        return upstream[inner], *(None,) * (len(needed) - 1)

    return pad(x, before, after, value), backward


def _box(updates: np.ndarray, starts: tuple[int, ...], steps: tuple[int, ...]) -> Any:
    return tuple(
        _builtins.slice(start, start + (n - 1) * step + 1 if n else start, step)
        for n, start, step in zip(updates.shape, starts, steps, strict=True)
    )


def slice_update(
    x: np.ndarray, updates: np.ndarray, starts: tuple[int, ...], steps: tuple[int, ...], /
) -> np.ndarray:
    out = np.array(x)
    out[_box(updates, starts, steps)] = updates
    return out


def _slice_update_rule(
    x: np.ndarray, updates: np.ndarray, starts: tuple[int, ...], steps: tuple[int, ...], /
) -> Any:
    box = _box(updates, starts, steps)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        below = None
        if needed[0]:
            below = np.array(upstream)
            below[box] = 0
        return below, upstream[box] if needed[1] else None, None, None

    return slice_update(x, updates, starts, steps), backward


def one_hot(indices: np.ndarray, /, depth: int, dtype: str) -> np.ndarray:
    hot = np.equal(np.asarray(indices)[..., None], np.arange(depth))
    return hot.astype(_dtypes[dtype])


def take(x: np.ndarray, indices: np.ndarray, /, axis: int) -> np.ndarray:
    return x.take(indices, axis)


@_calls.silent
def take_along_axis(x: np.ndarray, indices: np.ndarray, /, axis: int) -> np.ndarray:
    return np.take_along_axis(x, indices, axis)


#: Entries of a run that are gathered one layer at a time.
_LAYERS = 8
_GATHER = {"add": np.add, "max": np.maximum, "min": np.minimum}


@_calls.silent
def scatter(
    x: np.ndarray,
    indices: np.ndarray,
    updates: np.ndarray,
    /,
    axis: int,
    mode: str,
) -> np.ndarray:
    axis %= x.ndim
    out = np.array(x)
    flat = np.asarray(indices).ravel()
    if not updates.size:
        return out
    updates = updates.reshape(*x.shape[:axis], flat.size, *x.shape[axis + 1 :])
    rows, updates = np.moveaxis(out, axis, 0), np.moveaxis(updates, axis, 0)
    if mode == "set":
        rows[flat] = updates
        return out
    gather = _GATHER[mode]
    wide = np.float32 if _calls.is_half(x) else x.dtype
    if rows.ndim == 1 and wide == x.dtype:
        gather.at(rows, flat, updates)
        return out
    # Sorted, equal indices stand together in runs.
    order = np.argsort(flat, kind="stable")
    flat = flat[order]
    first = np.flatnonzero(np.concatenate(([True], flat[1:] != flat[:-1])))
    length = np.diff(first, append=flat.size)
    if wide == x.dtype and flat.size < 4 * first.size:
        # Short runs: all first entries at once, then all second ones: three times as fast as `ufunc.at`.
        depth = np.arange(flat.size) - np.repeat(first, length)
        for layer in range(_LAYERS):
            at = first[length > layer] + layer
            rows[flat[at]] = gather(rows[flat[at]], updates[order[at]])
        rest = depth >= _LAYERS
        if not rest.any():
            return out
        flat, order = flat[rest], order[rest]
        first = np.flatnonzero(depth[rest] == _LAYERS)
    # Long ones are reduced each at once.
    gathered = gather.reduceat(updates[order].astype(wide, copy=False), first, axis=0, dtype=wide)
    rows[flat[first]] = gather(rows[flat[first]], gathered)
    return out


def _matmul(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if _calls.is_half(x):
        return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(x.dtype)
    if y.ndim == 2 and x.ndim > 2:  # One product instead of one for each matrix of the stack.
        rows = _math.prod(x.shape[:-1])
        return np.matmul(x.reshape(rows, -1) if rows else x, y).reshape(*x.shape[:-1], y.shape[-1])
    return np.matmul(x, y)


matmul = _calls.binary(_matmul)


def nonzero(x: np.ndarray, /) -> tuple[np.ndarray, ...]:
    return tuple(axis.astype(_INT32) for axis in np.nonzero(np.atleast_1d(x)))[: np.ndim(x)]


_gradients: dict[str, Any] = {"mean": _mean_rule, "pad": _pad_rule, "slice_update": _slice_update_rule}
