"""The step: one function of a model, made to run as fast as the backend can.

There is one way for every backend.  Where the backend compiles (``traits.compiled``), the step becomes a pure function
of the state and is compiled whole, the state given away and taken back; where it does not, it runs as it is
written and updates the variables in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.core.dispatch import F, backend
from keras_front.core.overlay import Overlay
from keras_front.core.tracking import structure
from keras_front.core.variable import Variable
from keras_front.training.data import ArrayData

#: Batches in one compiled loop, at most.
CHUNK = 64


class Step:
    """A function ``run(batch) -> result`` of a model's variables, ready to be called again and again.

    ``changed``: gives the variables it may assign to; ``read``: those it only reads.  ``eager``: never compile.
    """

    def __init__(
        self,
        run: Callable[[Any], Any],
        changed: Callable[[], list[Variable]],
        read: Callable[[], list[Variable]],
        eager: bool,
    ) -> None:
        self._run = run
        self._list_changed, self._list_read = changed, read
        self.compiled = backend.traits.compiled and not eager
        self._version = -1
        self._changed: list[Variable] = []
        self._read: list[Variable] = []
        self._on_batch: Callable[..., Any] = run
        self._on_rows: Callable[..., Any] = run
        self._on_chunk: Callable[..., Any] = run

    def on_batch(self, batch: Any) -> Any:
        """Runs one step on a batch."""
        if not self.compiled:
            return self._run(batch)
        self._refresh()
        return self._call(self._on_batch, batch)

    def on_rows(self, data: ArrayData, indices: np.ndarray | None, start: int, stop: int) -> Any:
        """Runs one step on rows of the data: those at ``indices``, or ``start ... stop - 1`` for ``None``."""
        if not data.on_device and indices is not None:
            return self.on_batch(data.rows_at(indices))
        if not self.compiled:
            if indices is None:
                return self._run(data.rows_between(start, stop))
            index = F.share_host(indices)
            return self._run(data.assemble([F.take(leaf, index, axis=0) for leaf in data.leaves]))
        if not data.on_device:
            return self.on_batch(data.rows_between(start, stop))
        self._refresh()
        self._structure = data.structure
        self._assemble = data.assemble
        if indices is None:
            indices = np.arange(start, stop, dtype=np.int32)
        return self._call(self._on_rows, data.leaves, indices)

    def on_chunk(self, data: ArrayData, indices: np.ndarray) -> None:
        """Runs a step on each row of ``indices`` (steps, batch size); results are dropped."""
        self._refresh()
        self._assemble = data.assemble
        self._call(self._on_chunk, data.leaves, indices)

    def _call(self, program: Callable[..., Any], *args: Any) -> Any:
        new, result = program([v._value for v in self._changed], [v._value for v in self._read], *args)
        for variable, value in zip(self._changed, new, strict=True):
            variable._value = value
        return result

    def _refresh(self) -> None:
        """Compiles anew if layers or variables have changed since."""
        if self._version == structure.version:
            return
        self._version = structure.version
        changed = self._changed = self._list_changed()
        held = {id(v) for v in changed}
        read = self._read = [v for v in self._list_read() if id(v) not in held]
        run = self._run

        def pure(new: list[Any], fixed: list[Any], batch: Any) -> tuple[list[Any], Any]:
            with Overlay([*changed, *read], [*new, *fixed]) as overlay:
                result = run(batch)
                return [overlay.read(v) for v in changed], result

        def pure_rows(
            new: list[Any], fixed: list[Any], leaves: list[Any], indices: Any
        ) -> tuple[list[Any], Any]:
            batch = self._assemble([F.take(leaf, indices, axis=0) for leaf in leaves])
            return pure(new, fixed, batch)

        def pure_chunk(
            new: list[Any], fixed: list[Any], leaves: list[Any], indices: Any
        ) -> tuple[list[Any], Any]:
            def body(state: list[Any], rows: Any) -> tuple[list[Any], Any]:
                return pure_rows(state, fixed, leaves, rows)[0], ()

            return F.scan(body, new, indices)

        self._on_batch = F.compile(pure, donate=(0,))
        self._on_rows = F.compile(pure_rows, donate=(0,))
        self._on_chunk = F.compile(pure_chunk, donate=(0,))


def chunk_length(steps: int) -> int:
    """How many full batches one compiled loop takes, so that few are left over; 1 for none."""
    if steps < 8:
        return 1
    loops = -(-steps // CHUNK)
    return steps // loops
