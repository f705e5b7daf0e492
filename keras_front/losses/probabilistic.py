"""Losses of probabilities: cross-entropies and divergences."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from keras_front import ops
from keras_front.core import settings
from keras_front.core.convert import _TYPES, cast, dtype_of, floating, to_tensor
from keras_front.core.dispatch import F
from keras_front.losses.loss import LossFunctionWrapper, _open
from keras_front.protocol.dtypes import FLOATING


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """``mean(-t * log(p) - (1 - t) * log(1 - p), axis)``; ``p`` is ``y_pred``, or the sigmoid of logits.

    ``label_smoothing`` (0 to 1) moves targets towards 0.5.  Probabilities stay ``epsilon()`` away from 0 and 1.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.
    errors: ``ValueError`` for shapes that differ.

    >>> round(float(binary_crossentropy([1.0, 0.0], [0.5, 0.5])), 4)
    0.6931
    """
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    if label_smoothing:
        y_true = F.add(F.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)
    return F.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """``-sum(y_true * log(p), axis)``; ``p`` is ``y_pred`` made to add up to 1, or the softmax of logits.

    ``label_smoothing`` (0 to 1) moves targets towards ``1 / classes``.  Probabilities stay ``epsilon()`` away from
    0 and 1.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.
    errors: ``ValueError`` for shapes that differ, or an axis that is none.  A single class gives a warning.

    >>> round(float(categorical_crossentropy([0.0, 1.0], [0.5, 0.5])), 4)
    0.6931
    """
    if isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise ValueError(f"`axis` must be an integer, got {axis!r}")
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    if y_pred.shape[-1] == 1:
        warnings.warn(
            f"categorical_crossentropy: `y_pred` has the shape {tuple(y_pred.shape)}, which is a single class: the loss is "
            "always 0. Use binary_crossentropy for two classes",
            SyntaxWarning,
            stacklevel=2,
        )
    if label_smoothing:
        y_true = F.add(F.multiply(y_true, 1.0 - label_smoothing), label_smoothing / y_true.shape[-1])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """``-log(p[y_true])`` along an axis; ``p`` is ``y_pred`` made to add up to 1, or the softmax of logits.

    ``y_true`` holds labels from 0.  Where it is ``ignore_class`` the loss is 0.  Probabilities stay ``epsilon()``
    away from 0 and 1.

    shape: ``(...), (..., c) -> (...)``; a last axis of size 1 of ``y_true`` is dropped.  dtype: that of ``y_pred``;
    integers become ``floatx()``.
    errors: ``ValueError`` for shapes that do not fit.

    >>> round(float(sparse_categorical_crossentropy([1], [[0.5, 0.5]])[0]), 4)
    0.6931
    """
    y_pred = floating(y_pred)
    plain = from_logits and ignore_class is None and axis == -1
    if plain and type(y_true) in _TYPES and tuple(y_true.shape) == tuple(y_pred.shape)[:-1]:
        return F.sparse_softmax_cross_entropy(y_pred, cast(y_true, "int32"))
    y_true = _labels(y_true, y_pred, axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)
    valid = F.not_equal(y_true, ignore_class)
    # Where the label is ignored the predictions are constants: neither values nor gradients, NaN among them, come through.
    y_pred = F.where(F.expand_dims(valid, axis=axis), y_pred, 1.0)
    losses = ops.sparse_categorical_crossentropy(
        F.where(valid, y_true, 0), y_pred, from_logits=from_logits, axis=axis
    )
    return F.where(valid, losses, 0.0)


def _labels(y_true: Any, y_pred: Any, axis: int) -> Any:
    """Integer labels, without an axis of size 1 in the place of the classes."""
    y_true = to_tensor(y_true)
    if dtype_of(y_true) in FLOATING:
        y_true = F.astype(y_true, "int32")
    shape = tuple(y_true.shape)
    if len(shape) == len(y_pred.shape) and shape[axis] == 1:
        position = axis % len(shape)
        y_true = F.reshape(y_true, _open(shape[:position] + shape[position + 1 :]))
    return y_true


def _valid_labels(y_true: Any, y_pred: Any, ignore_class: int | None = None, axis: int = -1, **_: Any) -> Any:
    if ignore_class is None:
        return None
    return F.not_equal(_labels(y_true, floating(y_pred), axis), ignore_class)


sparse_categorical_crossentropy.keeps_labels = True  # type: ignore[attr-defined]
sparse_categorical_crossentropy.mask_of = _valid_labels  # type: ignore[attr-defined]


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """``sum(y_true * log(y_true / y_pred), axis=-1)``; values are kept from ``epsilon()`` to 1.

    shape: ``(..., c), (..., c) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.
    source: Kullback and Leibler, Annals of Mathematical Statistics 22, 1951.

    >>> round(float(kl_divergence([0.5, 0.5], [0.25, 0.75])), 4)
    0.1438
    """
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    y_true, y_pred = (F.clip(y, low=settings.epsilon(), high=1.0) for y in (y_true, y_pred))
    return F.sum(F.multiply(y_true, F.log(F.divide(y_true, y_pred))), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """``mean(y_pred - y_true * log(y_pred + epsilon()), axis=-1)``.

    shape: ``(..., d), (..., d) -> (...)``.  dtype: that of ``y_pred``; integers become ``floatx()``.

    >>> round(float(poisson([1.0], [1.0])), 4)
    1.0
    """
    y_pred = floating(y_pred)
    y_true = cast(y_true, dtype_of(y_pred))
    logs = F.log(F.add(y_pred, settings.epsilon()))
    return F.mean(F.subtract(y_pred, F.multiply(y_true, logs)), axis=-1)


class BinaryCrossentropy(LossFunctionWrapper):
    """The loss of `binary_crossentropy`: for targets of 0 and 1.

    ``from_logits``: whether predictions are logits, not probabilities.  ``label_smoothing``: 0 to 1.  ``axis``: the
    one the mean is taken over first.  Other arguments as `Loss`.

    >>> round(float(BinaryCrossentropy()(np.array([[1.0], [0.0]]), np.array([[0.5], [0.5]]))), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy, reduction, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis


class CategoricalCrossentropy(LossFunctionWrapper):
    """The loss of `categorical_crossentropy`: for targets that are one-hot or probabilities.

    ``from_logits``: whether predictions are logits, not probabilities.  ``label_smoothing``: 0 to 1.  ``axis``: that of
    the classes.  Other arguments as `Loss`.

    >>> round(float(CategoricalCrossentropy()(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy, reduction, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """The loss of `sparse_categorical_crossentropy`: for targets that are labels.

    ``from_logits``: whether predictions are logits, not probabilities.  ``ignore_class``: a label that does not count.
    ``axis``: that of the classes.  Other arguments as `Loss`.

    >>> round(float(SparseCategoricalCrossentropy()(np.array([1]), np.array([[0.5, 0.5]]))), 4)
    0.6931
    """

    _unsaid: ClassVar[dict[str, Any]] = {"axis": -1}

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy, reduction, name, dtype,
            from_logits=from_logits, ignore_class=ignore_class, axis=axis,
        )  # fmt: skip
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis


class KLDivergence(LossFunctionWrapper):
    """The loss of `kl_divergence`: for targets and predictions that are probabilities.

    Arguments as `Loss`.

    >>> round(float(KLDivergence()(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))), 4)
    0.1438
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """The loss of `poisson`: for targets that are counts.

    Arguments as `Loss`.

    >>> round(float(Poisson()(np.array([[1.0]]), np.array([[1.0]]))), 4)
    1.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
