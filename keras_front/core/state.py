"""Putting a new value into a variable where its shape and dtype are known to be right, as every step does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_front.core.dispatch import F
from keras_front.core.overlay import local

if TYPE_CHECKING:
    from keras_front.core.variable import Variable


def put(variable: Variable, value: Any) -> None:
    """`Variable.assign` without its checks: ``value`` is a tensor of the variable's own shape and dtype."""
    overlay = local.overlay
    if overlay is None:
        variable._value = F.store(variable._value, value)
    else:
        overlay.assign(variable, value)
