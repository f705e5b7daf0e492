"""Cases of the array group: shape and place.  Nothing is computed, so every dtype is exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import Argument, call, distinct, index, order, real, scalar, values
from .row import ANY, NUMERIC, Row


def _slice(x: np.ndarray, starts: Any, stops: Any, steps: Any) -> np.ndarray:
    return x[tuple(map(slice, starts, stops, steps))]


def _scatter(x: np.ndarray, indices: np.ndarray, updates: np.ndarray, axis: int, mode: str) -> np.ndarray:
    result = np.moveaxis(x.copy(), axis, 0)
    axis %= x.ndim
    flat = updates.reshape(*x.shape[:axis], indices.size, *x.shape[axis + 1 :])
    rules: dict[str, Callable[..., Any]] = {
        "set": lambda old, new: new,
        "add": np.add,
        "max": np.maximum,
        "min": np.minimum,
    }
    for i, row in zip(indices.ravel(), np.moveaxis(flat, axis, 0), strict=True):
        result[i] = rules[mode](result[i], row)
    return np.moveaxis(result, 0, axis)


def _scatter_sizes(
    x: np.ndarray, indices: np.ndarray, updates: np.ndarray, axis: int, mode: str
) -> np.ndarray:
    return _scatter(np.abs(x), indices, np.abs(updates), axis, mode) if mode == "add" else np.zeros(x.shape)


def _slice_update(x: np.ndarray, updates: np.ndarray, starts: Any, steps: Any) -> np.ndarray:
    result = x.copy()
    stops = (a + (m - 1) * s + 1 if m else a for a, m, s in zip(starts, updates.shape, steps, strict=True))
    result[tuple(map(slice, starts, stops, steps))] = updates
    return result


def _one_hot(indices: np.ndarray, depth: int, dtype: str) -> np.ndarray:
    return (indices[..., None] == np.arange(depth)).astype(np.int8)


def _pad(x: np.ndarray, before: Any, after: Any, value: Any = 0) -> np.ndarray:
    return np.pad(x, list(zip(before, after, strict=True)), constant_values=value) if x.ndim else x


def _fresh(*shape: int) -> Argument:
    """Values that no entry of `distinct` has, so that the last and the first of equals can be told apart."""
    return Argument(lambda generator, name: generator.permutation(int(np.prod(shape))).reshape(shape) % 2)


ROWS = {
    "reshape": Row(
        ANY,
        np.reshape,
        (call(real(2, 6), (3, -1)), call(real(4), (2, 2))),
        shapes=(
            call(real(), (1, 1)),
            call(real(1), ()),
            call(real(0, 3), (3, 0)),
            call(real(2, 3, 4), (-1,)),
            call(real(2, 3), (2, 3)),
            call(real(0, 3), (0, 1, 3)),
        ),
        gradient=(call(real(2, 3), (3, -1)), call(real(2, 3), (6,)), call(real(1), ())),
    ),
    "permute_dims": Row(
        ANY,
        np.transpose,
        (call(real(2, 3), (1, 0)),),
        shapes=(
            call(real(2, 3, 4), (2, 0, 1)),
            call(real(), ()),
            call(real(2, 0, 3), (1, 2, 0)),
            call(real(3), (0,)),
        ),
        gradient=(call(real(2, 3, 2), (2, 0, 1)), call(real(2, 3), (1, 0))),
    ),
    "broadcast_to": Row(
        ANY,
        np.broadcast_to,
        (call(real(3), (2, 3)),),
        shapes=(
            call(real(), (2, 2)),
            call(real(2, 1), (3, 2, 4)),
            call(real(1), (0,)),
            call(real(2, 3), (2, 3)),
            call(real(), ()),
        ),
        gradient=(call(real(3), (2, 3)), call(real(2, 1), (2, 2, 3)), call(real(), (2,))),
    ),
    "concat": Row(
        ANY,
        lambda arrays, axis: np.concatenate(arrays, axis=axis),
        (call([real(2), real(3)], axis=0),),
        shapes=(
            call([real(2, 3)], axis=0),
            call([real(2, 1), real(2, 0), real(2, 4)], axis=-1),
            call([real(1, 2, 3), real(2, 2, 3)], axis=0),
        ),
        gradient=(call([real(2, 1), real(2, 2)], axis=1), call([real(1, 2), real(2, 2)], axis=-2)),
    ),
    "stack": Row(
        ANY,
        lambda arrays, axis: np.stack(arrays, axis=axis),
        (call([real(2), real(2)], axis=0),),
        shapes=(
            call([real(2, 3), real(2, 3)], axis=1),
            call([real(2, 3), real(2, 3)], axis=-1),
            call([real(), real()], axis=0),
            call([real(0), real(0)], axis=1),
        ),
        gradient=(call([real(2, 2), real(2, 2)], axis=1), call([real(2), real(2)], axis=-1)),
    ),
    "expand_dims": Row(
        ANY,
        lambda x, axis: np.expand_dims(x, axis),
        (call(real(3), axis=0),),
        shapes=(
            call(real(2, 3), axis=-1),
            call(real(2, 3), axis=1),
            call(real(), axis=0),
            call(real(0), axis=-2),
        ),
        gradient=(call(real(2, 2), axis=1),),
    ),
    "flip": Row(
        ANY,
        np.flip,
        (call(real(4), axis=0),),
        shapes=(
            call(real(2, 3)),
            call(real(2, 3, 4), axis=-1),
            call(real(2, 3, 4), axis=(0, -1)),
            call(real(0, 2), axis=0),
        ),
        gradient=(call(real(2, 3), axis=1), call(real(2, 2))),
    ),
    "slice": Row(
        ANY,
        _slice,
        (call(real(7), (1,), (6,), (2,)),),
        shapes=(
            call(real(3, 4), (0, 1), (3, 4), (1, 2)),
            call(real(3, 4), (1, 1), (1, 4), (1, 1)),
            call(real(3, 4), (2, 3), (3, 4), (5, 1)),
            call(real(), (), (), ()),
            call(real(5), (0,), (5,), (3,)),
        ),
        gradient=(call(real(5), (1,), (5,), (2,)), call(real(2, 3), (0, 1), (2, 3), (1, 1))),
    ),
    "slice_update": Row(
        ANY,
        _slice_update,
        (call(real(5), real(2), (1,), (2,)),),
        shapes=(
            call(real(3, 4), real(2, 2), (1, 0), (1, 3)),
            call(real(3, 4), real(3, 4), (0, 0), (1, 1)),
            call(real(), real(), (), ()),
            call(real(3, 4), real(0, 2), (1, 0), (1, 1)),
        ),
        gradient=(call(real(4), real(2), (1,), (2,)), call(real(2, 3), real(2, 1), (0, 1), (1, 1))),
    ),
    "pad": Row(
        ANY,
        _pad,
        (call(real(3), (1,), (2,)), call(real(2, 2), (0, 1), (1, 0), value=scalar(1))),
        shapes=(
            call(real(2, 3), (0, 0), (0, 0)),
            call(real(), (), ()),
            call(real(0, 2), (1, 0), (1, 1)),
            call(real(1, 2, 3), (0, 2, 1), (1, 0, 1)),
        ),
        gradient=(call(real(2), (1,), (2,)), call(real(2, 2), (0, 1), (1, 0), value=2.0)),
    ),
    "take": Row(
        ANY,
        lambda x, indices, axis: np.take(x, indices, axis=axis),
        (call(real(4), index(6, below=4), axis=0), call(real(4), index(2, below=4, dtype="int64"), axis=0)),
        shapes=(
            call(real(3, 4), index(2, 2, below=4), axis=-1),
            call(real(3, 4, 2), index(5, below=4), axis=1),
            call(real(3, 4), index(below=3), axis=0),
            call(real(3, 4), index(0, below=3), axis=0),
            call(real(3, 0), index(2, below=3), axis=0),
        ),
        gradient=(
            call(real(4), values(1, 1, 3, dtype="int32"), axis=0),
            call(real(2, 3), index(2, 2, below=3), axis=-1),
        ),
    ),
    "take_along_axis": Row(
        ANY,
        lambda x, indices, axis: np.take_along_axis(x, indices, axis=axis),
        (
            call(real(4), index(6, below=4), axis=0),
            call(real(2, 3), index(2, 2, below=3, dtype="int64"), axis=1),
        ),
        shapes=(
            call(real(3, 4), index(3, 2, below=4), axis=-1),
            call(real(3, 4), index(5, 4, below=3), axis=0),
            call(real(3, 4), index(1, 2, below=4), axis=1),
            call(real(1, 4), index(3, 2, below=4), axis=1),
            call(real(3, 4), index(3, 0, below=4), axis=1),
        ),
        gradient=(
            call(real(2, 3), index(2, 4, below=3), axis=1),
            call(real(3, 2), index(2, 2, below=3), axis=0),
            call(real(2, 3), index(1, 2, below=3), axis=1),
        ),
    ),
    "scatter": Row(
        NUMERIC,
        _scatter,
        (
            call(distinct(5), values(3, 0, 1, dtype="int32"), _fresh(3), axis=0, mode="set"),
            call(real(4), values(1, 1, 3, 1, dtype="int32"), real(4), axis=0, mode="add"),
            call(real(4), values(1, 1, 3, 1, dtype="int32"), real(4), axis=0, mode="max"),
            call(real(4), values(1, 1, 3, 1, dtype="int32"), real(4), axis=0, mode="min"),
        ),
        shapes=(
            call(real(3, 4), order(4), real(3, 4), axis=-1, mode="set"),
            call(real(3, 4), index(2, 2, below=4), real(3, 2, 2), axis=1, mode="add"),
            call(real(3, 4), index(5, below=3), real(5, 4), axis=0, mode="max"),
            call(real(2, 3, 4), index(4, below=3), real(2, 4, 4), axis=1, mode="min"),
            call(real(3, 4), index(0, below=3), real(0, 4), axis=0, mode="add"),
            call(real(3), index(below=3), real(), axis=0, mode="set"),
            call(real(3), index(2, below=3, dtype="int64"), real(2), axis=0, mode="add"),
        ),
        accuracy="summed",
        scale=_scatter_sizes,
        gradient=(
            call(real(4), values(2, 0, dtype="int32"), real(2), axis=0, mode="set"),
            call(real(3), values(1, 1, 2, dtype="int32"), real(3), axis=0, mode="add"),
            call(real(2, 3), values(1, 1, 2, dtype="int32"), real(2, 3), axis=1, mode="add"),
        ),
    ),
    "one_hot": Row(
        ("uint8", "int8", "int16", "int32", "int64"),
        _one_hot,
        (
            call(index(2, 3, below=4), depth=4, dtype="float32"),
            call(values(0, 1, 5), depth=3, dtype="float32"),
        ),
        shapes=(
            call(index(below=4), depth=4, dtype="bool"),
            call(index(0, below=4), depth=4, dtype="int32"),
            call(values(-1, 0, 3, dtype="int32"), depth=3, dtype="float32"),
        ),
        result=lambda indices, depth, dtype: dtype,
    ),
    "nonzero": Row(
        ANY,
        lambda x: tuple(i.astype(np.int32) for i in np.nonzero(x)),
        (call(real(2, 3)), call(values(0, 1, 0, 1))),
        result="int32",
    ),
}
