"""NumPy as a backend of keras_front: tensors are plain arrays, kernels and their gradients are written here.

Tensors are ``numpy.ndarray`` (and NumPy's scalars for 0-d results); optimizer updates overwrite the parameters
they are given.  ``calls`` and ``buffers`` hold what the groups share.
"""

from __future__ import annotations

import numpy as np

from keras_front.protocol.backend import Traits, assemble

from . import array, conv, nn, norm, optim, pool, random, runtime

__all__ = ["backend"]

backend = assemble(
    "numpy",
    runtime,
    array,
    nn,
    conv,
    pool,
    norm,
    random,
    optim,
    version=np.__version__,
    traits=Traits(
        dtypes=runtime._NAMES,
        gradient_dtypes=frozenset({"bfloat16", "float16", "float32", "float64"}) & runtime._NAMES,
        tensor_types=runtime._TENSOR_TYPES,
    ),
    gradients={**array._gradients, **nn._gradients, **conv._gradients, **pool._gradients, **norm._gradients},
)
