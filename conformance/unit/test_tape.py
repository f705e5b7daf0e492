"""The gradient tape on a backend of nothing but primitives, in float64, against finite differences."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from keras_front.interpret.lifted import interpret
from keras_front.interpret.tape import Box, innermost, unruled, value_and_grad
from keras_front.interpret.tape.activations import ACTIVATIONS
from keras_front.interpret.tape.coarse import COARSE
from keras_front.interpret.tape.level import level_of
from keras_front.interpret.tape.rules import RULES
from keras_front.protocol import SPECIFICATION, Traits, assemble, standard_array_group

Array = Any


def _plain_backend(**more: Any) -> Any:
    def scatter(x: Array, indices: Array, updates: Array, /, axis: int, mode: Any) -> Array:
        axis %= x.ndim
        result = np.moveaxis(x, axis, 0).copy()
        rank = indices.ndim
        spread = np.moveaxis(updates, range(axis, axis + rank), range(rank))
        if mode == "set":
            result[indices] = spread
        else:
            {"add": np.add, "max": np.maximum, "min": np.minimum}[mode].at(result, indices, spread)
        return np.moveaxis(result, 0, axis)

    def from_host(array: Array, /, dtype: str | None = None) -> Array:
        return np.array(array, dtype=dtype)

    def to_host(x: Array, /) -> Array:
        return np.array(x)

    def is_tensor(x: object, /) -> bool:
        return isinstance(x, (np.ndarray, np.generic))

    def dtype_of(x: Array, /) -> str:
        return x.dtype.name

    mine = {f.__name__: f for f in (scatter, from_host, to_host, is_tensor, dtype_of)}
    traits = Traits(dtypes=frozenset({"float32", "float64", "int32", "bool"}))
    return assemble("plain", standard_array_group(np), mine, version="1", traits=traits, **more)


B = _plain_backend()
L = level_of(B, 1)


def _values(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Array:
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


def _weighed(b: Any, y: Any) -> Any:
    """One number of a result, with another weight for every entry."""
    weights = np.cos(np.arange(np.prod(y.shape, dtype=int)) + 0.5).reshape(y.shape)
    return b.sum(b.multiply(y, weights))


def _differences(f: Callable[..., float], arrays: list[Array], step: float = 1e-5) -> list[Array]:
    """Central differences."""
    gradients = []
    for k, array in enumerate(arrays):
        gradient = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[k][place] += sign * step
                ends.append(float(f(moved)))
            gradient[place] = (ends[0] - ends[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def _close(found: list[Array], expected: list[Array], tolerance: float = 1e-6) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert type(ours) is not Box
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


X, Y, V = _values(3, 4), _values(3, 4, seed=1), _values(4)
POSITIVE = _values(3, 4, low=0.3, high=2.0)
INDEX = np.array([[2, 0], [2, 1]], "int32")
COLUMNS = np.array([[1, 3, 1], [0, 0, 2], [3, 3, 3]], "int32")
LABELS = np.array([3, 0, 1], "int32")
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
    **{f"{name} broadcast": (lambda b, x, y, name=name: getattr(b, name)(x, y), [V, _values(3, 1, low=0.5)]) for name in (
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
    "sum axes kept": (lambda b, x: b.sum(x, axis=(0, -1), keepdims=True), [_values(2, 3, 2)]),
    "mean axis": (lambda b, x: b.mean(x, axis=-2), [X]),
    "prod": (lambda b, x: b.prod(x), [X]),
    "prod zeros": (lambda b, x: b.prod(x, axis=1), [GAPS]),
    "prod zeros axes": (lambda b, x: b.prod(x, axis=(0, 2), keepdims=True), [np.stack([GAPS, GAPS[::-1]])]),
    "max": (lambda b, x: b.max(x), [X]),
    "max axis": (lambda b, x: b.max(x, axis=1), [X]),
    "min axes": (lambda b, x: b.min(x, axis=(0, 1), keepdims=True), [X]),
    "cumulative_sum": (lambda b, x: b.cumulative_sum(x, axis=1), [X]),
    "reshape": (lambda b, x: b.reshape(x, (2, -1)), [X]),
    "permute_dims": (lambda b, x: b.permute_dims(x, (2, 0, 1)), [_values(2, 3, 4)]),
    "broadcast_to": (lambda b, x: b.broadcast_to(x, (2, 3, 4)), [_values(3, 1)]),
    "concat": (lambda b, x, y: b.concat([x, Y, y], axis=-1), [X, _values(3, 1)]),
    "stack": (lambda b, x, y: b.stack([x, Y, y, x], axis=-2), [X, Y]),
    "flip": (lambda b, x: b.flip(x, axis=-1), [X]),
    "flip all": (lambda b, x: b.flip(x), [X]),
    "slice": (lambda b, x: b.slice(x, (1, 0), (3, 3), (1, 1)), [X]),
    "slice steps": (lambda b, x: b.slice(x, (0, 1), (3, 4), (2, 2)), [X]),
    "take": (lambda b, x: b.take(x, INDEX, axis=-2), [X]),
    "take_along_axis": (lambda b, x: b.take_along_axis(x, COLUMNS, axis=1), [X]),
    "take_along_axis broadcast": (lambda b, x: b.take_along_axis(x, COLUMNS, axis=1), [_values(1, 4)]),
    "scatter set": (lambda b, x, u: b.scatter(x, INDEX[0], u, axis=1, mode="set"), [X, _values(3, 2)]),
    **{f"scatter {mode}": (lambda b, x, u, mode=mode: b.scatter(x, INDEX, u, axis=0, mode=mode), [X, _values(2, 2, 4)])
       for mode in ("add", "max", "min")},
    **{f"matmul {i}": (lambda b, x, y: b.matmul(x, y), [_values(*left), _values(*right, seed=1)]) for i, (left, right) in enumerate((
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
    "slice_update": (lambda b, x, u: b.slice_update(x, u, (0, 1), (2, 1)), [X, _values(2, 3)]),
    "sort": (lambda b, x: b.sort(x, axis=0), [X]),
    "dense": (lambda b, x, k, c: b.dense(x, k, c), [_values(2, 3, 4), _values(4, 2), _values(2)]),
    "dense vector": (lambda b, x, k: b.dense(x, k), [V, _values(4, 2)]),
    "sparse_softmax_cross_entropy": (lambda b, x: b.sparse_softmax_cross_entropy(x, LABELS), [X]),
    "softmax_cross_entropy": (lambda b, x, t: b.softmax_cross_entropy(x, t), [X, POSITIVE]),
    "sigmoid_cross_entropy": (lambda b, x, t: b.sigmoid_cross_entropy(x, t), [X, POSITIVE]),
    "layer_norm": (lambda b, x, s, o: b.layer_norm(x, s, o, axes=(-1,)), [X, V, _values(4, seed=3)]),
    "layer_norm axes": (lambda b, x, s: b.layer_norm(x, s, axes=(1, 2)), [_values(2, 3, 2), _values(3, 2)]),
    "batch_norm": (lambda b, x, s, o: b.batch_norm(x, s, o)[0], [X, V, _values(4, seed=3)]),
    "batch_norm axis": (lambda b, x: b.batch_norm(x, axis=1)[0], [_values(2, 3, 2)]),
    "normalize": (lambda b, x, m, v, s: b.normalize(x, m, v, s), [X, V, POSITIVE[0], _values(4, seed=5)]),
    "dropout": (lambda b, x: b.dropout(x, KEY, rate=0.4), [X]),
    "conv": (lambda b, x, k: b.conv(x, k, strides=(2,), padding="same"), [_values(2, 5, 3), _values(3, 3, 2)]),
    "max_pool": (lambda b, x: b.max_pool(x, window=(2,), strides=(1,), padding="same"), [_values(1, 4, 2)]),
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
    return value_and_grad(B, lambda xs: _weighed(b, f(b, *xs)))(list(arrays))[1]


@pytest.mark.parametrize("case", CASES)
def test_gradient(case: str) -> None:
    f, arrays = CASES[case]
    expected = _differences(lambda xs: _weighed(B, f(B, *xs)), arrays)
    _close(_gradient(f, L, arrays), expected)


@pytest.mark.parametrize("case", CASES)
def test_gradient_of_gradient(case: str) -> None:
    f, arrays = CASES[case]
    inner = level_of(B, 2)

    def slope(b: Any, xs: list[Any]) -> Any:
        _, gradients = value_and_grad(B, lambda ys: _weighed(b, f(b, *ys)))(xs)
        here = innermost(B)
        total = here.full((), 0.0, dtype="float64")
        for g in gradients:
            total = here.add(total, _weighed(here, g))
        return total

    expected = _differences(lambda xs: slope(L, xs), arrays)
    _, found = value_and_grad(B, lambda xs: slope(inner, xs))(list(arrays))
    _close(found, expected, 2e-5)


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
            _close(_gradient(f, L, arrays), _gradient(f, Bodies(), arrays), 1e-9)


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
        return _weighed(L, y)

    _, found = value_and_grad(B, loss)(arrays)
    np.testing.assert_allclose(seen[0], f(*arrays), rtol=1e-12)
    _close(found, _differences(lambda xs: _weighed(B, f(*xs)), arrays))


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


def test_aux_and_unused_tensors() -> None:
    def f(xs: list[Any], k: float) -> Any:
        assert isinstance(xs[0], Box)
        return L.sum(xs[0] * k), {"twice": [xs[0] * 2, "text", None], "one": xs[1]}

    (value, aux), gradients = value_and_grad(B, f, has_aux=True)([X, V], 3.0)
    assert not isinstance(value, Box) and float(value) == pytest.approx(3 * X.sum())
    np.testing.assert_array_equal(aux["twice"][0], 2 * X)
    assert aux["twice"][1:] == ["text", None] and aux["one"] is V
    _close(gradients, [np.full((3, 4), 3.0), np.zeros(4)])
    _close(value_and_grad(B, lambda xs: 0.0)([V])[1], [np.zeros(4)])
    _close(value_and_grad(B, lambda xs: xs[0])([np.array(2.0)])[1], [np.array(1.0)])
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

    w = _values(4, 2)
    _, found = value_and_grad(B, loss)([w])

    def by_numpy(ws: list[Array]) -> float:
        t = np.tanh(Y @ ws[0])
        slope = (2 * t * (1 - t * t)) @ ws[0].T
        return float(np.sum(t**2) + np.sum((np.sqrt(np.sum(slope**2, axis=1)) - 1.0) ** 2))

    _close(found, _differences(by_numpy, [w]))


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

    w = _values(4, seed=9)
    _close(value_and_grad(B, loss)([w])[1], _differences(by_hand, [w]))


def test_stop_gradient_stops_at_every_level() -> None:
    def loss(ws: list[Any]) -> Any:
        (w,) = ws
        _, (g,) = value_and_grad(B, lambda xs: np.sum(innermost(B).stop_gradient(w * xs[0]) * w * xs[0]))([V])
        return np.sum(g)

    w = _values(4, seed=9)
    np.testing.assert_allclose(value_and_grad(B, loss)([w])[1][0], w * V)


def test_custom_gradient() -> None:
    def triple(x: Any, y: Any) -> tuple[Any, Any]:
        return B.multiply(x, y) if not isinstance(x, Box) else x * y, lambda g: (g * 3.0 * x, None)

    _, found = value_and_grad(B, lambda xs: L.sum(B.custom_gradient(triple)(*xs)))([V, V])
    _close(found, [3 * V, np.zeros(4)])
    # Through two tapes: the gradient of the gradient given.
    first = lambda xs: value_and_grad(B, lambda ys: np.sum(B.custom_gradient(triple)(ys[0], V)))(xs)[1][0]  # noqa: E731
    _close(value_and_grad(B, lambda xs: np.sum(first(xs)))([V])[1], [np.full(4, 3.0)])
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

    custom = _plain_backend(gradients={"batch_norm": norm})
    level = level_of(custom, 1)
    value, found = value_and_grad(custom, lambda xs: np.sum(level.batch_norm(xs[0], V, xs[1])[0]))([X, V])
    assert value == pytest.approx((X + 1).sum())
    assert seen == [((False, True, True), (True, False, True))]
    _close(found, [np.full((3, 4), 10.0), np.zeros(4)])
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
