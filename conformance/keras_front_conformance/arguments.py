"""Descriptions of arguments, of which a case makes host arrays for the dtype under test.

An ``Argument`` stands where a tensor will stand; plain Python values stand for themselves, ``DTYPE`` for the
name of the dtype under test.  All values are exact in the dtype, drawn with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_front.protocol import dtypes

from .host import numpy_dtype

Make = Callable[[np.random.Generator, str], np.ndarray]


class _Dtype:
    def __repr__(self) -> str:
        return "DTYPE"


#: Stands for the name of the dtype under test.
DTYPE = _Dtype()


@dataclass(frozen=True)
class _Scalar:
    value: int

    def of(self, dtype: str) -> bool | int:
        return bool(self.value) if dtype == "bool" else self.value


def scalar(value: int) -> _Scalar:
    """A Python scalar that is a bool when the dtype under test is one."""
    return _Scalar(value)


@dataclass(frozen=True)
class Argument:
    """A tensor to be: how its host array is made, and its dtype if that is not the one under test."""

    make: Make
    dtype: str | None = None

    def array(self, generator: np.random.Generator, dtype: str) -> np.ndarray:
        """The host array for a dtype under test."""
        dtype = self.dtype or dtype
        return np.asarray(self.make(generator, dtype)).astype(numpy_dtype(dtype))


@dataclass(frozen=True)
class Call:
    """One call: arguments and options, with `Argument` where tensors stand (in lists, too)."""

    args: tuple[Any, ...]
    options: dict[str, Any]

    def __repr__(self) -> str:
        return f"call{self.args!r:.200}"

    def host(self, dtype: str, seed: int = 0) -> tuple[list[Any], dict[str, Any]]:
        """Arguments and options with host arrays in the places of tensors."""
        generator = np.random.default_rng(seed)

        def made(value: Any) -> Any:
            if isinstance(value, Argument):
                return value.array(generator, dtype)
            if isinstance(value, list):
                return [made(item) for item in value]
            if isinstance(value, _Scalar):
                return value.of(dtype)
            return dtype if value is DTYPE else value

        args = [made(value) for value in self.args]
        return args, {key: made(value) for key, value in self.options.items()}


def call(*args: Any, **options: Any) -> Call:
    """A case: the call of a protocol function with these arguments."""
    return Call(args, options)


def real(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str | None = None) -> Argument:
    """Uniform values between ``low`` and ``high``; integers between -9 (or 0) and 9; booleans."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        kind = dtypes.kind(name)
        if kind == "floating":
            return generator.uniform(low, high, shape)
        if kind == "bool":
            return generator.integers(0, 2, shape)
        return generator.integers(0 if kind == "unsigned" else -9, 10, shape)

    return Argument(make, dtype)


def positive(*shape: int, low: float = 0.5, high: float = 2.0) -> Argument:
    """Values above 0 (integers: 1 to 9)."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        if dtypes.is_floating(name):
            return generator.uniform(low, high, shape)
        return generator.integers(1, 10, shape)

    return Argument(make)


def away(*shape: int, low: float = 0.3, high: float = 2.0) -> Argument:
    """Floats of either sign at least ``low`` away from 0, where a function has a kink."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        return generator.uniform(low, high, shape) * generator.choice((-1.0, 1.0), shape)

    return Argument(make)


def distinct(*shape: int, step: float = 0.25) -> Argument:
    """Values of which no two are equal, in random order, ``step`` apart around 0 (integers: from 0 on)."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        count = int(np.prod(shape))
        order = generator.permutation(count)
        return ((order - count // 2) * step if dtypes.is_floating(name) else order).reshape(shape)

    return Argument(make)


def index(*shape: int, below: int, dtype: str = "int32") -> Argument:
    """Integers from 0 to ``below - 1``."""
    return Argument(lambda generator, name: generator.integers(0, below, shape), dtype)


def order(size: int, dtype: str = "int32") -> Argument:
    """The integers ``0 ... size - 1`` in random order."""
    return Argument(lambda generator, name: generator.permutation(size), dtype)


def boolean(*shape: int) -> Argument:
    """Random booleans."""
    return Argument(lambda generator, name: generator.integers(0, 2, shape), "bool")


def values(*entries: Any, dtype: str | None = None, shape: tuple[int, ...] | None = None) -> Argument:
    """These values (converted to the dtype under test, which must hold them)."""
    array = np.array(entries)
    return Argument(lambda generator, name: array.reshape(shape or array.shape), dtype)


def fractions() -> Argument:
    """Floats between integers, below 0 where the dtype has such; other dtypes: small integers."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        return np.array([1.7, 0.4, 100.9, -1.7, -0.4] if dtypes.is_floating(name) else [1, 0, 100, 2, 3])

    return Argument(make)


def edge_values(dtype: str, infinite: bool = True, greatest: bool = True) -> np.ndarray:
    """What breaks functions: zeros of both signs, NaN, infinities, the greatest and least values."""
    if dtype == "bool":
        return np.array([False, True])
    if not dtypes.is_floating(dtype):
        info = np.iinfo(dtype)
        middle = [0, 1, 2, 3, 7, 100, info.max, info.max - 1]
        return np.array(middle + ([-1, -2, -7, info.min, info.min + 1] if info.min else []), dtype=dtype)
    wide = np.longdouble
    finite = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 3.0, 7.0]
    # Built from the number of bits, since NumPy's finfo does not know bfloat16.
    top = {"bfloat16": 255 * wide(2) ** 120, "float16": wide(65504)}.get(dtype)
    if top is None:
        top = wide(np.finfo(dtype).max)
    far = [top, -top] if greatest else []
    extra = [np.inf, -np.inf, np.nan] if infinite else []
    return np.array([*finite, *far, *extra], dtype=wide)


def edges(infinite: bool = True, greatest: bool = True, shape: tuple[int, ...] = (-1,)) -> Argument:
    """`edge_values` in the given shape."""
    return Argument(lambda generator, name: edge_values(name, infinite, greatest).reshape(shape))


def sweep(low: float, high: float, count: int = 61, edge: bool = True, greatest: bool = True) -> Argument:
    """Floats evenly spaced from ``low`` to ``high``, the same in small, down to 1e-4 of them, and `edge_values`."""

    def make(generator: np.random.Generator, name: str) -> np.ndarray:
        line = np.linspace(low, high, count)
        parts = [line, line[::6] * 1e-2, line[::6] * 1e-4]
        return np.concatenate([*parts, edge_values(name, greatest=greatest)] if edge else parts)

    return Argument(make)
