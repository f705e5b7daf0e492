"""The pages of the public interface: one a namespace, made of the docstrings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import keras_front
from generate import render


@functools.cache
def pages() -> Mapping[str, str]:
    """The text of each page by its path: `keras_front` itself and its public namespaces."""
    found = {"api/keras.md": _page("keras", keras_front)}
    for name in _public(keras_front):
        value = getattr(keras_front, name)
        if inspect.ismodule(value) and value.__name__ == f"keras_front.{name}":
            found.update(_namespace(f"keras.{name}", value))
    return found


def _namespace(name: str, module: ModuleType) -> dict[str, str]:
    found = {f"api/{name}.md": _page(name, module)}
    for inner in _public(module):
        value = getattr(module, inner)
        if inspect.ismodule(value) and value.__name__ == f"{module.__name__}.{inner}":
            found.update(_namespace(f"{name}.{inner}", value))
    return found


def _public(module: ModuleType) -> list[str]:
    return sorted(getattr(module, "__all__", ()), key=lambda name: (name.lower(), name))


def _page(title: str, module: ModuleType) -> str:
    parts = [f"# {title}\n", render.docstring(module.__doc__)]
    for name in _public(module):
        value = getattr(module, name)
        if not inspect.ismodule(value):
            parts.append(_entry(f"{title}.{name}", name, value))
    return "\n".join(parts)


def _entry(full: str, name: str, value: Any) -> str:
    parts = [f"## {name} {{ #{name} }}\n"]
    if inspect.isclass(value):
        parts += [_signature(full, value), render.docstring(_own_docstring(value))]
        for method, function in _methods(value).items():
            if inspect.isfunction(function) and function.__doc__:
                parts += [
                    f"### {name}.{method} {{ #{name}.{method} }}\n",
                    _signature(f"{name}.{method}", function),
                ]
                parts.append(render.docstring(function.__doc__))
    elif callable(value):
        parts += [_signature(full, value), render.docstring(inspect.getdoc(value))]
    else:
        parts.append(f"```python\n{full} = {value!r}\n```\n")
    return "\n".join(parts)


def _methods(cls: type) -> dict[str, Any]:
    """What a class defines, with what it takes over from bases of the front that have no page of their own."""
    found: dict[str, Any] = {}
    elsewhere = {base for other in cls.__mro__[1:] if other in _documented() for base in other.__mro__}
    for base in cls.__mro__:
        if base in elsewhere or not base.__module__.startswith("keras_front."):
            continue
        for name, value in vars(base).items():
            if not name.startswith("_"):
                found.setdefault(name, value)
    return found


@functools.cache
def _documented() -> frozenset[Any]:
    """The classes among the public names."""

    def classes(module: ModuleType) -> set[Any]:
        values = [getattr(module, name) for name in _public(module)]
        found = {value for value in values if inspect.isclass(value)}
        return found.union(*(classes(value) for value in values if inspect.ismodule(value)))

    return frozenset(classes(keras_front))


def _own_docstring(cls: type) -> str | None:
    """The docstring of a class with that of its constructor, where there is one."""
    parts = [cls.__doc__, vars(cls).get("__init__") and cls.__init__.__doc__]
    return "\n\n".join(inspect.cleandoc(part) for part in parts if part) or None


def _signature(name: str, value: Any) -> str:
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return ""  # Written in C: its docstring has to do.
    return render.signature(name, found)
