"""A backend of nothing but primitives, in float64, and what the tests of the gradient tape share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.interpret.tape import Box
from keras_front.interpret.tape.level import level_of
from keras_front.protocol import Traits, assemble, standard_array_group

Array = Any


def plain_backend(**more: Any) -> Any:
    def scatter(x: Array, indices: Array, updates: Array, /, axis: int, mode: Any) -> Array:
        axis %= x.ndim
        result = np.moveaxis(x, axis, 0).copy()
        rank = indices.ndim
        spread = np.moveaxis(updates, range(axis, axis + rank), range(rank))
        if mode == "set":
            result[indices] = spread
        else:
            {"add": np.add, "max": np.maximum, "min": np.minimum}[mode].at(result, indices, spread)
        return np.moveaxis(result, 0, axis)

    def from_host(array: Array, /, dtype: str | None = None) -> Array:
        return np.array(array, dtype=dtype)

    def to_host(x: Array, /) -> Array:
        return np.array(x)

    def is_tensor(x: object, /) -> bool:
        return isinstance(x, (np.ndarray, np.generic))

    def dtype_of(x: Array, /) -> str:
        return x.dtype.name

    mine = {f.__name__: f for f in (scatter, from_host, to_host, is_tensor, dtype_of)}
    traits = Traits(dtypes=frozenset({"float32", "float64", "int32", "bool"}))
    return assemble("plain", standard_array_group(np), mine, version="1", traits=traits, **more)


B = plain_backend()
L = level_of(B, 1)


def values(*shape: int, seed: int = 0, low: float = -2.0, high: float = 2.0) -> Array:
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape)


def weighed(b: Any, y: Any) -> Any:
    """One number of a result, with another weight for every entry."""
    weights = np.cos(np.arange(np.prod(y.shape, dtype=int)) + 0.5).reshape(y.shape)
    return b.sum(b.multiply(y, weights))


def differences(f: Callable[..., float], arrays: list[Array], step: float = 1e-5) -> list[Array]:
    """Central differences."""
    gradients = []
    for k, array in enumerate(arrays):
        gradient = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[k][place] += sign * step
                ends.append(float(f(moved)))
            gradient[place] = (ends[0] - ends[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def close(found: list[Array], expected: list[Array], tolerance: float = 1e-6) -> None:
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert type(ours) is not Box
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


X, Y, V = values(3, 4), values(3, 4, seed=1), values(4)
LABELS = np.array([3, 0, 1], "int32")
