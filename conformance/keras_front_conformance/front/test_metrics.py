"""Metrics: sequences of updates, weights, resetting, configurations, names; real Keras says what is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_front import Variable, losses, metrics, ops
from keras_front.core.dispatch import F
from keras_front.core.overlay import Overlay
from keras_front.interpret.shapes import Spec

from .oracle import keras

RNG = np.random.default_rng(11)


def batch(kind: str, rows: int) -> tuple[Any, Any]:
    scores = RNG.uniform(0.02, 0.98, (rows, 4)).astype("float32")
    labels = RNG.integers(0, 4, rows).astype("int32")
    bits = (RNG.uniform(size=(rows, 4)) > 0.5).astype("float32")
    made = {
        "numbers": (scores[::-1].copy(), scores),
        "column": (scores[:, 0], scores[:, 1:2]),
        "images": (RNG.normal(size=(rows, 3, 4)).astype("float32"), RNG.normal(size=(rows, 3, 4)).astype("float32")),
        "bits": (bits, scores),
        "bit column": (bits[:, :1], scores[:, :1]),
        "labels": (labels, scores),
        "label column": (labels[:, None], scores),
        "float labels": (labels.astype("float32"), scores),
        "one-hot": (np.eye(4, dtype="float32")[labels], scores),
        "places": (RNG.integers(0, 4, (rows, 3)), RNG.uniform(size=(rows, 3, 4)).astype("float32")),
        "one-hot places": (np.eye(4)[RNG.integers(0, 4, (rows, 3))].astype("float32"), RNG.uniform(size=(rows, 3, 4)).astype("float32")),
        "equal": (labels, RNG.integers(0, 4, rows).astype("int32")),
        "ids": (labels, np.argsort(-scores, axis=-1).astype("int32")),
    }  # fmt: skip
    return made[kind]


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("Accuracy", {}, "equal"),
    ("BinaryAccuracy", {}, "bits"),
    ("BinaryAccuracy", {"threshold": 0.8}, "bit column"),
    ("CategoricalAccuracy", {}, "one-hot"),
    ("CategoricalAccuracy", {}, "one-hot places"),
    ("SparseCategoricalAccuracy", {}, "labels"),
    ("SparseCategoricalAccuracy", {}, "label column"),
    ("SparseCategoricalAccuracy", {}, "float labels"),
    ("SparseCategoricalAccuracy", {}, "places"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one-hot"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one-hot places"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "labels"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "places"),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "ids"),
    ("MeanSquaredError", {}, "numbers"),
    ("MeanSquaredError", {}, "images"),
    ("MeanSquaredError", {}, "column"),
    ("RootMeanSquaredError", {}, "numbers"),
    ("RootMeanSquaredError", {}, "column"),
    ("RootMeanSquaredError", {}, "images"),
    ("MeanAbsoluteError", {}, "images"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "numbers"),
    ("CosineSimilarity", {}, "numbers"),
    ("LogCoshError", {}, "numbers"),
    ("BinaryCrossentropy", {}, "bits"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "bits"),
    ("CategoricalCrossentropy", {}, "one-hot"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "one-hot places"),
    ("SparseCategoricalCrossentropy", {}, "labels"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "label column"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "labels"),
    ("KLDivergence", {}, "numbers"),
    ("Poisson", {}, "numbers"),
    ("Hinge", {}, "bits"),
    ("SquaredHinge", {}, "bits"),
    ("CategoricalHinge", {}, "one-hot"),
]  # fmt: skip
IDS = [f"{name} {kwargs or ''} {kind}" for name, kwargs, kind in CASES]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(("name", "kwargs", "kind"), CASES, ids=IDS)
def test_sequences(name: str, kwargs: dict[str, Any], kind: str, weighted: bool) -> None:
    ours, theirs = getattr(metrics, name)(**kwargs), getattr(keras.metrics, name)(**kwargs)
    for rows in (5, 3, 1):
        y_true, y_pred = batch(kind, rows)
        weights = RNG.uniform(0.1, 2.0, rows).astype("float32") if weighted else None
        ours.update_state(y_true, y_pred, sample_weight=weights)
        theirs.update_state(y_true, y_pred, sample_weight=weights)
        result = ours.result()
        assert tuple(result.shape) == ()
        assert float(result) == pytest.approx(float(theirs.result()), rel=2e-5, abs=1e-6)
    for variable, expected in zip(ours.variables, theirs.variables, strict=True):
        assert (variable.path.split("/")[-1], variable.dtype) == (
            expected.path.split("/")[-1],
            expected.dtype,
        )
        assert float(variable) == pytest.approx(float(expected.value), rel=2e-5)
    ours.reset_state()
    assert float(ours.result()) == 0.0


@pytest.mark.parametrize(("name", "kwargs", "kind"), CASES, ids=IDS)
def test_configurations(name: str, kwargs: dict[str, Any], kind: str) -> None:
    config = metrics.serialize(getattr(metrics, name)(**kwargs))
    assert config == keras.metrics.serialize(getattr(keras.metrics, name)(**kwargs))
    again = metrics.deserialize(config)
    assert again.get_config() == config["config"]
    assert again._direction == getattr(getattr(keras.metrics, name)(**kwargs), "_direction", again._direction)


VALUES = [
    (3.0, None),
    (3.0, 5),
    (np.float32(2.0), 0.5),
    ([1.0, 2.0, 3.0], None),
    ([1.0, 2.0, 3.0], 2.0),
    ([1.0, 2.0, 3.0], [1.0, 0.0, 2.0]),
    ([[1.0, 2.0], [3.0, 5.0]], None),
    ([[1.0, 2.0], [3.0, 5.0]], [1.0, 3.0]),
    ([[1.0, 2.0], [3.0, 5.0]], [[1.0, 3.0], [0.0, 2.0]]),
    ([[1.0, 2.0], [3.0, 5.0]], [[1.0], [3.0]]),
    ([1, 2], None),
    ([True, False], None),
]


@pytest.mark.parametrize(("values", "weights"), VALUES, ids=str)
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_mean_and_sum(name: str, values: Any, weights: Any) -> None:
    ours, theirs = getattr(metrics, name)(), getattr(keras.metrics, name)()
    for _ in range(2):
        ours.update_state(values, sample_weight=weights)
        theirs.update_state(np.asarray(values), sample_weight=weights)
    assert float(ours.result()) == pytest.approx(float(theirs.result()), rel=1e-6)


def test_mean_of_nothing_and_of_no_weight() -> None:
    metric = metrics.Mean()
    assert float(metric.result()) == 0.0
    metric.update_state([1.0], sample_weight=[0.0])
    assert float(metric.result()) == 0.0
    metric.update_state([3.0])
    assert "%.1f" % metric.result() == "3.0"  # noqa: UP031  (what users write)


def test_mean_of_a_scalar_takes_three_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    metric, value = metrics.Mean(), ops.convert_to_tensor(2.0)
    calls: list[str] = []

    def counted(name: str, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return function(*args, **kwargs)

        return call

    for name in ("add", "multiply", "sum", "mean", "astype", "divide", "from_host"):
        monkeypatch.setattr(F, name, counted(name, getattr(F, name)))
    metric.update_state(value, sample_weight=32)
    assert calls == ["multiply", "add", "add"]
    assert float(metric.total) == 64.0


def test_stateless() -> None:
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state([0, 1], [[0.9, 0.1], [0.9, 0.1]])
    start = metric.stateless_reset_state()
    state = metric.stateless_update_state(start, [1], np.array([[0.1, 0.9]], "float32"))
    assert [float(x) for x in state] == [1.0, 1.0]
    assert float(metric.stateless_result(state)) == 1.0
    assert [float(x) for x in start] == [0.0, 0.0]
    assert float(metric.result()) == 0.5
    with pytest.raises(ValueError, match=r"metric_variables.*2 variables.*got 1"):
        metric.stateless_result(state[:1])


class Largest(metrics.Metric):
    """A user's metric, with a state of its own and another metric inside."""

    def __init__(self, name: str = "largest", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.largest = self.add_weight(name="largest", initializer="zeros")
        self.counts = self.add_variable((2,), "ones", name="counts")
        self.inner = metrics.Mean()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.largest.assign(ops.maximum(self.largest, ops.max(y_pred)))
        self.inner.update_state(y_pred)

    def result(self) -> Any:
        return {"largest": self.largest.value, "mean": self.inner.result()}


def test_a_users_metric() -> None:
    metric = Largest(name="mine")
    found = metric(None, ops.convert_to_tensor([1.0, 3.0]))
    assert {name: float(value) for name, value in found.items()} == {"largest": 3.0, "mean": 2.0}
    assert [v.path for v in metric.variables] == [
        "mine/largest",
        "mine/counts",
        *[v.path for v in metric.inner.variables],
    ]
    with pytest.warns(DeprecationWarning, match=r"reset_state\(\)"):
        metric.reset_states()
    assert all((v.numpy() == 0).all() for v in metric.variables)
    metric.name = "other"
    assert metric.get_config() == {"name": "other", "dtype": "float32"}
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric()(1)


def test_of_a_function() -> None:
    metric = metrics.MeanMetricWrapper(losses.mean_squared_error, name="mine")
    assert metrics.deserialize(metrics.serialize(metric))._fn is losses.mean_squared_error
    expected = keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="mine")
    assert metrics.serialize(metric) == keras.metrics.serialize(expected)

    def distance(y_true: Any, y_pred: Any, power: int = 1) -> Any:
        return ops.abs(y_true - y_pred) ** power

    assert float(metrics.MeanMetricWrapper(distance, power=2)(np.zeros(2), np.array([1.0, 3.0]))) == 5.0


def test_mask_and_dtype() -> None:
    metric = metrics.MeanAbsoluteError(dtype="float16")
    metric.update_state([[0.0], [0.0]], [[1.0], [50.0]], mask=[True, False])
    assert float(metric.result()) == 1.0
    assert metric.variables[0].dtype == ops.dtype(metric.result()) == "float16"


def test_results_do_not_follow_later_updates() -> None:
    metric = metrics.Sum()
    metric.update_state(1.0)
    first = metric.result()
    metric.update_state(1.0)
    assert float(first) == 1.0


def test_on_shapes() -> None:
    cases = {
        metrics.SparseCategoricalAccuracy: (Spec((None, 1), "int32"), Spec((None, 4), "float32")),
        metrics.CategoricalAccuracy: (Spec((None, 4), "float32"), Spec((None, 4), "float32")),
        metrics.SparseTopKCategoricalAccuracy: (Spec((None,), "int32"), Spec((None, 4), "float32")),
        metrics.BinaryAccuracy: (Spec((None,), "float32"), Spec((None, 1), "float32")),
        metrics.RootMeanSquaredError: (Spec((None, 2), "float32"), Spec((None, 2), "float32")),
        metrics.MeanSquaredError: (Spec((None, None, 2), "float32"), Spec((None, None, 2), "float32")),
    }
    for cls, (y_true, y_pred) in cases.items():
        metric = cls()
        with Overlay(abstract=True):
            metric.update_state(y_true, y_pred)
            metric.update_state(y_true, y_pred, sample_weight=Spec((None,), "float32"))
            assert metric.result().shape == ()
        assert float(metric.result()) == 0.0


def test_names() -> None:
    for name in (
        "mse", "MSE", "mae", "mape", "msle", "bce", "mean", "accuracy", "binary_accuracy", "categorical_accuracy",
        "sparse_categorical_accuracy", "top_k_categorical_accuracy", "MeanSquaredError", "root_mean_squared_error",
        "kl_divergence", "cosine_similarity", "log_cosh_error", "hinge", "poisson",
    ):  # fmt: skip
        found, expected = metrics.get(name), keras.metrics.get(name)
        assert (type(found).__name__, found.name) == (type(expected).__name__, expected.name)
    with pytest.raises(ValueError, match="unknown metric 'acuracy': did you mean 'accuracy'"):
        metrics.get("acuracy")
    metric = metrics.Mean()
    assert metrics.get(metric) is metric
    assert metrics.get(None) is None
    assert isinstance(metric.variables[0], Variable)
