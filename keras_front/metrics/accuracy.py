"""Accuracies: how often predictions are right."""

from __future__ import annotations

from typing import Any, ClassVar

from keras_front import ops
from keras_front.core import settings
from keras_front.core.convert import cast, dtype_of, to_tensor
from keras_front.core.dispatch import F
from keras_front.losses.loss import _open, same_rank
from keras_front.metrics.reduction import MeanMetricWrapper


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where a prediction equals its target, else 0.

    shape: ``(...), (...) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(accuracy([1, 2, 3, 4], [1, 2, 0, 4])))
    0.75
    """
    y_pred = to_tensor(y_pred)
    y_true, y_pred = same_rank(cast(y_true, dtype_of(y_pred)), y_pred)
    return F.astype(F.equal(y_true, y_pred), settings.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """1 where ``y_pred > threshold`` says the same as the target (0 or 1), else 0.

    shape: ``(...), (...) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(binary_accuracy([1.0, 1.0, 0.0, 0.0], [0.9, 0.4, 0.1, 0.6])))
    0.5
    """
    y_true, y_pred = same_rank(to_tensor(y_true), to_tensor(y_pred))
    chosen = F.astype(F.greater(y_pred, threshold), dtype_of(y_true))
    return F.astype(F.equal(y_true, chosen), settings.floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest prediction is in the place of the greatest target, else 0.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(categorical_accuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])))
    0.5
    """
    hits = F.equal(F.argmax(to_tensor(y_true), axis=-1), F.argmax(to_tensor(y_pred), axis=-1))
    return F.astype(hits, settings.floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where the greatest prediction is in the place that the label says, else 0.

    shape: ``(...) or (..., 1), (..., c) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.3, 0.7]])))
    0.5
    """
    y_true, y_pred = to_tensor(y_true), to_tensor(y_pred)
    shape = tuple(y_true.shape)
    if len(shape) == len(y_pred.shape) and shape[-1] == 1:
        y_true = F.reshape(y_true, _open(shape[:-1]))
    chosen = F.argmax(y_pred, axis=-1)
    dtype = dtype_of(y_true)
    if dtype != "int32":
        chosen = F.astype(chosen, dtype)
    hits = F.astype(F.equal(y_true, chosen), settings.floatx())
    shape = tuple(hits.shape)
    return F.reshape(hits, _open(shape[:-1])) if len(shape) > 1 and shape[-1] == 1 else hits


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the place of the greatest target is among the ``k`` greatest predictions, else 0.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(top_k_categorical_accuracy([[0, 0, 1]], [[0.5, 0.2, 0.3]], k=2)))
    1.0
    """
    return _among_top(F.argmax(to_tensor(y_true), axis=-1), to_tensor(y_pred), k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """1 where the label is among the ``k`` greatest predictions, else 0.

    ``from_sorted_ids``: ``y_pred`` holds labels, best first, in place of predictions.

    shape: ``(...), (..., c) -> (...)``.  dtype: ``floatx()``.

    >>> float(keras.ops.mean(sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2)))
    1.0
    """
    y_pred = to_tensor(y_pred)
    if not from_sorted_ids:
        return _among_top(cast(y_true, "int32"), y_pred, k)
    y_true = cast(y_true, dtype_of(y_pred))
    hits = F.equal(F.expand_dims(y_true, axis=-1), ops.get_item(y_pred, (Ellipsis, slice(None, k))))
    return F.astype(F.any(hits, axis=-1), settings.floatx())


def _among_top(labels: Any, y_pred: Any, k: int) -> Any:
    shape = tuple(labels.shape)
    if len(y_pred.shape) > 2:
        y_pred = F.reshape(y_pred, (-1, y_pred.shape[-1]))
    if len(shape) > 1:
        labels = F.reshape(labels, (-1,))
    # More than there are classes is all of them.
    hits = F.astype(ops.in_top_k(labels, y_pred, k=min(k, y_pred.shape[-1])), settings.floatx())
    return F.reshape(hits, _open(shape)) if len(shape) > 1 else hits


class Accuracy(MeanMetricWrapper):
    """How often predictions equal targets: the mean of `accuracy`.

    >>> float(Accuracy()([1, 2, 3, 4], [1, 2, 0, 4]))
    0.75
    """

    _direction = "up"

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often ``y_pred > threshold`` says the same as targets of 0 and 1: the mean of `binary_accuracy`.

    >>> float(BinaryAccuracy()([1.0, 1.0, 0.0, 0.0], [0.9, 0.4, 0.1, 0.6]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the greatest prediction is right for one-hot targets: the mean of `categorical_accuracy`.

    >>> float(CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the greatest prediction is right for labels: the mean of `sparse_categorical_accuracy`.

    >>> float(SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often a one-hot target is among the ``k`` greatest predictions: the mean of `top_k_categorical_accuracy`.

    >>> float(TopKCategoricalAccuracy(k=2)([[0, 0, 1]], [[0.5, 0.2, 0.3]]))
    1.0
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often a label is among the ``k`` greatest predictions: the mean of `sparse_top_k_categorical_accuracy`.

    >>> float(SparseTopKCategoricalAccuracy(k=2)([2], [[0.5, 0.2, 0.3]]))
    1.0
    """

    _direction = "up"
    _unsaid: ClassVar[dict[str, Any]] = {"from_sorted_ids": False}

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids)
        self.k, self.from_sorted_ids = k, from_sorted_ids
