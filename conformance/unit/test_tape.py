"""The gradient tape on a backend of nothing but primitives, in float64, against finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tape_samples import LABELS, Array, B, L, V, X, Y, close, differences, values, weighed

from keras_front.interpret.tape import Box, innermost, unruled, value_and_grad
from keras_front.interpret.tape.activations import ACTIVATIONS
from keras_front.interpret.tape.coarse import COARSE
from keras_front.interpret.tape.level import level_of
from keras_front.interpret.tape.rules import RULES
from keras_front.protocol import SPECIFICATION

POSITIVE = values(3, 4, low=0.3, high=2.0)
INDEX = np.array([[2, 0], [2, 1]], "int32")
COLUMNS = np.array([[1, 3, 1], [0, 0, 2], [3, 3, 3]], "int32")
KEY = np.array([3, 4], "uint32")
GAPS = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 3.0], [0.5, -1.0, 2.0]])
TIED = np.array([1.0, 1.0, 3.0])

#: name: a function of the backend and the tensors, and the tensors.
CASES: dict[str, tuple[Callable[..., Any], list[Array]]] = {
    "astype": (lambda b, x: b.astype(b.astype(x, "float64"), "float64"), [X]),
    **{name: (lambda b, x, name=name: getattr(b, name)(x), [X]) for name in (
        "negative abs exp expm1 sin cos tanh square relu sigmoid softplus silu erf elu leaky_relu "
        "logsumexp softmax log_softmax mean sum cumulative").split() if name != "cumulative"},
    **{name: (lambda b, x, name=name: getattr(b, name)(x), [POSITIVE]) for name in ("log", "log1p", "sqrt", "rsqrt")},
    **{name: (lambda b, x, y, name=name: getattr(b, name)(x, y), [X, POSITIVE]) for name in (
        "add", "subtract", "multiply", "divide", "atan2", "maximum", "minimum")},
    **{f"{name} broadcast": (lambda b, x, y, name=name: getattr(b, name)(x, y), [V, values(3, 1, low=0.5)]) for name in (
        "add", "subtract", "multiply", "divide", "atan2", "maximum", "minimum")},
    **{f"{name} scalars": (lambda b, x, name=name: b.add(getattr(b, name)(x, 0.7), getattr(b, name)(0.7, x)), [POSITIVE])
       for name in ("add", "subtract", "multiply", "divide", "pow", "atan2", "maximum", "minimum")},
    "pow": (lambda b, x, y: b.pow(x, y), [POSITIVE, Y]),
    "pow of zero": (lambda b, x: b.add(b.pow(x, 2), b.add(b.pow(x, 3.0), b.add(b.pow(x, 1), b.pow(x, 0)))), [np.array([0.0, 2.0])]),
    "square of one": (lambda b, x: b.multiply(b.multiply(x, x), x), [X]),
    "where": (lambda b, x, y: b.where(X > 0, x, y), [X, V]),
    "where scalar": (lambda b, x: b.add(b.where(X > 0, x, 0.0), b.where(X > 0, 1.0, x)), [X]),
    "where broadcast": (lambda b, x: b.where(X > 0, x, 0.5), [V]),
    "sum axis": (lambda b, x: b.sum(x, axis=0), [X]),
    "sum axes kept": (lambda b, x: b.sum(x, axis=(0, -1), keepdims=True), [values(2, 3, 2)]),
    "mean axis": (lambda b, x: b.mean(x, axis=-2), [X]),
    "prod": (lambda b, x: b.prod(x), [X]),
    "prod zeros": (lambda b, x: b.prod(x, axis=1), [GAPS]),
    "prod zeros axes": (lambda b, x: b.prod(x, axis=(0, 2), keepdims=True), [np.stack([GAPS, GAPS[::-1]])]),
    "max": (lambda b, x: b.max(x), [X]),
    "max axis": (lambda b, x: b.max(x, axis=1), [X]),
    "min axes": (lambda b, x: b.min(x, axis=(0, 1), keepdims=True), [X]),
    "cumulative_sum": (lambda b, x: b.cumulative_sum(x, axis=1), [X]),
    "reshape": (lambda b, x: b.reshape(x, (2, -1)), [X]),
    "permute_dims": (lambda b, x: b.permute_dims(x, (2, 0, 1)), [values(2, 3, 4)]),
    "broadcast_to": (lambda b, x: b.broadcast_to(x, (2, 3, 4)), [values(3, 1)]),
    "concat": (lambda b, x, y: b.concat([x, Y, y], axis=-1), [X, values(3, 1)]),
    "stack": (lambda b, x, y: b.stack([x, Y, y, x], axis=-2), [X, Y]),
    "flip": (lambda b, x: b.flip(x, axis=-1), [X]),
    "flip all": (lambda b, x: b.flip(x), [X]),
    "slice": (lambda b, x: b.slice(x, (1, 0), (3, 3), (1, 1)), [X]),
    "slice steps": (lambda b, x: b.slice(x, (0, 1), (3, 4), (2, 2)), [X]),
    "take": (lambda b, x: b.take(x, INDEX, axis=-2), [X]),
    "take_along_axis": (lambda b, x: b.take_along_axis(x, COLUMNS, axis=1), [X]),
    "take_along_axis broadcast": (lambda b, x: b.take_along_axis(x, COLUMNS, axis=1), [values(1, 4)]),
    "scatter set": (lambda b, x, u: b.scatter(x, INDEX[0], u, axis=1, mode="set"), [X, values(3, 2)]),
    **{f"scatter {mode}": (lambda b, x, u, mode=mode: b.scatter(x, INDEX, u, axis=0, mode=mode), [X, values(2, 2, 4)])
       for mode in ("add", "max", "min")},
    **{f"matmul {i}": (lambda b, x, y: b.matmul(x, y), [values(*left), values(*right, seed=1)]) for i, (left, right) in enumerate((
        ((3, 4), (4, 2)), ((4,), (4,)), ((4,), (4, 2)), ((3, 4), (4,)), ((2, 3, 4), (4,)), ((2, 3, 4), (4, 2)),
        ((4,), (2, 4, 3)), ((3, 4), (2, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((2, 3, 4), (2, 4, 2))))},
    "clip": (lambda b, x: b.clip(x, low=-0.5, high=b.full((), 0.9, dtype="float64")), [X]),
    "clip boxes": (lambda b, x, y: b.clip(x, low=y, high=1.0), [X, V]),
    "gelu": (lambda b, x: b.gelu(x), [X]),
    "gelu exact": (lambda b, x: b.gelu(x, approximate=False), [X]),
    "elu alpha": (lambda b, x: b.elu(x, alpha=0.3), [X]),
    "logsumexp axis": (lambda b, x: b.logsumexp(x, axis=0, keepdims=True), [X]),
    "softmax axis": (lambda b, x: b.softmax(x, axis=0), [X]),
    "expand_dims": (lambda b, x: b.expand_dims(x, axis=-2), [X]),
    "pad": (lambda b, x: b.pad(x, (1, 0), (0, 2), 3.0), [X]),
    "slice_update": (lambda b, x, u: b.slice_update(x, u, (0, 1), (2, 1)), [X, values(2, 3)]),
    "sort": (lambda b, x: b.sort(x, axis=0), [X]),
    "dense": (lambda b, x, k, c: b.dense(x, k, c), [values(2, 3, 4), values(4, 2), values(2)]),
    "dense vector": (lambda b, x, k: b.dense(x, k), [V, values(4, 2)]),
    "sparse_softmax_cross_entropy": (lambda b, x: b.sparse_softmax_cross_entropy(x, LABELS), [X]),
    "softmax_cross_entropy": (lambda b, x, t: b.softmax_cross_entropy(x, t), [X, POSITIVE]),
    "sigmoid_cross_entropy": (lambda b, x, t: b.sigmoid_cross_entropy(x, t), [X, POSITIVE]),
    "layer_norm": (lambda b, x, s, o: b.layer_norm(x, s, o, axes=(-1,)), [X, V, values(4, seed=3)]),
    "layer_norm axes": (lambda b, x, s: b.layer_norm(x, s, axes=(1, 2)), [values(2, 3, 2), values(3, 2)]),
    "batch_norm": (lambda b, x, s, o: b.batch_norm(x, s, o)[0], [X, V, values(4, seed=3)]),
    "batch_norm axis": (lambda b, x: b.batch_norm(x, axis=1)[0], [values(2, 3, 2)]),
    "normalize": (lambda b, x, m, v, s: b.normalize(x, m, v, s), [X, V, POSITIVE[0], values(4, seed=5)]),
    "dropout": (lambda b, x: b.dropout(x, KEY, rate=0.4), [X]),
    "conv": (lambda b, x, k: b.conv(x, k, strides=(2,), padding="same"), [values(2, 5, 3), values(3, 3, 2)]),
    "max_pool": (lambda b, x: b.max_pool(x, window=(2,), strides=(1,), padding="same"), [values(1, 4, 2)]),
    "scan": (lambda b, x, c: b.scan(lambda h, v: (b.tanh(b.add(h, v)), b.multiply(h, v)), c, x, reverse=True)[1], [X, V]),
    "while_loop": (lambda b, x: b.while_loop(lambda v: b.less(b.max(v), 9.0), lambda v: (b.multiply(v, v),), (x,))[0], [POSITIVE + 1]),
    "cond": (lambda b, x: b.cond(b.less(b.sum(x), 99.0), lambda v: b.exp(v), lambda v: v, x), [X]),
    "vectorized_map": (lambda b, x, y: b.vectorized_map(lambda v: b.multiply(b.sum(v), y), x), [X, V]),
    "checkpoint": (lambda b, x: b.checkpoint(b.exp)(x), [X]),
}  # fmt: skip


def test_every_primitive_has_a_rule_or_is_listed_as_without() -> None:
    assert unruled() == ([], [])


def test_every_rule_has_a_case() -> None:
    tested = {case.split()[0] for case in CASES}
    assert (RULES.keys() | ACTIVATIONS.keys() | COARSE.keys()) - tested == set()


def _gradient(f: Callable[..., Any], b: Any, arrays: list[Array]) -> list[Array]:
    return value_and_grad(B, lambda xs: weighed(b, f(b, *xs)))(list(arrays))[1]


@pytest.mark.parametrize("case", CASES)
def test_gradient(case: str) -> None:
    f, arrays = CASES[case]
    expected = differences(lambda xs: weighed(B, f(B, *xs)), arrays)
    close(_gradient(f, L, arrays), expected)


@pytest.mark.parametrize("case", CASES)
def test_gradient_of_gradient(case: str) -> None:
    f, arrays = CASES[case]
    inner = level_of(B, 2)

    def slope(b: Any, xs: list[Any]) -> Any:
        _, gradients = value_and_grad(B, lambda ys: weighed(b, f(b, *ys)))(xs)
        here = innermost(B)
        total = here.full((), 0.0, dtype="float64")
        for g in gradients:
            total = here.add(total, weighed(here, g))
        return total

    expected = differences(lambda xs: slope(L, xs), arrays)
    _, found = value_and_grad(B, lambda xs: slope(inner, xs))(list(arrays))
    close(found, expected, 2e-5)


@pytest.mark.parametrize("name", sorted((ACTIVATIONS.keys() | COARSE.keys()) & SPECIFICATION.keys()))
def test_coarse_rule_equals_the_taped_body(name: str) -> None:
    """The hand-derived gradient is that of the derived body."""

    class Bodies:
        def __getattr__(self, key: str) -> Any:
            if key != name:
                return getattr(L, key)
            return lambda *args, **options: SPECIFICATION[name].function(L, *args, **options)

    for case, (f, arrays) in CASES.items():
        if case.split()[0] == name:
            close(_gradient(f, L, arrays), _gradient(f, Bodies(), arrays), 1e-9)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda b, x: b.max(x), [0.0, 0.0, 1.0]),
        (lambda b, x: b.min(x), [0.5, 0.5, 0.0]),
        (lambda b, x: b.maximum(x, 1.0), [0.5, 0.5, 1.0]),
        (lambda b, x: b.minimum(1.0, x), [0.5, 0.5, 0.0]),
        (lambda b, x: b.abs(b.subtract(x, 1.0)), [0.0, 0.0, 1.0]),
        (lambda b, x: b.relu(b.subtract(x, 1.0)), [0.0, 0.0, 1.0]),
        (lambda b, x: b.floor_divide(b.multiply(x, 1.0), 2.0), [0.0, 0.0, 0.0]),
        (lambda b, x: b.scatter(x, np.array([0, 0]), b.full((2,), 1.0, dtype="float64"), axis=0, mode="max"), [1 / 3, 1, 1]),
        (lambda b, x: b.pow(b.subtract(x, 1.0), 1.0), [1.0, 1.0, 1.0]),
        (lambda b, x: b.pow(b.subtract(x, 1.0), b.full((), 0.0, dtype="float64")), [0.0, 0.0, 0.0]),
    ],
)  # fmt: skip
def test_gradient_at_ties_and_zeros(f: Callable[..., Any], expected: list[float]) -> None:
    _, (found,) = value_and_grad(B, lambda xs: L.sum(f(L, xs[0])))([TIED])
    np.testing.assert_allclose(found, expected)


#: NumPy functions as a user's layer calls them.
NUMPY: dict[str, Callable[..., Any]] = {
    "operators": lambda x, p: (2 * x - p / 3 + 1.5) * -x / (p + 1) + x**2 + 2.0**x + abs(x) % 0.7 + p // 0.3 * x,
    "array first": lambda x, p: Y * x + Y - p + Y / p,
    "matmul": lambda x, p: x @ p.T + Y @ p.T,
    "ufuncs": lambda x, p: np.exp(x) + np.tanh(x) * np.log(p) + np.maximum(x, Y) - np.minimum(0.3, p) + np.sqrt(p),
    "more ufuncs": lambda x, p: np.sinh(x) + np.cosh(x) + np.log2(p) + np.exp2(x) + np.tan(x / 3) + np.arctan(x) + np.reciprocal(p),
    "power": lambda x, p: np.power(p, 1.7) + np.power(p, x) + np.square(x) + np.arctan2(x, p) + np.logaddexp(x, p) + np.fmax(x, p),
    "constants": lambda x, p: np.sign(x) * p + np.floor(x) * p + np.ceil(x) * p + np.rint(x) * p + np.trunc(x) * p,
    "sum": lambda x, p: np.sum(x, axis=1) + np.mean(p, axis=-1) + np.max(x, axis=1) + x.min(axis=1) + np.prod(p, axis=1),
    "var": lambda x, p: np.var(x, axis=1) + np.std(p, axis=1, ddof=1) + np.linalg.norm(x, axis=-1),
    "reduce": lambda x, p: np.add.reduce(x) + np.maximum.reduce(p, axis=0),
    "shape": lambda x, p: np.reshape(x, (4, 3)) + np.transpose(p) + x.reshape(4, 3) + x.reshape((4, -1)) + np.swapaxes(p, 0, 1) + p.T,
    "moveaxis": lambda x, p: np.moveaxis(x[None], 0, -1)[..., 0] + np.squeeze(np.expand_dims(p, (0, 2))),
    "joins": lambda x, p: np.concatenate([x, Y, p], axis=-1)[:, ::2] + np.hstack([x, p])[:, 1:7],
    "stacks": lambda x, p: np.stack([x, p, Y], axis=1)[:, 0] + np.vstack([x, p])[:3] + np.split(np.vstack([x, p]), 2)[1],
    "where": lambda x, p: np.where(x > 0, x, p) + np.where(x < p, 0.5, x) + np.clip(x, -0.5, 0.9) + np.clip(p, None, 0.8),
    "index": lambda x, p: x[1] + p[0, :] + x[-1, ::-1] + p[[0, 1]][1] + x[np.array([2, 0]), 1:][0, :1] + p[:, None][0, 0],
    "index arrays": lambda x, p: x[[0, -1], [1, 2]] + p[1:, 0] + x[None, [0, 1], :, None][0, :, 3, 0] + x[[[0, 1]], 2][0],
    "index apart": lambda x, p: x[None][0, :, [0, 1]] + p[:, :2].T + x.reshape(3, 2, 2)[[0, 2], :, 1] @ np.ones((2, 3)),
    "mask": lambda x, p: x[Y > 0].sum() + p[np.array([True, False, True])].sum(axis=0),
    "iteration": lambda x, p: sum(row * (i + 1) for i, row in enumerate(x)) + np.take(p, [0, 2], axis=0)[1] + len(p),
    "products": lambda x, p: np.dot(x, p.T) + np.tensordot(x, p, axes=([1], [1])) + np.outer(x[:, 0], p[:, 1]) + np.inner(x, p),
    "order": lambda x, p: np.sort(x, axis=0) + np.cumsum(p, axis=1) + np.flip(x, 0) + np.take_along_axis(p, np.argsort(x, axis=1), axis=1),
    "repeats": lambda x, p: np.tile(x, (2, 1))[1:4] + np.repeat(p, 2, axis=0)[1:4] + np.broadcast_to(x[0], (3, 4)),
    "pads": lambda x, p: np.pad(x, ((1, 0), (0, 1)))[:3, :4] + np.triu(p) + np.tril(x, -1) + np.zeros_like(x) + np.ones_like(p) + np.full_like(p, 2.5),
    "methods": lambda x, p: x.flatten() + p.ravel() + x.clip(-1, 1).reshape(-1) + x.astype("float64").ravel() + x.copy().ravel() + np.round(x, 1).ravel(),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMPY)
def test_numpy_functions(case: str) -> None:
    f, arrays = NUMPY[case], [X, POSITIVE]
    seen = []

    def loss(xs: list[Any]) -> Any:
        y = f(*xs)
        assert isinstance(y, Box)
        seen.append(y.value)
        return weighed(L, y)

    _, found = value_and_grad(B, loss)(arrays)
    np.testing.assert_allclose(seen[0], f(*arrays), rtol=1e-12)
    close(found, differences(lambda xs: weighed(B, f(*xs)), arrays))


def _on_box(f: Callable[[Any], Any], x: Array = X) -> Any:
    """What ``f`` gives for a box; its gradient is not used."""
    return value_and_grad(B, lambda xs: (L.sum(xs[0]), f(xs[0])), has_aux=True)([x])[0][1]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda x: np.asarray(x), "stop_gradient"),
        (lambda x: np.einsum("ij->i", x), "numpy.einsum cannot be used"),
        (lambda x: np.linalg.inv(x), "numpy.linalg.inv cannot be used"),
        (lambda x: np.arcsin(x), "numpy.arcsin cannot be used"),
        (lambda x: np.sum(x, dtype="float32"), "called with dtype"),
        (lambda x: np.add(x, 1.0, out=np.ones_like(X)), "with `out=`"),
        (lambda x: x.__setitem__(0, 1.0), "slice_update"),
        (lambda x: x[0.5], "indexed by"),
        (lambda x: x + "a", "unsupported operand"),
        (lambda x: L.astype(x, "complex64"), "astype: no gradient"),
        (lambda x: len(L.sum(x)), "without axes"),
    ],
)
def test_wrong_uses_are_named(use: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        _on_box(use)


def test_array_in_place_is_named() -> None:
    array = Y.copy()
    with pytest.raises(TypeError, match="instead of `x \\+= y`"):
        _on_box(lambda x: array.__iadd__(x))


def test_index_out_of_range() -> None:
    for key in (3, (0, -5), [0, 3], (0, 0, 0)):
        with pytest.raises(IndexError):
            _on_box(lambda x, key=key: x[key])


def test_box_is_like_the_tensor() -> None:
    def look(x: Any) -> tuple[Any, ...]:
        total = x.sum()
        facts = (
            x.shape,
            x.ndim,
            x.size,
            len(x),
            x.dtype,
            L.is_tensor(x),
            L.dtype_of(x),
            f"{total:.2f}",
            bool(total > 0),
        )
        constants = (
            L.to_host(x),
            L.less(x, 0.0),
            L.argmax(x, axis=0),
            L.sign(x),
            L.stop_gradient(x),
            L.astype(x, "int32"),
        )
        assert not any(isinstance(value, Box) for value in constants)
        assert float(total) == total.item() == float(X.sum())
        assert (x == None) is False and (x != None) is True and x in [x]  # noqa: E711
        return facts

    assert _on_box(look) == (
        (3, 4), 2, 12, 3, X.dtype, True, "float64", f"{X.sum():.2f}", bool(X.sum() > 0),
    )  # fmt: skip


def test_operators_promote_by_the_lattice() -> None:
    x32 = X.astype("float32")
    for other, dtype in (
        (Y, "float64"),
        (np.int64(3), "float32"),
        (np.arange(4), "float32"),
        (2, "float32"),
        (True, "float32"),
    ):
        for f in (lambda x, o: x * o, lambda x, o: o - x):
            made = value_and_grad(B, lambda xs, f=f, o=other: (L.sum(xs[0]), f(xs[0], o)), has_aux=True)(
                [x32]
            )
            assert made[0][1].dtype == dtype
    _, (g,) = value_and_grad(B, lambda xs: (xs[0] * Y).sum())([x32])
    assert g.dtype == "float32"
