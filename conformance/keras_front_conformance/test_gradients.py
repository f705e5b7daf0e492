"""Gradients of every differentiable function against finite differences of its exact formula."""

from __future__ import annotations

from typing import Any

import pytest

from .cells import differentiable
from .gradients import body, check_gradients


@pytest.mark.cells(of=differentiable)
def test_finite_differences(backend: Any, function: str, dtype: str, way: str, nightly: bool) -> None:
    everything = nightly or dtype == "float32"
    run = body(backend, function) if way.endswith("_of_body") else None
    check_gradients(backend, function, dtype, way.removesuffix("_of_body"), run, everything)
