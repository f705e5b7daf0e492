"""How a layer finds its parts: by looking at its attributes, lists and dicts among them.

Nothing is registered when an attribute is set; a walk over the attributes finds variables, layers, metrics and
seeds in the order in which they were set.  What a walk found stays valid while `structure.version` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class _Structure:
    """Counts the changes to the parts of any object in this process."""

    def __init__(self) -> None:
        self.version = 0

    def changed(self) -> None:
        self.version += 1


structure = _Structure()


class TrackedList(list[Any]):
    """A list set as an attribute of a layer: it tells when its members change."""


class TrackedDict(dict[Any, Any]):
    """A dict set as an attribute of a layer: it tells when its members change."""


def _telling(name: str, base: type) -> Any:
    original = getattr(base, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        structure.version += 1
        return original(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, original.__doc__
    return method


for _cls, _base, _methods in (
    (
        TrackedList,
        list,
        "append extend insert remove pop clear __setitem__ __delitem__ __iadd__ reverse sort",
    ),
    (TrackedDict, dict, "__setitem__ __delitem__ pop popitem clear update setdefault __ior__"),
):
    for _name in _methods.split():
        setattr(_cls, _name, _telling(_name, _base))


#: Classes of values that have no parts, so that setting them changes nothing.
_PLAIN = frozenset({int, float, bool, str, type(None), bytes, complex, type(lambda: None)})


def tracked(value: Any) -> Any:
    """The value to store for an attribute: lists and dicts in a form that tells of changes."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        structure.version += 1
        return TrackedList(tracked(item) for item in value)
    if kind is dict:
        structure.version += 1
        return TrackedDict({key: tracked(item) for key, item in value.items()})
    if kind is tuple or hasattr(value, "_tracked_as"):
        structure.version += 1
    return value


def parts(owner: Any, kinds: tuple[str, ...]) -> list[Any]:
    """The direct parts of an object, each once: attribute values, and members of its lists, tuples and dicts.

    ``kinds``: which ones, by their ``_tracked_as`` (``"variable"``, ``"layer"``, ``"metric"``, ``"seed"``).
    """
    found: dict[int, Any] = {}
    skipped = owner._not_parts
    for name, value in owner.__dict__.items():
        if name not in skipped:
            for part in _members(value):
                if part._tracked_as in kinds:
                    found.setdefault(id(part), part)
    return list(found.values())


def _members(value: Any) -> Iterator[Any]:
    kind = type(value)
    if kind in _PLAIN:
        return
    if hasattr(kind, "_tracked_as"):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _members(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _members(item)
