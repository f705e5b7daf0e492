"""Control flow: branches and loops that compiled code can keep."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from keras_front.core.convert import cast, dtype_of, is_tensor_like, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.define import op
from keras_front.protocol.tree import map_tree

Function = Callable[..., Any]


@op
def cond(pred: Any, true_fn: Function, false_fn: Function) -> Any:
    """``true_fn()`` if the predicate is true, else ``false_fn()``.

    shape: the predicate is 0-d; both functions give the same shapes.  dtype: both give the same dtypes.
    errors: ``ValueError`` for a predicate with axes.
    example: cond(True, lambda: 1.0, lambda: 2.0) == 1.0
    """
    if isinstance(pred, (bool, int)):
        return true_fn() if pred else false_fn()
    pred = cast(pred, "bool")
    if len(pred.shape):
        raise ValueError(f"cond: `pred` must be a single truth value, got shape {tuple(pred.shape)}")
    return F.cond(pred, true_fn, false_fn)


@op
def switch(index: Any, branches: Sequence[Function], *operands: Any) -> Any:
    """``branches[index](*operands)``; an index out of range takes the first or the last branch.

    shape: the index is 0-d; all branches give the same shapes.  dtype: all branches give the same dtypes.
    errors: ``ValueError`` without branches.
    example: switch(1, [lambda x: x, lambda x: -x], 3.0) == -3.0
    """
    if not branches:
        raise ValueError("switch: `branches` must hold at least one function")
    if not is_tensor_like(index):
        return branches[min(max(operator.index(index), 0), len(branches) - 1)](*operands)
    return _choose(to_tensor(index), 0, len(branches), branches, operands)


def _choose(index: Any, low: int, high: int, branches: Sequence[Function], operands: tuple[Any, ...]) -> Any:
    """The branch among ``low ... high - 1``, by halves."""
    if high - low == 1:
        return branches[low](*operands)
    middle = (low + high) // 2
    return F.cond(
        F.less(index, middle),
        lambda *args: _choose(index, low, middle, branches, args),
        lambda *args: _choose(index, middle, high, branches, args),
        *operands,
    )


@op
def while_loop(cond: Function, body: Function, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """Runs ``loop_vars = body(*loop_vars)`` while ``cond(*loop_vars)`` is true, at most so many times.

    shape: the loop variables keep their shapes.  dtype: they keep their dtypes.
    example: while_loop(lambda i: i < 5, lambda i: i + 2, 0) == 6
    """
    several = isinstance(loop_vars, (list, tuple))
    state = tuple(_tensors(v) for v in (loop_vars if several else (loop_vars,)))

    def test(*values: Any) -> Any:
        return cast(cond(*values), "bool")

    def run(*values: Any) -> tuple[Any, ...]:
        made = body(*values)
        made = tuple(made) if isinstance(made, (list, tuple)) and (several or len(made) == 1) else (made,)
        return tuple(_tensors(new, old) for new, old in zip(made, values, strict=True))

    if maximum_iterations is None:
        state = F.while_loop(test, run, state)
    else:
        zero = F.full((), 0, dtype="int32")

        def in_time(count: Any, *values: Any) -> Any:
            return F.bitwise_and(F.less(count, maximum_iterations), test(*values))

        state = F.while_loop(in_time, lambda count, *v: (F.add(count, 1), *run(*v)), (zero, *state))[1:]
    return tuple(state) if several else state[0]


def _tensors(tree: Any, like: Any = None) -> Any:
    """The leaves as tensors, in the dtypes of a tree of the same structure."""
    if like is None:
        return map_tree(to_tensor, tree)
    return map_tree(lambda new, old: cast(new, dtype_of(old)), tree, like)


@op
def fori_loop(lower: Any, upper: Any, body_fun: Function, init_val: Any) -> Any:
    """``value = body_fun(i, value)`` for ``i = lower, ..., upper - 1``.

    shape: the value keeps its shapes.  dtype: it keeps its dtypes.
    example: fori_loop(0, 4, lambda i, total: total + i, 0) == 6
    """
    value = _tensors(init_val)
    if isinstance(lower, int) and isinstance(upper, int):
        if lower >= upper:
            return value

        # The number of steps is known: a scan, through which gradients flow on every backend.
        def step(carry: Any, i: Any) -> tuple[Any, None]:
            return _tensors(body_fun(i, carry), carry), None

        return F.scan(step, value, F.arange(lower, upper, 1, dtype="int32"))[0]
    first, last = cast(lower, "int32"), cast(upper, "int32")

    def body(i: Any, carry: Any) -> tuple[Any, Any]:
        return F.add(i, 1), _tensors(body_fun(i, carry), carry)

    return F.while_loop(lambda i, carry: F.less(i, last), body, (first, value))[1]


@op
def scan(
    f: Function, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[Any, Any]:
    """Runs ``carry, y = f(carry, x)`` over the leading axis of ``xs``; returns the last carry and the ``y`` stacked.

    ``unroll`` is a hint that changes no result.
    shape: ``x: (n, ...)``, ``y: (n, ...)``; the carry keeps its shapes.  dtype: the carry keeps its dtypes.
    errors: ``ValueError`` for leading axes that differ, or neither ``xs`` nor ``length``.
    example: scan(lambda carry, x: (carry + x, carry), 0.0, [1.0, 2.0, 3.0])[1] == [0.0, 1.0, 3.0]
    """
    if xs is None and length is None:
        raise ValueError("scan: `xs` or `length` must be given")
    start = _tensors(init)

    def step(carry: Any, x: Any) -> tuple[Any, Any]:
        new, y = f(carry, x)
        return _tensors(new, carry), _tensors(y)

    return F.scan(step, start, _sequences(xs), length=length, reverse=reverse)


def _sequences(xs: Any) -> Any:
    """A tensor, or a tree of them; a list of numbers is one tensor."""
    if isinstance(xs, (list, tuple)) and all(isinstance(x, (bool, int, float)) for x in xs):
        return to_tensor(xs)
    return _tensors(xs)


@op
def map(f: Function, xs: Any) -> Any:
    """``f`` applied to each entry of the leading axis, one after the other; the results stacked.

    shape: ``(n, ...) -> (n, ...)``.
    example: map(lambda x: x * 2, [1.0, 2.0]) == [2.0, 4.0]
    """
    return F.scan(lambda carry, x: (carry, _tensors(f(x))), (), _sequences(xs))[1]


@op
def vectorized_map(function: Function, elements: Any) -> Any:
    """``function`` applied to each entry of the leading axis, all at once where the backend can.

    shape: ``(n, ...) -> (n, ...)``.
    example: vectorized_map(lambda x: x * 2, [1.0, 2.0]) == [2.0, 4.0]
    """
    return F.vectorized_map(lambda x: _tensors(function(x)), _sequences(elements))
