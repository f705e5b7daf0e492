"""The shape rules say what the backend gives, with unknown sizes too."""

from __future__ import annotations

from typing import Any

import pytest

from .cells import specified
from .specs import check_specs


@pytest.mark.cells(of=specified)
def test_rule_is_reality(backend: Any, function: str, dtype: str) -> None:
    check_specs(backend, function, dtype)
