"""The array group: values of every function in every dtype, and shapes at random."""

from __future__ import annotations

from typing import Any

import pytest

from .cells import drawn, values_of
from .strategies import check_shapes
from .values import body, check_values


@pytest.mark.cells(of=values_of("array"))
def test_values(backend: Any, function: str, dtype: str, way: str, nightly: bool, measured: Any) -> None:
    run = body(backend, function) if way == "body" else getattr(backend, function)
    measured(check_values(backend, function, dtype, run, everything=nightly))


@pytest.mark.cells(of=drawn)
def test_random_shapes(backend: Any, function: str, dtype: str, nightly: bool) -> None:
    check_shapes(backend, function, examples=300 if nightly else 8)
