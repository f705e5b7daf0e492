"""Names: made from class names, unique over all threads; scopes and the paths of variables."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from keras_front import Input, Layer, Sequential, Variable, backend, layers, name_scope, ops
from keras_front.core.naming import current_path, to_snake_case

from .oracle import keras

X = np.ones((2, 8, 8, 3), "float32")


@pytest.mark.parametrize(
    "name",
    ["Dense", "Conv2D", "MaxPooling2D", "GlobalAveragePooling2D", "BatchNormalization", "ReLU", "LeakyReLU", "ELU",
     "InputLayer", "MyHTTPLayer", "LSTMCell", "A", "_Private", "Two_Words", "X2Y"],
)  # fmt: skip
def test_snake_case_is_that_of_keras(name: str) -> None:
    theirs = type(name, (keras.layers.Layer,), {})
    keras.backend.clear_session()
    assert to_snake_case(name) == theirs().name


def test_names_are_counted_by_class() -> None:
    backend.clear_session()
    assert [layers.Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert [layers.Conv2D(1, 1).name for _ in range(2)] == ["conv2d", "conv2d_1"]
    assert layers.Dense(1, name="mine").name == "mine" and layers.Dense(1).name == "dense_3"
    backend.clear_session()
    assert layers.Dense(1).name == "dense"


def test_names_are_unique_across_threads() -> None:
    names: list[str] = []

    def make() -> None:
        names.extend(layers.Dense(1).name for _ in range(50))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == len(names) == 400


def test_scopes() -> None:
    with name_scope("a"):
        with name_scope("b"):
            assert current_path() == "a/b" and Variable(0.0, name="v").path == "a/b/v"
        with pytest.raises(RuntimeError), name_scope("c"):
            raise RuntimeError
        assert current_path() == "a"
    assert current_path() == "" and Variable(0.0, name="v").path == "v"


def test_scopes_belong_to_a_thread() -> None:
    seen: list[str] = []
    with name_scope("outer"):
        thread = threading.Thread(target=lambda: seen.append(current_path()))
        thread.start()
        thread.join()
    assert seen == [""]


def test_paths_do_not_depend_on_the_way_of_building() -> None:
    def make() -> Sequential:
        return Sequential(
            [layers.Conv2D(2, 3, name="conv"), layers.Flatten(), layers.Dense(2, name="head")], name="net"
        )

    called, shaped, declared = make(), make(), Sequential([Input((8, 8, 3)), *make().layers], name="net")
    called(X)
    shaped.build((None, 8, 8, 3))
    wanted = ["net/conv/kernel", "net/conv/bias", "net/head/kernel", "net/head/bias"]
    for model in (called, shaped, declared):
        assert [v.path for v in model.weights] == wanted
        assert [layer.path for layer in model.layers if layer.weights] == ["net/conv", "net/head"]


class Pair(Layer):
    """A layer that builds one part itself and leaves the other to the first call."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(3, name="first"), layers.Dense(3, name="second")

    def build(self, input_shape: Any) -> None:
        self.own = self.add_weight(shape=(), name="own")
        self.first.build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs)) * self.own


@pytest.mark.parametrize("symbolic", [False, True], ids=["data", "symbolic"])
def test_paths_of_parts(symbolic: bool) -> None:
    pair = Pair(name="pair")
    pair(Input((4,)) if symbolic else np.ones((2, 4), "float32"))
    assert [v.path for v in pair.weights] == [
        "pair/own", "pair/first/kernel", "pair/first/bias", "pair/second/kernel", "pair/second/bias",
    ]  # fmt: skip


def test_ops_have_names_of_their_own() -> None:
    backend.clear_session()
    x = Input((3,))
    names = [
        t.history[0].operation.name
        for t in (x + 1.0, x + 2.0, ops.relu(x), -x, x @ np.ones((3, 1), "float32"))
    ]
    assert names == ["add", "add_1", "relu", "negative", "matmul"]
