"""The groups put together."""

from __future__ import annotations

import torch

from keras_front.protocol import Traits, assemble

from . import _shared, array, nn, optim, random, runtime, transform
from ._gaps import GAPS

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
