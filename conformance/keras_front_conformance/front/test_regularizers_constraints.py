"""Regularizers and constraints: Keras's values, names and configurations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import constraints, ops, regularizers
from keras_front.core.registry import register_keras_serializable

from .op_cases import arrays
from .oracle import answers
from .oracle_worker import _signature

ARRAYS = {name: arrays()[name] for name in ("f", "t")}
CALLS = [
    "keras.regularizers.L1(0.3)(f)",
    "keras.regularizers.L2(0.3)(t)",
    "keras.regularizers.L1L2(0.1, 0.2)(f)",
    "keras.regularizers.L1L2()(f)",
    "keras.regularizers.OrthogonalRegularizer(0.3)(f)",
    "keras.constraints.MaxNorm(0.5)(f)",
    "keras.constraints.MaxNorm(0.5, axis=[0, 1])(t)",
    "keras.constraints.NonNeg()(f)",
    "keras.constraints.UnitNorm(axis=1)(f)",
    "keras.constraints.MinMaxNorm(0.4, 0.6, rate=0.7, axis=1)(f)",
]
MODULES = {
    "regularizers": (regularizers, ["L1", "L2", "L1L2", "OrthogonalRegularizer"]),
    "constraints": (constraints, ["MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"]),
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """Keras's answers."""
    return answers(CALLS, ARRAYS)


@pytest.mark.parametrize("call", CALLS)
def test_values(call: str, expected: dict[str, Any]) -> None:
    names = {name: ops.convert_to_tensor(array) for name, array in ARRAYS.items()}
    got = ops.convert_to_numpy(eval(call, {"keras": keras_front, **names}))
    assert got.dtype == np.float32
    assert got.shape == np.shape(expected[call])
    np.testing.assert_allclose(got, expected[call], rtol=1e-5, atol=1e-6)


def _rounded(config: dict[str, Any]) -> dict[str, Any]:
    """Factors as float32, as which Keras keeps them."""
    return {key: float(np.float32(v)) if isinstance(v, float) else v for key, v in config.items()}


@pytest.mark.parametrize("kind", MODULES)
def test_names_and_configurations_are_keras_s(kind: str) -> None:
    module, classes = MODULES[kind]
    for name in classes:
        calls = [f"keras.{kind}.serialize(keras.{kind}.{name}())", f"signature(keras.{kind}.{name})"]
        config, signature = answers(calls).values()
        made = getattr(module, name)()
        ours = module.serialize(made)
        assert _rounded(ours.pop("config")) == _rounded(config["config"])
        assert ours == {key: value for key, value in config.items() if key != "config"}
        assert _signature(type(made)) == signature
        assert _rounded(module.deserialize(config).get_config()) == _rounded(made.get_config())
    for name in answers([f"sorted(keras.src.{kind}.ALL_OBJECTS_DICT)"]).popitem()[1]:
        assert callable(module.get(name))
    public = answers([f"sorted(n for n in dir(keras.{kind}) if n[0] != '_')"]).popitem()[1]
    assert set(public) == set(module.__all__)


@pytest.mark.parametrize("kind", MODULES)
def test_get_and_classes_of_ones_own(kind: str) -> None:
    module, classes = MODULES[kind]
    base = regularizers.Regularizer if kind == "regularizers" else constraints.Constraint
    assert module.get(None) is None

    class Own(base):  # type: ignore[misc, valid-type]
        def __init__(self, value: float = 1.0) -> None:
            self.value = value

        def get_config(self) -> dict[str, Any]:
            return {"value": self.value}

    register_keras_serializable(package=f"front_{kind}")(Own)
    config = module.serialize(Own(2.0))
    assert config["registered_name"] == f"front_{kind}>Own" and config["class_name"] == "Own"
    assert module.deserialize(config).value == 2.0
    wrong = classes[0] + "x"
    with pytest.raises(ValueError, match=f"unknown {kind[:-1]} '{wrong}': did you mean"):
        module.get(wrong)
    with pytest.raises(ValueError, match="could not interpret"):
        module.get(3)
    with pytest.raises(ValueError, match="it has no `class_name`"):
        module.deserialize({"name": "L1"})


def test_orthogonal_columns() -> None:
    # Keras on NumPy divides columns by the norms of rows, so the formula itself is the oracle.
    units = ARRAYS["f"] / np.linalg.norm(ARRAYS["f"], axis=0)
    products = abs(units.T @ units)
    want = 0.3 * (products.sum() - np.trace(products)) / (4 * 3)
    got = regularizers.OrthogonalRegularizer(0.3, mode="columns")(ops.convert_to_tensor(ARRAYS["f"]))
    np.testing.assert_allclose(ops.convert_to_numpy(got), want, rtol=1e-5)


def test_bad_arguments() -> None:
    for value in (-1.0, float("inf"), float("nan"), "a"):
        with pytest.raises(ValueError, match="`l1` must be a number, not negative and finite"):
            regularizers.L1(value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='`mode` must be "rows" or "columns", got \'x\''):
        regularizers.OrthogonalRegularizer(mode="x")
    with pytest.raises(ValueError, match=r"needs a matrix, got shape \(3,\)"):
        regularizers.OrthogonalRegularizer()(ops.ones((3,)))
