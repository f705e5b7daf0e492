"""Specs themselves, and the functions of functions on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shape_samples import f, i, mask

from keras_front.interpret import lifted
from keras_front.interpret.shapes import _RULES, ShapeError, Spec, infer, shapes
from keras_front.protocol import SPECIFICATION, names
from keras_front.protocol.tree import flatten


def _sizes(tree: Any) -> list[Any]:
    return [leaf.shape for leaf in flatten(tree)[0]]


# ---------------------------------------------------------------- functions of functions


def test_value_and_grad() -> None:
    def loss(weights: list[Spec], x: Spec) -> Spec:
        return shapes.mean(shapes.square(shapes.dense(x, *weights)))

    weights = [f(3, 4), f(4)]
    value, gradients = shapes.value_and_grad(loss)(weights, Spec((None, 3)))
    assert (value.shape, value.dtype) == ((), "float32")
    assert _sizes(gradients) == [(3, 4), (4,)]
    (value, aux), gradients = shapes.value_and_grad(lambda w: (shapes.sum(w[0]), w[1]), has_aux=True)(weights)
    assert (value.shape, aux.shape, len(gradients)) == ((), (4,), 2)
    with pytest.raises(ShapeError, match="must return a floating scalar"):
        shapes.value_and_grad(lambda w: w[0])(weights)
    with pytest.raises(ShapeError, match="must return"):
        shapes.value_and_grad(lambda w: w[0], has_aux=True)(weights)


def test_other_transforms() -> None:
    x = Spec((None, 3))
    assert shapes.custom_gradient(lambda a: (shapes.exp(a), lambda g: g))(x).shape == (None, 3)
    with pytest.raises(ShapeError, match=r"must return \(result, backward\)"):
        shapes.custom_gradient(shapes.exp)(x)
    assert shapes.compile(shapes.exp, donate=(0,))(x).shape == (None, 3)
    assert shapes.checkpoint(shapes.exp)(x).shape == (None, 3)
    assert shapes.no_gradient(shapes.exp)(x).shape == (None, 3)
    assert shapes.enable_portable_random(True) is None


def test_specs_live_on_no_device() -> None:
    for ask in (shapes.devices, lambda: shapes.device_scope("cpu:0")):
        with pytest.raises(NotImplementedError, match="'shapes' has no 'device"):
            ask()


def test_scan_with_unknown_steps() -> None:
    def step(carry: Spec, x: Spec) -> tuple[Spec, Spec]:
        carry = shapes.tanh(shapes.add(shapes.matmul(x, Spec((3, 4))), carry))
        return carry, carry

    carry, ys = shapes.scan(step, Spec((2, 4)), Spec((None, 2, 3)))
    assert (carry.shape, ys.shape) == ((2, 4), (None, 2, 4))
    # The carry keeps its shape, so what one step tells of it is known of all steps.
    carry, ys = shapes.scan(step, Spec((None, None)), Spec((5, 2, 3)))
    assert (carry.shape, ys.shape) == ((2, 4), (5, 2, 4))
    assert shapes.vectorized_map(lambda x: shapes.sum(x), Spec((None, 2, 3))).shape == (None,)
    with pytest.raises(ShapeError, match="the carry must keep its shapes"):
        shapes.scan(lambda c, x: (shapes.expand_dims(c, axis=0), x), Spec((2,)), Spec((3,)))
    with pytest.raises(ShapeError, match="the leading axes"):
        shapes.scan(step, Spec((2, 4)), Spec((4, 2, 3)), length=3)
    with pytest.raises(ShapeError, match="at least one step"):
        shapes.scan(step, Spec((2, 4)), Spec((0, 2, 3)))
    with pytest.raises(ShapeError, match="`length` must be given"):
        shapes.scan(lambda c, x: (c, c), Spec((2,)), None)


def test_branches_and_loops() -> None:
    x, flag = Spec((None, 3)), Spec((), "bool")
    assert shapes.cond(flag, lambda: x, lambda: Spec((2, 3))).shape == (2, 3)
    with pytest.raises(ShapeError, match="both branches must give the same"):
        shapes.cond(flag, lambda: x, lambda: Spec((2, 4)))
    with pytest.raises(ShapeError, match="both branches must give the same"):
        shapes.cond(flag, lambda: x, lambda: Spec((None, 3), "int32"))
    with pytest.raises(ShapeError, match="trees that differ"):
        shapes.cond(flag, lambda: x, lambda: (x, x))
    with pytest.raises(ShapeError, match="`predicate` must be a 0-d bool tensor"):
        shapes.cond(x, lambda: x, lambda: x)
    with pytest.raises(ShapeError, match="`condition` must be a 0-d bool tensor"):
        shapes.while_loop(lambda a: a, lambda a: (a,), (x,))
    with pytest.raises(ShapeError, match="the state must keep"):
        shapes.while_loop(lambda a: flag, lambda a: (shapes.sum(a, axis=0),), (x,))


# ---------------------------------------------------------------- specs themselves


def test_operators_promote() -> None:
    x, n, m = Spec((None, 3)), Spec((3,), "int32"), Spec((3,), "bool")
    found = [
        x + n, 1 - n, n * 0.5, n / n, n // 2, n**2, 2.0**x, n % 2, 5 % x, x @ n, x > n, n == 1, x != x, -x, abs(n),
        ~m, ~n, m & m, n | 1, 1 ^ n, n << 1, n >> n, +x, np.ones((2, 3)) * x, x <= np.int8(3),
    ]  # fmt: skip
    kinds = (
        "float32 int32 float32 float32 int32 int32 float32 int32 float32 float32 bool bool bool float32 int32 bool "
        "int32 bool int32 int32 int32 int32 float32 float64 bool"
    )
    assert [s.dtype for s in found] == kinds.split()
    assert found[0].shape == (None, 3)
    assert found[9].shape == (None,)
    assert found[-2].shape == (2, 3)
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = x + "a"


def test_integer_tensor_as_index() -> None:
    x = Spec((None, 4, 5))
    assert x[:, i(2, 3)].shape == (None, 2, 3, 5)
    assert x[..., Spec((None,), "int32")].shape == (None, 4, None)
    with pytest.raises(ShapeError, match="what a mask selects"):
        _ = x[mask(3)]
    with pytest.raises(ShapeError, match="at most one tensor"):
        _ = x[i(2), i(2)]
    with pytest.raises(ShapeError, match="integers, slices"):
        _ = x["a"]


def test_values_are_not_known() -> None:
    x = Spec((None, 3))
    for ask in (bool, int, float, complex, np.asarray, np.sum, len, list, shapes.to_host):
        with pytest.raises(TypeError, match=r"not known|not support"):
            ask(x)
    assert len(Spec((2, 3))) == 2
    assert [row.shape for row in Spec((2, 3))] == [(3,), (3,)]
    for ask in (len, iter):
        with pytest.raises(TypeError, match="needs an axis"):
            ask(Spec(()))


def test_specs_are_fixed_and_checked() -> None:
    x = Spec([None, np.int64(3)], np.float32)
    assert (x.shape, x.dtype, x.ndim, repr(x)) == ((None, 3), "float32", 2, "Spec((None, 3), 'float32')")
    assert type(x.shape[1]) is int
    with pytest.raises(AttributeError):
        x.shape = (1,)  # type: ignore[misc]
    with pytest.raises(ShapeError, match="tuple of sizes >= 0"):
        Spec((-1, 3))
    with pytest.raises(ShapeError, match="tuple of sizes >= 0"):
        Spec(3)
    with pytest.raises(ValueError, match="`dtype` must be one of"):
        Spec((3,), "float31")
    assert {x: 1}[x] == 1
    assert shapes.is_tensor(x) and not shapes.is_tensor(f(3))
    assert shapes.dtype_of(x) == shapes.dtype_of(f(3)) == "float32"


def test_subclass_with_an_interpreter_of_its_own() -> None:
    class Symbol(Spec):
        def __init__(self, shape: Any, history: Any) -> None:
            super().__init__(shape)
            self.history = history

    def record(name: str, args: Any, kwargs: Any) -> Symbol:
        plain = [Spec(a.shape, a.dtype) if isinstance(a, Symbol) else a for a in args]
        return Symbol(getattr(shapes, name)(*plain, **kwargs).shape, (name, args))

    x = Symbol((None, 3), None)
    assert type(x + 1.0) is Spec
    lifted.register(Symbol, 20, record)
    try:
        y = 1.0 - x
        assert type(y) is Symbol
        assert y.history[0] == "subtract"
        assert y.history[1][1] is x
        assert type(Spec((2, 1)) + x) is Symbol
    finally:
        del lifted.LIFTED[Symbol]
    assert type(shapes.stop_gradient(x)) is Spec


def test_infer() -> None:
    def layer(x: Any, weights: dict[str, Any], scale: float) -> Any:
        return {"y": shapes.relu(x @ weights["w"]) * scale, "n": None, "s": scale}

    found = infer(layer, Spec((None, 3)), {"w": f(3, 4)}, scale=2.0)
    assert found["y"].shape == (None, 4)
    assert (found["n"], found["s"]) == (None, 2.0)
    with pytest.raises(TypeError, match="not known while a model is being built"):
        infer(lambda x: x if x > 0 else -x, Spec(()))


def test_interpreter_is_registered() -> None:
    assert lifted.LIFTED[Spec][0] == 15
    assert lifted.interpret("add", (Spec((2, 1)), f(3)), {}).shape == (2, 3)
    # What makes a function of a function comes here when that is called.
    x = Spec((None, 3))
    assert lifted.interpret("checkpoint", (shapes.sum, x), {"axis": 1}).shape == (None,)
    assert lifted.interpret("custom_gradient", (lambda a: (shapes.exp(a), shapes.exp), x), {}).shape == (
        None,
        3,
    )


def test_every_primitive_has_a_rule() -> None:
    assert set(names("primitive")) <= set(_RULES) <= set(SPECIFICATION)
