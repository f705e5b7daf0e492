"""The runtime group: to the host and back in every dtype, operators of tensors, variables' tensors, devices."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from keras_front.protocol import dtypes

from .arguments import edge_values
from .cells import Maker
from .host import numpy_dtype
from .values import check_values, is_native, tensor


def every_dtype(function: str) -> Maker:
    """One function in every dtype of the backend that is not complex."""
    kinds = set(dtypes.ALL) - set(dtypes.COMPLEX)
    return lambda backend, nightly: [
        (function, name) for name in dtypes.ALL if name in kinds & backend.traits.dtypes
    ]


def _samples(dtype: str) -> list[np.ndarray]:
    """0-d, empty, non-contiguous and reversed arrays, and the edge values."""
    grid = np.arange(24).reshape(2, 3, 4) % 2 if dtype == "bool" else np.arange(24).reshape(2, 3, 4)
    grid = grid.astype(numpy_dtype(dtype))
    edge = edge_values(dtype).astype(numpy_dtype(dtype))
    return [grid, np.asarray(grid[0, 0, 1]), grid[:0], grid.T, grid[:, ::2], grid[::-1], edge]


@pytest.mark.cells(of=every_dtype("from_host"))
@pytest.mark.covers("to_host", "dtype_of", "is_tensor")
def test_round_trip(backend: Any, function: str, dtype: str) -> None:
    for array in _samples(dtype):
        x = backend.from_host(array)
        is_native(backend, x, dtype)
        assert tuple(x.shape) == array.shape and all(type(size) is int for size in x.shape)
        back = backend.to_host(x)
        assert isinstance(back, np.ndarray) and back.dtype == array.dtype and back.shape == array.shape
        assert back.tobytes() == array.tobytes(), array


@pytest.mark.cells(of=every_dtype("from_host"))
def test_converts_to_the_dtype_given(backend: Any, function: str, dtype: str) -> None:
    for source in ("float32", "int32", "bool"):
        x = backend.from_host(np.array([0, 1, 1], dtype=source), dtype)
        is_native(backend, x, dtype)
        assert backend.to_host(x).astype("int32").tolist() == [0, 1, 1]


@pytest.mark.cells(of=every_dtype("from_host"))
@pytest.mark.covers("to_host")
def test_copies(backend: Any, function: str, dtype: str) -> None:
    one = np.array([0, 1, 1]).astype(numpy_dtype(dtype))
    x = backend.from_host(one)
    one[0] = 1
    back = backend.to_host(x)
    assert back.astype("int32").tolist() == [0, 1, 1], (
        "from_host must copy: the tensor changed with its array"
    )
    if back.flags.writeable:
        back[1] = 0
    assert backend.to_host(x).astype("int32").tolist() == [0, 1, 1], (
        "to_host must copy: the tensor changed with its array"
    )


@pytest.mark.cells(of=every_dtype("share_host"))
def test_shares_or_copies(backend: Any, function: str, dtype: str) -> None:
    for array in _samples(dtype):
        array.flags.writeable = False
        x = backend.share_host(array)
        is_native(backend, x, dtype)
        assert backend.to_host(x).tobytes() == array.tobytes(), array


@pytest.mark.covers("from_host")
def test_refuses_dtypes_it_does_not_list(backend: Any) -> None:
    for dtype in set(dtypes.ALL) - backend.traits.dtypes:
        with pytest.raises(TypeError):
            backend.from_host(np.zeros(2, dtype="float32"), dtype)


@pytest.mark.covers("is_tensor")
def test_what_is_no_tensor(backend: Any) -> None:
    for other in (None, 1, 1.0, True, "x", [1.0], (1.0,), {"x": 1.0}, object()):
        assert backend.is_tensor(other) is False, other
    assert backend.is_tensor(backend.full((2,), 1.0, dtype="float32")) is True


BINARY_OPERATORS = {
    operator.add: "add", operator.sub: "subtract", operator.mul: "multiply", operator.truediv: "divide",
    operator.floordiv: "floor_divide", operator.pow: "pow",
}  # fmt: skip
COMPARISONS = {
    operator.eq: "equal", operator.ne: "not_equal", operator.lt: "less", operator.le: "less_equal",
    operator.gt: "greater", operator.ge: "greater_equal",
}  # fmt: skip
BITS = {operator.and_: "bitwise_and", operator.or_: "bitwise_or", operator.xor: "bitwise_xor"}


def _agree(backend: Any, found: Any, right: Any) -> None:
    is_native(backend, found, backend.dtype_of(right))
    assert np.array_equal(backend.to_host(found), backend.to_host(right)), (found, right)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_operators(backend: Any, dtype: str) -> None:
    """Operators are the functions, between equal dtypes and with Python scalars, which take the tensor's dtype."""
    x = tensor(backend, np.array([1, 2, 7], dtype=dtype))
    y = tensor(backend, np.array([3, 2, 1], dtype=dtype))
    for symbol, name in {**BINARY_OPERATORS, **COMPARISONS}.items():
        if name == "divide" and dtype == "int32":
            continue  # The protocol divides floats only.
        function = getattr(backend, name)
        _agree(backend, symbol(x, y), function(x, y))
        _agree(backend, symbol(x, 2), function(x, 2))
        _agree(backend, symbol(2, x), function(2, x))
    _agree(backend, -x, backend.negative(x))
    _agree(backend, abs(-x), x)


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint32"])
def test_operators_on_bits(backend: Any, dtype: str) -> None:
    x = tensor(backend, np.array([0, 1, 1], dtype=dtype))
    y = tensor(backend, np.array([1, 0, 1], dtype=dtype))
    for symbol, name in BITS.items():
        _agree(backend, symbol(x, y), getattr(backend, name)(x, y))
    if dtype == "bool":
        _agree(backend, ~x, backend.logical_not(x))
    if dtype == "int32":
        _agree(backend, x << y, backend.bitwise_left_shift(x, y))
        _agree(backend, x >> y, backend.bitwise_right_shift(x, y))


def test_matrix_operator(backend: Any) -> None:
    x = tensor(backend, np.arange(6, dtype="float32").reshape(2, 3))
    y = tensor(backend, np.arange(12, dtype="float32").reshape(3, 4))
    _agree(backend, x @ y, backend.matmul(x, y))


def test_truth_of_a_0d_boolean(backend: Any) -> None:
    assert bool(backend.less(backend.full((), 1.0, dtype="float32"), 2.0)) is True


@pytest.mark.covers("parameter", "store", "pack", "synchronize")
def test_a_variables_tensor(backend: Any) -> None:
    """What a variable does: make its tensor, pack all of them, store a new value, compute with it."""
    arrays: list[Any] = [
        np.arange(6, dtype="float32").reshape(2, 3),
        np.float32(2.0).reshape(()),
        np.ones((0, 2), "float32"),
    ]
    held = [backend.parameter(tensor(backend, a), trainable=i != 1) for i, a in enumerate(arrays)]
    held = backend.pack(held)
    assert isinstance(held, list)
    for x, array in zip(held, arrays, strict=True):
        is_native(backend, x, "float32")
        assert np.array_equal(backend.to_host(x), array)
    held = [backend.store(x, backend.add(x, 1.0)) for x in held]
    backend.synchronize({"all": held, "none": None})
    for x, array in zip(held, arrays, strict=True):
        is_native(backend, x, "float32")
        assert np.array_equal(backend.to_host(x), array + 1)
    assert np.array_equal(backend.to_host(backend.multiply(held[0], held[1])), (arrays[0] + 1) * 3)


@pytest.mark.covers("parameter")
def test_a_parameter_of_integers(backend: Any) -> None:
    x = backend.parameter(tensor(backend, np.array([1, 2], dtype="int32")), trainable=False)
    assert backend.to_host(backend.store(x, backend.add(x, 1))).tolist() == [2, 3]


@pytest.mark.covers("store")
def test_a_stored_value_is_the_variables_own(backend: Any) -> None:
    """Values read before stay what they were if they were computed from the old tensor."""
    old = backend.parameter(tensor(backend, np.array([1.0, 2.0], dtype="float32")), trainable=True)
    doubled = backend.multiply(old, 2.0)
    source = tensor(backend, np.array([5.0, 6.0], dtype="float32"))
    backend.store(old, source)
    assert backend.to_host(doubled).tolist() == [2.0, 4.0]
    assert backend.to_host(source).tolist() == [5.0, 6.0]


@pytest.mark.covers("devices", "device_scope")
def test_devices(backend: Any) -> None:
    if "devices" not in backend.capabilities:
        with pytest.raises(NotImplementedError):
            backend.devices()
        return
    found = backend.devices()
    assert found and all(isinstance(name, str) for name in found)
    kinds = {name.partition(":")[0] for name in found}
    assert sorted(d for kind in kinds for d in backend.devices(kind)) == sorted(found)
    if "device_scope" in backend.capabilities:
        for name in found:
            with backend.device_scope(name):
                assert check_values(backend, "full", "float32") == 0.0
