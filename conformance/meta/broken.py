"""Ways to break a primitive, one at a time: what an adapter under construction gets wrong.

``BROKEN[name]`` lists, for each primitive, faults that the suite must find.  A fault takes the backend
and returns the broken function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.protocol import SPECIFICATION, names

Fault = Callable[[Any], Callable[..., Any]]


def _host(function: Callable[..., Any]) -> Callable[[str], Fault]:
    """A fault of a function's result on the host: same dtype, other values or shape."""

    def of(name: str) -> Fault:
        def fault(backend: Any) -> Callable[..., Any]:
            right = getattr(backend, name)

            def broken(*args: Any, **options: Any) -> Any:
                result = right(*args, **options)
                return backend.from_host(np.asarray(function(backend.to_host(result))))

            return broken

        return fault

    return of


def _shifted(x: np.ndarray) -> np.ndarray:
    """Every value off by a little: a quarter of a percent, one, or the other truth value."""
    with np.errstate(all="ignore"):
        if x.dtype == bool:
            return ~x
        return x + np.ones((), x.dtype) if x.dtype.kind in "iu" else (x * 1.0025 + 0.0025).astype(x.dtype)


def _last_wrong(x: np.ndarray) -> np.ndarray:
    """Only the last value is off."""
    result = x.copy()
    result[..., -1:] = _shifted(x[..., -1:]) if x.ndim else x
    return result


def _no_nan(x: np.ndarray) -> np.ndarray:
    return np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf) if x.dtype.kind == "f" else _shifted(x)


def _wider(x: np.ndarray) -> np.ndarray:
    """The dtype next to the right one."""
    wider = {"f4": "f8", "f8": "f4", "f2": "f4", "b1": "u1", "i4": "i8", "i8": "i4", "u4": "i8", "u1": "i4"}
    return x.astype(wider.get(x.dtype.str[1:], "f4"))


def _one_axis_more(x: np.ndarray) -> np.ndarray:
    return x[None]


def _foreign(name: str) -> Fault:
    """The result is a NumPy array and no tensor (on NumPy itself: a list)."""

    def fault(backend: Any) -> Callable[..., Any]:
        right = getattr(backend, name)

        def broken(*args: Any, **options: Any) -> Any:
            result = backend.to_host(right(*args, **options))
            return result.tolist() if backend.is_tensor(result) else result

        return broken

    return fault


def _overwrites(name: str) -> Fault:
    """The function returns its first argument changed in place, as seen from outside: the argument is another one."""

    def fault(backend: Any) -> Callable[..., Any]:
        right = getattr(backend, name)

        def broken(*args: Any, **options: Any) -> Any:
            result = right(*args, **options)
            held = next((a for a in args if backend.is_tensor(a)), None)
            value = getattr(held, "_value", held)
            if isinstance(value, np.ndarray) and value.size:
                value[...] = (
                    np.flip(value)
                    if value.ndim and value.size > 1
                    else ~value
                    if value.dtype == bool
                    else value + 1
                )
            return result

        return broken

    return fault


def _without(option: str, value: Any) -> Callable[[str], Fault]:
    """An option is ignored."""

    def of(name: str) -> Fault:
        def fault(backend: Any) -> Callable[..., Any]:
            right = getattr(backend, name)
            return lambda *args, **options: right(*args, **{**options, option: value})

        return fault

    return of


def _swapped(name: str) -> Fault:
    """The operands stand in the wrong order."""

    def fault(backend: Any) -> Callable[..., Any]:
        right = getattr(backend, name)
        return lambda x, y, /: right(y, x)

    return fault


def _instead(other: str) -> Callable[[str], Fault]:
    """Another function stands under the name."""
    return lambda name: lambda backend: getattr(backend, other)


#: Faults for every function with tensors as results.
GENERAL: dict[str, Callable[[str], Fault]] = {
    "all values off": _host(_shifted),
    "wrong dtype": _host(_wider),
    "one axis too many": _host(_one_axis_more),
    "foreign result": _foreign,
}

_COMMUTES = "add multiply maximum minimum equal bitwise_and bitwise_or bitwise_xor".split()
_BINARY = [
    name
    for name in names("primitive")
    if [p.name for p in SPECIFICATION[name].signature.parameters.values()] == ["x", "y"]
]
_REDUCTIONS = "sum prod max min".split()


def _more(name: str) -> dict[str, Callable[[str], Fault]]:
    """Faults that make sense for one function only."""
    found: dict[str, Callable[[str], Fault]] = {}
    if name in _BINARY and name not in _COMMUTES:
        found["operands swapped"] = _swapped
    if name in _REDUCTIONS:
        found |= {"keepdims ignored": _without("keepdims", False), "axis ignored": _without("axis", None)}
    if name in "argmax argsort cumulative_sum take take_along_axis flip concat".split():
        found["axis ignored"] = _without("axis", 0)
    if name == "argmax":
        found["keepdims ignored"] = _without("keepdims", False)
    if name in "exp log sqrt sin tanh sign maximum minimum max min add divide negative".split():
        found["NaN ignored"] = _host(_no_nan)
    if name in "add exp sum matmul where reshape take".split():
        found["last value off"] = _host(_last_wrong)
    if name in "negative add sum reshape take scatter sort".split():
        found["argument overwritten"] = _overwrites
    found |= {
        "floor": {"rounds": _instead("round")},
        "round": {"floors": _instead("floor")},
        "expm1": {"loses digits": lambda _: lambda b: lambda x, /: b.subtract(b.exp(x), 1)},
        "log1p": {"loses digits": lambda _: lambda b: lambda x, /: b.log(b.add(x, 1))},
        "floor_divide": {"towards zero": lambda _: _truncated},
        "scatter": {"mode ignored": _without("mode", "set"), "axis ignored": _without("axis", 0)},
        "slice": {
            "steps ignored": lambda _: (
                lambda b: lambda x, starts, stops, steps, /: b.slice(x, starts, stops, (1,) * len(steps))
            )
        },
        "argsort": {"not stable": lambda _: _unstable},
        "bitwise_right_shift": {"loses the sign": lambda _: _unsigned_shift},
        "permute_dims": {"inverse": lambda _: _inverse},
        "arange": {
            "stop included": lambda _: lambda b: lambda a, o, s, /, dtype: b.arange(a, o + s, s, dtype=dtype)
        },
    }.get(name, {})
    return found


def _truncated(b: Any) -> Callable[..., Any]:
    def broken(x: Any, y: Any, /) -> Any:
        quotient = b.floor_divide(
            b.abs(x) if b.is_tensor(x) else abs(x), b.abs(y) if b.is_tensor(y) else abs(y)
        )
        sign = b.multiply(b.sign(x) if b.is_tensor(x) else 1, b.sign(y) if b.is_tensor(y) else 1)
        return b.multiply(quotient, sign)

    return broken


def _unstable(b: Any) -> Callable[..., Any]:
    def broken(x: Any, /, axis: int) -> Any:
        size = x.shape[axis]
        return (
            b.subtract(size - 1, b.argsort(b.flip(x, axis=axis), axis=axis))
            if size
            else b.argsort(x, axis=axis)
        )

    return broken


def _unsigned_shift(b: Any) -> Callable[..., Any]:
    def broken(x: Any, y: Any, /) -> Any:
        return (
            b.abs(b.bitwise_right_shift(x, y))
            if b.dtype_of(x).startswith("int")
            else b.bitwise_right_shift(x, y)
        )

    return broken


def _inverse(b: Any) -> Callable[..., Any]:
    return lambda x, axes, /: b.permute_dims(x, tuple(axes.index(i) for i in range(len(axes))))


HOST_FUNCTIONS = ("from_host", "to_host", "is_tensor", "dtype_of")

#: Primitive -> fault in words -> fault.
BROKEN: dict[str, dict[str, Fault]] = {
    name: {what: make(name) for what, make in {**GENERAL, **_more(name)}.items()}
    for name in names("primitive")
    if name not in HOST_FUNCTIONS
}
