"""Pooling layers; the number of spatial axes is a parameter."""

from __future__ import annotations

from typing import Any

from keras_front.core import settings
from keras_front.core.dispatch import F
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.layers.arguments import config_of, int_tuple, one_of
from keras_front.layers.convolution import channels_first, channels_last


class BasePooling(Layer):
    """One number for each window of ``rank`` spatial axes, channel by channel.

    ``pool_size``: size of the window.  ``strides``: default ``pool_size``.  ``padding``: ``"valid"`` or ``"same"``.

    shape: ``(batch, s..., c) -> (batch, o..., c)``, or with the channels first.
    dtype: the compute dtype.
    errors: ``ValueError`` naming the argument.
    """

    #: Name of the protocol function that pools.
    _function: str

    def __init__(
        self,
        rank: int,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        layer = type(self).__name__
        self.rank = rank
        self.pool_size = int_tuple("pool_size", pool_size, rank, layer)
        self.strides = int_tuple("strides", self.pool_size if strides is None else strides, rank, layer)
        self.padding = one_of("padding", padding, ("valid", "same"), layer)
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        self._channels_first = self.data_format == "channels_first"
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The pooled input."""
        x = channels_last(inputs) if self._channels_first else inputs
        pool = F.max_pool if self._function == "max_pool" else F.average_pool
        x = pool(x, window=self.pool_size, strides=self.strides, padding=self.padding)
        return channels_first(x) if self._channels_first else x

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("pool_size", "padding", "strides", "data_format"))}


class MaxPooling2D(BasePooling):
    """The greatest value in each window of an image, channel by channel.

    ``pool_size``: an integer or one an axis.  ``strides``: default ``pool_size``.  ``padding``: ``"valid"`` (windows
    inside the image) or ``"same"`` (output size ``ceil(size / stride)``; padding never wins).

    shape: ``(batch, height, width, c) -> (batch, height', width', c)``, or with the channels first.
    dtype: the compute dtype.
    errors: ``ValueError`` naming the argument.

    >>> import numpy as np
    >>> tuple(MaxPooling2D()(np.zeros((1, 4, 4, 3))).shape)
    (1, 2, 2, 3)
    """

    _function = "max_pool"

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(2, pool_size, strides, padding, data_format, name=name, **kwargs)


class BaseGlobalPooling(Layer):
    """One number for each channel, over ``rank`` spatial axes.

    ``keepdims``: whether the spatial axes stay, with size 1.

    shape: ``(batch, s..., c) -> (batch, c)``, or with the channels first.
    dtype: the compute dtype.
    """

    #: Name of the protocol function that reduces.
    _function: str

    def __init__(
        self, rank: int, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.rank = rank
        self.data_format = settings.standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=rank + 2)
        first = 2 if self.data_format == "channels_first" else 1
        self._axes = tuple(range(first, first + rank))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The reduced input."""
        reduce = F.max if self._function == "max" else F.mean
        return reduce(inputs, axis=self._axes, keepdims=self.keepdims)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("data_format", "keepdims"))}


class GlobalAveragePooling2D(BaseGlobalPooling):
    """The mean of each channel over the image.

    ``keepdims``: whether height and width stay, with size 1.

    shape: ``(batch, height, width, c) -> (batch, c)``, or with the channels first.
    dtype: the compute dtype.
    source: Lin et al., arXiv:1312.4400.

    >>> import numpy as np
    >>> tuple(GlobalAveragePooling2D()(np.zeros((1, 4, 4, 3))).shape)
    (1, 3)
    """

    _function = "mean"

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(2, data_format, keepdims, **kwargs)
