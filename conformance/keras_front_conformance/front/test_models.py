"""Sequential, functional and subclassed models: graphs, configurations, summaries, inputs, as Keras has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Input, Model, Sequential, layers, ops, tree

from .layer_checks import check_layer
from .model_cases import MODELS
from .oracle import keras

X = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]], "float32")


def numbers(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(x)


def near(a: Any, b: Any) -> None:
    if ops.is_tensor(a):
        b = [np.asarray(b)]
    for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True):
        np.testing.assert_allclose(np.asarray(numbers(x)), np.asarray(y), rtol=1e-4, atol=1e-5)


def data(shapes: Any) -> Any:
    """Random inputs of a tree of shapes without batch axes."""
    if isinstance(shapes, dict):
        return {key: data(shape) for key, shape in shapes.items()}
    if isinstance(shapes, list):
        return [data(shape) for shape in shapes]
    return np.random.default_rng(len(shapes)).normal(size=(2, *shapes)).astype("float32")


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any, Any]]:
    """Our model and Keras's from the same lines, with the same weights, and inputs for both."""
    keras.backend.clear_session()
    keras_front.backend.clear_session()
    make, shapes = MODELS[request.param]
    ours, theirs = make(keras_front), make(keras)
    rng = np.random.default_rng(1)
    ours.set_weights([rng.uniform(-1, 1, v.shape) + ("variance" in v.name) for v in ours.weights])
    theirs.set_weights(ours.get_weights())
    yield ours, theirs, data(shapes)


every_model = pytest.mark.parametrize("pair", list(MODELS), indirect=True)


def as_json(config: Any) -> Any:
    """The configuration by way of JSON, without what Keras writes for models inside models and nobody reads."""
    config = json.loads(json.dumps(config))
    for layer in config["layers"]:
        if layer["class_name"] in ("Functional", "Sequential"):
            layer.pop("compile_config", None)
            layer.pop("build_config", None)
            for node in layer["inbound_nodes"]:
                node["kwargs"].pop("mask", None)
    return config


# ---------------------------------------------------------------- against Keras


@every_model
def test_structure(pair: tuple[Any, Any, Any]) -> None:
    ours, theirs, _ = pair
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    assert (ours.name, ours.input_shape, ours.output_shape) == (
        theirs.name,
        theirs.input_shape,
        theirs.output_shape,
    )
    assert [(t.shape, t.dtype) for t in ours.outputs] == [(t.shape, t.dtype) for t in theirs.outputs]
    assert ours.count_params() == theirs.count_params()
    if hasattr(theirs, "output_names"):
        assert ours.output_names == theirs.output_names


@every_model
def test_outputs(pair: tuple[Any, Any, Any]) -> None:
    ours, theirs, x = pair
    expected = theirs(x)
    result = ours(x)
    assert type(result) is type(expected) or ops.is_tensor(result)
    near(result, expected)
    assert (set(result) == set(expected)) if isinstance(result, dict) else True
    near(ours(x, training=False), expected)


@every_model
def test_configuration(pair: tuple[Any, Any, Any]) -> None:
    ours, theirs, x = pair
    wanted = as_json(theirs.get_config())
    assert as_json(ours.get_config()) == wanted
    expected = theirs(x)
    for again in (type(ours).from_config(json.loads(json.dumps(c.get_config()))) for c in (ours, theirs)):
        assert as_json(again.get_config()) == wanted
        again.set_weights(ours.get_weights())
        near(again(x), expected)
    back = type(theirs).from_config(json.loads(json.dumps(ours.get_config())))
    back.set_weights(ours.get_weights())
    near(back(x), expected)


@every_model
@pytest.mark.parametrize(
    "options",
    [{}, {"show_trainable": True, "line_length": 70}, {"expand_nested": True}],
    ids=["plain", "trainable", "nested"],
)
def test_summary(pair: tuple[Any, Any, Any], options: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    texts: list[str] = []
    for model in pair[:2]:
        lines: list[str] = []
        model.summary(print_fn=lambda line, lines=lines, **kwargs: lines.append(line), **options)
        texts.append("\n".join(lines).rstrip())
    assert texts[0] == texts[1]


#: Ops between layers, each a model of its own: their arguments in the configuration.
OPS = {
    "sum": lambda k, x: k.ops.sum(x, axis=(1, 2)),
    "mean": lambda k, x: k.ops.mean(x, axis=1, keepdims=True),
    "max": lambda k, x: k.ops.max(x, axis=-1),
    "transpose": lambda k, x: x @ k.ops.transpose(x, (0, 2, 1)),
    "expand_dims": lambda k, x: k.ops.squeeze(k.ops.expand_dims(x, 1), 1),
    "index": lambda k, x: x[:, 0] + x[..., 1:, None, :][:, 0, 0],
    "split": lambda k, x: k.ops.split(x, 2, axis=1)[1],
    "where": lambda k, x: k.ops.where(x > 0, x, 0.0),
    "stack": lambda k, x: k.ops.stack([x, x], axis=1),
    "softmax": lambda k, x: k.ops.softmax(x, axis=1),
    "cast": lambda k, x: k.ops.cast(k.ops.cast(x, "int32"), "float32"),
    "numbers": lambda k, x: abs(1 - 2 / (2**x) % 2),
    "leaky_relu": lambda k, x: k.ops.leaky_relu(x, negative_slope=0.1),
    "reshape": lambda k, x: k.ops.reshape(-x, (-1, 12)),
    "pad": lambda k, x: k.ops.pad(x, [[0, 0], [1, 1], [0, 0]]),
    "logsumexp": lambda k, x: k.ops.logsumexp(x, axis=-1),
    "take": lambda k, x: k.ops.take(x, 0, axis=1),
    "array": lambda k, x: x + np.ones((4, 3), "float32"),
}


@pytest.mark.parametrize("name", list(OPS))
def test_ops_in_configurations(name: str) -> None:
    keras.backend.clear_session()
    keras_front.backend.clear_session()
    models = []
    for k in (keras_front, keras):
        x = k.Input((4, 3), name="x")
        models.append(k.Model(x, OPS[name](k, x), name="model"))
    ours, theirs = models
    wanted = as_json(theirs.get_config())
    assert as_json(ours.get_config()) == wanted
    x = data((4, 3))
    expected = theirs(x)
    near(ours(x), expected)
    near(Model.from_config(wanted)(x), expected)
    near(keras.Model.from_config(as_json(ours.get_config()))(x), expected)


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
