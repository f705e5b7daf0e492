"""The gradient tape as `value_and_grad`: errors, tapes within tapes, stopped and custom gradients, threads."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tape_samples import LABELS, Array, B, L, V, X, Y, close, differences, plain_backend, values

from keras_front.interpret.lifted import interpret
from keras_front.interpret.tape import Box, innermost, value_and_grad
from keras_front.interpret.tape.level import level_of


def test_aux_and_unused_tensors() -> None:
    def f(xs: list[Any], k: float) -> Any:
        assert isinstance(xs[0], Box)
        return L.sum(xs[0] * k), {"twice": [xs[0] * 2, "text", None], "one": xs[1]}

    (value, aux), gradients = value_and_grad(B, f, has_aux=True)([X, V], 3.0)
    assert not isinstance(value, Box) and float(value) == pytest.approx(3 * X.sum())
    np.testing.assert_array_equal(aux["twice"][0], 2 * X)
    assert aux["twice"][1:] == ["text", None] and aux["one"] is V
    close(gradients, [np.full((3, 4), 3.0), np.zeros(4)])
    close(value_and_grad(B, lambda xs: 0.0)([V])[1], [np.zeros(4)])
    close(value_and_grad(B, lambda xs: xs[0])([np.array(2.0)])[1], [np.array(1.0)])
    assert value_and_grad(B, lambda xs: np.float64(1.5))([]) == (1.5, [])


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"must return a scalar \(shape \(\)\), got shape \(3, 4\)"):
        value_and_grad(B, lambda xs: xs[0])([X])
    with pytest.raises(TypeError, match=r"tensors\[1\]` of dtype 'int32'"):
        value_and_grad(B, lambda xs: xs[0])([X, LABELS])
    with pytest.raises(TypeError, match="got dtype 'int32'"):
        value_and_grad(B, lambda xs: LABELS[0])([X])
    with pytest.raises(TypeError, match="must be a list"):
        value_and_grad(B, lambda xs: xs)(X)


def test_an_exception_closes_the_tape() -> None:
    kept = []

    def fails(xs: list[Any]) -> Any:
        kept.append(xs[0])
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        value_and_grad(B, fails)([X])
    assert innermost(B) is B
    # A box that outlives its tape is a constant, on its own and next to live ones.
    assert isinstance(L.exp(kept[0]), np.ndarray) and isinstance(kept[0] * 2.0, np.ndarray)
    _, (g,) = value_and_grad(B, lambda xs: L.sum(xs[0] * kept[0] + L.where(X > 0, kept[0], xs[0])))([X])
    np.testing.assert_allclose(g, X + (X <= 0))
    _, (g,) = value_and_grad(B, lambda xs: L.sum(L.sigmoid_cross_entropy(xs[0], kept[0])))(kept)
    assert isinstance(g, np.ndarray)


def test_gradient_penalty_with_a_captured_outer_box() -> None:
    """An inner gradient in a loss, both by hand and by the tape."""

    def loss(ws: list[Any]) -> Any:
        (w,) = ws

        def score(xs: list[Any]) -> Any:
            return np.sum(np.tanh(xs[0] @ w) ** 2)

        value, (slope,) = value_and_grad(B, score)([Y])
        assert isinstance(slope, Box) and isinstance(value, Box)
        return value + np.sum((np.sqrt(np.sum(slope**2, axis=1)) - 1.0) ** 2)

    w = values(4, 2)
    _, found = value_and_grad(B, loss)([w])

    def by_numpy(ws: list[Array]) -> float:
        t = np.tanh(Y @ ws[0])
        slope = (2 * t * (1 - t * t)) @ ws[0].T
        return float(np.sum(t**2) + np.sum((np.sqrt(np.sum(slope**2, axis=1)) - 1.0) ** 2))

    close(found, differences(by_numpy, [w]))


def test_third_derivative() -> None:
    def derived(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: value_and_grad(B, lambda xs: f(xs[0]))([x])[1][0]

    third = derived(derived(derived(lambda x: np.sin(x) * x**2)))
    x = 0.7
    assert third(np.array(x)) == pytest.approx(-(x**2) * np.cos(x) - 6 * x * np.sin(x) + 6 * np.cos(x))


def test_inner_boxes_meet_outer_ones() -> None:
    """The inner tape records, whichever operand or argument comes first."""

    def loss(ws: list[Any]) -> Any:
        (w,) = ws

        def inner(xs: list[Any]) -> Any:
            (x,) = xs
            scanned, _ = B.scan(lambda h, v: (interpret("add", (h, v * x), {}), h), w, Y)
            return np.sum(
                w * x
                + x * w
                + np.add(w, x) * scanned
                + np.concatenate([w, x])[:4] * interpret("exp", (x,), {})
            )

        return value_and_grad(B, inner)([V])[1][0].sum()

    def by_hand(ws: list[Array]) -> float:
        (w,) = ws
        total = Y.sum(0)
        return float((2 * w + (w + V * total) + (w + V) * total + w * np.exp(V)).sum())

    w = values(4, seed=9)
    close(value_and_grad(B, loss)([w])[1], differences(by_hand, [w]))


def test_stop_gradient_stops_at_every_level() -> None:
    def loss(ws: list[Any]) -> Any:
        (w,) = ws
        _, (g,) = value_and_grad(B, lambda xs: np.sum(innermost(B).stop_gradient(w * xs[0]) * w * xs[0]))([V])
        return np.sum(g)

    w = values(4, seed=9)
    np.testing.assert_allclose(value_and_grad(B, loss)([w])[1][0], w * V)


def test_custom_gradient() -> None:
    def triple(x: Any, y: Any) -> tuple[Any, Any]:
        return B.multiply(x, y) if not isinstance(x, Box) else x * y, lambda g: (g * 3.0 * x, None)

    _, found = value_and_grad(B, lambda xs: L.sum(B.custom_gradient(triple)(*xs)))([V, V])
    close(found, [3 * V, np.zeros(4)])
    # Through two tapes: the gradient of the gradient given.
    first = lambda xs: value_and_grad(B, lambda ys: np.sum(B.custom_gradient(triple)(ys[0], V)))(xs)[1][0]  # noqa: E731
    close(value_and_grad(B, lambda xs: np.sum(first(xs)))([V])[1], [np.full(4, 3.0)])
    with pytest.raises(ValueError, match="one gradient for each of the 2 arguments, got 1"):
        wrong = B.custom_gradient(lambda x, y: (B.add(x, y), lambda g: g))
        value_and_grad(B, lambda xs: L.sum(wrong(*xs)))([V, V])
    assert B.custom_gradient(triple)(2.0, V) is not None


def test_gradients_of_a_backend_are_used() -> None:
    seen: list[Any] = []

    def norm(x: Array, scale: Array | None = None, offset: Array | None = None, /, **options: Any) -> Any:
        def backward(upstream: Any, needed: Any) -> Any:
            seen.append((tuple(u is None for u in upstream), needed))
            return upstream[0] * 10, None, None

        return (x + 1.0, x.mean(0), x.var(0)), backward

    custom = plain_backend(gradients={"batch_norm": norm})
    level = level_of(custom, 1)
    value, found = value_and_grad(custom, lambda xs: np.sum(level.batch_norm(xs[0], V, xs[1])[0]))([X, V])
    assert value == pytest.approx((X + 1).sum())
    assert seen == [((False, True, True), (True, False, True))]
    close(found, [np.full((3, 4), 10.0), np.zeros(4)])
    second = value_and_grad(
        custom, lambda xs: np.sum(value_and_grad(custom, lambda ys: np.sum(level_of(custom, 2).batch_norm(ys[0])[0] ** 2))(xs)[1][0] ** 2)
    )([X])[1]  # fmt: skip
    assert np.isfinite(second[0]).all() and len(seen) == 1


def test_tapes_of_threads_are_apart() -> None:
    ready = threading.Barrier(2, timeout=20)
    found: dict[int, Any] = {}

    def work(k: int) -> None:
        def loss(xs: list[Any]) -> Any:
            total = xs[0] * float(k)
            for _ in range(50):
                total = total + xs[0]
            ready.wait()
            assert innermost(B) is L
            return L.sum(total)

        found[k] = value_and_grad(B, loss)([V])[1][0]

    threads = [threading.Thread(target=work, args=(k,)) for k in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in (1, 2):
        np.testing.assert_allclose(found[k], np.full(4, 50.0 + k))


def test_no_cycle_keeps_values_alive() -> None:
    class Tensor(np.ndarray):
        pass

    gc.collect()
    gc.disable()
    try:
        start = X.view(Tensor)
        value_and_grad(B, lambda xs: np.sum(L.layer_norm(L.exp(np.exp(xs[0])))))([start])
        alive = [o for o in gc.get_objects() if isinstance(o, (Tensor, Box))]
    finally:
        gc.enable()
    assert not [o for o in alive if o is not start]
