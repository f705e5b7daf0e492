"""The transform group: gradients of whole functions, compiled functions, loops and maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_front.protocol import reference
from keras_front.protocol.tree import flatten

from .backends import Lifting
from .values import is_native


def _t(backend: Any, value: Any, dtype: str = "float32") -> Any:
    return backend.from_host(np.array(value, dtype=dtype))


def _close(backend: Any, found: Any, right: Any, dtype: str = "float32") -> None:
    is_native(backend, found, dtype)
    host = backend.to_host(found)
    assert host.shape == np.shape(right)
    np.testing.assert_allclose(host, right, rtol=1e-5, atol=1e-6)


def _makers(backend: Any) -> list[Any]:
    """The backend's own ``value_and_grad``, and the generic tape on its functions."""
    own = [backend.value_and_grad] if "value_and_grad" in backend.overrides else []
    return [*own, reference(backend, "value_and_grad")]


# ---------------------------------------------------------------- value_and_grad


@pytest.mark.covers("value_and_grad")
def test_value_and_gradients(backend: Any) -> None:
    b, x, y = Lifting(backend), _t(backend, [1.0, 2.0]), _t(backend, 3.0)
    for make in _makers(backend):
        value, gradients = make(lambda t: b.sum(b.multiply(b.square(t[0]), t[1])))([x, y])
        _close(backend, value, 15.0)
        assert isinstance(gradients, list)
        _close(backend, gradients[0], [6.0, 12.0])
        _close(backend, gradients[1], 5.0)
        assert backend.to_host(x).tolist() == [1.0, 2.0]


@pytest.mark.covers("value_and_grad")
def test_extra_arguments_and_aux(backend: Any) -> None:
    b, x, c = Lifting(backend), _t(backend, [1.0, 2.0]), _t(backend, [4.0, 5.0])
    for make in _makers(backend):

        def fn(tensors: list[Any], factor: Any, power: Any) -> Any:
            product = b.multiply(tensors[0], factor)
            return b.sum(product), {"product": product, "factor": [factor], "none": None, "power": power["p"]}

        (value, aux), gradients = make(fn, has_aux=True)([x], c, {"p": _t(backend, 2.0)})
        _close(backend, value, 14.0)
        _close(backend, aux["product"], [4.0, 10.0])
        _close(backend, aux["factor"][0], [4.0, 5.0])
        _close(backend, aux["power"], 2.0)
        assert aux["none"] is None
        _close(backend, gradients[0], [4.0, 5.0])


@pytest.mark.covers("value_and_grad")
def test_tensors_without_a_part_get_zeros(backend: Any) -> None:
    b = Lifting(backend)
    x, y, z = _t(backend, [1.0, 2.0]), _t(backend, [[3.0]]), _t(backend, 1.0)
    for make in _makers(backend):
        _, gradients = make(lambda t: b.sum(b.multiply(t[0], 2.0)))([x, y, z])
        _close(backend, gradients[1], [[0.0]])
        _close(backend, gradients[2], 0.0)
        value, gradients = make(lambda t: b.sum(b.full((2,), 1.5, dtype="float32")))([x])
        _close(backend, value, 3.0)
        _close(backend, gradients[0], [0.0, 0.0])


@pytest.mark.covers("value_and_grad")
def test_no_tensors_at_all(backend: Any) -> None:
    for make in _makers(backend):
        value, gradients = make(lambda t: _t(backend, 2.0))([])
        _close(backend, value, 2.0)
        assert gradients == []


@pytest.mark.covers("value_and_grad")
def test_a_value_that_is_no_scalar_is_refused(backend: Any) -> None:
    b = Lifting(backend)
    for make in _makers(backend):
        with pytest.raises(ValueError, match="scalar"):
            make(lambda t: b.multiply(t[0], 2.0))([_t(backend, [1.0, 2.0])])


@pytest.mark.covers("value_and_grad")
def test_a_tensor_used_many_times(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, 1.5)
    for make in _makers(backend):

        def fn(tensors: list[Any]) -> Any:
            y = tensors[0]
            for _ in range(5):
                y = b.add(b.multiply(y, tensors[0]), y)
            return y

        value, gradients = make(fn)([x])
        _close(backend, value, 1.5 * 2.5**5)
        _close(backend, gradients[0], 2.5**5 + 1.5 * 5 * 2.5**4)


@pytest.mark.covers("value_and_grad")
def test_the_same_tensor_given_twice(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [1.0, 3.0])
    for make in _makers(backend):
        _, gradients = make(lambda t: b.sum(b.multiply(t[0], b.square(t[1]))))([x, x])
        _close(backend, gradients[0], [1.0, 9.0])
        _close(backend, gradients[1], [2.0, 18.0])


@pytest.mark.covers("value_and_grad")
def test_integers_pass_through(backend: Any) -> None:
    b, x, i = Lifting(backend), _t(backend, [1.0, 2.0, 3.0]), _t(backend, [2, 0], "int32")
    for make in _makers(backend):

        def fn(tensors: list[Any], index: Any) -> Any:
            order = b.argsort(tensors[0], axis=0)
            return b.sum(b.take(tensors[0], index, axis=0)), (order, b.less(tensors[0], 2.0))

        (_, aux), gradients = make(fn, has_aux=True)([x], i)
        _close(backend, gradients[0], [1.0, 0.0, 1.0])
        _close(backend, aux[0], [0, 1, 2], "int32")
        _close(backend, aux[1], [True, False, False], "bool")


@pytest.mark.covers("value_and_grad")
def test_operators_and_python_scalars(backend: Any) -> None:
    x, y = _t(backend, [1.0, 2.0]), _t(backend, [3.0, 4.0])
    b = Lifting(backend)
    for make in _makers(backend):
        value, gradients = make(lambda t: b.sum((2 - t[0]) * t[1] / 2 + t[0] ** 2 - (-t[1])))([x, y])
        _close(backend, value, 13.5)
        _close(backend, gradients[0], [0.5, 2.0])
        _close(backend, gradients[1], [1.5, 1.0])


@pytest.mark.covers("value_and_grad")
def test_gradients_of_gradients(backend: Any) -> None:
    """``d/dx`` of the squared norm of ``d/dx sum(x**3)``, that is of ``9 x**4``."""
    b, x = Lifting(backend), _t(backend, [1.0, 2.0])
    for make in _makers(backend):

        def inner(tensors: list[Any]) -> Any:
            return b.sum(b.multiply(tensors[0], b.square(tensors[0])))

        def outer(tensors: list[Any], make: Any = make, inner: Any = inner) -> Any:
            _, gradients = make(inner)(tensors)
            return b.sum(b.square(gradients[0]))

        value, gradients = make(outer)([x])
        _close(backend, value, 153.0)
        _close(backend, gradients[0], [36.0, 288.0])


@pytest.mark.covers("value_and_grad")
def test_an_error_inside_leaves_nothing_behind(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, 2.0)
    for make in _makers(backend):

        def broken(tensors: list[Any]) -> Any:
            b.square(tensors[0])
            raise KeyError("from inside")

        with pytest.raises(KeyError, match="from inside"):
            make(broken)([x])
        _close(backend, make(lambda t: b.square(t[0]))([x])[1][0], 4.0)


# ---------------------------------------------------------------- kinks and rules that the stubs state


@pytest.mark.covers("relu")
def test_relu_has_gradient_0_at_0(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [-1.0, 0.0, 2.0])
    for make in _makers(backend):
        _close(backend, make(lambda t: b.sum(b.relu(t[0])))([x])[1][0], [0.0, 0.0, 1.0])


@pytest.mark.covers("batch_norm")
def test_no_gradient_through_the_returned_statistics(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [[1.0], [2.0], [4.0]])
    for make in _makers(backend):

        def fn(tensors: list[Any]) -> Any:
            _, mean, variance = b.batch_norm(tensors[0])
            return b.add(b.sum(mean), b.sum(variance))

        _close(backend, make(fn)([x])[1][0], [[0.0], [0.0], [0.0]])


@pytest.mark.covers("max_pool")
def test_the_first_of_equals_keeps_the_gradient(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [[[2.0], [2.0], [1.0], [3.0], [3.0], [3.0]]])
    for make in _makers(backend):
        fn = lambda t: b.sum(b.max_pool(t[0], window=(3,), strides=(3,)))  # noqa: E731
        _close(backend, make(fn)([x])[1][0], [[[1.0], [0.0], [0.0], [1.0], [0.0], [0.0]]])


def _summed(b: Any, name: str) -> Any:
    """The sum of a function's values, as a function to differentiate."""
    return lambda tensors: b.sum(getattr(b, name)(tensors[0]))


@pytest.mark.covers("logsumexp", "softmax", "log_softmax")
def test_gradients_far_out_are_finite(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [1000.0, 0.0, -1000.0])
    for make in _makers(backend):
        for name, right in (
            ("logsumexp", [1.0, 0.0, 0.0]),
            ("softmax", [0.0] * 3),
            ("log_softmax", [-2.0, 1.0, 1.0]),
        ):
            _close(backend, make(_summed(b, name))([x])[1][0], right)


@pytest.mark.covers("sigmoid", "softplus", "tanh", "silu")
def test_gradients_of_saturated_functions_are_finite(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [-1000.0, 1000.0])
    for make in _makers(backend):
        slopes = {"sigmoid": [0.0, 0.0], "softplus": [0.0, 1.0], "tanh": [0.0, 0.0], "silu": [0.0, 1.0]}
        for name, right in slopes.items():
            _close(backend, make(_summed(b, name))([x])[1][0], right)


# ---------------------------------------------------------------- no_gradient, stop_gradient, custom_gradient, checkpoint


@pytest.mark.covers("no_gradient")
def test_no_gradient_changes_no_value(backend: Any) -> None:
    x = backend.parameter(_t(backend, [1.0, 2.0]), trainable=True)
    run = backend.no_gradient(lambda u, factor: {"y": backend.multiply(u, factor), "n": None})
    found = run(x, 2.0)
    _close(backend, found["y"], [2.0, 4.0])
    assert found["n"] is None


@pytest.mark.covers("stop_gradient")
def test_stop_gradient(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [1.0, 2.0])
    for make in _makers(backend):
        value, gradients = make(lambda t: b.sum(b.multiply(b.stop_gradient(t[0]), t[0])))([x])
        _close(backend, value, 5.0)
        _close(backend, gradients[0], [1.0, 2.0])
    for dtype in ("int32", "bool", "float32"):
        _close(backend, backend.stop_gradient(_t(backend, [1, 0], dtype)), [1, 0], dtype)


@pytest.mark.covers("custom_gradient")
def test_custom_gradient(backend: Any) -> None:
    b, x, y = Lifting(backend), _t(backend, [1.0, 2.0]), _t(backend, [3.0, 4.0])

    def double_slope(u: Any, v: Any) -> Any:
        def backward(upstream: Any) -> Any:
            return b.multiply(b.multiply(upstream, v), 2.0), b.multiply(upstream, u)

        return b.multiply(u, v), backward

    made = b.custom_gradient(double_slope)
    _close(backend, made(x, y), [3.0, 8.0])
    for make in _makers(backend):
        value, gradients = make(lambda t: b.sum(b.multiply(made(t[0], t[1]), 10.0)))([x, y])
        _close(backend, value, 110.0)
        _close(backend, gradients[0], [60.0, 80.0])
        _close(backend, gradients[1], [10.0, 20.0])


@pytest.mark.covers("custom_gradient")
def test_custom_gradient_of_one_argument(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [1.0, -2.0])
    made = b.custom_gradient(lambda u: (b.sign(u), lambda upstream: upstream))
    for make in _makers(backend):
        _close(backend, make(lambda t: b.sum(b.multiply(made(t[0]), 3.0)))([x])[1][0], [3.0, 3.0])


@pytest.mark.covers("checkpoint")
def test_checkpoint(backend: Any) -> None:
    b, x, w = Lifting(backend), _t(backend, [[1.0, 2.0]]), _t(backend, [[0.1], [0.2]])
    block = b.checkpoint(lambda u, v: b.tanh(b.matmul(u, v)))
    _close(backend, block(x, w), [[np.tanh(0.5)]])
    slope = 1 - np.tanh(0.5) ** 2
    for make in _makers(backend):
        _, gradients = make(lambda t: b.sum(block(t[0], t[1])))([x, w])
        _close(backend, gradients[0], [[0.1 * slope, 0.2 * slope]])
        _close(backend, gradients[1], [[1.0 * slope], [2.0 * slope]])


# ---------------------------------------------------------------- compile


@pytest.mark.covers("compile")
def test_compiled_is_eager(backend: Any) -> None:
    b = Lifting(backend)

    def fn(tree: Any, scale: Any) -> Any:
        y = b.softmax(b.multiply(tree["x"], scale))
        return {"y": y, "sum": [b.sum(y, axis=0)], "none": None}

    compiled = backend.compile(fn)
    # The second shape is another program; the third time the first one is used again.
    for rows in (2, 3, 2):
        x = _t(backend, np.arange(rows * 2).reshape(rows, 2) / 4)
        eager, fast = fn({"x": x}, _t(backend, 2.0)), compiled({"x": x}, _t(backend, 2.0))
        assert fast["none"] is None
        for a, c in zip(flatten(eager)[0], flatten(fast)[0], strict=True):
            _close(backend, c, backend.to_host(a))


@pytest.mark.covers("compile")
def test_a_compiled_step_that_gives_its_state_away(backend: Any) -> None:
    """A training step: state in, state out, donated; the data is not."""
    b = Lifting(backend)

    def step(state: Any, x: Any, y: Any) -> Any:
        def loss(tensors: list[Any]) -> Any:
            return b.mean(b.square(b.subtract(b.dense(x, tensors[0], tensors[1]), y)))

        value, gradients = b.value_and_grad(loss)(state["parameters"])
        rate = b.multiply(state["rate"], 1.0)
        parameters, _ = b.sgd_update(state["parameters"], gradients, None, rate)
        return {"parameters": parameters, "rate": rate}, value

    x, y = _t(backend, [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]), _t(backend, [[1.0], [2.0], [3.0]])
    losses = []
    for make in (lambda f: f, lambda f: backend.compile(f, donate=(0,))):
        run, losses_here = make(step), []
        start = [_t(backend, [[0.5], [-0.5]]), _t(backend, [0.1])]
        state: Any = {
            "parameters": backend.pack([backend.parameter(p, trainable=True) for p in start]),
            "rate": _t(backend, 0.01),
        }
        for _ in range(4):
            state, value = run(state, x, y)
            losses_here.append(float(backend.to_host(value)))
        losses.append(losses_here)
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)
    assert losses[0][-1] < losses[0][0]
    assert backend.to_host(x).tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]


# ---------------------------------------------------------------- loops


@pytest.mark.covers("scan")
@pytest.mark.parametrize("reverse", [False, True])
def test_scan(backend: Any, reverse: bool) -> None:
    b = Lifting(backend)
    xs = {"a": _t(backend, [1.0, 2.0, 3.0]), "b": _t(backend, [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])}
    init = (_t(backend, 1.0), [_t(backend, [0.0, 0.0])])

    def step(carry: Any, x: Any) -> Any:
        total, (vector,) = carry
        total = b.add(b.multiply(total, 2.0), x["a"])
        return (total, [b.add(vector, x["b"])]), {"total": total}

    (total, (vector,)), rows = backend.scan(step, init, xs, reverse=reverse)
    rows_right = _scanned(reverse)
    _close(backend, total, rows_right[0] if reverse else rows_right[-1])
    _close(backend, vector, [2.0, 2.0])
    _close(backend, rows["total"], rows_right)


def _scanned(reverse: bool) -> list[float]:
    total, rows = 1.0, []
    for x in (3.0, 2.0, 1.0) if reverse else (1.0, 2.0, 3.0):
        total = total * 2 + x
        rows.append(total)
    return rows[::-1] if reverse else rows


@pytest.mark.covers("scan")
def test_scan_without_xs(backend: Any) -> None:
    carry, rows = backend.scan(lambda c, x: (backend.add(c, 1), c), _t(backend, 0, "int32"), None, length=4)
    _close(backend, carry, 4, "int32")
    _close(backend, rows, [0, 1, 2, 3], "int32")


@pytest.mark.covers("scan")
def test_scan_refuses_axes_that_differ(backend: Any) -> None:
    xs = (_t(backend, [1.0, 2.0]), _t(backend, [1.0, 2.0, 3.0]))
    with pytest.raises(ValueError):
        backend.scan(lambda c, x: (c, c), _t(backend, 0.0), xs)
    with pytest.raises(ValueError):
        backend.scan(lambda c, x: (c, c), _t(backend, 0.0), xs[0], length=3)


@pytest.mark.covers("scan")
def test_gradient_through_scan(backend: Any) -> None:
    b, x, w = Lifting(backend), _t(backend, [1.0, 2.0, 3.0]), _t(backend, 0.5)
    for make in _makers(backend):

        def fn(tensors: list[Any]) -> Any:
            carry, _ = b.scan(
                lambda c, u: (b.add(b.multiply(c, tensors[1]), u), c), b.multiply(tensors[1], 0.0), tensors[0]
            )
            return carry

        value, gradients = make(fn)([x, w])
        _close(backend, value, 4.25)
        _close(backend, gradients[0], [0.25, 0.5, 1.0])
        _close(backend, gradients[1], 3.0)


@pytest.mark.covers("while_loop")
def test_while_loop(backend: Any) -> None:
    state = (_t(backend, 0, "int32"), _t(backend, [1.0, 2.0]))
    i, x = backend.while_loop(
        lambda i, x: backend.less(i, 3), lambda i, x: (backend.add(i, 1), backend.multiply(x, 2.0)), state
    )
    _close(backend, i, 3, "int32")
    _close(backend, x, [8.0, 16.0])
    i, x = backend.while_loop(
        lambda i, x: backend.less(i, 0), lambda i, x: (i, backend.multiply(x, 2.0)), state
    )
    _close(backend, x, [1.0, 2.0])


@pytest.mark.covers("cond")
def test_cond(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [1.0, 2.0])
    for low, right in ((0.0, [2.0, 4.0]), (9.0, [0.0, 1.0])):
        predicate = backend.less(_t(backend, low), 1.0)
        found = backend.cond(
            predicate, lambda u: {"y": b.multiply(u, 2.0)}, lambda u: {"y": b.subtract(u, 1.0)}, x
        )
        _close(backend, found["y"], right)
    predicate = backend.less(_t(backend, 0.0), 1.0)
    for make in _makers(backend):
        fn = lambda t: b.sum(b.cond(predicate, b.square, b.negative, t[0]))  # noqa: E731
        _close(backend, make(fn)([x])[1][0], [2.0, 4.0])


@pytest.mark.covers("vectorized_map")
def test_vectorized_map(backend: Any) -> None:
    b = Lifting(backend)
    xs = (_t(backend, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), _t(backend, [1.0, 2.0, 3.0]))
    found = backend.vectorized_map(
        lambda x: {"dot": b.sum(b.multiply(x[0], x[0])), "y": b.add(x[0], x[1])}, xs
    )
    _close(backend, found["dot"], [5.0, 25.0, 61.0])
    _close(backend, found["y"], [[2.0, 3.0], [5.0, 6.0], [8.0, 9.0]])


@pytest.mark.covers("vectorized_map")
def test_gradient_through_vectorized_map(backend: Any) -> None:
    b, x = Lifting(backend), _t(backend, [[1.0, 2.0], [3.0, 4.0]])
    for make in _makers(backend):
        fn = lambda t: b.sum(b.vectorized_map(lambda row: b.prod(row), t[0]))  # noqa: E731
        _close(backend, make(fn)([x])[1][0], [[2.0, 1.0], [4.0, 3.0]])


@pytest.mark.covers("compile", "scan", "while_loop", "cond")
def test_loops_inside_a_compiled_function(backend: Any) -> None:
    b = Lifting(backend)

    def fn(x: Any) -> Any:
        carry, _ = b.scan(lambda c, u: (b.add(c, u), c), b.sum(b.multiply(x, 0.0)), x)
        (grown,) = b.while_loop(lambda c: b.less(c, 100.0), lambda c: (b.multiply(c, 2.0),), (carry,))
        return b.cond(b.less(grown, 150.0), lambda v: v, b.negative, grown)

    _close(backend, backend.compile(fn)(_t(backend, [1.0, 2.0, 4.0])), 112.0)
    _close(backend, backend.compile(fn)(_t(backend, [50.0, 40.0])), -180.0)
