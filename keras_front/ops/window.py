"""Convolution and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_front.core import settings
from keras_front.core.convert import dtype_of, promote
from keras_front.core.dispatch import F
from keras_front.ops.arguments import floats
from keras_front.ops.define import op

Sizes = int | Sequence[int]


@op
def conv(
    inputs: Any,
    kernel: Any,
    strides: Sizes = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Sizes = 1,
) -> Any:
    """Convolution (cross-correlation) over one, two or more spatial axes, in groups if the kernel has fewer channels.

    shape: ``(n, s..., c), (k..., c / groups, filters) -> (n, o..., filters)``; with ``"channels_first"``
    ``(n, c, s...) -> (n, filters, o...)``.  ``"same"`` makes ``o = ceil(s / stride)``.
    dtype: promoted; integers become ``floatx()``.
    errors: ``ValueError`` for ranks, channels, padding or numbers that do not fit.
    source: Dumoulin and Visin, arXiv:1603.07285.
    example: conv([[[1.0], [2.0], [3.0]]], [[[1.0]], [[1.0]]]) == [[[3.0], [5.0]]]
    """
    x, kernel = promote(floats(inputs), floats(kernel))
    first = _channels_first(data_format)
    rank = _spatial("conv", x)
    if len(kernel.shape) != rank + 2:
        raise ValueError(
            f"conv: `kernel` must have {rank + 2} axes for inputs of shape {tuple(x.shape)}, got shape "
            f"{tuple(kernel.shape)}"
        )
    step = _numbers("conv", "strides", strides, rank)
    spread = _numbers("conv", "dilation_rate", dilation_rate, rank)
    channels, per_group = x.shape[1 if first else -1], kernel.shape[-2]
    groups = 1
    if channels is not None:
        if not per_group or channels % per_group or kernel.shape[-1] % (channels // per_group):
            raise ValueError(
                f"conv: {channels} channels of `inputs` and `kernel` of shape {tuple(kernel.shape)} do not fit: "
                "the last but one size must divide the channels, and the number of groups the filters"
            )
        groups = channels // per_group
    y = F.conv(
        _to_last(x) if first else x,
        kernel,
        strides=step,
        padding=_padding("conv", padding),
        dilation=spread,
        groups=groups,
    )
    return _to_first(y) if first else y


@op
def max_pool(
    inputs: Any,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The greatest value in each window, channel by channel; ``strides`` default to ``pool_size``.

    shape: ``(n, s..., c) -> (n, o..., c)``; with ``"channels_first"`` ``(n, c, s...) -> (n, c, o...)``.
    dtype: integers become ``floatx()``.
    errors: ``ValueError`` for rank, padding or numbers that do not fit.
    example: max_pool([[[1.0], [3.0], [2.0]]], 2, 1) == [[[3.0], [3.0]]]
    """
    return _pool("max_pool", inputs, pool_size, strides, padding, data_format)


@op
def average_pool(
    inputs: Any,
    pool_size: Sizes,
    strides: Sizes | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The mean of each window, channel by channel, padding left out; ``strides`` default to ``pool_size``.

    shape: ``(n, s..., c) -> (n, o..., c)``; with ``"channels_first"`` ``(n, c, s...) -> (n, c, o...)``.
    dtype: integers become ``floatx()``.
    errors: ``ValueError`` for rank, padding or numbers that do not fit.
    example: average_pool([[[1.0], [3.0], [2.0]]], 2, 1) == [[[2.0], [2.5]]]
    """
    return _pool("average_pool", inputs, pool_size, strides, padding, data_format)


def _pool(name: str, inputs: Any, pool_size: Sizes, strides: Any, padding: str, data_format: Any) -> Any:
    x = floats(inputs)
    first = _channels_first(data_format)
    rank = _spatial(name, x)
    window = _numbers(name, "pool_size", pool_size, rank)
    step = window if strides is None else _numbers(name, "strides", strides, rank)
    pool = F.max_pool if name == "max_pool" else F.average_pool
    y = pool(_to_last(x) if first else x, window=window, strides=step, padding=_padding(name, padding))
    return _to_first(y) if first else y


def _channels_first(data_format: str | None) -> bool:
    return settings.standardize_data_format(data_format) == "channels_first"


def _spatial(name: str, x: Any) -> int:
    rank = len(x.shape) - 2
    if rank < 1:
        raise ValueError(
            f"{name}: `inputs` needs a batch axis, spatial axes and a channel axis, got shape {tuple(x.shape)} "
            f"of dtype {dtype_of(x)}"
        )
    return rank


def _numbers(name: str, argument: str, value: Any, rank: int) -> tuple[int, ...]:
    numbers = (value,) * rank if isinstance(value, int) else tuple(int(n) for n in value)
    if len(numbers) == 1:
        numbers *= rank
    if len(numbers) != rank or any(n < 1 for n in numbers):
        raise ValueError(f"{name}: `{argument}` must be a positive number or {rank} of them, got {value!r}")
    return numbers


def _padding(name: str, padding: Any) -> str:
    if not isinstance(padding, str) or padding.lower() not in ("valid", "same"):
        raise ValueError(f'{name}: `padding` must be "valid" or "same", got {padding!r}')
    return padding.lower()


def _to_last(x: Any) -> Any:
    rank = len(x.shape)
    return F.permute_dims(x, (0, *range(2, rank), 1))


def _to_first(x: Any) -> Any:
    rank = len(x.shape)
    return F.permute_dims(x, (0, rank - 1, *range(1, rank - 1)))
