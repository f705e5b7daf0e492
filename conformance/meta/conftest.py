"""The suite's modules are imported here as modules: their marks must be known."""

from __future__ import annotations

import pytest

from keras_front_conformance.cells import MARKERS


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
