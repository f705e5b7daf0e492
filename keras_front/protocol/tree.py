"""Nested lists, tuples and dicts of tensors, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Structure = Any


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree from left to right (dicts by sorted key) and its structure.

    ``None`` is an empty tree; whatever is no list, tuple or dict is a leaf.
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Any, leaves: list[Any]) -> Structure:
    if tree is None:
        return None
    if isinstance(tree, dict):
        keys = sorted(tree) if all(isinstance(k, str) for k in tree) else list(tree)
        return dict, type(tree), tuple(keys), [_flatten(tree[k], leaves) for k in keys]
    if isinstance(tree, (list, tuple)):
        return list, type(tree), None, [_flatten(item, leaves) for item in tree]
    leaves.append(tree)
    return ...


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """The tree of the given structure with these leaves."""
    return _unflatten(structure, iter(leaves))


def _unflatten(structure: Structure, leaves: Any) -> Any:
    if structure is ...:
        return next(leaves)
    if structure is None:
        return None
    kind, cls, keys, children = structure
    items = [_unflatten(child, leaves) for child in children]
    if kind is dict:
        pairs = zip(keys, items, strict=True)
        return dict(pairs) if cls is dict else cls(pairs)
    return cls(*items) if hasattr(cls, "_fields") else cls(items)


def map_tree(fn: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """``fn`` applied leaf by leaf to trees of one structure."""
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in others:
        other_leaves, other_structure = flatten(other)
        if other_structure != structure:
            raise ValueError(f"trees differ in structure: {tree!r:.200} and {other!r:.200}")
        columns.append(other_leaves)
    return unflatten(structure, [fn(*row) for row in zip(*columns, strict=True)])
