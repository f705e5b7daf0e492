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

#: Exact class -> (priority, interpreter).  Variables (30) are resolved first, then symbolic tensors (20)
#: and specs (15) make the call abstract, then boxes record it (above
#: 10 by the depth of their tape: the innermost first).
LIFTED: dict[type, tuple[float, Interpreter]] = {}


def register(cls: type, priority: float, interpreter: Interpreter) -> None:
    """Makes ``cls`` a lifted class."""
    LIFTED[cls] = (priority, interpreter)


def interpret(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carries out a call in which some argument (or entry of a tree given as one) is lifted."""
    found: tuple[float, Interpreter] | None = None
    for tree in (*args, *kwargs.values()) if kwargs else args:
        entry = LIFTED.get(type(tree))
        if entry is None:
            if not isinstance(tree, (list, tuple, dict)):
                continue
            inner = (LIFTED[type(leaf)] for leaf in leaves(tree) if type(leaf) in LIFTED)
            entry = max(inner, key=_priority, default=None)
        if entry is not None and (found is None or entry[0] > found[0]):
            found = entry
    if found is None:
        raise TypeError(f"{name}: none of the arguments is lifted")
    return found[1](name, args, kwargs)


def _priority(entry: tuple[float, Interpreter]) -> float:
    return entry[0]


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
