"""Sizes of windows: what convolution and pooling share on every backend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Padding = str | tuple[tuple[int, int], ...]


def window_padding(
    padding: Padding,
    sizes: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int] | None = None,
) -> tuple[tuple[int, int], ...]:
    """Entries added before and after each spatial axis.

    ``"valid"`` adds none; ``"same"`` as many as make the output ``ceil(size / stride)``, the odd one
    at the end; explicit pairs are passed on.
    """
    if not isinstance(padding, str):
        return tuple((int(low), int(high)) for low, high in padding)
    if padding == "valid":
        return ((0, 0),) * len(sizes)
    if padding != "same":
        raise ValueError(
            f'`padding` must be "valid", "same" or a pair of numbers for each spatial axis, got {padding!r}'
        )
    pairs = []
    for size, extent, stride in zip(sizes, extents(window, dilation), strides, strict=True):
        total = max((-(-size // stride) - 1) * stride + extent - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def extents(window: Sequence[int], dilation: Sequence[int] | None = None) -> tuple[int, ...]:
    """Length of each window axis once its entries are spread by the dilation."""
    return tuple((w - 1) * d + 1 for w, d in zip(window, dilation or (1,) * len(window), strict=True))


def output_sizes(
    padded: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int] | None = None,
) -> tuple[int, ...]:
    """How often the window fits on each padded spatial axis: ``(size - extent) // stride + 1``."""
    return tuple(
        max((size - extent) // stride + 1, 0)
        for size, extent, stride in zip(padded, extents(window, dilation), strides, strict=True)
    )


def window_slices(
    shape: Sequence[int],
    window: Sequence[int],
    strides: Sequence[int],
    dilation: Sequence[int] | None = None,
) -> list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]]:
    """One strided slice of a padded channels-last ``shape`` for each window position.

    Returns ``(position, starts, stops, steps)`` in row-major order of positions; a slice holds what
    the output cells see at that position.
    """
    spatial = tuple(shape[1:-1])
    dilation = tuple(dilation or (1,) * len(window))
    outputs = output_sizes(spatial, window, strides, dilation)
    slices = []
    for position in product(*(range(w) for w in window)):
        starts = tuple(p * d for p, d in zip(position, dilation, strict=True))
        stops = tuple(
            start + (n - 1) * stride + 1 if n else start
            for start, n, stride in zip(starts, outputs, strides, strict=True)
        )
        slices.append((position, (0, *starts, 0), (shape[0], *stops, shape[-1]), (1, *strides, 1)))
    return slices
