"""Layers that change the shape and leave the values."""

from __future__ import annotations

import math
from typing import Any

from keras_front.core import settings
from keras_front.core.dispatch import F
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.layers.arguments import config_of


class Flatten(Layer):
    """All axes but the batch axis as one.

    shape: ``(batch, ...) -> (batch, product of the rest)``.  dtype: unchanged.

    >>> import numpy as np
    >>> tuple(Flatten()(np.zeros((2, 3, 4))).shape)
    (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self._channels_first = self.data_format == "channels_first"

    def call(self, inputs: Any) -> Any:
        """The rows of the batch laid out flat."""
        rank = len(inputs.shape)
        if self._channels_first and rank > 1:
            inputs = F.permute_dims(inputs, (0, *range(2, rank), 1))
        rest = inputs.shape[1:]
        if not rest:
            return F.reshape(inputs, (-1, 1))
        if None in rest:
            return (
                F.reshape(inputs, (inputs.shape[0], -1))
                if inputs.shape[0] is not None
                else _unknown_rows(inputs)
            )
        return F.reshape(
            inputs, (-1, math.prod(rest)) if 0 not in rest else (inputs.shape[0], math.prod(rest))
        )

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("data_format",))}


def _unknown_rows(inputs: Any) -> Any:
    """The spec of a flattened batch of which neither axis is known."""
    return type(inputs)((None, None), inputs.dtype)


class Reshape(Layer):
    """The rest of each row in another shape; one size may be -1.

    ``target_shape``: sizes without the batch axis.

    shape: ``(batch, ...) -> (batch, *target_shape)``.  dtype: unchanged.
    errors: ``ValueError`` if the sizes do not fit.

    >>> import numpy as np
    >>> tuple(Reshape((2, -1))(np.zeros((5, 6))).shape)
    (5, 2, 3)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        if sum(size == -1 for size in self.target_shape) > 1:
            raise ValueError(f"`target_shape` may hold one -1, got {self.target_shape}")

    def call(self, inputs: Any) -> Any:
        """The rows in their new shape."""
        if inputs.shape[0] is None and None in inputs.shape[1:] and -1 in self.target_shape:
            # A spec: neither the batch size nor that of the axis left open is known.
            return type(inputs)((None, *(None if s == -1 else s for s in self.target_shape)), inputs.dtype)
        return F.reshape(inputs, self._target(tuple(inputs.shape)))

    def _target(self, shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """The whole target shape, with at most one -1."""
        rest = shape[1:]
        target = self.target_shape
        if None in rest:
            if shape[0] is not None:
                return (shape[0], *target)
            return (-1, *target)
        size = math.prod(s for s in rest if s is not None)
        known = math.prod(s for s in target if s != -1)
        if (-1 in target and (known == 0 or size % known)) or (-1 not in target and known != size):
            raise ValueError(
                f"layer {self.name!r} cannot give rows of shape {rest} ({size} values) the shape {target}"
            )
        target = tuple(size // known if s == -1 else s for s in target)
        return (shape[0] if shape[0] is not None else -1, *target)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("target_shape",))}
