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
#: and specs (15) make the call abstract, then boxes (10) record it.
LIFTED: dict[type, tuple[int, Interpreter]] = {}


def register(cls: type, priority: int, interpreter: Interpreter) -> None:
    """Makes ``cls`` a lifted class."""
    LIFTED[cls] = (priority, interpreter)


def interpret(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Carries out a call in which some argument (or entry of a tree given as one) is lifted."""
    found = max(
        (LIFTED[type(leaf)] for leaf in leaves((args, kwargs)) if type(leaf) in LIFTED),
        key=lambda entry: entry[0],
    )
    return found[1](name, args, kwargs)


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of nested lists, tuples and dicts."""
    if isinstance(tree, (list, tuple)):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    else:
        yield tree
