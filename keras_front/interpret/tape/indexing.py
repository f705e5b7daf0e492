"""``x[key]`` on boxes, with NumPy's rules for integers, slices, ``None``, ``...``, index and mask arrays."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

Tensor = Any


def getitem(b: Any, x: Tensor, key: Any) -> Tensor:
    """The part of ``x`` that NumPy's indexing rules give, as slices, flips, a reshape and one ``take``.

    errors: ``IndexError`` for too many indices or one out of range; ``TypeError`` for what is no index.
    """
    keys = _per_axis(b, x.shape, key)
    shape = tuple(x.shape)
    starts, stops, steps, backwards, sizes, arrays = [], [], [], [], [], []
    axis = 0
    advanced = any(kind == "array" for kind, _ in keys)
    for kind, value in keys:
        if kind == "new":
            sizes.append(1)
            continue
        n = shape[axis]
        start, stop, step = 0, n, 1
        if kind == "slice":
            run = range(n)[value]
            start, stop, step = (run[0], run[-1] + 1, run.step) if len(run) else (0, 0, 1)
            if step < 0:
                start, stop, step = run[-1], run[0] + 1, -step
                backwards.append(axis)
            sizes.append(len(run))
        elif kind == "array" or advanced:
            # Next to an index array, an integer is one, too.
            arrays.append((len(sizes), _bounded(b, value, n, axis)))
            sizes.append(n)
        else:
            if not -n <= value < n:
                raise IndexError(f"index {value} is out of range for axis {axis} of size {n}")
            start = value % n
            stop = start + 1
        starts.append(start)
        stops.append(stop)
        steps.append(step)
        axis += 1
    whole = all(s == (0, n, 1) for s, n in zip(zip(starts, stops, steps, strict=True), shape, strict=True))
    if not whole:
        x = b.slice(x, tuple(starts), tuple(stops), tuple(steps))
    if backwards:
        x = b.flip(x, axis=tuple(backwards))
    if tuple(x.shape) != tuple(sizes):
        x = b.reshape(x, tuple(sizes))
    return _gathered(b, x, arrays) if arrays else x


def _gathered(b: Any, x: Tensor, arrays: list[tuple[int, Tensor]]) -> Tensor:
    """Index arrays at axes of ``x``, together: adjacent ones stay in place, others make the first axes."""
    axes = [axis for axis, _ in arrays]
    first = axes[0]
    if axes != list(range(first, first + len(axes))):
        x = b.permute_dims(x, (*axes, *(i for i in range(len(x.shape)) if i not in axes)))
        first = 0
    shape = tuple(x.shape)
    after = first + len(axes)
    flat = None
    for i, (_, indices) in enumerate(arrays):
        part = b.multiply(indices, math.prod(shape[first + i + 1 : after]))
        flat = part if flat is None else b.add(flat, part)
    merged = (*shape[:first], math.prod(shape[first:after]), *shape[after:])
    x = x if merged == shape else b.reshape(x, merged)
    return b.take(x, flat, axis=first)


def _bounded(b: Any, indices: Any, size: int, axis: int) -> Tensor:
    """An index tensor without negative entries."""
    if isinstance(indices, int):
        indices = np.asarray(indices)
    if not b.is_tensor(indices):
        indices = b.from_host(np.asarray(indices))
    host = b.to_host(indices)
    if host.size and not (-size <= host.min() and host.max() < size):
        raise IndexError(
            f"indices from {host.min()} to {host.max()} are out of range for axis {axis} of size {size}"
        )
    indices = b.astype(indices, "int32")
    return (
        indices
        if not host.size or host.min() >= 0
        else b.where(b.less(indices, 0), b.add(indices, size), indices)
    )


def _per_axis(b: Any, shape: tuple[int, ...], key: Any) -> list[tuple[str, Any]]:
    """The key as pairs of a kind ("new", "slice", "int", "array") and a value, one an axis besides "new"."""
    found: list[tuple[str, Any]] = []
    for part in key if isinstance(key, tuple) else (key,):
        found.extend(_parsed(b, part))
    used = sum(kind not in ("new", "rest") for kind, _ in found)
    if used > len(shape):
        raise IndexError(f"{used} indices for a tensor of shape {tuple(shape)}: {key!r}")
    rests = [i for i, (kind, _) in enumerate(found) if kind == "rest"]
    if len(rests) > 1:
        raise IndexError(f"an index can have one ellipsis ('...'), got {len(rests)}: {key!r}")
    fill = [("slice", slice(None))] * (len(shape) - used)
    place = rests[0] if rests else len(found)
    return found[:place] + fill + found[place + len(rests) :]


def _parsed(b: Any, part: Any) -> list[tuple[str, Any]]:
    if part is None:
        return [("new", None)]
    if part is Ellipsis:
        return [("rest", None)]
    if isinstance(part, slice):
        return [("slice", part)]
    if isinstance(part, int) and not isinstance(part, bool):
        return [("int", part)]
    if isinstance(part, (list, bool)):
        part = np.asarray(part, dtype="int32" if part == [] else None)
    if hasattr(part, "dtype"):
        host = part if isinstance(part, (np.ndarray, np.generic)) else b.to_host(part)
        if host.dtype == bool and host.ndim:
            return [("array", indices) for indices in np.nonzero(host)]
        if host.dtype.kind in "iu":
            return [("array", part)] if host.ndim else [("int", int(host))]
    elif hasattr(part, "__index__"):
        return [("int", operator.index(part))]
    raise TypeError(
        f"a tensor is indexed by integers, slices, None, '...', integer or boolean arrays, got {part!r}"
    )
