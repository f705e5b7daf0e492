"""Before and after an update: gradients that fit their variables, values put back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from keras_front.core.convert import cast
from keras_front.core.dispatch import F, backend
from keras_front.core.overlay import local as overlay_state
from keras_front.core.state import put
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import LIFTED
from keras_front.protocol.typed import Backend


def engine(gradients: Sequence[Any]) -> Backend:
    """Where to carry out one update of all variables.

    The backend itself, where values and gradients are its own tensors, as in every eager step: looking through the lists
    for others costs as much as a small update.
    """
    native = overlay_state.overlay is None and LIFTED.keys().isdisjoint(map(type, gradients))
    return backend if native else F


def keep(variables: Sequence[Variable], old: Sequence[Any], new: Sequence[Any]) -> None:
    """Puts what an update returned into the variables; a tensor updated in place is there already."""
    if overlay_state.overlay is None:
        if new is old:
            return
        for variable, before, after in zip(variables, old, new, strict=True):
            if after is not before:
                variable._value = F.store(before, after)
    else:
        for variable, after in zip(variables, new, strict=True):
            put(variable, after)


def pack(variables: Sequence[Variable]) -> None:
    """Lays the values of variables out as the updates like them best, where they are not traced."""
    if overlay_state.overlay is None and variables:
        for variable, value in zip(variables, F.pack([v._value for v in variables]), strict=True):
            variable._value = value


def present(grads: list[Any], variables: list[Variable]) -> tuple[list[Any], list[Variable]]:
    """The gradients that are not ``None``, and their variables."""
    missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
    if len(missing) == len(grads):
        raise ValueError("`grads` holds no gradient at all: every entry is None")
    warnings.warn(
        f"there are no gradients for the variables {missing}: they stay as they are. Does the loss depend on them?",
        stacklevel=3,
    )
    pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
    return [g for g, _ in pairs], [v for _, v in pairs]


def fitted(grads: list[Any], variables: list[Variable]) -> list[Any]:
    """Gradients as tensors of their variables' dtypes.  errors: ``ValueError`` for another shape."""
    grads = [cast(g, v._dtype) for g, v in zip(grads, variables, strict=True)]
    for gradient, variable in zip(grads, variables, strict=True):
        if tuple(gradient.shape) != variable.shape:
            raise ValueError(
                f"the gradient of variable {variable.path!r} must have its shape, {variable.shape}, got "
                f"{tuple(gradient.shape)}"
            )
    return grads


def constrain(variables: Iterable[Variable]) -> None:
    """Sends variables through their constraints."""
    for variable in variables:
        constraint: Callable[[Any], Any] | None = variable._constraint
        if constraint is not None:
            variable.assign(constraint(variable.stored))
