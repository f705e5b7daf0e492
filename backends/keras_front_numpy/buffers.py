"""Working memory: scratch arrays that each thread keeps, and selection by bit masks."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

#: Bytes of a block that a kernel works on at a time: it should stay in the second-level cache.
BLOCK = 1 << 20

_ROWS = 4096

_local = threading.local()
#: Ones of each dtype, to sum by products with them.
_ones: dict[Any, np.ndarray] = {}
_INTEGER = {2: np.int16, 4: np.int32, 8: np.int64}


def scratch(tag: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array with any content that is this thread's until the next call with the same tag.

    Fresh memory costs a page fault every 4 KiB, more than the arithmetic on it.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    store = _local.__dict__
    held = store.get(tag)
    if held is None or held.nbytes < size:
        held = store[tag] = np.empty(max(size, 1), np.uint8)
    return np.ndarray(shape, dtype, held)


def bit_mask(condition: np.ndarray) -> np.ndarray:
    """A boolean array turned in place into ``int8`` 0 and -1 (all bits), for `keep`."""
    bits = condition.view(np.int8)
    return np.negative(bits, out=bits)


def keep(mask: np.ndarray, values: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """``where(condition, values, 0)`` by `bit_mask(condition)`: no branches, and NaN cannot leak from what is left out."""
    integer = _INTEGER[values.dtype.itemsize]
    if out is not None:
        np.bitwise_and(values.view(integer), mask, out=out.view(integer))
        return out
    return np.bitwise_and(values.view(integer), mask).view(values.dtype)


def select(condition: np.ndarray, x: Any, y: Any) -> np.ndarray:
    """``np.where`` for large arrays of one dtype, where its branches cost six times as much as three bit operations."""
    dtype = x.dtype
    integer = _INTEGER[dtype.itemsize]
    mask = np.negative(condition.view(np.int8))
    base = y.view(integer)
    out = np.bitwise_xor(x.view(integer), base)
    out = np.bitwise_and(
        out, mask, out=out if out.shape == np.broadcast_shapes(out.shape, mask.shape) else None
    )
    return np.bitwise_xor(out, base, out=out).view(dtype)


def sum_to(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sums the axes along which ``shape`` was broadcast to the shape of ``x``."""
    if x.shape == shape:
        return x
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1
    )
    return np.add.reduce(x, axis=axes, keepdims=True).reshape(shape)


def column_sums(x: np.ndarray) -> np.ndarray:
    """Sums over the rows of a matrix as products with ones: several times faster than a reduction.

    Sums of blocks are summed, which keeps the rounding error small in long columns.
    """
    rows = x.shape[0]
    ones = _ones.get(x.dtype)
    if ones is None:
        ones = _ones[x.dtype] = np.ones(_ROWS, x.dtype)
    if rows <= _ROWS:
        return ones[:rows].dot(x)
    total = ones.dot(x[:_ROWS])
    for start in range(_ROWS, rows, _ROWS):
        part = x[start : start + _ROWS]
        total += ones[: part.shape[0]].dot(part)
    return total


def row_sums(x: np.ndarray) -> np.ndarray:
    """Sums along the last axis, which stays with size 1; as a product with ones if there is much to sum."""
    if x.size > 4096 and x.flags.c_contiguous and x.dtype.kind == "f":
        ones = np.ones((x.shape[-1], 1), x.dtype)
        return np.matmul(x.reshape(-1, x.shape[-1]), ones).reshape(*x.shape[:-1], 1)
    return np.add.reduce(x, axis=-1, keepdims=True)


def row_maxima(x: np.ndarray) -> np.ndarray:
    """Maxima along the last axis, which stays with size 1; NaN wins."""
    width = x.shape[-1] if x.ndim else 0
    if width < 24 or x.size < 2048 or not x.flags.c_contiguous or x.dtype.kind != "f":
        return np.maximum.reduce(x, axis=-1, keepdims=True)
    # Finding the place is five times as fast as NumPy's reduction of the value along contiguous memory.
    rows = x.reshape(-1, width)
    places = rows.argmax(1)
    places += np.arange(0, rows.size, width)
    return rows.reshape(-1)[places].reshape(*x.shape[:-1], 1)
