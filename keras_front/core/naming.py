"""Names of objects: unique within a program, over all threads; scopes that make the path of a variable."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_counts: dict[str, int] = {}


class _Local(threading.local):
    def __init__(self) -> None:
        self.scopes: list[str] = []


_local = _Local()


def to_snake_case(name: str) -> str:
    """``"MaxPooling2D"`` -> ``"max_pooling2d"``.

    >>> to_snake_case("BatchNormalization")
    'batch_normalization'
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(prefix: str) -> str:
    """``prefix``, the next time ``prefix_1``, and so on."""
    with _lock:
        count = _counts.get(prefix, 0)
        _counts[prefix] = count + 1
    return f"{prefix}_{count}" if count else prefix


def auto_name(cls: type) -> str:
    """A unique name for a new object of a class."""
    return unique_name(to_snake_case(cls.__name__))


def reset_names() -> None:
    """Starts the counting of names anew."""
    with _lock:
        _counts.clear()


def current_path() -> str:
    """The names of the open scopes, joined by slashes."""
    return "/".join(_local.scopes)


@contextmanager
def name_scope(name: str) -> Iterator[None]:
    """Variables made within get ``name/`` in front of their path.

    >>> with name_scope("outer"), name_scope("inner"):
    ...     keras.Variable(1.0, name="v").path
    'outer/inner/v'
    """
    _local.scopes.append(name)
    try:
        yield
    finally:
        _local.scopes.pop()


@contextmanager
def scope_of(name: str) -> Iterator[None]:
    """The scope of an object: `name_scope`, unless it is open already."""
    if _local.scopes and _local.scopes[-1] == name:
        yield
        return
    with name_scope(name):
        yield
