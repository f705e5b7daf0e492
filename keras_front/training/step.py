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
from keras_front.protocol.tree import flatten, unflatten
from keras_front.training.data import ArrayData

#: Batches in one compiled loop, at most.
CHUNK = 64


class Step:
    """A function ``run(batch) -> result`` of a model's variables, ready to be called again and again.

    ``changed``: gives the variables it may assign to; ``read``: those it only reads.  ``eager``: never
    compile.  ``donate``: whether the step may take the memory of what it changes, so that nobody else may be reading it.
    """

    def __init__(
        self,
        run: Callable[[Any], Any],
        changed: Callable[[], list[Variable]],
        read: Callable[[], list[Variable]],
        eager: bool,
        donate: bool,
    ) -> None:
        self._run = run
        self._donate = donate
        self._list_changed, self._list_read = changed, read
        self.compiled = backend.traits.compiled and not eager
        self._version = -1
        self._changed: list[Variable] = []
        self._read: list[Variable] = []
        self._programs: dict[tuple[str, str], Callable[..., Any]] = {}

    def on_batch(self, batch: Any) -> Any:
        """Runs one step on a batch."""
        if not self.compiled:
            return self._run(batch)
        leaves, form = flatten(batch)
        return self._call("batch", lambda parts: unflatten(form, parts), repr(form), leaves)

    def on_rows(self, data: ArrayData, indices: np.ndarray | None, start: int, stop: int) -> Any:
        """Runs one step on rows of the data: those at ``indices``, or ``start ... stop - 1`` for ``None``."""
        if not data.on_device:
            return self.on_batch(data.rows_between(start, stop) if indices is None else data.rows_at(indices))
        if not self.compiled:
            if indices is None:
                return self._run(data.rows_between(start, stop))
            index = F.share_host(indices)
            return self._run(data.assemble([F.take(leaf, index, axis=0) for leaf in data.leaves]))
        if indices is None:
            indices = np.arange(start, stop, dtype=np.int32)
        return self._call("rows", data.assemble, data.key, data.leaves, indices)

    def on_chunk(self, data: ArrayData, indices: np.ndarray) -> None:
        """Runs a step on each row of ``indices`` (steps, batch size); results are dropped."""
        self._call("chunk", data.assemble, data.key, data.leaves, indices)

    def _call(self, way: str, assemble: Callable[[list[Any]], Any], key: str, *args: Any) -> Any:
        """Runs the program for a way of giving batches (made on first use), and stores what it changed."""
        self._refresh()
        program = self._programs.get((way, key))
        if program is None:
            program = self._programs[way, key] = self._compile(way, assemble)
        new, result = program([v._value for v in self._changed], [v._value for v in self._read], *args)
        for i, value in new.items():
            self._changed[i]._value = value
        return result

    def _refresh(self) -> None:
        """Forgets the programs if layers or variables have changed since they were made."""
        if self._version != structure.version:
            self._version = structure.version
            self._changed = self._list_changed()
            held = {id(v) for v in self._changed}
            self._read = [v for v in self._list_read() if id(v) not in held]
            self._programs = {}

    def _compile(self, way: str, assemble: Callable[[list[Any]], Any]) -> Callable[..., Any]:
        """The step as a pure function: values of the variables and a batch in, new values and the result out."""
        changed, read, run, donate = self._changed, self._read, self._run, self._donate

        def on_leaves(state: list[Any], fixed: list[Any], leaves: list[Any]) -> tuple[dict[int, Any], Any]:
            with Overlay([*changed, *read], [*state, *fixed]) as overlay:
                result = run(assemble(leaves))
                assigned = {id(v) for v, _ in overlay.updates}
                # What was given away comes back even if it is what it was.
                new = {i: overlay.read(v) for i, v in enumerate(changed) if donate or id(v) in assigned}
                return new, result

        def on_rows(state: list[Any], fixed: list[Any], leaves: list[Any], indices: Any) -> Any:
            return on_leaves(state, fixed, [F.take(leaf, indices, axis=0) for leaf in leaves])

        def on_chunk(state: list[Any], fixed: list[Any], leaves: list[Any], indices: Any) -> Any:
            def body(state: list[Any], rows: Any) -> tuple[list[Any], Any]:
                new = on_rows(state, fixed, leaves, rows)[0]
                return [new.get(i, value) for i, value in enumerate(state)], ()

            last, _ = F.scan(body, state, indices)
            return dict(enumerate(last)), None

        ways: dict[str, Callable[..., Any]] = {"batch": on_leaves, "rows": on_rows, "chunk": on_chunk}
        return F.compile(ways[way], donate=(0,) if donate else ())


def chunk_length(steps: int) -> int:
    """How many full batches one compiled loop takes, so that few are left over; 1 for none."""
    if steps < 8:
        return 1
    loops = -(-steps // CHUNK)
    return steps // loops
