"""Normalization by given or by a sample's own statistics."""

from __future__ import annotations

from typing import Any

from keras_front.core import settings
from keras_front.core.convert import cast, dtype_of, promote
from keras_front.core.dispatch import F
from keras_front.ops.arguments import NARROW, Axis, floats, one_axis, some_axes
from keras_front.ops.define import op


@op
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * scale + offset`` along the channel axis ``axis``.

    shape: ``(..., c, ...)``, the others ``(c,) -> (..., c, ...)``.  dtype: promoted; integers become ``floatx()``.
    errors: ``ValueError`` for an axis out of range or statistics of another size.
    source: Ioffe and Szegedy, arXiv:1502.03167.
    example: batch_normalization([[3.0]], [1.0], [4.0], -1, epsilon=0.0) == [[1.0]]
    """
    given = [mean, variance] + [v for v in (scale, offset) if v is not None]
    x, *vectors = promote(floats(x), *(floats(v) for v in given))
    axis = one_axis("batch_normalization", axis, len(x.shape))
    size = x.shape[axis]
    for name, vector in zip(("mean", "variance", "scale", "offset"), vectors, strict=False):
        if len(vector.shape) != 1 or (size is not None and vector.shape[0] not in (size, None)):
            raise ValueError(
                f"batch_normalization: `{name}` must have shape ({size},) like axis {axis} of `x`, got "
                f"{tuple(vector.shape)}"
            )
    center, spread = vectors[:2]
    rest = list(vectors[2:])
    factor = rest.pop(0) if scale is not None else None
    shift = rest.pop(0) if offset is not None else None
    return F.normalize(x, center, spread, factor, shift, axis=axis, epsilon=epsilon)


@op
def layer_normalization(
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: Axis = -1,
    epsilon: float | None = None,
    **kwargs: Any,
) -> Any:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta``, statistics over ``axis`` of each sample.

    Computed in at least ``float32``.  ``epsilon``: default `keras_front.config.epsilon`.
    shape: ``(...)``, gamma and beta of the shape of the axes ``-> (...)``.  dtype: that of ``x``.
    errors: ``ValueError`` for an axis out of range; ``TypeError`` for other arguments.
    source: Ba et al., arXiv:1607.06450.
    example: layer_normalization([[1.0, 3.0]], epsilon=0.0) == [[-1.0, 1.0]]
    """
    if kwargs:
        raise TypeError(f"layer_normalization: unknown argument(s) {', '.join(map(repr, kwargs))}")
    x = floats(x)
    dtype = dtype_of(x)
    if dtype in NARROW:
        x = F.astype(x, "float32")
    rank = len(x.shape)
    found = some_axes("layer_normalization", axis, rank)
    axes = (
        tuple(range(rank)) if found is None else (found,) if isinstance(found, int) else tuple(sorted(found))
    )

    def along(vector: Any) -> Any:
        if vector is None:
            return None
        vector = cast(vector, dtype_of(x))
        if len(vector.shape) == rank or axes == tuple(range(rank - len(axes), rank)):
            return vector
        return F.reshape(vector, tuple(n if a in axes else 1 for a, n in enumerate(x.shape)))

    epsilon = settings.epsilon() if epsilon is None else epsilon
    y = F.layer_norm(x, along(gamma), along(beta), axes=axes, epsilon=epsilon)
    return cast(y, dtype)
