"""Walking back over a tape, and the protocol functions that start one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from keras_front.protocol.dtypes import is_floating
from keras_front.protocol.tree import map_tree
from keras_front.protocol.typed import Backend

from .box import Box, highest
from .level import Level, level_of
from .pulls import unbroadcast, zeros
from .record import JOINT, Edge, has_box, join

Tensor = Any


class _Active(threading.local):
    """The levels with an open tape on this thread, outermost first."""

    def __init__(self) -> None:
        self.levels: list[Level] = []


_active = _Active()


def innermost(b: Any) -> Any:
    """The recording backend of this thread's innermost open tape on ``b``; ``b`` itself if there is none."""
    real = b.real if isinstance(b, Level) else b
    return next((level for level in reversed(_active.levels) if level.real is real), b)


def value_and_grad(
    b: Backend, fn: Callable[..., Any], has_aux: bool = False
) -> Callable[..., tuple[Any, list[Tensor]]]:
    """The derived body of the protocol function of this name, for a backend without gradients of its own.

    The function made may be called inside another one of its kind: the gradient is then itself recorded.

    errors: ``ValueError`` if the value is not a scalar; ``TypeError`` for tensors that are not floating.
    """
    real: Backend = b.real if isinstance(b, Level) else b

    def with_gradient(tensors: list[Tensor], /, *args: Any) -> tuple[Any, list[Tensor]]:
        if not isinstance(tensors, (list, tuple)):
            kind = type(tensors).__name__
            raise TypeError(f"value_and_grad: `tensors` must be a list of tensors, got {kind}")
        levels = _active.levels
        level = level_of(real, 1 + sum([outer.real is real for outer in levels]))
        cls = level.box
        base = level.base
        # A box of a tape that was walked back before is a constant like any other tensor.
        tensors = [t.value if type(t) is cls else t for t in tensors]
        if not _floating.issuperset([t.dtype for t in tensors]):
            _check_tensors(base, tensors)
        count = len(tensors)
        # The tensors' own places; one more keeps the list from being empty, which means closed.
        edges: list[Edge] = [(0, JOINT, None, None, None)] * (count + 1)
        levels.append(level)
        try:
            result = fn([cls(t, edges, i) for i, t in enumerate(tensors)], *args)
            value, aux = result if has_aux else (result, None)
            _check_value(level, value)
            taped = edges.copy()
        finally:
            # From here on the boxes are constants, also for what the backward functions of users do with them.
            edges.clear()
            levels.pop()
        gradients: list[Any] = [None] * count
        if type(value) is cls:
            if value.edges is edges:
                value_tensor = value.value
                seed = base.full((), 1.0, dtype=base.dtype_of(value_tensor))
                gradients = _walk_back(base, taped, value.index, seed, count)
            value = value.value
        for i, g in enumerate(gradients):
            if g is None:
                gradients[i] = zeros(base, tensors[i].shape, tensors[i])
        return ((value, cut(cls, aux)) if has_aux else value), gradients

    return with_gradient


def _walk_back(b: Any, edges: list[Edge], index: int, seed: Tensor, count: int) -> list[Any]:
    """Gradients of the first ``count`` places, for the gradient ``seed`` at ``index``; uses the edges up."""
    gradients: list[Any] = [None] * len(edges)
    gradients[index] = seed
    add = b.add
    pop = edges.pop
    for position in range(len(edges) - 1, count, -1):
        # Popping frees what an edge kept as soon as it has been used.
        out, parent, pull, kept, shape = pop()
        if parent >= 0:
            g = gradients[out]
            if g is None:
                continue
            share = pull(b, g, *kept)
            if shape is not None and share.shape != shape:
                share = unbroadcast(b, share, shape)
            before = gradients[parent]
            gradients[parent] = share if before is None else add(before, share)
            if position == out:
                gradients[out] = None
        elif pull is not None:
            needed, targets, outs = kept
            if outs is None:
                upstream = gradients[out]
                gradients[out] = None
                if upstream is None:
                    continue
            else:
                upstream = tuple(gradients[o] for o in outs)
                gradients[outs[0] : outs[-1] + 1] = [None] * len(outs)
                if all(g is None for g in upstream):
                    continue
            shares = pull(upstream, needed)
            for place, parent in targets:
                share = shares[place]
                if share is not None:
                    before = gradients[parent]
                    gradients[parent] = share if before is None else add(before, share)
    return gradients[:count]


def custom_gradient(b: Backend, fn: Callable[..., tuple[Any, Callable[..., Any]]]) -> Callable[..., Any]:
    """The derived body of the protocol function of this name, for a backend without gradients of its own.

    ``fn`` runs on the tensors in the boxes; its ``backward`` gives the gradients of the recorded call.

    errors: ``ValueError`` if ``backward`` does not give one gradient an argument.
    """

    def call(*args: Any) -> Any:
        boxes = [a for a in args if isinstance(a, Box)]
        if not boxes:
            return fn(*args)[0]
        cls = highest(*boxes).box
        live = [a for a in boxes if type(a) is cls and a.edges]
        below = [a.value if type(a) is cls else a for a in args]
        if not live:
            return call(*below)
        result, backward = fn(*below)
        if any(isinstance(a, Box) for a in below):
            # On the outer tape, too, the result has the gradient given and not that of its computation.
            result = call(*below)
        result = cut(cls, result)

        def pull(upstream: Any, needed: tuple[bool, ...]) -> tuple[Any, ...]:
            shares = backward(upstream)
            if not isinstance(shares, (tuple, list)):
                shares = (shares,)
            if len(shares) != len(args):
                raise ValueError(
                    f"custom_gradient: `backward` must return one gradient for each of the {len(args)} "
                    f"arguments, got {len(shares)}"
                )
            return tuple(shares)

        needed = tuple(type(a) is cls for a in args)
        targets = [(i, a.index) for i, a in enumerate(args) if type(a) is cls and a.edges]
        return join(cls, live[0].edges, result, pull, needed, targets)

    return call


def cut(cls: type[Box], tree: Any) -> Any:
    """A tree with the values of this class's boxes in their place."""
    if type(tree) is tuple:
        return tuple([leaf.value if type(leaf) is cls else cut(cls, leaf) for leaf in tree])
    if not has_box(cls, tree):
        return tree
    return map_tree(lambda leaf: leaf.value if type(leaf) is cls else leaf, tree)


#: Native dtypes met that are floating, since every parameter is asked in every step.
_floating: set[Any] = set()


def _check_tensors(b: Any, tensors: list[Tensor]) -> None:
    for i, t in enumerate(tensors):
        dtype = b.dtype_of(t)
        if is_floating(dtype):
            _floating.add(t.dtype)
        else:
            raise TypeError(
                f"value_and_grad: gradients are taken of floating tensors, got `tensors[{i}]` of dtype {dtype!r}; "
                "pass it as a further argument of the function instead"
            )


def _check_value(level: Level, value: Any) -> None:
    shape = getattr(value, "shape", ())
    if len(shape):
        raise ValueError(
            f"value_and_grad: the function must return a scalar (shape ()), got shape {tuple(shape)}"
        )
    if isinstance(value, (float, Box)):
        return
    if not level.is_tensor(value):
        raise TypeError(
            f"value_and_grad: the function must return a floating scalar tensor, got {type(value).__name__}"
        )
    dtype = level.dtype_of(value)
    if not is_floating(dtype):
        raise TypeError(f"value_and_grad: the function must return a floating scalar, got dtype {dtype!r}")
