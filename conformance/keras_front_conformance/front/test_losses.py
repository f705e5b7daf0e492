"""Losses: values with every reduction, weights and masks, configurations, names; real Keras says what is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_front import KerasTensor, losses, ops
from keras_front.core.dispatch import F
from keras_front.core.overlay import Overlay
from keras_front.interpret.shapes import Spec

from .oracle import keras

RNG = np.random.default_rng(7)
PROBABILITIES = RNG.uniform(0.05, 0.95, (4, 3)).astype("float32")
BITS = (RNG.uniform(size=(4, 3)) > 0.5).astype("float32")
ONE_HOT = np.eye(3, dtype="float32")[[2, 0, 1, 1]]
LABELS = np.array([2, 0, 1, 1], "int32")
LOGITS = RNG.normal(size=(4, 3)).astype("float32") * 3
#: Of classes in the middle: (batch, classes, positions), and labels for it.
MAPS, MAP_LABELS = RNG.uniform(0.05, 0.95, (2, 3, 4)).astype("float32"), RNG.integers(0, 3, (2, 4))

CASES: dict[str, tuple[str, dict[str, Any], Any, Any]] = {
    "mse": ("MeanSquaredError", {}, BITS, LOGITS),
    "mse of integers": ("MeanSquaredError", {}, [[1, 2], [3, 4]], [[2, 2], [1, 7]]),
    "mse column and vector": ("MeanSquaredError", {}, BITS[:, :1], LOGITS[:, 0]),
    "mse vector and column": ("MeanSquaredError", {}, BITS[:, 0], LOGITS[:, :1]),
    "mae": ("MeanAbsoluteError", {}, BITS, LOGITS),
    "mape": ("MeanAbsolutePercentageError", {}, LOGITS, PROBABILITIES),
    "mape of 0": ("MeanAbsolutePercentageError", {}, BITS, PROBABILITIES),
    "msle": ("MeanSquaredLogarithmicError", {}, BITS, LOGITS),
    "huber": ("Huber", {}, BITS, LOGITS),
    "huber 0.3": ("Huber", {"delta": 0.3}, BITS, LOGITS),
    "log cosh": ("LogCosh", {}, BITS, LOGITS),
    "cosine": ("CosineSimilarity", {}, PROBABILITIES, LOGITS),
    "cosine axis": ("CosineSimilarity", {"axis": 0}, PROBABILITIES, LOGITS),
    "hinge": ("Hinge", {}, BITS, LOGITS),
    "hinge signs": ("Hinge", {}, BITS * 2 - 1, LOGITS),
    "squared hinge": ("SquaredHinge", {}, BITS, LOGITS),
    "categorical hinge": ("CategoricalHinge", {}, ONE_HOT, LOGITS),
    "kl": ("KLDivergence", {}, PROBABILITIES, PROBABILITIES[::-1].copy()),
    "poisson": ("Poisson", {}, BITS, PROBABILITIES),
    "binary": ("BinaryCrossentropy", {}, BITS, PROBABILITIES),
    "binary 0 and 1": ("BinaryCrossentropy", {}, BITS, BITS[::-1].copy()),
    "binary logits": ("BinaryCrossentropy", {"from_logits": True}, BITS, LOGITS),
    "binary smooth": ("BinaryCrossentropy", {"label_smoothing": 0.2}, BITS, PROBABILITIES),
    "binary axis": ("BinaryCrossentropy", {"axis": 0}, BITS, PROBABILITIES),
    "binary column": ("BinaryCrossentropy", {}, BITS[:, 0], PROBABILITIES[:, :1]),
    "categorical": ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    "categorical 0 and 1": ("CategoricalCrossentropy", {}, ONE_HOT, ONE_HOT[::-1].copy()),
    "categorical logits": ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS),
    "categorical smooth": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, PROBABILITIES),
    "categorical axis": ("CategoricalCrossentropy", {"axis": 1}, MAPS, MAPS[::-1].copy()),
    "sparse": ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    "sparse column": ("SparseCategoricalCrossentropy", {}, LABELS[:, None], PROBABILITIES),
    "sparse floats": ("SparseCategoricalCrossentropy", {}, LABELS.astype("float32"), PROBABILITIES),
    "sparse int64": ("SparseCategoricalCrossentropy", {}, LABELS.astype("int64"), PROBABILITIES),
    "sparse logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS),
    "sparse ignore": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, PROBABILITIES),
    "sparse ignore -1": (
        "SparseCategoricalCrossentropy", {"ignore_class": -1, "from_logits": True},
        np.array([2, -1, 1, -1]), LOGITS,
    ),
}  # fmt: skip
REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]


def weights_of(values: np.ndarray) -> list[Any]:
    """Sample weights that fit per-sample values."""
    some = RNG.uniform(0.5, 2.0, values.shape).astype("float32")
    return [None, 2.0, some, some[..., None], np.zeros_like(some)]


@pytest.mark.parametrize("reduction", REDUCTIONS, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_values(case: str, reduction: str | None) -> None:
    name, kwargs, y_true, y_pred = CASES[case]
    ours = getattr(losses, name)(reduction=reduction, **kwargs)
    theirs = getattr(keras.losses, name)(reduction=reduction, **kwargs)
    plain = np.asarray(getattr(keras.losses, name)(reduction=None, **kwargs)(y_true, y_pred))
    for weights in weights_of(plain):
        expected = np.asarray(theirs(np.asarray(y_true), np.asarray(y_pred), sample_weight=weights))
        found = ops.convert_to_numpy(ours(y_true, y_pred, sample_weight=weights))
        assert found.dtype == expected.dtype == "float32"
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6, err_msg=f"weights {weights}")


@pytest.mark.parametrize("case", CASES)
def test_configurations(case: str) -> None:
    name, kwargs, y_true, y_pred = CASES[case]
    ours, theirs = getattr(losses, name)(**kwargs), getattr(keras.losses, name)(**kwargs)
    config, expected = losses.serialize(ours), keras.losses.serialize(theirs)
    # Keras leaves out the arguments of some losses; ours are there if they are not the default.
    dropped = {key: config["config"].pop(key) for key in set(config["config"]) - set(expected["config"])}
    assert dropped.items() <= kwargs.items()
    assert config == expected
    config["config"].update(dropped)
    again = losses.deserialize(config)
    assert type(again) is type(ours)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(again(y_true, y_pred)), ops.convert_to_numpy(ours(y_true, y_pred))
    )
    # What we save, Keras loads.
    assert float(keras.losses.deserialize(config)(np.asarray(y_true), np.asarray(y_pred))) == pytest.approx(
        float(ours(y_true, y_pred)), rel=2e-5, abs=1e-6
    )


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", ["binary", "categorical", "sparse_categorical"])
def test_gradients_are_those_of_differences(name: str, from_logits: bool) -> None:
    loss = losses.get(f"{name}_crossentropy")
    y_true = {"binary": BITS, "categorical": ONE_HOT, "sparse_categorical": LABELS}[name]
    y_pred = LOGITS if from_logits else PROBABILITIES

    def value(x: Any) -> Any:
        return ops.mean(loss(y_true, x[0], from_logits=from_logits))

    _, (gradient,) = F.value_and_grad(value)([ops.convert_to_tensor(y_pred)])
    at = (1, 2)
    step = np.zeros_like(y_pred)
    step[at] = 1e-2
    high, low = (float(value([ops.convert_to_tensor(y_pred + sign * step)])) for sign in (1, -1))
    assert float(ops.convert_to_numpy(gradient)[at]) == pytest.approx((high - low) / 2e-2, abs=2e-3)


@pytest.mark.parametrize("kwargs", [{}, {"from_logits": True}, {"ignore_class": 2}], ids=str)
def test_classes_on_another_axis(kwargs: dict[str, Any]) -> None:
    # Real Keras on JAX takes only the last axis for labels.
    found = losses.sparse_categorical_crossentropy(MAP_LABELS, MAPS, axis=1, **kwargs)
    expected = keras.losses.sparse_categorical_crossentropy(MAP_LABELS, np.moveaxis(MAPS, 1, -1), **kwargs)
    np.testing.assert_allclose(ops.convert_to_numpy(found), np.asarray(expected), rtol=2e-5)


def test_mask_is_an_argument() -> None:
    loss = losses.MeanSquaredError()
    y_true, y_pred = np.zeros((3, 1), "float32"), np.array([[1.0], [2.0], [100.0]], "float32")
    assert float(loss(y_true, y_pred, mask=[True, True, False])) == pytest.approx(2.5)
    assert float(loss(y_true, y_pred, sample_weight=[2.0, 1.0, 5.0], mask=[True, True, False])) == 3.0
    assert float(loss(y_true, y_pred, mask=[False, False, False])) == 0.0
    assert float(losses.MeanSquaredError("sum")(y_true, y_pred, mask=[True, False, False])) == 1.0


def test_ignored_labels_let_nothing_through() -> None:
    logits = np.array([[1.0, 2.0], [np.nan, np.nan]], "float32")
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    (value, gradient) = F.value_and_grad(lambda x: loss(np.array([0, -1]), x[0]))(
        [ops.convert_to_tensor(logits)]
    )
    assert np.isfinite(float(value))
    assert (ops.convert_to_numpy(gradient[0])[1] == 0).all()


def test_dtype() -> None:
    assert ops.dtype(losses.MeanSquaredError(dtype="float16")(BITS, LOGITS)) == "float16"
    assert losses.MeanSquaredError(dtype="mixed_bfloat16").dtype == "bfloat16"


def test_of_a_function_and_of_a_subclass() -> None:
    def distance(y_true: Any, y_pred: Any, factor: float = 1.0) -> Any:
        return ops.abs(y_true - y_pred) * factor

    assert float(losses.LossFunctionWrapper(distance, factor=2.0)(np.ones(3), np.zeros(3))) == 2.0

    class Mine(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.mean(y_true - y_pred, axis=-1)

    assert float(Mine(reduction="sum")([[1], [2]], [[0], [0]])) == 3.0
    wrapped = losses.LossFunctionWrapper(losses.mean_absolute_error, name="mine")
    config = losses.serialize(wrapped)
    assert losses.deserialize(config).fn is losses.mean_absolute_error


def test_on_shapes_and_on_symbolic_tensors() -> None:
    with Overlay(abstract=True):
        for y_true in (Spec((None,), "int32"), Spec((None, 1), "int64")):
            for kwargs in ({}, {"ignore_class": 0}, {"from_logits": True}):
                loss = losses.SparseCategoricalCrossentropy(**kwargs)
                assert loss(y_true, Spec((None, 5), "float32")).shape == ()
        assert losses.MeanSquaredError()(Spec((None,), "float32"), Spec((None, 1), "float32")).shape == ()
        assert losses.BinaryCrossentropy(reduction=None)(
            Spec((None, 2), "float32"), Spec((None, 2), "float32"), Spec((None,), "float32")
        ).shape == (None,)
    x = KerasTensor((None, 3))
    assert losses.mean_squared_error(x, x).shape == (None,)


NAMES = [
    "mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE", "kld", "KLD", "mean_squared_error",
    "hinge", "squared_hinge", "categorical_hinge", "huber", "log_cosh", "poisson", "cosine_similarity",
    "kl_divergence", "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    assert losses.get(name).__name__ == keras.losses.get(name).__name__


def test_get() -> None:
    loss = losses.Huber()
    assert losses.get(loss) is loss
    assert losses.get(None) is None
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    assert losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).delta == 2.0
    with pytest.raises(ValueError, match="unknown loss 'mse_': did you mean 'mse'"):
        losses.get("mse_")
    with pytest.raises(ValueError, match="loss 3"):
        losses.get(3)
    with pytest.raises(ValueError, match=r"'os\.system'"):
        losses.deserialize({"module": "os", "class_name": "os.system", "config": {}})


def test_errors_name_the_argument() -> None:
    with pytest.raises(ValueError, match=r"reduction.*'average'"):
        losses.MeanSquaredError(reduction="average")
    with pytest.raises(ValueError, match=r"sample_weight.*\(3,\).*\(4,\)"):
        losses.MeanSquaredError()(BITS, LOGITS, sample_weight=[1.0, 2.0, 3.0])
    with pytest.raises(NotImplementedError, match="call"):
        losses.Loss()(BITS, LOGITS)
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        losses.categorical_crossentropy([[1.0]], [[1.0]])
