"""Bad input: refused before anything changes, with the same text on every backend."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import keras_front as keras
from keras_front import layers

from .models import table_data


def _model(loss: Any = "mse", units: int = 1) -> Any:
    model = keras.Sequential([keras.Input((5,), name="features"), layers.Dense(units, name="head")], name="m")
    model.compile("sgd", loss)
    return model


def _fit(x: Any, y: Any, **options: Any) -> Callable[[], Any]:
    return lambda: _model(**options.pop("model", {})).fit(x, y, verbose=0, **options)


X, Y = table_data(8)
LABELS = np.arange(8) % 4
SPARSE = {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "units": 4}

CASES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "input shape": (
        _fit(X[:, :4], Y), ValueError,
        "model 'm' expects input 0 ('features') to have shape (None, 5), but it received shape (8, 4)",
    ),
    "input kind": (
        _fit(np.array([["a"] * 5] * 8), Y), TypeError,
        "`x` must be an array of numbers, or a nested list, tuple or dict of such arrays",
    ),
    "number of inputs": (
        _fit([X, X], Y), ValueError,
        "model 'm' has 1 input(s), but it received 2. Pass one tensor for each of: features",
    ),
    "rows": (_fit(X, Y[:5]), ValueError, "all arrays must have the same number of rows, got `x`: 8, `y`: 5"),
    "no rows": (_fit(X[:0], Y[:0]), ValueError, "`x` must have at least one row, got shape (0, 5)"),
    "y missing": (
        _fit(X, None), ValueError,
        "`y` is missing: `fit` was given only inputs, but the model was compiled with a loss that needs targets",
    ),
    "x missing": (_fit(None, Y), ValueError, "`x` is missing: `fit` needs input data"),
    "target shape": (_fit(X, np.ones((8, 3), "float32"), model={"units": 2}), ValueError, "(None, 3)"),
    "label too high": (
        _fit(X, LABELS + 1, model=SPARSE), ValueError,
        "`y` holds the label 4, but the model has 4 classes: labels must be from 0 to 3",
    ),
    "label below 0": (
        _fit(X, LABELS - 1, model=SPARSE), ValueError,
        "`y` holds the label -1, but the model has 4 classes: labels must be from 0 to 3",
    ),
    "batch size": (_fit(X, Y, batch_size=0), ValueError, "`batch_size` must be an integer of at least 1, got 0"),
    "epochs": (_fit(X, Y, epochs=-1), ValueError, "`epochs` must be an integer of at least 0, got -1"),
    "split": (
        _fit(X, Y, validation_split=1.5), ValueError, "`validation_split` must be above 0 and below 1, got 1.5",
    ),
    "two validations": (
        _fit(X, Y, validation_split=0.5, validation_data=(X, Y)), ValueError,
        "give `validation_split` or `validation_data`, not both",
    ),
    "not compiled": (
        lambda: keras.Sequential([keras.Input((5,)), layers.Dense(1)]).fit(X, Y), ValueError,
        "call `compile(optimizer, loss, ...)` before `fit`: the model has no loss to work with",
    ),
    "loss name": (
        lambda: _model().compile("sgd", "mean_squared_eror"), ValueError, "did you mean 'mean_squared_error'?",
    ),
    "metric name": (lambda: _model().compile("sgd", "mse", metrics=["acuracy"]), ValueError, "did you mean 'accuracy'?"),
    "optimizer name": (lambda: _model().compile("adm", "mse"), ValueError, "did you mean 'adam'?"),
    "metrics form": (
        lambda: _model().compile("sgd", "mse", metrics="accuracy"), ValueError,
        "`metrics` must be a list, or a dict by output name, got 'accuracy': write metrics=[...]",
    ),
    "weights number": (
        lambda: _model().set_weights([np.ones((5, 1))]), ValueError, "layer 'm' has 2 weights, but `weights` holds 1 arrays",
    ),
    "weights shape": (
        lambda: _model().set_weights([np.ones((4, 1)), np.ones(1)]), ValueError,
        "has shape (5, 1), but the array given for it has shape (4, 1)",
    ),
    "variables": (
        lambda: keras.value_and_grad(lambda: 1.0, [X]), TypeError,  # type: ignore[list-item]
        "`variables` must be Variables, such as `model.trainable_variables`, got array(",
    ),
    "callbacks": (_fit(X, Y, callbacks=["x"]), TypeError, "`callbacks` must hold Callback objects, got 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_text(name: str) -> None:
    action, kind, text = CASES[name]
    with pytest.raises(kind, match=re.escape(text)):
        action()


def test_nothing_changes_on_bad_input() -> None:
    """A refused call leaves weights, optimizer and history as they were, and a good call works afterwards."""
    model = _model()
    model.fit(X, Y, verbose=0)
    before, history = model.get_weights(), model.history
    for bad_x, bad_y in ((X[:, :4], Y), (X, Y[:3]), (X, None)):
        with pytest.raises(ValueError):
            model.fit(bad_x, bad_y, verbose=0)
    with pytest.raises(ValueError):
        model.set_weights([before[0], np.ones(2)])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.history is history
    with pytest.raises(ValueError):
        model.compile("nonsense", "mse")
    assert model.compiled and model.loss == "mse"
    model.fit(X, Y, verbose=0)
