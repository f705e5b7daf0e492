"""Pooling of the network group on NumPy, over any number of axes, one axis at a time; with its gradients."""

from __future__ import annotations

import math as _math
from typing import Any

import numpy as np

from keras_front.protocol import geometry as _geometry

from . import buffers as _buffers
from . import calls as _calls


def _padded(x: np.ndarray, pairs: Any, value: float) -> np.ndarray:
    if not any(map(any, pairs)):
        return x
    shape = (
        x.shape[0],
        *(low + n + high for n, (low, high) in zip(x.shape[1:-1], pairs, strict=True)),
        x.shape[-1],
    )
    out = np.full(shape, value, x.dtype)
    out[_inner(x.shape, pairs)] = x
    return out


def _inner(shape: tuple[int, ...], pairs: Any) -> tuple[slice, ...]:
    return (slice(None), *(slice(low, low + n) for n, (low, _) in zip(shape[1:-1], pairs, strict=True)))


def _views(x: np.ndarray, axis: int, window: int, stride: int) -> list[np.ndarray]:
    """What the outputs along one axis see, for each place in the window."""
    count = max((x.shape[axis] - window) // stride + 1, 0)
    before = (slice(None),) * axis
    return [
        x[(*before, slice(p, p + (count - 1) * stride + 1 if count else p, stride))] for p in range(window)
    ]


def _image_blocks(x: np.ndarray) -> list[slice]:
    size = max(_math.prod(x.shape[1:]) * x.itemsize, 1)
    step = max(_buffers.BLOCK // size, 1)
    return [slice(i, i + step) for i in range(0, x.shape[0], step)] or [slice(0, 0)]


def _plan(x: np.ndarray, window: Any, strides: Any, padding: Any) -> Any:
    """Padding, and ``(axis, window, stride)`` of the axes in the order they are reduced: the last first.

    In this order the first of equal values in a window wins, counted row by row.
    """
    pairs = _geometry.window_padding(padding, x.shape[1:-1], window, strides)
    axes = [(a + 1, w, s) for a, (w, s) in enumerate(zip(window, strides, strict=True))]
    return pairs, [stage for stage in reversed(axes) if stage[1:] != (1, 1)]


# ---------------------------------------------------------------- maximum


def _highest(x: np.ndarray, stages: Any, keep: bool, out: np.ndarray) -> list[np.ndarray]:
    """Fills ``out`` with the maxima; returns for each stage which place of its window held them first."""
    places = []
    for n, (axis, window, stride) in enumerate(stages):
        views = _views(x, axis, window, stride)
        best = out if n == len(stages) - 1 else np.empty(views[0].shape, x.dtype)
        place = None
        for p, view in enumerate(views[1:], 1):
            before = best if p > 1 else views[0]
            if keep:
                better = np.greater(view, before)
                if place is None:
                    place = better.view(np.uint8) if window < 256 else better.astype(np.int64)
                else:  # Later places have greater numbers.
                    np.maximum(place, np.multiply(better, p, dtype=place.dtype), out=place)
            np.maximum(before, view, out=best)
        if window == 1:
            best[...] = views[0]
            place = np.zeros(best.shape, np.uint8) if keep else None
        if place is not None:
            places.append(place)
        x = best
    if not stages:
        out[...] = x
    return places


def _max_pool(x: np.ndarray, window: Any, strides: Any, padding: Any, keep: bool) -> Any:
    pairs, stages = _plan(x, window, strides, padding)
    padded = _padded(x, pairs, -_math.inf)
    blocks = _image_blocks(padded)
    outputs = _geometry.output_sizes(padded.shape[1:-1], window, strides)
    y = np.empty((x.shape[0], *outputs, x.shape[-1]), x.dtype)
    places = [_highest(padded[where], stages, keep, y[where]) for where in blocks]
    return y, places, blocks, padded.shape, pairs, stages


def _route(
    up: np.ndarray, places: list[np.ndarray], shape: tuple[int, ...], stages: Any, out: np.ndarray
) -> None:
    """Sends the gradient back through the stages to the places that held the maxima."""
    shapes = _shapes(shape, stages)
    for n in reversed(range(len(stages))):
        axis, window, stride = stages[n]
        below = out if n == 0 else np.empty(shapes[n], up.dtype)
        # The first places of the windows do not overlap: they are written, the others are added.
        if window < stride:
            below.fill(0)
        below[(*(slice(None),) * axis, slice(up.shape[axis] * stride, None))] = 0
        for p, view in enumerate(_views(below, axis, window, stride)):
            mask = _buffers.bit_mask(np.equal(places[n], p))
            if p < stride:
                _buffers.keep(mask, up, out=view)
            else:
                view += _buffers.keep(mask, up)
        up = below
    if not stages:
        out[...] = up


def _shapes(shape: tuple[int, ...], stages: Any) -> list[tuple[int, ...]]:
    """The shape before each stage."""
    shapes = [shape]
    for axis, window, stride in stages:
        last = shapes[-1]
        count = max((last[axis] - window) // stride + 1, 0)
        shapes.append((*last[:axis], count, *last[axis + 1 :]))
    return shapes


@_calls.kernel
def max_pool(
    x: np.ndarray, /, window: tuple[int, ...], strides: tuple[int, ...], padding: Any = "valid"
) -> np.ndarray:
    return _max_pool(x, window, strides, padding, False)[0]


@_calls.rule
def _max_pool_rule(
    x: np.ndarray, /, window: tuple[int, ...], strides: tuple[int, ...], padding: Any = "valid"
) -> Any:
    y, places, blocks, shape, pairs, stages = _max_pool(x, window, strides, padding, True)
    inner = _inner(x.shape, pairs)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        out = np.empty(shape, y.dtype)
        upstream = np.ascontiguousarray(upstream)
        for where, held in zip(blocks, places, strict=True):
            part = out[where]
            _route(upstream[where], held, part.shape, stages, part)
        return (out if shape == x.shape else out[inner],)

    return y, backward


# ---------------------------------------------------------------- mean


def _window_sums(x: np.ndarray, stages: Any) -> np.ndarray:
    for axis, window, stride in stages:
        views = _views(x, axis, window, stride)
        total = views[0] + views[1] if window > 1 else np.array(views[0])
        for view in views[2:]:
            total += view
        x = total
    return x


def _cells(x: np.ndarray, pairs: Any, stages: Any) -> np.ndarray:
    """How many values that are no padding each window holds."""
    return _window_sums(_padded(np.ones((1, *x.shape[1:-1], 1), x.dtype), pairs, 0.0), stages)


@_calls.kernel
def average_pool(
    x: np.ndarray, /, window: tuple[int, ...], strides: tuple[int, ...], padding: Any = "valid"
) -> np.ndarray:
    pairs, stages = _plan(x, window, strides, padding)
    return _window_sums(_padded(x, pairs, 0.0), stages) / _cells(x, pairs, stages)


@_calls.rule
def _average_pool_rule(
    x: np.ndarray, /, window: tuple[int, ...], strides: tuple[int, ...], padding: Any = "valid"
) -> Any:
    pairs, stages = _plan(x, window, strides, padding)
    padded = _padded(x, pairs, 0.0)
    cells = _cells(x, pairs, stages)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        up = upstream / cells
        shapes = _shapes(padded.shape, stages)
        for n in reversed(range(len(stages))):
            axis, window_size, stride = stages[n]
            below = np.zeros(shapes[n], up.dtype)
            for view in _views(below, axis, window_size, stride):
                view += up
            up = below
        return (up if up.shape == x.shape else up[_inner(x.shape, pairs)],)

    return _window_sums(padded, stages) / cells, backward


_gradients: dict[str, Any] = {"max_pool": _max_pool_rule, "average_pool": _average_pool_rule}
