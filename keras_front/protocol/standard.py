"""The array primitives of a library that follows the Python array API standard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def standard_array_group(xp: Any) -> dict[str, Callable[..., Any]]:
    """The 49 array primitives that the array API standard defines, from its namespace ``xp``.

    Most are the standard's own functions.  The wrapped ones differ where the protocol is narrower: dtypes by
    name, ``int32`` indices, reductions that keep their dtype, functions that the standard has as indexing.

    source: Python array API standard 2024.12.
    """
    unary = "negative abs sign exp expm1 log log1p sqrt sin cos tanh floor round"
    binary = (
        "add subtract multiply divide floor_divide pow atan2 maximum minimum equal less "
        "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift"
    )
    group: dict[str, Callable[..., Any]] = {name: _unary(getattr(xp, name)) for name in unary.split()}
    group |= {name: _binary(getattr(xp, name)) for name in binary.split()}
    group |= {name: _second(getattr(xp, name)) for name in ("reshape", "permute_dims", "broadcast_to")}
    group |= {name: _reduction(getattr(xp, name)) for name in ("max", "min")}
    int32 = xp.int32

    def where(condition: Any, x: Any, y: Any, /) -> Any:
        return xp.where(condition, x, y)

    def flip(x: Any, /, axis: Any = None) -> Any:
        return xp.flip(x, axis=axis)

    def full(shape: tuple[int, ...], fill_value: Any, /, dtype: str) -> Any:
        return xp.full(shape, fill_value, dtype=getattr(xp, dtype))

    def arange(start: Any, stop: Any, step: Any, /, dtype: str) -> Any:
        return xp.arange(start, stop, step, dtype=getattr(xp, dtype))

    def astype(x: Any, dtype: str, /) -> Any:
        return xp.astype(x, getattr(xp, dtype))

    def sum(x: Any, /, axis: Any = None, keepdims: bool = False) -> Any:
        return xp.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)

    def prod(x: Any, /, axis: Any = None, keepdims: bool = False) -> Any:
        return xp.prod(x, axis=axis, keepdims=keepdims, dtype=x.dtype)

    def argmax(x: Any, /, axis: int, keepdims: bool = False) -> Any:
        return xp.astype(xp.argmax(x, axis=axis, keepdims=keepdims), int32)

    def cumulative_sum(x: Any, /, axis: int) -> Any:
        return xp.cumulative_sum(x, axis=axis, dtype=x.dtype)

    def argsort(x: Any, /, axis: int) -> Any:
        return xp.astype(xp.argsort(x, axis=axis, stable=True), int32)

    def concat(arrays: Sequence[Any], /, axis: int) -> Any:
        return xp.concat(list(arrays), axis=axis)

    def slice(x: Any, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...], /) -> Any:
        return x[tuple(map(_builtin_slice, starts, stops, steps))]

    def take(x: Any, indices: Any, /, axis: int) -> Any:
        axis %= x.ndim
        flat = xp.take(x, xp.reshape(indices, (-1,)), axis=axis)
        return xp.reshape(flat, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))

    def take_along_axis(x: Any, indices: Any, /, axis: int) -> Any:
        return xp.take_along_axis(x, indices, axis=axis)

    def matmul(x: Any, y: Any, /) -> Any:
        return xp.matmul(x, y)

    for function in (
        where, flip, full, arange, astype, sum, prod, argmax, cumulative_sum, argsort, concat, slice, take,
        take_along_axis, matmul,
    ):  # fmt: skip
        group[function.__name__] = function
    return group


_builtin_slice = slice


# A library's functions may take more than the protocol asks for (``out=``, keyword-only ``axis``): these have
# its exact signatures.


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, /: function(x)


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y, /: function(x, y)


def _second(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, what, /: function(x, what)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, /, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims)
