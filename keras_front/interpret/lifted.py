"""Arguments that are no tensors but stand for one: how a protocol call finds its meaning.

A *lifted* class (a gradient tape's box, a spec, a symbolic tensor, a variable) registers an
interpreter under its exact class.  A call with a lifted argument goes to the interpreter of the highest
priority among its arguments; all other calls go straight to the backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

#: What carries out ``(function name, args, kwargs)`` when an argument is lifted.
Interpreter = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]
#: What gives the value that a lifted argument holds: a tensor, or again something lifted.
Value = Callable[[Any], Any]

#: Exact class -> (priority, interpreter, value).  Variables are replaced by their values first; then symbolic tensors
#: (20) and specs (15) make the call abstract, then boxes record it (above 10 by the depth of their tape: the innermost
#: first).
LIFTED: dict[type, tuple[float, Interpreter, Value | None]] = {}


def register(cls: type, priority: float, interpreter: Interpreter) -> None:
    """Makes ``cls`` a lifted class whose calls ``interpreter`` carries out."""
    LIFTED[cls] = (priority, interpreter, None)


def register_holder(cls: type, value: Value) -> None:
    """Makes ``cls`` a lifted class of objects in whose place their value is taken."""
    LIFTED[cls] = (0.0, _held, value)


def _held(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    raise TypeError(f"{name}: an argument holds a value, which must be taken in its place")


def interpret(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], native: Callable[..., Any] | None = None
) -> Any:
    """Carries out a call in which some argument (or entry of a tree given as one) is lifted.

    ``native``: what carries it out if nothing lifted is left once holders are replaced by their values.
    """
    top = 0.0
    interpreter: Interpreter | None = None
    values: list[Any] | None = None
    for i, arg in enumerate(args):
        entry = LIFTED.get(type(arg))
        if entry is None:
            if not isinstance(arg, _TREES):
                continue
            changed, priority, found = _look_through(arg)
        else:
            priority, found, value = entry
            changed = arg
            if value is not None:
                changed = value(arg)
                entry = LIFTED.get(type(changed))
                if entry is not None:
                    priority, found, _ = entry
        if changed is not arg:
            if values is None:
                values = list(args)
            values[i] = changed
        if priority > top:
            top, interpreter = priority, found
    for option in kwargs.values():
        if type(option) in LIFTED or isinstance(option, _TREES):
            kwargs, priority, found = _look_through(kwargs)
            if priority > top:
                interpreter = found
            break
    if interpreter is not None:
        return interpreter(name, args if values is None else tuple(values), kwargs)
    if native is None:
        raise TypeError(f"{name}: none of the arguments is lifted")
    return native(*(args if values is None else values), **kwargs)


_TREES = (list, tuple, dict)


def _look_through(tree: Any) -> tuple[Any, float, Interpreter | None]:
    """A tree with holders replaced by their values, and the highest priority in it with its interpreter."""
    top = 0.0
    interpreter: Interpreter | None = None
    held = False
    for leaf in leaves(tree):
        entry = LIFTED.get(type(leaf))
        if entry is not None:
            held = held or entry[2] is not None
            if entry[0] > top:
                top, interpreter, _ = entry
    return _look_through(_values(tree)) if held else (tree, top, interpreter)


def _values(tree: Any) -> Any:
    kind = type(tree)
    entry = LIFTED.get(kind)
    if entry is not None:
        return tree if entry[2] is None else entry[2](tree)
    if isinstance(tree, dict):
        return {key: _values(item) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_values(item) for item in tree]
        return kind(*items) if hasattr(kind, "_fields") else tuple(items) if kind is tuple else items
    return tree


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of nested lists, tuples and dicts, dicts by sorted key (as `protocol.tree` has it)."""
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for key in sorted(tree) if all(type(k) is str for k in tree) else tree:
            yield from leaves(tree[key])
    else:
        yield tree
