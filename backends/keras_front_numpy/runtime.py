"""Runtime group on NumPy: tensors are plain arrays, and 0-d results NumPy's scalars."""

from __future__ import annotations

import importlib.util as _importlib_util
import weakref as _weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import calls as _calls
from . import random as _random

_DTYPES = [
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "float32", "float64",
]  # fmt: skip


class _Dtypes(dict[str, Any]):
    """NumPy's dtype objects by name; ``ml_dtypes`` is imported when ``bfloat16`` is first asked for."""

    def __missing__(self, name: str) -> Any:
        if name == "bfloat16" and name in _NAMES:
            from ml_dtypes import bfloat16

            _calls.has_bfloat16 = True
            self[name] = np.dtype(bfloat16)
            return self[name]
        raise TypeError(f"`dtype` must be one of {', '.join(sorted(_NAMES))} on NumPy, got {name!r}")


_NAMES = frozenset(_DTYPES) | ({"bfloat16"} if _importlib_util.find_spec("ml_dtypes") else set())
_dtypes = _Dtypes({name: np.dtype(name) for name in _DTYPES})
_TENSOR_TYPES = (np.ndarray, *(_dtypes[name].type for name in reversed(_DTYPES)))

# Flat buffers by identity: a weak reference to the buffer and weak references to its parts, in order.
_packs: dict[int, tuple[Any, tuple[Any, ...]]] = {}


def from_host(array: np.ndarray, /, dtype: str | None = None) -> np.ndarray:
    if dtype is None:
        dtype = np.asarray(array).dtype.name
        if dtype not in _NAMES:
            raise TypeError(
                f"`array` has dtype {dtype!r}; NumPy tensors here have one of {', '.join(sorted(_NAMES))}: "
                "convert it first"
            )
    return np.array(array, dtype=_dtypes[dtype])


def share_host(array: np.ndarray, /) -> np.ndarray:
    return array if array.dtype.name in _NAMES else from_host(array)


def to_host(x: np.ndarray, /) -> np.ndarray:
    return np.array(x)


def is_tensor(x: object, /) -> bool:
    return isinstance(x, (np.ndarray, np.generic))


def dtype_of(x: np.ndarray, /) -> str:
    return x.dtype.name


def parameter(x: np.ndarray, /, trainable: bool) -> np.ndarray:
    # A copy: updates happen in place, and `x` may be a view, a scalar, or an array the user keeps.
    return np.array(x, order="C")


def store(old: np.ndarray, new: np.ndarray, /) -> np.ndarray:
    if new is old:
        return old
    if _pack_of(old) is not None:
        old[...] = new
        return old
    return np.array(new, order="C")


def pack(tensors: Sequence[np.ndarray], /) -> list[np.ndarray]:
    parts = list(tensors)
    if len(parts) < 2 or len({p.dtype for p in parts}) != 1:
        return [np.array(p, order="C") for p in parts]
    flat = np.concatenate([p.ravel() for p in parts])
    views, start = [], 0
    for part in parts:
        views.append(flat[start : start + part.size].reshape(part.shape))
        start += part.size
    key = id(flat)
    _packs[key] = _weakref.ref(flat), tuple(map(_weakref.ref, views))
    _weakref.finalize(flat, _packs.pop, key, None)
    return views


def _pack_of(x: np.ndarray) -> np.ndarray | None:
    """The flat buffer that `pack` put ``x`` in."""
    base = x.base
    found = _packs.get(id(base)) if base is not None else None
    return base if found is not None and found[0]() is base else None


def _packed(tensors: Sequence[np.ndarray]) -> np.ndarray | None:
    """The flat buffer whose parts are exactly these tensors in this order."""
    flat = _pack_of(tensors[0])
    if flat is None:
        return None
    parts = _packs[id(flat)][1]
    same = len(parts) == len(tensors) and all(part() is t for part, t in zip(parts, tensors, strict=True))
    return flat if same else None


def enable_portable_random(enabled: bool, /) -> None:
    _random._portable = bool(enabled)


def devices(kind: str | None = None) -> list[str]:
    return ["cpu:0"] if kind in (None, "cpu") else []
