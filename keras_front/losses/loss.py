"""`Loss`: a function of targets and predictions, and how its values become one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from keras_front.core import dtype_policy, settings
from keras_front.core.convert import cast, dtype_of, floating, to_tensor
from keras_front.core.dispatch import F
from keras_front.core.naming import auto_name
from keras_front.interpret.lifted import leaves
from keras_front.protocol.tree import map_tree

Self = TypeVar("Self", bound="Loss")

_REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss:
    """Base class of losses: ``reduce(call(y_true, y_pred) * sample_weight)``.

    A subclass defines ``call(y_true, y_pred)``, which returns a value for each sample.

    ``reduction``: ``"sum_over_batch_size"`` or ``"mean"`` (the sum divided by the number of values), ``"sum"``,
    ``"mean_with_sample_weight"`` (divided by the sum of the weights), ``"none"`` or ``None`` (the values themselves).
    ``dtype``: what it computes in; default ``floatx()``.

    errors: ``ValueError`` for another reduction.

    >>> class Absolute(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)
    >>> float(Absolute()(np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])))
    1.5
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        if reduction not in _REDUCTIONS:
            raise ValueError(
                f"`reduction` must be one of {', '.join(map(repr, _REDUCTIONS))}, got {reduction!r}"
            )
        self.name = name or auto_name(type(self))
        self.reduction = reduction
        self._dtype = dtype_policy.get(dtype or settings.floatx()).compute_dtype

    @property
    def dtype(self) -> str:
        """The dtype it computes in."""
        return self._dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None, mask: Any = None) -> Any:
        """The loss of targets and predictions.

        ``sample_weight``: factors of the values, one each, or broadcasting to them.  ``mask``: booleans; false drops a
        value, and the mean is that of the others.

        shape: ``() `` or, without reduction, one value a sample.  dtype: ``dtype``.
        errors: ``ValueError`` for weights that do not broadcast to the values.
        """
        y_pred, y_true = _each(self._cast, y_pred), _each(self._target, y_true)
        values = self.call(y_true, y_pred)
        own = self._mask(y_true, y_pred)
        if own is not None:
            mask = own if mask is None else F.bitwise_and(cast(mask, "bool"), own)
        return reduce_weighted(values, sample_weight, mask, self.reduction, self._dtype)

    def _cast(self, x: Any) -> Any:
        return cast(x, self._dtype)

    def _target(self, x: Any) -> Any:
        return cast(x, self._dtype)

    def _mask(self, y_true: Any, y_pred: Any) -> Any:
        """Which values count, or ``None`` for all of them."""
        return None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values, one for each sample; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} must define `call(self, y_true, y_pred)`")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The loss with these arguments."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


_TREES = frozenset((list, tuple, dict))


def _each(convert: Callable[[Any], Any], x: Any) -> Any:
    """Data converted to a tensor, in a list, tuple or dict of arrays each of them; a list of numbers is data."""
    if type(x) not in _TREES:
        return convert(x)
    is_data = type(x) is not dict and not any(hasattr(leaf, "shape") for leaf in leaves(x))
    return convert(x) if is_data else map_tree(convert, x)


class LossFunctionWrapper(Loss):
    """The loss of a function ``fn(y_true, y_pred, **kwargs)`` that returns a value for each sample.

    >>> wrapped = LossFunctionWrapper(lambda y_true, y_pred: keras.ops.abs(y_true - y_pred), name="absolute")
    >>> float(wrapped(np.array([1.0, 2.0]), np.array([2.0, 4.0])))
    1.5
    """

    #: Arguments of a subclass that Keras's files do not mention, with their defaults: told only if they differ.
    _unsaid: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        #: A function that leaves labels as integers, and one that says which values count.
        self._keeps_labels = getattr(fn, "keeps_labels", False)
        self._mask_of = getattr(fn, "mask_of", None)

    def _target(self, x: Any) -> Any:
        return to_tensor(x) if self._keeps_labels else cast(x, self._dtype)

    def _mask(self, y_true: Any, y_pred: Any) -> Any:
        return None if self._mask_of is None else self._mask_of(y_true, y_pred, **self._fn_kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``fn`` of targets and predictions of one rank."""
        if hasattr(y_true, "shape") and hasattr(y_pred, "shape"):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        from keras_front import losses

        if type(self) is not LossFunctionWrapper:
            # The function is part of the class.
            unsaid = self._unsaid.items()
            given = {key: value for key, value in self._fn_kwargs.items() if (key, value) not in unsaid}
            return {**super().get_config(), **given}
        return {**super().get_config(), "fn": losses.serialize(self.fn), **self._fn_kwargs}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossFunctionWrapper:
        """The loss with these arguments."""
        from keras_front import losses

        if isinstance(config.get("fn"), (dict, str)):
            config = {**config, "fn": losses.deserialize(config["fn"])}
        return cls(**config)


def pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Targets and predictions as tensors of the predictions' dtype (integers become ``floatx()``) and of one rank."""
    y_pred = floating(y_pred)
    return same_rank(cast(y_true, dtype_of(y_pred)), y_pred)


def same_rank(x: Any, y: Any) -> tuple[Any, Any]:
    """Two tensors, of which one that has a last axis of size 1 more loses it (or gives it to a vector).

    >>> a, b = same_rank(keras.ops.zeros((3, 1)), keras.ops.zeros(3))
    >>> tuple(a.shape), tuple(b.shape)
    ((3, 1), (3, 1))
    """
    shape, other = tuple(x.shape), tuple(y.shape)
    if len(shape) == len(other):
        return x, y
    if len(shape) == len(other) + 1 and shape[-1] == 1:
        if len(other) == 1:
            return x, F.expand_dims(y, axis=-1)
        return F.reshape(x, _open(shape[:-1])), y
    if len(other) == len(shape) + 1 and other[-1] == 1:
        if len(shape) == 1:
            return F.expand_dims(x, axis=-1), y
        return x, F.reshape(y, _open(other[:-1]))
    return x, y


def _open(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """The shape for `reshape`: an unknown size is left to it."""
    return tuple(-1 if n is None else n for n in shape)


def reduce_weighted(values: Any, sample_weight: Any, mask: Any, reduction: str | None, dtype: str) -> Any:
    """The values times weights and mask, reduced as `Loss` says.

    shape: ``(...) -> ()`` or, without reduction, ``(...)``.  dtype: ``dtype``.
    errors: ``ValueError`` for weights that do not broadcast to the values.
    """
    values = cast(values, dtype)
    weights = None
    if sample_weight is not None or mask is not None:
        weights = apply_mask(sample_weight, mask, dtype, reduction)
    if weights is not None:
        values, weights = same_rank(values, weights)
        _check_broadcast(values.shape, weights.shape)
        values = F.multiply(values, weights)
    shape = tuple(values.shape)
    if reduction is None or reduction == "none" or shape in ((), (0,)):
        return values
    if reduction == "sum" or 0 in shape:
        return F.sum(values)
    if reduction == "mean_with_sample_weight" and weights is not None:
        return divide_no_nan(F.sum(values), F.sum(weights))
    return F.mean(values)


def apply_mask(sample_weight: Any, mask: Any, dtype: str, reduction: str | None) -> Any:
    """Sample weights that also drop what the mask leaves out; ``None`` if there is neither.

    For a mean the weights of what stays grow, so that the mean is taken over that alone.
    """
    weights = None if sample_weight is None else cast(sample_weight, dtype)
    if mask is None:
        return weights
    kept = cast(cast(mask, "bool"), dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        kept = F.multiply(kept, divide_no_nan(F.full((), 1.0, dtype=dtype), F.mean(kept)))
    if weights is None:
        return kept
    kept, weights = same_rank(kept, weights)
    return F.multiply(weights, kept)


def divide_no_nan(x: Any, y: Any) -> Any:
    """``x / y``, and 0 where ``y`` is 0.  shape: broadcast.  dtype: floating, unchanged."""
    empty = F.equal(y, 0)
    return F.where(empty, 0.0, F.divide(x, F.where(empty, 1.0, y)))


def _check_broadcast(values: Any, weights: Any) -> None:
    for n, m in zip(reversed(tuple(values)), reversed(tuple(weights)), strict=False):
        if n != m and 1 not in (n, m) and None not in (n, m):
            raise ValueError(
                f"`sample_weight` has shape {tuple(weights)}, which does not broadcast to the {tuple(values)} values of "
                "the loss: give one weight for each value, or a last axis of size 1"
            )
