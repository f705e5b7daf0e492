"""What an adapter hands in, and the frozen backend that `assemble` makes of it."""

from __future__ import annotations

import difflib
import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

from .registry import SPECIFICATION, Entry, names

if TYPE_CHECKING:
    from . import typed

#: Version of the protocol.  It changes when a primitive is added, removed or means something else.
VERSION = 1


@dataclass(frozen=True)
class Traits:
    """Facts about a backend that the front may ask for (it never asks for the name).

    ``dtypes``: the dtypes its tensors can have.  ``compiled``: ``compile`` traces a step to a pure
    program and donates its state; otherwise functions run as they are written and state may be updated
    in place.  ``gradient_dtypes``: the dtypes in which gradients are computed.  ``tensor_types``:
    the exact classes of its tensors, most common first.
    """

    dtypes: frozenset[str]
    compiled: bool = False
    gradient_dtypes: frozenset[str] = frozenset({"float32"})
    tensor_types: tuple[type, ...] = ()


@dataclass(frozen=True)
class Gap:
    """Something the protocol asks for that a backend does not give, and why.

    ``function``: the protocol function.  ``kind``: ``"todo"`` (not done here yet), ``"upstream"`` (the
    library cannot yet) or ``"never"`` (it has no meaning there).  ``dtype``: only for this dtype.
    """

    function: str
    kind: Literal["todo", "upstream", "never"]
    reason: str
    dtype: str | None = None


class ProtocolError(TypeError):
    """An adapter does not match the protocol; the message says how to mend it."""


class Backend:
    """A complete set of protocol functions as attributes; made by `assemble`, never changed.

    ``name``, ``version`` (of the library adapted), ``traits``, ``gaps``; ``overrides``: names of the
    derived functions with a kernel of its own; ``capabilities``: names of the optional functions it has;
    ``gradients``: for some functions, ``f(*args, **options) -> (result, backward)``, which the gradient
    tape uses in place of the derived body.
    """

    name: str
    version: str
    traits: Traits
    gaps: tuple[Gap, ...]
    overrides: frozenset[str]
    capabilities: frozenset[str]
    gradients: Mapping[str, Callable[..., Any]]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]: ...

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"backend {self.name!r} is frozen: {name!r} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"backend {self.name!r} is frozen: {name!r} cannot be deleted")

    def __repr__(self) -> str:
        return f"<backend {self.name!r} {self.version}, {len(self.overrides)} overrides>"


def assemble(
    name: str,
    *groups: ModuleType | Mapping[str, Callable[..., Any]],
    version: str,
    traits: Traits,
    protocol: int = VERSION,
    gradients: Mapping[str, Callable[..., Any]] | None = None,
    gaps: Iterable[Gap] = (),
) -> typed.Backend:
    """Makes a backend of groups of functions, and fills in the derived bodies for what they leave out.

    A group is a module, whose public names are all protocol functions, or a mapping of names to functions.

    Errors: `ProtocolError` for another protocol version, an unknown name, a name given twice, a missing
    primitive, a signature that differs, a gradient or gap for an unknown function.
    """
    if protocol != VERSION:
        raise ProtocolError(
            f"backend {name!r} is written for version {protocol!r} of the protocol, this is version {VERSION}: "
            "install releases of keras-front and of the adapter that fit together"
        )
    given: dict[str, Callable[..., Any]] = {}
    for group in groups:
        where = group.__name__ if isinstance(group, ModuleType) else "a mapping"
        for function_name, function in _functions(group).items():
            _check_known(name, function_name, f"function of {where}")
            if function_name in given:
                raise ProtocolError(f"backend {name!r} defines {function_name!r} twice; again in {where}")
            _check_signature(name, SPECIFICATION[function_name], function)
            given[function_name] = function
    gradients, gaps = dict(gradients or {}), tuple(gaps)
    for known in (*gradients, *(gap.function for gap in gaps)):
        _check_known(name, known, "gradient or gap")
    declared = {gap.function for gap in gaps if gap.dtype is None}
    missing = [p for p in names("primitive") if p not in given and p not in declared]
    if missing:
        raise ProtocolError(
            f"backend {name!r} lacks {len(missing)} required function(s): {', '.join(missing)}. Define them in "
            "the adapter, or declare each as a Gap with its reason"
        )
    backend = Backend(
        name=name,
        version=version,
        traits=traits,
        gaps=gaps,
        overrides=frozenset(given) & frozenset(names("derived")),
        capabilities=frozenset(given) & frozenset(names("capability")),
        gradients=MappingProxyType(gradients),
    )
    backend.__dict__.update(
        {entry.name: _bind(backend, entry, given.get(entry.name)) for entry in SPECIFICATION.values()}
    )
    return backend


def reference(backend: typed.Backend, function_name: str) -> Callable[..., Any]:
    """The derived body of a function on this backend, whether or not the backend overrides it."""
    return functools.partial(SPECIFICATION[function_name].function, backend)


def _bind(backend: Backend, entry: Entry, function: Callable[..., Any] | None) -> Callable[..., Any]:
    if function is not None:
        return function
    if entry.kind == "derived":
        return functools.partial(entry.function, backend)
    reasons = [gap.reason for gap in backend.gaps if gap.function == entry.name]
    reason = reasons[0] if reasons else "it is optional"

    def lacking(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"backend {backend.name!r} has no {entry.name!r}: {reason}")

    return lacking


def _functions(group: ModuleType | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(group, ModuleType):
        return dict(group)
    return {
        key: value
        for key, value in vars(group).items()
        if not key.startswith("_")
        and callable(value)
        and not (isinstance(value, type) or key in ("annotations",))
    }


def _check_known(backend: str, name: str, what: str) -> None:
    if name in SPECIFICATION:
        return
    close = difflib.get_close_matches(name, SPECIFICATION, n=1)
    hint = f", did you mean {close[0]!r}?" if close else "; helpers start with an underscore"
    raise ProtocolError(f"backend {backend!r}: {what}: unknown {name!r}{hint}")


def _check_signature(backend: str, entry: Entry, function: Callable[..., Any]) -> None:
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return  # A function written in C: the conformance suite calls it.
    if _shape_of(found) != _shape_of(entry.signature):
        raise ProtocolError(
            f"backend {backend!r}: {entry.name}{_plain(found)} must have the signature "
            f"{entry.name}{_plain(entry.signature)} of the protocol"
        )


def _shape_of(signature: inspect.Signature) -> list[tuple[Any, ...]]:
    def parameter(p: inspect.Parameter) -> tuple[Any, ...]:
        named = p.kind is not inspect.Parameter.POSITIONAL_ONLY
        default = "nan" if isinstance(p.default, float) and math.isnan(p.default) else p.default
        return p.kind, p.name if named else None, default

    return [parameter(p) for p in signature.parameters.values()]


def _plain(signature: inspect.Signature) -> str:
    bare = inspect.Signature.empty
    parameters = [p.replace(annotation=bare) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=bare))
