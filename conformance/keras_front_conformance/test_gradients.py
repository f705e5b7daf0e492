"""Gradients of every differentiable function against finite differences of its exact formula."""

from __future__ import annotations

from typing import Any

import pytest

from .cells import differentiable
from .gradients import body, check_gradients


@pytest.mark.cells(of=differentiable)
def test_finite_differences(backend: Any, function: str, dtype: str, way: str) -> None:
    if way.endswith("_of_body"):
        check_gradients(backend, function, dtype, way.removesuffix("_of_body"), body(backend, function))
    else:
        check_gradients(backend, function, dtype, way)
