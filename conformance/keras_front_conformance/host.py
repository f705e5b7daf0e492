"""The host's side of a call: NumPy arrays of every dtype, their exact wide form, and the distance in ulps."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_front.protocol import dtypes

from .tolerances import MANTISSA, SMALLEST


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The NumPy dtype of a protocol dtype (``bfloat16`` is that of ``ml_dtypes``)."""
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


def wide(array: np.ndarray) -> np.ndarray:
    """A floating array exactly as the widest float NumPy has; any other array as it is."""
    return array.astype(np.longdouble) if dtypes.is_floating(array.dtype.name) else array


def ulps(found: np.ndarray, exact: np.ndarray, dtype: str, scale: Any = 0.0) -> float:
    """The greatest distance of finite values, in units in the last place of ``dtype``.

    The unit is that at the size of the exact value, of ``scale``, or of the smallest normal number,
    whichever is the greatest.
    """
    if not exact.size:
        return 0.0
    smallest = np.exp2(np.longdouble(SMALLEST[dtype]))
    size = np.maximum(np.maximum(np.abs(exact), np.abs(wide(np.asarray(scale)))), smallest)
    unit = np.exp2(np.floor(np.log2(size)) - (MANTISSA[dtype] - 1))
    # A subnormal result may have been flushed to 0.
    flushed = (np.abs(exact) < smallest) & (found == 0)
    return float(np.max(np.where(flushed, 0, np.abs(found - exact)) / unit))


def difference(found: np.ndarray, exact: np.ndarray, dtype: str, bound: float, scale: Any = 0.0) -> float:
    """The error of ``found`` in ulps; ``AssertionError`` if shape, NaN, infinities or values are wrong."""
    found, exact = np.asarray(found), np.asarray(exact)
    assert found.shape == exact.shape, f"shape must be {exact.shape}, is {found.shape}"
    assert found.dtype == numpy_dtype(dtype), f"dtype must be {dtype}, is {found.dtype}"
    if not dtypes.is_floating(dtype):
        _equal(found, exact.astype(found.dtype), "value")
        return 0.0
    with np.errstate(all="ignore"):
        rounded = wide(exact.astype(found.dtype))  # What overflows in this dtype is infinite.
        found, exact = wide(found), wide(exact)
        _equal(np.isnan(found), np.isnan(rounded), "NaN")
        finite = np.isfinite(rounded)
        infinite = np.isinf(rounded)
        _equal(found[infinite], rounded[infinite], "infinity")
        assert np.all(np.isfinite(found[finite])), (
            f"must be finite: {_show(found, ~np.isfinite(found) & finite)}"
        )
        scale = np.broadcast_to(wide(np.asarray(scale, dtype=np.longdouble)), exact.shape)
        error = ulps(found[finite], exact[finite], dtype, scale[finite])
    assert error <= bound, (
        f"error of {error:.3g} ulps of {dtype}, {bound:g} are allowed\n found {found!r:.400}\n exact {exact!r:.400}"
    )
    return error


def same_zero_signs(found: np.ndarray, exact: np.ndarray) -> None:
    """``AssertionError`` if a zero has the wrong sign."""
    zero = np.asarray(exact == 0)
    _equal(np.signbit(wide(found))[zero], np.signbit(exact)[zero], "sign of zero")


def _equal(found: np.ndarray, exact: np.ndarray, what: str) -> None:
    if not np.array_equal(found, exact):
        raise AssertionError(f"{what}:\n found {found!r:.400}\n exact {exact!r:.400}")


def _show(array: np.ndarray, chosen: np.ndarray) -> str:
    return f"{array[chosen]!r:.200}"
