"""PyTorch under the keras_front protocol: plain ``torch.Tensor`` in and out, on CPU and CUDA.

Tensors are made on the current device: ``cuda`` if there is one, else ``cpu``; the environment variable
``KERAS_TORCH_DEVICE`` overrides, and ``device_scope`` changes it for a while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._backend import backend

__all__ = ["backend"]


def __getattr__(name: str) -> Any:
    if name != "backend":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # The front loads the backend it is set to, which may be this one: it must find a complete module.
    import keras_front.protocol  # noqa: F401

    from ._backend import backend

    globals()["backend"] = backend
    return backend
