"""NumPy's functions on boxes, in terms of the protocol: what a user's layer computes with NumPy trains too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from . import numpy_functions as functions


def _no_gradient(name: str) -> TypeError:
    return TypeError(
        f"numpy.{name} cannot be used on a tensor whose gradient is being recorded: use the function of `ops` "
        "that does the same; if no gradient is wanted, pass the tensor through stop_gradient first"
    )


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Carries out an elementwise NumPy function of which some input is a box."""
    name = ufunc.__name__
    if options.pop("out", None) is not None:
        raise TypeError(
            f"numpy.{name} with `out=` (or an operator such as `+=` on an array) would write a tensor whose gradient "
            "is being recorded into an array; write `x = x + y` instead of `x += y`"
        )
    if method == "reduce" and name in functions.REDUCTIONS and not options.get("initial"):
        options = {key: value for key, value in options.items() if key in ("axis", "keepdims")}
        return functions.REDUCTIONS[name](*inputs, **{"axis": 0, **options})
    function = functions.UFUNCS.get(name)
    if function is None or method != "__call__" or options:
        raise _no_gradient(name if method == "__call__" else f"{name}.{method}")
    return function(*inputs)


def call_function(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Carries out another NumPy function of which some argument is a box."""
    name = function.__name__
    module = function.__module__.removeprefix("numpy").lstrip(".")
    name = f"{module}.{name}" if module and not module.startswith(("_", "lib")) else name
    ours = functions.FUNCTIONS.get(name)
    if ours is None:
        raise _no_gradient(name)
    options = {key: value for key, value in options.items() if value is not None or key == "axis"}
    if unknown := options.keys() - functions.options_of(ours):
        raise TypeError(f"{_no_gradient(name)} (it was called with {', '.join(sorted(unknown))})")
    return ours(*args, **options)


#: Methods of arrays, as the NumPy functions of these names.
_METHODS = {
    name: name
    for name in (
        "sum mean prod max min var std argmax argmin argsort cumsum reshape ravel transpose squeeze swapaxes "
        "clip dot take repeat round copy"
    ).split()
} | {"flatten": "ravel"}


def bound_method(box: Any, name: str) -> Callable[..., Any]:
    """An array method of a box; ``AttributeError`` if it has none of this name."""
    if name == "astype":
        return functools.partial(functions.astype, box)
    if name in ("reshape", "transpose"):
        ours = functions.FUNCTIONS[name]

        def method(*sizes: Any) -> Any:
            return ours(box, *(sizes if len(sizes) < 2 else (sizes,)))

        return method
    if name in _METHODS:
        return functools.partial(functions.FUNCTIONS[_METHODS[name]], box)
    raise AttributeError(
        f"a tensor whose gradient is being recorded has no attribute {name!r}; use a function of `ops`"
    )
