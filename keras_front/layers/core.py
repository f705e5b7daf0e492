"""Core layers: affine maps."""

from __future__ import annotations

from typing import Any

from keras_front import activations, constraints, initializers, regularizers
from keras_front.core.dispatch import F
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.core.variable import Variable
from keras_front.layers.arguments import config_of, positive_int


class Dense(Layer):
    """A fully connected layer: ``activation(inputs @ kernel + bias)``.

    ``units``: size of the last axis of the output, at least 1.  ``activation``: a name or function, default none.
    ``quantization_config``: part of Keras's configurations; it must be ``None``.

    shape: ``(batch, ..., d) -> (batch, ..., units)``; weights ``kernel (d, units)``, ``bias (units,)``.
    dtype: the compute dtype.
    errors: ``ValueError`` for ``units`` below 1, or inputs whose last axis has another size than at first.

    >>> import numpy as np
    >>> layer = Dense(2, kernel_initializer="ones", bias_initializer="ones")
    >>> y = layer(np.array([[1.0, 2.0, 3.0]]))
    >>> [float(v) for v in y[0]]
    [7.0, 7.0]
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        quantization_config: None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if quantization_config is not None:
            raise ValueError(f"`quantization_config` of Dense must be None, got {quantization_config!r}")
        self.units = positive_int("units", units, "Dense")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.quantization_config = None
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True
        self.bias: Variable | None = None

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        size = input_shape[-1]
        if size is None:
            raise ValueError(
                f"layer {self.name!r} needs to know the size of the last axis, got shape {input_shape}"
            )
        self.kernel = self.add_weight(
            name="kernel", shape=(size, self.units), initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.units,), initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})

    def call(self, inputs: Any) -> Any:
        """``activation(inputs @ kernel + bias)``."""
        x = F.dense(inputs, self.kernel, self.bias)
        return x if self.activation is activations.linear else self.activation(x)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, _DENSE)}


_DENSE = (
    "units", "activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer",
    "bias_regularizer", "kernel_constraint", "bias_constraint", "quantization_config",
)  # fmt: skip
