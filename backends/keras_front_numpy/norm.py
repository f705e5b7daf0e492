"""Normalizations of the network group on NumPy, with their gradients."""

from __future__ import annotations

import math as _math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import buffers as _buffers
from . import calls as _calls


def _channels_last(x: np.ndarray, axis: int) -> np.ndarray:
    """``x`` as a matrix whose columns are the channels."""
    moved = np.moveaxis(x, axis, -1) if axis % x.ndim != x.ndim - 1 else x
    return (
        np.ascontiguousarray(moved).reshape(-1, x.shape[axis]) if x.size else moved.reshape(0, x.shape[axis])
    )


def _restore(rows: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """The opposite of `_channels_last`."""
    axis %= len(shape)
    if axis == len(shape) - 1:
        return rows.reshape(shape)
    moved = rows.reshape(*shape[:axis], *shape[axis + 1 :], shape[axis])
    return np.ascontiguousarray(np.moveaxis(moved, -1, axis))


def _blocks(rows: np.ndarray) -> Iterator[slice]:
    """Row ranges that fill about a quarter of a block: several arrays are worked on together."""
    step = max(_buffers.BLOCK // 4 // max(rows.shape[1] * rows.itemsize, 1), 1)
    for start in range(0, rows.shape[0], step):
        yield slice(start, start + step)


def _column_sums(rows: np.ndarray, term: Callable[..., np.ndarray] | None = None) -> np.ndarray:
    """Sums over the rows of ``term(block, where, out)``, block by block (of the rows themselves without a term)."""
    total = np.zeros(rows.shape[1], rows.dtype)
    for where in _blocks(rows):
        block = rows[where]
        if term is not None:
            block = term(block, where, _buffers.scratch("norm", block.shape, block.dtype))
        total += _buffers.column_sums(block)
    return total


# ---------------------------------------------------------------- batch normalization


def _batch_norm(x: np.ndarray, scale: Any, offset: Any, axis: int, epsilon: float) -> Any:
    rows = _channels_last(x, axis)
    # The mean of nothing is NaN.
    count = rows.shape[0] or _math.nan
    mean = _column_sums(rows) / rows.dtype.type(count)

    def squared(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
        np.subtract(block, mean, out=out)
        return np.multiply(out, out, out=out)

    variance = _column_sums(rows, squared) / rows.dtype.type(count)
    inverse = 1.0 / np.sqrt(variance + epsilon)
    factor = inverse if scale is None else inverse * scale
    y = np.empty(rows.shape, rows.dtype)
    for where in _blocks(rows):
        block = np.subtract(rows[where], mean, out=y[where])
        block *= factor
        if offset is not None:
            block += offset
    return _restore(y, x.shape, axis), mean, variance, rows, inverse, factor


@_calls.kernel
def batch_norm(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return _batch_norm(x, scale, offset, axis, epsilon)[:3]


@_calls.rule
def _batch_norm_rule(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:
    y, mean, variance, rows, inverse, factor = _batch_norm(x, scale, offset, axis, epsilon)

    def backward(upstream: tuple[Any, ...], needed: tuple[bool, ...]) -> tuple[Any, ...]:
        if upstream[0] is None:
            return None, None, None
        u = _channels_last(upstream[0], axis)

        def product(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
            np.subtract(rows[where], mean, out=out)
            out *= block
            return out

        of_offset = _column_sums(u)
        of_scale = _column_sums(u, product) * inverse
        of_x = None
        if needed[0]:
            # factor * (u - mean(u) - normalized * mean(u * normalized))
            count = rows.dtype.type(rows.shape[0])
            slope = of_scale * inverse / count
            level = of_offset / count
            of_x = np.empty(u.shape, u.dtype)
            for where in _blocks(u):
                block = np.subtract(rows[where], mean, out=of_x[where])
                block *= slope
                np.subtract(u[where], block, out=block)
                block -= level
                block *= factor
            of_x = _restore(of_x, x.shape, axis)
        return of_x, None if scale is None else of_scale, None if offset is None else of_offset

    return (y, mean, variance), backward


# ---------------------------------------------------------------- given statistics


def _normalize(x: np.ndarray, mean: Any, factor: Any, offset: Any, axis: int) -> np.ndarray:
    shift = np.negative(mean * factor) if offset is None else offset - mean * factor
    along = (-1, *(1,) * (x.ndim - 1 - axis % x.ndim))
    y = np.multiply(x, factor.reshape(along))
    y += shift.reshape(along)
    return y


@_calls.kernel
def normalize(
    x: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> np.ndarray:
    inverse = 1.0 / np.sqrt(variance + epsilon)
    return _normalize(x, mean, inverse if scale is None else inverse * scale, offset, axis)


@_calls.rule
def _normalize_rule(
    x: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:
    inverse = 1.0 / np.sqrt(variance + epsilon)
    factor = inverse if scale is None else inverse * scale

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        along = (-1, *(1,) * (x.ndim - 1 - axis % x.ndim))
        of_x = np.multiply(upstream, factor.reshape(along)) if needed[0] else None
        if not any(needed[1:]):
            return of_x, None, None, None, None
        u, rows = _channels_last(upstream, axis), _channels_last(x, axis)
        total = _column_sums(u)

        def product(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
            np.subtract(rows[where], mean, out=out)
            out *= block
            return out

        of_factor = _column_sums(u, product)
        of_variance = of_factor * factor * inverse * inverse * -0.5
        return of_x, -total * factor, of_variance, of_factor * inverse, total

    return _normalize(x, mean, factor, offset, axis), backward


# ---------------------------------------------------------------- layer normalization


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    count = float(_math.prod(x.shape[a] for a in axes)) or _math.nan
    if len(axes) == 1 and axes[0] in (-1, x.ndim - 1) and x.flags.c_contiguous and x.size:
        ones = np.full((x.shape[-1], 1), 1.0, x.dtype)
        total = np.matmul(x.reshape(-1, x.shape[-1]), ones).reshape(*x.shape[:-1], 1)
        total /= count
        return total
    return np.add.reduce(x, axis=axes, keepdims=True) / count


def _layer_norm(x: np.ndarray, axes: tuple[int, ...], epsilon: float) -> tuple[np.ndarray, Any]:
    """The normalized values, and what they were multiplied by."""
    y = np.asarray(np.subtract(x, _mean(x, axes)))
    inverse = np.asarray(_mean(np.multiply(y, y), axes))
    inverse += epsilon
    np.sqrt(inverse, out=inverse)
    np.divide(1.0, inverse, out=inverse)
    y *= inverse
    return y, inverse


@_calls.kernel
def layer_norm(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> np.ndarray:
    y, _ = _layer_norm(x, axes, epsilon)
    if scale is not None:
        y *= scale
    if offset is not None:
        y += offset
    return y


@_calls.rule
def _layer_norm_rule(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> Any:
    normalized, inverse = _layer_norm(x, axes, epsilon)
    y = normalized if scale is None else normalized * scale
    if offset is not None:
        y = y + offset

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        of_x = of_scale = of_offset = None
        if needed[0]:
            g = np.array(upstream) if scale is None else upstream * scale
            slope = _mean(g * normalized, axes)
            g -= _mean(g, axes)
            g -= normalized * slope
            g *= inverse
            of_x = g
        if scale is not None and needed[1]:
            of_scale = _to(upstream * normalized, scale)
        if offset is not None and needed[2]:
            of_offset = _to(upstream, offset)
        return of_x, of_scale, of_offset

    return y, backward


def _to(x: np.ndarray, like: np.ndarray) -> np.ndarray:
    if like.ndim == 1 and x.ndim > 1 and like.shape == x.shape[-1:]:
        return _buffers.column_sums(np.ascontiguousarray(x).reshape(-1, x.shape[-1]))
    return _buffers.sum_to(x, like.shape)


_gradients = {
    "batch_norm": _batch_norm_rule,
    "normalize": _normalize_rule,
    "layer_norm": _layer_norm_rule,
}
