"""Gradients of derived functions for which taping the body would be slower or would keep more memory.

Each entry is ``make(b)`` for a backend ``b``, giving ``f(*args, **options) -> (result, backward)``: the
convention in which adapters hand in the gradients of their own kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.protocol.typed import Backend

from .pulls import matmul_x, matmul_y, unbroadcast, zeros

Tensor = Any
Needed = tuple[bool, ...]
Coarse = Callable[..., tuple[Any, Callable[..., Any]]]


def _dense(b: Backend) -> Coarse:
    def dense(x: Tensor, kernel: Tensor, bias: Tensor | None = None, /) -> Any:
        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            gx = matmul_x(b, g, x.shape, kernel) if needed[0] else None
            gk = matmul_y(b, g, x, kernel.shape) if needed[1] else None
            if len(needed) < 3 or not needed[2]:
                return gx, gk, None
            return gx, gk, b.sum(g, axis=tuple(range(len(g.shape) - 1))) if len(g.shape) > 1 else g

        return b.dense(x, kernel, bias), backward

    return dense


def _sparse_softmax_cross_entropy(b: Backend) -> Coarse:
    def cross_entropy(logits: Tensor, labels: Tensor, /) -> Any:
        logs = b.log_softmax(logits)
        picked = b.take_along_axis(logs, b.expand_dims(labels, axis=-1), axis=-1)

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            right = b.one_hot(labels, depth=logs.shape[-1], dtype=b.dtype_of(logs))
            return b.multiply(b.expand_dims(g, axis=-1), b.subtract(b.exp(logs), right)), None

        return b.negative(b.reshape(picked, labels.shape)), backward

    return cross_entropy


def _softmax_cross_entropy(b: Backend) -> Coarse:
    def cross_entropy(logits: Tensor, targets: Tensor, /) -> Any:
        logs = b.log_softmax(logits)

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            g = b.expand_dims(g, axis=-1)
            gx = None
            if needed[0]:
                mass = b.sum(targets, axis=-1, keepdims=True)
                gx = b.multiply(g, b.subtract(b.multiply(b.exp(logs), mass), targets))
            return gx, b.negative(b.multiply(g, logs)) if needed[1] else None

        return b.negative(b.sum(b.multiply(targets, logs), axis=-1)), backward

    return cross_entropy


def _sigmoid_cross_entropy(b: Backend) -> Coarse:
    def cross_entropy(logits: Tensor, targets: Tensor, /) -> Any:
        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            gx = b.multiply(g, b.subtract(b.sigmoid(logits), targets)) if needed[0] else None
            return gx, b.negative(b.multiply(g, logits)) if needed[1] else None

        return b.sigmoid_cross_entropy(logits, targets), backward

    return cross_entropy


def _pad(b: Backend) -> Coarse:
    def pad(x: Tensor, before: tuple[int, ...], after: tuple[int, ...], /, value: Any = 0) -> Any:
        stops = tuple(low + n for low, n in zip(before, x.shape, strict=True))

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            return b.slice(g, tuple(before), stops, (1,) * len(stops)), None, None

        return b.pad(x, before, after, value=value), backward

    return pad


def _slice_update(b: Backend) -> Coarse:
    def slice_update(x: Tensor, updates: Tensor, starts: Any, steps: Any, /) -> Any:
        sizes = tuple(updates.shape)
        stops = tuple(
            start + (n - 1) * step + 1 if n else start
            for start, n, step in zip(starts, sizes, steps, strict=True)
        )

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            gx = b.slice_update(g, zeros(b, sizes, g), starts, steps) if needed[0] else None
            return gx, b.slice(g, starts, stops, steps) if needed[1] else None, None, None

        return b.slice_update(x, updates, starts, steps), backward

    return slice_update


def _sort(b: Backend) -> Coarse:
    def sort(x: Tensor, /, axis: int) -> Any:
        order = b.argsort(x, axis=axis)

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            # A permutation: gathering by its inverse is cheaper than scattering.
            return (b.take_along_axis(g, b.argsort(order, axis=axis), axis=axis),)

        return b.take_along_axis(x, order, axis=axis), backward

    return sort


def _dropout(b: Backend) -> Coarse:
    def dropout(x: Tensor, key: Tensor, /, rate: float) -> Any:
        # The same key gives the same mask again: nothing is kept for the way back.
        return b.dropout(x, key, rate=rate), lambda g, needed: (b.dropout(g, key, rate=rate), None)

    return dropout


def _layer_norm(b: Backend) -> Coarse:
    def layer_norm(
        x: Tensor,
        scale: Tensor | None = None,
        offset: Tensor | None = None,
        /,
        axes: tuple[int, ...] = (-1,),
        epsilon: float = 1e-3,
    ) -> Any:
        mean = b.mean(x, axis=axes, keepdims=True)
        centered = b.subtract(x, mean)
        variance = b.mean(b.multiply(centered, centered), axis=axes, keepdims=True)
        factor = b.rsqrt(b.add(variance, epsilon))
        unit = b.multiply(centered, factor)
        y = unit if scale is None else b.multiply(unit, scale)

        def backward(g: Tensor, needed: Needed) -> tuple[Any, ...]:
            gx = gs = go = None
            if scale is not None and needed[1]:
                gs = unbroadcast(b, b.multiply(g, unit), scale.shape)
            if offset is not None and needed[2]:
                go = unbroadcast(b, g, offset.shape)
            if needed[0]:
                inner = g if scale is None else b.multiply(g, scale)
                gx = _through_statistics(b, inner, unit, factor, axes)
            return (gx, gs, go)[: len(needed)]

        return y if offset is None else b.add(y, offset), backward

    return layer_norm


def _batch_norm(b: Backend) -> Coarse:
    def batch_norm(
        x: Tensor,
        scale: Tensor | None = None,
        offset: Tensor | None = None,
        /,
        axis: int = -1,
        epsilon: float = 1e-3,
    ) -> Any:
        rank = len(x.shape)
        channel = axis % rank
        axes = tuple(a for a in range(rank) if a != channel)
        wide = tuple(n if a == channel else 1 for a, n in enumerate(x.shape))
        mean = b.mean(x, axis=axes)
        centered = b.subtract(x, b.reshape(mean, wide))
        variance = b.mean(b.multiply(centered, centered), axis=axes)
        factor = b.rsqrt(b.add(variance, epsilon))
        unit = b.multiply(centered, b.reshape(factor, wide))
        y = unit if scale is None else b.multiply(unit, b.reshape(scale, wide))

        def backward(upstream: tuple[Any, ...], needed: Needed) -> tuple[Any, ...]:
            g = upstream[0]
            if g is None:
                return (None,) * len(needed)
            gx = gs = go = None
            if scale is not None and needed[1]:
                gs = b.sum(b.multiply(g, unit), axis=axes)
            if offset is not None and needed[2]:
                go = b.sum(g, axis=axes)
            if needed[0]:
                inner = g if scale is None else b.multiply(g, b.reshape(scale, wide))
                gx = _through_statistics(b, inner, unit, b.reshape(factor, wide), axes)
            return (gx, gs, go)[: len(needed)]

        if offset is not None:
            y = b.add(y, b.reshape(offset, wide))
        return (y, b.stop_gradient(mean), b.stop_gradient(variance)), backward

    return batch_norm


def _through_statistics(b: Backend, g: Tensor, unit: Tensor, factor: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The gradient of ``unit = (x - mean) * factor``: ``factor * (g - mean(g) - unit * mean(g * unit))``."""
    level = b.mean(g, axis=axes, keepdims=True)
    lean = b.mean(b.multiply(g, unit), axis=axes, keepdims=True)
    return b.multiply(b.subtract(b.subtract(g, level), b.multiply(unit, lean)), factor)


#: Derived functions with a hand-derived gradient.
COARSE: dict[str, Callable[[Backend], Coarse]] = {
    "dense": _dense,
    "sparse_softmax_cross_entropy": _sparse_softmax_cross_entropy,
    "softmax_cross_entropy": _softmax_cross_entropy,
    "sigmoid_cross_entropy": _sigmoid_cross_entropy,
    "pad": _pad,
    "slice_update": _slice_update,
    "sort": _sort,
    "dropout": _dropout,
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
}
