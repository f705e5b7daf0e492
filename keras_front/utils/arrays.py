"""Preparations of arrays, on the host."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows for integer labels.

    ``num_classes``: default the greatest label plus 1.

    shape: ``(...)`` or ``(..., 1) -> (..., num_classes)``.  dtype: integer to ``float32``.
    errors: ``ValueError`` for labels outside ``0 ... num_classes - 1``.

    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    labels = np.asarray(x).astype(np.int64)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    count = int(labels.max()) + 1 if num_classes is None else int(num_classes)
    if labels.size and (labels.min() < 0 or labels.max() >= count):
        raise ValueError(
            f"`x` must hold labels from 0 to {count - 1}, got {int(labels.min())} to {int(labels.max())}"
        )
    return np.eye(count, dtype=np.float32)[labels]


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """``x`` divided by its norm along an axis; rows of zeros stay.

    shape: ``(...) -> (...)``.  dtype: floating, unchanged.

    >>> normalize([[3.0, 4.0]]).tolist()
    [[0.6, 0.8]]
    """
    array = np.asarray(x)
    norm = np.atleast_1d(np.linalg.norm(array, order, axis))
    norm[norm == 0] = 1
    result: np.ndarray = array / np.expand_dims(norm, axis)
    return result
