"""The mark of a public op."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from keras_front.core.symbolic import KerasTensor, call_symbolic
from keras_front.interpret.lifted import leaves

P = ParamSpec("P")
R = TypeVar("R")

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
            if kind is KerasTensor or ((kind is list or kind is tuple) and _symbolic(arg)):
                return cast(R, call_symbolic(call, args, kwargs))
        if kwargs and _symbolic(kwargs):
            return cast(R, call_symbolic(call, args, kwargs))
        return function(*args, **kwargs)

    OPS[function.__name__] = call
    return call


def _symbolic(tree: object) -> bool:
    return any(type(leaf) is KerasTensor for leaf in leaves(tree))
