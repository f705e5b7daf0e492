"""Convolution of the network group on NumPy, over any number of axes, with its gradients.

A block of images (or of output rows of one image) is unrolled to a matrix of window contents, small
enough to stay in the cache, and multiplied with the kernel at once.  The matrix is made again for the gradient
of the kernel: copying within the cache is cheaper than keeping it in memory.
"""

from __future__ import annotations

import dataclasses as _dataclasses
import functools as _functools
import math as _math
from collections.abc import Iterator
from itertools import product as _product
from typing import Any

import numpy as np

from keras_front.protocol import geometry as _geometry

from . import buffers as _buffers
from . import calls as _calls

#: From this many channels on, the input's gradient takes one product per window position.
_MANY = 256


def _limit() -> int:
    """Bytes of a matrix of window contents."""
    return 2 * _buffers.BLOCK


@_dataclasses.dataclass(frozen=True)
class _Plan:
    """Sizes of one convolution."""

    images: int
    sizes: tuple[int, ...]
    channels: int
    window: tuple[int, ...]
    filters: int
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    padded: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def unpadded(self) -> bool:
        return not any(map(any, self.pairs))

    @property
    def pointwise(self) -> bool:
        return self.window == (1,) * len(self.window) and self.unpadded

    def blocks(self, width: int, itemsize: int) -> Iterator[tuple[int, int, int, int]]:
        """Ranges of images and of output rows, for matrices of ``width`` columns that fill a block."""
        row = _math.prod(self.outputs[1:]) * width * itemsize
        image = row * self.outputs[0]
        if not image:
            return
        if image <= _limit():
            step = _limit() // image
            for i in range(0, self.images, step):
                yield i, min(i + step, self.images), 0, self.outputs[0]
            return
        # Blocks of about equal size.
        parts = -(-image // _limit())
        step = max(-(-self.outputs[0] // parts), 1)
        for i in range(self.images):
            for r in range(0, self.outputs[0], step):
                yield i, i + 1, r, min(r + step, self.outputs[0])

    def positions(self, rows: int) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """Each window position and what ``rows`` output rows see there in the padded input, below the image axis."""
        outputs = (rows, *self.outputs[1:])
        for position in _product(*map(range, self.window)):
            yield (
                position,
                tuple(
                    slice(p * d, p * d + (n - 1) * s + 1, s)
                    for p, d, n, s in zip(position, self.dilation, outputs, self.strides, strict=True)
                ),
            )


@_functools.lru_cache(maxsize=1024)
def _plan(
    shape: tuple[int, ...], kernel: tuple[int, ...], strides: Any, padding: Any, dilation: Any
) -> _Plan:
    rank = len(shape) - 2
    window, sizes = kernel[:rank], shape[1:-1]
    dilation = dilation or (1,) * rank
    pairs = _geometry.window_padding(padding, sizes, window, strides, dilation)
    padded = tuple(n + low + high for n, (low, high) in zip(sizes, pairs, strict=True))
    outputs = _geometry.output_sizes(padded, window, strides, dilation)
    return _Plan(shape[0], sizes, shape[-1], window, kernel[-1], strides, dilation, pairs, padded, outputs)


def _input(x: np.ndarray, plan: _Plan, i: int, j: int, r: int, q: int) -> np.ndarray:
    """What output rows ``r`` to ``q`` of images ``i`` to ``j`` see, padded."""
    first = r * plan.strides[0]
    last = (q - 1) * plan.strides[0] + (plan.window[0] - 1) * plan.dilation[0] + 1
    if plan.unpadded:
        return x[i:j, first:last]
    out = _buffers.scratch("padded", (j - i, last - first, *plan.padded[1:], plan.channels), x.dtype)
    out.fill(0)
    low = plan.pairs[0][0]
    start, stop = max(first - low, 0), min(last - low, plan.sizes[0])
    inner = tuple(slice(a, a + n) for n, (a, _) in zip(plan.sizes[1:], plan.pairs[1:], strict=True))
    if stop > start:
        out[(slice(None), slice(start + low - first, stop + low - first), *inner)] = x[i:j, start:stop]
    return out


def _columns(seen: np.ndarray, plan: _Plan, rows: int) -> tuple[np.ndarray, bool]:
    """The matrix of window contents, and whether it is transposed: ``(window and channels, output cells)``.

    Copies run along the channels and the last window axis, or, if those are few, along the output cells.
    """
    outputs = (seen.shape[0], rows, *plan.outputs[1:])
    steps = seen.strides
    cells = (steps[0], *(a * s for a, s in zip(steps[1:-1], plan.strides, strict=True)))
    taps = (*(a * d for a, d in zip(steps[1:-1], plan.dilation, strict=True)), steps[-1])
    inside = (*plan.window, plan.channels)
    across = plan.channels * (plan.window[-1] if plan.dilation[-1] == 1 else 1) < 16
    shape, strides = (inside + outputs, taps + cells) if across else (outputs + inside, cells + taps)
    view = np.lib.stride_tricks.as_strided(seen, shape, strides)
    width, height = _math.prod(inside), _math.prod(outputs)
    out = _buffers.scratch("columns", shape, seen.dtype)
    out[...] = view
    return out.reshape((width, height) if across else (height, width)), across


def _forward(x: np.ndarray, kernel: np.ndarray, plan: _Plan) -> np.ndarray:
    out = np.empty((plan.images, *plan.outputs, plan.filters), x.dtype)
    weights = np.ascontiguousarray(kernel).reshape(-1, plan.filters)
    if plan.pointwise:
        seen = _strided(x, plan)
        np.matmul(seen.reshape(-1, plan.channels), weights, out=out.reshape(-1, plan.filters))
        return out
    for i, j, r, q in plan.blocks(weights.shape[0], x.itemsize):
        columns, across = _columns(_input(x, plan, i, j, r, q), plan, q - r)
        target = out[i:j, r:q].reshape(-1, plan.filters)
        np.matmul(columns.T if across else columns, weights, out=target)
    return out


def _strided(x: np.ndarray, plan: _Plan) -> np.ndarray:
    """What a window of size 1 sees."""
    if set(plan.strides) == {1}:
        return x
    return np.ascontiguousarray(x[(slice(None), *(slice(None, None, s) for s in plan.strides))])


def _of_kernel(x: np.ndarray, up: np.ndarray, kernel: np.ndarray, plan: _Plan) -> np.ndarray:
    if plan.pointwise:
        seen = _strided(x, plan).reshape(-1, plan.channels)
        return np.matmul(seen.T, up.reshape(-1, plan.filters)).reshape(kernel.shape)
    width = kernel.size // plan.filters
    total = np.zeros((width, plan.filters), x.dtype)
    part = _buffers.scratch("part", total.shape, x.dtype)
    for i, j, r, q in plan.blocks(width, x.itemsize):
        columns, across = _columns(_input(x, plan, i, j, r, q), plan, q - r)
        u = up[i:j, r:q].reshape(-1, plan.filters)
        total += np.matmul(columns if across else columns.T, u, out=part)
    return total.reshape(kernel.shape)


def _of_input(up: np.ndarray, kernel: np.ndarray, plan: _Plan) -> np.ndarray:
    shape = (plan.images, *plan.sizes, plan.channels)
    if plan.pointwise:
        flat = np.matmul(up.reshape(-1, plan.filters), kernel.reshape(plan.channels, plan.filters).T)
        if set(plan.strides) == {1}:
            return flat.reshape(shape)
        out = np.zeros(shape, up.dtype)
        out[(slice(None), *(slice(None, None, s) for s in plan.strides))] = flat.reshape(
            *up.shape[:-1], plan.channels
        )
        return out
    if plan.unpadded:
        out = np.zeros(shape, up.dtype)
        _spread(up, kernel, plan, out)
        return out
    out = np.empty(shape, up.dtype)
    inner = tuple(slice(low, low + n) for n, (low, _) in zip(plan.sizes, plan.pairs, strict=True))
    step = max(_buffers.BLOCK // max(_math.prod(plan.padded) * plan.channels * up.itemsize, 1), 1)
    for i in range(0, plan.images, step):
        part = up[i : i + step]
        padded = _buffers.scratch("padded", (len(part), *plan.padded, plan.channels), up.dtype)
        padded.fill(0)
        _spread(part, kernel, _dataclasses.replace(plan, images=len(part)), padded)
        out[i : i + step] = padded[(slice(None), *inner)]
    return out


def _spread(up: np.ndarray, kernel: np.ndarray, plan: _Plan, out: np.ndarray) -> None:
    """Adds to the padded input's gradient what each window position contributes."""
    channels, filters = plan.channels, plan.filters
    by_position = channels >= _MANY
    width = channels if by_position else kernel.size // filters
    weights = np.ascontiguousarray(kernel).reshape(-1, filters).T
    stride = plan.strides[0]
    for i, j, r, q in plan.blocks(width, up.itemsize):
        u = up[i:j, r:q].reshape(-1, filters)
        part = _buffers.scratch("columns", (u.shape[0], width), up.dtype)
        target = out[i:j, r * stride :]
        if not by_position:
            np.matmul(u, weights, out=part)
        for n, (_, seen) in enumerate(plan.positions(q - r)):
            at = slice(n * channels, (n + 1) * channels)
            of_position = np.matmul(u, weights[:, at], out=part) if by_position else part[:, at]
            target[(slice(None), *seen)] += of_position.reshape(j - i, q - r, *plan.outputs[1:], channels)


# ---------------------------------------------------------------- one filter group a channel


def _depthwise(x: np.ndarray, kernel: np.ndarray, plan: _Plan) -> np.ndarray:
    """Each channel has filters of its own: products and sums, and no matrix."""
    channels, many = plan.channels, plan.filters // plan.channels
    out = np.empty((plan.images, *plan.outputs, channels, many), x.dtype)
    for i, j, r, q in plan.blocks(plan.filters, x.itemsize):
        seen = _input(x, plan, i, j, r, q)[..., None]
        target = out[i:j, r:q]
        target.fill(0)
        part = _buffers.scratch("columns", target.shape, x.dtype)
        for position, where in plan.positions(q - r):
            weights = kernel[position].reshape(channels, many)
            target += np.multiply(seen[(slice(None), *where)], weights, out=part)
    return out.reshape(*out.shape[:-2], plan.filters)


def _depthwise_gradients(
    x: np.ndarray, up: np.ndarray, kernel: np.ndarray, plan: _Plan, needed: tuple[bool, ...]
) -> tuple[Any, Any]:
    channels, many = plan.channels, plan.filters // plan.channels
    of_kernel = np.zeros((*plan.window, channels * many), x.dtype)
    padded = np.zeros((plan.images, *plan.padded, channels), x.dtype) if needed[0] else None
    up = up.reshape(*up.shape[:-1], channels, many)
    for i, j, r, q in plan.blocks(plan.filters, x.itemsize):
        u = up[i:j, r:q]
        seen = _input(x, plan, i, j, r, q)[..., None]
        part = _buffers.scratch("columns", u.shape, x.dtype)
        for position, where in plan.positions(q - r):
            if needed[1]:
                np.multiply(seen[(slice(None), *where)], u, out=part)
                of_kernel[position] += _buffers.column_sums(part.reshape(-1, channels * many))
            if padded is not None:
                np.multiply(u, kernel[position].reshape(channels, many), out=part)
                below = part[..., 0] if many == 1 else np.add.reduce(part, axis=-1)
                padded[i:j, r * plan.strides[0] :][(slice(None), *where)] += below
    of_x = None
    if padded is not None:
        inner = tuple(slice(low, low + n) for n, (low, _) in zip(plan.sizes, plan.pairs, strict=True))
        of_x = padded[(slice(None), *inner)]
    return of_x, of_kernel.reshape(kernel.shape)


# ---------------------------------------------------------------- the protocol's function


def _run(x: np.ndarray, kernel: np.ndarray, strides: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The result, and the gradients as ``f(upstream, needed)``."""
    if not isinstance(padding, str):
        padding = tuple((int(low), int(high)) for low, high in padding)
    strides, dilation = tuple(strides), tuple(dilation) if dilation else None
    x = np.ascontiguousarray(x)
    if groups > 1 and kernel.shape[-2] > 1:
        return _run_groups(x, kernel, strides, padding, dilation, groups)
    plan = _plan(x.shape, kernel.shape, strides, padding, dilation)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, Any]:
        up = np.ascontiguousarray(upstream)
        if groups > 1:
            return _depthwise_gradients(x, up, kernel, plan, needed)
        return (
            _of_input(up, kernel, plan) if needed[0] else None,
            _of_kernel(x, up, kernel, plan) if needed[1] else None,
        )

    return (_depthwise if groups > 1 else _forward)(x, kernel, plan), backward


def _run_groups(
    x: np.ndarray, kernel: np.ndarray, strides: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    """One convolution a group, on copies that hold the group's channels together."""
    runs = [
        _run(part, weights, strides, padding, dilation, 1)
        for part, weights in zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    ]

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        parts = [run[1](part, needed) for run, part in zip(runs, np.split(upstream, groups, -1), strict=True)]
        return tuple(
            np.concatenate(parts_of, -1) if parts_of[0] is not None else None
            for parts_of in zip(*parts, strict=True)
        )

    return np.concatenate([run[0] for run in runs], -1), backward


@_calls.kernel
def conv(
    x: np.ndarray,
    kernel: np.ndarray,
    /,
    strides: tuple[int, ...],
    padding: Any = "valid",
    dilation: tuple[int, ...] | None = None,
    groups: int = 1,
) -> np.ndarray:
    return _run(x, kernel, strides, padding, dilation, groups)[0]


@_calls.rule
def _conv_rule(
    x: np.ndarray,
    kernel: np.ndarray,
    /,
    strides: tuple[int, ...],
    padding: Any = "valid",
    dilation: tuple[int, ...] | None = None,
    groups: int = 1,
) -> Any:
    return _run(x, kernel, strides, padding, dilation, groups)


_gradients: dict[str, Any] = {"conv": _conv_rule}
