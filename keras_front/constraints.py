"""`keras.constraints`: what weights are sent through after each update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from keras_front import ops
from keras_front.core import settings
from keras_front.core.identifiers import Identifiers

Self = TypeVar("Self", bound="Constraint")
Axes = int | Sequence[int]


class Constraint:
    """Base class: a function from a weight's value to the value it shall have.

    A subclass defines ``__call__(w)`` and, if it has arguments, ``get_config()``.

    >>> class AtMostOne(Constraint):
    ...     def __call__(self, w):
    ...         return keras.ops.minimum(w, 1.0)
    >>> [float(x) for x in AtMostOne()(keras.ops.convert_to_tensor([0.5, 2.0]))]
    [0.5, 1.0]
    """

    def __call__(self, w: Any) -> Any:
        """The value to keep instead of ``w``.  shape: ``(...) -> (...)``.  dtype: unchanged."""
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The constraint with these arguments."""
        return cls(**config)


def _norms(w: Any, axis: Axes) -> Any:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Shrinks vectors along ``axis`` to a norm of at most ``max_value``.

    source: Srivastava et al., JMLR 15, 2014.

    >>> MaxNorm(2).get_config()
    {'max_value': 2, 'axis': 0}
    """

    def __init__(self, max_value: float = 2, axis: Axes = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        wanted = ops.clip(norms, 0.0, float(self.max_value))
        return ops.multiply(w, ops.divide(wanted, ops.add(norms, settings.epsilon())))

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Puts 0 in the place of negative weights.

    >>> NonNeg()(keras.ops.convert_to_tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __call__(self, w: Any) -> Any:
        return ops.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Gives vectors along ``axis`` the norm 1.

    >>> UnitNorm(axis=1).get_config()
    {'axis': 1}
    """

    def __init__(self, axis: Axes = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        return ops.divide(w, ops.add(_norms(w, self.axis), settings.epsilon()))

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves the norm of vectors along ``axis`` into ``[min_value, max_value]``, by the share ``rate`` of the way.

    >>> MinMaxNorm(0.5, 2.0).get_config()
    {'min_value': 0.5, 'max_value': 2.0, 'rate': 1.0, 'axis': 0}
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Axes = 0
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Any:
        norms = _norms(w, self.axis)
        inside = ops.clip(norms, float(self.min_value), float(self.max_value))
        wanted = ops.add(ops.multiply(inside, self.rate), ops.multiply(norms, 1.0 - self.rate))
        return ops.multiply(w, ops.divide(wanted, ops.add(norms, settings.epsilon())))

    def get_config(self) -> dict[str, Any]:
        return {
            "min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis,
        }  # fmt: skip


max_norm = MaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
min_max_norm = MinMaxNorm

_identifiers = Identifiers(
    "constraint",
    "keras.constraints",
    {
        "Constraint": Constraint, "constraint": Constraint, "MaxNorm": MaxNorm, "max_norm": MaxNorm,
        "NonNeg": NonNeg, "non_neg": NonNeg, "UnitNorm": UnitNorm, "unit_norm": UnitNorm,
        "MinMaxNorm": MinMaxNorm, "min_max_norm": MinMaxNorm,
    },
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The constraint for a name, a configuration, a class or a function; ``None`` for ``None``.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.

    >>> get("max_norm").max_value
    2
    """
    return _identifiers.get(identifier)


def serialize(constraint: Any) -> Any:
    """The configuration of a constraint.

    >>> serialize(MaxNorm(3))["class_name"]
    'MaxNorm'
    """
    return _identifiers.serialize(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint of a configuration or name.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
    1
    """
    return _identifiers.deserialize(config, custom_objects)


__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm", "min_max_norm",
    "non_neg", "serialize", "unit_norm",
]  # fmt: skip
