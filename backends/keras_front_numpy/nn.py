"""Network group on NumPy: activations, softmax family, cross-entropies, dense, dropout; with their gradients."""

from __future__ import annotations

import math as _math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.protocol import nn as _body

from . import buffers as _buffers
from . import calls as _calls
from . import random as _random

# ---------------------------------------------------------------- activations

_ELEMENTS = 1 << 15


def _sweep(step: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """Runs ``step(out, *arrays)`` block by block, so that its passes stay in the cache; returns ``out``."""
    first = arrays[0]
    inputs = [np.ascontiguousarray(a).reshape(-1) for a in arrays]
    flat = np.empty(first.size, first.dtype)
    for start in range(0, flat.size, _ELEMENTS):
        stop = start + _ELEMENTS
        step(flat[start:stop], *(a[start:stop] for a in inputs))
    return flat.reshape(first.shape)


_zeros = {np.dtype(name): np.zeros(_ELEMENTS, name) for name in ("float32", "float64")}
# Zeros without axes: NumPy takes as long to find the dtype of a Python number as to compare a small array.
_zero = {dtype: zeros[0:1].reshape(()) for dtype, zeros in _zeros.items()}


def _relu(x: np.ndarray) -> np.ndarray:
    zeros = _zeros.get(x.dtype)
    if zeros is None:
        return np.maximum(x, 0)
    if x.size < 1024:
        return np.maximum(x, _zero[x.dtype])
    # Two arrays are compared by vector instructions, an array and a scalar are not.
    return _sweep(lambda out, a: np.maximum(a, zeros[: a.size], out=out), x)


@_calls.silent
def relu(x: np.ndarray, /) -> np.ndarray:
    return _relu(x)


@_calls.rule
def _relu_rule(x: np.ndarray, /) -> Any:
    y = _relu(x)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        zero = _zero.get(y.dtype)
        if zero is not None and y.size < 512:
            return (np.where(np.greater(y, zero), upstream, zero),)
        above = np.greater(y, 0 if zero is None else zero)
        return (_buffers.keep(_buffers.bit_mask(np.asarray(above)), np.asarray(upstream)),)

    return y, backward


def _sigmoid_step(out: np.ndarray, x: np.ndarray) -> None:
    np.multiply(x, 0.5, out=out)  # By tanh no value overflows on the way.
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5


@_calls.kernel
def sigmoid(x: np.ndarray, /) -> np.ndarray:
    return _sweep(_sigmoid_step, x)


def _sigmoid_slope(out: np.ndarray, y: np.ndarray, upstream: np.ndarray) -> None:
    np.subtract(1.0, y, out=out)
    out *= y
    out *= upstream


@_calls.rule
def _sigmoid_rule(x: np.ndarray, /) -> Any:
    y = _sweep(_sigmoid_step, x)
    return y, lambda upstream, needed: (_sweep(_sigmoid_slope, y, upstream),)


def _silu_step(out: np.ndarray, x: np.ndarray) -> None:
    _sigmoid_step(out, x)
    out *= x


def _silu_slope(out: np.ndarray, x: np.ndarray, upstream: np.ndarray) -> None:
    """``s * (1 + x * (1 - s))`` with ``s = sigmoid(x)``."""
    s = _buffers.scratch("slope", out.shape, out.dtype)
    _sigmoid_step(s, x)
    np.subtract(1.0, s, out=out)
    out *= x
    out += 1.0
    out *= s
    out *= upstream


@_calls.kernel
def silu(x: np.ndarray, /) -> np.ndarray:
    return _sweep(_silu_step, x)


@_calls.rule
def _silu_rule(x: np.ndarray, /) -> Any:
    return _sweep(_silu_step, x), lambda upstream, needed: (_sweep(_silu_slope, x, upstream),)


_RATE = _math.sqrt(2 / _math.pi)


def _gelu_tanh(out: np.ndarray, x: np.ndarray) -> None:
    """``1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))``."""
    np.multiply(x, x, out=out)
    out *= 0.044715 * _RATE
    out += _RATE
    out *= x
    np.tanh(out, out=out)
    out += 1.0


def _gelu_erf(out: np.ndarray, x: np.ndarray) -> None:
    """``1 + erf(x / sqrt(2))``."""
    if out.dtype != np.float32:
        from . import backend

        np.add(_body.erf(backend, np.multiply(x, _math.sqrt(0.5))), 1.0, out=out)
        return
    # 1 - erf(u) = p(t) * exp(-u * u), t = 1 / (1 + 0.3275911 * u), to 1.5e-7 (Abramowitz and Stegun 7.1.26).
    t = _buffers.scratch("erf", out.shape, out.dtype)
    np.abs(x, out=t)
    t *= 0.3275911 * _math.sqrt(0.5)
    t += 1.0
    np.divide(1.0, t, out=t)
    out.fill(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        out *= t
        out += coefficient
    out *= t
    np.multiply(x, x, out=t)
    t *= -0.5
    np.exp(t, out=t)
    out *= t
    np.subtract(1.0, out, out=out)
    np.copysign(out, x, out=out)
    out += 1.0


def _gelu_step(twice_phi: Callable[..., None]) -> Callable[..., None]:
    def step(out: np.ndarray, x: np.ndarray) -> None:
        twice_phi(out, x)
        out *= x
        out *= 0.5

    return step


def _gelu_tanh_slope(out: np.ndarray, x: np.ndarray, upstream: np.ndarray) -> None:
    """``p + x * p * (2 - 2 * p) * sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)`` with ``p = (1 + tanh) / 2``."""
    p = _buffers.scratch("slope", out.shape, out.dtype)
    _gelu_tanh(p, x)
    np.multiply(x, x, out=out)
    out *= 3 * 0.044715 * _RATE
    out += _RATE
    out *= x
    inner = _buffers.scratch("slope2", out.shape, out.dtype)
    np.subtract(2.0, p, out=inner)
    out *= inner
    out += 1.0
    out *= p
    out *= 0.5
    out *= upstream


def _gelu_erf_slope(out: np.ndarray, x: np.ndarray, upstream: np.ndarray) -> None:
    """``Phi(x) + x * exp(-x * x / 2) / sqrt(2 * pi)``."""
    _gelu_erf(out, x)
    out *= 0.5
    density = _buffers.scratch("slope", out.shape, out.dtype)
    np.multiply(x, x, out=density)
    density *= -0.5
    np.exp(density, out=density)
    density *= x
    density *= 1 / _math.sqrt(2 * _math.pi)
    out += density
    out *= upstream


_GELU = {
    True: (_gelu_step(_gelu_tanh), _gelu_tanh_slope),
    False: (_gelu_step(_gelu_erf), _gelu_erf_slope),
}


@_calls.kernel
def gelu(x: np.ndarray, /, approximate: bool = True) -> np.ndarray:
    return _sweep(_GELU[bool(approximate)][0], x)


@_calls.rule
def _gelu_rule(x: np.ndarray, /, approximate: bool = True) -> Any:
    step, slope = _GELU[bool(approximate)]
    return _sweep(step, x), lambda upstream, needed: (_sweep(slope, x, upstream),)


# ---------------------------------------------------------------- softmax family


def _maxima(x: np.ndarray, axis: int) -> np.ndarray:
    last = axis in (-1, x.ndim - 1)
    return _buffers.row_maxima(x) if last else np.maximum.reduce(x, axis=axis, keepdims=True)


def _sums(x: np.ndarray, axis: int) -> np.ndarray:
    last = axis in (-1, x.ndim - 1)
    return _buffers.row_sums(x) if last else np.add.reduce(x, axis=axis, keepdims=True)


@_calls.kernel
def softmax(x: np.ndarray, /, axis: int = -1) -> np.ndarray:
    return _softmax(x, axis)


def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.asarray(np.subtract(x, _maxima(x, axis)))
    np.exp(powers, out=powers)
    powers /= _sums(powers, axis)
    return powers


@_calls.rule
def _softmax_rule(x: np.ndarray, /, axis: int = -1) -> Any:
    y = _softmax(x, axis)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        g = np.multiply(upstream, y)
        return (g - y * _sums(g, axis),)

    return y, backward


@_calls.kernel
def log_softmax(x: np.ndarray, /, axis: int = -1) -> np.ndarray:
    return _log_softmax(x, axis)


def _log_softmax(x: np.ndarray, axis: int) -> np.ndarray:
    y = np.asarray(np.subtract(x, _maxima(x, axis)))
    y -= np.log(_sums(np.exp(y), axis))
    return y


@_calls.rule
def _log_softmax_rule(x: np.ndarray, /, axis: int = -1) -> Any:
    y = _log_softmax(x, axis)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[np.ndarray]:
        g = np.exp(y)
        g *= np.add.reduce(upstream, axis=axis, keepdims=True)
        return (np.subtract(upstream, g, out=g),)

    return y, backward


def _cross_entropy(logp: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return np.negative(np.add.reduce(np.multiply(targets, logp), axis=-1))


@_calls.kernel
def softmax_cross_entropy(logits: np.ndarray, targets: np.ndarray, /) -> np.ndarray:
    return _cross_entropy(_log_softmax(logits, -1), targets)


@_calls.rule
def _softmax_cross_entropy_rule(logits: np.ndarray, targets: np.ndarray, /) -> Any:
    logp = _log_softmax(logits, -1)

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        weight = np.asarray(upstream)[..., None]
        below = None
        if needed[0]:
            below = np.exp(logp)
            total = np.add.reduce(targets, axis=-1, keepdims=True)
            if below.shape != np.broadcast_shapes(below.shape, total.shape):
                below = below * total
            else:
                below *= total
            below = np.subtract(below, targets)
            below *= weight
            below = _buffers.sum_to(below, logits.shape)
        other = None
        if needed[1]:
            other = _buffers.sum_to(np.negative(logp * weight), targets.shape)
        return below, other

    return _cross_entropy(logp, targets), backward


def _picks(labels: np.ndarray, classes: int, size: int) -> np.ndarray:
    """Flat places of the labels' entries."""
    return np.arange(0, size, classes) + np.asarray(labels).reshape(-1)


@_calls.kernel
def sparse_softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray, /) -> np.ndarray:
    logp = _log_softmax(logits, -1)
    flat = _picks(labels, logp.shape[-1], logp.size)
    return np.negative(logp.reshape(-1)[flat]).reshape(np.shape(labels))


@_calls.rule
def _sparse_softmax_cross_entropy_rule(logits: np.ndarray, labels: np.ndarray, /) -> Any:
    shape = logits.shape
    shifted = np.subtract(logits, _buffers.row_maxima(logits))
    flat = _picks(labels, shape[-1], logits.size)
    picked = shifted.take(flat)
    powers = np.exp(shifted, out=shifted)
    sums = _buffers.row_sums(powers)
    loss = np.log(sums).reshape(-1)
    loss -= picked

    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        weight = np.asarray(upstream)
        below = powers * (weight[..., None] / sums)
        # The places are all different, so a plain indexed subtraction counts each once.
        below.reshape(-1)[flat] -= weight.reshape(-1)
        return below, None

    return loss.reshape(shape[:-1]), backward


@_calls.kernel
def sigmoid_cross_entropy(logits: np.ndarray, targets: np.ndarray, /) -> np.ndarray:
    return _sigmoid_cross_entropy(logits, targets)


def _sigmoid_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    loss = np.asarray(np.abs(logits))
    np.negative(loss, out=loss)
    np.exp(loss, out=loss)
    np.log1p(loss, out=loss)
    loss += np.maximum(logits, 0)
    return np.subtract(loss, np.multiply(logits, targets))


@_calls.rule
def _sigmoid_cross_entropy_rule(logits: np.ndarray, targets: np.ndarray, /) -> Any:
    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        below = other = None
        if needed[0]:
            slope = _sweep(_sigmoid_step, logits) - targets
            below = _buffers.sum_to(slope * upstream, logits.shape)
        if needed[1]:
            other = _buffers.sum_to(np.negative(logits * upstream), targets.shape)
        return below, other

    return _sigmoid_cross_entropy(logits, targets), backward


# ---------------------------------------------------------------- dense, dropout


def _matrix(x: np.ndarray) -> np.ndarray:
    """All axes but the last taken together."""
    return x if x.ndim == 2 else x.reshape(_math.prod(x.shape[:-1]), x.shape[-1])


@_calls.kernel
def dense(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None, /) -> np.ndarray:
    return _dense(x, kernel, bias)


def _dense(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    # The method reaches the matrix product of two axes faster than `matmul` does, which is felt in small layers.
    y = x.dot(kernel) if x.ndim == 2 else _matrix(x).dot(kernel)
    if bias is not None:
        y += bias
    return y if x.ndim == 2 else y.reshape(*x.shape[:-1], kernel.shape[-1])


@_calls.rule
def _dense_rule(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None, /) -> Any:
    def backward(upstream: np.ndarray, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        of_x = of_kernel = of_bias = None
        flat = x.ndim == 2
        u = upstream if flat else _matrix(upstream)
        if needed[0]:
            of_x = u.dot(kernel.T)
            if not flat:
                of_x = of_x.reshape(x.shape)
        if needed[1]:
            of_kernel = (x if flat else _matrix(x)).T.dot(u)
        if bias is not None and needed[2]:
            of_bias = _buffers.column_sums(u)
        return of_x, of_kernel, of_bias

    return _dense(x, kernel, bias), backward


def _dropout(x: np.ndarray, mask: np.ndarray, rate: float) -> np.ndarray:
    y = np.asarray(np.multiply(x, 1.0 / (1.0 - rate)))
    return _buffers.keep(mask, y, out=y)


@_calls.kernel
def dropout(x: np.ndarray, key: np.ndarray, /, rate: float) -> np.ndarray:
    return _dropout(x, _random._keep_mask(key, x.shape, rate), rate)


@_calls.rule
def _dropout_rule(x: np.ndarray, key: np.ndarray, /, rate: float) -> Any:
    mask = _random._keep_mask(key, x.shape, rate)
    return _dropout(x, mask, rate), lambda upstream, needed: (_dropout(upstream, mask, rate),)


_gradients: dict[str, Any] = {
    "relu": _relu_rule,
    "sigmoid": _sigmoid_rule,
    "silu": _silu_rule,
    "gelu": _gelu_rule,
    "softmax": _softmax_rule,
    "log_softmax": _log_softmax_rule,
    "softmax_cross_entropy": _softmax_cross_entropy_rule,
    "sparse_softmax_cross_entropy": _sparse_softmax_cross_entropy_rule,
    "sigmoid_cross_entropy": _sigmoid_cross_entropy_rule,
    "dense": _dense_rule,
    "dropout": _dropout_rule,
}
