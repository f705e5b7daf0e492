"""Normalization layers."""

from __future__ import annotations

from typing import Any

from keras_front import constraints, initializers, regularizers
from keras_front.core import settings
from keras_front.core.dispatch import F
from keras_front.core.input_spec import InputSpec
from keras_front.core.layer import Layer
from keras_front.core.variable import Variable
from keras_front.layers.arguments import config_of, share


class BatchNormalization(Layer):
    """Normalizes each channel: by the batch's statistics while training, by their moving averages otherwise.

    Training: ``gamma * (x - mean) / sqrt(var + epsilon) + beta`` with mean and (biased) variance of the batch, and
    ``moving = momentum * moving + (1 - momentum) * batch``.  Otherwise the same with the moving averages.  With
    ``trainable = False`` it always uses the moving averages.

    ``axis``: the channel axis.  ``momentum``: from 0 to 1.  ``renorm``, ``renorm_clipping``: part of Keras's
    configurations; they must be ``False`` and ``None``.  ``mask`` (of a call): rows that do not count.

    shape: ``(...) -> (...)``; weights ``gamma beta moving_mean moving_variance``, each ``(channels,)``.
    dtype: the compute dtype; 16-bit inputs are normalized in ``float32``.
    source: Ioffe and Szegedy, arXiv:1502.03167.

    >>> import numpy as np
    >>> y = BatchNormalization(epsilon=0.0)(np.array([[1.0], [3.0]]), training=True)
    >>> [float(v) for v in y[:, 0]]
    [-1.0, 1.0]
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if renorm or renorm_clipping is not None:
            raise ValueError(
                f"`renorm` and `renorm_clipping` of BatchNormalization must be False and None, got {renorm!r} and "
                f"{renorm_clipping!r}"
            )
        self.axis = int(axis)
        self.momentum = share("momentum", momentum, "BatchNormalization")
        self.epsilon = float(epsilon)
        self.renorm, self.renorm_clipping, self.renorm_momentum = False, None, float(renorm_momentum)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.synchronized = synchronized
        self.supports_masking = True
        self.gamma: Variable | None = None
        self.beta: Variable | None = None

    def build(self, input_shape: Any) -> None:
        """Makes the weights for the channels of the input."""
        rank = len(input_shape)
        if not -rank <= self.axis < rank:
            raise ValueError(
                f"layer {self.name!r}: `axis` must be from {-rank} to {rank - 1} for an input of shape "
                f"{tuple(input_shape)}, got {self.axis}"
            )
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(
                f"layer {self.name!r} needs to know the size of axis {self.axis}, got shape {input_shape}"
            )
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma", shape=(size,), initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer, constraint=self.gamma_constraint, autocast=False,
            )  # fmt: skip
        if self.center:
            self.beta = self.add_weight(
                name="beta", shape=(size,), initializer=self.beta_initializer,
                regularizer=self.beta_regularizer, constraint=self.beta_constraint, autocast=False,
            )  # fmt: skip
        self.moving_mean = self.add_weight(
            name="moving_mean", shape=(size,), initializer=self.moving_mean_initializer, trainable=False,
            autocast=False,
        )  # fmt: skip
        self.moving_variance = self.add_weight(
            name="moving_variance", shape=(size,), initializer=self.moving_variance_initializer, trainable=False,
            autocast=False,
        )  # fmt: skip
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})
        # What 16-bit inputs are widened to, so that sums over a batch do not overflow.
        narrow = self.compute_dtype in ("float16", "bfloat16")
        self._widened = "float32" if narrow else None
        # Weights that are kept in 16 bits are widened with them.
        self._widens_weights = narrow and self.variable_dtype != "float32"

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """The normalized input; updates the moving averages while training."""
        x = inputs if self._widened is None else F.astype(inputs, self._widened)
        weights: Any = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        if self._widens_weights:
            weights = (v if v is None else F.astype(v, "float32") for v in weights)
        gamma, beta, moving_mean, moving_variance = weights
        if training and self._trainable:
            if mask is None:
                y, mean, variance = F.batch_norm(x, gamma, beta, axis=self.axis, epsilon=self.epsilon)
            else:
                mean, variance = self._masked_moments(x, mask)
                y = F.normalize(x, mean, variance, gamma, beta, axis=self.axis, epsilon=self.epsilon)
            for weight, average, new in (
                (self.moving_mean, moving_mean, mean), (self.moving_variance, moving_variance, variance),
            ):  # fmt: skip
                kept = F.multiply(average, self.momentum)
                weight.assign(F.add(kept, F.multiply(F.stop_gradient(new), 1 - self.momentum)))
        else:
            y = F.normalize(
                x, moving_mean, moving_variance, gamma, beta, axis=self.axis, epsilon=self.epsilon
            )
        return y if self._widened is None else F.astype(y, self.compute_dtype)

    def _masked_moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance over the rows whose mask is true."""
        from keras_front import ops

        rank = len(x.shape)
        axes = tuple(a for a in range(rank) if a != self.axis % rank)
        weights = ops.cast(mask, ops.dtype(x))
        for _ in range(rank - len(mask.shape)):
            weights = ops.expand_dims(weights, axis=-1)
        weights = ops.broadcast_to(weights, x.shape)
        count = ops.maximum(ops.sum(weights, axis=axes, keepdims=True), settings.epsilon())
        mean = ops.sum(ops.multiply(x, weights), axis=axes, keepdims=True) / count
        variance = ops.sum(ops.square(x - mean) * weights, axis=axes, keepdims=True) / count
        return ops.reshape(mean, (-1,)), ops.reshape(variance, (-1,))

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, _CONFIG)}


_CONFIG = (
    "axis", "momentum", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer",
    "moving_mean_initializer", "moving_variance_initializer", "beta_regularizer", "gamma_regularizer",
    "beta_constraint", "gamma_constraint", "synchronized", "renorm", "renorm_clipping",
    "renorm_momentum",
)  # fmt: skip
