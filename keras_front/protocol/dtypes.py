"""dtype names, their kinds, and the lattice that decides promotion.

source: the promotion lattice of JAX ("JEP 9263"), in the form Keras 3 has it.
"""

from __future__ import annotations

import functools
from typing import Any

BOOL = ("bool",)
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
SIGNED = ("int8", "int16", "int32", "int64")
FLOATING = ("bfloat16", "float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGER = UNSIGNED + SIGNED
#: All dtypes with arithmetic, by their standard names.
ALL = BOOL + INTEGER + FLOATING + COMPLEX

# Each dtype to those directly above it.  "int", "float" and "complex" stand for Python scalars, which take
# the dtype of what they meet.
_ABOVE: dict[str, tuple[str, ...]] = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16", "complex"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}


def _reachable(dtype: str) -> frozenset[str]:
    above = {dtype}
    for higher in _ABOVE[dtype]:
        above |= _reachable(higher)
    return frozenset(above)


_UPPER = {dtype: _reachable(dtype) for dtype in _ABOVE}


@functools.cache
def promote(*dtypes: str) -> str:
    """The least dtype above all given ones; ``"int"`` and ``"float"`` stand for Python scalars.

    errors: ``ValueError`` for a name that is no dtype.
    """
    for dtype in dtypes:
        if dtype not in _UPPER:
            raise ValueError(f"`dtype` must be one of {', '.join(ALL)}, got {dtype!r}")
    common = frozenset.intersection(*(_UPPER[dtype] for dtype in dtypes))
    # The lattice has one least element: the one from which all the common ones can be reached.
    return next(dtype for dtype in common if _UPPER[dtype] >= common)


def kind(dtype: str) -> str:
    """``"bool"``, ``"unsigned"``, ``"signed"``, ``"floating"`` or ``"complex"``."""
    groups = {
        "bool": BOOL, "unsigned": UNSIGNED, "signed": SIGNED, "floating": FLOATING, "complex": COMPLEX,
    }  # fmt: skip
    for name, members in groups.items():
        if dtype in members:
            return name
    raise ValueError(f"`dtype` must be one of {', '.join(ALL)}, got {dtype!r}")


def is_floating(dtype: str) -> bool:
    """Whether a dtype is one of the floating ones."""
    return dtype in FLOATING


def standardize(dtype: Any) -> str:
    """The standard name of a dtype given as a name, a Python type, or any library's dtype object.

    errors: ``ValueError`` for what is none.

    >>> standardize(float), standardize("half")
    ('float32', 'float16')
    """
    if isinstance(dtype, str):
        name = dtype
    elif isinstance(dtype, type) and dtype in (bool, int, float, complex):
        name = {bool: "bool", int: "int32", float: "float32", complex: "complex64"}[dtype]
    else:
        name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
        name = name.rpartition(".")[2]
    name = {"float": "float32", "int": "int32", "double": "float64", "half": "float16"}.get(name, name)
    if name in ALL or name == "string":
        return name
    raise ValueError(f"`dtype` must be one of {', '.join(ALL)}, got {dtype!r}")
