"""How calls are recorded: one maker of a recording function for each form of call.

The tape is a flat list of edges, each a tuple ``(out, parent, pull, kept, shape)``:

- ``out``: position of the result, which is the length of the list before its first edge
- ``parent``: position of the operand; ``JOINT`` for an edge that leads to several operands at once
- ``pull(b, g, *kept)``: the operand's share of the result's gradient ``g``, by functions of backend ``b``
- ``shape``: the operand's shape if it was broadcast (its share is summed back to it), else ``None``

An empty list is a tape that has been walked back; its boxes count as constants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .box import Box

Tensor = Any
Shape = tuple[int, ...]
Pull = Callable[..., Any]
Edge = tuple[int, int, Any, Any, Shape | None]
#: Makes the recording function of a box class and the function that computes.
Bind = Callable[[type[Box], Callable[..., Any]], Callable[..., Any]]
#: What a pull needs of the operands and the result: ``keep(x, y, result) -> kept``.
Keep = Callable[[Any, Any, Any], tuple[Any, ...]]

JOINT = -1


def unary(pull: Pull) -> Bind:
    """A function of one operand whose gradient needs no value: ``pull(b, g)``."""

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        def record(x: Tensor, /) -> Tensor:
            if type(x) is not cls:
                return f(x)
            edges = x.edges
            result = f(x.value)
            out = len(edges)
            if not out:
                return result
            edges.append((out, x.index, pull, (), None))
            return cls(result, edges, out)

        return record

    return bind


def unary_of_x(pull: Pull) -> Bind:
    """A function of one operand whose gradient needs the operand: ``pull(b, g, x)``."""

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        def record(x: Tensor, /) -> Tensor:
            if type(x) is not cls:
                return f(x)
            edges = x.edges
            value = x.value
            result = f(value)
            out = len(edges)
            if not out:
                return result
            edges.append((out, x.index, pull, (value,), None))
            return cls(result, edges, out)

        return record

    return bind


def unary_of_y(pull: Pull) -> Bind:
    """A function of one operand whose gradient needs the result: ``pull(b, g, y)``."""

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        def record(x: Tensor, /) -> Tensor:
            if type(x) is not cls:
                return f(x)
            edges = x.edges
            result = f(x.value)
            out = len(edges)
            if not out:
                return result
            edges.append((out, x.index, pull, (result,), None))
            return cls(result, edges, out)

        return record

    return bind


def optional(prepare: Callable[..., tuple[Pull, tuple[Any, ...]] | None]) -> Bind:
    """A function of one operand and settings.

    ``prepare(b, x, result, *settings, **options)`` gives the pull and what it keeps, or ``None`` for a constant.
    """

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        b = cls.level.base

        def record(x: Tensor, /, *settings: Any, **options: Any) -> Tensor:
            if type(x) is not cls:
                return f(x, *settings, **options)
            edges = x.edges
            value = x.value
            result = f(value, *settings, **options)
            out = len(edges)
            if not out:
                return result
            prepared = prepare(b, value, result, *settings, **options)
            if prepared is None:
                return result
            edges.append((out, x.index, prepared[0], prepared[1], None))
            return cls(result, edges, out)

        return record

    return bind


def binary(pull_x: Pull, pull_y: Pull, keep_x: Keep | None = None, keep_y: Keep | None = None) -> Bind:
    """A function of two operands that broadcast; a Python scalar or a tensor that is no box is a constant."""

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        def record(x: Tensor, y: Tensor, /) -> Tensor:
            if type(x) is cls:
                edges = x.edges
                index = x.index
                x = x.value
                if type(y) is cls:
                    if y.edges is not edges:
                        return record(*live(cls, (cls(x, edges, index), y)))
                    other = y.index
                    y = y.value
                    result = f(x, y)
                    out = len(edges)
                    if not out:
                        return result
                    shape = result.shape
                    own = x.shape
                    kept = () if keep_x is None else keep_x(x, y, result)
                    edges.append((out, index, pull_x, kept, None if own == shape else own))
                    own = y.shape
                    kept = () if keep_y is None else keep_y(x, y, result)
                    edges.append((out, other, pull_y, kept, None if own == shape else own))
                    return cls(result, edges, out)
                result = f(x, y)
                out = len(edges)
                if not out:
                    return result
                own = x.shape
                kept = () if keep_x is None else keep_x(x, y, result)
                edges.append((out, index, pull_x, kept, None if own == result.shape else own))
                return cls(result, edges, out)
            if type(y) is not cls:
                return f(x, y)
            edges = y.edges
            index = y.index
            y = y.value
            result = f(x, y)
            out = len(edges)
            if not out:
                return result
            own = y.shape
            kept = () if keep_y is None else keep_y(x, y, result)
            edges.append((out, index, pull_y, kept, None if own == result.shape else own))
            return cls(result, edges, out)

        return record

    return bind


def joint(function: Callable[..., Any], body: Callable[..., Any] | None = None) -> Bind:
    """A function with a hand-derived gradient: ``function(*args, **options) -> (result, backward)``.

    ``backward(upstream, needed)`` returns one gradient a positional argument (``None`` where none flows).  If
    the result is a tuple, so is ``upstream``, with ``None`` for unused results.  A call with boxes inside a
    list or an option goes to ``body`` instead.
    """

    def bind(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
        def record(*args: Any, **options: Any) -> Any:
            edges: list[Edge] | None = None
            values: list[Any] = []
            targets: list[tuple[int, int]] = []
            for a in args:
                kind = type(a)
                if kind is cls:
                    own = a.edges
                    if edges is None:
                        edges = own
                    if own is not edges or not own:
                        return record(*live(cls, args), **options)
                    targets.append((len(values), a.index))
                    values.append(a.value)
                else:
                    if kind in _NESTED and body is not None and has_box(cls, a):
                        return body(*args, **options)
                    values.append(a)
            if options and body is not None and has_box(cls, options):
                return body(*args, **options)
            if edges is None:
                return f(*args, **options)
            result, backward = function(*values, **options)
            count = len(values)
            needed = _ALL[count] if len(targets) == count < 8 else tuple([type(a) is cls for a in args])
            kind = type(result)
            if kind is tuple or kind is list:
                return join(cls, edges, result, backward, needed, targets)
            out = len(edges)
            edges.append((out, JOINT, backward, (needed, targets, None), None))
            return cls(result, edges, out)

        return record

    return bind


def join(
    cls: type[Box],
    edges: list[Edge],
    result: Any,
    backward: Callable[..., Any],
    needed: tuple[bool, ...],
    targets: list[tuple[int, int]],
) -> Any:
    """Records one joint edge; ``targets`` are pairs of a place among the gradients and an operand's position."""
    out = len(edges)
    if not isinstance(result, (tuple, list)):
        edges.append((out, JOINT, backward, (needed, targets, None), None))
        return cls(result, edges, out)
    # The edge stands at the last result's position, where the walk back has all their gradients.
    outs = tuple(range(out, out + len(result)))
    edges.extend((position, JOINT, None, None, None) for position in outs[:-1])
    edges.append((outs[-1], JOINT, backward, (needed, targets, outs), None))
    boxes = (
        item if item is None else cls(item, edges, position)
        for item, position in zip(result, outs, strict=True)
    )
    return tuple(boxes) if type(result) is tuple else list(boxes)


def constant(cls: type[Box], f: Callable[..., Any]) -> Callable[..., Any]:
    """A function without a gradient: computed on the boxes' values, its result is no box."""

    def record(*args: Any, **options: Any) -> Any:
        return f(*[a.value if type(a) is cls else a for a in args], **options)

    return record


_NESTED = (list, tuple, dict)
_ALL = [(True,) * count for count in range(8)]


def has_box(cls: type[Box], *trees: Any) -> bool:
    """Whether a box of this class is in one of the trees."""
    for tree in trees:
        if type(tree) is cls:
            return True
        if isinstance(tree, (list, tuple)):
            if has_box(cls, *tree):
                return True
        elif isinstance(tree, dict) and has_box(cls, *tree.values()):
            return True
    return False


def live(cls: type[Box], args: Any) -> list[Any]:
    """The arguments with the values of closed tapes' boxes in their place."""
    found = [a.value if type(a) is cls and not a.edges else a for a in args]
    tapes = {id(a.edges) for a in found if type(a) is cls}
    if len(tapes) > 1:
        raise RuntimeError(
            "a function was called with tensors that two threads are recording gradients of; "
            "pass one of them through stop_gradient before the other thread sees it"
        )
    return found
