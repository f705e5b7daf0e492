"""Activation layers."""

from __future__ import annotations

from typing import Any

from keras_front import activations
from keras_front.core.layer import Layer
from keras_front.layers.arguments import config_of


class _Elementwise(Layer):
    """A layer without weights whose output has the shape of its input."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True


class Activation(_Elementwise):
    """Applies an activation function.

    ``activation``: its name, or a function of one tensor.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.
    errors: ``ValueError`` for an unknown name.

    >>> import numpy as np
    >>> y = Activation("relu")(np.array([-1.0, 2.0]))
    >>> [float(v) for v in y]
    [0.0, 2.0]
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """``activation(inputs)``."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("activation",))}


class ReLU(_Elementwise):
    """Rectified linear unit: ``min(max(x, 0), max_value)``, with a slope below a threshold.

    ``f(x) = max_value`` from ``max_value`` on, ``x`` from ``threshold`` on, ``negative_slope * (x - threshold)`` below.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.
    errors: ``ValueError`` for a negative ``max_value``, ``negative_slope`` or ``threshold``.

    >>> import numpy as np
    >>> y = ReLU(max_value=1.0)(np.array([-1.0, 0.5, 2.0]))
    >>> [float(v) for v in y]
    [0.0, 0.5, 1.0]
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, value in (
            ("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold),
        ):  # fmt: skip
            if (value is None and name != "max_value") or (value is not None and value < 0):
                raise ValueError(f"`{name}` of ReLU must be at least 0, got {value!r}")
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs: Any) -> Any:
        """The rectified input."""
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("max_value", "negative_slope", "threshold"))}


class LeakyReLU(_Elementwise):
    """``x`` from 0 on, ``negative_slope * x`` below.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.
    errors: ``ValueError`` for ``negative_slope`` of ``None``.

    >>> import numpy as np
    >>> y = LeakyReLU(negative_slope=0.5)(np.array([-1.0, 2.0]))
    >>> [float(v) for v in y]
    [-0.5, 2.0]
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            from keras_front.utils.deprecation import warn_renamed

            negative_slope = kwargs.pop("alpha")
            warn_renamed("LeakyReLU(alpha=)", "LeakyReLU(negative_slope=)")
        super().__init__(**kwargs)
        if negative_slope is None:
            raise ValueError("`negative_slope` of LeakyReLU must be a number, got None")
        self.negative_slope = negative_slope

    def call(self, inputs: Any) -> Any:
        """The input, scaled where it is negative."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("negative_slope",))}


class ELU(_Elementwise):
    """``x`` from 0 on, ``alpha * (exp(x) - 1)`` below.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.
    source: Clevert et al., arXiv:1511.07289.

    >>> import numpy as np
    >>> y = ELU()(np.array([0.0, 2.0]))
    >>> [float(v) for v in y]
    [0.0, 2.0]
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        """The input, bent where it is negative."""
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("alpha",))}


class Softmax(_Elementwise):
    """``exp(x) / sum(exp(x))`` along an axis; where ``mask`` is false the result is 0.

    shape: ``(...) -> (...)``.  dtype: the compute dtype.

    >>> import numpy as np
    >>> y = Softmax()(np.array([[1.0, 1.0]]))
    >>> [float(v) for v in y[0]]
    [0.5, 0.5]
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The normalized exponentials."""
        from keras_front import ops

        if mask is not None:
            lowest = -3e4 if self.compute_dtype == "float16" else -1e9
            inputs = ops.where(ops.cast(mask, "bool"), inputs, ops.add(inputs, lowest))
        return activations.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """The configuration of the layer."""
        return {**super().get_config(), **config_of(self, ("axis",))}
