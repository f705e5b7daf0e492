"""Metrics of numbers: how far predictions are from targets."""

from __future__ import annotations

from typing import Any, ClassVar

from keras_front.core.convert import cast
from keras_front.core.dispatch import F
from keras_front.losses import regression as losses
from keras_front.losses.loss import same_rank
from keras_front.losses.regression import (
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from keras_front.metrics.reduction import Mean, MeanMetricWrapper


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """``sum(y_true / ||y_true|| * y_pred / ||y_pred||)``: from 1 (same direction) to -1; 0 for a zero vector.

    The loss of this name is minus that.

    shape: ``(..., d, ...), (..., d, ...) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> round(float(cosine_similarity([3.0, 4.0], [6.0, 8.0])), 4)
    1.0
    """
    return F.negative(losses.cosine_similarity(y_true, y_pred, axis))


class MeanSquaredError(MeanMetricWrapper):
    """The mean of ``(y_true - y_pred) ** 2``.

    >>> float(MeanSquaredError()([[1.0], [2.0]], [[2.0], [4.0]]))
    2.5
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """The square root of the mean of ``(y_true - y_pred) ** 2``.

    >>> float(RootMeanSquaredError()([[1.0], [2.0]], [[4.0], [5.0]]))
    3.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Takes a batch in."""
        y_true, y_pred = same_rank(cast(y_true, self._dtype), cast(y_pred, self._dtype))
        super().update_state(F.square(F.subtract(y_pred, y_true)), sample_weight)

    def result(self) -> Any:
        """The root of the mean.  shape: ``()``.  dtype: ``dtype``."""
        return F.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of ``|y_true - y_pred|``.

    >>> float(MeanAbsoluteError()([[1.0], [2.0]], [[2.0], [4.0]]))
    1.5
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of ``100 * |y_true - y_pred| / |y_true|``, in percent.

    >>> float(MeanAbsolutePercentageError()([[1.0], [2.0]], [[2.0], [4.0]]))
    100.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of ``(log(y_true + 1) - log(y_pred + 1)) ** 2``.

    >>> float(MeanSquaredLogarithmicError()([[1.0]], [[1.0]]))
    0.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean of the cosine of the angle between targets and predictions along ``axis``.

    >>> round(float(CosineSimilarity()([[3.0, 4.0]], [[6.0, 8.0]])), 4)
    1.0
    """

    _direction = "up"
    _unsaid: ClassVar[dict[str, Any]] = {"axis": -1}

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """The mean of ``log(cosh(y_pred - y_true))``.

    >>> float(LogCoshError()([[1.0]], [[1.0]]))
    0.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(log_cosh, name, dtype)
