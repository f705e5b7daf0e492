"""Transform group: functions of functions.

The functions given compute on tensors, lists, tuples and dicts of tensors ("trees"), and must be
pure under a backend whose ``traits.compiled`` is true: it may trace them once and run the trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .registry import derived
from .runtime import Tensor, Tree
from .tree import flatten, map_tree, unflatten

if TYPE_CHECKING:
    from .typed import Backend


@derived
def value_and_grad(
    b: Backend, fn: Callable[..., Any], /, has_aux: bool = False
) -> Callable[..., tuple[Any, list[Tensor]]]:
    """Makes of ``fn(tensors, *args) -> value`` a function that also returns ``d value / d tensors``.

    The value is a floating scalar (0-d).  With ``has_aux``, ``fn`` returns ``(value, aux)`` and the new
    function ``((value, aux), gradients)``.  Value and aux come back cut off from the gradient.
    ``tensors`` is a list; a tensor that has no part in the value gets zeros.

    shape: a gradient has its tensor's.  dtype: a gradient has its tensor's.
    errors: ``ValueError`` if the value is not a scalar.
    """
    from keras_front.interpret.tape import value_and_grad

    return value_and_grad(b, fn, has_aux)


@derived
def no_gradient(b: Backend, fn: Callable[..., Any], /) -> Callable[..., Any]:
    """``fn``, called without a record for gradients: the caller wants none of its results.

    A library that records wherever a parameter takes part saves time and memory by it (prediction,
    evaluation); for the others it is ``fn``.
    """
    return fn


@derived
def stop_gradient(b: Backend, x: Tensor, /) -> Tensor:
    """``x``, which counts as a constant for gradients.  shape: ``(...) -> (...)``.  dtype: any, unchanged.

    example: stop_gradient([1.0]) == [1.0]
    """
    return x


@derived
def custom_gradient(b: Backend, fn: Callable[..., tuple[Any, Callable[..., Any]]], /) -> Callable[..., Any]:
    """Makes a function with a gradient of its own of ``fn(*tensors) -> (result, backward)``.

    ``result`` is a tensor; ``backward(upstream)`` returns one gradient an argument (a tuple or list,
    or the one tensor if there is one argument).
    """
    from keras_front.interpret.tape import custom_gradient

    return custom_gradient(b, fn)


@derived
def compile(b: Backend, fn: Callable[..., Any], /, donate: tuple[int, ...] = ()) -> Callable[..., Any]:
    """``fn``, made as fast as the backend can; called again with other shapes it is made anew.

    The tensors in the arguments at the positions ``donate`` are given away: not to be used again.
    """
    return fn


@derived
def scan(
    b: Backend,
    fn: Callable[[Any, Any], tuple[Any, Any]],
    init: Tree,
    xs: Tree,
    /,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """Runs ``carry, y = fn(carry, x)`` over the leading axis of ``xs``; returns the last carry and the ``y`` stacked.

    ``xs`` may be ``None`` if ``length`` is given.  With ``reverse`` it runs from the last entry to the first.

    shape: ``x: (n, ...)``, ``y: (n, ...)``; the carry keeps its shapes.  dtype: the carry keeps its dtypes.
    errors: ``ValueError`` for leading axes that differ.
    """
    from keras_front.interpret.tape import innermost

    # What `fn` returns may be recorded even where the arguments here are not.
    b = innermost(b)
    leaves, structure = flatten(xs)
    lengths = {leaf.shape[0] for leaf in leaves} | ({length} if length is not None else set())
    if len(lengths) != 1:
        raise ValueError(
            f"scan: `xs` and `length` must agree on one number of steps, got {sorted(lengths) or None}"
        )
    count = lengths.pop()
    carry, rows = init, []
    for i in reversed(range(count)) if reverse else range(count):
        carry, y = fn(carry, unflatten(structure, [_entry(b, leaf, i) for leaf in leaves]))
        rows.append(y)
    if reverse:
        rows.reverse()
    if not rows:
        raise ValueError("scan: there must be at least one step, got 0")
    return carry, map_tree(lambda *ys: b.stack(ys, axis=0), *rows)


def _entry(b: Backend, x: Tensor, i: int) -> Tensor:
    """``x[i]``."""
    rest = x.shape[1:]
    box = b.slice(x, (i, *(0,) * len(rest)), (i + 1, *rest), (1,) * (len(rest) + 1))
    return b.reshape(box, rest)


@derived
def while_loop(b: Backend, condition: Callable[..., Tensor], body: Callable[..., Any], init: Tree, /) -> Any:
    """Runs ``state = body(*state)`` while ``condition(*state)`` is true; ``init`` is a tuple or list.

    shape: the state keeps its shapes.  dtype: the state keeps its dtypes; the condition is ``bool``, 0-d.
    """
    state = tuple(init)
    while bool(condition(*state)):
        state = tuple(body(*state))
    return state


@derived
def cond(
    b: Backend,
    predicate: Tensor,
    true_fn: Callable[..., Any],
    false_fn: Callable[..., Any],
    /,
    *operands: Tree,
) -> Any:
    """``true_fn(*operands)`` if the 0-d ``bool`` predicate is true, else ``false_fn(*operands)``.

    shape: both branches give the same.  dtype: both branches give the same.
    """
    return true_fn(*operands) if bool(predicate) else false_fn(*operands)


@derived
def vectorized_map(b: Backend, fn: Callable[[Any], Any], xs: Tree, /) -> Any:
    """``fn`` applied to each entry of the leading axis of ``xs``, the results stacked.

    shape: ``(n, ...) -> (n, ...)``.
    """
    return b.scan(lambda carry, x: (carry, fn(x)), (), xs)[1]


@derived
def checkpoint(b: Backend, fn: Callable[..., Any], /) -> Callable[..., Any]:
    """``fn``, whose inner values are computed again for the gradient instead of kept.

    source: Chen et al., arXiv:1604.06174.
    """
    return fn
