"""Shape and place: the same values in another arrangement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from keras_front.core.convert import cast, dtype_of, promote, to_numpy, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import Axis, known, one_axis, shape_tuple, some_axes
from keras_front.ops.define import op

# ---------------------------------------------------------------- one tensor


@op
def reshape(x: Any, newshape: Any) -> Any:
    """The same values in another shape; one size may be -1, which means the rest.

    shape: ``(...) -> newshape``.  dtype: unchanged.
    errors: ``ValueError`` if the sizes do not fit.
    example: reshape([1.0, 2.0, 3.0, 4.0], (2, -1)) == [[1.0, 2.0], [3.0, 4.0]]
    """
    x = to_tensor(x)
    target = shape_tuple("reshape", newshape, "newshape")
    if None in target and known(x.shape):
        target = tuple(-1 if n is None else n for n in target)
    if known(x.shape) and known(target):
        size, wanted = math.prod(x.shape), math.prod(n for n in target if n != -1)
        rests = target.count(-1)
        fits = size == wanted if not rests else rests == 1 and (size % wanted == 0 if wanted else size == 0)
        if not fits:
            raise ValueError(
                f"reshape: {size} values of shape {tuple(x.shape)} do not fit into `newshape` {target}"
            )
    return F.reshape(x, target)


@op
def ravel(x: Any) -> Any:
    """All values in one row.  shape: ``(...) -> (size,)``.  dtype: unchanged.

    example: ravel([[1.0, 2.0], [3.0, 4.0]]) == [1.0, 2.0, 3.0, 4.0]
    """
    return F.reshape(to_tensor(x), (-1,))


@op
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Drops axes of size 1: the given ones, or all of them for ``None``.

    shape: ``(..., 1, ...) -> (..., ...)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range or of another size.
    example: squeeze([[1.0], [2.0]], axis=1) == [1.0, 2.0]
    """
    x = to_tensor(x)
    shape = tuple(x.shape)
    if axis is None:
        axes: tuple[int, ...] = tuple(a for a, n in enumerate(shape) if n == 1)
    else:
        given = some_axes("squeeze", axis, len(shape))
        axes = given if isinstance(given, tuple) else (given,)  # type: ignore[assignment]
    for a in axes:
        if shape[a] not in (1, None):
            raise ValueError(f"squeeze: axis {a} has size {shape[a]}, not 1 (shape {shape})")
    return F.reshape(x, tuple(n for a, n in enumerate(shape) if a not in axes))


@op
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """Puts in axes of size 1 at the given places of the result.

    shape: ``(...) -> (..., 1, ...)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range.
    example: expand_dims([1.0, 2.0], 0) == [[1.0, 2.0]]
    """
    x = to_tensor(x)
    if isinstance(axis, (tuple, list)):
        rank = len(x.shape) + len(axis)
        places = some_axes("expand_dims", tuple(axis), rank)
        sizes = iter(tuple(x.shape))
        return F.reshape(x, tuple(1 if a in places else next(sizes) for a in range(rank)))  # type: ignore[operator]
    return F.expand_dims(x, axis=one_axis("expand_dims", axis, len(x.shape) + 1))


@op
def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Axis ``i`` of the result is axis ``axes[i]`` of ``x``; ``None`` reverses their order.

    shape: permuted.  dtype: unchanged.
    errors: ``ValueError`` if ``axes`` is no permutation.
    example: transpose([[1.0, 2.0], [3.0, 4.0]]) == [[1.0, 3.0], [2.0, 4.0]]
    """
    x = to_tensor(x)
    rank = len(x.shape)
    if axes is None:
        return F.permute_dims(x, tuple(reversed(range(rank))))
    order = tuple(one_axis("transpose", a, rank, "axes") for a in axes)
    if sorted(order) != list(range(rank)):
        raise ValueError(f"transpose: `axes` must name each of {rank} axes once, got {tuple(axes)}")
    return F.permute_dims(x, order)


@op
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes in each other's place.  shape: two sizes swapped.  dtype: unchanged.

    errors: ``ValueError`` for an axis out of range.
    example: swapaxes([[1.0, 2.0, 3.0]], 0, 1) == [[1.0], [2.0], [3.0]]
    """
    x = to_tensor(x)
    order = list(range(len(x.shape)))
    a = one_axis("swapaxes", axis1, len(order), "axis1")
    b = one_axis("swapaxes", axis2, len(order), "axis2")
    order[a], order[b] = b, a
    return F.permute_dims(x, tuple(order))


@op
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """The axes ``source`` moved to the places ``destination``; the others keep their order.

    shape: permuted.  dtype: unchanged.
    errors: ``ValueError`` for axes out of range, given twice, or not as many as places.
    example: moveaxis([[1.0, 2.0, 3.0]], 0, -1) == [[1.0], [2.0], [3.0]]
    """
    x = to_tensor(x)
    rank = len(x.shape)
    sources, places = (
        some_axes("moveaxis", tuple(given) if isinstance(given, (tuple, list)) else (given,), rank)
        for given in (source, destination)
    )
    assert isinstance(sources, tuple) and isinstance(places, tuple)
    if len(sources) != len(places):
        raise ValueError(
            f"moveaxis: `source` and `destination` must name as many axes, got {source} and {destination}"
        )
    order = [a for a in range(rank) if a not in sources]
    for place, a in sorted(zip(places, sources, strict=True)):
        order.insert(place, a)
    return F.permute_dims(x, tuple(order))


@op
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeats axes of size 1 (and new leading ones) to a shape.

    shape: ``(...) -> shape``.  dtype: unchanged.
    errors: ``ValueError`` if the shapes do not fit.
    example: broadcast_to([1.0, 2.0], (2, 2)) == [[1.0, 2.0], [1.0, 2.0]]
    """
    x = to_tensor(x)
    target = shape_tuple("broadcast_to", shape)
    extra = len(target) - len(x.shape)
    sizes = zip(x.shape, target[extra:], strict=True) if extra >= 0 else ()
    if extra < 0 or any(n not in (1, m, None) and m is not None for n, m in sizes):
        raise ValueError(f"broadcast_to: shape {tuple(x.shape)} does not broadcast to `shape` {target}")
    return F.broadcast_to(x, target)


@op
def flip(x: Any, axis: Axis = None) -> Any:
    """Reverses the order along axes (all of them: ``None``).  shape: ``(...) -> (...)``.  dtype: unchanged.

    errors: ``ValueError`` for an axis out of range.
    example: flip([[1.0, 2.0], [3.0, 4.0]], axis=1) == [[2.0, 1.0], [4.0, 3.0]]
    """
    x = to_tensor(x)
    return F.flip(x, axis=some_axes("flip", axis, len(x.shape)))


@op
def roll(x: Any, shift: int | Sequence[int], axis: Axis = None) -> Any:
    """Moves entries ``shift`` places on along axes, round the end; ``None`` rolls the flattened tensor.

    shape: ``(...) -> (...)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range, or not as many axes as shifts.
    example: roll([1.0, 2.0, 3.0], 1) == [3.0, 1.0, 2.0]
    """
    x = to_tensor(x)
    if axis is None:
        flat = F.reshape(x, (-1,))
        total = shift if isinstance(shift, int) else sum(shift)
        return F.reshape(_roll(flat, total, 0), tuple(x.shape))
    axes = some_axes("roll", axis if isinstance(axis, (tuple, list)) else (axis,), len(x.shape))
    assert isinstance(axes, tuple)
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    if len(axes) == 1:
        axes *= len(shifts)
    if len(shifts) != len(axes):
        raise ValueError(f"roll: `shift` and `axis` must be as many, got {shift} and {axis}")
    for by, a in zip(shifts, axes, strict=True):
        x = _roll(x, by, a)
    return x


def _roll(x: Any, by: int, axis: int) -> Any:
    size = x.shape[axis]
    if not size:  # Nothing to move, or a spec of unknown size, whose shape stays.
        return x
    by %= size
    if not by:
        return x
    cut = size - by
    return F.concat([_span(x, axis, cut, size), _span(x, axis, 0, cut)], axis=axis)


def _span(x: Any, axis: int, start: int, stop: Any) -> Any:
    """``x[..., start:stop, ...]`` along one axis."""
    rank = len(x.shape)
    starts, stops = [0] * rank, list(x.shape)
    starts[axis], stops[axis] = start, stop
    return F.slice(x, tuple(starts), tuple(stops), (1,) * rank)


@op
def tile(x: Any, repeats: int | Sequence[int]) -> Any:
    """``x`` laid side by side so many times along each axis; new axes come first.

    shape: ``n -> repeats * n`` an axis.  dtype: unchanged.
    example: tile([1.0, 2.0], 2) == [1.0, 2.0, 1.0, 2.0]
    """
    x = to_tensor(x)
    counts = shape_tuple("tile", repeats, "repeats")
    rank = max(len(counts), len(x.shape))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - len(x.shape)) + tuple(x.shape)
    if not known(shape):
        x = F.reshape(x, shape)
        for axis, count in enumerate(counts):
            x = F.concat([x] * count, axis=axis) if count != 1 else x
        return x
    # (1, n) an axis, broadcast to (count, n), then taken together.
    apart = F.reshape(x, tuple(m for n in shape for m in (1, n)))
    wide = F.broadcast_to(apart, tuple(m for c, n in zip(counts, shape, strict=True) for m in (c, n)))
    return F.reshape(wide, tuple(c * n for c, n in zip(counts, shape, strict=True)))


@op
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each entry so many times in a row along an axis, or in the flattened tensor for ``None``.

    ``repeats``: one number, or one for each entry.
    shape: ``n -> sum(repeats)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range, or numbers that do not fit the axis.
    example: repeat([1.0, 2.0], 2) == [1.0, 1.0, 2.0, 2.0]
    example: repeat([[1.0], [2.0]], [1, 2], axis=0) == [[1.0], [2.0], [2.0]]
    """
    x = to_tensor(x)
    if axis is None:
        x, axis = F.reshape(x, (-1,)), 0
    axis = one_axis("repeat", axis, len(x.shape))
    size = x.shape[axis]
    counts = to_numpy(repeats).reshape(-1)
    if size is None:
        if counts.size != 1:
            raise ValueError(f"repeat: axis {axis} has an unknown size, so `repeats` must be one number")
        return F.concat([x] * int(counts[0]), axis=axis)
    if counts.size not in (1, size):
        raise ValueError(f"repeat: `repeats` must be one number or {size} of them, got {counts.size}")
    indices = np.repeat(np.arange(size, dtype="int32"), counts)
    return F.take(x, F.from_host(indices), axis=axis)


@op
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Adds entries before and after each axis.

    ``pad_width``: one number, one pair, or one pair ``(before, after)`` an axis.  ``mode``: ``"constant"``
    (``constant_values``, default 0), ``"reflect"`` (mirrored at the last entry) or ``"symmetric"`` (mirrored
    behind it).

    shape: ``n -> before + n + after`` an axis.  dtype: unchanged.
    errors: ``ValueError`` for another mode, widths that do not fit, or a constant with another mode.
    example: pad([1.0, 2.0], (1, 2)) == [0.0, 1.0, 2.0, 0.0, 0.0]
    example: pad([1.0, 2.0, 3.0], 1, mode="reflect") == [2.0, 1.0, 2.0, 3.0, 2.0]
    """
    x = to_tensor(x)
    rank = len(x.shape)
    before, after = _widths(pad_width, rank)
    if mode not in ("constant", "reflect", "symmetric"):
        raise ValueError(f'pad: `mode` must be "constant", "reflect" or "symmetric", got {mode!r}')
    if mode == "constant":
        value = 0 if constant_values is None else constant_values
        value = to_numpy(value).item() if hasattr(value, "dtype") else value
        dtype = dtype_of(x)
        return F.pad(x, before, after, value=bool(value) if dtype == "bool" else value)
    if constant_values is not None:
        raise ValueError(f'pad: `constant_values` needs mode="constant", got mode={mode!r}')
    for axis, (low, high) in enumerate(zip(before, after, strict=True)):
        size = x.shape[axis]
        if not (low or high):
            continue
        if size is None:
            one = (0,) * axis, (0,) * (rank - axis - 1)
            x = F.pad(x, (*one[0], low, *one[1]), (*one[0], high, *one[1]))
            continue
        if not size:
            raise ValueError(f"pad: axis {axis} is empty, there is nothing to mirror")
        indices = np.pad(np.arange(size, dtype="int32"), (low, high), mode=mode)  # type: ignore[call-overload]
        x = F.take(x, F.from_host(indices), axis=axis)
    return x


def _widths(pad_width: Any, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    try:
        pairs = np.broadcast_to(np.asarray(pad_width, dtype="int64"), (rank, 2))
    except ValueError:
        raise ValueError(
            f"pad: `pad_width` must be a number, a pair, or {rank} pairs, got {pad_width!r}"
        ) from None
    if rank and pairs.min() < 0:
        raise ValueError(f"pad: `pad_width` must not be negative, got {pad_width!r}")
    return tuple(pairs[:, 0].tolist()), tuple(pairs[:, 1].tolist())


# ---------------------------------------------------------------- several tensors


def _alike(op_name: str, xs: Any) -> list[Any]:
    """The entries as tensors of one dtype and rank."""
    parts = [cast(x, dtype) for x, dtype in _with_dtype(xs)]
    if not parts:
        raise ValueError(f"{op_name}: there must be at least one tensor, got {xs!r}")
    if len({len(x.shape) for x in parts}) > 1:
        raise ValueError(
            f"{op_name}: the tensors must have equal ranks, got shapes {[tuple(x.shape) for x in parts]}"
        )
    return parts


def _with_dtype(xs: Any) -> list[tuple[Any, str]]:
    if not isinstance(xs, (list, tuple)):
        xs = unstack(xs)
    parts = [to_tensor(x) for x in xs]
    kinds = {dtype_of(x) for x in parts}
    if len(kinds) > 1:
        parts = list(promote(*parts))
    return [(x, dtype_of(x)) for x in parts]


@op
def concatenate(xs: Any, axis: int = 0) -> Any:
    """Joins tensors along an axis; the other axes agree.

    shape: the axis adds up.  dtype: promoted.
    errors: ``ValueError`` for an axis out of range, other ranks or other sizes.
    example: concatenate([[1.0], [2.0, 3.0]]) == [1.0, 2.0, 3.0]
    """
    parts = _alike("concatenate", xs)
    axis = one_axis("concatenate", axis, len(parts[0].shape))
    for other in parts[1:]:
        for a, (n, m) in enumerate(zip(parts[0].shape, other.shape, strict=True)):
            if a != axis and n != m and n is not None and m is not None:
                raise ValueError(
                    f"concatenate: apart from axis {axis} the shapes must agree, "
                    f"got {[tuple(x.shape) for x in parts]}"
                )
    return F.concat(parts, axis=axis)


@op
def stack(x: Any, axis: int = 0) -> Any:
    """Joins tensors of one shape along a new axis.

    shape: ``k`` times ``(...) -> (..., k, ...)``.  dtype: promoted.
    errors: ``ValueError`` for an axis out of range or shapes that differ.
    example: stack([[1.0, 2.0], [3.0, 4.0]], axis=1) == [[1.0, 3.0], [2.0, 4.0]]
    """
    parts = _alike("stack", x)
    axis = one_axis("stack", axis, len(parts[0].shape) + 1)
    for other in parts[1:]:
        if any(n != m and n and m for n, m in zip(parts[0].shape, other.shape, strict=True)):
            raise ValueError(f"stack: shapes must be equal, got {[tuple(x.shape) for x in parts]}")
    return F.stack(parts, axis=axis)


@op
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """The entries along an axis as a list of tensors without it.

    ``num``: their number, which must be given where the size is unknown.
    shape: ``(..., k, ...) -> (...)``, ``k`` times.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range, an unknown size, or another ``num``.
    example: unstack([[1.0, 2.0], [3.0, 4.0]])[1] == [3.0, 4.0]
    """
    x = to_tensor(x)
    axis = one_axis("unstack", axis, len(x.shape))
    size = x.shape[axis]
    if size is None and num is None:
        raise ValueError(f"unstack: axis {axis} has an unknown size, so `num` must be given")
    if size is not None and num is not None and num != size:
        raise ValueError(f"unstack: axis {axis} has {size} entries, but `num` is {num}")
    rest = tuple(n for a, n in enumerate(x.shape) if a != axis)
    count = num if size is None else size
    assert count is not None
    return [F.reshape(_span(x, axis, i, i + 1), rest) for i in range(count)]


@op
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Cuts an axis into so many equal sections, or before the given indices.

    shape: the axis is shared out.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range or a size that cannot be shared out equally.
    example: split([1.0, 2.0, 3.0, 4.0], 2)[1] == [3.0, 4.0]
    example: split([1.0, 2.0, 3.0], [1])[1] == [2.0, 3.0]
    """
    x = to_tensor(x)
    axis = one_axis("split", axis, len(x.shape))
    size = x.shape[axis]
    if not isinstance(indices_or_sections, int):
        cuts = list(shape_tuple("split", indices_or_sections, "indices_or_sections"))
        if size is not None:
            cuts = [min(max(c + size if c < 0 else c, 0), size) for c in cuts]
        bounds = [0, *cuts, size]
        return [
            _span(x, axis, low, high if high is None else max(low, high)) for low, high in pairwise(bounds)
        ]
    if indices_or_sections < 1:
        raise ValueError(f"split: there must be at least one section, got {indices_or_sections}")
    if size is None:
        # A spec: each section is of unknown size as well.
        return [x] * indices_or_sections
    if size % indices_or_sections:
        raise ValueError(f"split: axis {axis} of size {size} has no {indices_or_sections} equal sections")
    step = size // indices_or_sections
    return [_span(x, axis, i * step, (i + 1) * step) for i in range(indices_or_sections)]
