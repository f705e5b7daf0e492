"""Picking entries out and putting entries in."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_front.core.convert import (
    cast,
    dtype_of,
    holds_tensors,
    is_tensor_like,
    promote,
    to_host_array,
    to_tensor,
)
from keras_front.core.dispatch import F
from keras_front.ops.arguments import booleans, known, one_axis, shape_tuple, unsigned
from keras_front.ops.define import op
from keras_front.protocol.dtypes import is_floating

# ---------------------------------------------------------------- by index


@op
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Picks entries along an axis, or out of the flattened tensor for ``None``; negative indices count from the end.

    shape: ``(..., n, ...), (i...) -> (..., i..., ...)``.  dtype: unchanged; indices integer.
    errors: ``ValueError`` for an axis out of range; ``IndexError`` for host indices out of range.
    example: take([10.0, 20.0, 30.0], [2, 0]) == [30.0, 10.0]
    example: take([[1.0, 2.0], [3.0, 4.0]], -1, axis=1) == [2.0, 4.0]
    """
    x = to_tensor(x)
    if axis is None:
        x, axis = F.reshape(x, (-1,)), 0
    axis = one_axis("take", axis, len(x.shape))
    return F.take(x, _indices("take", indices, x.shape[axis]), axis=axis)


@op
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """``y[i, j] = x[i, indices[i, j]]`` and so for every rank; ``None`` takes both flattened.

    shape: the axis takes the size it has in ``indices``; the others broadcast.  dtype: unchanged; indices integer.
    errors: ``ValueError`` for an axis out of range or other ranks; ``IndexError`` for host indices out of range.
    example: take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1) == [[2.0], [3.0]]
    """
    x = to_tensor(x)
    if axis is None:
        x, axis = F.reshape(x, (-1,)), 0
        indices = F.reshape(_indices("take_along_axis", indices, x.shape[0]), (-1,))
    else:
        axis = one_axis("take_along_axis", axis, len(x.shape))
        indices = _indices("take_along_axis", indices, x.shape[axis])
    if len(indices.shape) != len(x.shape):
        raise ValueError(
            f"take_along_axis: `indices` must have the rank of `x`, got shapes {tuple(indices.shape)} and "
            f"{tuple(x.shape)}"
        )
    return F.take_along_axis(x, indices, axis=axis)


def _indices(op_name: str, indices: Any, size: int | None) -> Any:
    """Indices as a tensor of numbers from 0 on; those from the host are checked."""
    if not is_tensor_like(indices) and not holds_tensors(indices):
        array = to_host_array(indices)
        if array.dtype.kind not in "iu" and array.size:
            raise TypeError(f"{op_name}: `indices` must be integers, got dtype {array.dtype}")
        array = array.astype("int32")
        if size is not None and array.size:
            if array.min() < -size or array.max() >= size:
                raise IndexError(
                    f"{op_name}: `indices` must be from {-size} to {size - 1}, got {array.min()} to {array.max()}"
                )
            array = np.where(array < 0, array + np.int32(size), array)
        return F.from_host(array)
    indices = to_tensor(indices)
    dtype = dtype_of(indices)
    if is_floating(dtype) or dtype == "bool":
        indices, dtype = F.astype(indices, "int32"), "int32"
    if unsigned(dtype) or size is None:
        return indices
    return F.where(F.less(indices, 0), F.add(indices, size), indices)


@op
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """``x1`` where the condition is true (not zero), else ``x2``; with the condition alone, its true indices.

    shape: broadcast.  dtype: that of ``x1`` and ``x2``, promoted; indices ``int32``, one tensor an axis.
    errors: ``ValueError`` if only one of ``x1`` and ``x2`` is given.
    example: where([True, False], [1.0, 2.0], 0) == [1.0, 0.0]
    """
    if (x1 is None) != (x2 is None):
        raise ValueError("where: `x1` and `x2` must be given both or not at all")
    condition = booleans(condition)
    if x1 is None:
        return F.nonzero(condition)
    x1, x2 = promote(x1, x2)
    return F.where(condition, x1, x2)


# ---------------------------------------------------------------- boxes


@op
def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """The box of the given shape from the given indices on.

    ``start_indices``: numbers, or a tensor, which is held within the bounds.
    shape: ``(...) -> shape``.  dtype: unchanged.
    errors: ``ValueError`` for numbers outside the tensor.
    example: slice([[1.0, 2.0], [3.0, 4.0]], (0, 1), (2, 1)) == [[2.0], [4.0]]
    """
    x = to_tensor(inputs)
    rank = len(x.shape)
    sizes = shape_tuple("slice", shape)
    starts = _starts("slice", start_indices, rank)
    if len(sizes) != rank:
        raise ValueError(f"slice: `shape` must have {rank} numbers, got {sizes}")
    if builtins.all(type(s) is int for s in starts):
        _check_box("slice", tuple(x.shape), starts, sizes)
        stops = tuple(None if n is None else s + n for s, n in zip(starts, sizes, strict=True))
        return F.slice(x, tuple(starts), stops, (1,) * rank)
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        if size != x.shape[axis]:
            x = F.take(x, _line(start, size, x.shape[axis]), axis=axis)
    return x


@op
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Any:
    """A copy in which the box from the given indices on holds ``updates``.

    ``start_indices``: numbers, or a tensor, which is held within the bounds.
    shape: ``(...), box -> (...)``.  dtype: that of ``inputs``.
    errors: ``ValueError`` for numbers outside the tensor.
    example: slice_update([1.0, 2.0, 3.0], [1], [9.0]) == [1.0, 9.0, 3.0]
    """
    x = to_tensor(inputs)
    rank = len(x.shape)
    updates = cast(updates, dtype_of(x))
    starts = _starts("slice_update", start_indices, rank)
    sizes = tuple(updates.shape)
    if len(sizes) != rank:
        raise ValueError(f"slice_update: `updates` must have {rank} axes, got shape {sizes}")
    if not (known(x.shape) and known(sizes)):
        return x  # A spec: the shape stays.
    if builtins.all(type(s) is int for s in starts):
        _check_box("slice_update", tuple(x.shape), starts, sizes)
        return F.slice_update(x, updates, tuple(starts), (1,) * rank)
    lines = [_line(s, n, total) for s, n, total in zip(starts, sizes, x.shape, strict=True)]
    positions = F.full((), 0, dtype="int32")
    for axis, line in enumerate(lines):
        stride = math.prod(x.shape[axis + 1 :])
        positions = F.add(positions, F.reshape(F.multiply(line, stride), (-1, *(1,) * (rank - 1 - axis))))
    flat = F.scatter(
        F.reshape(x, (-1,)), F.reshape(positions, (-1,)), F.reshape(updates, (-1,)), axis=0, mode="set"
    )
    return F.reshape(flat, tuple(x.shape))


def _starts(op_name: str, start_indices: Any, rank: int) -> list[Any]:
    if is_tensor_like(start_indices):
        line = F.astype(to_tensor(start_indices), "int32")
        starts: list[Any] = [F.reshape(F.slice(line, (i,), (i + 1,), (1,)), ()) for i in range(line.shape[0])]
    else:
        starts = [
            F.astype(to_tensor(s), "int32") if is_tensor_like(s) else operator.index(s) for s in start_indices
        ]
    if len(starts) != rank:
        raise ValueError(f"{op_name}: `start_indices` must have {rank} numbers, got {len(starts)}")
    return starts


def _line(start: Any, size: int, total: int) -> Any:
    """``start, start + 1, ...``, so many, held within the axis."""
    line = F.arange(0, size, 1, dtype="int32")
    if type(start) is int:
        return F.add(line, start)
    return F.add(line, F.clip(start, low=0, high=total - size))


def _check_box(op_name: str, shape: Any, starts: Sequence[int], sizes: Sequence[Any]) -> None:
    for axis, (start, size, total) in enumerate(zip(starts, sizes, shape, strict=True)):
        if start < 0 or (total is not None and size is not None and start + size > total):
            raise ValueError(
                f"{op_name}: the box from {start} with size {size} does not lie within axis {axis} of size {total}"
            )


# ---------------------------------------------------------------- scatter


@op
def scatter(indices: Any, values: Any, shape: Any) -> Any:
    """Zeros with values added at indices: the last axis of ``indices`` runs over the leading axes of the result.

    shape: ``(i..., k), (i..., rest...) -> shape``.  dtype: that of ``values``.
    example: scatter([[0], [2], [0]], [1.0, 2.0, 3.0], (3,)) == [4.0, 0.0, 2.0]
    """
    values = to_tensor(values)
    target = shape_tuple("scatter", shape)
    dtype = dtype_of(values)
    zeros = F.full(target, False if dtype == "bool" else 0, dtype=dtype)
    return _scatter("scatter", zeros, indices, values, "max" if dtype == "bool" else "add")


@op
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Any:
    """A copy with updates at indices: the last axis of ``indices`` runs over the leading axes of ``inputs``.

    ``reduction``: ``None`` puts them in place of the old values (the indices are all different), ``"add"``,
    ``"max"``, ``"min"`` and ``"mul"`` combine them.

    shape: ``(...), (i..., k), (i..., rest...) -> (...)``.  dtype: that of ``inputs``.
    errors: ``ValueError`` for another reduction.
    example: scatter_update([1.0, 2.0, 3.0], [[0], [2]], [8.0, 9.0]) == [8.0, 2.0, 9.0]
    example: scatter_update([1.0, 2.0], [[0], [0]], [2.0, 3.0], reduction="mul") == [6.0, 2.0]
    """
    x = to_tensor(inputs)
    if reduction not in (None, "add", "max", "min", "mul"):
        raise ValueError(
            f'scatter_update: `reduction` must be None, "add", "max", "min" or "mul", got {reduction!r}'
        )
    return _scatter("scatter_update", x, indices, cast(updates, dtype_of(x)), reduction or "set")


def _scatter(op_name: str, x: Any, indices: Any, updates: Any, mode: str) -> Any:
    indices = F.astype(to_tensor(indices), "int32")
    depth = indices.shape[-1] if indices.shape else None
    if depth is None or depth > len(x.shape):
        raise ValueError(
            f"{op_name}: the last axis of `indices` must hold at most {len(x.shape)} numbers, got shape "
            f"{tuple(indices.shape)}"
        )
    if not (known(x.shape) and known(indices.shape)):
        return x  # A spec: the shape stays.
    lead, rest = tuple(x.shape[:depth]), tuple(x.shape[depth:])
    # One number an entry: the place in the flattened leading axes.
    count = math.prod(indices.shape[:-1])
    rows = F.reshape(indices, (count, depth))
    place = F.full((count,), 0, dtype="int32")
    for i, size in enumerate(lead):
        one = F.reshape(F.slice(rows, (0, i), (count, i + 1), (1, 1)), (count,))
        one = F.where(F.less(one, 0), F.add(one, size), one)
        place = F.add(place, F.multiply(one, math.prod(lead[i + 1 :])))
    flat = F.reshape(x, (math.prod(lead), *rest))
    updates = F.reshape(updates, (count, *rest))
    dtype = dtype_of(x)
    if mode == "mul":
        found = _product_at(flat, place, updates)
    elif dtype == "bool":
        found = F.scatter(F.astype(flat, "int32"), place, F.astype(updates, "int32"), axis=0, mode=mode)  # type: ignore[arg-type]
        found = F.astype(found, "bool")
    else:
        found = F.scatter(flat, place, updates, axis=0, mode=mode)  # type: ignore[arg-type]
    return F.reshape(found, tuple(x.shape))


def _product_at(flat: Any, place: Any, updates: Any) -> Any:
    """Each entry times the product of its updates: by a table of entries and updates."""
    size, count, rest = flat.shape[0], updates.shape[0], tuple(flat.shape[1:])
    here = F.equal(F.reshape(F.arange(0, size, 1, dtype="int32"), (size, 1)), place)
    here = F.reshape(here, (size, count, *(1,) * len(rest)))
    return F.multiply(flat, F.prod(F.where(here, updates, 1), axis=1))


# ---------------------------------------------------------------- x[key]


@op
def get_item(x: Any, key: Any) -> Any:
    """``x[key]`` by NumPy's rules: numbers, slices, ``None``, ``...``, integer tensors and boolean masks.

    A mask gives a shape that depends on its values, which compiled code cannot have.
    shape: as NumPy has it.  dtype: unchanged.
    errors: ``IndexError`` for too many or unfit indices.
    example: get_item([[1.0, 2.0], [3.0, 4.0]], 1) == [3.0, 4.0]
    """
    x = to_tensor(x)
    entries = _expanded(x, key if isinstance(key, tuple) else (key,))
    shape = tuple(x.shape)
    starts: list[int] = []
    stops: list[Any] = []
    steps: list[int] = []
    turned: list[int] = []
    #: For each axis of the result before arrays are used: its size, or None for an axis that leaves.
    layout: list[tuple[str, Any]] = []
    axis = 0
    for entry in entries:
        if entry is None:
            layout.append(("new", 1))
            continue
        size = shape[axis]
        if isinstance(entry, builtins.slice):
            start, stop, step, length = _bounds(entry, size)
            if step < 0:
                turned.append(axis)
            starts.append(start)
            stops.append(stop)
            steps.append(abs(step))
            layout.append(("axis", length))
        elif type(entry) is int:
            at = _position(entry, size, axis)
            starts.append(at)
            stops.append(at + 1)
            steps.append(1)
            layout.append(("gone", entry))
        else:
            starts.append(0)
            stops.append(size)
            steps.append(1)
            layout.append(("array", (entry, size)))
        axis += 1
    if (tuple(starts), tuple(stops), tuple(steps)) != ((0,) * axis, shape, (1,) * axis):
        x = F.slice(x, tuple(starts), tuple(stops), tuple(steps))
    if turned:
        x = F.flip(x, axis=tuple(turned))
    sizes = [value[1] if kind == "array" else value for kind, value in layout if kind != "gone"]
    if len(sizes) != len(x.shape) or "new" in (kind for kind, _ in layout):
        x = F.reshape(x, tuple(sizes))
    arrays = [(kind, value) for kind, value in layout if kind != "gone"]
    places = [i for i, (kind, _) in enumerate(arrays) if kind == "array"]
    if not places:
        return x
    # A number beside an array is an array of no axes: it decides with it where the result's new axes stand.
    positions = [i for i, (kind, _) in enumerate(layout) if kind in ("array", "gone")]
    together = positions == list(range(positions[0], positions[-1] + 1))
    return _by_arrays(x, places, [arrays[i][1][0] for i in places], together)


def _expanded(x: Any, key: tuple[Any, ...]) -> list[Any]:
    """One entry an axis of ``x``, with ``None`` between them where an axis is new."""
    entries: list[Any] = []
    used = 0
    ellipsis: int | None = None
    for part in key:
        if part is None:
            entries.append(None)
        elif part is Ellipsis:
            if ellipsis is not None:
                raise IndexError("get_item: `key` may hold `...` only once")
            ellipsis = len(entries)
        elif isinstance(part, builtins.slice):
            entries.append(part)
            used += 1
        elif isinstance(part, (bool, np.bool_)):
            raise IndexError(
                "get_item: a single boolean is no index; a mask has the shape of the axes it is for"
            )
        elif isinstance(part, (int, np.integer)):
            entries.append(int(part))
            used += 1
        else:
            part = part if is_tensor_like(part) or holds_tensors(part) else to_host_array(part)
            masks = F.nonzero(to_tensor(part)) if _is_mask(part) else [part]
            if _is_mask(part) and tuple(part.shape) != tuple(x.shape[used : used + len(part.shape)]):
                raise IndexError(
                    f"get_item: a mask of shape {tuple(part.shape)} does not fit the axes {tuple(x.shape[used:])}"
                )
            entries.extend(masks)
            used += len(masks)
    rank = len(x.shape)
    if used > rank:
        raise IndexError(f"get_item: {used} indices for a tensor of rank {rank} (shape {tuple(x.shape)})")
    place = len(entries) if ellipsis is None else ellipsis
    entries[place:place] = [builtins.slice(None)] * (rank - used)
    return entries


def _is_mask(part: Any) -> bool:
    return hasattr(part, "dtype") and (
        part.dtype == bool if isinstance(part, np.ndarray) else dtype_of(part) == "bool"
    )


def _position(index: int, size: int | None, axis: int) -> int:
    if size is None:
        return max(index, 0)
    if not -size <= index < size:
        raise IndexError(f"get_item: index {index} is out of range for axis {axis} of size {size}")
    return index % size


def _bounds(part: builtins.slice, size: int | None) -> tuple[int, Any, int, Any]:
    """Start, stop and step of a slice (of one with a negative step: from its lower end on), and its length."""
    start, stop, step = (None if v is None else operator.index(v) for v in (part.start, part.stop, part.step))
    if size is None:
        # A spec: the size stays unknown, whatever is cut off.
        return 0, None, 1, None
    first, last, by = builtins.slice(start, stop, step).indices(size)
    length = len(range(first, last, by))
    if by > 0:
        return first, first + max(length - 1, 0) * by + (1 if length else 0), by, length
    lowest = first + (length - 1) * by if length else 0
    return lowest, first + 1 if length else 0, by, length


def _by_arrays(x: Any, axes: list[int], arrays: list[Any], together: bool) -> Any:
    """Picks entries by one index array an axis; the arrays broadcast against each other."""
    indices = [_indices("get_item", a, x.shape[axis]) for axis, a in zip(axes, arrays, strict=True)]
    if len(axes) == 1 and together:
        return F.take(x, indices[0], axis=axes[0])
    rank = len(x.shape)
    # The axes of arrays side by side, in the place of the first one, or in front if others stand between them.
    front = axes[0] if together else 0
    others = [a for a in range(rank) if a not in axes]
    x = F.permute_dims(x, (*others[:front], *axes, *others[front:]))
    sizes = tuple(x.shape[front : front + len(axes)])
    # A spec's sizes may be unknown; its values are not looked at.
    total = math.prod(sizes) if known(sizes) else None
    merged = F.reshape(x, (*x.shape[:front], total, *x.shape[front + len(axes) :]))  # type: ignore[arg-type]
    place = None
    for i, index in enumerate(indices):
        part = F.multiply(F.astype(index, "int32"), math.prod(n or 1 for n in sizes[i + 1 :]))
        place = part if place is None else F.add(place, part)
    return F.take(merged, place, axis=front)
