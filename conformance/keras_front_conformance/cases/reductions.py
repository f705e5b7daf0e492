"""Cases of the array group: reductions, order and the matrix product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import Call, call, distinct, edges, positive, real, values
from .row import FLOATING, NUMERIC, SIGNED, Row


def _axes(argument: Callable[..., Any], empty: bool) -> tuple[Call, ...]:
    """Every way to name axes; of empty axes too, where the reduction of nothing has a value."""
    calls = (
        call(argument()),
        call(argument(), axis=()),
        call(argument(2, 3, 4), axis=1),
        call(argument(2, 3, 4), axis=-1, keepdims=True),
        call(argument(2, 3, 4), axis=(0, 2)),
        call(argument(2, 3, 4), axis=(-1, 1), keepdims=True),
        call(argument(2, 3), keepdims=True),
        call(argument(0, 3), axis=1),
    )
    return calls + ((call(argument(0)), call(argument(2, 0), axis=1)) if empty else ())


def _gradient(argument: Callable[..., Any]) -> tuple[Call, ...]:
    return (
        call(argument(2, 3)),
        call(argument(2, 3), axis=0),
        call(argument(2, 3, 2), axis=(0, -1)),
        call(argument(2, 3), axis=-1, keepdims=True),
    )


def _own_dtype(reduction: Any) -> Callable[..., Any]:
    """A reduction of NumPy that keeps its argument's dtype."""
    return lambda x, axis=None, keepdims=False: reduction(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def _sizes(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    return np.sum(np.abs(x), axis=axis, keepdims=keepdims)


def _mean_sizes(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    return np.mean(np.abs(x), axis=axis, keepdims=keepdims) if x.size else 0.0


def _mean(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    return (
        np.mean(x, axis=axis, keepdims=keepdims)
        if x.size
        else np.full(_sizes(x, axis, keepdims).shape, np.nan)
    )


def _index(reduction: Any) -> Callable[..., Any]:
    return lambda x, axis, keepdims=False: reduction(x, axis=axis, keepdims=keepdims)


def _argsort(x: np.ndarray, axis: int) -> np.ndarray:
    return np.argsort(x, axis=axis, stable=True)


TIES = call(values(2, 1, 2, 1, 1, 2, 0, 0, 0, 3, 3, 3, shape=(4, 3)), axis=1)
INDEX_SHAPES = (
    call(real(2, 3, 4), axis=0),
    call(real(2, 3, 4), axis=-1),
    call(real(2, 0), axis=0),
    call(positive(3), axis=0),
)
ARG_SHAPES = (*INDEX_SHAPES, call(real(2, 3, 4), axis=1, keepdims=True))

ROWS = {
    "sum": Row(
        NUMERIC,
        _own_dtype(np.sum),
        (
            call(real(5, 7), axis=0),
            call(edges(infinite=False, greatest=False)),
            call(positive(2, 3), axis=(0, 1)),
        ),
        shapes=_axes(real, empty=True),
        accuracy="summed",
        scale=_sizes,
        gradient=_gradient(real),
    ),
    "prod": Row(
        NUMERIC,
        _own_dtype(np.prod),
        (call(real(2, 3), axis=0), call(values(1, 2, 3, 5)), call(values(2, 0, 3))),
        shapes=_axes(real, empty=True),
        accuracy="summed",
        gradient=(*_gradient(positive), call(values(2.0, 0.0, 3.0)), call(values(2.0, 0.0, 0.0))),
    ),
    "max": Row(
        NUMERIC,
        lambda x, axis=None, keepdims=False: np.max(x, axis=axis, keepdims=keepdims),
        (call(edges(infinite=False)), call(edges()), call(real(5, 7), axis=1)),
        shapes=(*_axes(real, empty=False), call(values(1.0, 2.0, 3.0), axis=0)),
        gradient=_gradient(distinct),
    ),
    "min": Row(
        NUMERIC,
        lambda x, axis=None, keepdims=False: np.min(x, axis=axis, keepdims=keepdims),
        (call(edges(infinite=False)), call(edges()), call(real(5, 7), axis=1)),
        shapes=_axes(real, empty=False),
        gradient=_gradient(distinct),
    ),
    "argmax": Row(
        NUMERIC, _index(np.argmax), (TIES, call(edges(infinite=False), axis=0)), ARG_SHAPES, result="int32"
    ),
    "argmin": Row(
        SIGNED,
        # The least integer has no negative: left out of the edges of a function defined by one.
        _index(np.argmin),
        (TIES, call(real(5, 7), axis=0)),
        ARG_SHAPES,
        result="int32",
    ),
    "cumulative_sum": Row(
        NUMERIC,
        lambda x, axis: np.cumsum(x, axis=axis, dtype=x.dtype),
        (call(real(5, 7), axis=0), call(positive(9), axis=0), call(real(2, 3), axis=-1)),
        shapes=(call(real(2, 3, 4), axis=1), call(real(0, 3), axis=0), call(real(2, 0), axis=0)),
        accuracy="summed",
        scale=lambda x, axis: np.cumsum(np.abs(x), axis=axis),
        gradient=(call(real(4), axis=0), call(real(2, 3), axis=-1), call(real(2, 3, 2), axis=1)),
    ),
    "argsort": Row(
        NUMERIC,
        _argsort,
        (TIES, call(edges(), axis=0), call(real(5, 7), axis=0)),
        INDEX_SHAPES,
        result="int32",
    ),
    "sort": Row(
        NUMERIC,
        lambda x, axis: np.sort(x, axis=axis),
        (TIES, call(edges(), axis=0), call(real(5, 7), axis=0)),
        INDEX_SHAPES,
        gradient=(call(distinct(5), axis=0), call(distinct(2, 4), axis=-1)),
    ),
    "all": Row(
        ("bool",),
        np.all,
        (call(real(4, 2), axis=1), call(values(True, True)), call(values(True, False))),
        shapes=_axes(real, empty=True),
    ),
    "any": Row(
        ("bool",),
        np.any,
        (call(real(4, 2), axis=1), call(values(False, False)), call(values(True, False))),
        shapes=_axes(real, empty=True),
    ),
    "mean": Row(
        FLOATING,
        _mean,
        (call(real(5, 7), axis=0), call(positive(2, 3), axis=(0, 1))),
        shapes=_axes(real, empty=True),
        accuracy="summed",
        scale=_mean_sizes,
        gradient=_gradient(real),
    ),
    "matmul": Row(
        NUMERIC,
        np.matmul,
        (call(real(3, 4), real(4, 2)), call(positive(2, 3), positive(3, 2)), call(real(3), real(3))),
        shapes=(
            call(real(4), real(4, 2)),
            call(real(3, 4), real(4)),
            call(real(2, 1, 3, 4), real(5, 4, 2)),
            call(real(3, 4), real(2, 4, 1)),
            call(real(3, 0), real(0, 2)),
            call(real(0, 3), real(3, 2)),
            call(real(3), real(2, 3, 4)),
        ),
        accuracy="summed",
        scale=lambda x, y: np.matmul(np.abs(x), np.abs(y)),
        gradient=(
            call(real(2, 3), real(3, 2)),
            call(real(3), real(3)),
            call(real(3), real(3, 2)),
            call(real(2, 3), real(3)),
            call(real(2, 2, 3), real(3, 2)),
            call(real(2, 3), real(2, 3, 1)),
            call(real(2, 1, 1, 2), real(3, 2, 2)),
            call(real(2), real(2, 2, 3)),
            call(real(2, 3, 2), real(2)),
        ),
    ),
}
