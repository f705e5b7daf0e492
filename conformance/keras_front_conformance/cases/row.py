"""What the suite knows of one protocol function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras_front.protocol import dtypes

from ..arguments import Call

FLOATING = dtypes.FLOATING
INTEGER = dtypes.INTEGER
NUMERIC = INTEGER + FLOATING
SIGNED = dtypes.SIGNED + FLOATING
BITS = dtypes.BOOL + INTEGER
ANY = dtypes.BOOL + NUMERIC

#: The first of these that a row has is its leading dtype, in which every call runs; in the others only ``calls`` do,
#: since how a function treats shapes does not depend on the dtype.
LEADING = ("float32", "int32", "bool")


@dataclass(frozen=True)
class Row:
    """One function: ``dtypes`` it takes, the ``oracle`` (its formula on host arrays), and calls.

    ``calls`` run in every dtype, ``shapes`` in the leading one.  ``gradient``: calls at which the function is
    smooth in all its floating arguments, or ``None`` if it has no gradient.  ``accuracy``: a kind of
    `tolerances`.  ``result``: the dtype of the result if it is not the one under test, by name or as a
    function of the call's arguments.  ``scale``: the size of the numbers whose difference the result is, as
    a function of the same arguments as the oracle.  ``zeros``: whether the sign of zero counts.
    """

    dtypes: tuple[str, ...]
    oracle: Callable[..., Any]
    calls: tuple[Call, ...]
    shapes: tuple[Call, ...] = ()
    gradient: tuple[Call, ...] | None = None
    accuracy: str = "exact"
    result: str | Callable[..., str] | None = None
    scale: Callable[..., Any] | None = None
    zeros: bool = False

    @property
    def leading(self) -> str:
        """The dtype in which every call runs."""
        return next(dtype for dtype in LEADING if dtype in self.dtypes)

    def calls_for(self, dtype: str, everything: bool = False) -> tuple[Call, ...]:
        """The calls that run in a dtype (a Python float meets floating tensors only)."""
        calls = self.calls + (self.shapes if everything or dtype == self.leading else ())
        floating = dtypes.is_floating(dtype)
        return tuple(call for call in calls if floating or not any(type(a) is float for a in call.args))
