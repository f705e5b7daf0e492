"""The optimizer group: several steps against the stubs' formulas on the widest float."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .host import difference, numpy_dtype, wide
from .tolerances import MANTISSA, TOLERANCES
from .values import body, is_native, tensor

SHAPES = ((3, 2), (), (5,), (0, 2), (1, 1, 4))
STEPS = 4
RATE = 0.05

Lists = list[list[np.ndarray]]


def trainable(function: str) -> Any:
    """One function in the dtypes of gradients, and its body if the backend overrides it."""

    def cells(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        for dtype in sorted(backend.traits.gradient_dtypes):
            found.append((function, dtype, "own"))
            if function in backend.overrides and (nightly or dtype == "float32"):
                found.append((function, dtype, "body"))
        return found

    return cells


def _draw(dtype: str, steps: int) -> Lists:
    """For each step one array a parameter, exact in the dtype; some gradients are 0."""
    generator = np.random.default_rng(5)
    rows = [
        [generator.uniform(-1, 1, shape) * generator.integers(0, 4, shape) for shape in SHAPES]
        for _ in range(steps)
    ]
    return [[row.astype(numpy_dtype(dtype)) for row in step] for step in rows]


def _variables(backend: Any, arrays: list[np.ndarray], trainable: bool = True) -> list[Any]:
    """Tensors as a variable holds them and the backend packs them."""
    return backend.pack([backend.parameter(tensor(backend, array), trainable=trainable) for array in arrays])


def _compare(
    backend: Any,
    found: Any,
    exact: list[np.ndarray],
    dtype: str,
    scale: float,
    bound: float | None = None,
) -> float:
    assert len(found) == len(exact)
    worst = 0.0
    for x, right in zip(found, exact, strict=True):
        is_native(backend, x, dtype)
        # Every step rounds: the bound of one formula, once a step.
        allowed = bound or TOLERANCES[dtype].composed * STEPS
        worst = max(worst, difference(backend.to_host(x), right, dtype, allowed, scale))
    return worst


def _zeros(arrays: list[np.ndarray]) -> list[np.ndarray]:
    return [np.zeros_like(array) for array in arrays]


def _run(backend: Any, function: str, way: str) -> Any:
    return body(backend, function) if way == "body" else getattr(backend, function)


def _scalar(backend: Any, value: float, dtype: str) -> Any:
    return tensor(backend, np.array(value, dtype=dtype))


@pytest.mark.parametrize(("momentum", "nesterov"), [(None, False), (0.9, False), (0.9, True)])
@pytest.mark.cells(of=trainable("sgd_update"))
def test_sgd(
    backend: Any, function: str, dtype: str, way: str, momentum: float | None, nesterov: bool, measured: Any
) -> None:
    start, *gradients = _draw(dtype, STEPS + 1)
    parameters = _variables(backend, start)
    velocities = _variables(backend, _zeros(start), trainable=False) if momentum is not None else None
    exact, speed = [wide(p) for p in start], [wide(v) for v in _zeros(start)]
    rate = np.longdouble(np.float32(RATE))
    update, factor = _run(backend, function, way), momentum or 0.0
    for step in gradients:
        given = [tensor(backend, g) for g in step]
        parameters, velocities = update(
            parameters,
            given,
            velocities,
            _scalar(backend, RATE, "float32"),
            momentum=factor,
            nesterov=nesterov,
        )
        for i, g in enumerate(map(wide, step)):
            speed[i] = factor * speed[i] - rate * g
            exact[i] = exact[i] + (factor * speed[i] - rate * g if nesterov else speed[i])
    measured(_compare(backend, parameters, exact, dtype, 3.0))
    if momentum is None:
        assert velocities is None
    else:
        _compare(backend, velocities, speed, dtype, 1.0)


@pytest.mark.parametrize("amsgrad", [False, True], ids=["adam", "amsgrad"])
@pytest.mark.cells(of=trainable("adam_update"))
def test_adam(backend: Any, function: str, dtype: str, way: str, amsgrad: bool, measured: Any) -> None:
    start, *gradients = _draw(dtype, STEPS + 1)
    parameters = _variables(backend, start)
    means, squares = (_variables(backend, _zeros(start), trainable=False) for _ in range(2))
    highest = _variables(backend, _zeros(start), trainable=False) if amsgrad else None
    exact, m, v, h = ([wide(x) for x in arrays] for arrays in (start, *(_zeros(start) for _ in range(3))))
    rate, beta_1, beta_2 = np.longdouble(np.float32(RATE)), 0.8, 0.95
    # float16 has no epsilon of 1e-7 beside a root of 0.
    epsilon = 1e-3
    update = _run(backend, function, way)
    for number, step in enumerate(gradients, 1):
        given = [tensor(backend, g) for g in step]
        parameters, means, squares, highest = update(
            parameters, given, means, squares, highest,
            _scalar(backend, RATE, "float32"), _scalar(backend, number, "int32"),
            beta_1=beta_1, beta_2=beta_2, epsilon=epsilon,
        )  # fmt: skip
        move = rate * np.sqrt(1 - np.longdouble(beta_2) ** number) / (1 - np.longdouble(beta_1) ** number)
        for i, g in enumerate(map(wide, step)):
            m[i] = m[i] + (1 - beta_1) * (g - m[i])
            v[i] = v[i] + (1 - beta_2) * (g * g - v[i])
            h[i] = np.maximum(h[i], v[i]) if amsgrad else v[i]
            exact[i] = exact[i] - move * m[i] / (np.sqrt(h[i]) + epsilon)
    bound = None
    if dtype == "float64":
        # The powers of the betas are computed in float32, whatever the parameters are.
        bound = TOLERANCES["float32"].composed * 2.0 ** (MANTISSA["float64"] - MANTISSA["float32"])
    measured(_compare(backend, parameters, exact, dtype, 3.0, bound))
    _compare(backend, means, m, dtype, 1.0)
    _compare(backend, squares, v, dtype, 1.0)
    if amsgrad:
        _compare(backend, highest, h, dtype, 1.0)
    else:
        assert highest is None


@pytest.mark.covers("sgd_update")
def test_gradients_are_not_overwritten(backend: Any) -> None:
    """Parameters and slots are given away, gradients are not."""
    gradient = tensor(backend, np.array([1.0, 2.0], dtype="float32"))
    parameter = backend.parameter(tensor(backend, np.array([3.0, 4.0], dtype="float32")), trainable=True)
    backend.sgd_update([parameter], [gradient], None, _scalar(backend, 0.5, "float32"))
    assert backend.to_host(gradient).tolist() == [1.0, 2.0]


@pytest.mark.covers("sgd_update", "adam_update")
def test_no_parameters_at_all(backend: Any) -> None:
    rate, step = _scalar(backend, RATE, "float32"), _scalar(backend, 1, "int32")
    assert backend.sgd_update([], [], None, rate) == ([], None)
    assert backend.adam_update([], [], [], [], None, rate, step) == ([], [], [], None)
