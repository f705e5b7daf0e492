"""Layers as users write them, and numbers, for the tests of layers and models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_front import Layer, layers, ops, tree
from keras_front.core.dispatch import backend

needs_16_bits = pytest.mark.skipif(
    "float16" not in backend.traits.dtypes, reason="the backend has no float16 to compute in"
)
X = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]], "float32")


def numbers(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(x)


def near(a: Any, b: Any) -> None:
    if ops.is_tensor(a):
        b = [np.asarray(b)]
    for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True):
        np.testing.assert_allclose(np.asarray(numbers(x)), np.asarray(y), rtol=1e-4, atol=1e-5)


class Linear(Layer):
    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, inputs: Any) -> Any:
        return ops.relu(inputs @ self.kernel)


class Block(Layer):
    """Layers inside, in ``__init__``; a training flag."""

    def __init__(self, width: int = 4, rate: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(width)
        self.rest = [Linear(3), layers.Dropout(rate, seed=1)]

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = self.dense(inputs)
        for layer in self.rest:
            x = layer(x)
        return x + 1.0 if training else x


class Scale(Layer):
    """Three inputs in a dict, shapes by name, several outputs."""

    def build(self, inputs_shape: Any) -> None:
        self.factor = self.add_weight(shape=inputs_shape["a"][1:], initializer="ones", name="factor")

    def call(self, inputs: dict[str, Any]) -> Any:
        return {"sum": inputs["a"] * self.factor + inputs["b"], "difference": inputs["a"] - inputs["c"]}


class Attend(Layer):
    """Two positional tensors, each with its shape."""

    def build(self, query_shape: Any, value_shape: Any) -> None:  # type: ignore[override]
        self.mixing = self.add_weight(shape=(query_shape[-1], value_shape[-1]), name="mixing")

    def call(self, query: Any, value: Any) -> Any:
        return ops.matmul(ops.matmul(query, self.mixing), ops.transpose(value, (0, 2, 1)))


class Counter(Layer):
    """State of its own that is no weight to train."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = self.add_weight(
            shape=(), initializer="zeros", trainable=False, dtype="int32", name="count"
        )

    def call(self, inputs: Any) -> Any:
        self.count.assign_add(1)
        return inputs


class Holder(Layer):
    def call(self, inputs: Any) -> Any:
        return inputs
