"""Cases of the network group: activations, softmax family, windows and normalizations.

The formulas are those of the stubs' docstrings, written out on the widest float (there, they need no care for
overflow), windows by going over every position.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from keras_front.protocol.geometry import window_padding

from ..arguments import Argument, Call, away, call, distinct, edges, index, positive, real, sweep
from .row import FLOATING, NUMERIC, Row

SHAPES = (call(real()), call(real(0, 3)), call(real(2, 1, 3)))


def _one(*_: Any, **__: Any) -> float:
    return 1.0


def _activation(oracle: Any, edge: bool = True, scale: Any = None, **options: Any) -> Row:
    """A smooth function of one operand, or one with a kink at 0 only; ``edge``: tried at NaN and infinities, too."""
    return Row(
        FLOATING,
        oracle,
        (call(sweep(-9.0, 9.0, edge=edge)),),
        shapes=(call(sweep(-9.0, 9.0, edge=edge), **options), *SHAPES) if options else SHAPES,
        accuracy="composed",
        scale=scale,
        gradient=(call(away(2, 3)), *((call(away(2, 3), **options),) if options else ())),
    )


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _erf(x: Any) -> Any:
    """By the power series for small arguments and the continued fraction of erfc for great ones."""
    x = np.asarray(x, dtype=np.longdouble)
    near, term = x.copy(), x.copy()
    for k in range(1, 90):
        term = -term * x * x / k
        near = near + term / (2 * k + 1)
    root = np.sqrt(np.longdouble(math.pi) + np.longdouble(1.2246467991473532e-16))
    far, size = np.zeros_like(x), np.maximum(np.abs(x), 2.0)
    for k in range(160, 0, -1):
        far = np.longdouble(k) / 2 / (size + far)
    far = np.sign(x) * (1 - np.exp(-size * size) / root / (size + far))
    return np.where(np.abs(x) < 2.5, near * 2 / root, far)


def _gelu(x: Any, approximate: bool = True) -> Any:
    if approximate:
        return x / 2 * (1 + np.tanh(np.sqrt(2 / np.longdouble(math.pi)) * (x + 0.044715 * x**3)))
    return x / 2 * (1 + _erf(x / np.sqrt(np.longdouble(2))))


def _softmax(x: Any, axis: int = -1) -> Any:
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _logsumexp(x: Any, axis: int = -1, keepdims: bool = False) -> Any:
    high = np.max(x, axis=axis, keepdims=True)
    high = np.where(np.isfinite(high), high, 0)
    result = high + np.log(np.sum(np.exp(x - high), axis=axis, keepdims=True))
    return result if keepdims else np.squeeze(result, axis=axis)


def _log_softmax(x: Any, axis: int = -1) -> Any:
    return x - _logsumexp(x, axis, keepdims=True)


def _largest(x: Any, *_: Any, **__: Any) -> Any:
    return np.max(np.abs(x[np.isfinite(x)]), initial=1.0)


def _cross_entropy(logits: Any, targets: Any) -> Any:
    return -np.sum(targets * _log_softmax(logits), axis=-1)


def _sparse_cross_entropy(logits: Any, labels: Any) -> Any:
    return -np.take_along_axis(_log_softmax(logits), labels[..., None], axis=-1)[..., 0]


def _axis_calls(*first: Call) -> dict[str, Any]:
    return {
        "calls": (call(real(3, 5)), *first),
        "shapes": (call(real(2, 3, 4), axis=1), call(real(2, 3), axis=0), call(real(4)), call(real(0, 3))),
        "gradient": (call(real(2, 3)), call(real(2, 3), axis=0)),
    }


def _values(*entries: float) -> Argument:
    return Argument(lambda generator, name: np.array(entries))


GREAT = _values(-30000.0, 0.0, 30000.0)
LOW = _values(float("-inf"), 0.0, 1.0)

# ---------------------------------------------------------------- windows


def _windows(x: Any, window: Any, strides: Any, padding: Any, dilation: Any = None, fill: float = 0.0) -> Any:
    """The values in each window: ``(n, o..., k..., c)``."""
    rank = len(window)
    dilation = dilation or (1,) * rank
    pairs = window_padding(padding, x.shape[1:-1], window, strides, dilation)
    x = np.pad(x, [(0, 0), *pairs, (0, 0)], constant_values=fill)
    sizes = [
        (n - (w - 1) * d - 1) // s + 1
        for n, w, d, s in zip(x.shape[1:-1], window, dilation, strides, strict=True)
    ]
    result: Any = np.empty((x.shape[0], *sizes, *window, x.shape[-1]), dtype=x.dtype)
    for o in itertools.product(*map(range, sizes)):
        for k in itertools.product(*map(range, window)):
            place: tuple[int, ...] = tuple(
                a * s + b * d for a, s, b, d in zip(o, strides, k, dilation, strict=True)
            )
            result[(slice(None), *o, *k)] = x[(slice(None), *place)]
    return result


def _conv(
    x: Any, kernel: Any, strides: Any, padding: Any = "valid", dilation: Any = None, groups: int = 1
) -> Any:
    rank = x.ndim - 2
    seen = _windows(x, kernel.shape[:rank], strides, padding, dilation)
    outputs = seen.shape[: 1 + rank]
    depth = x.shape[-1] // groups
    parts = []
    for group in range(groups):
        filters = kernel[..., group * kernel.shape[-1] // groups : (group + 1) * kernel.shape[-1] // groups]
        part = seen[..., group * depth : (group + 1) * depth]
        size = math.prod(filters.shape[:-1])
        parts.append(part.reshape(*outputs, size) @ filters.reshape(size, -1))
    return np.concatenate(parts, axis=-1)


def _conv_sizes(x: Any, kernel: Any, **options: Any) -> Any:
    return _conv(np.abs(x), np.abs(kernel), **options)


def _max_pool(x: Any, window: Any, strides: Any, padding: Any = "valid") -> Any:
    rank = len(window)
    return _windows(x, window, strides, padding, fill=-np.inf).max(axis=tuple(range(1 + rank, 1 + 2 * rank)))


def _average_pool(x: Any, window: Any, strides: Any, padding: Any = "valid") -> Any:
    axes = tuple(range(1 + len(window), 1 + 2 * len(window)))
    return np.nanmean(_windows(x, window, strides, padding, fill=np.nan), axis=axes)


def _pool_calls(argument: Any) -> dict[str, Any]:
    return {
        "calls": (call(argument(2, 5, 3), window=(2,), strides=(2,)),),
        "shapes": (
            call(argument(1, 5, 6, 2), window=(2, 3), strides=(2, 1), padding="same"),
            call(argument(1, 5, 6, 2), window=(3, 3), strides=(2, 2)),
            call(argument(1, 4, 2), window=(3,), strides=(1,), padding="same"),
            call(argument(1, 4, 2), window=(3,), strides=(2,), padding=((1, 1),)),
            call(argument(2, 3, 3, 3, 1), window=(2, 2, 2), strides=(1, 1, 1)),
            call(argument(0, 4, 1), window=(2,), strides=(2,)),
        ),
        "gradient": (
            call(argument(1, 5, 2), window=(2,), strides=(2,)),
            call(argument(1, 4, 4, 1), window=(3, 3), strides=(2, 2), padding="same"),
            call(argument(1, 4, 1), window=(2,), strides=(1,), padding=((1, 0),)),
        ),
    }


# ---------------------------------------------------------------- normalizations


def _along(vector: Any, axis: int, rank: int) -> Any:
    shape = [1] * rank
    shape[axis] = -1
    return np.reshape(vector, shape)


def _normalize(
    x: Any,
    mean: Any,
    variance: Any,
    scale: Any = None,
    offset: Any = None,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Any:
    mean, variance, scale, offset = (
        None if v is None else _along(v, axis, x.ndim) for v in (mean, variance, scale, offset)
    )
    y = (x - mean) / np.sqrt(variance + epsilon)
    return (y if scale is None else y * scale) + (0 if offset is None else offset)


def _batch_norm(x: Any, scale: Any = None, offset: Any = None, axis: int = -1, epsilon: float = 1e-3) -> Any:
    axes = tuple(a for a in range(x.ndim) if a != axis % x.ndim)
    mean, variance = np.mean(x, axis=axes), np.var(x, axis=axes)
    return _normalize(x, mean, variance, scale, offset, axis, epsilon), mean, variance


def _layer_norm(
    x: Any, scale: Any = None, offset: Any = None, axes: Any = (-1,), epsilon: float = 1e-3
) -> Any:
    y = (x - np.mean(x, axis=axes, keepdims=True)) / np.sqrt(np.var(x, axis=axes, keepdims=True) + epsilon)
    return (y if scale is None else y * scale) + (0 if offset is None else offset)


def _few(*_: Any, **__: Any) -> float:
    """The size of the terms of a normalization: (x - mean) / deviation, times scale, plus offset."""
    return 4.0


# ---------------------------------------------------------------- the table

ROWS = {
    "relu": Row(
        NUMERIC,
        lambda x: np.maximum(x, 0),
        (call(edges()),),
        shapes=SHAPES,
        gradient=(call(away(2, 3)),),
    ),
    "sigmoid": _activation(_sigmoid, scale=_one),
    "softplus": _activation(lambda x: np.logaddexp(x, 0)),
    "silu": _activation(lambda x: x * _sigmoid(x), edge=False, scale=np.abs),
    "erf": _activation(_erf),
    "gelu": _activation(_gelu, edge=False, scale=lambda x, **_: np.abs(x), approximate=False),
    "elu": _activation(
        lambda x, alpha=1.0: np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x), alpha=0.5
    ),
    "leaky_relu": _activation(
        lambda x, negative_slope=0.2: np.where(x < 0, x * negative_slope, x),
        negative_slope=0.5,
    ),
    "logsumexp": Row(
        FLOATING,
        _logsumexp,
        accuracy="composed",
        scale=_largest,
        **_axis_calls(call(GREAT), call(LOW), call(real(2, 3), keepdims=True)),
    ),
    "softmax": Row(FLOATING, _softmax, accuracy="composed", **_axis_calls(call(GREAT), call(LOW))),
    "log_softmax": Row(
        FLOATING, _log_softmax, accuracy="composed", scale=_largest, **_axis_calls(call(GREAT))
    ),
    "softmax_cross_entropy": Row(
        FLOATING,
        _cross_entropy,
        (call(real(4, 3), real(4, 3, low=0.0, high=1.0)),),
        shapes=(
            call(real(3), real(3, low=0.0)),
            call(real(2, 2, 3), real(2, 2, 3)),
            call(real(0, 3), real(0, 3)),
        ),
        accuracy="composed",
        scale=lambda x, t: _largest(x) * np.sum(np.abs(t), axis=-1),
        gradient=(call(real(2, 3), real(2, 3)), call(real(3), positive(3))),
    ),
    "sparse_softmax_cross_entropy": Row(
        FLOATING,
        _sparse_cross_entropy,
        (call(real(4, 3), index(4, below=3)), call(real(4, 3), index(4, below=3, dtype="int64"))),
        shapes=(
            call(real(3), index(below=3)),
            call(real(2, 2, 3), index(2, 2, below=3)),
            call(real(0, 3), index(0, below=3)),
        ),
        accuracy="composed",
        scale=_largest,
        gradient=(call(real(2, 3), index(2, below=3)),),
    ),
    "sigmoid_cross_entropy": Row(
        FLOATING,
        lambda x, t: np.logaddexp(x, 0) - x * t,
        (
            call(real(4, 3), real(4, 3, low=0.0, high=1.0)),
            call(_values(-300.0, 0.0, 300.0), _values(0.0, 1.0, 1.0)),
        ),
        shapes=(call(real(), real()), call(real(0), real(0))),
        accuracy="composed",
        scale=lambda x, t: np.abs(x) * (1 + np.abs(t)) + 1,
        gradient=(call(away(2, 3), real(2, 3)),),
    ),
    "dense": Row(
        FLOATING,
        lambda x, kernel, bias=None: x @ kernel + (0 if bias is None else bias),
        (call(real(3, 4), real(4, 2), real(2)), call(real(3, 4), real(4, 2))),
        shapes=(
            call(real(2, 3, 4), real(4, 2), real(2)),
            call(real(4), real(4, 2), real(2)),
            call(real(0, 4), real(4, 2), real(2)),
            call(real(2, 3), real(3, 1), None),
        ),
        accuracy="summed",
        scale=lambda x, kernel, bias=None: np.abs(x) @ np.abs(kernel) + (0 if bias is None else np.abs(bias)),
        gradient=(
            call(real(3, 2), real(2, 2), real(2)),
            call(real(2, 2, 3), real(3, 2), real(2)),
            call(real(3), real(3, 2)),
        ),
    ),
    "conv": Row(
        FLOATING,
        _conv,
        (call(real(2, 5, 3), real(2, 3, 4), strides=(1,)),),
        shapes=(
            call(real(1, 5, 6, 2), real(3, 2, 2, 3), strides=(2, 1), padding="same"),
            call(real(1, 5, 6, 4), real(3, 3, 2, 2), strides=(1, 2), groups=2),
            call(real(2, 6, 6, 2), real(2, 2, 2, 2), strides=(1, 1), dilation=(2, 1), padding="same"),
            call(real(1, 5, 5, 3), real(1, 1, 3, 2), strides=(1, 1)),
            call(real(1, 5, 5, 3), real(1, 1, 3, 2), strides=(2, 2)),
            call(real(1, 4, 1), real(3, 1, 2), strides=(2,), padding=((2, 1),)),
            call(real(1, 3, 4, 3, 2), real(2, 2, 2, 2, 3), strides=(1, 1, 1), padding="same"),
            call(real(1, 4, 4, 3), real(2, 2, 1, 6), strides=(1, 1), groups=3),
            call(real(0, 4, 2), real(2, 2, 3), strides=(1,)),
        ),
        accuracy="summed",
        scale=_conv_sizes,
        gradient=(
            call(real(1, 4, 2), real(2, 2, 2), strides=(1,)),
            call(real(1, 3, 4, 2), real(2, 2, 1, 2), strides=(2, 1), padding="same", groups=2),
            call(real(1, 4, 1), real(2, 1, 2), strides=(1,), dilation=(2,), padding=((1, 0),)),
            call(real(1, 2, 2, 2), real(1, 1, 2, 2), strides=(1, 1)),
            call(real(1, 3, 3, 1), real(2, 2, 1, 1), strides=(2, 2)),
        ),
    ),
    "max_pool": Row(FLOATING, _max_pool, **_pool_calls(distinct)),
    "average_pool": Row(FLOATING, _average_pool, accuracy="summed", scale=_one, **_pool_calls(real)),
    "normalize": Row(
        FLOATING,
        _normalize,
        (call(real(4, 3), real(3), positive(3), real(3), real(3)), call(real(4, 3), real(3), positive(3))),
        shapes=(
            call(real(2, 3, 4), real(3), positive(3), real(3), real(3), axis=1),
            call(real(2, 3, 4), real(2), positive(2), None, real(2), axis=0, epsilon=0.5),
            call(real(2, 3), real(3), positive(3), real(3), None),
            call(real(0, 3), real(3), positive(3)),
        ),
        accuracy="composed",
        scale=lambda x, *_, **__: 16.0,
        gradient=(
            call(real(2, 2), real(2), positive(2), real(2), real(2)),
            call(real(2, 2), real(2), positive(2), axis=0),
        ),
    ),
    "batch_norm": Row(
        FLOATING,
        _batch_norm,
        (call(real(7, 3), real(3), real(3)), call(real(7, 3))),
        shapes=(
            call(real(4, 3, 2), real(3), real(3), axis=1),
            call(real(2, 3, 4, 2), real(2), None, epsilon=0.5),
            call(real(3, 2), None, real(2)),
        ),
        accuracy="composed",
        scale=_few,
        gradient=(
            call(real(4, 2), real(2), real(2)),
            call(real(2, 2, 2), axis=1),
            call(real(4, 2), None, real(2)),
        ),
    ),
    "layer_norm": Row(
        FLOATING,
        _layer_norm,
        (call(real(4, 6), real(6), real(6)), call(real(4, 6))),
        shapes=(
            call(real(2, 3, 4), real(3, 4), real(3, 4), axes=(1, 2)),
            call(real(2, 3, 4), real(3, 1), None, axes=(1,), epsilon=0.5),
            call(real(2, 3), None, real(3)),
            call(real(0, 3)),
        ),
        accuracy="composed",
        scale=_few,
        gradient=(
            call(real(2, 4), real(4), real(4)),
            call(real(2, 4)),
            call(real(2, 3, 2), real(3, 1), None, axes=(1,)),
        ),
    ),
}
