"""The mark of a public op."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from keras_front.core.dispatch import backend
from keras_front.core.symbolic import KerasTensor, call_symbolic
from keras_front.interpret.lifted import leaves

P = ParamSpec("P")
R = TypeVar("R")

#: Classes of arguments that are no symbolic tensor and hold none.
_PLAIN = frozenset({bool, int, float, str, type(None), *backend.traits.tensor_types})
#: Every public op by name.
OPS: dict[str, Callable[..., object]] = {}


def op(function: Callable[P, R]) -> Callable[P, R]:
    """Makes a function of `F` and of other ops a public op.

    A call with a symbolic tensor is recorded as one step of the model under the op's own name; with anything else
    the function just runs.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for arg in args:
            kind = type(arg)
            if kind in _PLAIN:
                continue
            if kind is KerasTensor or ((kind is list or kind is tuple or kind is dict) and _symbolic(arg)):
                return cast(R, call_symbolic(call, args, kwargs))
        if kwargs:
            for arg in kwargs.values():
                if type(arg) not in _PLAIN and _symbolic(arg):
                    return cast(R, call_symbolic(call, args, kwargs))
        return function(*args, **kwargs)

    OPS[function.__name__] = call
    return call


def _symbolic(tree: object) -> bool:
    return any(type(leaf) is KerasTensor for leaf in leaves(tree))
