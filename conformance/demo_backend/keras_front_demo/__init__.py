"""A keras_front backend over array-api-strict, from the first line to the last.

A library that follows the Python array API standard gets 49 primitives from `standard_array_group`.  What is left
are the functions that the standard does not have: four between host and library, and `scatter`.  Everything else
of the protocol (convolutions, normalizations, gradients, optimizers) is derived from these, so that
models train on this backend although the library knows no gradients.
"""

from __future__ import annotations

from typing import Any, Literal

import array_api_strict as xp
import numpy as np

from keras_front.protocol import Traits, assemble, standard_array_group

__all__ = ["backend"]

#: The names of the dtypes that both sides have.
_DTYPES = frozenset("bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64".split())
_TENSOR = type(xp.asarray(0.0))


# ---------------------------------------------------------------- runtime group


def _from_host(array: np.ndarray, /, dtype: str | None = None) -> Any:
    name = dtype or array.dtype.name
    if name not in _DTYPES:
        raise TypeError(f"from_host: `dtype` must be one of {', '.join(sorted(_DTYPES))}, got {name!r}")
    return xp.asarray(np.array(array, dtype=name))


def _to_host(x: Any, /) -> np.ndarray:
    return np.array(x)


def _is_tensor(x: object, /) -> bool:
    return isinstance(x, _TENSOR)


def _dtype_of(x: Any, /) -> str:
    return str(x.dtype).rpartition(".")[2]


# ---------------------------------------------------------------- array group


def _scatter(
    x: Any, indices: Any, updates: Any, /, axis: int, mode: Literal["set", "add", "max", "min"]
) -> Any:
    """Row by row: plain, and slow enough to show what an override is for."""
    axis %= x.ndim
    rows = xp.reshape(updates, (*x.shape[:axis], -1 if updates.size else 0, *x.shape[axis + 1 :]))
    result = xp.asarray(x, copy=True)
    combine = {"add": xp.add, "max": xp.maximum, "min": xp.minimum, "set": lambda old, new: new}[mode]
    ahead = (slice(None),) * axis
    for row, i in enumerate(np.array(indices).ravel().tolist()):
        place = (*ahead, i, ...)
        result[place] = combine(result[place], rows[(*ahead, row, ...)])
    return result


# ---------------------------------------------------------------- the backend

backend = assemble(
    "demo",
    {"from_host": _from_host, "to_host": _to_host, "is_tensor": _is_tensor, "dtype_of": _dtype_of},
    standard_array_group(xp),
    {"scatter": _scatter},
    version=xp.__version__,
    traits=Traits(
        dtypes=_DTYPES,
        gradient_dtypes=frozenset({"float32", "float64"}),
        tensor_types=(_TENSOR,),
    ),
)
