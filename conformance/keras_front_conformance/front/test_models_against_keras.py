"""Models against those of real Keras: structure, outputs, configurations, summaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import Model, ops

from .model_cases import MODELS
from .oracle import keras
from .samples import near


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
