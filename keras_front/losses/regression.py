"""Losses of numbers: how far predictions are from targets."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from keras_front import ops
from keras_front.core import settings
from keras_front.core.dispatch import F
from keras_front.losses.loss import LossFunctionWrapper, pair


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((y_true - y_pred) ** 2, axis=-1)``.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(mean_squared_error([1.0, 2.0], [2.0, 4.0]))
    2.5
    """
    y_true, y_pred = pair(y_true, y_pred)
    return F.mean(F.square(F.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """``mean(|y_true - y_pred|, axis=-1)``.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(mean_absolute_error([1.0, 2.0], [2.0, 4.0]))
    1.5
    """
    y_true, y_pred = pair(y_true, y_pred)
    return F.mean(F.abs(F.subtract(y_true, y_pred)), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """``100 * mean(|y_true - y_pred| / max(|y_true|, epsilon()), axis=-1)``, in percent.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(mean_absolute_percentage_error([1.0, 2.0], [2.0, 4.0]))
    100.0
    """
    y_true, y_pred = pair(y_true, y_pred)
    size = F.maximum(F.abs(y_true), settings.epsilon())
    return F.multiply(F.mean(F.abs(F.divide(F.subtract(y_true, y_pred), size)), axis=-1), 100.0)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """``mean((log(y_true + 1) - log(y_pred + 1)) ** 2, axis=-1)``; values below ``epsilon()`` count as that.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> round(float(mean_squared_logarithmic_error([0.0], [1.0])), 4)
    0.4805
    """
    y_true, y_pred = pair(y_true, y_pred)
    small = settings.epsilon()
    logs = [F.log(F.add(F.maximum(y, small), 1.0)) for y in (y_pred, y_true)]
    return F.mean(F.square(F.subtract(*logs)), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """The mean over the last axis of ``e ** 2 / 2`` for ``|e| <= delta``, else ``delta * |e| - delta ** 2 / 2``.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.
    source: Huber, Annals of Mathematical Statistics 35, 1964.

    >>> float(huber([0.0, 0.0], [1.0, 3.0]))
    1.5
    """
    y_true, y_pred = pair(y_true, y_pred)
    error = F.subtract(y_pred, y_true)
    size = F.abs(error)
    delta = float(delta)
    near = F.multiply(F.square(error), 0.5)
    far = F.subtract(F.multiply(size, delta), 0.5 * delta * delta)
    return F.mean(F.where(F.less_equal(size, delta), near, far), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """``mean(log(cosh(y_pred - y_true)), axis=-1)``.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> round(float(log_cosh([0.0, 0.0], [1.0, 0.0])), 4)
    0.2169
    """
    y_true, y_pred = pair(y_true, y_pred)
    x = F.subtract(y_pred, y_true)
    # log(cosh(x)) = x + softplus(-2 x) - log(2): cosh itself would overflow.
    return F.mean(F.subtract(F.add(x, F.softplus(F.multiply(x, -2.0))), math.log(2.0)), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """``-sum(y_true / ||y_true|| * y_pred / ||y_pred||)``: from -1 (same direction) to 1; 0 for a zero vector.

    shape: ``(..., d, ...), (..., d, ...) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> round(float(cosine_similarity([3.0, 4.0], [6.0, 8.0])), 4)
    -1.0
    """
    y_true, y_pred = pair(y_true, y_pred)
    y_true, y_pred = (ops.normalize(y, axis=axis) for y in (y_true, y_pred))
    return F.negative(F.sum(F.multiply(y_true, y_pred), axis=axis))


class MeanSquaredError(LossFunctionWrapper):
    """The loss of `mean_squared_error`: ``mean((y_true - y_pred) ** 2)``.

    Arguments as `Loss`.

    >>> float(MeanSquaredError()(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])))
    2.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The loss of `mean_absolute_error`: ``mean(|y_true - y_pred|)``.

    Arguments as `Loss`.

    >>> float(MeanAbsoluteError()(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])))
    1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The loss of `mean_absolute_percentage_error`, in percent.

    Arguments as `Loss`.

    >>> float(MeanAbsolutePercentageError()(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])))
    100.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The loss of `mean_squared_logarithmic_error`.

    Arguments as `Loss`.

    >>> float(MeanSquaredLogarithmicError()(np.array([[1.0]]), np.array([[1.0]])))
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class Huber(LossFunctionWrapper):
    """The loss of `huber`; ``delta`` is where the parabola becomes a line.

    Other arguments as `Loss`.

    >>> float(Huber(delta=1.0)(np.array([[0.0, 0.0]]), np.array([[1.0, 3.0]])))
    1.5
    """

    _unsaid: ClassVar[dict[str, Any]] = {"delta": 1.0}

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)
        self.delta = delta


class LogCosh(LossFunctionWrapper):
    """The loss of `log_cosh`.

    Arguments as `Loss`.

    >>> float(LogCosh()(np.array([[1.0]]), np.array([[1.0]])))
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """The loss of `cosine_similarity` along ``axis``.

    Other arguments as `Loss`.

    >>> round(float(CosineSimilarity()(np.array([[3.0, 4.0]]), np.array([[6.0, 8.0]]))), 4)
    -1.0
    """

    _unsaid: ClassVar[dict[str, Any]] = {"axis": -1}

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)
        self.axis = axis
