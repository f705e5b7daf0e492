"""Normalizations of the network group on NumPy, with their gradients."""

from __future__ import annotations

import math as _math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import buffers as _buffers
from . import calls as _calls


def _channels_last(x: np.ndarray, axis: int) -> np.ndarray:
    """``x`` as a matrix whose columns are the channels, several times side by side if they are few.

    Rows of some hundred numbers are what NumPy's inner loops need to be fast.
    """
    channels = x.shape[axis]
    moved = np.moveaxis(x, axis, -1) if axis % x.ndim != x.ndim - 1 else x
    count = x.size // channels if channels else 0
    times = 1
    while count and count % (2 * times) == 0 and 2 * times * channels <= 1024:
        times *= 2
    return np.ascontiguousarray(moved).reshape(count // times, times * channels)


def _restore(rows: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """The opposite of `_channels_last`."""
    axis %= len(shape)
    if axis == len(shape) - 1:
        return rows.reshape(shape)
    moved = rows.reshape(*shape[:axis], *shape[axis + 1 :], shape[axis])
    return np.ascontiguousarray(np.moveaxis(moved, -1, axis))


def _wide(vector: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A vector of channels repeated as often as they stand side by side."""
    return np.tile(vector, rows.shape[1] // max(vector.size, 1))


def _blocks(rows: np.ndarray) -> Iterator[slice]:
    """Row ranges that fill about a quarter of a block: several arrays are worked on together."""
    step = max(_buffers.BLOCK // 4 // max(rows.shape[1] * rows.itemsize, 1), 1)
    for start in range(0, rows.shape[0], step):
        yield slice(start, start + step)


def _column_sums(
    rows: np.ndarray, channels: int, term: Callable[..., np.ndarray] | None = None
) -> np.ndarray:
    """Sums over the rows of ``term(block, where, out)``, block by block (of the rows themselves without a term)."""
    total = np.zeros(rows.shape[1], rows.dtype)
    for where in _blocks(rows):
        block = rows[where]
        if term is not None:
            block = term(block, where, _buffers.scratch("norm", block.shape, block.dtype))
        total += _buffers.column_sums(block)
    return total if total.size == channels else np.add.reduce(total.reshape(-1, channels), axis=0)


# ---------------------------------------------------------------- batch normalization


def _batch_norm(x: np.ndarray, scale: Any, offset: Any, axis: int, epsilon: float) -> Any:
    rows = _channels_last(x, axis)
    channels = x.shape[axis]
    # The mean of nothing is NaN.
    count = rows.dtype.type(x.size // channels if x.size else _math.nan)
    mean = _column_sums(rows, channels) / count
    means = _wide(mean, rows)

    def squared(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
        np.subtract(block, means, out=out)
        return np.multiply(out, out, out=out)

    variance = _column_sums(rows, channels, squared) / count
    inverse = 1.0 / np.sqrt(variance + epsilon)
    factor = inverse if scale is None else inverse * scale
    y = np.empty(rows.shape, rows.dtype)
    factors = _wide(factor, rows)
    offsets = None if offset is None else _wide(offset, rows)
    for where in _blocks(rows):
        block = np.subtract(rows[where], means, out=y[where])
        block *= factors
        if offsets is not None:
            block += offsets
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
        channels = mean.size
        means = _wide(mean, rows)

        def product(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
            np.subtract(rows[where], means, out=out)
            out *= block
            return out

        of_offset = _column_sums(u, channels)
        of_scale = _column_sums(u, channels, product) * inverse
        of_x = None
        if needed[0]:
            # factor * (u - mean(u) - normalized * mean(u * normalized))
            count = rows.dtype.type(x.size // channels)
            slopes = _wide(of_scale * inverse / count, rows)
            levels, factors = _wide(of_offset / count, rows), _wide(factor, rows)
            of_x = np.empty(u.shape, u.dtype)
            for where in _blocks(u):
                block = np.subtract(rows[where], means, out=of_x[where])
                block *= slopes
                np.subtract(u[where], block, out=block)
                block -= levels
                block *= factors
            of_x = _restore(of_x, x.shape, axis)
        return of_x, None if scale is None else of_scale, None if offset is None else of_offset

    return (y, mean, variance), backward


# ---------------------------------------------------------------- given statistics


def _normalize(x: np.ndarray, mean: Any, factor: Any, offset: Any, axis: int) -> np.ndarray:
    shift = np.negative(mean * factor) if offset is None else offset - mean * factor
    rows = _channels_last(x, axis)
    y = np.empty(rows.shape, rows.dtype)
    factors, shifts = _wide(factor, rows), _wide(shift, rows)
    for where in _blocks(rows):
        block = np.multiply(rows[where], factors, out=y[where])
        block += shifts
    return _restore(y, x.shape, axis)


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
        total = _column_sums(u, mean.size)
        means = _wide(mean, rows)

        def product(block: np.ndarray, where: slice, out: np.ndarray) -> np.ndarray:
            np.subtract(rows[where], means, out=out)
            out *= block
            return out

        of_factor = _column_sums(u, mean.size, product)
        of_variance = of_factor * factor * inverse * inverse * -0.5
        return of_x, -total * factor, of_variance, of_factor * inverse, total

    return _normalize(x, mean, factor, offset, axis), backward


# ---------------------------------------------------------------- layer normalization


def _parts(x: np.ndarray, axes: tuple[int, ...], *vectors: Any) -> list[slice]:
    """Ranges of the first axis that stay in the cache, if neither the statistics nor the vectors run along it."""
    varies = any(v is not None and v.ndim == x.ndim and v.shape[0] != 1 for v in vectors)
    if not x.size or varies or any(a % x.ndim == 0 for a in axes):
        return [slice(None)]
    step = max(_buffers.BLOCK // 8 // (x.nbytes // x.shape[0]), 1)
    return [slice(i, i + step) for i in range(0, x.shape[0], step)]


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    if axes in ((-1,), (x.ndim - 1,)):
        total = _buffers.row_sums(x)
    else:
        total = np.add.reduce(x, axis=axes, keepdims=True)
    return np.divide(total, float(_math.prod(x.shape[a] for a in axes)) or _math.nan)


def _layer_norm(x: np.ndarray, axes: tuple[int, ...], epsilon: float, y: np.ndarray) -> np.ndarray:
    """Fills ``y`` with the normalized values; returns what they were multiplied by."""
    np.subtract(x, _mean(x, axes), out=y)
    work = np.multiply(y, y, out=_buffers.scratch("norm", y.shape, y.dtype))
    inverse = np.asarray(_mean(work, axes))
    inverse += epsilon
    np.sqrt(inverse, out=inverse)
    np.divide(1.0, inverse, out=inverse)
    y *= inverse
    return inverse


@_calls.kernel
def layer_norm(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> np.ndarray:
    out = np.empty(x.shape, x.dtype)
    for where in _parts(x, axes, scale, offset):
        y = out[where]
        _layer_norm(x[where], axes, epsilon, y)
        if scale is not None:
            y *= scale
        if offset is not None:
            y += offset
    return out


@_calls.rule
def _layer_norm_rule(
    x: np.ndarray,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> Any:
    normalized = np.empty(x.shape, x.dtype)
    plain = scale is None and offset is None
    out = normalized if plain else np.empty(x.shape, x.dtype)
    parts = _parts(x, axes, scale, offset)
    inverses = []
    for where in parts:
        inverses.append(_layer_norm(x[where], axes, epsilon, normalized[where]))
        if scale is not None:
            np.multiply(normalized[where], scale, out=out[where])
        if offset is not None:
            np.add(normalized[where] if scale is None else out[where], offset, out=out[where])

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        of_x = np.empty(x.shape, x.dtype) if needed[0] else None
        of_scale = scale is not None and needed[1]
        of_offset = offset is not None and needed[2]
        vectors: list[Any] = [None, None]
        for where, inverse in zip(parts, inverses, strict=True):
            u, y = upstream[where], normalized[where]
            work = _buffers.scratch("norm", y.shape, y.dtype)
            for n, (like, wanted) in enumerate(((scale, of_scale), (offset, of_offset))):
                if wanted:
                    part = _to(np.multiply(u, y, out=work) if n == 0 else u, like)
                    vectors[n] = part if vectors[n] is None else vectors[n] + part
            if of_x is not None:
                # inverse * (g - mean(g) - normalized * mean(g * normalized)) with g = upstream * scale
                g = np.multiply(u, 1.0 if scale is None else scale, out=of_x[where])
                slope = _mean(np.multiply(g, y, out=work), axes)
                level = _mean(g, axes)
                g -= level
                g -= np.multiply(y, slope, out=work)
                g *= inverse
        return of_x, *vectors

    return out, backward


def _to(x: np.ndarray, like: Any) -> np.ndarray:
    """Sums over what ``like`` was repeated along."""
    if like.ndim == 1 and x.ndim > 1 and like.shape == x.shape[-1:]:
        return _buffers.column_sums(np.ascontiguousarray(x).reshape(-1, x.shape[-1]))
    total = _buffers.sum_to(x, like.shape)
    return np.array(total) if total is x else total  # `x` may be scratch.


_gradients: dict[str, Any] = {
    "batch_norm": _batch_norm_rule,
    "normalize": _normalize_rule,
    "layer_norm": _layer_norm_rule,
}
