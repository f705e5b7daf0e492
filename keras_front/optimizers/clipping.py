"""Clipping of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras_front.core.convert import cast, dtype_of
from keras_front.core.dispatch import F


def clip_by_norm(gradient: Any, limit: float) -> Any:
    """``g * limit / max(||g||, limit)``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged."""
    norm = F.sqrt(F.sum(F.square(gradient)))
    return F.divide(F.multiply(gradient, float(limit)), F.maximum(norm, float(limit)))


def clip_by_value(gradient: Any, limit: float) -> Any:
    """Entries from ``-limit`` to ``limit``.  shape: ``(...) -> (...)``.  dtype: floating, unchanged."""
    return F.clip(gradient, low=-float(limit), high=float(limit))


def clip_by_global_norm(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Every gradient times ``limit / max(norm, limit)``, where ``norm`` is that of all together.

    A norm that is not finite makes all gradients NaN.

    shape: unchanged.  dtype: floating, unchanged.
    source: Pascanu et al., ICML 2013.
    """
    total: Any = None
    for gradient in gradients:
        part = cast(F.sum(F.square(gradient)), "float32")
        total = part if total is None else F.add(total, part)
    norm = F.sqrt(total)
    scale = F.multiply(F.minimum(F.divide(1.0, norm), 1.0 / limit), float(limit))
    # Infinity minus infinity is NaN: a gradient that overflowed must not look like one of norm 0.
    scale = F.add(scale, F.subtract(norm, norm))
    return [F.multiply(gradient, cast(scale, dtype_of(gradient))) for gradient in gradients]
