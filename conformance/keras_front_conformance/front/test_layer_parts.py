"""What belongs to a layer: variables, layers and metrics in its attributes, and their numbers."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Layer, Variable, layers

from .samples import Block, Holder, X, numbers


def test_parts_are_found_wherever_they_are_set() -> None:
    holder: Any = Holder()
    holder.own = Variable(1.0, name="own")
    holder.one = layers.Dense(1)
    holder.list = [layers.Dense(1), (layers.Dense(1), [layers.Dense(1)])]
    holder.dict = {"a": layers.Dense(1), "b": [layers.Dense(1), {"c": layers.Dense(1)}]}
    holder.plain, holder.text, holder.nothing = 3, "text", None
    children = holder._flatten_layers(include_self=False)
    assert len(children) == 7
    for child in children:
        child.build((None, 2))
    assert len(holder.weights) == 15 and holder.weights[0] is holder.own
    assert len(holder.trainable_variables) == 15

    late = layers.Dense(1)
    late.build((None, 2))
    holder.list.append(late)
    assert len(holder.weights) == 17
    holder.dict["b"][1]["d"] = late
    assert len(holder.weights) == 17
    holder.list.pop()
    assert len(holder.weights) == 17
    del holder.dict["b"][1]["d"]
    assert len(holder.weights) == 15
    holder.one = None
    assert len(holder.weights) == 13
    del holder.list
    assert len(holder.weights) == 7
    holder.dict.update(x=late, y=late)
    assert len(holder.weights) == 9
    holder.dict.clear()
    assert holder.weights == [holder.own]


def test_a_layer_set_twice_counts_once() -> None:
    holder: Any = Holder()
    holder.a = holder.b = shared = layers.Dense(1)
    holder.c = [shared]
    shared.build((None, 2))
    assert len(holder.weights) == 2 and len(holder._flatten_layers()) == 2


def test_order_of_weights() -> None:
    class Mixed(Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.BatchNormalization(name="bn")

        def build(self, input_shape: Any) -> None:
            self.state = self.add_weight(shape=(), trainable=False, name="state")
            self.weight = self.add_weight(shape=(), name="weight")

        def call(self, inputs: Any) -> Any:
            return self.inner(inputs) * self.weight

    layer = Mixed()
    layer(X)
    assert [v.name for v in layer.weights] == [
        "weight",
        "state",
        "gamma",
        "beta",
        "moving_mean",
        "moving_variance",
    ]
    assert [v.name for v in layer.trainable_weights] == ["weight", "gamma", "beta"]
    assert [v.name for v in layer.non_trainable_weights] == ["state", "moving_mean", "moving_variance"]


def test_weights_can_be_set() -> None:
    layer = layers.Dense(2, name="d")
    layer(X)
    new = [np.ones((3, 2)), np.zeros(2)]
    layer.set_weights(new)
    for own, array in zip(layer.get_weights(), new, strict=True):
        np.testing.assert_array_equal(own, array)
    with pytest.raises(ValueError, match="layer 'd' has 2 weights, but `weights` holds 1 arrays"):
        layer.set_weights(new[:1])
    with pytest.raises(
        ValueError, match=r"weight 'd/bias' has shape \(2,\), but the array given .* shape \(3,\)"
    ):
        layer.set_weights([np.full((3, 2), 7.0), np.zeros(3)])
    np.testing.assert_array_equal(layer.get_weights()[0], new[0])


def test_freezing() -> None:
    block: Any = Block()
    block(X)
    assert len(block.trainable_variables) == 3
    block.trainable = False
    assert (
        block.trainable_variables == []
        and not block.dense.trainable
        and len(block.non_trainable_weights) == 3
    )
    block.trainable = True
    block.dense.trainable = False
    assert [v.name for v in block.trainable_variables] == ["kernel"]
    assert len(block.non_trainable_variables) == 3
    block.rest[0].kernel.trainable = False
    assert block.trainable_variables == []


def test_metrics_are_no_weights() -> None:
    holder: Any = Holder()
    holder.mean = keras_front.metrics.Mean(name="m")
    assert holder.metrics == [holder.mean] and holder.weights == [] and holder.metrics_variables


def test_add_weight_defaults() -> None:
    holder: Any = Holder(name="h")
    assert holder.add_weight().shape == ()
    assert holder.add_weight(3).shape == (3,)
    assert holder.add_weight((2,), dtype="int32").numpy().tolist() == [0, 0]
    named = holder.add_weight(
        (2, 2), "ones", name="w", trainable=False, regularizer="l2", constraint="non_neg"
    )
    assert (named.path, named.trainable, named.numpy().sum()) == ("h/w", False, 4.0)
    assert float(numbers(named.regularizer(named))) == pytest.approx(0.04) and named.constraint is not None
    assert len(holder.weights) == 4


def test_the_spelling_of_2019() -> None:
    holder: Any = Holder()
    with pytest.warns(DeprecationWarning, match="add_variable.*old spelling of Layer.add_weight"):
        weight = holder.add_variable("w", shape=(2,), initializer="ones")
    assert holder.weights == [weight] and weight.name == "w"


def test_layers_in_threads_of_their_own() -> None:
    layer = Block(rate=0.0)
    expected = numbers(layer(X)), numbers(layer(X, training=True))
    wrong: list[Any] = []

    def work(training: bool) -> None:
        for _ in range(20):
            result = numbers(layer(X, training=training))
            if not np.allclose(result, expected[training], atol=1e-6):
                wrong.append(result)

    threads = [threading.Thread(target=work, args=(i % 2 == 1,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
