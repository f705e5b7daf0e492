"""Activations: Keras's values, names and configurations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import activations, ops
from keras_front.core.registry import custom_object_scope, register_keras_serializable

from .op_cases import arrays, evaluate
from .oracle import answers
from .oracle_worker import _signature

W = arrays()["w"]
NAMES = [name for name in activations.__all__ if name not in ("get", "serialize", "deserialize")]
#: sparsemax is tested with the ops: Keras's own adds up the wrong sums.
CALLS = [
    *(f"keras.activations.{name}(w)" for name in NAMES if name not in ("threshold", "glu", "sparsemax")),
    "keras.activations.threshold(w, 0.5, 7.0)",
    "keras.activations.glu(w[:10])",
    "keras.activations.gelu(w, approximate=True)",
    "keras.activations.relu(w, negative_slope=0.2)",
    "keras.activations.relu(w, max_value=6)",
    "keras.activations.relu(w, max_value=2.5)",
    "keras.activations.relu(w, threshold=0.5)",
    "keras.activations.relu(w, negative_slope=0.2, max_value=2.0, threshold=0.7)",
    "keras.activations.softmax(w.reshape(1, 11))",
]


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """Keras's answers."""
    return answers(CALLS, {"w": W})


@pytest.mark.parametrize("call", CALLS)
def test_values(call: str, expected: dict[str, Any]) -> None:
    got = ops.convert_to_numpy(evaluate(call, {"keras": keras_front, "w": ops.convert_to_tensor(W)}))
    assert got.dtype == expected[call].dtype
    np.testing.assert_allclose(got, expected[call], rtol=2e-6, atol=2e-6)


def test_names_arguments_and_serialized_forms_are_keras_s() -> None:
    calls = [f"signature(keras.activations.{name})" for name in activations.__all__]
    for name, signature in zip(activations.__all__, answers(calls).values(), strict=True):
        assert _signature(getattr(activations, name)) == signature, name
    calls = [f"keras.activations.serialize(keras.activations.{name})" for name in NAMES]
    for name, config in zip(NAMES, answers(calls).values(), strict=True):
        function = getattr(activations, name)
        assert activations.serialize(function) == config
        assert activations.deserialize(config) is activations.get(name)
    assert sorted(
        answers(["sorted(n for n in dir(keras.activations) if n[0] != '_')"]).popitem()[1]
    ) == sorted(activations.__all__)


def test_get() -> None:
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get(np.tanh) is np.tanh
    with pytest.raises(ValueError, match="unknown activation 'rleu': did you mean 'relu'"):
        activations.get("rleu")
    with pytest.raises(ValueError, match="could not interpret activation 3"):
        activations.get(3)


def test_functions_of_ones_own() -> None:
    @register_keras_serializable(package="front_tests")
    def twice(x: Any) -> Any:
        return x * 2

    config = activations.serialize(twice)
    assert config == {
        "module": "builtins",
        "class_name": "function",
        "config": "front_tests>twice",
        "registered_name": "function",
    }
    assert activations.deserialize(config) is activations.get("front_tests>twice") is twice

    def plain(x: Any) -> Any:
        return x

    saved = activations.serialize(plain)
    with pytest.raises(ValueError, match="called 'plain'"):
        activations.deserialize(saved)
    assert activations.deserialize(saved, custom_objects={"plain": plain}) is plain
    with custom_object_scope({"plain": plain}):
        assert activations.get("plain") is plain
    with pytest.raises(ValueError, match="has no name to save it by"):
        activations.serialize(lambda x: x)


def test_names_in_files_reach_nothing_else() -> None:
    for name in ("os.system", "eval", "__import__", "get", "keras.ops.exp"):
        with pytest.raises(ValueError, match="unknown activation"):
            activations.deserialize(name)
        with pytest.raises(ValueError, match=f"called '{name}'"):
            activations.deserialize({"module": "os", "class_name": "function", "config": name})
