"""Sorting, and the greatest few."""

from __future__ import annotations

from typing import Any

from keras_front.core.convert import cast, dtype_of, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import bits, numbers, one_axis, unsigned
from keras_front.ops.define import op


@op
def sort(x: Any, axis: int | None = -1) -> Any:
    """Sorts an axis ascending, NaN last; ``None`` sorts the flattened tensor.

    shape: ``(...) -> (...)``, flattened ``(size,)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range.
    example: sort([[3.0, 1.0], [1.0, 2.0]], axis=0) == [[1.0, 1.0], [3.0, 2.0]]
    """
    x = to_tensor(x)
    dtype = dtype_of(x)
    x = numbers(x)
    if axis is None:
        return cast(F.sort(F.reshape(x, (-1,)), axis=0), dtype)
    return cast(F.sort(x, axis=one_axis("sort", axis, len(x.shape))), dtype)


@op
def argsort(x: Any, axis: int | None = -1) -> Any:
    """Indices that sort an axis ascending, equals in their order, NaN last; ``None``: of the flattened tensor.

    shape: ``(...) -> (...)``, flattened ``(size,)``.  dtype: ``int32``.
    errors: ``ValueError`` for an axis out of range.
    example: argsort([3.0, 1.0, 2.0]) == [1, 2, 0]
    """
    x = numbers(x)
    if axis is None:
        return F.argsort(F.reshape(x, (-1,)), axis=0)
    return F.argsort(x, axis=one_axis("argsort", axis, len(x.shape)))


@op
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The ``k`` greatest values of the last axis, descending, and their indices; the first of equals comes first.

    shape: ``(..., n) -> (..., k)`` twice.  dtype: unchanged, indices ``int32``.
    errors: ``ValueError`` unless ``0 <= k <= n``.
    example: top_k([1.0, 4.0, 2.0], 2)[0] == [4.0, 2.0]
    example: top_k([1.0, 4.0, 2.0], 2)[1] == [1, 2]
    """
    x = to_tensor(x)
    size = x.shape[one_axis("top_k", -1, len(x.shape))]
    if k < 0 or (size is not None and k > size):
        raise ValueError(f"top_k: `k` must be from 0 to the size of the last axis, {size}, got {k}")
    rank = len(x.shape)
    order = F.argsort(_turned(numbers(x)), axis=rank - 1)
    starts = (0,) * rank
    indices = F.slice(order, starts, (*x.shape[:-1], k), (1,) * rank)
    return F.take_along_axis(x, indices, axis=rank - 1), indices


def _turned(x: Any) -> Any:
    """Values in the opposite order.  Minus the least integer does not exist, so integers are turned by bits."""
    dtype = dtype_of(x)
    if unsigned(dtype):
        return F.bitwise_xor(x, 2 ** bits(dtype) - 1)
    return F.subtract(F.negative(x), 1) if dtype.startswith("int") else F.negative(x)


@op
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether the target's prediction is among the ``k`` greatest; those equal to the last of them count.

    shape: ``(n,), (n, classes) -> (n,)``.  dtype: ``bool``.
    errors: ``ValueError`` unless ``0 <= k <= classes``.
    example: in_top_k([2, 0], [[0.1, 0.9, 0.8], [0.05, 0.95, 0.0]], 2) == [True, True]
    """
    targets, predictions = to_tensor(targets), to_tensor(predictions)
    rank = len(predictions.shape)
    chosen = F.take_along_axis(predictions, F.expand_dims(targets, axis=-1), axis=rank - 1)
    greatest = top_k(predictions, k)[0]
    return F.any(F.greater_equal(chosen, greatest), axis=rank - 1)
