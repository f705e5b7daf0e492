"""Runtime group: host arrays to device arrays and back, and the devices there are."""

from __future__ import annotations

import contextlib as _contextlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from keras_front.protocol import dtypes as _dtypes


def _subclasses(cls: type) -> tuple[type, ...]:
    children: list[type] = cls.__subclasses__()
    return tuple(c for child in children for c in (child, *_subclasses(child)))


#: The exact classes of tensors: the device array first, then what stands for one in each kind of trace.
#: Other subclasses of the abstract array class hold random keys; they are no tensors.
_TENSOR_TYPES = tuple(
    dict.fromkeys(
        (*(c for c in _subclasses(jax.Array) if c.__name__ == "ArrayImpl"), *_subclasses(jax.core.Tracer))
    )
)
_TENSOR_SET = frozenset(_TENSOR_TYPES)

_WIDE = frozenset({"int64", "uint64", "float64", "complex128"})
#: Name to dtype, for the dtypes that this process's configuration of the library has.
_DTYPES = {
    name: jnp.dtype(name) for name in _dtypes.ALL if jax.config.read("jax_enable_x64") or name not in _WIDE
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def _dtype(name: str) -> np.dtype:
    """The dtype of a name, or the error that says how to get it."""
    try:
        return _DTYPES[name]
    except (KeyError, TypeError):
        pass
    message = f"`dtype` must be one of {', '.join(sorted(_DTYPES))}, got {name!r}"
    if name in _WIDE:
        message += (
            "; for 64-bit dtypes set the environment variable JAX_ENABLE_X64=1, or call "
            'jax.config.update("jax_enable_x64", True) before the backend is imported'
        )
    raise TypeError(message)


def from_host(array: np.ndarray, /, dtype: str | None = None) -> jax.Array:
    """Copies a NumPy array to the current device."""
    array = np.asarray(array)
    # A copy made here may be kept as the device's memory; the caller's array may not, it can still change.
    copy = np.array(array, dtype=_dtype(array.dtype.name if dtype is None else dtype), order="C")
    # Inside a trace too this is a value: a variable made there must not hold a piece of the trace.
    with jax.ensure_compile_time_eval():
        return jax.device_put(copy)


def share_host(array: np.ndarray, /) -> jax.Array:
    """A tensor of a NumPy array; on the host's own device it may be the same memory."""
    array = np.asarray(array)
    _dtype(array.dtype.name)
    with jax.ensure_compile_time_eval():
        return jax.device_put(array)


def to_host(x: jax.Array, /) -> np.ndarray:
    """Copies a tensor to a NumPy array that may be written to."""
    if isinstance(x, jax.core.Tracer):
        # Outside of a compiled function this is the plain value that a gradient is being taken at.
        x = lax.stop_gradient(x)
    return np.array(x)


def is_tensor(x: object, /) -> bool:
    """Whether ``x`` is a device array or stands for one in a trace."""
    return type(x) in _TENSOR_SET


def dtype_of(x: jax.Array, /) -> str:
    """The name of a tensor's dtype."""
    return _NAMES[x.dtype]


#: Whether random functions follow the portable words; read while a function is being traced.
_portable = False


def enable_portable_random(enabled: bool, /) -> None:
    """Whether dropout draws its masks from the portable words."""
    global _portable
    if enabled != _portable:
        _portable = enabled
        # What has been compiled has the other masks in it.
        jax.clear_caches()


def synchronize(x: object, /) -> object:
    """Waits for the tensors in ``x``."""
    return jax.block_until_ready(x)


def _local_devices() -> dict[str, jax.Device]:
    """This process's devices by name, those of the preferred platform first."""
    found = {}
    for kind in dict.fromkeys((jax.default_backend(), "tpu", "gpu", "cpu")):
        # A platform that is not installed raises; there is no way to ask for the list.
        with _contextlib.suppress(RuntimeError):
            found.update({f"{kind}:{i}": d for i, d in enumerate(jax.local_devices(backend=kind))})
    return found


def devices(kind: str | None = None) -> list[str]:
    """Names of the devices, such as ``"cpu:0"``, ``"gpu:0"`` or ``"tpu:0"``."""
    return [name for name in _local_devices() if kind in (None, name.partition(":")[0])]


def device_scope(name: str, /) -> _contextlib.AbstractContextManager:
    """A context in which new tensors are made on the named device."""
    known = _local_devices()
    full_name = name if ":" in name else f"{name}:0"
    if full_name not in known:
        raise ValueError(f"`name` must be one of {', '.join(known)}, got {name!r}")
    return jax.default_device(known[full_name])
