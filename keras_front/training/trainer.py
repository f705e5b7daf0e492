"""`Trainer`: the loops over data, which fit, evaluate and predict."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from keras_front import callbacks as callbacks_module
from keras_front.core import call as calls
from keras_front.core.convert import to_numpy
from keras_front.core.dispatch import F
from keras_front.core.layer import map_values
from keras_front.core.overlay import Overlay
from keras_front.core.tracking import structure
from keras_front.interpret.lifted import leaves
from keras_front.interpret.shapes import Spec
from keras_front.random.seed import draw_rng
from keras_front.training.checks import check_fit_arguments, check_labels, check_targets
from keras_front.training.data import ArrayData, array_data, split_data, unpack
from keras_front.training.learner import Learner
from keras_front.training.step import Step, chunk_length


class Trainer(Learner):
    """A learner that is given data; `Model` is built on it."""

    # ------------------------------------------------------------ preparing

    def _prepare(self, batch: Any, kind: str) -> None:
        """Builds layers, metrics and optimizer on the shapes of a batch, so that no step makes a variable.

        A wrong shape is told here, before anything has changed.
        """
        x, y, sample_weight = unpack(batch)
        self._check_inputs(x)
        metrics_ready = self._compile_metrics is None or self._compile_metrics.built or y is None
        if not self.built or (kind != "predict" and not metrics_ready):
            specs = map_values(_batch_spec, (x, y, sample_weight))
            calls.local.context = None
            with Overlay(abstract=True):
                y_pred = self(specs[0], **self._training(kind == "train"))
                if kind != "predict":
                    self._build_metrics(specs, y_pred, kind)
            self._clear_losses()
            structure.changed()
        if kind == "train" and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)
            structure.changed()

    def _check_inputs(self, x: Any) -> None:
        """errors: ``ValueError`` if inputs do not fit; a model that knows what it takes overrides this."""

    def _build_metrics(self, specs: Any, y_pred: Any, kind: str) -> None:
        x, y, sample_weight = specs
        if self._has_own_step(kind) or y is None:
            return
        check_targets(self._compile_loss, y, y_pred)
        self.compute_loss(x, y, y_pred, sample_weight, training=kind == "train")
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)

    def _data(
        self, what: str, x: Any, y: Any, sample_weight: Any, batch_size: int | None, kind: str
    ) -> ArrayData:
        data = array_data(x, y, sample_weight, batch_size)
        if kind != "predict" and not self._has_own_step(kind):
            if y is None and self._compile_loss is not None:
                raise ValueError(
                    f"`y` is missing: `{what}` was given only inputs, but the model was compiled with a loss that needs targets"
                )
            if self._compile_loss is None and y is not None and not self.losses:
                raise ValueError(
                    f"the model was compiled without a loss, so `{what}` cannot use `y`: compile(loss=...)"
                )
        self._prepare(data.rows_between(0, min(data.batch_size, data.rows)), kind)
        if kind != "predict" and self._compile_loss is not None:
            check_labels(self._compile_loss, y, self)
        return data

    # ------------------------------------------------------------ fit

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
    ) -> Any:
        """Trains the model for a number of passes over arrays; returns the history of losses and metrics.

        ``x``, ``y``, ``sample_weight``: arrays of one length, or lists, tuples, dicts of them.  ``batch_size``: default 32.
        ``verbose``: 0 silent, 1 or ``"auto"`` a progress bar, 2 a line an epoch.  ``validation_split``: the share of the last
        rows to validate on; ``validation_data``: ``(x, y)`` or ``(x, y, sample_weight)``.  ``shuffle``: whether each pass takes
        the rows in a new order.  ``class_weight``: weight of the rows of a class.  ``validation_freq``: validate after every
        so many passes, or after the passes of a list.

        errors: ``ValueError`` naming the argument; a loss that becomes NaN gives a warning that names the epoch.

        >>> x, y = np.zeros((8, 4)), np.zeros((8, 1))
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> model.fit(x, y, epochs=2, verbose=0).history["loss"]
        [0.0, 0.0]
        """
        self._need_compiled("fit")
        check_fit_arguments(x, epochs, initial_epoch, validation_freq, validation_split, validation_data)
        if validation_split:
            (x, y, sample_weight), validation_data = split_data(x, y, sample_weight, validation_split)
        if class_weight is not None:
            sample_weight = _class_weights(y, sample_weight, class_weight)
        data = self._data("fit", x, y, sample_weight, batch_size, "train")
        validation = None
        if validation_data is not None:
            parts = unpack(validation_data)
            validation = self._data("validation_data", *parts, validation_batch_size or batch_size, "test")
        steps = data.steps if steps_per_epoch is None else min(steps_per_epoch, data.steps)
        listeners = callbacks_module.CallbackList(
            callbacks, add_history=True, add_progbar=verbose != 0, verbose=1 if verbose == "auto" else verbose,
            epochs=epochs, steps=steps, model=self,
        )  # fmt: skip
        self.stop_training = False
        step = self._step("train")
        logs: dict[str, Any] = {}
        listeners.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            listeners.on_epoch_begin(epoch)
            order = draw_rng().permutation(data.rows).astype(np.int32) if shuffle else None
            last = self._run_batches("train", step, data, order, steps, listeners)
            logs = self._results(last)
            _warn_of_nan(logs, epoch)
            if validation is not None and _validates(epoch, validation_freq):
                found = self._evaluate(validation, listeners, validation_steps)
                logs |= {f"val_{name}": value for name, value in found.items()}
            listeners.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        if self.optimizer is not None:
            # With an average of the weights, training ends on it.
            self.optimizer.finalize_variable_values(self.trainable_variables)
        listeners.on_train_end(logs)
        return self.history

    def _run_batches(
        self, kind: str, step: Step, data: ArrayData, order: np.ndarray | None, steps: int, listeners: Any
    ) -> Any:
        """Runs the steps of one pass; returns what the last one gave."""
        size, result, done = data.batch_size, None, 0
        begin, end = getattr(listeners, f"on_{kind}_batch_begin"), getattr(listeners, f"on_{kind}_batch_end")
        full = min(steps, data.rows // size)
        plain = (
            step.compiled
            and data.on_device
            and not self._has_own_step(kind)
            and not listeners.per_batch(kind)
        )
        chunk = chunk_length(full) if plain and type(self).compute_metrics is Learner.compute_metrics else 1
        if chunk > 1:
            rows = order if order is not None else np.arange(data.rows, dtype=np.int32)
            while done + chunk <= full:
                step.on_chunk(data, rows[done * size : (done + chunk) * size].reshape(chunk, size))
                done += chunk
                end(done - 1, self._live_logs(None))
        for i in range(done, steps):
            start, stop = i * size, min((i + 1) * size, data.rows)
            begin(i)
            result = step.on_rows(data, order[start:stop] if order is not None else None, start, stop)
            end(i, self._live_logs(result))
            if self.stop_training:
                break
        return result

    def _live_logs(self, result: Any) -> Any:
        """The logs of a batch: a function, so that they are read only by who shows them."""
        return lambda: self._results(result)

    def _results(self, result: Any) -> dict[str, float]:
        """Metrics as Python floats by sorted name: those a step returned, or the present ones."""
        found = result if isinstance(result, dict) else self.get_metrics_result()
        return {name: _as_float(found[name]) for name in sorted(found)}

    def _in_order(self, logs: dict[str, float]) -> Any:
        """The values of logs, those of the metrics in their order, the loss first; a single one by itself."""
        names = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
        return values[0] if len(values) == 1 else values

    # ------------------------------------------------------------ evaluate, predict

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Loss and metrics over arrays: a float, a list of floats (loss first), or a dict by name.

        errors: ``ValueError`` naming the argument.
        """
        self._need_compiled("evaluate")
        data = self._data("evaluate", x, y, sample_weight, batch_size, "test")
        count = data.steps if steps is None else min(steps, data.steps)
        listeners = callbacks_module.CallbackList(
            callbacks, add_progbar=verbose != 0, verbose=1 if verbose == "auto" else verbose, epochs=1, steps=count,
            model=self,
        )  # fmt: skip
        logs = self._evaluate(data, listeners, steps)
        return logs if return_dict else self._in_order(logs)

    def _evaluate(self, data: ArrayData, listeners: Any, steps: int | None) -> dict[str, float]:
        self.reset_metrics()
        listeners.on_test_begin()
        count = data.steps if steps is None else min(steps, data.steps)
        last = self._run_batches("test", self._step("test"), data, None, count, listeners)
        logs = self._results(last)
        listeners.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for arrays, batch by batch, as NumPy arrays.

        errors: ``ValueError`` naming the argument.
        """
        data = self._data("predict", x, None, None, batch_size, "predict")
        count = data.steps if steps is None else min(steps, data.steps)
        listeners = callbacks_module.CallbackList(
            callbacks, add_progbar=verbose != 0,
            verbose=1 if verbose == "auto" else verbose, epochs=1, steps=count, model=self,
        )  # fmt: skip
        step, parts = self._step("predict"), []
        listeners.on_predict_begin()
        for i, (start, stop) in enumerate(data.batches()):
            if i == count:
                break
            listeners.on_predict_batch_begin(i)
            outputs = step.on_rows(data, None, start, stop)
            parts.append(outputs)
            listeners.on_predict_batch_end(i, {"outputs": outputs})
        listeners.on_predict_end()
        return _joined(parts)

    # ------------------------------------------------------------ single batches

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training on the arrays as one batch; returns loss and metrics so far."""
        self._need_compiled("train_on_batch")
        if class_weight is not None:
            sample_weight = _class_weights(y, sample_weight, class_weight)
        return self._on_batch("train", x, y, sample_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of evaluation on the arrays as one batch; returns loss and metrics so far."""
        self._need_compiled("test_on_batch")
        return self._on_batch("test", x, y, sample_weight, return_dict)

    def _on_batch(self, kind: str, x: Any, y: Any, sample_weight: Any, return_dict: bool) -> Any:
        rows = _row_count(x)
        data = self._data(f"{kind}_on_batch", x, y, sample_weight, rows, kind)
        logs = self._results(self._step(kind).on_rows(data, None, 0, data.rows))
        return logs if return_dict else self._in_order(logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for the arrays as one batch, as NumPy arrays."""
        rows = _row_count(x)
        data = self._data("predict_on_batch", x, None, None, rows, "predict")
        return map_values(to_numpy, self._step("predict").on_rows(data, None, 0, data.rows))


def _batch_spec(value: Any) -> Any:
    """The spec of a batch: the number of rows stays open."""
    if value is None or not hasattr(value, "shape"):
        return value
    return Spec((None, *tuple(value.shape)[1:]), F.dtype_of(value))


def _as_float(value: Any) -> Any:
    array = to_numpy(value)
    return float(array) if array.ndim == 0 else array


def _row_count(x: Any) -> int:
    """The number of rows of the first array."""
    first: Any = next(leaves(x), None)
    if getattr(first, "shape", ()):
        return int(first.shape[0])
    return len(x) if isinstance(x, (list, tuple)) else 1


def _joined(parts: list[Any]) -> Any:
    first = parts[0]
    if isinstance(first, (list, tuple)):
        return type(first)(_joined([part[i] for part in parts]) for i in range(len(first)))
    if isinstance(first, dict):
        return {key: _joined([part[key] for part in parts]) for key in first}
    return np.concatenate([to_numpy(part) for part in parts]) if len(parts) > 1 else to_numpy(first)


def _validates(epoch: int, frequency: int | list[int]) -> bool:
    return (epoch + 1) in frequency if isinstance(frequency, (list, tuple)) else (epoch + 1) % frequency == 0


def _warn_of_nan(logs: dict[str, Any], epoch: int) -> None:
    loss = logs.get("loss")
    if isinstance(loss, float) and np.isnan(loss):
        warnings.warn(
            f"the loss is NaN in epoch {epoch + 1}: the weights are spoilt. Lower the learning rate, clip the gradients, or look "
            "for NaN in the data",
            RuntimeWarning,
            stacklevel=3,
        )


def _class_weights(y: Any, sample_weight: Any, class_weight: dict[int, float]) -> Any:
    """A weight for each row by the class in ``y`` (labels, or one-hot rows)."""
    if sample_weight is not None:
        raise ValueError("give `class_weight` or `sample_weight`, not both")
    labels = to_numpy(y)
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.argmax(-1)
    labels = labels.reshape(len(labels)).astype(np.int64)
    weights = np.ones(len(labels), dtype=np.float32)
    for label, weight in class_weight.items():
        weights[labels == int(label)] = weight
    return weights
