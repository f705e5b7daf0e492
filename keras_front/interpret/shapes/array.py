"""Shape rules of the array group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from . import checks
from .spec import Shape, ShapeError, Size, Spec, is_scalar, shape_tuple

RULES, _rule = checks.table()

# ---------------------------------------------------------------- elementwise


def unary(name: str, kind: str, result: str | None = None) -> Callable[..., Any]:
    """The rule of an elementwise function of one tensor."""

    def rule(x: Any, /) -> Spec:
        spec = checks.of_kind(name, "x", x, kind)
        return spec if result is None else Spec(spec.shape, result)

    return rule


def _binary(name: str, kind: str, result: str | None = None) -> Callable[..., Any]:
    def rule(x: Any, y: Any, /) -> Spec:
        dtype = checks.same_dtype(name, kind, x=x, y=y)
        shape = checks.broadcast(name, x=checks.shape_of(x), y=checks.shape_of(y))
        return Spec(shape, result or dtype)

    return rule


for _name in ("negative", "abs", "sign", "floor", "round", "square"):
    RULES[_name] = unary(_name, "numeric")
for _name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "rsqrt"):
    RULES[_name] = unary(_name, "floating")
for _name in ("isnan", "isfinite"):
    RULES[_name] = unary(_name, "floating", "bool")
RULES["logical_not"] = unary("logical_not", "bool")
for _name in ("add", "subtract", "multiply", "floor_divide", "pow", "maximum", "minimum"):
    RULES[_name] = _binary(_name, "numeric")
for _name in ("divide", "atan2"):
    RULES[_name] = _binary(_name, "floating")
for _name in ("equal", "not_equal"):
    RULES[_name] = _binary(_name, "any", "bool")
for _name in ("less", "less_equal", "greater", "greater_equal"):
    RULES[_name] = _binary(_name, "numeric", "bool")
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    RULES[_name] = _binary(_name, "integer or bool")
for _name in ("bitwise_left_shift", "bitwise_right_shift"):
    RULES[_name] = _binary(_name, "integer")


@_rule
def _where(condition: Any, x: Any, y: Any, /) -> Spec:
    mask = checks.of_kind("where", "condition", condition, "bool")
    dtype = checks.same_dtype("where", "any", x=x, y=y)
    shape = checks.broadcast("where", condition=mask.shape, x=checks.shape_of(x), y=checks.shape_of(y))
    return Spec(shape, dtype)


@_rule
def _clip(x: Any, /, low: Any, high: Any) -> Spec:
    dtype = checks.same_dtype("clip", "numeric", x=checks.tensor("clip", "x", x), low=low, high=high)
    shapes = {key: checks.shape_of(value) for key, value in (("x", x), ("low", low), ("high", high))}
    return Spec(checks.broadcast("clip", **shapes), dtype)


# ---------------------------------------------------------------- creation


@_rule
def _full(shape: Any, fill_value: Any, /, dtype: str) -> Spec:
    if not is_scalar(fill_value):
        raise ShapeError(f"full: `fill_value` must be a Python scalar, got {fill_value!r:.100}")
    return Spec(shape_tuple(shape, "full: `shape`"), checks.dtype_name("full", dtype))


@_rule
def _arange(start: Any, stop: Any, step: Any, /, dtype: str) -> Spec:
    name = checks.dtype_name("arange", dtype)
    if step == 0:
        raise ShapeError("arange: `step` must not be 0")
    if None in (start, stop, step):
        return Spec((None,), name)
    return Spec((max(0, math.ceil((stop - start) / step)),), name)


@_rule
def _astype(x: Any, dtype: str, /) -> Spec:
    return Spec(checks.tensor("astype", "x", x).shape, checks.dtype_name("astype", dtype))


# ---------------------------------------------------------------- reductions and order


def reduced(shape: Shape, axes: frozenset[int], keepdims: bool) -> Shape:
    """A shape whose axes leave, or stay with size 1."""
    if keepdims:
        return tuple(1 if i in axes else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def _reduction(name: str, kind: str, of_nothing: bool) -> Callable[..., Any]:
    def rule(x: Any, /, axis: Any = None, keepdims: bool = False) -> Spec:
        spec = checks.of_kind(name, "x", x, kind)
        axes = checks.axes_set(name, axis, spec.ndim)
        if not of_nothing and any(spec.shape[a] == 0 for a in axes):
            raise ShapeError(
                f"{name}: the reduced axes must not be empty, got {spec.shape} and axis={axis!r}"
            )
        return Spec(reduced(spec.shape, axes, keepdims), spec.dtype)

    return rule


def _position(name: str, kind: str) -> Callable[..., Any]:
    def rule(x: Any, /, axis: int, keepdims: bool = False) -> Spec:
        spec = checks.of_kind(name, "x", x, kind)
        position = checks.axis_index(name, axis, spec.ndim)
        if spec.shape[position] == 0:
            raise ShapeError(f"{name}: the axis must not be empty, got {spec.shape} and axis={axis!r}")
        return Spec(reduced(spec.shape, frozenset((position,)), keepdims), "int32")

    return rule


def _along(name: str, result: str | None) -> Callable[..., Any]:
    def rule(x: Any, /, axis: int) -> Spec:
        spec = checks.of_kind(name, "x", x, "numeric")
        checks.axis_index(name, axis, spec.ndim)
        return spec if result is None else Spec(spec.shape, result)

    return rule


RULES["sum"] = _reduction("sum", "numeric", True)
RULES["prod"] = _reduction("prod", "numeric", True)
RULES["mean"] = _reduction("mean", "floating", True)
RULES["max"] = _reduction("max", "numeric", False)
RULES["min"] = _reduction("min", "numeric", False)
RULES["all"] = _reduction("all", "bool", True)
RULES["any"] = _reduction("any", "bool", True)
RULES["argmax"] = _position("argmax", "numeric")
RULES["argmin"] = _position("argmin", "signed or floating")
RULES["cumulative_sum"] = _along("cumulative_sum", None)
RULES["argsort"] = _along("argsort", "int32")
RULES["sort"] = _along("sort", None)

# ---------------------------------------------------------------- shape and place


@_rule
def _reshape(x: Any, shape: Any, /) -> Spec:
    spec = checks.tensor("reshape", "x", x)
    if not isinstance(shape, (tuple, list)):
        raise ShapeError(f"reshape: `shape` must be a tuple, got {shape!r:.100}")
    return Spec(checks.reshaped("reshape", spec.shape, shape), spec.dtype)


@_rule
def _permute_dims(x: Any, axes: Any, /) -> Spec:
    spec = checks.tensor("permute_dims", "x", x)
    checks.numbers("permute_dims", "axes", axes, spec.ndim)
    if len(checks.axes_set("permute_dims", axes, spec.ndim)) != spec.ndim:
        raise ShapeError(f"permute_dims: `axes` must name each of {spec.ndim} axes once, got {axes!r}")
    return Spec((spec.shape[a] for a in axes), spec.dtype)


@_rule
def _broadcast_to(x: Any, shape: Any, /) -> Spec:
    spec, target = checks.tensor("broadcast_to", "x", x), shape_tuple(shape, "broadcast_to: `shape`")
    result: list[Size] = list(target)
    offset = len(target) - spec.ndim
    fits = offset >= 0
    for i, size in enumerate(spec.shape if fits else ()):
        wanted = target[offset + i]
        fits = fits and (size in (1, None) or wanted in (size, None))
        if wanted is None and size != 1:
            result[offset + i] = size
    if not fits:
        raise ShapeError(
            f"broadcast_to: each axis must be 1 or have the size wanted (new axes come first), got {spec.shape} "
            f"and `shape` = {target}"
        )
    return Spec(result, spec.dtype)


@_rule
def _concat(arrays: Sequence[Any], /, axis: int) -> Spec:
    found = _several("concat", arrays)
    dtype = _one_dtype("concat", found)
    position = checks.axis_index("concat", axis, found[0].ndim)
    lengths = [spec.shape[position] if position < spec.ndim else None for spec in found]
    others = {
        f"arrays[{i}]": tuple(None if a == position else size for a, size in enumerate(spec.shape))
        for i, spec in enumerate(found)
    }
    try:
        result = list(checks.merge("concat", "", **others))
    except ShapeError:
        shown = ", ".join(str(spec.shape) for spec in found)
        raise ShapeError(f"concat: all axes but axis {axis} must be equal, got {shown}") from None
    result[position] = None if None in lengths else sum(size for size in lengths if size is not None)
    return Spec(result, dtype)


@_rule
def _stack(arrays: Sequence[Any], /, axis: int) -> Spec:
    found = _several("stack", arrays)
    dtype = _one_dtype("stack", found)
    shapes = {f"arrays[{i}]": spec.shape for i, spec in enumerate(found)}
    shape = checks.merge("stack", "all shapes must be equal", **shapes)
    position = checks.axis_index("stack", axis, len(shape) + 1)
    return Spec((*shape[:position], len(found), *shape[position:]), dtype)


def _several(name: str, arrays: Any) -> list[Spec]:
    if not isinstance(arrays, (list, tuple)) or not arrays:
        raise ShapeError(f"{name}: `arrays` must be a list of one or more tensors, got {arrays!r:.100}")
    return [checks.tensor(name, f"arrays[{i}]", x) for i, x in enumerate(arrays)]


def _one_dtype(name: str, found: list[Spec]) -> str:
    return checks.same_dtype(name, "any", **{f"arrays[{i}]": spec for i, spec in enumerate(found)})


@_rule
def _expand_dims(x: Any, /, axis: int) -> Spec:
    spec = checks.tensor("expand_dims", "x", x)
    position = checks.axis_index("expand_dims", axis, spec.ndim + 1)
    return Spec((*spec.shape[:position], 1, *spec.shape[position:]), spec.dtype)


@_rule
def _flip(x: Any, /, axis: Any = None) -> Spec:
    spec = checks.tensor("flip", "x", x)
    checks.axes_set("flip", axis, spec.ndim)
    return spec


@_rule
def _slice(x: Any, starts: Any, stops: Any, steps: Any, /) -> Spec:
    spec = checks.tensor("slice", "x", x)
    for key, value, least in (("starts", starts, 0), ("stops", stops, 0), ("steps", steps, 1)):
        checks.numbers("slice", key, value, spec.ndim, least)
    result: list[Size] = []
    for axis, (size, start, stop, step) in enumerate(zip(spec.shape, starts, stops, steps, strict=True)):
        # Sizes taken from another spec's shape may be unknown: so are then start and stop.
        ordered = [bound for bound in (start, stop, size) if bound is not None]
        if ordered != sorted(ordered):
            raise ShapeError(
                f"slice: 0 <= start <= stop <= size must hold, got start {start}, stop {stop} for axis {axis} "
                f"of {spec.shape}"
            )
        if start is not None and start == size:
            stop = start
        result.append(None if None in (start, stop, step) else -(-(stop - start) // step))
    return Spec(result, spec.dtype)


@_rule
def _pad(x: Any, before: Any, after: Any, /, value: Any = 0) -> Spec:
    spec = checks.tensor("pad", "x", x)
    checks.numbers("pad", "before", before, spec.ndim, 0)
    checks.numbers("pad", "after", after, spec.ndim, 0)
    if not is_scalar(value):
        raise ShapeError(f"pad: `value` must be a Python scalar, got {value!r:.100}")
    columns = zip(before, spec.shape, after, strict=True)
    return Spec((None if None in column else sum(column) for column in columns), spec.dtype)


@_rule
def _slice_update(x: Any, updates: Any, starts: Any, steps: Any, /) -> Spec:
    spec, box = checks.tensor("slice_update", "x", x), checks.tensor("slice_update", "updates", updates)
    dtype = checks.same_dtype("slice_update", "any", x=spec, updates=box)
    checks.numbers("slice_update", "starts", starts, spec.ndim, 0)
    checks.numbers("slice_update", "steps", steps, spec.ndim, 1)
    if box.ndim != spec.ndim:
        raise ShapeError(
            f"slice_update: `x` and `updates` must have equally many axes, got {spec.shape} and {box.shape}"
        )
    for size, count, start, step in zip(spec.shape, box.shape, starts, steps, strict=True):
        if None not in (size, count, start, step) and count and start + (count - 1) * step >= size:
            raise ShapeError(
                f"slice_update: the box must lie within `x`, got updates {box.shape} from {tuple(starts)} in "
                f"steps {tuple(steps)} for {spec.shape}"
            )
    return Spec(spec.shape, dtype)


@_rule
def _one_hot(indices: Any, /, depth: int, dtype: str) -> Spec:
    spec = checks.of_kind("one_hot", "indices", indices, "integer")
    return Spec((*spec.shape, depth), checks.dtype_name("one_hot", dtype))


# ---------------------------------------------------------------- indices and products


@_rule
def _take(x: Any, indices: Any, /, axis: int) -> Spec:
    spec = checks.tensor("take", "x", x)
    index = checks.of_kind("take", "indices", indices, "integer")
    position = checks.axis_index("take", axis, spec.ndim)
    return Spec((*spec.shape[:position], *index.shape, *spec.shape[position + 1 :]), spec.dtype)


@_rule
def _take_along_axis(x: Any, indices: Any, /, axis: int) -> Spec:
    spec = checks.tensor("take_along_axis", "x", x)
    index = checks.of_kind("take_along_axis", "indices", indices, "integer")
    position = checks.axis_index("take_along_axis", axis, spec.ndim)
    if spec.ndim != index.ndim:
        raise ShapeError(
            f"take_along_axis: `x` and `indices` must have equally many axes, got {spec.shape} and {index.shape}"
        )
    both = (tuple(1 if i == position else size for i, size in enumerate(s.shape)) for s in (spec, index))
    result = list(checks.broadcast("take_along_axis", x=next(both), indices=next(both)))
    result[position] = index.shape[position]
    return Spec(result, spec.dtype)


@_rule
def _scatter(x: Any, indices: Any, updates: Any, /, axis: int, mode: str) -> Spec:
    spec, new = checks.tensor("scatter", "x", x), checks.tensor("scatter", "updates", updates)
    index = checks.of_kind("scatter", "indices", indices, "integer")
    dtype = checks.same_dtype("scatter", "any", x=spec, updates=new)
    if mode not in ("set", "add", "max", "min"):
        raise ShapeError(f"scatter: `mode` must be 'set', 'add', 'max' or 'min', got {mode!r}")
    position = checks.axis_index("scatter", axis, spec.ndim)
    wanted = (*spec.shape[:position], *index.shape, *spec.shape[position + 1 :])
    rule = "`updates` must have the shape of take(x, indices, axis)"
    found = checks.merge("scatter", rule, wanted=wanted, updates=new.shape)
    after = found[position + index.ndim :]
    return Spec((*found[:position], spec.shape[position], *after), dtype)


@_rule
def _matmul(x: Any, y: Any, /) -> Spec:
    left, right = checks.tensor("matmul", "x", x), checks.tensor("matmul", "y", y)
    dtype = checks.same_dtype("matmul", "numeric", x=left, y=right)
    if not left.ndim or not right.ndim:
        raise ShapeError(f"matmul: both must have at least one axis, got {left.shape} and {right.shape}")
    a = left.shape if left.ndim > 1 else (1, *left.shape)
    b = right.shape if right.ndim > 1 else (*right.shape, 1)
    if None not in (a[-1], b[-2]) and a[-1] != b[-2]:
        raise ShapeError(
            "matmul: the last axis of x and the one before last of y must be equal, "
            f"got {left.shape} and {right.shape}"
        )
    try:
        batch = checks.broadcast("matmul", x=a[:-2], y=b[:-2])
    except ShapeError:
        raise ShapeError(
            f"matmul: the axes before the last two must broadcast, got {left.shape} and {right.shape}"
        ) from None
    rows = (a[-2],) if left.ndim > 1 else ()
    columns = (b[-1],) if right.ndim > 1 else ()
    return Spec((*batch, *rows, *columns), dtype)


@_rule
def _nonzero(x: Any, /) -> tuple[Spec, ...]:
    spec = checks.tensor("nonzero", "x", x)
    if not spec.ndim:
        raise ShapeError("nonzero: `x` must have at least one axis, got a 0-d tensor")
    # How many there are depends on the values.
    return tuple(Spec((None,), "int32") for _ in spec.shape)
