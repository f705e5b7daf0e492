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
    dtype = x.dtype
    return dtype.itemsize == 2 and dtype.kind not in "iu"


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
        if is_half(x):
            return _narrow(silent_function(*_widen(args, x.dtype), **options), x.dtype)
        return silent_function(*args, **options)

    silent_function = silent(function)
    return call


def rule(function: Function) -> Function:
    """A gradient rule ``f(*args) -> (result, backward)`` called in the same manner, forward and backward.

    ``backward`` of the rule given returns a gradient for each of the leading arguments; of the one made, for every one.
    """
    silent_function = silent(function)

    def call(*args: Any, **options: Any) -> tuple[Any, Function]:
        half = args[0].dtype if is_half(args[0]) else None
        result, inner = silent_function(*(_widen(args, half) if half else args), **options)
        quiet = silent(inner)

        def backward(upstream: Any, needed: tuple[bool, ...]) -> tuple[Any, ...]:
            if half:
                wide = upstream if isinstance(upstream, tuple) else (upstream,)
                wide = tuple(None if u is None else u.astype(np.float32) for u in wide)
                upstream = wide if isinstance(upstream, tuple) else wide[0]
            gradients = quiet(upstream, needed)
            if half:
                gradients = _narrow(gradients, half)
            count = len(needed)
            return gradients[:count] + (None,) * (count - len(gradients))

        return (_narrow(result, half) if half else result), backward

    return call
