"""`fit`, `evaluate`, `predict` and single batches, held against real Keras and against what they must do."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
import pytest

import keras_front as keras
from keras_front import layers, ops

from .models import image_data, image_model, table_data


def _classifier(optimizer: Any = "adam", **options: Any) -> Any:
    keras.utils.set_random_seed(3)
    model = image_model(keras)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


@pytest.mark.parametrize(
    "optimizer", [("SGD", {"learning_rate": 0.05, "momentum": 0.9}), ("Adam", {"learning_rate": 0.01})]
)
def test_losses_agree_with_keras(optimizer: tuple[str, dict[str, float]]) -> None:
    """Same weights, same batches: losses and accuracies of 3 passes agree, and so do the weights."""
    from .oracle import keras as real

    keras.utils.set_random_seed(5)
    name, options = optimizer
    x, y = image_data()
    ours, theirs = image_model(keras), image_model(real)
    theirs.set_weights(ours.get_weights())
    ours.compile(
        getattr(keras.optimizers, name)(**options), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    theirs.compile(
        getattr(real.optimizers, name)(**options), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    found = ours.fit(
        x, y, batch_size=16, epochs=3, shuffle=False, verbose=0, validation_data=(x[:20], y[:20])
    )
    wanted = theirs.fit(
        x, y, batch_size=16, epochs=3, shuffle=False, verbose=0, validation_data=(x[:20], y[:20])
    )
    assert list(found.history) == list(wanted.history)
    for key in wanted.history:
        np.testing.assert_allclose(found.history[key], wanted.history[key], rtol=1e-4, atol=1e-5, err_msg=key)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-3, atol=1e-4)


def test_it_learns() -> None:
    x, y = image_data(300)
    model = _classifier()
    model.fit(x, y, epochs=12, verbose=0)
    x, y = image_data(100, seed=1)
    assert model.evaluate(x, y, verbose=0)[1] > 0.9


def test_history_and_validation_frequency() -> None:
    x, y = image_data(60)
    history = _classifier().fit(x, y, epochs=5, validation_split=0.2, validation_freq=2, verbose=0)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert {name: len(values) for name, values in history.history.items()} == {
        "loss": 5, "accuracy": 5, "val_loss": 2, "val_accuracy": 2,
    }  # fmt: skip
    assert history.params == {"verbose": 0, "epochs": 5, "steps": 2}


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 300])
def test_every_row_counts_once(rows: int) -> None:
    """The loss of a pass is the mean over rows, whatever the size of the last batch."""
    x, y = table_data(rows)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
    history = model.fit(x, y, epochs=1, verbose=0).history
    np.testing.assert_allclose(history["loss"], [np.mean(np.square(y))], rtol=1e-5)
    np.testing.assert_allclose(history["mae"], [np.mean(np.abs(y))], rtol=1e-5)
    np.testing.assert_allclose(
        model.evaluate(x, y, verbose=0), [np.mean(y**2), np.mean(np.abs(y))], rtol=1e-5
    )
    assert model.predict(x, verbose=0).shape == (rows, 1)


def test_shuffling_follows_the_seed() -> None:
    def losses(shuffle: bool, seed: int) -> list[float]:
        x, y = image_data(64)
        model = _classifier("sgd")
        keras.utils.set_random_seed(seed)
        return list(model.fit(x, y, batch_size=8, epochs=2, shuffle=shuffle, verbose=0).history["loss"])

    assert losses(True, 1) == losses(True, 1)
    assert losses(True, 1) != losses(True, 2)
    assert losses(False, 1) == losses(False, 2)


def test_weights_of_samples_and_classes() -> None:
    x, y = table_data(20)
    weights = np.linspace(0, 2, 20).astype("float32")
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(
        keras.optimizers.SGD(0.0),
        "mse",
        metrics=["mae"],
        weighted_metrics=[keras.metrics.MeanAbsoluteError(name="w")],
    )
    logs = model.evaluate(x, y, sample_weight=weights, verbose=0, batch_size=20, return_dict=True)
    assert logs["loss"] == pytest.approx(np.mean(y[:, 0] ** 2 * weights), rel=1e-5)
    assert logs["mae"] == pytest.approx(np.mean(np.abs(y)), rel=1e-5)
    assert logs["w"] == pytest.approx(np.sum(np.abs(y[:, 0]) * weights) / weights.sum(), rel=1e-5)
    x, y = image_data(30)
    one = _classifier(keras.optimizers.SGD(0.0)).fit(
        x, y, verbose=0, batch_size=30, class_weight={0: 1.0, 1: 0.0, 2: 0.0}
    )
    own = _classifier(keras.optimizers.SGD(0.0)).fit(
        x, y, verbose=0, batch_size=30, sample_weight=(y == 0).astype("float32")
    )
    assert one.history["loss"] == pytest.approx(own.history["loss"])


def test_several_inputs_and_outputs() -> None:
    x, y = table_data(40)
    a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
    hidden = layers.Dense(4, activation="tanh")(a) + layers.Dense(4)(b)
    model = keras.Model(
        {"a": a, "b": b}, {"p": layers.Dense(1, name="p")(hidden), "q": layers.Dense(2, name="q")(hidden)}
    )
    model.compile("sgd", {"p": "mse", "q": "mae"}, loss_weights={"p": 1.0, "q": 0.5}, metrics={"p": ["mae"]})
    data, targets = {"a": x, "b": x}, {"p": y, "q": np.concatenate([y, y], 1)}
    history = model.fit(data, targets, epochs=2, verbose=0).history
    assert set(history) == {"loss", "p_loss", "q_loss", "p_mae"}
    np.testing.assert_allclose(
        history["loss"], np.add(history["p_loss"], np.multiply(history["q_loss"], 0.5)), rtol=1e-4
    )
    outputs = model.predict(data, verbose=0)
    assert outputs["p"].shape == (40, 1) and outputs["q"].shape == (40, 2)


def test_custom_step_runs_unchanged() -> None:
    """One `train_step` with `value_and_grad` and `optimizer.apply`, the same on every backend."""

    class Custom(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden = layers.Dense(8, activation="tanh")
            self.norm = layers.BatchNormalization()
            self.head = layers.Dense(1)
            self.tracker = keras.metrics.Mean(name="own_loss")

        def call(self, x: Any, training: bool | None = None) -> Any:
            return self.head(self.norm(self.hidden(x), training=training))

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data

            def loss_fn(x: Any, y: Any) -> tuple[Any, Any]:
                y_pred = self(x, training=True)
                return ops.mean(ops.square(y - y_pred)), y_pred

            (loss, _), grads = keras.value_and_grad(loss_fn, self.trainable_variables, has_aux=True)(x, y)
            self.optimizer.apply(grads, self.trainable_variables)
            self.tracker.update_state(loss)
            return {"own_loss": self.tracker.result()}

    keras.utils.set_random_seed(0)
    x, y = table_data()
    model = Custom()
    model.compile(keras.optimizers.Adam(0.01))
    history = model.fit(x, y, epochs=20, verbose=0).history
    assert list(history) == ["own_loss"]
    assert history["own_loss"][-1] < 0.2 * history["own_loss"][0]
    assert np.abs(model.norm.moving_mean.numpy()).max() > 0


def test_own_loop_outside_of_fit() -> None:
    keras.utils.set_random_seed(0)
    x, y = table_data()
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    optimizer, meter = keras.optimizers.SGD(0.1), keras.metrics.Mean()
    step = keras.value_and_grad(lambda x, y: ops.mean(ops.square(y - model(x))), model.trainable_variables)
    for _ in range(40):
        meter.reset_state()
        for start in range(0, 64, 16):
            rows = slice(start, start + 16)
            loss, grads = step(x[rows], ops.convert_to_tensor(y[rows]))
            optimizer.apply(grads, model.trainable_variables)
            meter.update_state(loss)
    assert float(meter.result()) < 1e-2


def test_single_batches() -> None:
    x, y = table_data(16)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    first = model.train_on_batch(x, y, return_dict=True)
    assert set(first) == {"loss", "mae"}
    model.reset_metrics()
    loss, mae = model.test_on_batch(x, y)
    outputs = model.predict_on_batch(x)
    assert isinstance(outputs, np.ndarray)
    assert loss == pytest.approx(np.mean((outputs - y) ** 2), rel=1e-4)
    assert mae == pytest.approx(np.mean(np.abs(outputs - y)), rel=1e-4)


def test_run_eagerly_is_the_same() -> None:
    x, y = image_data(40)
    compiled = _classifier("sgd").fit(x, y, epochs=2, shuffle=False, verbose=0).history
    eager = _classifier("sgd", run_eagerly=True).fit(x, y, epochs=2, shuffle=False, verbose=0).history
    np.testing.assert_allclose(compiled["loss"], eager["loss"], rtol=1e-5)


def test_frozen_layers_stay() -> None:
    x, y = image_data(32)
    model = _classifier("sgd")
    model.get_layer("conv").trainable = False
    before = [w.copy() for w in model.get_layer("conv").get_weights()]
    others = model.get_layer("head").get_weights()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    for a, b in zip(before, model.get_layer("conv").get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(others[0], model.get_layer("head").get_weights()[0])


def test_added_losses_count() -> None:
    x, y = table_data(8)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(1, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.5)),
        ]
    )
    model.compile(keras.optimizers.SGD(0.0), "mse")
    plain = np.mean((x.sum(1, keepdims=True) - y) ** 2)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(plain + 0.5 * 5, rel=1e-5)


def test_training_ends_on_the_average_of_the_weights() -> None:
    x, y = table_data(32)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    seen: list[np.ndarray] = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(self.model.get_weights()[0])

    model.fit(x, y, batch_size=32, epochs=3, shuffle=False, verbose=0, callbacks=[Look()])
    average = seen[0]
    for weights in seen[1:]:
        average = 0.5 * average + 0.5 * weights
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-5, atol=1e-6)


def test_nan_loss_is_told() -> None:
    x, y = table_data(8)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.warns(RuntimeWarning, match="the loss is NaN in epoch 1"):
        model.fit(np.full_like(x, np.nan), y, verbose=0)


def test_callbacks_are_called_in_order() -> None:
    calls: list[str] = []

    class Note(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            assert set(logs) == {"loss"}
            calls.append(f"batch {batch}")

    turns = ("train_begin", "epoch_begin", "test_begin", "test_end", "epoch_end", "train_end")
    for turn in turns:
        setattr(Note, f"on_{turn}", lambda self, *args, turn=turn: calls.append(turn))
    x, y = table_data(8)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=4, epochs=1, verbose=0, callbacks=[Note()], validation_data=(x, y))
    assert calls == [*turns[:2], "batch 0", "batch 1", *turns[2:]]


def test_stop_training() -> None:
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    x, y = table_data(8)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.fit(x, y, epochs=9, verbose=0, callbacks=[Stop()]).epoch == [0, 1]


def test_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = table_data(8)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=4, epochs=2)
    out = capsys.readouterr().out
    assert "Epoch 1/2\n" in out and "2/2 ━━━━━━━━━━━━━━━━━━━━" in out and "- loss: " in out
    model.fit(x, y, verbose=0)
    assert capsys.readouterr().out == ""


def test_threads_predict_with_one_model() -> None:
    x, _ = image_data(64)
    model = _classifier()
    wanted = model.predict(x, verbose=0)
    found: dict[int, np.ndarray] = {}

    def work(i: int) -> None:
        found[i] = np.concatenate([model.predict(x[j : j + 8], verbose=0) for j in range(0, 64, 8)])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        np.testing.assert_allclose(found[i], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["float64", "list", "tensor", "int64 labels"])
def test_kinds_of_arrays(kind: str) -> None:
    x, y = image_data(20)
    given: tuple[Any, Any] = {
        "float64": (x.astype("float64"), y),
        "list": (x.tolist(), y.tolist()),
        "tensor": (ops.convert_to_tensor(x), ops.convert_to_tensor(y)),
        "int64 labels": (x, y.astype("int64")),
    }[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wanted = _classifier("sgd").fit(x, y, shuffle=True, verbose=0).history["loss"]
        found = _classifier("sgd").fit(*given, shuffle=True, verbose=0).history["loss"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_subclass_model_is_built_by_fit() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = [layers.Dense(4), layers.Dropout(0.2), layers.Dense(1)]

        def call(self, x: Any) -> Any:
            for block in self.blocks:
                x = block(x)
            return x

    x, y = table_data()
    model = Own()
    model.compile("adam", "mse")
    model.fit(x, y, verbose=0)
    assert model.count_params() == 5 * 4 + 4 + 4 + 1
