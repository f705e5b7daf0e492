"""How functions of this adapter are called: without floating-point warnings, half precision by way of float32.

IEEE 754 values (infinities, NaN) are results here, not accidents, so NumPy's warnings must stay silent;
yet the user's own ``np.seterr`` must not change.  NumPy keeps its error state in a context variable, and
running a function in a context where that variable says "ignore" costs a tenth of ``np.errstate``.
"""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Callable
from typing import Any

import numpy as np


class _Silent(threading.local):
    """One context a thread, because a context cannot be entered twice at a time."""

    def __init__(self) -> None:
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


_silent = _Silent()
TENSORS = (np.ndarray, np.generic)
Function = Callable[..., Any]


#: Whether bfloat16 tensors may exist (`ml_dtypes` is loaded): with those NumPy does not know that Python scalars are weak.
has_bfloat16 = False


def weak(x: Any, y: Any) -> tuple[Any, Any]:
    """Gives a Python scalar the dtype of the bfloat16 tensor that it meets."""
    if not isinstance(y, TENSORS):
        return (x, x.dtype.type(y)) if x.dtype.kind == "V" else (x, y)
    if not isinstance(x, TENSORS):
        return (y.dtype.type(x), y) if y.dtype.kind == "V" else (x, y)
    return x, y


def again(function: Function, /, *args: Any, **options: Any) -> Any:
    """Carries out a call that failed because the thread's silent context is already entered (a debugger, a finalizer)."""
    with np.errstate(all="ignore"):
        return function(*args, **options)


def unary(function: Function) -> Function:
    """``function(x)`` without warnings."""

    def call(x: Any, /) -> Any:
        try:
            return _silent.run(function, x)
        except RuntimeError:
            return again(function, x)

    return call


def binary(function: Function) -> Function:
    """``function(x, y)`` without warnings."""

    def call(x: Any, y: Any, /) -> Any:
        if has_bfloat16:
            x, y = weak(x, y)
        try:
            return _silent.run(function, x, y)
        except RuntimeError:
            return again(function, x, y)

    return call


def silent(function: Function) -> Function:
    """Any function without warnings; its signature stays."""

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return _silent.run(function, *args, **options)
        except RuntimeError:
            return again(function, *args, **options)

    return call


def is_half(x: Any) -> bool:
    """Whether a tensor's dtype is float16 or bfloat16, for which NumPy has no fast kernels."""
    return x.itemsize == 2 and x.dtype.kind not in "iu"


def _widen(args: tuple[Any, ...], dtype: Any) -> list[Any]:
    return [a.astype(np.float32) if isinstance(a, TENSORS) and a.dtype == dtype else a for a in args]


def _narrow(results: Any, dtype: Any) -> Any:
    if isinstance(results, tuple):
        return tuple(None if r is None else r.astype(dtype) for r in results)
    return results.astype(dtype)


def kernel(function: Function) -> Function:
    """A kernel without warnings that computes half precision in float32; its signature stays."""

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        x = args[0]
        if x.itemsize == 2 and is_half(x):
            return _narrow(silent_function(*_widen(args, x.dtype), **options), x.dtype)
        try:
            return _silent.run(function, *args, **options)
        except RuntimeError:
            return again(function, *args, **options)

    silent_function = silent(function)
    return call


def rule(function: Function) -> Function:
    """A gradient rule ``f(*args) -> (result, backward)`` called in the same manner, forward and backward.

    ``backward`` of the rule given returns a gradient for each of the leading arguments; of the one made, for every one.
    """

    def call(*args: Any, **options: Any) -> tuple[Any, Function]:
        x = args[0]
        if x.itemsize == 2 and is_half(x):
            return _in_single(function, args, options)
        try:
            result, inner = _silent.run(function, *args, **options)
        except RuntimeError:
            result, inner = again(function, *args, **options)

        def backward(upstream: Any, needed: tuple[bool, ...]) -> tuple[Any, ...]:
            try:
                gradients = _silent.run(inner, upstream, needed)
            except RuntimeError:
                gradients = again(inner, upstream, needed)
            return gradients if len(gradients) == len(needed) else _for_each(gradients, needed)

        return result, backward

    return call


def _for_each(gradients: tuple[Any, ...], needed: tuple[bool, ...]) -> tuple[Any, ...]:
    count = len(needed)
    return gradients[:count] + (None,) * (count - len(gradients))


def _in_single(function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Function]:
    """A gradient rule for half precision, carried out in float32."""
    half = args[0].dtype
    result, inner = silent(function)(*_widen(args, half), **options)

    def backward(upstream: Any, needed: tuple[bool, ...]) -> tuple[Any, ...]:
        wide = upstream if isinstance(upstream, tuple) else (upstream,)
        wide = tuple(None if u is None else u.astype(np.float32) for u in wide)
        gradients = silent(inner)(wide if isinstance(upstream, tuple) else wide[0], needed)
        return _for_each(_narrow(gradients, half), needed)

    return _narrow(result, half), backward
