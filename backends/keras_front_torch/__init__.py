"""PyTorch under the keras_front protocol: plain ``torch.Tensor`` in and out, on CPU and CUDA.

Tensors are made on the current device: ``cuda`` if there is one, else ``cpu``; the environment variable
``KERAS_TORCH_DEVICE`` overrides, and ``device_scope`` changes it for a while.
"""

from __future__ import annotations

import torch

from keras_front.protocol import Traits, assemble

from . import _shared, array, nn, optim, random, runtime, transform
from ._gaps import GAPS

__all__ = ["backend"]

backend = assemble(
    "torch",
    runtime,
    array,
    nn,
    random,
    transform,
    optim,
    version=torch.__version__,
    traits=Traits(
        dtypes=frozenset(_shared.DTYPES),
        gradient_dtypes=frozenset({"bfloat16", "float16", "float32", "float64"}),
        tensor_types=(torch.Tensor, torch.nn.Parameter),
    ),
    gaps=GAPS,
)
