"""Network group: native kernels, in channels-last memory without copies.

A channels-last tensor seen through a permuted view is a channels-first tensor in PyTorch's
``channels_last`` memory format, in which the kernels work directly.
"""

from __future__ import annotations

import functools as _functools
import math as _math

import torch
from torch.nn import functional as _F

from keras_front.protocol import geometry as _geometry

from . import _shared
from . import array as _array
from . import random as _random

_Tensor = torch.Tensor
_Padding = str | tuple[tuple[int, int], ...]

# ---------------------------------------------------------------- activations

relu, sigmoid, erf = _array._unary(torch.relu), torch.sigmoid, torch.erf


def silu(x: _Tensor, /) -> _Tensor:
    return _F.silu(x)


def softplus(x: _Tensor, /) -> _Tensor:
    # Above 40 the function is x in every dtype.
    return _F.softplus(x, 1.0, 40.0)


def gelu(x: _Tensor, /, approximate: bool = True) -> _Tensor:
    return _F.gelu(x, approximate="tanh" if approximate else "none")


def elu(x: _Tensor, /, alpha: float = 1.0) -> _Tensor:
    return _F.elu(x, alpha)


def leaky_relu(x: _Tensor, /, negative_slope: float = 0.2) -> _Tensor:
    return _F.leaky_relu(x, negative_slope)


# ---------------------------------------------------------------- softmax family


def softmax(x: _Tensor, /, axis: int = -1) -> _Tensor:
    return torch.softmax(x, axis)


def log_softmax(x: _Tensor, /, axis: int = -1) -> _Tensor:
    return torch.log_softmax(x, axis)


def logsumexp(x: _Tensor, /, axis: int = -1, keepdims: bool = False) -> _Tensor:
    return torch.logsumexp(x, axis, keepdims)


def softmax_cross_entropy(logits: _Tensor, targets: _Tensor, /) -> _Tensor:
    return torch.sum(torch.log_softmax(logits, -1).mul(targets), -1).neg()


def sparse_softmax_cross_entropy(logits: _Tensor, labels: _Tensor, /) -> _Tensor:
    if logits.ndim == 2:
        return _F.cross_entropy(logits, labels.long(), reduction="none")
    flat = logits.reshape(-1, logits.shape[-1])
    return _F.cross_entropy(flat, labels.reshape(-1).long(), reduction="none").reshape(labels.shape)


def sigmoid_cross_entropy(logits: _Tensor, targets: _Tensor, /) -> _Tensor:
    return _F.binary_cross_entropy_with_logits(logits, targets, reduction="none")


# ---------------------------------------------------------------- affine maps


def dense(x: _Tensor, kernel: _Tensor, bias: _Tensor | None = None, /) -> _Tensor:
    if bias is not None and x.ndim == 2:
        return torch.addmm(bias, x, kernel)
    if bias is None or x.ndim < 2:
        y = torch.matmul(x, kernel)
        return y if bias is None else y + bias
    return _F.linear(x, kernel.t(), bias)


# ---------------------------------------------------------------- windows

_CONV = {1: torch.conv2d, 2: torch.conv2d, 3: torch.conv3d}
_MAX_POOL = {1: torch.max_pool2d, 2: torch.max_pool2d, 3: torch.max_pool3d}
_AVERAGE_POOL = {1: _F.avg_pool2d, 2: _F.avg_pool2d, 3: _F.avg_pool3d}
#: Between channels-last and channels-first, by the number of spatial axes.
_FIRST = {1: (0, 3, 1, 2), 2: (0, 3, 1, 2), 3: (0, 4, 1, 2, 3)}
_LAST = {1: (0, 2, 3, 1), 2: (0, 2, 3, 1), 3: (0, 2, 3, 4, 1)}
_KERNEL = {1: (3, 2, 0, 1), 2: (3, 2, 0, 1), 3: (4, 3, 0, 1, 2)}


@_functools.lru_cache(maxsize=4096)
def _plan(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _Padding,
    dilation: tuple[int, ...] | None,
    pooling: bool,
) -> tuple[tuple[int, ...], tuple[int, ...], list[int] | None] | None:
    """``(window, kernel's own padding, widths to pad explicitly)``; ``None``: no native kernel.

    One spatial axis is treated as an image of height 1, for which there is a channels-last format.
    """
    rank = len(sizes)
    if not 1 <= rank <= 3 or 0 in sizes:
        return None
    pairs = _geometry.window_padding(padding, sizes, window, strides, dilation)
    padded = [low + size + high for size, (low, high) in zip(sizes, pairs, strict=True)]
    if 0 in _geometry.output_sizes(padded, window, strides, dilation):
        return None
    if pooling and any(w <= max(pair) for pair, w in zip(pairs, window, strict=True)):
        # Windows of padding only: the kernels' gradients go astray there.
        return None
    own = tuple(low for low, _ in pairs)
    widths = None
    if any(low != high for low, high in pairs) or (
        pooling and any(2 * low > w for low, w in zip(own, window, strict=True))
    ):
        own = (0,) * rank
        widths = [0, 0, *(width for pair in reversed(pairs) for width in pair)]
    return ((1, *window), (0, *own), widths) if rank == 1 else (window, own, widths)


def conv(
    x: _Tensor,
    kernel: _Tensor,
    /,
    strides: tuple[int, ...],
    padding: _Padding = "valid",
    dilation: tuple[int, ...] | None = None,
    groups: int = 1,
) -> _Tensor:
    rank = x.ndim - 2
    plan = _plan(x.shape[1:-1], kernel.shape[:rank], strides, padding, dilation, False)
    if plan is None or x.shape[0] == 0:
        return _shared.derived("conv")(x, kernel, strides, padding, dilation, groups)
    _, own, widths = plan
    if widths is not None:
        x = torch.constant_pad_nd(x, widths)
    dilation = dilation or (1,) * rank
    if rank == 1:
        x, kernel = x.unsqueeze(1), kernel.unsqueeze(0)
        strides, dilation = (1, *strides), (1, *dilation)
    x = x.permute(_FIRST[rank])
    if 1 < groups == x.shape[1] < kernel.shape[-1] and x.dtype is torch.bfloat16 and not x.is_cuda:
        # oneDNN's depthwise kernel gives wrong values here in channels-last memory where the output is 1 wide.
        x = x.contiguous()
    y = _CONV[rank](x, kernel.permute(_KERNEL[rank]), None, strides, own, dilation, groups)
    y = y.permute(_LAST[rank])
    return y.squeeze(1) if rank == 1 else y


def max_pool(
    x: _Tensor,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _Padding = "valid",
) -> _Tensor:
    rank = x.ndim - 2
    plan = _plan(x.shape[1:-1], window, strides, padding, None, True)
    if plan is None or x.shape[0] == 0:
        return _shared.derived("max_pool")(x, window, strides, padding)
    window, own, widths = plan
    if widths is not None:
        x = torch.constant_pad_nd(x, widths, -_math.inf)
    if rank == 1:
        x, strides = x.unsqueeze(1), (1, *strides)
    y = _MAX_POOL[rank](x.permute(_FIRST[rank]), window, strides, own).permute(_LAST[rank])
    return y.squeeze(1) if rank == 1 else y


def average_pool(
    x: _Tensor,
    /,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _Padding = "valid",
) -> _Tensor:
    rank = x.ndim - 2
    plan = _plan(x.shape[1:-1], window, strides, padding, None, True)
    lacking = rank == 3 and x.element_size() == 2 and not x.is_cuda  # There is no such kernel.
    if plan is None or lacking or x.shape[0] == 0:
        return _shared.derived("average_pool")(x, window, strides, padding)
    factors = None
    if plan[2] is not None:
        # The kernel would count explicit zeros: their share is put right afterwards.
        factors = _padding_factors(x.shape[1:-1], window, strides, padding, x.dtype, x.device)
        x = torch.constant_pad_nd(x, plan[2])
    window, own, _ = plan
    if rank == 1:
        x, strides = x.unsqueeze(1), (1, *strides)
    y = _AVERAGE_POOL[rank](x.permute(_FIRST[rank]), window, strides, own, count_include_pad=False).permute(
        _LAST[rank]
    )
    y = y.squeeze(1) if rank == 1 else y
    return y if factors is None else y * factors


@_functools.lru_cache(maxsize=256)
def _padding_factors(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: _Padding,
    dtype: torch.dtype,
    device: torch.device,
) -> _Tensor:
    """Window size over the number of entries that are no padding, of each window."""
    pairs = _geometry.window_padding(padding, sizes, window, strides)
    factors = torch.ones((1,) * (len(sizes) + 2), dtype=torch.float64)
    for axis, (size, width, stride, (low, high)) in enumerate(
        zip(sizes, window, strides, pairs, strict=True), start=1
    ):
        starts = range(-low, size + high - width + 1, stride)
        counts = [max(min(start + width, size) - max(start, 0), 0) for start in starts]
        shares = [width / count if count else _math.nan for count in counts]
        shape = [-1 if a == axis else 1 for a in range(len(sizes) + 2)]
        factors = factors * torch.tensor(shares, dtype=torch.float64).reshape(shape)
    return factors.to(device, dtype)


# ---------------------------------------------------------------- normalizations


def normalize(
    x: _Tensor,
    mean: _Tensor,
    variance: _Tensor,
    scale: _Tensor | None = None,
    offset: _Tensor | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> _Tensor:
    recorded = mean.requires_grad or variance.requires_grad
    last = axis in (-1, x.ndim - 1)
    if not last or x.numel() == 0 or (recorded and torch.is_grad_enabled()):
        # The native kernel takes the statistics as constants.
        return _shared.derived("normalize")(x, mean, variance, scale, offset, axis=axis, epsilon=epsilon)
    flat = x.reshape(-1, x.shape[-1])
    y = torch.batch_norm(flat, scale, offset, mean, variance, False, 0.0, epsilon, True)
    return y.reshape(x.shape)


def batch_norm(
    x: _Tensor,
    scale: _Tensor | None = None,
    offset: _Tensor | None = None,
    /,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> tuple[_Tensor, _Tensor, _Tensor]:
    if x.numel() == 0:
        return _shared.derived("batch_norm")(x, scale, offset, axis=axis, epsilon=epsilon)
    axis %= x.ndim
    moved = x.movedim(axis, -1)
    channels = x.shape[axis]
    flat = moved.reshape(-1, channels)
    # With a momentum of 1 the "running" statistics are those of this batch.
    mean, variance = torch.zeros(2, channels, dtype=x.dtype, device=x.device).unbind()
    y = torch.batch_norm(flat, scale, offset, mean, variance, True, 1.0, epsilon, True)
    count = flat.shape[0]
    # The kernel divides by count - 1, which is 0 / 0 for one value.
    variance = variance * ((count - 1) / count) if count > 1 else torch.zeros_like(variance)
    return y.reshape(moved.shape).movedim(-1, axis), mean, variance


def layer_norm(
    x: _Tensor,
    scale: _Tensor | None = None,
    offset: _Tensor | None = None,
    /,
    axes: tuple[int, ...] = (-1,),
    epsilon: float = 1e-3,
) -> _Tensor:
    rank = x.ndim
    trailing = sorted(axis % rank for axis in axes) == list(range(rank - len(axes), rank))
    if not trailing or not axes:
        return _shared.derived("layer_norm")(x, scale, offset, axes=axes, epsilon=epsilon)
    shape = x.shape[rank - len(axes) :]
    if (scale is None or scale.shape == shape) and (offset is None or offset.shape == shape):
        return torch.layer_norm(x, shape, scale, offset, epsilon)
    y = torch.layer_norm(x, shape, None, None, epsilon)
    y = y if scale is None else y * scale
    return y if offset is None else y + offset


def dropout(x: _Tensor, key: _Tensor, /, rate: float) -> _Tensor:
    if _shared.portable:
        return _shared.derived("dropout")(x, key, rate)
    return x * _random._mask(key, x, rate) if rate else x
