"""Every layer: `check_layer`, and real Keras's configurations, outputs, states and gradients from the same weights."""

from __future__ import annotations

import json
from typing import Any

import jax
import numpy as np
import pytest

import keras_front
from keras_front import Input, Variable, ops, tree, value_and_grad
from keras_front import layers as front
from keras_front.core.dispatch import backend

from .layer_checks import check_layer
from .oracle import keras

IMAGE, ROW, SEQUENCE = (2, 7, 6, 4), (3, 5), (2, 4, 3)

#: Class, arguments, shape of the input, number of trained and other weights.
CASES: list[tuple[str, dict[str, Any], tuple[int, ...], int, int]] = [
    ("Dense", {"units": 3}, ROW, 2, 0),
    ("Dense", {"units": 1, "use_bias": False, "activation": "tanh"}, SEQUENCE, 1, 0),
    ("Dense", {"units": 4, "activation": "softmax", "kernel_initializer": "he_normal"}, (2, 2, 3, 4), 2, 0),
    (
        "Dense",
        {
            "units": 4, "kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l2",
            "kernel_constraint": "max_norm", "bias_constraint": "non_neg", "bias_initializer": "ones",
        },
        ROW, 2, 0,
    ),
    ("Conv2D", {"filters": 3, "kernel_size": 3}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 3, "kernel_size": (2, 3), "padding": "same", "activation": "relu"}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": (2, 1)}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": (2, 3), "use_bias": False}, IMAGE, 1, 0),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 6, "kernel_size": 2, "groups": 2}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 8, "kernel_size": 3, "groups": 4, "strides": 2, "padding": "same"}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 5, "kernel_size": 1}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 5, "kernel_size": 1, "strides": 3}, IMAGE, 2, 0),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "data_format": "channels_first", "padding": "same"}, (2, 4, 6, 5), 2, 0),
    ("Conv2D", {"filters": 4, "kernel_size": 2, "data_format": "channels_first", "groups": 2, "strides": 2}, (2, 4, 6, 5), 2, 0),
    ("MaxPooling2D", {}, IMAGE, 0, 0),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2}, IMAGE, 0, 0),
    ("MaxPooling2D", {"pool_size": (2, 3), "strides": 1, "padding": "same"}, IMAGE, 0, 0),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, IMAGE, 0, 0),
    ("MaxPooling2D", {"pool_size": 2, "data_format": "channels_first"}, (2, 4, 6, 5), 0, 0),
    ("GlobalAveragePooling2D", {}, IMAGE, 0, 0),
    ("GlobalAveragePooling2D", {"keepdims": True}, IMAGE, 0, 0),
    ("GlobalAveragePooling2D", {"data_format": "channels_first", "keepdims": True}, IMAGE, 0, 0),
    ("BatchNormalization", {}, ROW, 2, 2),
    ("BatchNormalization", {"momentum": 0.5, "epsilon": 1e-2}, IMAGE, 2, 2),
    ("BatchNormalization", {"axis": 1, "gamma_regularizer": "l2", "beta_regularizer": "l1"}, IMAGE, 2, 2),
    ("BatchNormalization", {"center": False}, SEQUENCE, 1, 2),
    ("BatchNormalization", {"scale": False, "beta_initializer": "ones"}, SEQUENCE, 1, 2),
    ("BatchNormalization", {"trainable": False}, IMAGE, 0, 4),
    ("Dropout", {"rate": 0.0}, ROW, 0, 0),
    ("Flatten", {}, IMAGE, 0, 0),
    ("Flatten", {"data_format": "channels_first"}, IMAGE, 0, 0),
    ("Flatten", {}, (3,), 0, 0),
    ("Reshape", {"target_shape": (3, 2)}, (2, 6), 0, 0),
    ("Reshape", {"target_shape": (-1, 4)}, IMAGE, 0, 0),
    ("Reshape", {"target_shape": ()}, (4, 1), 0, 0),
    ("Activation", {"activation": "relu"}, ROW, 0, 0),
    ("Activation", {"activation": "gelu"}, ROW, 0, 0),
    ("ReLU", {}, ROW, 0, 0),
    ("ReLU", {"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2}, IMAGE, 0, 0),
    ("LeakyReLU", {"negative_slope": 0.1}, ROW, 0, 0),
    ("ELU", {"alpha": 0.7}, ROW, 0, 0),
    ("Softmax", {}, ROW, 0, 0),
    ("Softmax", {"axis": 1}, SEQUENCE, 0, 0),
]  # fmt: skip
IDS = [
    "-".join([name, *(f"{key}={value}" for key, value in arguments.items() if key != "units")][:4]).replace(
        " ", ""
    )
    for name, arguments, *_ in CASES
]


def data(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers none of which lies so near to 0 (or to another) that rounding decides on a branch."""
    count = int(np.prod(shape))
    values = np.random.default_rng(0).permutation(np.linspace(-2.0, 2.0, count + count % 2))[:count]
    return values.reshape(shape).astype("float32")


def pair(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Our layer and Keras's, built, with the same weights."""
    # Keras's random initializers take a compilation for every shape.
    zeros = {"kernel_initializer": "zeros"} if name in ("Dense", "Conv2D") else {}
    ours, theirs = (
        of(**{**arguments, **zeros}) for of in (getattr(front, name), getattr(keras.layers, name))
    )
    ours.build(shape)
    theirs.build(shape)
    rng = np.random.default_rng(1)
    for variable, other in zip(ours.weights, theirs.weights, strict=True):
        value = rng.uniform(0.5, 1.5, variable.shape) * rng.choice(
            [-1, 1] if "kernel" in variable.name else [1], variable.shape
        )
        variable.assign(value.astype("float32"))
        other.assign(value.astype("float32"))
    return ours, theirs


FIRST = [i for i, case in enumerate(CASES) if case[0] not in {other[0] for other in CASES[:i]}]


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "trainable", "rest"),
    [CASES[i] for i in FIRST],
    ids=[IDS[i] for i in FIRST],
)
def test_check_layer(
    name: str, arguments: dict[str, Any], shape: tuple[int, ...], trainable: int, rest: int
) -> None:
    losses = sum(key.endswith("regularizer") for key in arguments)
    check_layer(
        getattr(front, name), arguments, data(shape), trainable=trainable, non_trainable=rest, losses=losses
    )


@pytest.mark.parametrize(("name", "arguments", "shape", "trainable", "rest"), CASES, ids=IDS)
def test_configuration_is_that_of_keras(
    name: str, arguments: dict[str, Any], shape: tuple[int, ...], trainable: int, rest: int
) -> None:
    arguments = {**arguments, "name": "a_name"}
    ours, theirs = getattr(front, name)(**arguments), getattr(keras.layers, name)(**arguments)
    if name not in ("Dense", "Conv2D") or "use_bias" in arguments:
        ours.build(shape)
        theirs.build(shape)
    config = as_json(keras_front.saving.serialize_keras_object(ours))
    wanted = as_json(keras.saving.serialize_keras_object(theirs))
    assert config == wanted
    assert as_json(keras_front.saving.deserialize_keras_object(wanted).get_config()) == wanted["config"]
    config.pop("build_config", None)
    assert as_json(keras.saving.deserialize_keras_object(config).get_config()) == wanted["config"]


def as_json(config: Any) -> Any:
    """The configuration after a way through JSON, floats to the precision of float32: Keras rounds some of them."""
    return json.loads(json.dumps(config), parse_float=lambda text: float(np.float32(text)))


#: The cases, and those again that work otherwise while training.
MODES = [(*case, False) for case in CASES] + [
    (*case, True) for case in CASES if case[0] == "BatchNormalization"
]


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "trainable", "rest", "training"), MODES,
    ids=[*IDS, *(f"{name}-training" for name in IDS if name.startswith("Batch"))],
)  # fmt: skip
def test_values_and_gradients_are_those_of_keras(
    name: str, arguments: dict[str, Any], shape: tuple[int, ...], trainable: int, rest: int, training: bool
) -> None:
    ours, theirs = pair(name, arguments, shape)
    x = data(shape)
    upstream = np.random.default_rng(2).normal(size=theirs.compute_output_shape(shape)).astype("float32")

    trained, kept = theirs.trainable_variables, theirs.non_trainable_variables

    def loss(values: Any, x: Any, state: Any) -> Any:
        mapping = zip([*trained, *kept], [*values, *state], strict=True)
        with keras.StatelessScope(state_mapping=list(mapping), collect_losses=True) as scope:
            outputs = theirs(x, training=training)
            total = (outputs * upstream).sum() + sum(theirs.losses)
            return total, (outputs, [scope.get_current_value(v) for v in kept])

    state = [v.value for v in trained], x, [v.value for v in kept]
    wanted_gradients, (wanted, wanted_state) = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))(*state)

    held = Variable(x)

    def our_loss() -> Any:
        outputs = ours(held, training=training)
        return ops.sum(ops.multiply(outputs, upstream)) + sum(ours.losses), outputs

    (_, outputs), gradients = value_and_grad(our_loss, [*ours.trainable_variables, held], has_aux=True)()
    near(outputs, wanted)
    for variable, value in zip(ours.non_trainable_variables, wanted_state, strict=True):
        near(variable.value, value)
    for gradient, value in zip(gradients, [*wanted_gradients[0], wanted_gradients[1]], strict=True):
        near(gradient, value)


def near(ours: Any, theirs: Any) -> None:
    """Equal up to the rounding of float32 sums of some hundred terms."""
    ours, theirs = ops.convert_to_numpy(ours), np.asarray(theirs)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(
        ours, theirs, rtol=2e-5, atol=2e-5 * max(1.0, float(np.abs(theirs).max(initial=0)))
    )


SHAPES = [
    ("Dense", {"units": 3}, (None, 5)),
    ("Dense", {"units": 3}, (None, None, 5)),
    ("Conv2D", {"filters": 3, "kernel_size": 3}, (None, None, 6, 4)),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, (None, None, None, 4)),
    ("Conv2D", {"filters": 2, "kernel_size": 3, "data_format": "channels_first"}, (None, 4, None, 9)),
    ("MaxPooling2D", {}, (None, None, 6, 4)),
    ("MaxPooling2D", {"padding": "same", "strides": 3}, (None, 7, None, 4)),
    ("MaxPooling2D", {"data_format": "channels_first"}, (None, 4, None, 7)),
    ("GlobalAveragePooling2D", {}, (None, None, None, 4)),
    ("GlobalAveragePooling2D", {"keepdims": True}, (None, None, None, 4)),
    ("BatchNormalization", {}, (None, None, None, 4)),
    ("Dropout", {"rate": 0.5}, (None, None)),
    ("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 3)}, (None, None, 3)),
    ("Flatten", {}, (None, 3, 4)),
    ("Flatten", {}, (None, None, 4)),
    ("Flatten", {}, (2, None, 4)),
    ("Flatten", {}, (None,)),
    ("Flatten", {"data_format": "channels_first"}, (None, None, 4)),
    ("Reshape", {"target_shape": (2, 6)}, (None, 3, 4)),
    ("Reshape", {"target_shape": (-1, 6)}, (None, 3, 4)),
    ("Reshape", {"target_shape": (-1, 6)}, (None, None, 4)),
    ("Softmax", {}, (None, None)),
    ("ReLU", {}, (None, None, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shape"), SHAPES)
def test_symbolic_shapes_are_those_of_keras(name: str, arguments: dict[str, Any], shape: Any) -> None:
    ours = getattr(front, name)(**arguments)(Input(batch_shape=shape))
    theirs = getattr(keras.layers, name)(**arguments)(keras.Input(batch_shape=shape))
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


@pytest.mark.parametrize(
    ("name", "arguments", "shape", "policies"),
    [
        ("Dense", {"units": 3}, ROW, "mixed_bfloat16 mixed_float16 float16 float64"),
        (
            "Conv2D",
            {"filters": 3, "kernel_size": 3, "activation": "relu"},
            IMAGE,
            "mixed_bfloat16 mixed_float16",
        ),
        ("BatchNormalization", {}, IMAGE, "mixed_bfloat16 mixed_float16 bfloat16 float64"),
        ("MaxPooling2D", {}, IMAGE, "mixed_bfloat16"),
        ("Dropout", {"rate": 0.5}, ROW, "mixed_bfloat16"),
        ("Softmax", {}, ROW, "mixed_float16"),
    ],
)
def test_dtype_policies(name: str, arguments: dict[str, Any], shape: tuple[int, ...], policies: str) -> None:
    for policy in policies.split():
        dtype = policy.removeprefix("mixed_")
        if dtype not in backend.traits.dtypes:
            with pytest.raises(ValueError, match=f"the backend .* has no dtype '{dtype}'"):
                getattr(front, name)(**arguments, dtype=policy)
        else:
            check_policy(getattr(front, name), arguments, data(shape), policy)


def check_policy(make: Any, arguments: dict[str, Any], x: np.ndarray, policy: str) -> None:
    """Outputs in the compute dtype, weights and gradients in the variable dtype, values near those in float32."""
    layer, plain, held = make(**arguments, dtype=policy), make(**arguments), Variable(x)
    plain(x)
    for training in (False, True):
        (_, outputs), gradients = value_and_grad(
            lambda training=training: with_sum(layer(held, training=training)),
            [held, *layer.trainable_variables] if layer.built else held,
            has_aux=True,
        )()
        assert ops.dtype(outputs) == layer.compute_dtype == policy.removeprefix("mixed_")
        for gradient in tree.flatten(gradients):
            assert ops.dtype(gradient) in ("float32", layer.variable_dtype)
    for variable in layer.weights:
        assert variable.dtype == ("float32" if "mixed" in policy else policy)
    layer.set_weights(plain.get_weights())
    result = ops.convert_to_numpy(layer(x)).astype("float32")
    np.testing.assert_allclose(result, ops.convert_to_numpy(plain(x)), rtol=0.05, atol=0.05)


def with_sum(outputs: Any) -> Any:
    return ops.sum(ops.cast(outputs, "float32")), outputs


# ---------------------------------------------------------------- dropout: its own random numbers


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate: float) -> None:
    y = ops.convert_to_numpy(front.Dropout(rate, seed=0)(np.ones((200, 200), "float32"), training=True))
    kept = y[y != 0]
    np.testing.assert_allclose(kept, 1 / (1 - rate), rtol=1e-6)
    assert abs(len(kept) / y.size - (1 - rate)) < 4 * np.sqrt(rate * (1 - rate) / y.size)


def test_dropout_draws_anew_and_can_be_repeated() -> None:
    x = np.ones((8, 64), "float32")
    layer, again = front.Dropout(0.5, seed=3), front.Dropout(0.5, seed=3)
    first, second = (ops.convert_to_numpy(layer(x, training=True)) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(ops.convert_to_numpy(again(x, training=True)), first)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x)), x)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(x, training=False)), x)


def test_dropout_with_a_shared_mask_and_rate_1() -> None:
    x = np.ones((4, 50, 3), "float32")
    y = ops.convert_to_numpy(front.Dropout(0.5, noise_shape=(None, 1, 3), seed=1)(x, training=True))
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape)) and set(np.unique(y)) == {0.0, 2.0}
    assert not ops.convert_to_numpy(front.Dropout(1.0)(x, training=True)).any()
    check_layer(front.Dropout, {"rate": 0.5}, x, seeds=1, call={"training": True})


def test_dropout_configuration() -> None:
    arguments: dict[str, Any] = {"rate": 0.5, "noise_shape": (None, 1), "seed": 7, "name": "d"}
    assert as_json(front.Dropout(**arguments).get_config()) == as_json(
        keras.layers.Dropout(**arguments).get_config()
    )


# ---------------------------------------------------------------- masks


@pytest.mark.parametrize("training", [False, True])
def test_batch_normalization_with_a_mask(training: bool) -> None:
    shape = (4, 3, 5)
    ours, theirs = pair("BatchNormalization", {}, shape)
    mask = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1]], bool)
    x = data(shape)
    near(ours(x, training=training, mask=mask), theirs(x, training=training, mask=mask))
    for variable, other in zip(ours.weights, theirs.weights, strict=True):
        near(variable.value, other.value)


def test_softmax_with_a_mask() -> None:
    x, mask = data(ROW), np.array([[1, 1, 0, 1, 0]] * 3, bool)
    near(front.Softmax()(x, mask=mask), keras.layers.Softmax()(x, mask=mask))


# ---------------------------------------------------------------- wrong arguments and inputs


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("Dense", {"units": 0}, "`units` of Dense must be an integer of at least 1, got 0"),
        ("Dense", {"units": "3"}, "`units` of Dense must be an integer of at least 1, got '3'"),
        ("Dense", {"units": 3, "activation": "relo"}, "unknown activation 'relo': did you mean 'relu'?"),
        ("Dense", {"units": 3, "kernel_initializer": "zeroes"}, "unknown initializer 'zeroes': did you mean 'zeros'?"),
        ("Conv2D", {"filters": 3, "kernel_size": 0}, "`kernel_size` of Conv2D must be an integer of at least 1, or a tuple of 2 of them, got 0"),
        ("Conv2D", {"filters": 3, "kernel_size": (1, 2, 3)}, "`kernel_size` of Conv2D must be an integer of at least 1, or a tuple of 2 of them, got (1, 2, 3)"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "full"}, "`padding` of Conv2D must be one of 'valid', 'same', got 'full'"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "groups": 2}, "`groups` of Conv2D must divide `filters`, got groups=2, filters=3"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, "Conv2D takes `strides` or `dilation_rate` above 1, not both, got (2, 2) and (2, 2)"),
        ("Conv2D", {"filters": 3, "kernel_size": 3, "data_format": "nhwc"}, "`data_format` must be one of channels_last, channels_first, got 'nhwc'"),
        ("MaxPooling2D", {"pool_size": -1}, "`pool_size` of MaxPooling2D must be an integer of at least 1, or a tuple of 2 of them, got -1"),
        ("Dropout", {"rate": 1.5}, "`rate` of Dropout must be from 0 to 1, got 1.5"),
        ("Dropout", {"rate": "high"}, "`rate` of Dropout must be from 0 to 1, got 'high'"),
        ("BatchNormalization", {"momentum": 2.0}, "`momentum` of BatchNormalization must be from 0 to 1, got 2.0"),
        ("ReLU", {"threshold": -1.0}, "`threshold` of ReLU must be at least 0, got -1.0"),
        ("Reshape", {"target_shape": (-1, -1)}, "`target_shape` may hold one -1, got (-1, -1)"),
    ],
)  # fmt: skip
def test_wrong_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:
        getattr(front, name)(**arguments)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "arguments", "shapes", "message"),
    [
        ("Dense", {"units": 3}, [(5,)], "input 0 of layer 'x' must have at least 2 axes, got shape (5,) with 1"),
        ("Dense", {"units": 3}, [(2, 5), (2, 6)], "input 0 of layer 'x' must have size 5 on axis -1, got shape (2, 6)"),
        ("Conv2D", {"filters": 3, "kernel_size": 3}, [(8, 8, 3)], "input 0 of layer 'x' must have 4 axes, got shape (8, 8, 3) with 3"),
        ("Conv2D", {"filters": 3, "kernel_size": 3}, [(1, 8, 8, 3), (1, 8, 8, 4)], "input 0 of layer 'x' must have size 3 on axis -1, got shape (1, 8, 8, 4)"),
        ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2}, [(1, 8, 8, 3)], "`groups` of layer 'x' must divide the number of channels, got groups=2, channels=3"),
        ("Conv2D", {"filters": 4, "kernel_size": 9}, [(1, 8, 8, 3)], "layer 'x': a kernel of size (9, 9) does not fit into an input of shape (1, 8, 8, 3). Use a smaller kernel, or padding='same'"),
        ("MaxPooling2D", {}, [(8, 8, 3)], "input 0 of layer 'x' must have 4 axes, got shape (8, 8, 3) with 3"),
        ("GlobalAveragePooling2D", {}, [(8, 8)], "input 0 of layer 'x' must have 4 axes, got shape (8, 8) with 2"),
        ("BatchNormalization", {}, [(2, 5), (2, 6)], "input 0 of layer 'x' must have size 5 on axis -1, got shape (2, 6)"),
        ("BatchNormalization", {}, [(2, 5), (2, 4, 5)], "input 0 of layer 'x' must have 2 axes, got shape (2, 4, 5) with 3"),
        ("BatchNormalization", {"axis": 4}, [(2, 5)], "layer 'x': `axis` must be from -2 to 1 for an input of shape (2, 5), got 4"),
        ("Reshape", {"target_shape": (5,)}, [(2, 6)], "layer 'x' cannot give rows of shape (6,) (6 values) the shape (5,)"),
        ("Flatten", {}, [()], "input 0 of layer 'x' must have at least 1 axis, got shape () with 0"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("symbolic", [False, True], ids=["data", "symbolic"])
def test_wrong_inputs(
    name: str, arguments: dict[str, Any], shapes: list[Any], message: str, symbolic: bool
) -> None:
    """The same text on every backend, and while a model is being built."""
    layer = getattr(front, name)(**arguments, name="x")
    inputs = [Input(batch_shape=s) if symbolic else np.zeros(s, "float32") for s in shapes]
    for x in inputs[:-1]:
        layer(x)
    with pytest.raises(ValueError) as error:
        layer(inputs[-1])
    assert str(error.value) == message


@pytest.mark.parametrize("value", ["a string", None, object()], ids=["text", "none", "object"])
def test_what_is_no_tensor(value: Any) -> None:
    with pytest.raises(ValueError, match=f"input 0 of layer 'x' must be a tensor, got {value!r:.20}"):
        front.Dense(2, name="x")(value)


def test_input_layer() -> None:
    for arguments in (
        {"shape": (3, None)},
        {"shape": (3,), "batch_size": 2, "dtype": "int32"},
        {"batch_shape": (None, 4), "name": "n"},
    ):
        named: dict[str, Any] = {"name": "n", **arguments}
        ours, theirs = front.InputLayer(**named), keras.layers.InputLayer(**named)
        assert as_json(ours.get_config()) == as_json(theirs.get_config())
        assert (ours.output.shape, ours.output.dtype) == (theirs.output.shape, theirs.output.dtype)
        again = front.InputLayer.from_config(as_json(theirs.get_config()))
        assert as_json(again.get_config()) == as_json(theirs.get_config())
    both: dict[str, Any] = {"shape": (3,), "batch_shape": (2, 3)}
    for wrong in ({}, both):
        with pytest.raises(ValueError, match="give exactly one of `shape`, `batch_shape` and `input_tensor`"):
            front.InputLayer(**wrong)
    for shape in ((-1,), ("a",), "ab"):
        with pytest.raises(ValueError, match="`shape` must"):
            Input(shape)


def test_every_layer_is_covered() -> None:
    tested = {name for name, *_ in CASES} | {"Dropout", "InputLayer"}
    exported = {
        name for name in front.__all__
        if isinstance(getattr(front, name), type) and issubclass(getattr(front, name), front.Layer) and name != "Layer"
    }  # fmt: skip
    assert exported <= tested
