"""keras_front on JAX: the adapter whose ``backend`` the entry point names."""

from __future__ import annotations

import jax

from keras_front.protocol import SPECIFICATION, Traits, assemble, dtypes

from . import _jit, _mask, array, nn, runtime, transform

__all__ = ["backend"]

_traits = Traits(
    dtypes=frozenset(runtime._DTYPES),
    compiled=True,
    gradient_dtypes=frozenset(runtime._DTYPES) & frozenset(dtypes.FLOATING),
    tensor_types=runtime._TENSOR_TYPES,
)
_groups = (runtime, array, nn, transform)
_plain = assemble("jax", *_groups, version=jax.__version__, traits=_traits)

# What has no kernel here is its derived body compiled as a whole.
_bodies = [
    name
    for name, entry in SPECIFICATION.items()
    if entry.kind == "derived" and entry.group in ("nn", "random", "optim") and name not in _plain.overrides
]
_compiled = _jit.compiled_bodies(_plain, _bodies)
backend = assemble(
    "jax",
    *_groups,
    {**_compiled, "dropout": _mask.dropout_beside(_compiled["dropout"])},
    version=jax.__version__,
    traits=_traits,
)
