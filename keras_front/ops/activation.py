"""Activation functions."""

from __future__ import annotations

from typing import Any

from keras_front.core.convert import dtype_of
from keras_front.core.dispatch import F
from keras_front.ops.arguments import Axis, floats, known, numbers, one_axis, some_axes
from keras_front.ops.define import op

# ---------------------------------------------------------------- rectifiers


@op
def relu(x: Any) -> Any:
    """``max(x, 0)``.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    source: Nair and Hinton, ICML 2010.
    example: relu([-1.0, 2.0]) == [0.0, 2.0]
    """
    return F.relu(numbers(x))


@op
def relu6(x: Any) -> Any:
    """``min(max(x, 0), 6)``.  shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.

    source: Howard et al., arXiv:1704.04861.
    example: relu6([-1.0, 2.0, 9.0]) == [0.0, 2.0, 6.0]
    """
    x = F.relu(numbers(x))
    return F.where(F.less(x, 6), x, 6)


@op
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """``x`` above 0, ``negative_slope * x`` below.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Maas et al., ICML 2013.
    example: leaky_relu([-1.0, 2.0]) == [-0.2, 2.0]
    """
    return F.leaky_relu(floats(x), negative_slope=negative_slope)


@op
def elu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` above 0, ``alpha * (exp(x) - 1)`` below.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Clevert et al., arXiv:1511.07289.
    example: elu([-1.0, 2.0]) == [-0.6321206, 2.0]
    """
    return F.elu(floats(x), alpha=alpha)


@op
def selu(x: Any) -> Any:
    """``scale * elu(x, alpha)`` with the constants that keep mean 0 and variance 1.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    source: Klambauer et al., arXiv:1706.02515.
    example: selu([-1.0, 2.0]) == [-1.1113307, 2.101402]
    """
    return F.multiply(F.elu(floats(x), alpha=1.6732632423543772), 1.0507009873554805)


@op
def celu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` above 0, ``alpha * (exp(x / alpha) - 1)`` below.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    source: Barron, arXiv:1704.07483.
    example: celu([-1.0, 2.0], alpha=2.0) == [-0.7869387, 2.0]
    """
    return F.multiply(F.elu(F.divide(floats(x), alpha)), alpha)


@op
def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """``x`` above the threshold, else ``default_value``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: threshold([1.0, 3.0], 2.0, 0.5) == [0.5, 3.0]
    """
    x = floats(x)
    return F.where(F.greater(x, threshold), x, default_value)


# ---------------------------------------------------------------- S-shapes


@op
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sigmoid([0.0, 2.0]) == [0.5, 0.8807971]
    """
    return F.sigmoid(floats(x))


@op
def log_sigmoid(x: Any) -> Any:
    """``log(sigmoid(x))``, without overflow.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: log_sigmoid([0.0, -100.0]) == [-0.6931472, -100.0]
    """
    return F.negative(F.softplus(F.negative(floats(x))))


@op
def hard_sigmoid(x: Any) -> Any:
    """``min(max(x / 6 + 1 / 2, 0), 1)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: hard_sigmoid([-3.0, 0.0, 1.5]) == [0.0, 0.5, 0.75]
    """
    return F.clip(F.add(F.divide(floats(x), 6.0), 0.5), low=0.0, high=1.0)


@op
def hard_tanh(x: Any) -> Any:
    """``min(max(x, -1), 1)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: hard_tanh([-3.0, 0.5, 3.0]) == [-1.0, 0.5, 1.0]
    """
    return F.clip(floats(x), low=-1.0, high=1.0)


@op
def sparse_sigmoid(x: Any) -> Any:
    """``min(max((x + 1) / 2, 0), 1)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sparse_sigmoid([-2.0, 0.0, 0.5]) == [0.0, 0.5, 0.75]
    """
    return F.clip(F.multiply(F.add(floats(x), 1.0), 0.5), low=0.0, high=1.0)


@op
def softsign(x: Any) -> Any:
    """``x / (1 + |x|)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: softsign([-1.0, 3.0]) == [-0.5, 0.75]
    """
    x = floats(x)
    return F.divide(x, F.add(F.abs(x), 1.0))


# ---------------------------------------------------------------- smooth rectifiers


@op
def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, without overflow.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: softplus([0.0, 100.0]) == [0.6931472, 100.0]
    """
    return F.softplus(floats(x))


@op
def silu(x: Any) -> Any:
    """``x * sigmoid(x)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Elfwing et al., arXiv:1702.03118.
    example: silu([0.0, 2.0]) == [0.0, 1.7615942]
    """
    return F.silu(floats(x))


@op
def swish(x: Any) -> Any:
    """``x * sigmoid(x)``, as `silu`.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: swish([0.0, 2.0]) == [0.0, 1.7615942]
    """
    return silu(x)


@op
def hard_silu(x: Any) -> Any:
    """``x * hard_sigmoid(x)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Howard et al., arXiv:1905.02244.
    example: hard_silu([-3.0, 1.5]) == [0.0, 1.125]
    """
    x = floats(x)
    return F.multiply(x, hard_sigmoid(x))


@op
def hard_swish(x: Any) -> Any:
    """``x * hard_sigmoid(x)``, as `hard_silu`.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: hard_swish([-3.0, 1.5]) == [0.0, 1.125]
    """
    return hard_silu(x)


@op
def gelu(x: Any, approximate: bool = True) -> Any:
    """``x * Phi(x)`` with the normal distribution's ``Phi``, or its usual ``tanh`` approximation.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    source: Hendrycks and Gimpel, arXiv:1606.08415.
    example: gelu([0.0, 1.0], approximate=False) == [0.0, 0.8413447]
    """
    return F.gelu(floats(x), approximate=approximate)


@op
def sparse_plus(x: Any) -> Any:
    """0 up to -1, ``(x + 1)**2 / 4`` up to 1, then ``x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: sparse_plus([-2.0, 0.0, 3.0]) == [0.0, 0.25, 3.0]
    """
    x = floats(x)
    bend = F.add(F.clip(x, low=-1.0, high=1.0), 1.0)
    return F.where(F.less(x, 1.0), F.multiply(F.multiply(bend, bend), 0.25), x)


@op
def squareplus(x: Any, b: float = 4) -> Any:
    """``(x + sqrt(x * x + b)) / 2``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Barron, arXiv:2112.11687.
    example: squareplus([0.0, 1.5]) == [1.0, 2.0]
    """
    x = floats(x)
    return F.multiply(F.add(x, F.sqrt(F.add(F.multiply(x, x), float(b)))), 0.5)


# ---------------------------------------------------------------- shrinking


@op
def tanh_shrink(x: Any) -> Any:
    """``x - tanh(x)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: tanh_shrink([0.0, 1.0]) == [0.0, 0.2384058]
    """
    x = floats(x)
    return F.subtract(x, F.tanh(x))


@op
def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``x`` where ``|x|`` is above the threshold, else 0.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: hard_shrink([-1.0, 0.25]) == [-1.0, 0.0]
    """
    x = floats(x)
    return F.where(F.greater(F.abs(x), threshold), x, 0.0)


@op
def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """``sign(x) * max(|x| - threshold, 0)``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: soft_shrink([-1.0, 0.25]) == [-0.5, 0.0]
    """
    x = floats(x)
    above = F.where(F.greater(x, threshold), F.subtract(x, threshold), 0.0)
    return F.where(F.less(x, -threshold), F.add(x, threshold), above)


# ---------------------------------------------------------------- along an axis


@op
def softmax(x: Any, axis: Axis = -1) -> Any:
    """``exp(x) / sum(exp(x))`` over one or several axes (all of them: ``None``).

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: softmax([0.0, 0.6931472]) == [0.3333333, 0.6666667]
    """
    x = floats(x)
    axes = some_axes("softmax", axis, len(x.shape))
    if isinstance(axes, int):
        return F.softmax(x, axis=axes)
    powers = F.exp(F.subtract(x, F.stop_gradient(F.max(x, axis=axes, keepdims=True))))
    return F.divide(powers, F.sum(powers, axis=axes, keepdims=True))


@op
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """``log(softmax(x))`` over one or several axes (all of them: ``None``).

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    example: log_softmax([0.0, 0.6931472]) == [-1.0986123, -0.4054651]
    """
    x = floats(x)
    axes = some_axes("log_softmax", axis, len(x.shape))
    if isinstance(axes, int):
        return F.log_softmax(x, axis=axes)
    shifted = F.subtract(x, F.stop_gradient(F.max(x, axis=axes, keepdims=True)))
    return F.subtract(shifted, F.log(F.sum(F.exp(shifted), axis=axes, keepdims=True)))


@op
def sparsemax(x: Any, axis: int = -1) -> Any:
    """The point of the probability simplex nearest to ``x`` along an axis.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range.
    source: Martins and Astudillo, arXiv:1602.02068, algorithm 1.
    example: sparsemax([0.0, 0.5, 2.0]) == [0.0, 0.0, 1.0]
    """
    x = floats(x)
    rank = len(x.shape)
    axis = one_axis("sparsemax", axis, rank)
    if not known((x.shape[axis],)):
        return F.softmax(x, axis=axis)  # A spec: the shape stays.
    falling = F.negative(F.sort(F.negative(x), axis=axis))
    sums = F.subtract(F.cumulative_sum(falling, axis=axis), 1.0)
    ranks = F.arange(1, x.shape[axis] + 1, 1, dtype=dtype_of(x))
    ranks = F.reshape(ranks, (-1, *(1,) * (rank - 1 - axis)))
    inside = F.greater(falling, F.divide(sums, ranks))
    count = F.sum(F.astype(inside, dtype_of(x)), axis=axis, keepdims=True)
    # The sum up to the last place inside: the places inside come first.
    total = F.sum(F.where(inside, falling, 0.0), axis=axis, keepdims=True)
    return F.maximum(F.subtract(x, F.divide(F.subtract(total, 1.0), count)), 0.0)


@op
def glu(x: Any, axis: int = -1) -> Any:
    """``a * sigmoid(b)`` with the two halves ``a`` and ``b`` of an axis.

    shape: ``(..., 2 n, ...) -> (..., n, ...)``.  dtype: integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range or of odd size.
    source: Dauphin et al., arXiv:1612.08083.
    example: glu([4.0, 0.0]) == [2.0]
    """
    x = floats(x)
    shape = tuple(x.shape)
    axis = one_axis("glu", axis, len(shape))
    size = shape[axis]
    if size is None:
        return F.sigmoid(x)  # A spec: half of an unknown size is unknown.
    if size % 2:
        raise ValueError(f"glu: axis {axis} must have an even size, got shape {shape}")
    starts, steps = (0,) * len(shape), (1,) * len(shape)
    first = F.slice(x, starts, (*shape[:axis], size // 2, *shape[axis + 1 :]), steps)
    second = F.slice(x, (*starts[:axis], size // 2, *starts[axis + 1 :]), shape, steps)
    return F.multiply(first, F.sigmoid(second))
