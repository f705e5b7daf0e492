"""`Layer`: building, calling, tracking, masks, losses, training, configurations; layers that users write."""

from __future__ import annotations

import json
import threading
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Input, Layer, Model, Variable, layers, ops, saving
from keras_front.core.dispatch import backend
from keras_front.saving import deserialize_keras_object, serialize_keras_object

from .layer_checks import check_layer

needs_16_bits = pytest.mark.skipif(
    "float16" not in backend.traits.dtypes, reason="the backend has no float16 to compute in"
)
X = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]], "float32")


def numbers(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(x)


# ---------------------------------------------------------------- layers that users write


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


@pytest.mark.parametrize(
    ("make", "arguments", "inputs", "options"),
    [
        (Linear, {"units": 4}, X, {"output_shape": (2, 4), "trainable": 1, "non_trainable": 0}),
        (Block, {"width": 5}, X, {"output_shape": (2, 3), "trainable": 3, "seeds": 1}),
        (Block, {}, X, {"call": {"training": True}, "trainable": 3, "seeds": 1}),
        (Scale, {}, {"a": X, "b": X, "c": X}, {"output_shape": [(2, 3), (2, 3)], "trainable": 1}),
        (Counter, {}, X, {"trainable": 0, "non_trainable": 1}),
    ],
    ids=["nine lines", "block", "block in training", "dict", "counter"],
)
def test_users_layers(make: Any, arguments: Any, inputs: Any, options: Any) -> None:
    check_layer(make, arguments, inputs, custom_objects={"Linear": Linear}, **options)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"call": lambda self, x: ops.stack([x, x], axis=0)}, "symbolic shapes are real ones"),
        ({"call": lambda self, x: x * np.random.rand()}, "pure function"),
        ({"call": lambda self, x: ops.cast(x, "float32")}, "outputs have the compute dtype"),
        ({"call": lambda self, x: ops.log(ops.abs(x) * 0.0)}, "the gradient of .* is finite"),
    ],
    ids=["batch axis", "impure", "dtype", "gradient"],
)
def test_check_layer_finds_broken_promises(body: dict[str, Any], message: str) -> None:
    broken = type("Broken", (Layer,), body)
    with pytest.raises(AssertionError, match=message):
        check_layer(broken, {}, X)


def test_several_positional_tensors() -> None:
    layer = Attend()
    query, value = np.ones((2, 3, 4), "float32"), np.ones((2, 5, 6), "float32")
    assert layer(query, value).shape == (2, 3, 5)
    assert layer.mixing.shape == (4, 6)
    symbolic = Attend()(Input((3, 4)), value=Input((5, 6)))
    assert symbolic.shape == (None, 3, 5)
    again = Attend.from_config(layer.get_config())
    again.build_from_config(json.loads(json.dumps(layer.get_build_config())))
    assert again.mixing.shape == (4, 6)


# ---------------------------------------------------------------- building and calling


def test_build_and_names() -> None:
    layer = Linear(4, name="mine")
    assert (layer.built, layer.weights, layer.name) == (False, [], "mine")
    with pytest.raises(ValueError, match="layer 'mine' has no weights yet"):
        layer.count_params()
    layer.build((None, 3))
    assert layer.built and layer.kernel.path == "mine/kernel" and layer.count_params() == 12
    np.testing.assert_allclose(numbers(layer(X)), np.maximum(X @ layer.kernel.numpy(), 0), rtol=1e-5)
    assert repr(layer) == "<Linear name=mine, built=True>"


def test_paths_of_nested_layers() -> None:
    block = Block(name="block")
    block.dense._name, block.rest[0]._name = "first", "second"
    block(X)
    assert [v.path for v in block.weights] == [
        "block/first/kernel",
        "block/first/bias",
        "block/second/kernel",
    ]
    assert block.dense.path == "block/first"


def test_calls_take_arrays_lists_and_other_dtypes() -> None:
    layer = Linear(2)
    expected = numbers(layer(X))
    for x in (
        X.astype("float64"),
        X.astype("float16").astype("float32"),
        ops.convert_to_tensor(X),
        Variable(X),
    ):
        result = layer(x)
        assert ops.is_tensor(result) and ops.dtype(result) == "float32"
        np.testing.assert_allclose(numbers(result), expected, rtol=1e-5)
    with pytest.raises(Exception):  # noqa: B017  (integers are not cast: what that means is the layer's business)
        layer(None)


@needs_16_bits
def test_integers_stay_integers() -> None:
    seen: list[str] = []

    class Look(Layer):
        def call(self, inputs: Any) -> Any:
            seen.append(ops.dtype(inputs))
            return inputs

    Look(dtype="mixed_float16")(np.array([1, 2], "int32"))
    Look(dtype="mixed_float16")(np.array([1.0, 2.0], "float32"))
    Look(dtype="mixed_float16", autocast=False)(np.array([1.0, 2.0], "float32"))
    assert seen == ["int32", "float16", "float32"]


def test_missing_super_init() -> None:
    class Forgetful(Layer):
        def __init__(self) -> None:
            self.units = 3

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(3,))

        def call(self, inputs: Any) -> Any:
            return inputs

    for use in (
        lambda: Forgetful()(X),
        lambda: Forgetful().build((2, 3)),
        lambda: Forgetful().add_weight(shape=(2,)),
    ):
        with pytest.raises(
            RuntimeError, match=r"layer 'Forgetful' is not set up: call `super\(\).__init__\(\)` first"
        ):
            use()

    class Early(Layer):
        def __init__(self) -> None:
            self.dense = layers.Dense(2)
            super().__init__()

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    assert len(Early()(X).shape) == 2


def test_unknown_arguments() -> None:
    with pytest.raises(TypeError, match=r"Dense does not take the argument\(s\) 'unts'"):
        layers.Dense(2, unts=3)
    with pytest.raises(ValueError, match="`name` must be a non-empty string without '/', got 'a/b'"):
        layers.Dense(2, name="a/b")
    with pytest.raises(NotImplementedError, match="layer 'Layer' must define `call"):
        Layer()(X)
    with pytest.raises(TypeError, match=r"layer 'l' \(Linear\): .*unexpected keyword argument 'foo'"):
        Linear(2, name="l")(X, foo=1)
    with pytest.raises(TypeError, match=r"layer 'l' \(Linear\): .*missing a required argument: 'inputs'"):
        Linear(2, name="l")()


def test_errors_tell_the_layer() -> None:
    class Wrong(Layer):
        def call(self, inputs: Any) -> Any:
            return ops.matmul(inputs, ops.ones((7, 2)))

    with pytest.raises(ValueError) as error:
        Wrong(name="wrong")(Input((3,)))
    assert "while layer 'wrong' (Wrong) was called on float32(None, 3)" in "\n".join(error.value.__notes__)


# ---------------------------------------------------------------- training, masks, losses


class Flag(Layer):
    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return inputs * 0.0 + (-1.0 if training is None else float(training))


class Outer(Layer):
    def __init__(self, explicit: Any = "none given", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flag, self.explicit = Flag(), explicit

    def call(self, inputs: Any) -> Any:
        return (
            self.flag(inputs) if self.explicit == "none given" else self.flag(inputs, training=self.explicit)
        )


class Default(Layer):
    def call(self, inputs: Any, training: bool = True) -> Any:
        return inputs * 0.0 + float(training)


def test_training_explicit_then_context_then_default() -> None:
    def result(layer: Layer, **kwargs: Any) -> float:
        return float(numbers(layer(X, **kwargs))[0, 0])

    assert [result(Flag(), training=t) for t in (True, False)] == [1.0, 0.0]
    assert result(Flag()) == -1.0
    assert [result(Outer(), training=t) for t in (True, False)] == [1.0, 0.0]
    assert result(Outer(explicit=False), training=True) == 0.0
    assert result(Outer(explicit=True), training=False) == 1.0
    assert [result(Default()), result(Default(), training=False)] == [1.0, 0.0]
    assert result(Outer()) == -1.0
    model = keras_front.Sequential([Input((3,)), Outer(), Flag()])
    assert [result(model, training=t) for t in (True, False)] == [1.0, 0.0]


def test_the_flag_does_not_outlive_the_call() -> None:
    class Fails(Layer):
        def call(self, inputs: Any) -> Any:
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        Fails()(X, training=True)
    assert float(numbers(Flag()(X))[0, 0]) == -1.0


class MaskNegative(Layer):
    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return ops.any(inputs > 0, axis=-1)

    def call(self, inputs: Any) -> Any:
        return inputs * 1.0


class UseMask(Layer):
    def call(self, inputs: Any, mask: Any = None) -> Any:
        return inputs if mask is None else ops.where(ops.expand_dims(mask, -1), inputs, 0.0)


def test_masks_travel_inside_the_outermost_call() -> None:
    x = np.array([[[1.0], [-1.0], [2.0]]], "float32")
    kept = [[[1.0], [0.0], [2.0]]]

    class Chain(Layer):
        def __init__(self, between: Layer) -> None:
            super().__init__()
            self.first, self.between, self.last = MaskNegative(), between, UseMask()

        def call(self, inputs: Any) -> Any:
            return self.last(self.between(self.first(inputs)))

    assert numbers(Chain(layers.Dropout(0.5))(x)).tolist() == kept
    assert (
        numbers(keras_front.Sequential([MaskNegative(), layers.Activation("linear"), UseMask()])(x)).tolist()
        == kept
    )
    inputs = Input((3, 1))
    functional = Model(inputs, UseMask()(layers.ReLU(negative_slope=1.0)(MaskNegative()(inputs))))
    assert numbers(functional(x)).tolist() == kept
    # A layer that does not support masks drops them.
    assert numbers(Chain(Linear(1))(x)).shape == (1, 3, 1)
    assert numbers(UseMask()(x, mask=np.array([[True, False, True]]))).tolist() == kept


class Penalty(Layer):
    def call(self, inputs: Any) -> Any:
        self.add_loss(ops.sum(inputs))
        return inputs


def test_losses() -> None:
    layer = Penalty()
    for _ in range(2):
        layer(X)
        assert [float(numbers(loss)) for loss in layer.losses] == [float(X.sum())]
    inner: Any = keras_front.Sequential(
        [Penalty(), layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")]
    )
    for _ in range(2):
        y = numbers(inner(X))
        found = [float(numbers(loss)) for loss in inner.losses]
        kernel = inner.layers[1].kernel.numpy()
        np.testing.assert_allclose(
            found, [X.sum(), 0.01 * np.abs(y).sum() / 2, 0.01 * np.square(kernel).sum()], rtol=1e-5
        )
    inner.layers[1].trainable = False
    inner(X)
    assert len(inner.losses) == 2
    symbolic = Model(x := Input((3,)), inner(x))
    symbolic(X)
    assert len(symbolic.losses) == 2
    pure = inner.stateless_call([], [v.value for v in inner.variables], X, return_losses=True)
    assert len(pure) == 3 and len(pure[2]) == 2


def test_losses_are_part_of_gradients() -> None:
    layer = layers.Dense(1, use_bias=False, kernel_regularizer=lambda w: 0.5 * ops.sum(w * w))
    layer(X)
    _, gradient = keras_front.value_and_grad(lambda: sum(layer.losses), layer.kernel)()
    np.testing.assert_allclose(numbers(gradient), layer.kernel.numpy(), rtol=1e-6)


def test_stateless_call_refuses_other_lists() -> None:
    layer = Linear(2, name="l")
    with pytest.raises(ValueError, match="layer 'l' must be built before `stateless_call`"):
        layer.stateless_call([], [], X)
    layer(X)
    with pytest.raises(ValueError, match=r"`trainable_variables` must hold 1 values, .* of layer 'l', got 2"):
        layer.stateless_call([1, 2], [], X)


# ---------------------------------------------------------------- tracking


class Holder(Layer):
    def call(self, inputs: Any) -> Any:
        return inputs


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


# ---------------------------------------------------------------- configurations


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
