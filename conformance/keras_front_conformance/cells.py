"""Which tests a backend gets: makers for ``@pytest.mark.cells(of=...)``, each a list of parameters for a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.protocol import SPECIFICATION

from .cases import ROWS
from .strategies import STRATEGIES

#: The marks that the suite's tests carry.
MARKERS = (
    "cells(of=maker): parametrize over what maker(backend, nightly) lists",
    "covers(*functions): the protocol functions a test is about",
)

Maker = Callable[[Any, bool], list[tuple[str, ...]]]

#: The dtypes of an ordinary run.  The others behave as these do, and an engine that compiles every function for
#: every dtype takes minutes for them: they run with ``--nightly``.
EVERYDAY = (
    "bool", "uint8", "uint32", "int32", "int64", "bfloat16", "float16", "float32", "float64",
)  # fmt: skip


def dtypes_of(backend: Any, name: str, nightly: bool) -> list[str]:
    """The dtypes in which a function is tested on a backend: those of its row that the backend has."""
    return [d for d in ROWS[name].dtypes if d in backend.traits.dtypes and (nightly or d in EVERYDAY)]


def has(backend: Any, name: str) -> bool:
    """Whether the function is required, or one of the optional ones that the backend has."""
    return SPECIFICATION[name].kind != "capability" or name in backend.capabilities


def values_of(group: str) -> Maker:
    """Every function of a group in every dtype, and the body of every overridden one: ``(name, dtype, way)``."""

    def cells(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        for name in ROWS:
            if SPECIFICATION[name].group != group or not has(backend, name):
                continue
            for dtype in dtypes_of(backend, name, nightly):
                found.append((name, dtype, "own"))
                if name in backend.overrides and (nightly or dtype == ROWS[name].leading):
                    found.append((name, dtype, "body"))
        return found

    return cells


def drawn(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
    """Functions with random shapes."""
    return [(name, "float32") for name in STRATEGIES]


def specified(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
    """Every function in its leading dtype, for shape rules."""
    return [(name, row.leading) for name, row in ROWS.items() if has(backend, name)]


def differentiable(backend: Any, nightly: bool) -> list[tuple[str, ...]]:
    """Functions with gradients, by dtype and way.

    The ways are the backend's own ``value_and_grad`` and the generic tape, of the backend's function and of
    its body: all of them in ``float32``, the one that users meet in the other dtypes.  On an engine that compiles
    and has gradients of its own, the tape and the other dtypes are for ``--nightly``.
    """
    own = "value_and_grad" in backend.overrides
    brief = own and backend.traits.compiled and not nightly
    ways = ["native"] * own + ["tape"] * (not brief)
    cells: list[tuple[str, ...]] = []
    for name, row in ROWS.items():
        if row.gradient is None:
            continue
        here = list(ways)
        if name in backend.overrides or name in backend.gradients:
            here += [f"{way}_of_body" for way in ways]
        for dtype in dtypes_of(backend, name, nightly):
            if dtype == "float32" or (dtype in backend.traits.gradient_dtypes and not brief):
                cells += [(name, dtype, way) for way in (here if nightly or dtype == "float32" else here[:1])]
    return cells
