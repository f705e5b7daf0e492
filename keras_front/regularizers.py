"""`keras.regularizers`: penalties on weights and outputs that are added to the loss."""

from __future__ import annotations

import math
from typing import Any, TypeVar

from keras_front import ops
from keras_front.core.identifiers import Identifiers

Self = TypeVar("Self", bound="Regularizer")


class Regularizer:
    """Base class: a function of a tensor that gives a 0-d penalty.

    A subclass defines ``__call__(x)`` and, to be saved, ``get_config()``.

    >>> class Third(Regularizer):
    ...     def __call__(self, x):
    ...         return keras.ops.sum(keras.ops.absolute(x)) / 4
    >>> float(Third()(keras.ops.convert_to_tensor([1.0, -2.0])))
    0.75
    """

    def __call__(self, x: Any) -> Any:
        """The penalty for ``x``.  shape: ``(...) -> ()``.  dtype: unchanged."""
        return 0.0

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The regularizer with these arguments."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `get_config()`, so it cannot be saved: define it"
        )


class L1(Regularizer):
    """``l1 * sum(abs(x))``.  ``l1``: not negative.

    >>> float(L1(0.1)(keras.ops.convert_to_tensor([1.0, -2.0]))) < 0.3001
    True
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _factor(0.01 if l1 is None else l1, "l1")

    def __call__(self, x: Any) -> Any:
        return ops.multiply(ops.sum(ops.absolute(x)), self.l1)

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1}


class L2(Regularizer):
    """``l2 * sum(x * x)``.  ``l2``: not negative.

    >>> float(L2(0.5)(keras.ops.convert_to_tensor([1.0, -2.0])))
    2.5
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _factor(0.01 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        return ops.multiply(ops.sum(ops.square(x)), self.l2)

    def get_config(self) -> dict[str, Any]:
        return {"l2": self.l2}


class L1L2(Regularizer):
    """``l1 * sum(abs(x)) + l2 * sum(x * x)``.  Both factors: not negative.

    >>> float(L1L2(l1=1.0, l2=0.5)(keras.ops.convert_to_tensor([1.0, -2.0])))
    5.5
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor(0.0 if l1 is None else l1, "l1")
        self.l2 = _factor(0.0 if l2 is None else l2, "l2")

    def __call__(self, x: Any) -> Any:
        total = None
        if self.l1:
            total = ops.multiply(ops.sum(ops.absolute(x)), self.l1)
        if self.l2:
            squares = ops.multiply(ops.sum(ops.square(x)), self.l2)
            total = squares if total is None else ops.add(total, squares)
        return ops.zeros((), dtype=x.dtype) if total is None else total

    def get_config(self) -> dict[str, Any]:
        return {"l1": self.l1, "l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """``factor`` times the mean absolute product of two different unit vectors: the rows or columns of a matrix.

    ``factor``: not negative.  ``mode``: ``"rows"`` or ``"columns"``.

    >>> float(OrthogonalRegularizer(1.0)(keras.ops.convert_to_tensor([[1.0, 0.0], [0.0, 2.0]])))
    0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor(factor, "factor")
        if mode not in ("rows", "columns"):
            raise ValueError(f'`mode` must be "rows" or "columns", got {mode!r}')
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        if len(inputs.shape) != 2:
            raise ValueError(f"OrthogonalRegularizer needs a matrix, got shape {tuple(inputs.shape)}")
        rows = self.mode == "rows"
        units = ops.normalize(inputs, axis=1 if rows else 0)
        turned = ops.transpose(units)
        products = ops.matmul(units, turned) if rows else ops.matmul(turned, units)
        size = inputs.shape[0 if rows else 1]
        others = ops.multiply(products, ops.subtract(1.0, ops.eye(size, dtype=products.dtype)))
        # Each pair stands twice in the sum.
        return ops.multiply(ops.sum(ops.absolute(others)), self.factor / (size * (size - 1.0)))

    def get_config(self) -> dict[str, Any]:
        return {"factor": self.factor, "mode": self.mode}


def _factor(value: Any, name: str) -> float:
    if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"`{name}` must be a number, not negative and finite, got {value!r}")
    return float(value)


l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer

_identifiers = Identifiers(
    "regularizer",
    "keras.regularizers",
    {
        "Regularizer": Regularizer, "regularizer": Regularizer, "L1": L1, "l1": L1, "L2": L2, "l2": L2,
        "L1L2": L1L2, "l1l2": L1L2, "l1_l2": L1L2,
        "OrthogonalRegularizer": OrthogonalRegularizer, "orthogonal_regularizer": OrthogonalRegularizer,
    },
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The regularizer for a name, a configuration, a class or a function; ``None`` for ``None``.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.

    >>> get("l2").get_config()
    {'l2': 0.01}
    """
    return _identifiers.get(identifier)


def serialize(regularizer: Any) -> Any:
    """The configuration of a regularizer.

    >>> serialize(L1(0.5))["config"]
    {'l1': 0.5}
    """
    return _identifiers.serialize(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer of a configuration or name.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
    0.5
    """
    return _identifiers.deserialize(config, custom_objects)


__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1", "l1_l2", "l2",
    "orthogonal_regularizer", "serialize",
]  # fmt: skip
