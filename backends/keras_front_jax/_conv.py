"""Convolution in the forms that XLA compiles to fast code.

On CPU, XLA's fast kernels take a convolution without groups whose axes stand in one order: samples, space, channels for
data; space, channels, filters for the kernel.  The gradients of a convolution stand in another one.  XLA transposes them
where they are outside of loops only: in the body of a scan they ran 10 to 400 times slower.  So here the
gradients are given in that order.  Convolutions in groups it has no fast kernel for at all.

All of it is plain operations with plain derivatives: forward mode, second derivatives and batching work.
"""

from __future__ import annotations

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero

from keras_front.protocol import geometry

Pairs = tuple[tuple[int, int], ...]
Numbers = tuple[int, ...]

#: Up to so many groups, one convolution for each is faster than a product for each place of the window.
_MOST_SPLITS = 8


def convolve(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers, groups: int
) -> jax.Array:
    """Convolution, channels last; ``pairs``: entries added before and after each spatial axis."""
    rank = x.ndim - 2
    window = kernel.shape[:rank]
    channels, filters = kernel.shape[rank:]
    if set(window) <= {1} and groups == 1 and set(pairs) <= {(0, 0)}:
        return _pointwise(x, kernel, strides)
    padded = [size + low + high for size, (low, high) in zip(x.shape[1:-1], pairs, strict=True)]
    outputs = geometry.output_sizes(padded, window, strides, dilation)
    rows = x.shape[0] * math.prod(outputs)
    if (
        jax.default_backend() != "cpu"
        or not rows
        or not kernel.size
        or min(low for pair in pairs for low in pair) < 0
    ):
        return _native(x, kernel, strides, pairs, dilation, groups)
    if groups == 1:
        # Where there are fewer rows than filters, the columns are smaller than the kernel, which the other form transposes.
        form = _by_columns if rows < filters else _in_order
        return form(x, kernel, strides, pairs, dilation)
    if channels > 1 and groups <= _MOST_SPLITS:
        parts = zip(jnp.split(x, groups, axis=-1), jnp.split(kernel, groups, axis=-1), strict=True)
        return jnp.concatenate([_in_order(a, k, strides, pairs, dilation) for a, k in parts], axis=-1)
    return _by_places(x, kernel, strides, pairs, dilation, groups)


def _native(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers, groups: int = 1
) -> jax.Array:
    rank = x.ndim - 2
    layout = (0, rank + 1, *range(1, rank + 1))
    return _general(
        x, kernel, strides, pairs, dilation, (layout, (rank + 1, rank, *range(rank)), layout), groups
    )


def _general(
    x: jax.Array,
    kernel: jax.Array,
    strides: Numbers,
    pairs: Pairs,
    dilation: Numbers,
    axes: tuple[Numbers, Numbers, Numbers],
    groups: int = 1,
) -> jax.Array:
    return lax.conv_general_dilated(
        x,
        kernel,
        window_strides=strides,
        padding=pairs,
        rhs_dilation=dilation,
        dimension_numbers=lax.ConvDimensionNumbers(*axes),
        feature_group_count=groups,
    )


# ---------------------------------------------------------------- one group


def _pointwise(x: jax.Array, kernel: jax.Array, strides: Numbers) -> jax.Array:
    """A window of one entry: a matrix product at each kept place."""
    x = lax.slice(x, (0,) * x.ndim, x.shape, (1, *strides, 1))
    matrix = kernel.reshape(kernel.shape[-2:])
    # Of two axes, the kernel's gradient is one product without transposing: up to 3 times faster on CPU.
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    return jnp.matmul(rows, matrix).reshape(*x.shape[:-1], matrix.shape[-1])


@functools.partial(jax.custom_jvp, nondiff_argnums=(2, 3, 4))
def _in_order(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers
) -> jax.Array:
    return _native(x, kernel, strides, pairs, dilation)


@functools.partial(_in_order.defjvp, symbolic_zeros=True)
def _in_order_tangent(strides, pairs, dilation, primals, tangents):
    """The two halves of the derivative, each written so that its transpose has its axes in order."""
    (x, kernel), (dx, dkernel) = primals, tangents
    rank = x.ndim - 2
    space, window = tuple(range(1, rank + 1)), tuple(range(rank))
    by_channel, by_sample = (0, rank + 1, *space), (rank + 1, 0, *space)
    swap = (*window, rank + 1, rank)
    y = _in_order(x, kernel, strides, pairs, dilation)
    halves = []
    if type(dx) is not SymbolicZero:
        turned = lax.transpose(kernel, swap)
        axes = (by_channel, (rank, rank + 1, *window), by_channel)
        halves.append(_general(dx, turned, strides, pairs, dilation, axes))
    if type(dkernel) is not SymbolicZero:
        # Samples and channels change places, as do the kernel's channels and window.
        data = lax.transpose(x, (rank + 1, *space, 0))
        turned = lax.transpose(dkernel, (rank, *window, rank + 1))
        axes = (by_sample, by_sample, (rank, rank + 1, *window))
        half = _general(data, turned, strides, pairs, dilation, axes)
        halves.append(lax.transpose(half, (rank, *window, rank + 1)))
    return y, functools.reduce(lax.add, halves) if halves else jnp.zeros_like(y)


def _by_columns(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers
) -> jax.Array:
    """All places of the window side by side, and one matrix product."""
    seen = [part for _, part in _places(x, kernel, strides, pairs, dilation)]
    columns = lax.concatenate(seen, x.ndim - 1)
    matrix = kernel.reshape(-1, kernel.shape[-1])
    rows = columns.reshape(-1, columns.shape[-1])
    return jnp.matmul(rows, matrix).reshape(*columns.shape[:-1], matrix.shape[-1])


# ---------------------------------------------------------------- groups


def _by_places(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers, groups: int
) -> jax.Array:
    """The sum over the places of the window: where a group is one channel all of it fuses into one loop."""
    channels, filters = kernel.shape[-2:]
    dtype = x.dtype
    if dtype.itemsize < 4:
        # The sum runs over the places one by one and would be rounded at each.
        x, kernel = x.astype(np.float32), kernel.astype(np.float32)
    terms = []
    for position, seen in _places(x, kernel, strides, pairs, dilation):
        weights = kernel[position].reshape(channels, groups, filters // groups)
        terms.append(_product(seen, weights))
    return functools.reduce(lax.add, terms).astype(dtype)


def _product(seen: jax.Array, weights: jax.Array) -> jax.Array:
    """``sum over c of seen[..., g, c] * weights[c, g, f]``, groups and filters as one axis."""
    channels, groups, filters = weights.shape
    before = seen.shape[:-1]
    if channels == 1 and filters == 1:
        return seen * weights.reshape(groups)
    if channels == 1:
        return (seen[..., None] * weights[0]).reshape(*before, groups * filters)
    rows = seen.reshape(-1, groups, channels)
    result = lax.dot_general(rows, weights, (((2,), (0,)), ((1,), (1,))))
    return lax.transpose(result, (1, 0, 2)).reshape(*before, groups * filters)


def _places(
    x: jax.Array, kernel: jax.Array, strides: Numbers, pairs: Pairs, dilation: Numbers
) -> list[tuple[Numbers, jax.Array]]:
    """Each position of the window, and what the outputs see there."""
    edges = [(0, 0, 0), *((low, high, 0) for low, high in pairs), (0, 0, 0)]
    x = lax.pad(x, np.zeros((), x.dtype), edges)
    slices = geometry.window_slices(x.shape, kernel.shape[: x.ndim - 2], strides, dilation)
    return [(position, lax.slice(x, starts, stops, steps)) for position, starts, stops, steps in slices]
