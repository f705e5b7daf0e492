"""The backend under test: loaded by its entry point, called with lifted arguments, or with one function broken."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from keras_front.interpret.lifted import LIFTED, interpret, leaves
from keras_front.protocol import SPECIFICATION, Backend
from keras_front.protocol.typed import Backend as TypedBackend

GROUP = "keras_front.backends"


def load(name: str | None = None) -> TypedBackend:
    """The backend that the entry-point group has under a name (``KERAS_BACKEND``, else ``numpy``).

    errors: ``LookupError`` if there is none, or more than one.
    """
    name = name or os.environ.get("KERAS_BACKEND") or "numpy"
    entries = {entry.value: entry for entry in entry_points(group=GROUP, name=name)}
    if len(entries) != 1:
        known = ", ".join(sorted({entry.name for entry in entry_points(group=GROUP)}))
        raise LookupError(
            f"backend {name!r} must be registered once in the entry-point group {GROUP!r}, "
            f"found {sorted(entries) or 'nothing'}; installed backends: {known or 'none'}"
        )
    return cast(TypedBackend, next(iter(entries.values())).load())


def replaced(backend: Any, functions: Mapping[str, Callable[..., Any]]) -> TypedBackend:
    """A backend with other functions in the places of some; derived bodies call the new ones."""
    result = Backend(**{**vars(backend), **functions})
    for entry in SPECIFICATION.values():
        if entry.kind == "derived" and entry.name not in backend.overrides and entry.name not in functions:
            result.__dict__[entry.name] = _body(entry.function, result)
    return cast(TypedBackend, result)


def _body(function: Callable[..., Any], backend: Any) -> Callable[..., Any]:
    return lambda *args, **options: function(backend, *args, **options)


class Lifting:
    """The functions of a backend as the front calls them: those with a lifted argument go to its interpreter.

    Inside ``value_and_grad`` on the generic tape tensors are boxes, which only a call through here takes.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        native = getattr(self._backend, name)
        if name not in SPECIFICATION:
            return native
        if name in ("custom_gradient", "checkpoint"):
            return lambda fn: _made(name, fn, native(fn))

        def function(*args: Any, **options: Any) -> Any:
            if any(type(leaf) in LIFTED for leaf in leaves((args, options))):
                return interpret(name, args, options)
            return native(*args, **options)

        return function


def _made(name: str, fn: Callable[..., Any], on_tensors: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any) -> Any:
        if any(type(leaf) in LIFTED for leaf in leaves(args)):
            return interpret(name, (fn, *args), {})
        return on_tensors(*args)

    return function
