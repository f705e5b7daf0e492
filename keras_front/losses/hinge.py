"""Hinge losses: for targets of -1 and 1."""

from __future__ import annotations

from typing import Any

from keras_front.core.convert import cast, dtype_of, floating
from keras_front.core.dispatch import F
from keras_front.losses.loss import LossFunctionWrapper


def _margins(y_true: Any, y_pred: Any) -> Any:
    """``max(1 - y_true * y_pred, 0)``; targets that are all 0 or 1 stand for -1 and 1."""
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    binary = F.all(F.bitwise_or(F.equal(y_true, 0.0), F.equal(y_true, 1.0)))
    y_true = F.where(binary, F.subtract(F.multiply(y_true, 2.0), 1.0), y_true)
    return F.maximum(F.subtract(1.0, F.multiply(y_true, y_pred)), 0.0)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0), axis=-1)``; targets that are all 0 or 1 stand for -1 and 1.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(hinge([1.0, -1.0], [0.5, 0.5]))
    1.0
    """
    return F.mean(_margins(y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """``mean(max(1 - y_true * y_pred, 0) ** 2, axis=-1)``; targets that are all 0 or 1 stand for -1 and 1.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(squared_hinge([1.0, -1.0], [0.5, 0.5]))
    1.25
    """
    return F.mean(F.square(_margins(y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """``max(max((1 - y_true) * y_pred) - sum(y_true * y_pred) + 1, 0)`` over the last axis, for one-hot targets.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> float(categorical_hinge([1.0, 0.0], [0.5, 0.25]))
    0.75
    """
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    hit = F.sum(F.multiply(y_true, y_pred), axis=-1)
    miss = F.max(F.multiply(F.subtract(1.0, y_true), y_pred), axis=-1)
    return F.maximum(F.add(F.subtract(miss, hit), 1.0), 0.0)


class Hinge(LossFunctionWrapper):
    """The loss of `hinge`.

    Arguments as `Loss`.

    >>> float(Hinge()(np.array([[1.0, -1.0]]), np.array([[0.5, 0.5]])))
    1.0
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "hinge", dtype: Any = None
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The loss of `squared_hinge`.

    Arguments as `Loss`.

    >>> float(SquaredHinge()(np.array([[1.0, -1.0]]), np.array([[0.5, 0.5]])))
    1.25
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The loss of `categorical_hinge`.

    Arguments as `Loss`.

    >>> float(CategoricalHinge()(np.array([[1.0, 0.0]]), np.array([[0.5, 0.25]])))
    0.75
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
