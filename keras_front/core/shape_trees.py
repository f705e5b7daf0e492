"""Trees of values and of shapes: lists, tuples and dicts, as layers take and give them."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

from keras_front.core.dispatch import F
from keras_front.interpret.shapes import Spec


def has_shape(value: Any) -> bool:
    """Whether a value is a tensor, or stands for one."""
    return hasattr(value, "shape") and hasattr(value, "dtype")


def shapes_of(value: Any) -> Any:
    """The shapes of the tensors in a tree, ``None`` for what is none."""
    return map_values(lambda x: tuple(x.shape) if has_shape(x) else None, value)


def spec_of(value: Any) -> Any:
    """The spec of a tensor; anything else as it is."""
    if isinstance(value, Spec) or not has_shape(value):
        return value
    dtype = value.dtype if isinstance(value.dtype, str) else F.dtype_of(value)
    return Spec(tuple(value.shape), dtype)


def map_values(function: Callable[[Any], Any], tree: Any) -> Any:
    """``function`` applied to every leaf of lists, tuples and dicts, ``None`` among them."""
    if isinstance(tree, (list, tuple)):
        return type(tree)([map_values(function, item) for item in tree])
    if isinstance(tree, dict):
        return {key: map_values(function, item) for key, item in tree.items()}
    return function(tree)


def is_shape(value: Any) -> bool:
    """Whether a value is one shape: a tuple or list of integers and ``None``."""
    return isinstance(value, (list, tuple)) and all(
        item is None or isinstance(item, Integral) for item in value
    )


def as_shape(tree: Any) -> Any:
    """Shapes of a configuration (lists) as tuples."""
    if is_shape(tree):
        return tuple(tree)
    if isinstance(tree, (list, tuple)):
        return [as_shape(item) for item in tree]
    return {key: as_shape(item) for key, item in tree.items()} if isinstance(tree, dict) else tree


def shape_tree(shapes: Any, dtype: str) -> Any:
    """Specs for a shape, or for nested shapes."""
    if is_shape(shapes):
        return Spec(tuple(shapes), dtype)
    if isinstance(shapes, dict):
        return {key: shape_tree(item, dtype) for key, item in shapes.items()}
    if isinstance(shapes, (list, tuple)):
        return [shape_tree(item, dtype) for item in shapes]
    raise ValueError(f"a shape is a tuple of integers and None, got {shapes!r}")
