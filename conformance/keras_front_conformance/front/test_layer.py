"""`Layer`: building, calling, tracking, masks, losses, training, configurations; layers that users write."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Input, Layer, Model, Variable, layers, ops

from .layer_checks import check_layer
from .samples import Attend, Block, Counter, Linear, Scale, X, needs_16_bits, numbers

# ---------------------------------------------------------------- layers that users write


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
