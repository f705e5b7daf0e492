"""Network group: activations, affine maps, windows, normalizations and cross-entropies.

All of it is derived.  Images and sequences are channels-last; statistics are taken in the dtype given.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .geometry import Padding, window_padding, window_slices
from .registry import derived
from .runtime import Tensor

if TYPE_CHECKING:
    from .typed import Backend

# ---------------------------------------------------------------- activations


@derived
def relu(b: Backend, x: Tensor, /) -> Tensor:
    """``max(x, 0)``.  shape: ``(...) -> (...)``.  dtype: numeric, unchanged.

    The gradient at 0 is 0.
    source: Nair and Hinton, ICML 2010.
    example: relu([-1.0, 2.0]) == [0.0, 2.0]
    """
    # "where" and not "maximum": at a tie the gradient of maximum is shared between both sides.
    # The comparison is "x <= 0", so that NaN passes through.
    return b.where(b.less_equal(x, 0), 0, x)


@derived
def sigmoid(b: Backend, x: Tensor, /) -> Tensor:
    """``1 / (1 + exp(-x))``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: sigmoid([0.0, 2.0]) == [0.5, 0.8807971]
    """
    # By tanh no value overflows on the way.
    return b.add(b.multiply(b.tanh(b.multiply(x, 0.5)), 0.5), 0.5)


@derived
def softplus(b: Backend, x: Tensor, /) -> Tensor:
    """``log(1 + exp(x))``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: softplus([0.0, 100.0]) == [0.6931472, 100.0]
    """
    # "maximum" and not "relu": half of its gradient at the tie x = 0 makes the whole 1/2 that it should be.
    return b.add(b.maximum(x, 0.0), b.log1p(b.exp(b.negative(b.abs(x)))))


@derived
def silu(b: Backend, x: Tensor, /) -> Tensor:
    """``x * sigmoid(x)``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    source: Elfwing et al., arXiv:1702.03118.
    example: silu([0.0, 2.0]) == [0.0, 1.7615942]
    """
    return b.multiply(x, b.sigmoid(x))


@derived
def erf(b: Backend, x: Tensor, /) -> Tensor:
    """Error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t * t)`` from 0 to ``x``.

    shape: ``(...) -> (...)``.  dtype: floating, unchanged.
    example: erf([0.0, 1.0]) == [0.0, 0.8427008]
    """
    # Near 0 the power series keeps the relative error small; farther out erfc, as t * exp(-x*x + p(t))
    # with t = 2 / (2 + |x|) and a Chebyshev fit p.
    size = b.abs(x)
    small = b.clip(x, low=-0.5, high=0.5)
    squared = b.multiply(small, small)
    series = b.full((), 0.0, dtype=b.dtype_of(x))
    for k in reversed(range(12)):
        coefficient = (-1) ** k / (math.factorial(k) * (2 * k + 1))
        series = b.add(b.multiply(series, squared), coefficient)
    near = b.multiply(b.multiply(small, series), 2 / math.sqrt(math.pi))
    t = b.divide(2.0, b.add(size, 2.0))
    twice = b.subtract(b.multiply(t, 4.0), 2.0)
    d = dd = b.multiply(t, 0.0)
    for coefficient in reversed(_ERFC_FIT[1:]):
        d, dd = b.add(b.subtract(b.multiply(twice, d), dd), coefficient), d
    p = b.subtract(b.multiply(b.add(b.multiply(twice, d), _ERFC_FIT[0]), 0.5), dd)
    tail = b.multiply(t, b.exp(b.subtract(p, b.multiply(size, size))))
    far = b.multiply(b.sign(x), b.subtract(1.0, tail))
    return b.where(b.less(size, 0.5), near, far)


@derived
def gelu(b: Backend, x: Tensor, /, approximate: bool = True) -> Tensor:
    """``x * Phi(x)`` with the normal distribution's ``Phi``, or its usual ``tanh`` approximation.

    shape: ``(...) -> (...)``.  dtype: floating, unchanged.
    source: Hendrycks and Gimpel, arXiv:1606.08415.
    example: gelu([0.0, 1.0], approximate=False) == [0.0, 0.8413447]
    """
    if approximate:
        inner = b.multiply(x, b.add(b.multiply(b.multiply(x, x), 0.044715), 1.0))
        phi = b.add(b.tanh(b.multiply(inner, math.sqrt(2 / math.pi))), 1.0)
    else:
        phi = b.add(b.erf(b.multiply(x, math.sqrt(0.5))), 1.0)
    return b.multiply(b.multiply(x, phi), 0.5)


@derived
def elu(b: Backend, x: Tensor, /, alpha: float = 1.0) -> Tensor:
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    The gradient at 0 is ``alpha``.
    source: Clevert et al., arXiv:1511.07289.
    example: elu([-1.0, 2.0]) == [-0.6321206, 2.0]
    """
    below = b.less_equal(x, 0.0)
    # The unused branch must not overflow either: infinity times a gradient of 0 is NaN.
    return b.where(below, b.multiply(b.expm1(b.where(below, x, 0.0)), alpha), x)


@derived
def leaky_relu(b: Backend, x: Tensor, /, negative_slope: float = 0.2) -> Tensor:
    """``x`` above 0, ``negative_slope * x`` below.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    The gradient at 0 is ``negative_slope``.
    source: Maas et al., ICML 2013.
    example: leaky_relu([-1.0, 2.0], negative_slope=0.1) == [-0.1, 2.0]
    """
    return b.where(b.less_equal(x, 0.0), b.multiply(x, negative_slope), x)


# ---------------------------------------------------------------- softmax family


@derived
def logsumexp(b: Backend, x: Tensor, /, axis: int = -1, keepdims: bool = False) -> Tensor:
    """``log(sum(exp(x)))`` along an axis, without overflow.

    shape: the axis leaves, or stays with size 1.  dtype: floating, unchanged.
    example: logsumexp([0.0, 0.0]) == 0.6931472
    """
    highest = b.max(x, axis=axis, keepdims=True)
    # An infinite maximum would give inf - inf.
    shift = b.stop_gradient(b.where(b.isfinite(highest), highest, 0.0))
    total = b.sum(b.exp(b.subtract(x, shift)), axis=axis, keepdims=True)
    result = b.add(b.log(total), shift)
    if keepdims:
        return result
    position = axis % len(x.shape)
    return b.reshape(result, (*result.shape[:position], *result.shape[position + 1 :]))


@derived
def softmax(b: Backend, x: Tensor, /, axis: int = -1) -> Tensor:
    """``exp(x) / sum(exp(x))`` along an axis.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: softmax([0.0, 0.6931472]) == [0.3333333, 0.6666667]
    """
    powers = b.exp(b.subtract(x, b.stop_gradient(b.max(x, axis=axis, keepdims=True))))
    return b.divide(powers, b.sum(powers, axis=axis, keepdims=True))


@derived
def log_softmax(b: Backend, x: Tensor, /, axis: int = -1) -> Tensor:
    """``log(softmax(x))`` along an axis.  shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    example: log_softmax([0.0, 0.6931472]) == [-1.0986123, -0.4054651]
    """
    shifted = b.subtract(x, b.stop_gradient(b.max(x, axis=axis, keepdims=True)))
    return b.subtract(shifted, b.log(b.sum(b.exp(shifted), axis=axis, keepdims=True)))


@derived
def softmax_cross_entropy(b: Backend, logits: Tensor, targets: Tensor, /) -> Tensor:
    """``-sum(targets * log_softmax(logits))`` along the last axis.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: floating, both equal, unchanged.
    example: softmax_cross_entropy([[0.0, 0.0]], [[1.0, 0.0]]) == [0.6931472]
    """
    return b.negative(b.sum(b.multiply(targets, b.log_softmax(logits)), axis=-1))


@derived
def sparse_softmax_cross_entropy(b: Backend, logits: Tensor, labels: Tensor, /) -> Tensor:
    """``-log_softmax(logits)[label]`` along the last axis, ``0 <= label < c``.

    shape: ``(..., c), (...) -> (...)``.  dtype: logits floating, unchanged; labels integer.
    example: sparse_softmax_cross_entropy([[0.0, 0.0]], [1]) == [0.6931472]
    """
    picked = b.take_along_axis(b.log_softmax(logits), b.expand_dims(labels, axis=-1), axis=-1)
    return b.negative(b.reshape(picked, labels.shape))


@derived
def sigmoid_cross_entropy(b: Backend, logits: Tensor, targets: Tensor, /) -> Tensor:
    """``-t * log(sigmoid(x)) - (1 - t) * log(1 - sigmoid(x))``.

    shape: ``(...), (...) -> (...)``.  dtype: floating, both equal, unchanged.
    example: sigmoid_cross_entropy([0.0], [1.0]) == [0.6931472]
    """
    return b.subtract(b.softplus(logits), b.multiply(logits, targets))


# ---------------------------------------------------------------- affine maps and windows


@derived
def dense(b: Backend, x: Tensor, kernel: Tensor, bias: Tensor | None = None, /) -> Tensor:
    """``x @ kernel + bias``.

    shape: ``(..., d), (d, units), (units,) -> (..., units)``.  dtype: all equal, unchanged.
    example: dense([[1.0, 2.0]], [[3.0], [4.0]], [0.5]) == [[11.5]]
    """
    y = b.matmul(x, kernel)
    return y if bias is None else b.add(y, bias)


@derived
def conv(
    b: Backend,
    x: Tensor,
    kernel: Tensor,
    /,
    strides: tuple[int, ...],
    padding: Padding = "valid",
    dilation: tuple[int, ...] | None = None,
    groups: int = 1,
) -> Tensor:
    """Convolution (cross-correlation) over any number of spatial axes.

    ``y[n, o, f] = sum over p, c of x[n, o * stride + p * dilation - before, c] * kernel[p, c, f]``,
    channel ``c`` and filter ``f`` of the same group.

    shape: ``(n, s..., c), (k..., c / groups, filters) -> (n, o..., filters)``.
    dtype: all equal, floating, unchanged.
    source: Dumoulin and Visin, arXiv:1603.07285.
    example: conv([[[1.0], [2.0], [3.0]]], [[[1.0]], [[1.0]]], strides=(1,)) == [[[3.0], [5.0]]]
    """
    rank = len(x.shape) - 2
    window = kernel.shape[:rank]
    pairs = window_padding(padding, x.shape[1:-1], window, strides, dilation)
    x = b.pad(x, (0, *(low for low, _ in pairs), 0), (0, *(high for _, high in pairs), 0))
    channels, filters = kernel.shape[rank:]
    # (k..., groups, c / groups, filters / groups): the filters of one group stand together.
    kernel = b.reshape(kernel, (*window, channels, groups, filters // groups))
    kernel = b.permute_dims(kernel, (*range(rank), rank + 1, rank, rank + 2))
    total = None
    for position, starts, stops, steps in window_slices(x.shape, window, strides, dilation):
        seen = b.slice(x, starts, stops, steps)
        seen = b.reshape(seen, (*seen.shape[:-1], groups, 1, channels))
        weights = b.slice(
            kernel,
            (*position, 0, 0, 0),
            (*(p + 1 for p in position), *kernel.shape[rank:]),
            (1,) * (rank + 3),
        )
        part = b.matmul(seen, b.reshape(weights, kernel.shape[rank:]))
        total = part if total is None else b.add(total, part)
    assert total is not None
    return b.reshape(total, (*total.shape[:-3], filters))


@derived
def max_pool(
    b: Backend,
    x: Tensor,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: Padding = "valid",
) -> Tensor:
    """The greatest value in each window, channel by channel; NaN wins, padding never does.

    shape: ``(n, s..., c) -> (n, o..., c)``.  dtype: floating, unchanged.
    example: max_pool([[[1.0], [3.0], [2.0]]], window=(2,), strides=(1,)) == [[[3.0], [3.0]]]
    """
    pairs = window_padding(padding, x.shape[1:-1], window, strides)
    x = b.pad(x, (0, *(low for low, _ in pairs), 0), (0, *(high for _, high in pairs), 0), -math.inf)
    result = None
    for _, starts, stops, steps in window_slices(x.shape, window, strides):
        seen = b.slice(x, starts, stops, steps)
        # The first of equal values keeps the whole gradient, and NaN wins, as in the native kernels.
        if result is None:
            result = seen
        else:
            wins = b.bitwise_or(b.greater(seen, result), b.isnan(seen))
            result = b.where(wins, seen, result)
    return result


@derived
def average_pool(
    b: Backend,
    x: Tensor,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: Padding = "valid",
) -> Tensor:
    """The mean of each window, channel by channel; padding does not count.

    shape: ``(n, s..., c) -> (n, o..., c)``.  dtype: floating, unchanged.
    example: average_pool([[[1.0], [3.0], [2.0]]], window=(2,), strides=(1,)) == [[[2.0], [2.5]]]
    """
    pairs = window_padding(padding, x.shape[1:-1], window, strides)
    before, after = (0, *(low for low, _ in pairs), 0), (0, *(high for _, high in pairs), 0)
    ones = b.full((1, *x.shape[1:-1], 1), 1.0, dtype=b.dtype_of(x))

    def window_sums(value: Tensor) -> Tensor:
        value = b.pad(value, before, after)
        total = None
        for _, starts, stops, steps in window_slices(value.shape, window, strides):
            seen = b.slice(value, starts, stops, steps)
            total = seen if total is None else b.add(total, seen)
        return total

    return b.divide(window_sums(x), window_sums(ones))


# ---------------------------------------------------------------- normalizations


def _along(b: Backend, vector: Tensor, axis: int, rank: int) -> Tensor:
    """A vector as a tensor of the given rank that broadcasts along ``axis``."""
    axis %= rank
    return vector if axis == rank - 1 else b.reshape(vector, (-1, *(1,) * (rank - 1 - axis)))


@derived
def normalize(
    b: Backend,
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    scale: Tensor | None = None,
    offset: Tensor | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset`` along a channel axis.

    shape: ``(..., c, ...)``, the others ``(c,) -> (..., c, ...)``.  dtype: all equal, floating, unchanged.
    source: Ioffe and Szegedy, arXiv:1502.03167 (inference).
    example: normalize([[3.0]], [1.0], [4.0], [2.0], [0.5], epsilon=0.0) == [[2.5]]
    """
    factor = b.rsqrt(b.add(variance, epsilon))
    if scale is not None:
        factor = b.multiply(factor, scale)
    shift = b.negative(b.multiply(mean, factor))
    if offset is not None:
        shift = b.add(shift, offset)
    rank = len(x.shape)
    return b.add(b.multiply(x, _along(b, factor, axis, rank)), _along(b, shift, axis, rank))


@derived
def batch_norm(
    b: Backend,
    x: Tensor,
    scale: Tensor | None = None,
    offset: Tensor | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalizes by the batch's own statistics, and returns them: ``(y, mean, variance)``.

    Mean and (biased) variance are taken over every axis but the channel axis.  No gradient flows
    back through the returned statistics, only through ``y``.

    shape: ``(..., c, ...), (c,), (c,) -> (..., c, ...), (c,), (c,)``.  dtype: all equal, floating, unchanged.
    source: Ioffe and Szegedy, arXiv:1502.03167 (training).
    example: batch_norm([[1.0], [3.0]], epsilon=0.0)[0] == [[-1.0], [1.0]]
    """
    rank = len(x.shape)
    axes = tuple(a for a in range(rank) if a != axis % rank)
    mean = b.mean(x, axis=axes)
    centered = b.subtract(x, _along(b, mean, axis, rank))
    variance = b.mean(b.multiply(centered, centered), axis=axes)
    factor = b.rsqrt(b.add(variance, epsilon))
    if scale is not None:
        factor = b.multiply(factor, scale)
    y = b.multiply(centered, _along(b, factor, axis, rank))
    if offset is not None:
        y = b.add(y, _along(b, offset, axis, rank))
    return y, b.stop_gradient(mean), b.stop_gradient(variance)


@derived
def layer_norm(
    b: Backend,
    x: Tensor,
    scale: Tensor | None = None,
    offset: Tensor | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset``, statistics over ``axes`` of each sample.

    shape: ``(...)``, scale and offset broadcast against it ``-> (...)``.  dtype: all equal, floating, unchanged.
    source: Ba et al., arXiv:1607.06450.
    example: layer_norm([[1.0, 3.0]], epsilon=0.0) == [[-1.0, 1.0]]
    """
    mean = b.mean(x, axis=axes, keepdims=True)
    centered = b.subtract(x, mean)
    variance = b.mean(b.multiply(centered, centered), axis=axes, keepdims=True)
    y = b.multiply(centered, b.rsqrt(b.add(variance, epsilon)))
    if scale is not None:
        y = b.multiply(y, scale)
    return y if offset is None else b.add(y, offset)


@derived
def dropout(b: Backend, x: Tensor, key: Tensor, /, rate: float) -> Tensor:
    """Zeroes a share ``rate`` of the values, ``0 <= rate < 1``, and divides the others by ``1 - rate``.

    One key gives one mask.  A backend may draw it from a generator of its own, except in portable mode.

    shape: ``(...), (2,) -> (...)``.  dtype: floating, unchanged; key ``uint32``.
    source: Srivastava et al., JMLR 15, 2014.
    example: dropout([1.0, 2.0], [0, 0], rate=0.0) == [1.0, 2.0]
    """
    keep = b.less(b.random_uniform(key, shape=x.shape, dtype="float32"), 1.0 - rate)
    return b.where(keep, b.multiply(x, 1.0 / (1.0 - rate)), 0.0)


#: Chebyshev coefficients of ``log(erfc(x) / t) + x * x`` over ``t = 2 / (2 + x)``, x >= 0.
_ERFC_FIT = (
    -1.3026537197817094,
    0.6419697923564902,
    0.019476473204185836,
    -0.009561514786808632,
    -0.0009465953444820369,
    0.00036683949785276145,
    4.252332480690777e-05,
    -2.0278578112534242e-05,
    -1.6242900046470256e-06,
    1.3036558355805232e-06,
    1.5626441722066142e-08,
    -8.523809591492654e-08,
    6.5290544390988515e-09,
    5.059343495551469e-09,
    -9.91364156493033e-10,
    -2.273651222931836e-10,
    9.646791102015527e-11,
    2.3940380830391146e-12,
    -6.886027526497553e-12,
    8.944879273090725e-13,
    3.130921399342958e-13,
    -1.1270822361367252e-13,
    3.810905255189232e-16,
    7.106097613609237e-15,
    -1.5230282014571043e-15,
    -9.457494571291233e-17,
    1.210237189224279e-16,
    -2.816663087747177e-17,
)
