"""Public ops: their values, dtypes and shapes are Keras's, eager, compiled and symbolic; their errors are ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import ops
from keras_front.core.dispatch import F
from keras_front.core.symbolic import KerasTensor
from keras_front.ops.define import OPS

from .op_cases import CASES, KEYS, arrays, evaluate
from .oracle import answers
from .oracle_worker import _signature

ARRAYS = arrays()
NAMES: dict[str, Any] = {name: getattr(ops, name) for name in ops.__all__} | {
    "numpy": np,
    "keras": keras_front,
}
#: Where Keras on NumPy answers otherwise than Keras on JAX, whose rules the front follows.
DTYPES_ON_JAX = {
    "sum(u)": "uint32", "prod(u)": "uint32", "top_k(r, 2)[1]": "int32",
}  # fmt: skip


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """Keras's answers to all cases."""
    return answers(CASES, ARRAYS)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """The front's answers; where the backend compiles, all of them from one compiled function."""

    def run(tensors: dict[str, Any]) -> dict[str, Any]:
        return {call: _attempt(call, tensors) for call in CASES}

    tensors = {name: ops.convert_to_tensor(array) for name, array in ARRAYS.items()}
    if not F.traits.compiled:
        return run(tensors)
    failed: dict[str, Any] = {}

    def traced(tensors: dict[str, Any]) -> list[Any]:
        results = run(tensors)
        failed.update({call: r for call, r in results.items() if isinstance(r, Exception)})
        return [r for r in results.values() if not isinstance(r, Exception)]

    values = iter(F.compile(traced)(tensors))
    return {call: failed[call] if call in failed else next(values) for call in CASES}


def _attempt(call: str, names: dict[str, Any]) -> Any:
    try:
        return evaluate(call, {**NAMES, **names})
    except Exception as error:
        return error


@pytest.mark.parametrize("call", CASES)
def test_values_and_dtypes(call: str, expected: dict[str, Any], found: dict[str, Any]) -> None:
    want, got = expected[call], found[call]
    for side, answer in (("Keras", want), ("the front", got)):
        assert not isinstance(answer, Exception), f"{side}: {answer!r}"
    got = ops.convert_to_numpy(got)
    assert got.dtype.name == DTYPES_ON_JAX.get(call, want.dtype.name)
    assert got.shape == want.shape
    # Half precision: a few units in its last place; else what sums of some ten float32 numbers differ by.
    tolerance = 2e-3 if got.dtype == np.float16 else 1e-5
    np.testing.assert_allclose(got.astype("float64"), want.astype("float64"), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("batch", [False, True], ids=["known", "unknown"])
def test_symbolic_calls_have_the_shapes_of_real_ones(batch: bool, expected: dict[str, Any]) -> None:
    symbols = {
        name: KerasTensor((None, *a.shape[1:]) if batch and a.ndim > 1 else a.shape, a.dtype.name)
        for name, a in ARRAYS.items()
    }
    wrong: list[tuple[str, Any]] = []
    for call in CASES:
        if "lambda" in call or "[" in call:
            continue  # Closures and lists over arrays, which only real values can be in.
        got, want = _attempt(call, symbols), expected[call]
        if not isinstance(got, KerasTensor):
            wrong += [(call, got)] if isinstance(got, Exception) else []
            continue
        dtype = DTYPES_ON_JAX.get(call, want.dtype.name)
        if got.dtype != dtype or not _agrees(got.shape, want.shape) or (not batch and None in got.shape):
            wrong.append((call, (got.shape, got.dtype)))
    assert not wrong


def _agrees(spec: tuple[int | None, ...], shape: tuple[int, ...]) -> bool:
    return len(spec) == len(shape) and all(n in (None, m) for n, m in zip(spec, shape, strict=True))


class _Slices:
    def __getitem__(self, key: Any) -> Any:
        return key


@pytest.mark.parametrize("key", KEYS)
def test_get_item_is_numpys(key: str) -> None:
    array = np.arange(120, dtype="float32").reshape(4, 5, 6)
    names = {"slices": _Slices(), "numpy": np, "k": np.array([2, 0, 1])}
    where = eval(f"slices[{key}]", names)
    want = array[where]
    np.testing.assert_array_equal(
        ops.convert_to_numpy(ops.get_item(ops.convert_to_tensor(array), where)), want
    )
    for shape in ((4, 5, 6), (None, 5, 6), (None, None, 6)):
        assert _agrees(KerasTensor(shape)[where].shape, want.shape)


def test_get_item_by_tensors_and_masks() -> None:
    array = np.arange(12, dtype="float32").reshape(3, 4)
    x = ops.convert_to_tensor(array)
    index = ops.convert_to_tensor(np.array([2, -1], "int32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.get_item(x, index)), array[[2, -1]])
    if "nonzero" in F.capabilities:
        for mask in (array > 5, array[:, 0] > 3):
            got = ops.get_item(x, ops.convert_to_tensor(mask))
            np.testing.assert_array_equal(ops.convert_to_numpy(got), array[mask])


def test_lists_of_tensors_at_any_depth() -> None:
    one = ops.convert_to_tensor(1.0)
    assert ops.convert_to_numpy(ops.convert_to_tensor([[one, 2], [3.0, one]])).tolist() == [
        [1.0, 2.0],
        [3.0, 1.0],
    ]

    def loss(tensors: list[Any]) -> Any:
        return ops.sum(ops.convert_to_tensor([[tensors[0], 2.0], [ops.square(tensors[0]), 1.0]]))

    gradient = F.value_and_grad(loss)([ops.convert_to_tensor(3.0)])[1][0]
    assert float(ops.convert_to_numpy(gradient)) == 7.0


def test_where_alone_gives_indices() -> None:
    if "nonzero" in F.capabilities:
        rows, columns = ops.where(ops.convert_to_tensor([[True, False], [False, True]]))
        assert ops.convert_to_numpy(rows).tolist() == ops.convert_to_numpy(columns).tolist() == [0, 1]


def test_sparsemax_is_a_distribution() -> None:
    # Keras 3.15.1 adds up running sums where the paper has the last one, so it is no oracle here.
    x = ops.convert_to_numpy(ops.sparsemax(ARRAYS["t"], axis=1))
    np.testing.assert_allclose(x.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.sparsemax([0.1, 1.1, 0.2])), [0.0, 0.95, 0.05], atol=1e-6
    )


def test_start_from_tensor_is_held_within_bounds() -> None:
    x = ops.convert_to_tensor(np.arange(12, dtype="float32").reshape(3, 4))
    start = ops.convert_to_tensor(np.array([2, 3], "int32"))
    assert ops.convert_to_numpy(ops.slice(x, start, (2, 2))).tolist() == [[6.0, 7.0], [10.0, 11.0]]
    changed = ops.convert_to_numpy(ops.slice_update(x, start, ops.zeros((2, 2))))
    assert changed[1:, 2:].sum() == 0 and changed.sum() == 66 - 34


def test_custom_gradient_and_stop_gradient() -> None:
    @ops.custom_gradient
    def half(x: Any) -> Any:
        return ops.multiply(x, 0.5), lambda upstream: ops.multiply(upstream, 7.0)

    def loss(tensors: list[Any]) -> Any:
        return ops.sum(ops.add(half(tensors[0]), ops.stop_gradient(ops.square(tensors[0]))))

    value, gradients = F.value_and_grad(loss)([ops.convert_to_tensor([2.0, 4.0])])
    assert float(ops.convert_to_numpy(value)) == 23.0
    assert ops.convert_to_numpy(gradients[0]).tolist() == [7.0, 7.0]


def _examples() -> list[str]:
    docs = "\n".join(getattr(ops, name).__doc__ or "" for name in ops.__all__)
    return [line.strip().removeprefix("example: ") for line in docs.splitlines() if "example: " in line]


@pytest.mark.parametrize("example", _examples())
def test_examples_in_docstrings(example: str) -> None:
    left, _, right = example.rpartition(" == ")
    got, want = eval(left, dict(NAMES)), eval(right)
    if isinstance(want, (str, bool)):
        assert got == want
        return
    got = ops.convert_to_numpy(got) if ops.is_tensor(got) else np.asarray(got)
    assert got.shape == np.shape(want)
    np.testing.assert_allclose(got.astype("float64"), want, rtol=2e-6, atol=1e-6)


def test_every_op_has_an_example() -> None:
    assert [name for name in ops.__all__ if "example: " not in (getattr(ops, name).__doc__ or "")] == [
        "custom_gradient"
    ]


def test_names_arguments_and_defaults_are_keras_s() -> None:
    # Keras has no function for the operator `+x`.
    names = [name for name in ops.__all__ if name != "positive"]
    theirs = answers([f"signature(keras.ops.{name})" for name in names])
    wrong = {
        name: (_signature(getattr(ops, name)), signature)
        for name, signature in zip(names, theirs.values(), strict=True)
        if _signature(getattr(ops, name)) != signature
    }
    assert not wrong
    assert set(OPS) <= set(ops.__all__)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: ops.sum(x, axis=2), ValueError, r"sum: `axis` 2 is out of range for a tensor of rank 2"),
        (lambda x: ops.softmax(x, axis=-3), ValueError, r"softmax: `axis` -3 is out of range"),
        (lambda x: ops.mean(x, axis=(0, -2)), ValueError, r"mean: `axis` names an axis twice"),
        (lambda x: ops.concatenate([x, x], axis=5), ValueError, r"concatenate: `axis` 5 is out of range"),
        (
            lambda x: ops.concatenate([x, ops.get_item(x, (slice(None), slice(1)))]),
            ValueError,
            r"apart from axis 0 the shapes must agree",
        ),
        (lambda x: ops.reshape(x, (4, 2)), ValueError, r"6 values of shape \(2, 3\) do not fit"),
        (lambda x: ops.matmul(x, x), ValueError, r"matmul: the last axis of `x1` .* \(2, 3\) and \(2, 3\)"),
        (lambda x: ops.take(x, 7, axis=0), IndexError, r"`indices` must be from -2 to 1, got 7"),
        (lambda x: ops.get_item(x, 5), IndexError, r"index 5 is out of range for axis 0 of size 2"),
        (lambda x: ops.get_item(x, (0, 0, 0)), IndexError, r"3 indices for a tensor of rank 2"),
        (lambda x: ops.split(x, 2, axis=1), ValueError, r"axis 1 of size 3 has no 2 equal sections"),
        (
            lambda x: ops.broadcast_to(x, (3, 3)),
            ValueError,
            r"\(2, 3\) does not broadcast to `shape` \(3, 3\)",
        ),
        (lambda x: ops.max(ops.get_item(x, slice(0))), ValueError, r"there is nothing to compare"),
        (lambda x: ops.conv(x, x), ValueError, r"conv: `inputs` needs a batch axis.*\(2, 3\)"),
        (lambda x: ops.pad(x, 1, mode="edge"), ValueError, r"`mode` must be .*got 'edge'"),
        (lambda x: ops.bitwise_and(x, x), TypeError, r"operands must be integers, got float32"),
        (lambda x: ops.convert_to_tensor("abc"), TypeError, r"numbers or booleans, got 'abc'"),
        (lambda x: ops.convert_to_tensor([[1], [2, 3]]), TypeError, r"rows of equal length"),
        (lambda x: ops.cast(x, "float33"), ValueError, r"`dtype` must be one of .*'float33'"),
    ],
)
def test_errors_name_the_argument_and_its_value(
    call: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(ops.convert_to_tensor(np.zeros((2, 3), "float32")))


def test_infinite_values_pass() -> None:
    x = ops.convert_to_tensor(np.array([np.inf, -np.inf, np.nan, 90.0], "float32"))
    with np.errstate(all="ignore"):
        sinh = ops.convert_to_numpy(ops.sinh(x))
        cosh = ops.convert_to_numpy(ops.cosh(ops.convert_to_tensor([89.0, -89.0])))
    assert sinh[0] == math.inf and sinh[1] == -math.inf and math.isnan(sinh[2]) and sinh[3] == math.inf
    np.testing.assert_allclose(cosh, math.cosh(89.0), rtol=2e-5)
