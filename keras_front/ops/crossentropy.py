"""Cross-entropies between targets and predictions."""

from __future__ import annotations

from typing import Any

from keras_front.core import settings
from keras_front.core.convert import cast, promote, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import floats, one_axis
from keras_front.ops.define import op


@op
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-sum(target * log(p))`` along an axis; ``p`` is the softmax of the logits, or the output made to add up to 1.

    Probabilities are kept ``epsilon()`` away from 0 and 1.
    shape: ``(..., c, ...), (..., c, ...) -> (...)``.  dtype: promoted; integers become ``floatx()``.
    errors: ``ValueError`` for shapes that differ or an axis out of range.
    example: categorical_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]) == [0.6931472]
    example: categorical_crossentropy([[1.0, 0.0]], [[0.0, 0.0]], from_logits=True) == [0.6931472]
    """
    target, output = _pair("categorical_crossentropy", target, output)
    rank = len(output.shape)
    axis = one_axis("categorical_crossentropy", axis, rank)
    if from_logits:
        if axis == rank - 1:
            return F.softmax_cross_entropy(output, target)
        return F.negative(F.sum(F.multiply(target, F.log_softmax(output, axis=axis)), axis=axis))
    return F.negative(F.sum(F.multiply(target, F.log(_probabilities(output, axis))), axis=axis))


@op
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """``-log(p[target])`` along an axis; ``p`` is the softmax of the logits, or the output made to add up to 1.

    Probabilities are kept ``epsilon()`` away from 0 and 1.  A last axis of size 1 of the target is dropped.
    shape: ``(...), (..., c) -> (...)``.  dtype: that of ``output``; integers become ``floatx()``; labels integer.
    errors: ``ValueError`` for shapes that do not fit or an axis out of range.
    example: sparse_categorical_crossentropy([1], [[0.5, 0.5]]) == [0.6931472]
    example: sparse_categorical_crossentropy([1], [[0.0, 0.0]], from_logits=True) == [0.6931472]
    """
    target, output = cast(target, "int32"), floats(output)
    rank = len(output.shape)
    axis = one_axis("sparse_categorical_crossentropy", axis, rank)
    if len(target.shape) == rank and target.shape[-1] == 1:
        target = F.reshape(target, tuple(target.shape[:-1]))
    classes = tuple(n for a, n in enumerate(output.shape) if a != axis)
    if not _fit(target.shape, classes):
        raise ValueError(
            f"sparse_categorical_crossentropy: `target` must have the shape of `output` without axis {axis}, "
            f"{classes}, got {tuple(target.shape)}"
        )
    if axis == rank - 1 and from_logits:
        return F.sparse_softmax_cross_entropy(output, target)
    logs = F.log_softmax(output, axis=axis) if from_logits else F.log(_probabilities(output, axis))
    picked = F.take_along_axis(logs, F.expand_dims(target, axis=axis), axis=axis)
    return F.negative(F.reshape(picked, tuple(target.shape)))


@op
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """``-t * log(p) - (1 - t) * log(1 - p)``; ``p`` is the sigmoid of the logits, or the output itself.

    Probabilities are kept ``epsilon()`` away from 0 and 1.
    shape: ``(...), (...) -> (...)``.  dtype: promoted; integers become ``floatx()``.
    errors: ``ValueError`` for shapes that differ.
    example: binary_crossentropy([1.0, 0.0], [0.5, 0.5]) == [0.6931472, 0.6931472]
    example: binary_crossentropy([1.0], [0.0], from_logits=True) == [0.6931472]
    """
    target, output = _pair("binary_crossentropy", target, output)
    if from_logits:
        return F.sigmoid_cross_entropy(output, target)
    small = settings.epsilon()
    p = F.clip(output, low=small, high=1.0 - small)
    hit = F.multiply(target, F.log(p))
    miss = F.multiply(F.subtract(1.0, target), F.log(F.subtract(1.0, p)))
    return F.negative(F.add(hit, miss))


def _probabilities(output: Any, axis: int) -> Any:
    small = settings.epsilon()
    shares = F.divide(output, F.sum(output, axis=axis, keepdims=True))
    return F.clip(shares, low=small, high=1.0 - small)


def _pair(name: str, target: Any, output: Any) -> tuple[Any, Any]:
    target, output = promote(to_tensor(target), floats(output))
    if not _fit(target.shape, output.shape):
        raise ValueError(
            f"{name}: `target` and `output` must have the same shape, got {tuple(target.shape)} and "
            f"{tuple(output.shape)}"
        )
    return target, output


def _fit(shape: Any, other: Any) -> bool:
    """Whether two shapes can be the same; an unknown size fits every one."""
    return shape == other or (
        len(shape) == len(other)
        and all(n == m or n is None or m is None for n, m in zip(shape, other, strict=True))
    )
