"""Shape rules of the transform group: the functions given run once, on specs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.protocol import tree

from . import checks
from .spec import ShapeError, Size, Spec, is_scalar, is_spec_like, spec_of

RULES, _rule = checks.table()


@_rule
def _stop_gradient(x: Any, /) -> Spec:
    return checks.tensor("stop_gradient", "x", x)


@_rule
def _value_and_grad(fn: Callable[..., Any], /, has_aux: bool = False) -> Callable[..., Any]:
    def run(tensors: Any, *args: Any, **options: Any) -> tuple[Any, list[Spec]]:
        inputs = [checks.tensor("value_and_grad", "tensors", x) for x in tensors]
        result = checks.specs(fn(inputs, *checks.specs(args), **checks.specs(options)))
        if has_aux and not (isinstance(result, (tuple, list)) and len(result) == 2):
            raise ShapeError(
                f"value_and_grad: with `has_aux`, fn must return (value, aux), got {result!r:.200}"
            )
        value = result[0] if has_aux else result
        if not (is_spec_like(value) and value.shape == () and value.dtype in checks.KINDS["floating"]):
            raise ShapeError(
                f"value_and_grad: fn must return a floating scalar (0-d), got {value!r:.200}; "
                "reduce it, as with mean"
            )
        return (tuple(result) if has_aux else result), inputs

    return run


@_rule
def _custom_gradient(fn: Callable[..., Any], /) -> Callable[..., Any]:
    def run(*args: Any) -> Spec:
        pair = fn(*checks.specs(args))
        if not (isinstance(pair, tuple) and len(pair) == 2 and is_spec_like(pair[0]) and callable(pair[1])):
            raise ShapeError(f"custom_gradient: fn must return (result, backward), got {pair!r:.200}")
        return spec_of(pair[0])

    return run


@_rule
def _scan(
    fn: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any,
    /,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    leaves, structure = tree.flatten(xs)
    rows = [checks.tensor("scan", "xs", leaf) for leaf in leaves]
    if any(not row.ndim for row in rows):
        raise ShapeError(f"scan: each tensor in `xs` must have a leading axis, got {rows}")
    if not rows and length is None:
        raise ShapeError("scan: `length` must be given when `xs` has no tensor")
    count = _steps(rows, length)
    entries = tree.unflatten(structure, [Spec(row.shape[1:], row.dtype) for row in rows])
    carry = checks.specs(init)
    while True:
        result = fn(carry, entries)
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            raise ShapeError(f"scan: fn must return (carry, y), got {result!r:.200}")
        kept = checks.agree(
            "scan", "the carry must keep its shapes and dtypes", carry, checks.specs(result[0])
        )
        if _described(kept) == _described(carry):
            break
        # A size learned from the first run may make more known: at least one a round, so this ends.
        carry = kept
    return kept, tree.map_tree(lambda y: _stacked(y, count), result[1])


def _steps(rows: list[Spec], length: int | None) -> Size:
    known = {row.shape[0] for row in rows} | {length}
    known.discard(None)
    if len(known) > 1:
        shown = ", ".join(str(row.shape) for row in rows)
        raise ShapeError(
            f"scan: the leading axes of `xs` and `length` must be equal, got {shown} and {length}"
        )
    count = known.pop() if known else None
    if count == 0:
        raise ShapeError("scan: there must be at least one step, got 0")
    return count


def _stacked(y: Any, count: Size) -> Spec:
    if not is_spec_like(y):
        raise ShapeError(f"scan: fn must return tensors as y, got {y!r:.200}")
    spec = spec_of(y)
    return Spec((count, *spec.shape), spec.dtype)


def _described(structure: Any) -> list[Any]:
    return [(leaf.shape, leaf.dtype) if is_spec_like(leaf) else leaf for leaf in tree.flatten(structure)[0]]


@_rule
def _while_loop(condition: Callable[..., Any], body: Callable[..., Any], init: Any, /) -> Any:
    state = tuple(checks.specs(tuple(init)))
    while True:
        _truth("while_loop", "condition", condition(*state))
        result = body(*state)
        if not isinstance(result, (tuple, list)):
            raise ShapeError(f"while_loop: body must return a tuple or list, got {result!r:.200}")
        rule = "the state must keep its shapes and dtypes"
        kept = checks.agree("while_loop", rule, state, tuple(checks.specs(tuple(result))))
        if _described(kept) == _described(state):
            return kept
        state = kept


@_rule
def _cond(
    predicate: Any,
    true_fn: Callable[..., Any],
    false_fn: Callable[..., Any],
    /,
    *operands: Any,
) -> Any:
    _truth("cond", "predicate", predicate)
    given = checks.specs(operands)
    one, other = checks.specs(true_fn(*given)), checks.specs(false_fn(*given))
    return checks.agree("cond", "both branches must give the same shapes and dtypes", one, other)


def _truth(name: str, what: str, value: Any) -> None:
    if isinstance(value, bool):
        return
    if not (is_spec_like(value) and spec_of(value).dtype == "bool" and not spec_of(value).ndim):
        shown = value if is_scalar(value) or not is_spec_like(value) else spec_of(value)
        raise ShapeError(f"{name}: `{what}` must be a 0-d bool tensor, got {shown!r:.200}")
