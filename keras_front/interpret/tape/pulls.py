"""The gradients of primitives that take more than a line: products, matrix products, gathers, joins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from keras_front.protocol.typed import Backend

from .box import Box
from .record import join, joint, live

Tensor = Any
Shape = tuple[int, ...]


def zeros(b: Backend, shape: Shape, like: Tensor) -> Tensor:
    """Zeros of a shape, in the dtype of another tensor."""
    return b.full(tuple(shape), 0, dtype=b.dtype_of(like))


def reduced_axes(rank: int, axis: Any) -> tuple[int, ...]:
    """The axes a reduction goes over, none of them negative."""
    if axis is None:
        return tuple(range(rank))
    return tuple(a % rank for a in ((axis,) if isinstance(axis, int) else axis))


def reduced_shape(shape: Shape, axis: Any) -> Shape:
    """The shape after a reduction that keeps the reduced axes with size 1."""
    axes = reduced_axes(len(shape), axis)
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def sum_pull(b: Backend, g: Tensor, shape: Shape, kept: Shape) -> Tensor:
    """Spreads the gradient of a sum over what was summed."""
    return b.broadcast_to(g if len(g.shape) in (0, len(kept)) else b.reshape(g, kept), tuple(shape))


def unbroadcast(b: Backend, g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Sums ``g`` over the axes along which an operand of the given shape was repeated."""
    sizes = g.shape
    extra = len(sizes) - len(shape)
    axes = (*range(extra), *(i for i, n in enumerate(shape, extra) if n == 1 and sizes[i] != 1))
    if axes:
        g = b.sum(g, axis=axes)
    return g if tuple(g.shape) == tuple(shape) else b.reshape(g, tuple(shape))


# ---------------------------------------------------------------- products


def prod_pull(b: Backend, g: Tensor, x: Tensor, axis: Any) -> Tensor:
    """The product of all the others, by halving, so that zeros are no special case.

    Upwards, neighbours are multiplied until one is left; downwards, each gets what lies outside its pair times
    its neighbour.
    """
    shape = tuple(x.shape)
    axes = reduced_axes(len(shape), axis)
    rest = tuple(i for i in range(len(shape)) if i not in axes)
    count = math.prod(shape[i] for i in axes)
    if 0 in shape:
        return zeros(b, shape, x)
    rows = b.reshape(b.permute_dims(x, (*axes, *rest)), (count, -1))
    width = rows.shape[1]
    levels: list[tuple[Tensor, Tensor]] = []
    while rows.shape[0] > 1:
        n = rows.shape[0]
        if n % 2:
            rows = b.concat([rows, b.full((1, width), 1, dtype=b.dtype_of(x))], axis=0)
            n += 1
        pair = tuple(b.slice(rows, (i, 0), (n, width), (2, 1)) for i in (0, 1))
        levels.append((pair[0], pair[1]))
        rows = b.multiply(*pair)
    outside = b.reshape(g, (1, width))
    for even, odd in reversed(levels):
        n = even.shape[0]
        outside = b.slice(outside, (0, 0), (n, width), (1, 1))
        both = b.stack([b.multiply(outside, odd), b.multiply(outside, even)], axis=1)
        outside = b.reshape(both, (2 * n, width))
    outside = b.slice(outside, (0, 0), (count, width), (1, 1))
    outside = b.reshape(outside, tuple(shape[i] for i in (*axes, *rest)))
    back = [0] * len(shape)
    for i, place in enumerate((*axes, *rest)):
        back[place] = i
    return b.permute_dims(outside, tuple(back))


def _turned(b: Backend, x: Tensor) -> Tensor:
    rank = len(x.shape)
    return b.permute_dims(x, (*range(rank - 2), rank - 1, rank - 2))


def _summed(b: Backend, g: Tensor, shape: Shape) -> Tensor:
    """Sums over the batch axes that an operand lacks or has with size 1."""
    extra = len(g.shape) - len(shape)
    axes = (*range(extra), *(i for i, n in enumerate(shape[:-2], extra) if n == 1 and g.shape[i] != 1))
    g = b.sum(g, axis=axes) if axes else g
    return g if tuple(g.shape) == shape else b.reshape(g, shape)


def _padded(b: Backend, x: Tensor, shape: Shape) -> Tensor:
    return x if tuple(x.shape) == shape else b.reshape(x, shape)


def matmul_x(b: Backend, g: Tensor, x_shape: Shape, y: Tensor) -> Tensor:
    """The left operand's share: ``g @ y.T``."""
    x_shape, y_shape = tuple(x_shape), tuple(y.shape)
    if len(x_shape) == len(y_shape) == 1:
        return b.multiply(y, g)
    left = (1, *x_shape) if len(x_shape) == 1 else x_shape
    if len(y_shape) <= 2:
        # One product instead of one for each batch entry.
        y = _turned(b, _padded(b, y, y_shape if len(y_shape) == 2 else (*y_shape, 1)))
        flat = g if len(g.shape) == 2 == len(y_shape) else b.reshape(g, (-1, y.shape[0]))
        result = b.matmul(flat, y)
        return result if tuple(result.shape) == x_shape else b.reshape(result, x_shape)
    g = _padded(b, g, (*g.shape[:-1], 1, g.shape[-1]) if len(x_shape) == 1 else tuple(g.shape))
    return b.reshape(_summed(b, b.matmul(g, _turned(b, y)), left), x_shape)


def matmul_y(b: Backend, g: Tensor, x: Tensor, y_shape: Shape) -> Tensor:
    """The right operand's share: ``x.T @ g``."""
    x_shape, y_shape = tuple(x.shape), tuple(y_shape)
    if len(x_shape) == len(y_shape) == 1:
        return b.multiply(x, g)
    right = (*y_shape, 1) if len(y_shape) == 1 else y_shape
    if len(right) == 2:
        x = x if len(x_shape) == 2 else b.reshape(x, (-1, x_shape[-1]))
        flat = g if len(g.shape) == 2 == len(y_shape) else b.reshape(g, (-1, right[-1]))
        result = b.matmul(_turned(b, x), flat)
        return result if tuple(result.shape) == y_shape else b.reshape(result, y_shape)
    if len(x_shape) == 1:
        x, g = b.reshape(x, (1, *x_shape)), b.reshape(g, (*g.shape[:-1], 1, g.shape[-1]))
    return _summed(b, b.matmul(_turned(b, x), g), right)


# ---------------------------------------------------------------- gathers


def take_along_axis_pull(b: Backend, g: Tensor, shape: Shape, indices: Tensor, axis: int) -> Tensor:
    """Adds every value back to where it was taken from, by one scatter over flat positions."""
    rank = len(shape)
    axis %= rank
    stride = math.prod(shape[axis + 1 :])
    positions = b.multiply(b.astype(indices, "int32"), stride)
    for i in range(rank):
        # An axis of size 1 was repeated: every entry came from the same one.
        if i != axis and shape[i] != 1:
            line = b.arange(0, shape[i], 1, dtype="int32")
            line = b.multiply(line, math.prod(shape[i + 1 :]))
            positions = b.add(positions, b.reshape(line, (-1, *(1,) * (rank - 1 - i))))
    positions = b.broadcast_to(positions, tuple(g.shape))
    flat = b.scatter(
        zeros(b, (math.prod(shape),), g),
        b.reshape(positions, (-1,)),
        b.reshape(g, (-1,)),
        axis=0,
        mode="add",
    )
    return b.reshape(flat, tuple(shape))


def _scatter(b: Backend) -> Callable[..., Any]:
    def scatter(x: Tensor, indices: Tensor, updates: Tensor, /, axis: int, mode: Any) -> Any:
        y = b.scatter(x, indices, updates, axis=axis, mode=mode)

        def moved(g: Tensor, needed: tuple[bool, ...]) -> tuple[Any, ...]:
            gx = g
            if mode == "set" and needed[0]:
                gx = b.scatter(g, indices, zeros(b, updates.shape, g), axis=axis, mode="set")
            return gx, None, b.take(g, indices, axis=axis) if needed[2] else None

        def compared(g: Tensor, needed: tuple[bool, ...]) -> tuple[Any, ...]:
            dtype = b.dtype_of(g)
            old = b.equal(x, y)
            new = b.equal(updates, b.take(y, indices, axis=axis))
            count = b.scatter(b.astype(old, dtype), indices, b.astype(new, dtype), axis=axis, mode="add")
            # Where a NaN won, nothing equals it.
            share = b.divide(g, b.maximum(count, 1.0))
            gu = b.where(new, b.take(share, indices, axis=axis), 0.0) if needed[2] else None
            return b.where(old, share, 0.0), None, gu

        return y, moved if mode in ("set", "add") else compared

    return scatter


def scatter(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
    """Records a scatter; ties of "max" and "min" share the gradient equally."""
    return joint(_scatter(cls.level.base))(cls, f)


# ---------------------------------------------------------------- joins and choices


def where(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
    """Records a choice between two tensors, one of which may be a Python scalar."""

    def record(condition: Tensor, x: Tensor, y: Tensor, /) -> Tensor:
        operands = (x, y)
        boxes = [v for v in operands if type(v) is cls]
        if not boxes:
            return f(condition, x, y)
        edges = boxes[0].edges
        if not edges or boxes[-1].edges is not edges:
            return record(condition, *live(cls, operands))
        result = f(condition, *[v.value if type(v) is cls else v for v in operands])
        out = len(edges)
        shape = result.shape
        for v, pull in zip(operands, (_where_x, _where_y), strict=True):
            if type(v) is cls:
                own = v.value.shape
                edges.append((out, v.index, pull, (condition,), None if own == shape else own))
        return cls(result, edges, out)

    return record


def _where_x(b: Backend, g: Tensor, condition: Tensor) -> Tensor:
    return b.where(condition, g, 0.0)


def _where_y(b: Backend, g: Tensor, condition: Tensor) -> Tensor:
    return b.where(condition, 0.0, g)


def concat(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
    """Records a join along an axis that is there."""
    return _joining(cls, f, lambda x, axis: x.shape[axis], _part)


def stack(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
    """Records a join along a new axis."""
    return _joining(cls, f, lambda x, axis: 1, _row)


def _joining(
    cls: type[Box], f: Callable[..., Any], extent: Callable[[Any, int], int], pull: Callable[..., Any]
) -> Callable[..., Any]:
    def record(arrays: Sequence[Tensor], /, axis: int) -> Tensor:
        boxes = [v for v in arrays if type(v) is cls]
        if not boxes:
            return f(arrays, axis=axis)
        edges = boxes[0].edges
        if not edges or any(box.edges is not edges for box in boxes):
            return record(live(cls, arrays), axis=axis)
        result = f([v.value if type(v) is cls else v for v in arrays], axis=axis)
        out = len(edges)
        start = 0
        for v in arrays:
            stop = start + extent(v, axis)
            if type(v) is cls:
                edges.append((out, v.index, pull, (start, stop, axis % len(result.shape)), None))
            start = stop
        return cls(result, edges, out)

    return record


def _part(b: Backend, g: Tensor, start: int, stop: int, axis: int) -> Tensor:
    shape = g.shape
    rank = len(shape)
    starts = tuple(start if i == axis else 0 for i in range(rank))
    stops = tuple(stop if i == axis else n for i, n in enumerate(shape))
    return b.slice(g, starts, stops, (1,) * rank)


def _row(b: Backend, g: Tensor, start: int, stop: int, axis: int) -> Tensor:
    return b.reshape(_part(b, g, start, stop, axis), (*g.shape[:axis], *g.shape[axis + 1 :]))


def unstack(cls: type[Box]) -> Callable[[Tensor], list[Tensor]]:
    """Makes the function that splits the first axis in one joint edge.

    Taken one by one, every entry would cost a gradient of the whole tensor's size.
    """
    b = cls.level.base
    below = getattr(b, "unstack", None) or (lambda x: [_row(b, x, i, i + 1, 0) for i in range(x.shape[0])])

    def record(x: Tensor) -> list[Tensor]:
        if type(x) is not cls:
            return below(x)
        entries = below(x.value)
        if not x.edges or not entries:
            return entries

        def backward(upstream: tuple[Tensor | None, ...], needed: tuple[bool, ...]) -> tuple[Tensor]:
            known = next(g for g in upstream if g is not None)
            filler = zeros(b, known.shape, known)
            return (b.stack([filler if g is None else g for g in upstream], axis=0),)

        return join(cls, x.edges, entries, backward, (True,), [(0, x.index)])

    return record
