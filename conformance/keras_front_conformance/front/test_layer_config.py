"""A layer as a configuration; its dtypes, input specs and shapes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Input, Layer, layers, ops, saving
from keras_front.saving import deserialize_keras_object, serialize_keras_object

from .samples import Counter, Holder, Linear, Scale, X, needs_16_bits


class WithConfig(Layer):
    def __init__(self, units: int, scale: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.scale = units, scale

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "scale": self.scale}


class Wrapper(Layer):
    """No ``get_config``: what the constructor was given is its configuration."""

    def __init__(self, layer: Layer, sizes: Any = (1, 2), activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer, self.sizes, self.activation = layer, sizes, activation

    def call(self, inputs: Any) -> Any:
        return self.layer(inputs)


@needs_16_bits
def test_configurations() -> None:
    layer = WithConfig(3, scale=1.5, name="w", trainable=False, dtype="mixed_float16")
    config = layer.get_config()
    assert {key: config[key] for key in ("name", "trainable", "units", "scale")} == {
        "name": "w", "trainable": False, "units": 3, "scale": 1.5,
    }  # fmt: skip
    again = WithConfig.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config and again.dtype_policy.name == "mixed_float16" and not again.trainable


def test_configurations_nobody_wrote() -> None:
    wrapper = Wrapper(layers.Dense(2, activation="relu", name="inner"), activation=ops.relu, name="outer")
    text = json.dumps(serialize_keras_object(wrapper))
    again = deserialize_keras_object(json.loads(text), custom_objects={"Wrapper": Wrapper, "relu": ops.relu})
    assert (again.name, again.layer.name, again.layer.units, again.sizes) == ("outer", "inner", 2, (1, 2))
    assert again.activation is ops.relu
    with pytest.raises(NotImplementedError, match=r"layer 'Wrapper' takes .* define `get_config\(self\)`"):
        Wrapper(layers.Dense(2), sizes=object()).get_config()


def test_from_config_tells_what_is_wrong() -> None:
    with pytest.raises(TypeError, match=r"WithConfig.from_config: .*'unts'"):
        WithConfig.from_config({"unts": 3})


def test_registered_layers_are_found_by_name() -> None:
    @saving.register_keras_serializable(package="mine")
    class Registered(Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

    config = serialize_keras_object(Registered(name="r"))
    assert config["registered_name"] == "mine>Registered"
    assert type(deserialize_keras_object(config)) is Registered


@needs_16_bits
def test_dtype_policy_of_layers() -> None:
    before = keras_front.config.dtype_policy()
    try:
        keras_front.config.set_dtype_policy("mixed_float16")
        layer = layers.Dense(2)
    finally:
        keras_front.config.set_dtype_policy(before)
    assert (layer.compute_dtype, layer.variable_dtype, layer.dtype) == ("float16", "float32", "float32")
    assert ops.dtype(layer(X)) == "float16" and layer.kernel.dtype == "float32"
    assert layers.Dense(2).compute_dtype == "float32"
    layer = layers.Dense(2)
    layer(X)
    layer.dtype_policy = "mixed_float16"
    assert ops.dtype(layer(X)) == "float16"
    with pytest.raises(
        ValueError, match="`dtype` must be a dtype or one of mixed_float16, mixed_bfloat16, got 'float33'"
    ):
        layers.Dense(2, dtype="float33")


@needs_16_bits
def test_mixed_precision_reads_weights_in_the_compute_dtype() -> None:
    seen: list[str] = []

    class Look(Linear):
        def call(self, inputs: Any) -> Any:
            seen.extend([self.kernel.dtype, ops.dtype(self.kernel.value), ops.dtype(self.kernel + 0)])
            return super().call(inputs)

    layer = Look(2, dtype="mixed_float16")
    layer(X)
    assert seen[-3:] == ["float16"] * 3 and layer.kernel.dtype == "float32"


def test_input_spec_of_a_users_layer() -> None:
    layer = Linear(2, name="mine")
    layer.input_spec = layers.InputSpec(ndim=2, axes={-1: 3})
    layer(X)
    with pytest.raises(
        ValueError, match=r"input 0 of layer 'mine' must have size 3 on axis -1, got shape \(2, 4\)"
    ):
        layer(np.zeros((2, 4), "float32"))
    two = Holder(name="two")
    two.input_spec = [layers.InputSpec(ndim=2), layers.InputSpec(ndim=1)]
    with pytest.raises(ValueError, match=r"layer 'two' expects 2 input\(s\), but it received 1"):
        two(X)
    with pytest.raises(
        ValueError, match=r"input 1 of layer 'two' must have 1 axis, got shape \(2, 3\) with 2"
    ):
        two([X, X])


def test_compute_output_shape_and_spec() -> None:
    assert Linear(4).compute_output_shape((None, 3)) == (None, 4)
    assert Scale().compute_output_shape({"a": (None, 3), "b": (None, 3), "c": (None, 3)}) == {
        "sum": (None, 3), "difference": (None, 3),
    }  # fmt: skip

    class Own(Layer):
        """A ``call`` that cannot run on shapes says its shape itself."""

        def call(self, inputs: Any) -> Any:
            return ops.convert_to_tensor(np.asarray(ops.convert_to_numpy(inputs)).sum(-1))

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape[:-1]

    assert Own()(Input((5, 3))).shape == (None, 5)


def test_a_run_on_shapes_leaves_no_trace() -> None:
    counter = Counter()
    counter(Input((3,)))
    assert counter.count.numpy() == 0
    dropout = layers.Dropout(0.5, seed=0)
    state = dropout.seed_generator.state.numpy()
    dropout(Input((3,)), training=True)
    np.testing.assert_array_equal(dropout.seed_generator.state.numpy(), state)
