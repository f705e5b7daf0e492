"""The protocol on shapes: what a computation gives, without computing it.

`shapes` is a backend whose tensors are `Spec`s.  Each primitive has a rule, in the file of its group;
so has a derived function whose body cannot run on unknown sizes, or is laxer than its stub.  The body
of every other derived function runs as on any backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.protocol import SPECIFICATION, VERSION, Entry, Traits, assemble, dtypes

from .. import lifted
from . import array, checks, nn, random, runtime, transform
from .spec import ShapeError, Spec, call, index_shape, spec_of

__all__ = ["ShapeError", "Spec", "call", "index_shape", "infer", "shapes", "spec_of"]

_RULES = {**runtime.RULES, **array.RULES, **nn.RULES, **random.RULES, **transform.RULES}


def _body(entry: Entry) -> Callable[..., Any]:
    """The derived body on shapes; what goes wrong inside it is told under the name that was called."""

    def run(*args: Any, **options: Any) -> Any:
        try:
            return entry.function(shapes, *args, **options)
        except ShapeError as error:
            raise ShapeError(f"{entry.name}: {error}") from error

    run.__signature__ = entry.signature  # type: ignore[attr-defined]
    return run


#: The backend of specs.  Arguments are specs, tensors of any library (their shape and dtype count) and
#: Python scalars; results are specs.  A shape or dtype that a function cannot take raises `ShapeError`.
shapes = assemble(
    "shapes",
    _RULES,
    {e.name: _body(e) for e in SPECIFICATION.values() if e.kind == "derived" and e.name not in _RULES},
    version=str(VERSION),
    traits=Traits(
        dtypes=frozenset(dtypes.ALL),
        gradient_dtypes=frozenset(dtypes.FLOATING),
        tensor_types=(Spec,),
    ),
)


#: Functions that make a function of a function: interpreted when that is called, with ``(fn, *its arguments)``.
_MAKERS = frozenset({"custom_gradient", "checkpoint", "compile", "no_gradient"})


def _interpret(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if name in _MAKERS:
        fn, *rest = args
        return getattr(shapes, name)(fn)(*rest, **kwargs)
    return getattr(shapes, name)(*args, **kwargs)


lifted.register(Spec, 15, _interpret)


def infer(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Runs ``fn`` on specs in place of the tensors in its arguments; returns the specs of its results.

    ``fn`` computes with protocol functions that dispatch on lifted arguments, or with operators.  Trees
    keep their form, and leaves that are no tensors pass through.

    errors: `ShapeError` for shapes or dtypes that a function in ``fn`` cannot take; ``TypeError`` where
    ``fn`` needs a value, as in ``if x > 0``.
    example: ``infer(lambda x: x @ x, Spec((None, 3, 3))).shape == (None, 3, 3)``
    """
    return checks.specs(fn(*checks.specs(args), **checks.specs(kwargs)))
