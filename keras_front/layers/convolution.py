"""Convolution layers; the number of spatial axes is a parameter."""

from __future__ import annotations

from typing import Any

from keras_front import activations, constraints, initializers, regularizers
from keras_front.core import settings
from keras_front.core.dispatch import F
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.core.variable import Variable
from keras_front.layers.arguments import config_of, int_tuple, one_of, positive_int


class BaseConv(Layer):
    """Convolution over ``rank`` spatial axes: ``activation(conv(inputs, kernel) + bias)``.

    ``filters``: channels of the output.  ``padding``: ``"valid"``, ``"same"`` or, with one axis, ``"causal"``.
    ``groups``: into how many parts the channels are split; it divides both their numbers.

    shape: ``(batch, s..., c) -> (batch, o..., filters)``, or with the channels first; weights
    ``kernel (k..., c / groups, filters)``, ``bias (filters,)``.
    dtype: the compute dtype.
    errors: ``ValueError`` naming the argument.
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        layer = type(self).__name__
        self.rank = rank
        self.filters = positive_int("filters", filters, layer)
        self.kernel_size = int_tuple("kernel_size", kernel_size, rank, layer)
        self.strides = int_tuple("strides", strides, rank, layer)
        self.dilation_rate = int_tuple("dilation_rate", dilation_rate, rank, layer)
        self.padding = one_of(
            "padding", padding, ("valid", "same", *(("causal",) if rank == 1 else ())), layer
        )
        self.data_format = settings.standardize_data_format(data_format)
        self.groups = positive_int("groups", groups, layer)
        if self.filters % self.groups:
            raise ValueError(
                f"`groups` of {layer} must divide `filters`, got groups={groups}, filters={filters}"
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{layer} takes `strides` or `dilation_rate` above 1, not both, got {self.strides} and {self.dilation_rate}"
            )
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)
        self.bias: Variable | None = None
        self._channels_first = self.data_format == "channels_first"
        # "causal" looks back only: all the padding stands before the first entry.
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        self._window_padding = ((before, 0),) if self.padding == "causal" else self.padding

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias for the channels of the input."""
        axis = 1 if self._channels_first else -1
        channels = input_shape[axis]
        if channels is None:
            raise ValueError(
                f"layer {self.name!r} needs to know the number of channels, got shape {input_shape}"
            )
        if channels % self.groups:
            raise ValueError(
                f"`groups` of layer {self.name!r} must divide the number of channels, got groups={self.groups}, "
                f"channels={channels}"
            )
        self.kernel = self.add_weight(
            name="kernel", shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer, regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        self._check_window(input_shape)

    def _check_window(self, shape: tuple[int | None, ...]) -> None:
        """A window larger than the image leaves nothing: told while the model is built."""
        if self.padding != "valid":
            return
        sizes = shape[2:] if self._channels_first else shape[1:-1]
        for size, window, dilation in zip(sizes, self.kernel_size, self.dilation_rate, strict=True):
            if size is not None and size < (window - 1) * dilation + 1:
                raise ValueError(
                    f"layer {self.name!r}: a kernel of size {self.kernel_size} does not fit into an input of shape "
                    f"{tuple(shape)}. Use a smaller kernel, or padding='same'"
                )

    def call(self, inputs: Any) -> Any:
        """``activation(conv(inputs, kernel) + bias)``."""
        x = channels_last(inputs) if self._channels_first else inputs
        x = F.conv(
            x, self.kernel, strides=self.strides, padding=self._window_padding, dilation=self.dilation_rate,
            groups=self.groups,
        )  # fmt: skip
        if self.bias is not None:
            x = F.add(x, self.bias)
        if self.activation is not activations.linear:
            x = self.activation(x)
        return channels_first(x) if self._channels_first else x

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, _CONV)}


def channels_last(x: Any) -> Any:
    """``(n, c, s...) -> (n, s..., c)``."""
    return F.permute_dims(x, (0, *range(2, len(x.shape)), 1))


def channels_first(x: Any) -> Any:
    """``(n, s..., c) -> (n, c, s...)``."""
    rank = len(x.shape)
    return F.permute_dims(x, (0, rank - 1, *range(1, rank - 1)))


_CONV = (
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups", "activation",
    "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
    "activity_regularizer", "kernel_constraint", "bias_constraint",
)  # fmt: skip


class Conv2D(BaseConv):
    """Convolution of images: ``activation(conv(inputs, kernel) + bias)``.

    ``filters``: channels of the output.  ``kernel_size``, ``strides``, ``dilation_rate``: an integer or one an axis.
    ``padding``: ``"valid"`` or ``"same"`` (output size ``ceil(size / stride)``).  ``groups`` divides both numbers
    of channels.

    shape: ``(batch, height, width, c) -> (batch, height', width', filters)``, or with the channels first; weights
    ``kernel (kh, kw, c / groups, filters)``, ``bias (filters,)``.
    dtype: the compute dtype.
    errors: ``ValueError`` naming the argument, or the layer where the input does not fit.

    >>> import numpy as np
    >>> tuple(Conv2D(4, 3, padding="same")(np.zeros((1, 8, 8, 3))).shape)
    (1, 8, 8, 4)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            2, filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
            kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
