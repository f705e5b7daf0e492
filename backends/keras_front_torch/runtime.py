"""Runtime group: between NumPy arrays and tensors; variables as leaves; devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager as _contextmanager
from typing import TYPE_CHECKING, Any

import torch

from . import _shared

if TYPE_CHECKING:
    import numpy

_NAMES, _DTYPES = _shared.NAMES, _shared.DTYPES


class _Shareable(dict["numpy.dtype[Any]", bool]):
    """Whether PyTorch takes arrays of a dtype; NumPy puts the name together anew each time it is asked."""

    def __missing__(self, dtype: numpy.dtype[Any]) -> bool:
        self[dtype] = dtype.name in _DTYPES and dtype.name != "bfloat16" and dtype.isnative
        return self[dtype]


_shareable = _Shareable()


def from_host(array: numpy.ndarray, /, dtype: str | None = None) -> torch.Tensor:
    """A copy of the array on the current device."""
    name = array.dtype.name
    target = _DTYPES.get(dtype or name)
    if target is None or name not in _DTYPES:
        raise TypeError(
            f"from_host: the dtype must be one of {', '.join(sorted(_DTYPES))}, got {dtype or name!r}; "
            "convert the array first"
        )
    if not array.dtype.isnative or any(stride < 0 for stride in array.strides):
        array = array.astype(array.dtype.newbyteorder("="))
    if name == "bfloat16":
        # PyTorch does not know the ml_dtypes class: the same 16 bits under another name.
        return torch.tensor(array.view("int16")).view(torch.bfloat16).to(_shared.device(), target)
    return torch.tensor(array, dtype=target, device=_shared.device())


def share_host(array: numpy.ndarray, /) -> torch.Tensor:
    """The array's own memory on the CPU, where PyTorch can take it as it is; elsewhere a copy."""
    shareable = (
        _shareable[array.dtype]
        and array.flags.writeable
        and _shared.device().type == "cpu"
        and (array.flags.c_contiguous or all(stride >= 0 for stride in array.strides))
    )
    return torch.from_numpy(array) if shareable else from_host(array)


def to_host(x: torch.Tensor, /) -> numpy.ndarray:
    """A copy of the tensor; always a copy, since updates write into parameters in place."""
    x = x.detach()
    if x.dtype is torch.bfloat16:
        from ml_dtypes import bfloat16

        return x.cpu().contiguous().view(torch.int16).numpy().copy().view(bfloat16)
    return x.numpy().copy() if x.device.type == "cpu" else x.cpu().numpy()


def is_tensor(x: object, /) -> bool:
    """Whether ``x`` is a ``torch.Tensor``."""
    return isinstance(x, torch.Tensor)


def dtype_of(x: torch.Tensor, /) -> str:
    """The dtype's standard name."""
    return _NAMES[x.dtype]


def parameter(x: torch.Tensor, /, trainable: bool) -> torch.Tensor:
    """A leaf of its own memory; one that records gradients if it is floating and trainable."""
    if x.requires_grad or x._is_view() or not x.is_contiguous():
        # Updates in place must not reach the tensor this one was made of.
        x = x.detach().clone(memory_format=torch.contiguous_format)
    return x.requires_grad_() if trainable and x.dtype.is_floating_point else x


def store(old: torch.Tensor, new: torch.Tensor, /) -> torch.Tensor:
    """Overwrites a leaf that records gradients; otherwise hands on the new value, cut off."""
    if old.requires_grad and old.is_leaf:
        with torch.no_grad():
            old.copy_(new)
        return old
    if new.requires_grad or new._is_view():
        return new.detach().clone()
    return new


def synchronize(x: Any, /) -> Any:
    """Waits for the queue of the accelerator, if one is in use."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return x


def enable_portable_random(enabled: bool, /) -> None:
    """Switches the generators of PyTorch's own off or on."""
    _shared.portable = enabled


def devices(kind: str | None = None) -> list[str]:
    """``"cpu:0"`` and one ``"gpu:i"`` for each CUDA device."""
    names = ["cpu:0", *(f"gpu:{i}" for i in range(torch.cuda.device_count()))]
    kind = "gpu" if kind == "cuda" else kind
    return [name for name in names if kind is None or name.partition(":")[0] == kind.lower()]


@_contextmanager
def device_scope(name: str, /) -> Iterator[torch.device]:
    """New tensors are made on the named device inside the ``with`` block."""
    device = _shared.parse_device(name)
    token = _shared.scoped.set(device)
    try:
        yield device
    finally:
        _shared.scoped.reset(token)
