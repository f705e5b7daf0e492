"""The marks that turn a stub function into a part of the specification.

A function marked ``@primitive`` must be supplied by every backend.  One marked ``@derived`` has a
body written in terms of other protocol functions; a backend may override it with a native kernel,
which the conformance suite then holds against the body.  One marked ``@capability`` may be left out.

The first parameter ``b`` of a derived body is the backend it runs on.  It is no part of the
signature that callers see: the same body runs on a real backend, on the gradient tape and on shapes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Kind = Literal["primitive", "derived", "capability"]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """One function of the protocol: its name, kind, group and stub."""

    name: str
    kind: Kind
    group: str
    function: Callable[..., Any] = field(repr=False)

    @property
    def signature(self) -> inspect.Signature:
        """The signature callers see (without the backend parameter of a derived body)."""
        signature = inspect.signature(self.function)
        if self.kind != "derived":
            return signature
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    @property
    def tensors(self) -> tuple[str, ...]:
        """Names of the parameters annotated as a tensor, or as a list or tree of tensors."""
        marks = ("Tensor", "Tree")
        return tuple(
            p.name
            for p in self.signature.parameters.values()
            if any(mark in str(p.annotation) for mark in marks)
            and not str(p.annotation).startswith("Callable")
        )


#: Every protocol function by name, in the order of the stub files.
SPECIFICATION: dict[str, Entry] = {}


def _mark(kind: Kind) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        name = function.__name__
        if name in SPECIFICATION:
            raise ValueError(f"protocol function {name!r} is defined twice")
        group = function.__module__.rpartition(".")[2]
        SPECIFICATION[name] = Entry(name, kind, group, function)
        return function

    return register


primitive = _mark("primitive")
derived = _mark("derived")
capability = _mark("capability")


def names(kind: Kind | None = None) -> tuple[str, ...]:
    """The names of all protocol functions, or of those of one kind."""
    return tuple(e.name for e in SPECIFICATION.values() if kind is None or e.kind == kind)
