"""What the shape rules share: dtypes that must agree, broadcasting and axes with unknown sizes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from keras_front.protocol import dtypes, tree

from .spec import Shape, ShapeError, Size, Spec, is_scalar, is_spec_like, scalar_dtype, shape_tuple, spec_of

#: Kinds of dtypes as the stubs name them.
KINDS: dict[str, tuple[str, ...]] = {
    "numeric": dtypes.INTEGER + dtypes.FLOATING + dtypes.COMPLEX,
    "floating": dtypes.FLOATING,
    "integer": dtypes.INTEGER,
    "integer or bool": (*dtypes.INTEGER, *dtypes.BOOL),
    "signed or floating": dtypes.SIGNED + dtypes.FLOATING,
    "bool": dtypes.BOOL,
    "any": (*dtypes.ALL, "string"),
}
_RANK = {"bool": 0, "int": 1, "unsigned": 1, "signed": 1, "float": 2, "floating": 2, "complex": 3}


def table() -> tuple[dict[str, Callable[..., Any]], Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """A table of rules, and the decorator that enters a rule: ``_name`` under ``name``."""
    rules: dict[str, Callable[..., Any]] = {}

    def rule(function: Callable[..., Any]) -> Callable[..., Any]:
        rules[function.__name__.removeprefix("_")] = function
        return function

    return rules, rule


# ---------------------------------------------------------------- arguments


def tensor(name: str, argument: str, x: Any) -> Spec:
    """The spec of an argument that must be a tensor."""
    if not is_spec_like(x):
        raise ShapeError(f"{name}: `{argument}` must be a tensor, got {x!r:.100}")
    return spec_of(x)


def of_kind(name: str, argument: str, x: Any, kind: str) -> Spec:
    """The spec of an argument that must be a tensor with a dtype of the kind."""
    spec = tensor(name, argument, x)
    if spec.dtype not in KINDS[kind]:
        raise ShapeError(
            f"{name}: `{argument}` must have a dtype that is {kind}, got {spec.dtype} of shape {spec.shape}; "
            "convert it with astype"
        )
    return spec


def same_dtype(name: str, kind: str, /, **arguments: Any) -> str:
    """The one dtype of several arguments, all tensors or some of them Python scalars.

    errors: `ShapeError` for dtypes that differ or are not of the kind, for no tensor, and for a
    scalar that the dtype cannot hold (a float for an integer tensor).
    """
    specs = {key: spec_of(x) for key, x in arguments.items() if is_spec_like(x)}
    if not specs:
        shown = ", ".join(f"`{key}` = {x!r:.50}" for key, x in arguments.items())
        raise ShapeError(f"{name}: one argument must be a tensor, got {shown}")
    found = {spec.dtype for spec in specs.values()}
    if len(found) > 1:
        shown = ", ".join(f"`{key}` {spec.dtype} {spec.shape}" for key, spec in specs.items())
        raise ShapeError(f"{name}: dtypes must be equal, got {shown}; convert with astype")
    dtype = found.pop()
    if dtype not in KINDS[kind]:
        shown = ", ".join(f"`{key}` {spec.dtype} {spec.shape}" for key, spec in specs.items())
        raise ShapeError(f"{name}: the dtype must be {kind}, got {shown}; convert with astype")
    for key, x in arguments.items():
        if key in specs:
            continue
        if not is_scalar(x):
            raise ShapeError(f"{name}: `{key}` must be a tensor or a Python scalar, got {x!r:.100}")
        if dtype != "string" and _RANK[scalar_dtype(x)] > _RANK[dtypes.kind(dtype)]:
            raise ShapeError(
                f"{name}: the scalar `{key}` = {x!r} does not fit the dtype {dtype} of the tensor it meets; "
                "convert the tensor with astype"
            )
    return dtype


def dtype_name(name: str, dtype: Any) -> str:
    """A ``dtype`` argument by its standard name."""
    try:
        return dtypes.standardize(dtype)
    except ValueError as error:
        raise ShapeError(f"{name}: {error}") from None


# ---------------------------------------------------------------- shapes


def shape_of(x: Any) -> Shape:
    """The shape of a tensor; ``()`` for a Python scalar."""
    return spec_of(x).shape if is_spec_like(x) else ()


def broadcast(name: str, /, **shapes: Shape) -> Shape:
    """The shape that several shapes broadcast to; an unknown size gives way to a known one above 1."""
    rank = max(len(shape) for shape in shapes.values())
    result: list[Size] = []
    for position in range(-rank, 0):
        sizes = {shape[position] for shape in shapes.values() if -position <= len(shape)}
        wide = sizes - {1, None}
        if len(wide) > 1:
            shown = " and ".join(f"`{key}` {shape}" for key, shape in shapes.items())
            raise ShapeError(
                f"{name}: shapes must broadcast (sizes of an axis equal, or 1), got {shown}, "
                f"which differ on axis {position}"
            )
        result.append(wide.pop() if wide else None if None in sizes else 1)
    return tuple(result)


def merge(name: str, rule: str, /, **shapes: Shape) -> Shape:
    """The one shape that several must be equal to: each axis is known where one of them knows it."""
    first = next(iter(shapes.values()))
    columns = list(zip(*shapes.values(), strict=False))
    known = [{size for size in column if size is not None} for column in columns]
    if any(len(shape) != len(first) for shape in shapes.values()) or any(len(k) > 1 for k in known):
        shown = " and ".join(f"`{key}` {shape}" for key, shape in shapes.items())
        raise ShapeError(f"{name}: {rule}, got {shown}")
    return tuple(k.pop() if k else None for k in known)


def axis_index(name: str, axis: Any, rank: int, argument: str = "axis") -> int:
    """An axis counted from 0.  errors: `ShapeError` when it is out of range."""
    position = operator.index(axis) if hasattr(axis, "__index__") else rank
    if not -rank <= position < rank:
        raise ShapeError(
            f"{name}: `{argument}` must be an int from {-rank} to {rank - 1} for a tensor with {rank} "
            f"axes, got {axis!r}"
        )
    return position % rank


def axes_set(name: str, axis: Any, rank: int) -> frozenset[int]:
    """The axes that ``axis`` (one, several or ``None`` for all) names, counted from 0."""
    if axis is None:
        return frozenset(range(rank))
    entries = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = frozenset(axis_index(name, a, rank) for a in entries)
    if len(axes) != len(entries):
        raise ShapeError(f"{name}: `axis` must not name an axis twice, got {axis!r} for {rank} axes")
    return axes


def numbers(name: str, argument: str, value: Sequence[Any], count: int, least: int | None = None) -> None:
    """Checks that an argument has one number (or ``None``) an axis, none of them below ``least``."""
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise ShapeError(f"{name}: `{argument}` must hold one number for each of {count} axes, got {value!r}")
    if least is not None and any(v is not None and v < least for v in value):
        raise ShapeError(f"{name}: `{argument}` must hold numbers >= {least}, got {value!r}")


def total(shape: Shape) -> Size:
    """How many values a tensor has, as far as that is known."""
    if 0 in shape:
        return 0
    return None if None in shape else math.prod(size for size in shape if size is not None)


def reshaped(name: str, old: Shape, target: Sequence[Size]) -> Shape:
    """The shape of ``old`` reshaped to ``target``, in which -1 is the rest and ``None`` a size not known.

    errors: `ShapeError` where no sizes of the unknown axes could make both hold equally many values.
    """
    new = tuple(target)
    wrong = f"{name}: cannot reshape {old} to {new}"
    if sum(1 for size in new if size == -1) > 1:
        raise ShapeError(f"{wrong}: -1 may stand once")
    shape_tuple((size for size in new if size != -1), f"{name}: `shape`")
    known = math.prod(size for size in new if size not in (None, -1))
    gaps = [i for i, size in enumerate(new) if size in (None, -1)]
    count = total(old)
    plain = tuple(None if size == -1 else size for size in new)
    if known == 0:
        if -1 in new:
            raise ShapeError(f"{wrong}: -1 has no one meaning beside an axis of size 0")
        possible = count in (None, 0)
    elif count is not None:
        possible = count % known == 0 if gaps else count == known
        if possible and len(gaps) == 1:
            return tuple(count // known if i == gaps[0] else size for i, size in enumerate(new))
    else:
        # Each unknown axis can be any size, so the known ones must divide what is asked for.
        possible = bool(gaps) or known % math.prod(size for size in old if size is not None) == 0
    if not possible:
        raise ShapeError(f"{wrong}: the numbers of values differ")
    return plain


# ---------------------------------------------------------------- trees


def specs(structure: Any) -> Any:
    """A tree with a plain spec for each tensor; all other leaves stay as they are."""
    return tree.map_tree(lambda leaf: spec_of(leaf) if is_spec_like(leaf) else leaf, structure)


def agree(name: str, rule: str, one: Any, other: Any) -> Any:
    """The tree of specs that two trees must be equal to, each axis known where one of them knows it.

    A Python scalar agrees with a 0-d tensor and takes its dtype.
    """

    def leaf(x: Any, y: Any) -> Any:
        if is_scalar(x) and is_scalar(y):
            return x
        if is_scalar(x) and is_spec_like(y):
            x = Spec((), y.dtype)
        if is_scalar(y) and is_spec_like(x):
            y = Spec((), x.dtype)
        if not (is_spec_like(x) and is_spec_like(y)):
            if x is y or x == y:
                return x
            raise ShapeError(f"{name}: {rule}, got {x!r:.100} and {y!r:.100}")
        x, y = spec_of(x), spec_of(y)
        if x.dtype != y.dtype:
            raise ShapeError(f"{name}: {rule}, got {x} and {y}")
        return Spec(merge(name, rule, first=x.shape, second=y.shape), x.dtype)

    if tree.flatten(one)[1] != tree.flatten(other)[1]:
        raise ShapeError(f"{name}: {rule}, got trees that differ: {one!r:.200} and {other!r:.200}")
    return tree.map_tree(leaf, one, other)
