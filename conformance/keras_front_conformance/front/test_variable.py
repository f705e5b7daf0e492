"""`Variable`: the operators, assignment, names, and what may be asked of it."""

from __future__ import annotations

import copy
import operator
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from keras_front import KerasTensor, Variable, name_scope, ops
from keras_front.core.dispatch import backend

A = np.array([[1.0, 2.0, -3.0], [4.0, -5.0, 6.0]], "float32")
B = np.array([[2.0, -2.0, 0.5], [1.0, 4.0, -2.0]], "float32")


def native(x: Any) -> Any:
    return ops.convert_to_tensor(x)


def numbers(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(x)


ARITHMETIC = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
]  # fmt: skip
INTEGERS = [operator.and_, operator.or_, operator.xor]


@pytest.mark.parametrize("other", [native, np.asarray, Variable], ids=["tensor", "array", "variable"])
@pytest.mark.parametrize("operation", ARITHMETIC, ids=lambda f: f.__name__)
def test_binary_operators(operation: Callable[..., Any], other: Callable[..., Any]) -> None:
    expected = operation(A, B)
    for result in (operation(Variable(A), other(B)), operation(other(A), Variable(B))):
        assert ops.is_tensor(result)
        assert ops.dtype(result) == str(expected.dtype)
        np.testing.assert_allclose(numbers(result), expected, rtol=1e-6)


@pytest.mark.parametrize("number", [2, 2.5, True], ids=str)
@pytest.mark.parametrize("operation", [*ARITHMETIC, operator.pow], ids=lambda f: f.__name__)
def test_operators_with_numbers(operation: Callable[..., Any], number: Any) -> None:
    base = np.abs(A)
    if number is True:
        number = 1
    for result, expected in (
        (operation(Variable(base), number), operation(base, number)),
        (operation(number, Variable(base)), operation(number, base)),
    ):
        assert ops.dtype(result) == str(expected.dtype)
        np.testing.assert_allclose(numbers(result), expected, rtol=1e-5)


@pytest.mark.parametrize("operation", INTEGERS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("other", [native, np.asarray, Variable], ids=["tensor", "array", "variable"])
def test_logical_operators(operation: Callable[..., Any], other: Callable[..., Any]) -> None:
    a, b = np.array([True, True, False]), np.array([True, False, False])
    for result in (
        operation(Variable(a, dtype="bool"), other(b)),
        operation(other(a), Variable(b, dtype="bool")),
    ):
        assert numbers(result).tolist() == operation(a, b).tolist()


def test_matmul_on_both_sides() -> None:
    kernel = Variable(np.ascontiguousarray(B.T))
    for result in (
        native(A) @ kernel,
        A @ kernel,
        Variable(A) @ kernel,
        Variable(A) @ native(B.T),
        Variable(A) @ B.T,
    ):
        np.testing.assert_allclose(numbers(result), A @ B.T, rtol=1e-6)


@pytest.mark.parametrize("operation", [operator.neg, operator.abs, operator.pos], ids=lambda f: f.__name__)
def test_unary_operators(operation: Callable[..., Any]) -> None:
    np.testing.assert_array_equal(numbers(operation(Variable(A))), operation(A))


def test_invert() -> None:
    assert numbers(~Variable(np.array([True, False]))).tolist() == [False, True]


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        (1, 2),
        slice(None, None, 2),
        (slice(None), 1),
        (..., 0),
        (None, 0),
        (slice(1, None), slice(0, 2)),
    ],
    ids=str,
)
def test_indexing(key: Any) -> None:
    np.testing.assert_array_equal(numbers(Variable(A)[key]), A[key])


def test_dtypes_are_promoted_by_the_lattice() -> None:
    integers = Variable(np.array([1, 2, 3], "int32"))
    assert integers.dtype == "int32"
    assert ops.dtype(integers + 1) == "int32"
    assert ops.dtype(integers + 1.5) == "float32"
    assert ops.dtype(integers / 2) == "float32"
    assert ops.dtype(native(np.array([1.0], "float32")) + integers) == "float32"


@pytest.mark.parametrize(
    "dtype", sorted({"float32", "float16", "bfloat16", "int32", "uint8", "bool"} & set(backend.traits.dtypes))
)
def test_dtype_is_kept(dtype: str) -> None:
    variable = Variable([1, 0, 1], dtype=dtype)
    assert variable.dtype == dtype == ops.dtype(variable.value)
    variable.assign([0, 1, 1])
    assert ops.dtype(variable.value) == dtype
    assert variable.numpy().astype("float32").tolist() == [0.0, 1.0, 1.0]


def test_facts() -> None:
    variable = Variable(A, name="v")
    assert (variable.shape, variable.ndim, variable.size, len(variable)) == ((2, 3), 2, 6, 2)
    assert (variable.name, variable.path, variable.trainable) == ("v", "v", True)
    assert "path=v" in repr(variable) and "shape=(2, 3)" in repr(variable)
    scalar = Variable(2.5)
    assert (float(scalar), int(scalar), bool(scalar)) == (2.5, 2, True)
    assert f"{scalar:.2f}" == "2.50"
    assert f"{scalar}" == str(scalar)
    assert not bool(Variable(0.0))
    with pytest.raises(TypeError, match="no length"):
        len(scalar)


def test_iteration_gives_the_rows() -> None:
    rows: Any = Variable(A)
    assert [numbers(row).tolist() for row in rows] == A.tolist()


def test_it_is_hashed_by_identity() -> None:
    a, b = Variable(1.0), Variable(1.0)
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1


def test_it_stands_for_a_tensor_in_numpy_and_in_ops() -> None:
    variable = Variable(A)
    np.testing.assert_array_equal(np.asarray(variable), A)
    assert np.asarray(variable, dtype="float64").dtype == "float64"
    np.testing.assert_allclose(numbers(ops.sum(variable)), A.sum())
    np.testing.assert_array_equal(numbers(ops.concatenate([variable, A], axis=0)), np.concatenate([A, A]))
    np.testing.assert_array_equal(numbers(ops.where(variable > 0, variable, 0.0)), np.where(A > 0, A, 0))
    assert ops.shape(variable) == (2, 3)
    assert not ops.is_tensor(variable)


def test_assignment() -> None:
    variable = Variable(A)
    np.testing.assert_array_equal(numbers(variable.assign(B)), B)
    np.testing.assert_array_equal(numbers(variable.assign_add(native(A))), A + B)
    np.testing.assert_array_equal(numbers(variable.assign_sub(Variable(B))), A)
    np.testing.assert_array_equal(variable.numpy(), A)
    variable.assign([[0, 1, 2], [3, 4, 5]])
    assert variable.dtype == "float32" and variable.numpy()[1, 2] == 5.0


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_a_wrong_shape_leaves_the_value(method: str) -> None:
    variable = Variable(A, name="v")
    for wrong in (np.zeros((3, 2), "float32"), np.zeros((1, 2, 3), "float32"), np.zeros(5, "float32")):
        message = f"variable 'v' has shape (2, 3).* a value of shape {wrong.shape}".replace(
            "(", r"\("
        ).replace(")", r"\)")
        with pytest.raises(ValueError, match=message):
            getattr(variable, method)(wrong)
    np.testing.assert_array_equal(variable.numpy(), A)


def test_numbers_and_rows_are_added_to_every_value() -> None:
    variable = Variable(A)
    variable.assign_add(1)
    variable.assign_sub([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(variable.numpy(), A + 1 - np.array([1, 2, 3], "float32"))


def test_it_owns_its_value() -> None:
    array = A.copy()
    variable = Variable(array)
    array[0, 0] = 99.0
    assert variable.numpy()[0, 0] == 1.0
    other = Variable(variable)
    variable.assign_add(np.ones_like(A))
    np.testing.assert_array_equal(other.numpy(), A)
    given = native(A)
    third = Variable(given)
    third.assign(B)
    np.testing.assert_array_equal(numbers(given), A)
    assigned = B.copy()
    third.assign(assigned)
    assigned[0, 0] = 99.0
    np.testing.assert_array_equal(third.numpy(), B)


def test_numpy_is_a_copy() -> None:
    variable = Variable(A)
    array = variable.numpy()
    array[0, 0] = 99.0
    assert variable.numpy()[0, 0] == 1.0
    before = variable.numpy()
    variable.assign(B)
    np.testing.assert_array_equal(before, A)


def test_trainable_can_be_toggled() -> None:
    variable = Variable(A, trainable=False)
    assert variable.trainable is False
    variable.trainable = True
    assert variable.trainable is True
    np.testing.assert_array_equal(variable.numpy(), A)
    variable.trainable = False
    variable.assign(B)
    np.testing.assert_array_equal(variable.numpy(), B)
    assert Variable(np.array([1], "int32")).dtype == "int32"


def test_regularizer_and_constraint() -> None:
    variable = Variable(A)
    assert variable.regularizer is None and variable.constraint is None
    variable.regularizer = lambda x: ops.sum(ops.square(x))
    variable.constraint = ops.abs
    assert float(numbers(variable.regularizer(variable))) == pytest.approx(float(np.sum(A**2)))
    for name in ("regularizer", "constraint"):
        with pytest.raises(ValueError, match=f"`{name}` must be a function or None, got 3"):
            setattr(variable, name, 3)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))], ids=["deepcopy", "pickle"]
)
def test_copies_are_equal_and_independent(copied: Callable[[Variable], Variable]) -> None:
    with name_scope("outer"):
        variable = Variable(A, trainable=False, name="v", dtype="int32", autocast=False)
    other = copied(variable)
    assert (other.name, other.path, other.dtype, other.trainable, other.autocast) == (
        "v",
        "outer/v",
        "int32",
        False,
        False,
    )
    np.testing.assert_array_equal(other.numpy(), variable.numpy())
    variable.assign(B)
    np.testing.assert_array_equal(other.numpy(), A.astype("int32"))


def test_an_initializer_is_called_with_shape_and_dtype() -> None:
    seen: list[Any] = []

    def initialize(shape: tuple[int, ...], dtype: str) -> Any:
        seen.append((shape, dtype))
        return ops.ones(shape, dtype=dtype)

    variable = Variable(initialize, shape=(2, 1), dtype="int32")
    assert seen == [((2, 1), "int32")] and variable.numpy().tolist() == [[1.0], [1.0]]
    with pytest.raises(ValueError, match="`shape` must be given when `initializer` is a function"):
        Variable(initialize)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"name": "a/b"}, "`name` must be a string without '/', got 'a/b'"),
        ({"name": 3}, "`name` must be a string without '/', got 3"),
        ({"shape": (4,)}, r"`initializer` has shape \(2, 3\), but `shape` is \(4,\)"),
        ({"dtype": "float7"}, "`dtype` must be one of .*, got 'float7'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Variable(A, **arguments)


def test_names_are_unique_across_threads() -> None:
    names: list[str] = []

    def make() -> None:
        names.extend(Variable(0.0).name for _ in range(50))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == len(names) == 400


def test_a_symbolic_tensor_takes_it_as_operand() -> None:
    x = KerasTensor((None, 3))
    for result in (x + Variable(A[0]), Variable(A[0]) * x, x @ Variable(B.T.copy())):
        assert isinstance(result, KerasTensor) and result.shape[0] is None


def test_the_backend_under_test_is_the_one_chosen() -> None:
    assert type(Variable(A).value) in backend.traits.tensor_types or backend.is_tensor(Variable(A).value)
