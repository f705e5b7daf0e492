"""The network group: every function, and the body of every overridden one, against the exact formula."""

from __future__ import annotations

from typing import Any

import pytest

from .cells import values_of
from .values import body, check_values


@pytest.mark.cells(of=values_of("nn"))
def test_values(backend: Any, function: str, dtype: str, way: str, nightly: bool, measured: Any) -> None:
    run = body(backend, function) if way == "body" else getattr(backend, function)
    measured(check_values(backend, function, dtype, run, everything=nightly))
