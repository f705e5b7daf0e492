"""From what a user hands in to what the protocol takes: tensors, of one dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_front.core import settings
from keras_front.core.dispatch import F, backend
from keras_front.interpret.lifted import LIFTED
from keras_front.protocol import dtypes

_TYPES = frozenset(backend.traits.tensor_types)
#: What stands in for a dtype that the backend lacks.
_NARROWER = {
    "float64": "float32", "int64": "int32", "uint64": "uint32", "complex128": "complex64",
}  # fmt: skip
#: The standard name of each dtype object met so far.
_names: dict[Any, str] = {}
_host_names: dict[Any, str] = {}


def available(dtype: str) -> str:
    """``dtype``, or the 32-bit dtype of its kind where the backend has no 64-bit ones."""
    return dtype if dtype in backend.traits.dtypes else _NARROWER.get(dtype, dtype)


def is_tensor_like(x: object) -> bool:
    """Whether ``x`` is a tensor of the backend or stands for one (variable, symbolic tensor, box, spec)."""
    return type(x) in _TYPES or type(x) in LIFTED or backend.is_tensor(x)


def dtype_of(x: Any) -> str:
    """The dtype of a tensor or of what stands for one, by its standard name."""
    dtype = x.dtype
    if type(dtype) is str:
        return dtype
    name = _names.get(dtype)
    if name is None:
        name = _names[dtype] = F.dtype_of(x)
    return name


def host_dtype(array: np.ndarray) -> str:
    """The name of an array's dtype, which NumPy itself puts together anew each time it is asked."""
    name = _host_names.get(array.dtype)
    if name is None:
        name = _host_names[array.dtype] = array.dtype.name
    return name


def to_tensor(x: Any, dtype: str | None = None) -> Any:
    """A tensor of ``x``: a tensor (or what stands for one) as it is, anything else copied from the host.

    dtype: ``dtype`` if given; else Python floats become ``floatx()``, Python integers ``int32``, and arrays keep
    theirs where the backend has it.
    errors: ``TypeError`` for what is no array of numbers, such as strings or ragged lists.
    """
    kind = type(x)
    if kind in _TYPES:
        return x if dtype is None or dtype_of(x) == dtype else F.astype(x, dtype)
    lifted = LIFTED.get(kind)
    if lifted is not None or backend.is_tensor(x):
        # Not `hasattr`: on a box it looks for a method of arrays.
        value = x if lifted is None or lifted[2] is None else lifted[2](x)
        return value if dtype is None or dtype_of(value) == dtype else F.astype(value, dtype)
    if holds_tensors(x):
        parts = [to_tensor(item) for item in x]
        common = result_dtype(*parts)
        return F.stack([cast(part, dtype or common) for part in parts], axis=0)
    array = to_host_array(x)
    if dtype is None:
        dtype = host_dtype(array)
        if not isinstance(x, (np.ndarray, np.generic)) and not hasattr(x, "dtype"):
            dtype = {"float64": settings.floatx(), "int64": "int32"}.get(dtype, dtype)
        dtype = available(dtype)
    return F.from_host(array, dtype=dtype)


def holds_tensors(x: Any) -> bool:
    """Whether ``x`` is a list or tuple with tensors in it, at any depth."""
    if not isinstance(x, (list, tuple)):
        return False
    # By classes first: the lists that users write are long, and of a few classes.
    for kind in set(map(type, x)):
        if issubclass(kind, (list, tuple)):
            if any(holds_tensors(item) for item in x if type(item) is kind):
                return True
        elif not issubclass(kind, (int, float, np.generic)) and any(
            is_tensor_like(item) for item in x if type(item) is kind
        ):
            return True
    return False


def to_host_array(x: Any) -> np.ndarray:
    """A NumPy array of anything with numbers in it.

    errors: ``TypeError`` for what is no array of numbers.
    """
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise TypeError(f"a tensor needs rows of equal length, got {x!r:.120}") from error
    if array.dtype.kind not in "biufcV" or host_dtype(array) not in dtypes.ALL:
        raise TypeError(f"a tensor holds numbers or booleans, got {x!r:.120} (dtype {array.dtype})")
    return array


def cast(x: Any, dtype: str) -> Any:
    """``x`` as a tensor of the given dtype."""
    if type(x) not in _TYPES:
        x = to_tensor(x)
    if _names.get(x.dtype) == dtype:
        return x
    return x if dtype_of(x) == dtype else F.astype(x, dtype)


def _weak_dtype(x: Any) -> str:
    if type(x) in (bool, int, float, complex):
        return type(x).__name__
    return dtype_of(x)


def result_dtype(*values: Any) -> str:
    """The dtype that tensors, dtype names and Python scalars have in common by the promotion lattice."""
    names = [v if isinstance(v, str) else _weak_dtype(v) for v in values]
    found = dtypes.promote(*names)
    concrete = {"float": settings.floatx(), "int": "int32", "complex": "complex64"}
    return available(concrete.get(found, found))


def promote(*values: Any) -> tuple[Any, ...]:
    """The values as tensors of their common dtype; a Python scalar stays one if some other value is a tensor."""
    arrays = [v if type(v) in (bool, int, float, complex) else to_tensor(v) for v in values]
    common = result_dtype(*arrays)
    scalars_fit = any(type(v) not in (bool, int, float, complex) for v in arrays)
    return tuple(
        v if scalars_fit and type(v) in (bool, int, float, complex) and _fits(v, common) else cast(v, common)
        for v in arrays
    )


def _fits(scalar: Any, dtype: str) -> bool:
    """Whether a Python scalar is of the kind of a dtype, so that it can stay one."""
    kind = dtypes.kind(dtype)
    if kind == "bool":
        return isinstance(scalar, bool)
    if kind in ("floating", "complex"):
        return True
    return isinstance(scalar, int) and not isinstance(scalar, bool)


def floating(x: Any) -> Any:
    """``x`` as a tensor of a floating dtype: integers and booleans become ``floatx()``."""
    x = to_tensor(x)
    dtype = dtype_of(x)
    return x if dtype in dtypes.FLOATING or dtype in dtypes.COMPLEX else F.astype(x, settings.floatx())


def to_numpy(x: Any) -> np.ndarray:
    """A copy of a tensor, variable or anything array-like as a NumPy array."""
    x = getattr(x, "value", x) if hasattr(x, "_is_variable") else x
    return F.to_host(x) if is_tensor_like(x) else np.array(x)
