"""Law 4: every public name says what it is, and shows it.

That the examples are right is found by ``conformance/docs`` (those behind ``>>>``) and by the tests of the ops (those
behind ``example:``).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import keras_front

#: Public names without an example, each with the reason.
NO_EXAMPLE: dict[str, str] = {}


def public(module: ModuleType, name: str) -> Iterator[tuple[str, Any]]:
    """Every name that `__all__` of the package, or of a public module in it, lists."""
    for attribute in sorted(module.__all__):
        value = getattr(module, attribute)
        yield f"{name}.{attribute}", value
        if inspect.ismodule(value) and hasattr(value, "__all__"):
            yield from public(value, f"{name}.{attribute}")


NAMES = dict(public(keras_front, "keras"))
FUNCTIONS_AND_CLASSES = {name: value for name, value in NAMES.items() if callable(value)}


def own_docstring(value: Any) -> str:
    """The docstring written for it, not one that a class takes over from its base."""
    found = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return found or ""


def methods(cls: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(cls).items():
        function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        if not name.startswith("_") and inspect.isfunction(function):
            yield name, getattr(cls, name)


def test_the_public_names_are_found() -> None:
    assert len(FUNCTIONS_AND_CLASSES) > 350
    assert {
        "keras.layers.Dense",
        "keras.ops.softmax",
        "keras.saving.load_model",
        "keras.Model",
    } <= NAMES.keys()


def test_public_modules_are_packages_of_names() -> None:
    """A public name that is a module has names of its own; if not, a file hides a function or class of its name."""
    modules = {name: value for name, value in NAMES.items() if inspect.ismodule(value)}
    hidden = [name for name, value in modules.items() if not (hasattr(value, "__all__") and value.__doc__)]
    assert not hidden


def test_every_public_name_has_a_docstring() -> None:
    assert not [name for name, value in FUNCTIONS_AND_CLASSES.items() if not own_docstring(value).strip()]


def test_every_public_method_has_a_docstring() -> None:
    """Its own, or that of the method which it overrides."""
    missing = [
        f"{name}.{method}"
        for name, value in FUNCTIONS_AND_CLASSES.items()
        if inspect.isclass(value)
        for method, function in methods(value)
        if not inspect.getdoc(function)
    ]
    assert not missing


def test_every_public_name_has_an_example() -> None:
    missing = {
        name
        for name, value in FUNCTIONS_AND_CLASSES.items()
        if not any(sign in own_docstring(value) for sign in (">>> ", "example: "))
    }
    assert not missing - NO_EXAMPLE.keys(), "write one, or give the reason in NO_EXAMPLE"
    assert not NO_EXAMPLE.keys() - missing, "these have one: take them out of NO_EXAMPLE"
