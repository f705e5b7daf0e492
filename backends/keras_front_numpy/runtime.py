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


class _Names(dict[Any, str]):
    """Names by NumPy's dtype objects: NumPy puts a name together anew each time it is asked."""

    def __missing__(self, dtype: Any) -> str:
        name: str = dtype.name
        self[dtype] = name
        return name


_name_of = _Names()
_NAMES = frozenset(_DTYPES) | ({"bfloat16"} if _importlib_util.find_spec("ml_dtypes") else set())
_dtypes = _Dtypes({name: np.dtype(name) for name in _DTYPES})
_TENSOR_TYPES = (np.ndarray, *(_dtypes[name].type for name in reversed(_DTYPES)))

# Flat buffers by identity: a weak reference to the buffer, the identities of its parts in order, and weak references
# that take the entry away when one of the parts is gone, so that an identity stands for that part and no other.
_packs: dict[int, tuple[Any, list[int], list[Any]]] = {}


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
    return array if _name_of[array.dtype] in _NAMES else from_host(array)


def to_host(x: np.ndarray, /) -> np.ndarray:
    return np.array(x)


def is_tensor(x: object, /) -> bool:
    return isinstance(x, (np.ndarray, np.generic))


def dtype_of(x: np.ndarray, /) -> str:
    return _name_of[x.dtype]


def parameter(x: np.ndarray, /, trainable: bool) -> np.ndarray:
    # A copy: updates happen in place, and `x` may be a view, a scalar, or an array the user keeps.
    return np.array(x, order="C")


def store(old: np.ndarray, new: np.ndarray, /) -> np.ndarray:
    if new is old:
        return old
    if old.base is not None and _pack_of(old) is not None:
        old[...] = new
        return old
    # NumPy's scalars cannot be written to, so they need no copy; sums of them are fast.
    return new if isinstance(new, np.generic) else np.array(new, order="C")


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

    def forget(part: Any) -> None:
        found = _packs.get(key)
        if found is not None and any(own is part for own in found[2]):
            del _packs[key]

    _packs[key] = _weakref.ref(flat), list(map(id, views)), [_weakref.ref(view, forget) for view in views]
    return views


def _pack_of(x: np.ndarray) -> np.ndarray | None:
    """The flat buffer that `pack` put ``x`` in."""
    base = x.base
    found = _packs.get(id(base)) if base is not None else None
    return base if found is not None and found[0]() is base else None


def _packed(tensors: Sequence[np.ndarray]) -> np.ndarray | None:
    """The flat buffer whose parts are exactly these tensors in this order."""
    flat = _pack_of(tensors[0])
    return flat if flat is not None and _packs[id(flat)][1] == list(map(id, tensors)) else None


def enable_portable_random(enabled: bool, /) -> None:
    _random._portable = bool(enabled)


def devices(kind: str | None = None) -> list[str]:
    return ["cpu:0"] if kind in (None, "cpu") else []
