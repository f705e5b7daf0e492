"""Optimizer group: one update over all parameters.

Every list holds one tensor a parameter.  Parameters and slots are given away: a backend may overwrite
them, and returns what to keep.  ``learning_rate`` and ``step`` are 0-d tensors, so that a traced step
can carry them; ``step`` counts from 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .registry import derived
from .runtime import Tensor

if TYPE_CHECKING:
    from .typed import Backend


@derived
def sgd_update(
    b: Backend,
    parameters: list[Tensor],
    gradients: list[Tensor],
    velocities: list[Tensor] | None,
    learning_rate: Tensor,
    /,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> tuple[list[Tensor], list[Tensor] | None]:
    """Gradient descent with momentum; returns parameters and velocities.

    ``v = momentum * v - lr * g``; ``p = p + v``, with Nesterov's rule ``p = p + momentum * v - lr * g``.

    shape: unchanged.  dtype: one per parameter, unchanged; ``learning_rate`` ``float32``.
    source: Sutskever et al., ICML 2013.
    example: sgd_update([[1.0]], [[2.0]], None, 0.5)[0] == [[0.0]]
    """
    new, kept = [], []
    for i, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
        move = b.negative(b.multiply(g, b.astype(learning_rate, b.dtype_of(p))))
        if velocities is not None:
            v = b.add(b.multiply(velocities[i], momentum), move)
            kept.append(v)
            move = b.add(b.multiply(v, momentum), move) if nesterov else v
        new.append(b.add(p, move))
    return new, kept if velocities is not None else None


@derived
def adam_update(
    b: Backend,
    parameters: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    highest: list[Tensor] | None,
    learning_rate: Tensor,
    step: Tensor,
    /,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor] | None]:
    """Adam, or AMSGrad when ``highest`` is given; returns parameters, means, squares and highest.

    ``m += (1 - b1) * (g - m)``; ``v += (1 - b2) * (g * g - v)``; ``h = max(h, v)`` (AMSGrad, else ``h = v``);
    ``p -= lr * sqrt(1 - b2**step) / (1 - b1**step) * m / (sqrt(h) + epsilon)``.

    shape: unchanged.  dtype: one per parameter, unchanged; ``learning_rate`` ``float32``, ``step`` integer.
    source: Kingma and Ba, arXiv:1412.6980 (the form before section 2.1); Reddi et al., ICLR 2018.
    example: adam_update([[1.0]], [[2.0]], [[0.0]], [[0.0]], None, 0.5, 1)[0] == [[0.50000077]]
    """
    wide = "float64" if any(b.dtype_of(p) == "float64" for p in parameters) else "float32"
    count = b.astype(step, wide)
    # 1 - beta**step by expm1: a power just below 1 would cost the difference four digits in float32.
    log_1, log_2 = (math.log(beta) if beta > 0 else -math.inf for beta in (beta_1, beta_2))
    correction_1 = b.negative(b.expm1(b.multiply(count, log_1)))
    correction_2 = b.negative(b.expm1(b.multiply(count, log_2)))
    rate = b.multiply(b.astype(learning_rate, wide), b.divide(b.sqrt(correction_2), correction_1))
    new: list[Tensor] = []
    new_m: list[Tensor] = []
    new_v: list[Tensor] = []
    new_h: list[Tensor] = []
    for i, (p, g, m, v) in enumerate(zip(parameters, gradients, means, squares, strict=True)):
        m = b.add(m, b.multiply(b.subtract(g, m), 1 - beta_1))
        v = b.add(v, b.multiply(b.subtract(b.multiply(g, g), v), 1 - beta_2))
        h = v
        if highest is not None:
            h = b.maximum(highest[i], v)
            new_h.append(h)
        move = b.divide(b.multiply(m, b.astype(rate, b.dtype_of(p))), b.add(b.sqrt(h), epsilon))
        new.append(b.subtract(p, move))
        new_m.append(m)
        new_v.append(v)
    return new, new_m, new_v, new_h if highest is not None else None
