"""Layers that make training harder on purpose."""

from __future__ import annotations

from typing import Any

from keras_front.core.dispatch import F
from keras_front.core.layer import Layer
from keras_front.layers.arguments import config_of, share
from keras_front.random import SeedGenerator


class Dropout(Layer):
    """Zeroes a share ``rate`` of the inputs while training, and divides the others by ``1 - rate``.

    ``rate``: from 0 to 1.  ``noise_shape``: shape of the mask, 1 where all share one decision, ``None`` for the
    input's size.  ``seed``: an integer for masks that can be had again.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.
    errors: ``ValueError`` for a rate outside 0 ... 1.
    source: Srivastava et al., JMLR 15, 2014.

    >>> import numpy as np
    >>> y = Dropout(0.5)(np.ones(3), training=False)
    >>> [float(v) for v in y]
    [1.0, 1.0, 1.0]
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate, self.seed = share("rate", rate, "Dropout"), seed
        self.noise_shape = tuple(noise_shape) if noise_shape is not None else None
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The inputs, thinned out while training."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return F.multiply(inputs, 0.0)
        key = self.seed_generator.next()
        if self.noise_shape is None:
            return F.dropout(inputs, key, rate=self.rate)
        sizes = zip(self.noise_shape, inputs.shape, strict=True)
        shape = tuple(own if size is None else size for size, own in sizes)
        ones = F.full(shape, 1.0, dtype=self.compute_dtype)
        return F.multiply(inputs, F.dropout(ones, key, rate=self.rate))

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("rate", "seed", "noise_shape"))}
