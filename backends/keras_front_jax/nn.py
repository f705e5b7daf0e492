"""Network group: where XLA has an operation, or another form of the body differentiates faster."""

from __future__ import annotations

import builtins
import functools as _functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from keras_front.protocol import geometry as _geometry

from . import _conv, _jit


@_jit.kernel()
def erf(x: jax.Array, /) -> jax.Array:
    """The error function."""
    return lax.erf(x)


@_jit.kernel()
def sigmoid(x: jax.Array, /) -> jax.Array:
    """``1 / (1 + exp(-x))``."""
    return lax.logistic(x)


@_jit.kernel()
def sparse_softmax_cross_entropy(logits: jax.Array, labels: jax.Array, /) -> jax.Array:
    """Minus the logarithm of the label's softmax."""
    # Masked and summed instead of picked: the gradient is then elementwise, where that of a gather scatters.
    classes = lax.broadcasted_iota(np.int32, logits.shape, logits.ndim - 1)
    logarithms = jax.nn.log_softmax(logits)
    picked = jnp.where(classes == labels.astype(np.int32)[..., None], logarithms, 0)
    return -jnp.sum(picked, axis=-1, dtype=logits.dtype)


@_jit.kernel()
def dense(x: jax.Array, kernel: jax.Array, bias: jax.Array | None = None, /) -> jax.Array:
    """``x @ kernel + bias``."""
    y = jnp.matmul(x, kernel)
    return y if bias is None else y + bias


@_jit.kernel("strides", "padding", "dilation", "groups")
def conv(
    x: jax.Array,
    kernel: jax.Array,
    /,
    strides: tuple[int, ...],
    padding: _geometry.Padding = "valid",
    dilation: tuple[int, ...] | None = None,
    groups: int = 1,
) -> jax.Array:
    """Convolution over any number of spatial axes, channels last."""
    rank = x.ndim - 2
    dilation = tuple(dilation or (1,) * rank)
    pairs = _geometry.window_padding(padding, x.shape[1:-1], kernel.shape[:rank], strides, dilation)
    return _conv.convolve(x, kernel, tuple(strides), pairs, dilation, groups)


# ---------------------------------------------------------------- pooling

# Beyond so many slices for one axis, XLA's own window operation compiles and runs faster.
_MOST_SLICES = 32


def _along_axis(x, axis, size, stride, combine):
    """Combines the entries of each window on one axis, the first entry being the left operand."""
    count = (x.shape[axis] - size) // stride + 1
    parts = (lax.slice_in_dim(x, k, k + (count - 1) * stride + 1, stride, axis) for k in range(size))
    return _functools.reduce(combine, parts)


def _greater(a, b):
    return jnp.where((b > a) | (b != b), b, a)


def _padded_window(x, window, strides, padding, value):
    pairs = _geometry.window_padding(padding, x.shape[1:-1], window, strides)
    edges = [(0, 0, 0), *((low, high, 0) for low, high in pairs), (0, 0, 0)]
    return pairs, lax.pad(x, np.array(value).astype(x.dtype), edges)


@_jit.kernel("window", "strides", "padding")
def max_pool(
    x: jax.Array,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _geometry.Padding = "valid",
) -> jax.Array:
    """The greatest value in each window, channel by channel."""
    _, x = _padded_window(x, window, strides, padding, -np.inf)
    if (
        0 in _geometry.output_sizes(x.shape[1:-1], window, strides)
        or builtins.max(window, default=1) > _MOST_SLICES
    ):
        return lax.reduce_window(x, -np.inf, lax.max, (1, *window, 1), (1, *strides, 1), "VALID")
    # The gradient of the window operation is 10 to 25 times slower on CPU than that of slices.  One axis after
    # the other, the last first: so the first of equal values in row-major order takes the gradient.
    for axis in reversed(range(1, x.ndim - 1)):
        x = _along_axis(x, axis, window[axis - 1], strides[axis - 1], _greater)
    return x


@_jit.kernel("window", "strides", "padding")
def average_pool(
    x: jax.Array,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _geometry.Padding = "valid",
) -> jax.Array:
    """The mean of each window, channel by channel; padding does not count."""
    sizes = x.shape[1:-1]
    pairs, x = _padded_window(x, window, strides, padding, 0)
    outputs = _geometry.output_sizes(x.shape[1:-1], window, strides)
    counts = np.ones((1,) * x.ndim)
    for axis, (size, extent, stride, (low, _), n) in enumerate(
        zip(sizes, window, strides, pairs, outputs, strict=True), start=1
    ):
        first = np.arange(n) * stride - low
        inside = np.minimum(first + extent, size) - np.maximum(first, 0)
        counts = counts * inside.reshape(-1, *(1,) * (x.ndim - 1 - axis))
    # Windows that do not overlap have a gradient that is as fast as the sum itself.
    if tuple(strides) == tuple(window) or 0 in outputs or builtins.max(window, default=1) > _MOST_SLICES:
        x = lax.reduce_window(x, 0, lax.add, (1, *window, 1), (1, *strides, 1), "VALID")
    else:
        for axis in range(1, x.ndim - 1):
            x = _along_axis(x, axis, window[axis - 1], strides[axis - 1], lax.add)
    return x / counts.astype(x.dtype)
