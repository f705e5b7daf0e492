"""`F`: the protocol as the front calls it.

Every function of `F` has the signature of its stub.  If an argument is lifted (a variable, a symbolic tensor,
a spec, a box of the gradient tape: asked by class identity) the call goes to that class's interpreter; if not,
straight to the backend, which is bound here once, at import.

`F` keeps the protocol's contract: equal dtypes, native tensors.  Promotion and conversion are done in `ops`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from keras_front.core.selection import load
from keras_front.interpret.lifted import LIFTED, interpret, leaves
from keras_front.protocol.registry import SPECIFICATION, Entry
from keras_front.protocol.typed import Backend

#: The backend of this process.
backend: Backend = load()

#: Functions that make a function of a function; its arguments are looked at when it is called.
_MAKERS = ("custom_gradient", "checkpoint")


def any_lifted(*trees: Any) -> bool:
    """Whether an entry of the given trees is lifted."""
    return any(type(leaf) in LIFTED for leaf in leaves(trees))


def _check(parameter: inspect.Parameter) -> str:
    annotation = str(parameter.annotation)
    nested = parameter.kind is inspect.Parameter.VAR_POSITIONAL or "[" in annotation or "Tree" in annotation
    name = parameter.name
    return f"any_lifted({name})" if nested else f"type({name}) in LIFTED"


def _compile(entry: Entry, native: Callable[..., Any]) -> Callable[..., Any]:
    """Writes out the function ``entry.name``: one test of a class an argument, then the native call."""
    checks, positional, options, header = [], [], [], []
    defaults: dict[str, Any] = {}
    tensors = set(entry.tensors)
    parameters = list(entry.signature.parameters.values())
    for i, p in enumerate(parameters):
        star = "*" if p.kind is p.VAR_POSITIONAL else ""
        default = ""
        if p.default is not p.empty:
            defaults[f"default_{p.name}"] = p.default
            default = f"=default_{p.name}"
        header.append(f"{star}{p.name}{default}")
        after = parameters[i + 1 :]
        if p.kind is p.POSITIONAL_ONLY and not any(q.kind is q.POSITIONAL_ONLY for q in after):
            header.append("/")
        if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL):
            positional.append(f"{star}{p.name}")
        else:
            options.append(p.name)
        if p.name in tensors:
            checks.append(_check(p))
    arguments = ", ".join(positional + [f"{name}={name}" for name in options])
    packed = "".join(f"{name}, " for name in positional)
    named = ", ".join(f"'{name}': {name}" for name in options)
    source = (
        f"def {entry.name}({', '.join(header)}):\n"
        f"    if {' or '.join(checks)}:\n"
        f"        return interpret({entry.name!r}, ({packed}), {{{named}}}, native)\n"
        f"    return native({arguments})\n"
    )
    scope = {
        "native": native, "LIFTED": LIFTED, "interpret": interpret, "any_lifted": any_lifted, **defaults,
    }  # fmt: skip
    exec(compile(source, f"<keras_front dispatch of {entry.name}>", "exec"), scope)
    function = scope[entry.name]
    function.__doc__ = entry.function.__doc__
    function.__module__ = __name__
    return cast(Callable[..., Any], function)


def _maker(name: str, native: Callable[..., Any]) -> Callable[..., Any]:
    def make(fn: Callable[..., Any], /) -> Callable[..., Any]:
        on_tensors = native(fn)

        def call(*args: Any) -> Any:
            if any_lifted(args):
                return interpret(name, (fn, *args), {}, without_function)
            return on_tensors(*args)

        def without_function(_: Any, *args: Any) -> Any:
            return on_tensors(*args)

        return call

    make.__name__ = name
    make.__doc__ = SPECIFICATION[name].function.__doc__
    return make


class _Dispatch:
    """The functions of the protocol as attributes."""

    def __init__(self) -> None:
        for entry in SPECIFICATION.values():
            native = getattr(backend, entry.name)
            if entry.name in _MAKERS:
                function = _maker(entry.name, native)
            elif entry.tensors:
                function = _compile(entry, native)
            else:
                function = native
            setattr(self, entry.name, function)
        for name in ("name", "version", "traits", "gaps", "overrides", "capabilities", "gradients"):
            setattr(self, name, getattr(backend, name))


F: Backend = cast(Backend, _Dispatch())
