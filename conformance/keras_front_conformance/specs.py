"""The check of the shape rules: what `keras_front.interpret.shapes` says is what the backend gives."""

from __future__ import annotations

import itertools
from typing import Any

from keras_front.interpret.shapes import Spec, shapes
from keras_front.protocol.tree import flatten, map_tree

from .cases import ROWS
from .values import describe, is_array, runnable, tensors

#: Functions whose sizes depend on the values.
DATA_DEPENDENT = ("nonzero",)


def check_specs(backend: Any, name: str, dtype: str) -> None:
    """Runs every call of a row on the backend and on specs: shapes and dtypes agree.

    Then every size is forgotten: one at a time, and all at once.  The rule must still hold: each
    size of its result is that of the real one or unknown, and it may not be unknown for no reason when
    nothing was forgotten.
    """
    row = ROWS[name]
    for number, call in enumerate(row.calls_for(dtype) + (row.gradient or ())):
        if not runnable(backend, call, dtype):
            continue
        args, options = call.host(dtype, seed=number)
        try:
            given = tensors(backend, (args, options))
            real = flatten(getattr(backend, name)(*given[0], **given[1]))[0]
            exact = _run(name, args, options, frozenset())
            for spec, value in zip(exact, real, strict=True) if name not in DATA_DEPENDENT else ():
                _same(spec, tuple(value.shape), backend.dtype_of(value))
            for forgotten in [frozenset(), *_forgettable(args, options)]:
                for spec, value in zip(_run(name, args, options, forgotten), real, strict=True):
                    _compatible(spec, tuple(value.shape), backend.dtype_of(value), forgotten)
        except Exception as problem:
            problem.add_note(f"in the shape of {name}{describe(args, options)} of {dtype}")
            raise


def _run(name: str, args: Any, options: Any, forgotten: frozenset[tuple[int, int]]) -> list[Spec]:
    """The function on specs; ``forgotten`` lists (tensor, axis) whose size is unknown."""
    count = itertools.count()

    def spec(leaf: Any) -> Any:
        if not is_array(leaf):
            return leaf
        i = next(count)
        sizes = tuple(None if (i, axis) in forgotten else size for axis, size in enumerate(leaf.shape))
        return Spec(sizes, leaf.dtype.name)

    args, options = map_tree(spec, (args, options))
    result: list[Spec] = flatten(getattr(shapes, name)(*args, **options))[0]
    return result


def _forgettable(args: Any, options: Any) -> list[frozenset[tuple[int, int]]]:
    arrays = [leaf for leaf in flatten((args, options))[0] if is_array(leaf)]
    places = [(i, axis) for i, array in enumerate(arrays) for axis in range(array.ndim)]
    return [frozenset({place}) for place in places] + ([frozenset(places)] if len(places) > 1 else [])


def _same(spec: Spec, shape: tuple[int, ...], dtype: str) -> None:
    assert spec.dtype == dtype, f"the rule says {spec.dtype}, the backend gives {dtype}"
    known = tuple(s for s in spec.shape if s is not None)
    assert known == spec.shape == shape, f"the rule says {spec.shape}, the backend gives {shape}"


def _compatible(spec: Spec, shape: tuple[int, ...], dtype: str, forgotten: Any) -> None:
    where = f"with unknown sizes at (tensor, axis) {sorted(forgotten)}"
    assert spec.dtype == dtype, f"{where} the rule says {spec.dtype}, the backend gives {dtype}"
    fits = len(spec.shape) == len(shape) and all(
        a in (None, b) for a, b in zip(spec.shape, shape, strict=True)
    )
    assert fits, f"{where} the rule says {spec.shape}, the backend gives {shape}"
