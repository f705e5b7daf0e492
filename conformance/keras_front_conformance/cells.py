"""Which tests a backend gets: makers for ``@pytest.mark.cells(of=...)``, each a list of parameters for a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.protocol import SPECIFICATION

from .cases import ROWS
from .strategies import STRATEGIES

Maker = Callable[[Any], list[tuple[str, ...]]]


def dtypes_of(backend: Any, name: str) -> list[str]:
    """The dtypes in which a function is tested on a backend: those of its row that the backend has."""
    return [dtype for dtype in ROWS[name].dtypes if dtype in backend.traits.dtypes]


def has(backend: Any, name: str) -> bool:
    """Whether the function is required, or one of the optional ones that the backend has."""
    return SPECIFICATION[name].kind != "capability" or name in backend.capabilities


def values_of(group: str) -> Maker:
    """Every function of a group in every dtype, and the body of every overridden one: ``(name, dtype, way)``."""

    def cells(backend: Any) -> list[tuple[str, ...]]:
        return [
            (name, dtype, way)
            for name in ROWS
            if SPECIFICATION[name].group == group and has(backend, name)
            for dtype in dtypes_of(backend, name)
            for way in (("own", "body") if name in backend.overrides else ("own",))
        ]

    return cells


def drawn(backend: Any) -> list[tuple[str, ...]]:
    """Functions with random shapes."""
    return [(name, "float32") for name in STRATEGIES]


def specified(backend: Any) -> list[tuple[str, ...]]:
    """Every function in the first of its dtypes that is convenient, for shape rules."""
    cells = []
    for name in ROWS:
        if has(backend, name):
            known = dtypes_of(backend, name)
            leading = [dtype for dtype in ("float32", "int32", "bool") if dtype in known]
            cells.append((name, leading[0]))
    return cells


def differentiable(backend: Any) -> list[tuple[str, ...]]:
    """Functions with gradients, by dtype and way: own ``value_and_grad`` or generic tape, override or body."""
    own = "value_and_grad" in backend.overrides
    cells = []
    for name, row in ROWS.items():
        if row.gradient is None:
            continue
        for dtype in dtypes_of(backend, name):
            if dtype not in backend.traits.gradient_dtypes:
                continue
            ways = ["tape"] + ["native"] * own
            if name in backend.overrides or name in backend.gradients:
                ways += [f"{way}_of_body" for way in ways]
            cells += [(name, dtype, way) for way in ways]
    return cells
