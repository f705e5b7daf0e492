"""Writes `typed.py`, the protocol as a `typing.Protocol`: ``python -m keras_front.protocol.generate``."""

from __future__ import annotations

import inspect
from pathlib import Path

TARGET = Path(__file__).with_name("typed.py")

_HEAD = '''"""The protocol for editors and type checkers.  Generated from the stubs by `generate`; do not edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy

    from .backend import Gap, Traits

Tensor = Any
Tree = Any
Axis = int | tuple[int, ...] | None
Scalar = bool | int | float | complex
Padding = str | tuple[tuple[int, int], ...]


class Backend(Protocol):
    """Every function of the protocol as an attribute; see the stubs for what they mean."""

    name: str
    version: str
    traits: Traits
    gaps: tuple[Gap, ...]
    overrides: frozenset[str]
    capabilities: frozenset[str]
    gradients: Mapping[str, Callable[..., Any]]
'''


class _Text:
    """An annotation that `inspect` prints as it was written, without quotes around it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def render() -> str:
    """The text of `typed.py`."""
    from .registry import SPECIFICATION

    parts = [_HEAD]
    for entry in SPECIFICATION.values():
        signature = entry.signature
        self_parameter = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        parameters = [p.replace(annotation=_Text(p.annotation)) for p in signature.parameters.values()]
        if parameters[0].kind is not inspect.Parameter.POSITIONAL_ONLY:
            self_parameter = self_parameter.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        signature = signature.replace(
            parameters=[self_parameter, *parameters], return_annotation=_Text(signature.return_annotation)
        )
        parts.append(f"\n    def {entry.name}{signature}: ...\n")
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(render())
