"""State in, state out: how code that reads and assigns variables becomes a pure function."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from keras_front.interpret.shapes import Spec

if TYPE_CHECKING:
    from keras_front.core.variable import Variable


class _Local(threading.local):
    overlay: Overlay | None = None


#: The innermost overlay of this thread.
local = _Local()


class Overlay:
    """Within it, reads of the variables see the given values, and assignments go to `updates`.

    The variables themselves stay as they are.  Overlays nest: a variable that the inner one does not hold is read
    from the outer one.  An *abstract* overlay answers every read with a `Spec` of the variable's shape and dtype,
    so that code can be run on shapes.  It holds for the thread that entered it.

    >>> v = keras.Variable([1.0, 2.0])
    >>> with Overlay([v], [v.value * 3]) as overlay:
    ...     _ = v.assign_add([1.0, 1.0])
    >>> [float(x) for x in overlay.updates[0][1]], v.numpy().tolist()
    ([4.0, 7.0], [1.0, 2.0])
    """

    __slots__ = ("_assigned", "_outer", "_values", "abstract")

    def __init__(
        self, variables: Iterable[Variable] = (), values: Iterable[Any] = (), abstract: bool = False
    ) -> None:
        self._values: dict[int, Any] = dict(zip(map(id, variables), values, strict=True))
        self._assigned: dict[int, Variable] = {}
        self._outer: Overlay | None = None
        self.abstract = abstract

    def __enter__(self) -> Overlay:
        self._outer = local.overlay
        local.overlay = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        local.overlay = self._outer

    def read(self, variable: Variable) -> Any:
        """The value of a variable as code within this overlay sees it."""
        overlay: Overlay | None = self
        key = id(variable)
        while overlay is not None:
            values = overlay._values
            if key in values:
                return values[key]
            if overlay.abstract:
                return Spec(variable.shape, variable.dtype)
            overlay = overlay._outer
        return variable._value

    def assign(self, variable: Variable, value: Any) -> None:
        """Sets the value that code within this overlay sees from now on."""
        self._values[id(variable)] = value
        self._assigned[id(variable)] = variable

    @property
    def updates(self) -> list[tuple[Variable, Any]]:
        """The variables assigned to within this overlay, each with its last value."""
        return [(variable, self._values[key]) for key, variable in self._assigned.items()]
