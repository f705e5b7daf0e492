"""Runtime group: between the host's NumPy arrays and the backend's tensors; devices."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .registry import capability, derived, primitive

if TYPE_CHECKING:
    import numpy

    from .typed import Backend

#: A tensor of whichever library the backend adapts.  Every tensor has ``shape`` (a tuple of int)
#: and ``dtype``, and takes the Python operators with tensors of its dtype and Python scalars; one without axes
#: converts by ``bool()``, ``int()`` and ``float()``, unless it is traced.
Tensor = Any
#: A tensor, or lists, tuples and dicts of trees.
Tree = Any


@primitive
def from_host(array: numpy.ndarray, /, dtype: str | None = None) -> Tensor:
    """Copies a NumPy array to a tensor on the current device.

    shape: unchanged.
    dtype: ``dtype`` if given, else the array's own; no other change of dtype.
    errors: a dtype that the backend does not list in ``traits.dtypes`` raises ``TypeError``.
    """
    raise NotImplementedError


@primitive
def to_host(x: Tensor, /) -> numpy.ndarray:
    """Copies a tensor to a NumPy array; the gradient is cut.

    shape: unchanged.  dtype: unchanged (``bfloat16`` as ``ml_dtypes`` has it).
    """
    raise NotImplementedError


@primitive
def is_tensor(x: object, /) -> bool:
    """Whether ``x`` is a tensor of this backend (a traced one counts)."""
    raise NotImplementedError


@primitive
def dtype_of(x: Tensor, /) -> str:
    """The dtype of a tensor by its standard name, such as ``"float32"``."""
    raise NotImplementedError


@derived
def share_host(b: Backend, array: numpy.ndarray, /) -> Tensor:
    """A tensor of a NumPy array that may share its memory; it is only read, as long as it lives.

    shape: unchanged.  dtype: unchanged.
    """
    return b.from_host(array)


@derived
def parameter(b: Backend, x: Tensor, /, trainable: bool) -> Tensor:
    """Makes the tensor a new variable holds; the caller gives ``x`` away.

    A library that records gradients on the tensors themselves marks it as a leaf here.

    shape: unchanged.  dtype: unchanged.
    """
    return x


@derived
def store(b: Backend, old: Tensor, new: Tensor, /) -> Tensor:
    """Puts the value ``new`` in the place of a variable's tensor ``old``; returns what to hold.

    Either ``new`` itself or ``old`` overwritten: a library with leaves keeps the leaf.

    shape: both equal.  dtype: both equal.
    """
    return new


@derived
def pack(b: Backend, tensors: Sequence[Tensor], /) -> list[Tensor]:
    """Returns equal tensors laid out as the optimizer updates of this backend like them best.

    A backend may place them side by side in one buffer, so that an update is a single sweep.
    """
    return list(tensors)


@derived
def synchronize(b: Backend, x: Tree, /) -> Tree:
    """Waits until the tensors in ``x`` are computed, and returns ``x``."""
    return x


@derived
def enable_portable_random(b: Backend, enabled: bool, /) -> None:
    """Whether every random function must follow the portable bits (a backend with its own generators obeys)."""
    return None


@capability
def devices(kind: str | None = None) -> list[str]:
    """Names of the devices tensors can live on, such as ``"cpu:0"`` or ``"gpu:0"``."""
    raise NotImplementedError


@capability
def device_scope(name: str, /) -> AbstractContextManager[Any]:
    """A context in which new tensors are made on the named device."""
    raise NotImplementedError
