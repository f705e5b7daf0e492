"""`keras.tree`: nested lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.core.layer import map_values

__all__ = ["flatten", "is_nested", "map_structure", "pack_sequence_as"]


def is_nested(structure: Any) -> bool:
    """Whether a value is a list, tuple or dict.

    >>> is_nested([1]), is_nested(1)
    (True, False)
    """
    return isinstance(structure, (list, tuple, dict))


def flatten(structure: Any) -> list[Any]:
    """The leaves of a tree from left to right, dicts by sorted key, ``None`` among them.

    >>> flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """``func`` applied leaf by leaf to trees of one structure.

    >>> map_structure(lambda a, b: a + b, [1, 2], [10, 20])
    [11, 22]
    """
    first = structures[0]
    if isinstance(first, dict):
        return type(first)((key, map_structure(func, *(s[key] for s in structures))) for key in first)
    if isinstance(first, (list, tuple)):
        if any(len(s) != len(first) for s in structures):
            raise ValueError(
                f"`structures` must have one structure, got lengths {[len(s) for s in structures]}"
            )
        items = [map_structure(func, *parts) for parts in zip(*structures, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    return func(*structures)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The tree of a structure with new leaves.

    >>> pack_sequence_as({"b": [0, 0], "a": 0}, [3, 1, 2])
    {'b': [1, 2], 'a': 3}
    """
    waiting = list(flat_sequence)
    places = flatten(map_values(lambda leaf: object(), structure))
    if len(places) != len(waiting):
        raise ValueError(f"`flat_sequence` must have {len(places)} leaves, got {len(waiting)}")
    values = iter(waiting)

    def pack(tree: Any) -> Any:
        if isinstance(tree, dict):
            packed = {key: pack(tree[key]) for key in sorted(tree)}
            return type(tree)((key, packed[key]) for key in tree)
        if isinstance(tree, (list, tuple)):
            return type(tree)(pack(item) for item in tree)
        return next(values)

    return pack(structure)
