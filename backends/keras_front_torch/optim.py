"""Optimizer group: one fused kernel over all parameters, in place."""

from __future__ import annotations

import functools as _functools
import math as _math
from collections.abc import Sequence as _Sequence
from typing import Any as _Any

import torch

_Tensors = list[torch.Tensor]
_Number = torch.Tensor | float


def _number(x: _Number) -> float:
    return x.item() if isinstance(x, torch.Tensor) else x


def _uniform(parameters: _Tensors) -> bool:
    """Whether one fused call takes them all: one dtype, one device."""
    dtype, device = parameters[0].dtype, parameters[0].device
    return all(p.dtype is dtype and p.device == device for p in parameters)


def _aligned(tensors: _Sequence[torch.Tensor]) -> _Tensors:
    # The fused kernels walk through memory and do not look at strides.
    return [t if t.is_contiguous() else t.contiguous() for t in tensors]


@_functools.cache
def _endless(device: torch.device) -> torch.Tensor:
    """A step count for which the kernel's own bias corrections are 1."""
    return torch.tensor(_math.inf, device=device)


@torch.no_grad()
def sgd_update(
    parameters: _Tensors,
    gradients: _Tensors,
    velocities: _Tensors | None,
    learning_rate: _Number,
    /,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> tuple[_Tensors, _Tensors | None]:
    """In place; one pass without momentum, two with it."""
    if not parameters:
        return parameters, velocities
    if parameters[0].is_cuda:
        moves = torch._foreach_mul(gradients, -learning_rate)
    else:
        rate = _number(learning_rate)
        if velocities is None:
            torch._foreach_add_(parameters, gradients, alpha=-rate)
            return parameters, None
        moves = torch._foreach_mul(gradients, -rate)
    if velocities is None:
        torch._foreach_add_(parameters, moves)
        return parameters, None
    torch._foreach_mul_(velocities, momentum)
    torch._foreach_add_(velocities, moves)
    if nesterov:
        torch._foreach_add_(parameters, velocities, alpha=momentum)
        torch._foreach_add_(parameters, moves)
    else:
        torch._foreach_add_(parameters, velocities)
    return parameters, velocities


def _corrected(
    learning_rate: _Number, step: _Number, beta_1: float, beta_2: float, device: torch.device
) -> _Number:
    """``lr * sqrt(1 - b2**step) / (1 - b1**step)``."""
    if device.type == "cpu":
        count = _number(step)
        return _number(learning_rate) * _math.sqrt(1 - beta_2**count) / (1 - beta_1**count)
    # Computed on the device: reading the step would wait for it.
    steps = torch.as_tensor(step, dtype=torch.float64, device=device)
    rate: torch.Tensor = learning_rate * torch.sqrt(1 - beta_2**steps) / (1 - beta_1**steps)
    return rate.float()


@torch.no_grad()
def adam_update(
    parameters: _Tensors,
    gradients: _Tensors,
    means: _Tensors,
    squares: _Tensors,
    highest: _Tensors | None,
    learning_rate: _Number,
    step: _Number,
    /,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[_Tensors, _Tensors, _Tensors, _Tensors | None]:
    """In place.  The fused kernel adds epsilon after its bias correction: the correction goes into the rate."""
    if not parameters:
        return parameters, means, squares, highest
    if not _uniform(parameters):
        return _adam_one_by_one(
            parameters, gradients, means, squares, highest, learning_rate, step, beta_1, beta_2, epsilon
        )
    device = parameters[0].device
    torch._fused_adam_(
        parameters,
        _aligned(gradients),
        means,
        squares,
        highest or [],
        [_endless(device)] * len(parameters),
        lr=_corrected(learning_rate, step, beta_1, beta_2, device),
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=epsilon,
        amsgrad=highest is not None,
        maximize=False,
    )
    return parameters, means, squares, highest


def _adam_one_by_one(
    parameters: _Tensors,
    gradients: _Tensors,
    means: _Tensors,
    squares: _Tensors,
    highest: _Tensors | None,
    *settings: _Any,
) -> tuple[_Tensors, _Tensors, _Tensors, _Tensors | None]:
    """One call a parameter, for parameters of several dtypes or devices."""
    for i in range(len(parameters)):
        one = slice(i, i + 1)
        slot = None if highest is None else highest[one]
        adam_update(parameters[one], gradients[one], means[one], squares[one], slot, *settings)
    return parameters, means, squares, highest
