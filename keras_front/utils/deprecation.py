"""Warnings for the spellings of 2019."""

from __future__ import annotations

import warnings


def warn_renamed(old: str, new: str) -> None:
    """Warns that ``old`` still works, and names ``new``."""
    warnings.warn(f"{old} is the old spelling of {new}; use the new one", DeprecationWarning, stacklevel=3)
