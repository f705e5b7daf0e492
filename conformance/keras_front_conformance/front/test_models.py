"""Sequential, functional and subclassed models: graphs, configurations, summaries, inputs, as Keras has them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Input, Model, Sequential, layers, ops, tree

from .layer_checks import check_layer
from .model_cases import MODELS
from .oracle import keras
from .samples import X, near, numbers

# ---------------------------------------------------------------- Sequential


def test_add_and_pop() -> None:
    model = Sequential(name="s")
    assert model.layers == [] and not model.built
    model.add(Input((3,)))
    model.add(layers.Dense(4, name="a"))
    assert model.built and model.output_shape == (None, 4)
    model.add(layers.Dense(2, name="b"))
    assert model(X).shape == (2, 2) and len(model.weights) == 4
    kept = model.layers[0].get_weights()
    assert model.pop().name == "b"
    assert model.output_shape == (None, 4) and model(X).shape == (2, 4) and len(model.weights) == 2
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], kept[0])
    model.pop()
    with pytest.raises(ValueError, match="model 's' has no layer to remove"):
        model.pop()


def test_deferred_build() -> None:
    model = Sequential([layers.Dense(4, name="a"), layers.Dense(2, name="b")], name="s")
    assert not model.built and model.weights == []
    with pytest.raises(AttributeError, match="model 's' has no `output_shape` before it is built"):
        _ = model.output_shape
    with pytest.raises(ValueError, match="layer 's' has no weights yet"):
        model.count_params()
    assert model(X).shape == (2, 2)
    assert model.built and [v.path for v in model.weights] == [
        "s/a/kernel",
        "s/a/bias",
        "s/b/kernel",
        "s/b/bias",
    ]
    assert model.input_shape == (None, 3) and model(np.ones((5, 3), "float32")).shape == (5, 2)
    model.add(layers.Dense(1, name="c"))
    assert model(X).shape == (2, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([Input((3,)), layers.Dense(2)]),
        lambda: Sequential([layers.InputLayer(shape=(3,)), layers.Dense(2)]),
        lambda: Sequential([layers.Dense(2, input_shape=(3,))]),
        lambda: Sequential([layers.Dense(2, batch_input_shape=(None, 3))]),
        lambda: built(Sequential([layers.Dense(2)]), (None, 3)),
        lambda: built(Sequential([layers.Dense(2)]), (7, 3)),
        lambda: Sequential([Sequential([Input((3,)), layers.Dense(4)]), layers.Dense(2)]),
    ],
)
def test_ways_to_declare_the_input(make: Any) -> None:
    model = make()
    assert model.built and model.output_shape[1:] == (2,) and model.weights
    assert model(np.ones((7, 3), "float32")).shape == (7, 2)
    again = Sequential.from_config(json.loads(json.dumps(model.get_config())))
    assert again.built and again.output_shape == model.output_shape


def built(model: Any, shape: Any) -> Any:
    model.build(shape)
    return model


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (
            lambda: Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="a")]),
            ValueError,
            "already has one called 'a'",
        ),
        (lambda: Sequential([3]), TypeError, "a Sequential model takes layers, got 3 of type int"),
        (lambda: Sequential([layers.Dense(2), Input((3,))]), ValueError, "comes too late"),
        (lambda: Sequential(name="s")(X), ValueError, "model 's' has no layers: `add` some"),
        (lambda: Sequential(name="s").build((None, 3)), ValueError, "model 's' has no layers: `add` some"),
    ],
    ids=["name", "no layer", "late input", "empty call", "empty build"],
)
def test_wrong_uses_of_sequential(use: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        use()


def test_unbuilt_and_subclassed_summaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    keras.backend.clear_session()
    keras_front.backend.clear_session()
    texts: list[str] = []
    for k in (keras_front, keras):

        class Own(k.Model):  # type: ignore[name-defined]
            def __init__(self, k: Any = k) -> None:
                super().__init__(name="own")
                self.first = k.layers.Dense(3, name="first")
                self.rest = [k.layers.Dense(2, name="second"), k.layers.Dropout(0.5, name="drop")]

            def call(self, x: Any) -> Any:
                x = self.first(x)
                for layer in self.rest:
                    x = layer(x)
                return x

        lines: list[str] = []

        def keep(line: str, lines: list[str] = lines, **kwargs: Any) -> None:
            lines.append(line.rstrip())

        k.Sequential([k.layers.Dense(3, name="d"), k.layers.Flatten(name="f")], name="deferred").summary(
            print_fn=keep
        )
        model = Own()
        model.summary(print_fn=keep)
        model(X)
        model.summary(print_fn=keep)
        assert [v.path for v in model.weights] == [
            f"own/{x}/{y}" for x in ("first", "second") for y in ("kernel", "bias")
        ]
        texts.append("\n".join(lines))
    assert texts[0] == texts[1]


def test_summary_options(capsys: pytest.CaptureFixture[str]) -> None:
    model = MODELS["chain"][0](keras_front)
    model.summary(layer_range=["pool", "drop"])
    shown = capsys.readouterr().out
    assert "pool (MaxPooling2D)" in shown and "drop (Dropout)" in shown and "conv (Conv2D)" not in shown
    with pytest.raises(ValueError, match="`layer_range`: no layer is called 'nothing'"):
        model.summary(layer_range=["nothing", "drop"])
    with pytest.raises(ValueError, match="leave columns of"):
        model.summary(line_length=10)


# ---------------------------------------------------------------- functional


def test_models_of_the_middle_of_a_model() -> None:
    x = Input((3,), name="x")
    h = layers.Dense(4, name="one")(x)
    y = layers.Dense(2, name="two")(h)
    whole, head, tail = Model(x, y), Model(x, h), Model(h, y)
    assert [layer.name for layer in head.layers] == ["x", "one"]
    assert [layer.name for layer in tail.layers][1:] == ["two"] and len(tail.weights) == 2
    near(tail(head(X)), numbers(whole(X)))
    again = Model.from_config(tail.get_config())
    again.set_weights(tail.get_weights())
    near(again(head(X)), numbers(whole(X)))
    features = Model(whole.input, [layer.output for layer in whole.layers[1:]])
    near(features(X), [numbers(head(X)), numbers(whole(X))])
    near(Model(x, x)(X), X)


def test_disconnected_graphs() -> None:
    a, b = Input((3,), name="a"), Input((3,), name="b")
    y = layers.Dense(2)(a) + layers.Dense(2)(b)
    with pytest.raises(ValueError, match=r"the graph is disconnected: 'b' with shape .* is needed"):
        Model(a, y)
    assert [layer.name for layer in Model([a, b], layers.Dense(2, name="d")(a)).layers] == ["a", "b", "d"]
    with pytest.raises(ValueError, match=r"need different names, but two are called 'd'"):
        Model(a, layers.Dense(2, name="d")(layers.Dense(2, name="d")(a)))
    for inputs, outputs in ((X, y), (a, X), ([], y)):
        with pytest.raises(ValueError, match=r"`(inputs|outputs)` must"):
            Model(inputs=inputs, outputs=outputs)


def two_inputs() -> Any:
    a, b = Input((3,), name="a"), Input((1,), name="b")
    return Model([a, b], layers.Dense(2, kernel_initializer="ones")(a) + b, name="m")


B = np.array([[1.0], [2.0]], "float32")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([X], "model 'm' has 2 input(s), but it received 1. Pass one tensor for each of: a, b"),
        ([X, B, B], "model 'm' has 2 input(s), but it received 3. Pass one tensor for each of: a, b"),
        ({"a": X}, "model 'm' needs the input 'b', but the dict it received has ['a']"),
        (
            [X[:, :2], B],
            "model 'm' expects input 0 ('a') to have shape (None, 3), but it received shape (2, 2)",
        ),
        ([X[0, 0], B], "model 'm' expects input 0 ('a') to have shape (None, 3), but it received shape ()"),
        (
            [X[None], B],
            "model 'm' expects input 0 ('a') to have shape (None, 3), but it received shape (1, 2, 3)",
        ),
    ],
    ids=["too few", "too many", "name", "size", "scalar", "rank"],
)
@pytest.mark.parametrize("symbolic", [False, True], ids=["data", "symbolic"])
def test_wrong_inputs(inputs: Any, message: str, symbolic: bool) -> None:
    if symbolic:
        inputs = tree.map_structure(lambda x: Input(batch_shape=x.shape), inputs)
    with pytest.raises(ValueError) as error:
        two_inputs()(inputs)
    assert str(error.value) == message


def test_inputs_are_put_right() -> None:
    model = two_inputs()
    expected = numbers(model([X, B]))
    near(model([X, B[:, 0]]), expected)
    near(model({"a": X, "b": B}), expected)
    near(model({"b": B, "a": X, "unused": X}), expected)
    near(model((X.astype("float64"), B.astype("int32"))), expected)
    near(model([keras_front.Variable(X), B]), expected)
    single = Model(x := Input((3,), dtype="int32"), ops.cast(x, "float32") * 0.5)
    near(single(np.array([[1.0, 2.0, 3.0]])), [[0.5, 1.0, 1.5]])
    near(single(np.array([[[1], [2], [3]]])), [[0.5, 1.0, 1.5]])


def test_training_in_functional_models() -> None:
    """A flag given where the graph was built counts; one that is the layer's default gives way to the call's."""
    x = Input((3,))
    for recorded in ({}, {"training": False}):
        model = Model(x, layers.Dropout(0.5, seed=0)(x, **recorded))
        for each in (model, Model.from_config(model.get_config())):
            near(each(X), X)
            assert not np.array_equal(numbers(each(X, training=True)), X)
    always = Model(x, layers.Dropout(0.5, seed=0)(x, training=True))
    assert not np.array_equal(numbers(always(X)), X)
    frozen = Model(x, layers.BatchNormalization()(x, training=False))
    before = [v.numpy() for v in frozen.non_trainable_variables]
    frozen(X, training=True)
    for variable, value in zip(frozen.non_trainable_variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_layers_added_later_and_frozen_ones() -> None:
    model = MODELS["nested"][0](keras_front)
    assert len(model.trainable_weights) == 6
    model.get_layer("inner").trainable = False
    assert len(model.trainable_weights) == 4
    assert model.get_layer(index=1).name == "outer_dense"
    for arguments, message in (
        (
            {"name": "nothing"},
            "no layer is called 'nothing'; the layers are x, outer_dense, inner, inner_chain",
        ),
        ({"index": 9}, "`index` must be below 4, the number of layers, got 9"),
        ({}, "give either `name` or `index`"),
    ):
        with pytest.raises(ValueError, match=message):
            model.get_layer(**arguments)


def test_models_as_layers() -> None:
    check_layer(
        lambda **kwargs: MODELS["straight"][0](keras_front),
        {},
        X,
        output_shape=(2, 2),
        trainable=4,
        mixed=None,
    )


def test_compute_output_shape() -> None:
    x = Input((None, 3))
    model: Any = Model(x, [layers.Dense(2)(x), ops.sum(x, axis=1)])
    assert model.output_shape == [(None, None, 2), (None, 3)]
    assert model.compute_output_shape((5, 7, 3)) == [(5, 7, 2), (5, 3)]
    assert Sequential([layers.Dense(4), layers.Dense(2)]).compute_output_shape((None, 3)) == (None, 2)


def test_long_chains_need_no_recursion() -> None:
    x = y = Input((2,))
    for _ in range(1500):
        y = y + 1.0
    near(Model(x, y)(np.zeros((1, 2), "float32")), [[1500.0, 1500.0]])


# ---------------------------------------------------------------- subclasses


class Block(Model):
    def __init__(self, width: int, count: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.denses = [layers.Dense(width, activation="tanh") for _ in range(count)]
        self.drop = layers.Dropout(0.5, seed=1)

    def call(self, inputs: Any, training: bool = False) -> Any:
        x = inputs
        for dense in self.denses:
            x = dense(x)
        return self.drop(x, training=training)


class Net(Model):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = Block(4)
        self.head = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.head(self.block(inputs))


def test_subclasses() -> None:
    model = Net()
    assert not model.built and [layer.name for layer in model.layers] == [model.block.name, model.head.name]
    y = numbers(model(X))
    assert model.built and y.shape == (2, 2) and len(model.weights) == 6
    assert not np.allclose(numbers(model(X, training=True)), y)
    near(model(X, training=False), y)
    check_layer(Net, {}, X, output_shape=(2, 2), trainable=6, seeds=1, custom_objects={"Block": Block})


def test_subclasses_build_from_a_shape() -> None:
    model = Net()
    model.build((None, 3))
    assert model.built and len(model.weights) == 6 and model.block.denses[0].kernel.shape == (3, 4)
    assert (
        model.block.drop.seed_generator.state.numpy().tolist()
        == Block(4).drop.seed_generator.state.numpy().tolist()
    )


def test_subclasses_take_no_positional_arguments() -> None:
    class Plain(Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    with pytest.raises(TypeError, match="Plain takes no positional arguments"):
        Plain(3)


class WithMethods(Model):
    """A functional graph with methods of its own."""

    def twice(self, x: Any) -> Any:
        return self(x) * 2


class MakesItsGraph(Model):
    def __init__(self, units: int, **kwargs: Any) -> None:
        x = Input((3,))
        super().__init__(inputs=x, outputs=layers.Dense(units, name="dense")(x), **kwargs)
        self.units = units


def test_functional_subclasses() -> None:
    x = Input((3,))
    model = WithMethods(x, layers.Dense(2)(x))
    near(model.twice(X), numbers(model(X)) * 2)
    assert isinstance(model, WithMethods) and [type(layer).__name__ for layer in model.layers] == [
        "InputLayer",
        "Dense",
    ]
    again = WithMethods.from_config(model.get_config())
    again.set_weights(model.get_weights())
    near(again.twice(X), numbers(model(X)) * 2)

    for _ in range(2):
        made: Any = MakesItsGraph(4, name="made")
        assert made.built and made.output_shape == (None, 4)
        assert made(X).shape == (2, 4) and len(made.weights) == 2
    again = MakesItsGraph.from_config(json.loads(json.dumps(made.get_config())))
    assert (again.name, again.units, again.output_shape) == ("made", 4, (None, 4))
