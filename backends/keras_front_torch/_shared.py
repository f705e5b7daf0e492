"""What the groups share: dtypes by name, the current device, the derived bodies to fall back on."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import torch

from keras_front.protocol import reference

_NAMES = "float32 int32 bool int64 uint8 float16 bfloat16 float64 int8 int16 uint16 uint32 uint64"
DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in _NAMES.split()}
NAMES: dict[torch.dtype, str] = {dtype: name for name, dtype in DTYPES.items()}
#: PyTorch moves unsigned words as signed ones of the same width, for which it has all kernels.
SIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}

#: Whether random functions must follow the portable bits.
portable = False

#: The device of the innermost `device_scope`; `None` outside.
scoped: ContextVar[torch.device | None] = ContextVar("keras_front_torch_device", default=None)


def device() -> torch.device:
    """The device on which new tensors are made."""
    return scoped.get() or _default_device()


@functools.cache
def _default_device() -> torch.device:
    name = os.environ.get("KERAS_TORCH_DEVICE")
    if name:
        return parse_device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def parse_device(name: str) -> torch.device:
    """The device of a name such as ``"cpu"``, ``"gpu:0"`` or ``"cuda:1"``.

    errors: ``ValueError`` for a name PyTorch does not know.
    """
    try:
        return torch.device(name.lower().replace("gpu", "cuda"))
    except RuntimeError:
        raise ValueError(
            f"the device must be named like 'cpu', 'gpu' or 'gpu:0', got {name!r}; see `devices()` for those here"
        ) from None


@functools.cache
def derived(name: str) -> Callable[..., Any]:
    """The derived body of a protocol function, for arguments that no native kernel takes."""
    from . import backend  # Not above: the backend is assembled of modules that import this one.

    return reference(backend, name)
