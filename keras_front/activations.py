"""`keras.activations`: elementwise and softmax-like functions that layers take by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front import ops
from keras_front.core.identifiers import Identifiers
from keras_front.ops import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    swish,
    tanh,
    tanh_shrink,
    threshold,
)


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """``x`` from the threshold up to ``max_value``, ``negative_slope * (x - threshold)`` below the threshold.

    shape: ``(...) -> (...)``.  dtype: unchanged; booleans become ``int32``.
    source: Nair and Hinton, ICML 2010.
    example: relu([-1.0, 2.0]) == [0.0, 2.0]
    example: relu([-1.0, 2.0, 9.0], negative_slope=0.5, max_value=6.0) == [-0.5, 2.0, 6.0]
    """
    if negative_slope == 0.0 and max_value is None and threshold == 0:
        return ops.relu(x)
    if negative_slope < 0.0:
        raise ValueError(f"relu: `negative_slope` must not be negative, got {negative_slope!r}")
    if max_value is not None and max_value < 0.0:
        raise ValueError(f"relu: `max_value` must not be negative, got {max_value!r}")
    below = 0.0
    if negative_slope:
        # The slope goes through 0 at the threshold; above it this part is 0.
        below = ops.multiply(ops.relu(ops.subtract(threshold, x)), -negative_slope)
    if threshold:
        above = ops.where(ops.greater(x, threshold), x, 0)
    elif max_value == 6:
        return ops.add(ops.relu6(x), below) if negative_slope else ops.relu6(x)
    else:
        above = ops.relu(x)
    if max_value is not None:
        above = ops.clip(above, 0.0, max_value)
    return ops.add(above, below) if negative_slope else above


def gelu(x: Any, approximate: bool = False) -> Any:
    """``x * Phi(x)`` with the normal distribution's ``Phi``, or its usual ``tanh`` approximation.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    source: Hendrycks and Gimpel, arXiv:1606.08415.
    example: gelu([0.0, 1.0]) == [0.0, 0.8413447]
    """
    return ops.gelu(x, approximate=approximate)


def exponential(x: Any) -> Any:
    """``e ** x``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    example: exponential([0.0, 1.0]) == [1.0, 2.7182818]
    """
    return ops.exp(x)


def linear(x: Any) -> Any:
    """``x`` itself.  shape: ``(...) -> (...)``.  dtype: unchanged.

    example: linear([1.0, -2.0]) == [1.0, -2.0]
    """
    return x


def mish(x: Any) -> Any:
    """``x * tanh(softplus(x))``.  shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.

    source: Misra, arXiv:1908.08681.
    example: mish([0.0, 1.0]) == [0.0, 0.8650984]
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, linear,
    log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign,
    sparse_plus, sparse_sigmoid, sparsemax, squareplus, tanh, tanh_shrink, threshold,
)  # fmt: skip
_TABLE = {function.__name__: function for function in _FUNCTIONS}
_NAMES = {function: name for name, function in _TABLE.items()} | {
    swish: "silu", hard_swish: "hard_silu", ops.relu: "relu", ops.gelu: "gelu",
}  # fmt: skip
_identifiers = Identifiers(
    "activation", "keras.activations", _TABLE | {"swish": silu, "hard_swish": hard_silu}
)


def get(identifier: Any) -> Callable[..., Any]:
    """The activation for a name, a configuration or a function; `linear` for ``None``.

    errors: ``ValueError`` for an unknown name (with what was probably meant) or what cannot be called.

    >>> get("relu") is relu
    True
    """
    if identifier is None:
        return linear
    found: Callable[..., Any] = _identifiers.get(identifier)
    return found


def serialize(activation: Any) -> Any:
    """The name of one of Keras's activations; the configuration of any other.

    errors: ``ValueError`` for a lambda.

    >>> serialize(relu)
    'relu'
    """
    try:
        name = _NAMES.get(activation)
    except TypeError:
        name = None
    return _identifiers.serialize(activation) if name is None else name


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The activation of a name or configuration.

    errors: ``ValueError`` for an unknown name or a malformed configuration.

    >>> deserialize("tanh") is tanh
    True
    """
    return _identifiers.deserialize(config, custom_objects)


__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "serialize", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip
