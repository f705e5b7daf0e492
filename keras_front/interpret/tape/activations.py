"""Gradients of derived functions of one operand in closed form: activations, the softmax family, the mean."""

from __future__ import annotations

import math
from typing import Any

from keras_front.protocol.typed import Backend

from .pulls import reduced_axes, reduced_shape
from .record import Bind, optional, unary_of_x, unary_of_y

Tensor = Any
Prepared = tuple[Any, tuple[Any, ...]]


def _relu(b: Backend, g: Tensor, y: Tensor) -> Tensor:
    return b.where(b.less_equal(y, 0.0), 0.0, g)


def _sigmoid(b: Backend, g: Tensor, y: Tensor) -> Tensor:
    return b.multiply(g, b.multiply(y, b.subtract(1.0, y)))


def _silu(b: Backend, g: Tensor, x: Tensor) -> Tensor:
    s = b.sigmoid(x)
    return b.multiply(g, b.add(s, b.multiply(b.multiply(x, s), b.subtract(1.0, s))))


def _erf(b: Backend, g: Tensor, x: Tensor) -> Tensor:
    return b.multiply(b.multiply(g, 2 / math.sqrt(math.pi)), b.exp(b.negative(b.multiply(x, x))))


def _gelu(b: Backend, x: Tensor, y: Tensor, approximate: bool = True) -> Prepared:
    return (_gelu_by_tanh if approximate else _gelu_exact), (x,)


def _gelu_by_tanh(b: Backend, g: Tensor, x: Tensor) -> Tensor:
    squared = b.multiply(x, x)
    scale = math.sqrt(2 / math.pi)
    inner = b.multiply(x, b.add(b.multiply(squared, 0.044715 * scale), scale))
    t = b.tanh(inner)
    slope = b.add(b.multiply(squared, 3 * 0.044715 * scale), scale)
    bend = b.multiply(b.multiply(x, slope), b.subtract(1.0, b.multiply(t, t)))
    return b.multiply(b.multiply(g, 0.5), b.add(b.add(t, 1.0), bend))


def _gelu_exact(b: Backend, g: Tensor, x: Tensor) -> Tensor:
    phi = b.multiply(b.add(b.erf(b.multiply(x, math.sqrt(0.5))), 1.0), 0.5)
    density = b.multiply(b.exp(b.multiply(b.multiply(x, x), -0.5)), 1 / math.sqrt(2 * math.pi))
    return b.multiply(g, b.add(phi, b.multiply(x, density)))


def _elu(b: Backend, x: Tensor, y: Tensor, alpha: float = 1.0) -> Prepared:
    return _elu_pull, (x, alpha)


def _elu_pull(b: Backend, g: Tensor, x: Tensor, alpha: float) -> Tensor:
    slope = b.multiply(b.exp(b.minimum(x, 0.0)), alpha)
    return b.where(b.less(x, 0.0), b.multiply(g, slope), g)


def _leaky_relu(b: Backend, x: Tensor, y: Tensor, negative_slope: float = 0.2) -> Prepared:
    return _leaky_relu_pull, (b.less(x, 0.0), negative_slope)


def _leaky_relu_pull(b: Backend, g: Tensor, below: Tensor, negative_slope: float) -> Tensor:
    return b.where(below, b.multiply(g, negative_slope), g)


def _logsumexp(b: Backend, x: Tensor, y: Tensor, axis: int = -1, keepdims: bool = False) -> Prepared:
    return _logsumexp_pull, (x, y, reduced_shape(x.shape, axis))


def _logsumexp_pull(b: Backend, g: Tensor, x: Tensor, y: Tensor, kept: tuple[int, ...]) -> Tensor:
    # Of nothing but -inf the result is -inf, and -inf - -inf would be NaN.
    y = b.reshape(y, kept)
    shift = b.where(b.isfinite(y), y, 0.0)
    return b.multiply(b.reshape(g, kept), b.exp(b.subtract(x, shift)))


def _softmax(b: Backend, x: Tensor, y: Tensor, axis: int = -1) -> Prepared:
    return _softmax_pull, (y, axis)


def _softmax_pull(b: Backend, g: Tensor, y: Tensor, axis: int) -> Tensor:
    weighted = b.multiply(g, y)
    return b.subtract(weighted, b.multiply(y, b.sum(weighted, axis=axis, keepdims=True)))


def _log_softmax(b: Backend, x: Tensor, y: Tensor, axis: int = -1) -> Prepared:
    return _log_softmax_pull, (y, axis)


def _log_softmax_pull(b: Backend, g: Tensor, y: Tensor, axis: int) -> Tensor:
    return b.subtract(g, b.multiply(b.exp(y), b.sum(g, axis=axis, keepdims=True)))


def _mean(b: Backend, x: Tensor, y: Tensor, axis: Any = None, keepdims: bool = False) -> Prepared:
    shape = tuple(x.shape)
    count = float(math.prod(shape[a] for a in reduced_axes(len(shape), axis))) or math.nan
    return _mean_pull, (shape, reduced_shape(shape, axis), count)


def _mean_pull(b: Backend, g: Tensor, shape: tuple[int, ...], kept: tuple[int, ...], count: float) -> Tensor:
    share = b.divide(g, count)
    return b.broadcast_to(share if len(g.shape) in (0, len(kept)) else b.reshape(share, kept), shape)


def _expand_dims(b: Backend, x: Tensor, y: Tensor, axis: int) -> Prepared:
    return lambda b, g, shape: b.reshape(g, shape), (x.shape,)


#: How each of these is recorded.
ACTIVATIONS: dict[str, Bind] = {
    "square": unary_of_x(lambda b, g, x: b.multiply(g, b.multiply(x, 2.0))),
    "rsqrt": unary_of_y(lambda b, g, y: b.multiply(b.multiply(g, -0.5), b.multiply(y, b.multiply(y, y)))),
    "relu": unary_of_y(_relu),
    "sigmoid": unary_of_y(_sigmoid),
    "softplus": unary_of_x(lambda b, g, x: b.multiply(g, b.sigmoid(x))),
    "silu": unary_of_x(_silu),
    "erf": unary_of_x(_erf),
    "gelu": optional(_gelu),
    "elu": optional(_elu),
    "leaky_relu": optional(_leaky_relu),
    "logsumexp": optional(_logsumexp),
    "softmax": optional(_softmax),
    "log_softmax": optional(_log_softmax),
    "mean": optional(_mean),
    "expand_dims": optional(_expand_dims),
}
