"""Sums and means over batches, and the mean of any function of targets and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from keras_front.core.convert import cast
from keras_front.core.dispatch import F
from keras_front.core.state import put
from keras_front.losses.loss import apply_mask, divide_no_nan, same_rank
from keras_front.metrics.metric import Metric


def _weighted(values: Any, weights: Any, reduce: Callable[..., Any]) -> tuple[Any, Any]:
    """Values times weights and the weights, each reduced to one entry a sample, as far as they have more axes."""
    values, weights = same_rank(values, weights)
    rank = len(weights.shape)
    if len(values.shape) > rank:
        values = reduce(values, axis=tuple(range(rank, len(values.shape))))
    if tuple(weights.shape) != tuple(values.shape):
        weights = F.broadcast_to(weights, tuple(values.shape))
    values = F.multiply(values, weights)
    if rank > 1:
        axes = tuple(range(1, rank))
        values, weights = reduce(values, axis=axes), reduce(weights, axis=axes)
    return values, weights


class Sum(Metric):
    """The sum of all values, each times its weight.

    >>> metric = Sum()
    >>> metric.update_state([1.0, 3.0])
    >>> float(metric.result())
    4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds values, times ``sample_weight`` (a number, or one weight for each value or sample)."""
        values = cast(values, self._dtype)
        if sample_weight is not None:
            values, _ = _weighted(values, cast(sample_weight, self._dtype), F.sum)
        put(self.total, F.add(self.total.stored, F.sum(values)))

    def result(self) -> Any:
        """The sum.  shape: ``()``.  dtype: ``dtype``."""
        return self.total.stored


class Mean(Metric):
    """The mean of all values: ``sum(weight * value) / sum(weight)``; 0 before the first.

    Of values with several axes the mean is taken over all but the first; that axis counts.

    >>> metric = Mean()
    >>> metric.update_state([1.0, 3.0])
    >>> metric.update_state(5.0, sample_weight=2)
    >>> float(metric.result())
    3.5
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Takes values in, with ``sample_weight`` (a number, or one weight for each value or sample)."""
        values = cast(values, self._dtype)
        shape = values.shape
        rank = len(shape)
        if sample_weight is None:
            # An unknown size is met only where shapes alone are computed.
            count = (shape[0] or 0) if rank else 1
            if rank > 1:
                values = F.mean(values, axis=tuple(range(1, rank)))
        elif type(sample_weight) in (int, float):
            count = sample_weight
            values = F.multiply(F.mean(values) if rank else values, sample_weight)
            rank = 0
        else:
            values, weights = _weighted(values, cast(sample_weight, self._dtype), F.mean)
            count = F.sum(weights)
        put(self.total, F.add(self.total.stored, F.sum(values) if rank else values))
        put(self.count, F.add(self.count.stored, count))

    def reset_state(self) -> None:
        """Begins anew."""
        for variable in (self.total, self.count):
            put(variable, F.full((), 0.0, dtype=self._dtype))

    def result(self) -> Any:
        """The mean.  shape: ``()``.  dtype: ``dtype``."""
        return divide_no_nan(self.total.stored, self.count.stored)


class MeanMetricWrapper(Mean):
    """The mean of ``fn(y_true, y_pred, **kwargs)``, which gives a value for each sample.

    >>> metric = MeanMetricWrapper(lambda y_true, y_pred: keras.ops.abs(y_true - y_pred), name="distance")
    >>> metric.update_state(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    >>> float(metric.result())
    1.5
    """

    #: Arguments of a subclass that Keras's files do not mention, with their defaults: told only if they differ.
    _unsaid: ClassVar[dict[str, Any]] = {}

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        self._mask_of = getattr(fn, "mask_of", None)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None
    ) -> None:
        """Takes a batch in; ``mask`` (booleans) drops values."""
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if mask is not None:
            sample_weight = apply_mask(sample_weight, mask, self._dtype, "sum")
        if sample_weight is not None and self._mask_of is not None:
            own = self._mask_of(y_true, y_pred, **self._fn_kwargs)
            sample_weight = apply_mask(sample_weight, own, self._dtype, "sum")
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        from keras_front import metrics

        if type(self) is not MeanMetricWrapper:
            unsaid = self._unsaid.items()
            given = {key: value for key, value in self._fn_kwargs.items() if (key, value) not in unsaid}
            return {**super().get_config(), **given}
        return {**super().get_config(), "fn": metrics.serialize(self._fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MeanMetricWrapper:
        """The metric with these arguments."""
        from keras_front import metrics

        if isinstance(config.get("fn"), (dict, str)):
            config = {**config, "fn": metrics.deserialize(config["fn"])}
        return cls(**config)
