"""Checks of constructor arguments that many layers share, and their way into configurations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keras_front import activations, constraints, initializers, regularizers


def positive_int(name: str, value: Any, layer: str) -> int:
    """``value`` as an integer of at least 1.

    errors: ``ValueError`` naming the argument and the layer.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 1:
        raise ValueError(f"`{name}` of {layer} must be an integer of at least 1, got {value!r}")
    return int(value)


def int_tuple(name: str, value: Any, rank: int, layer: str, minimum: int = 1) -> tuple[int, ...]:
    """``value`` as one integer an axis; one integer stands for all.

    errors: ``ValueError`` naming the argument and the layer.
    """
    items = (value,) * rank if hasattr(value, "__index__") else value
    try:
        numbers = tuple(
            int(item) for item in items if hasattr(item, "__index__") and not isinstance(item, bool)
        )
    except TypeError:
        numbers = ()
    if len(numbers) != rank or min(numbers, default=minimum - 1) < minimum:
        raise ValueError(
            f"`{name}` of {layer} must be an integer of at least {minimum}, or a tuple of {rank} of them, got {value!r}"
        )
    return numbers


def share(name: str, value: Any, layer: str) -> float:
    """``value`` as a number from 0 to 1.

    errors: ``ValueError`` naming the argument and the layer.
    """
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__") or not 0 <= value <= 1:
        raise ValueError(f"`{name}` of {layer} must be from 0 to 1, got {value!r}")
    return float(value)


def one_of(name: str, value: Any, allowed: tuple[str, ...], layer: str) -> str:
    """``value``, in lower case, if it is allowed.

    errors: ``ValueError`` naming the argument and the layer.
    """
    text = value.lower() if isinstance(value, str) else value
    if text not in allowed:
        raise ValueError(f"`{name}` of {layer} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return str(text)


def config_of(layer: Any, names: Iterable[str]) -> dict[str, Any]:
    """The attributes of the given names as a configuration holds them."""
    return {name: _serialized(name, getattr(layer, name)) for name in names}


def _serialized(name: str, value: Any) -> Any:
    if name.endswith("initializer"):
        return initializers.serialize(value)
    if name.endswith("regularizer"):
        return regularizers.serialize(value) if value is not None else None
    if name.endswith("constraint"):
        return constraints.serialize(value) if value is not None else None
    if name.endswith("activation"):
        return activations.serialize(value)
    return value
