"""Users' own classes and functions, by the names under which files may mention them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Object = TypeVar("Object")

_by_name: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scopes = threading.local()


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Object], Object]:
    """Marks a class or function so that saved models can name it as ``package>name``.

    errors: ``ValueError`` for a class without ``get_config``.

    >>> @register_keras_serializable(package="mine")
    ... def twice(x):
    ...     return 2 * x
    >>> get_registered_name(twice)
    'mine>twice'
    """

    def register(obj: Object) -> Object:
        if isinstance(obj, type) and not hasattr(obj, "get_config"):
            raise ValueError(
                f"cannot register {obj!r}: it needs a `get_config()` method, so that it can be saved"
            )
        full = f"{package}>{name or obj.__name__}"  # type: ignore[attr-defined]
        _by_name[full] = obj
        _names[obj] = full
        return obj

    return register


def get_registered_name(obj: Any) -> str:
    """The registered name of a class or function; its own name if it is not registered.

    >>> get_registered_name(dict)
    'dict'
    """
    try:
        return _names.get(obj) or obj.__name__
    except TypeError:
        return str(obj.__name__)


def get_registered_object(
    name: str, custom_objects: dict[str, Any] | None = None, module_objects: dict[str, Any] | None = None
) -> Any:
    """The class or function of a name: from the open scopes, the arguments, or the registry; else ``None``.

    >>> get_registered_object("scale", {"scale": abs}) is abs
    True
    """
    for table in (*reversed(_open()), custom_objects, _by_name, module_objects):
        if table and name in table:
            return table[name]
    return None


def _open() -> list[dict[str, Any]]:
    stack: list[dict[str, Any]] = _scopes.__dict__.setdefault("stack", [])
    return stack


@contextmanager
def custom_object_scope(objects: dict[str, Any]) -> Iterator[None]:
    """Within it, the given classes and functions can be named in configurations, in this thread.

    >>> def twice(x):
    ...     return 2 * x
    >>> with custom_object_scope({"twice": twice}):
    ...     get_registered_object("twice") is twice
    True
    """
    _open().append(dict(objects))
    try:
        yield
    finally:
        _open().pop()


def get_custom_objects() -> dict[str, Any]:
    """The registry itself: registered names and what they stand for.

    >>> get_custom_objects()["mine>absolute"] = abs
    >>> get_registered_object("mine>absolute") is abs
    True
    >>> del get_custom_objects()["mine>absolute"]
    """
    return _by_name
