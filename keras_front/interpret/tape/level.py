"""The recording backend: the protocol for one level of nested tapes."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from keras_front.interpret.lifted import register
from keras_front.protocol.registry import SPECIFICATION, names
from keras_front.protocol.typed import Backend

from .activations import ACTIVATIONS
from .box import Box
from .coarse import COARSE
from .pulls import stack, unstack
from .record import constant, has_box, joint
from .rules import NON_DIFFERENTIABLE, RULES

#: Functions of functions: what they call may meet boxes even if their own arguments hold none.
_FUNCTIONAL = frozenset(
    (
        "value_and_grad",
        "custom_gradient",
        "compile",
        "scan",
        "while_loop",
        "cond",
        "vectorized_map",
        "checkpoint",
    )
)
#: Functions that make a function of their first argument.
_MAKERS = frozenset(("custom_gradient", "checkpoint"))
#: Optional and derived functions whose results are constants.
_CONSTANT = frozenset((*NON_DIFFERENTIABLE, "stop_gradient", "nonzero", "devices", "device_scope"))


class Level:
    """The protocol on boxes of one class: calls with such a box are recorded, others go to the backend below.

    ``real``: the backend that computes; ``depth``: 1 for a tape directly on it; ``base``: ``real``, or the
    level below; ``box``: the class of this level's boxes.  A level keeps no state of its own (the boxes know
    their tape), so one serves all threads.
    """

    def __init__(self, real: Backend, base: Any, depth: int) -> None:
        self.real = real
        self.base: Any = base
        self.depth = depth
        self.name = f"{base.name} tape"
        self.version = real.version
        self.traits = real.traits
        self.gaps = real.gaps
        self.overrides = real.overrides
        self.capabilities = real.capabilities
        self.gradients = real.gradients
        self.box: type[Box] = type("Box", (Box,), {"__slots__": (), "level": self, "__module__": __name__})
        # Inner tapes come first: to them, boxes of outer ones are constants.
        register(self.box, 10 + depth / 1000, self._interpret)

    def _interpret(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        function = getattr(self, name)
        return function(args[0])(*args[1:]) if name in _MAKERS else function(*args, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # Only asked once a name: most programs use few of the functions.
        function = self._make(name)
        self.__dict__[name] = function
        return function

    def _make(self, name: str) -> Callable[..., Any]:
        if name == "unstack":
            return unstack(self.box)
        if name == "remainder":
            return lambda x, y: self.subtract(x, self.multiply(self.floor_divide(x, y), y))
        entry = SPECIFICATION.get(name)
        if entry is None:
            raise AttributeError(f"the protocol has no function {name!r}")
        function = getattr(self.base, name)
        body = functools.partial(entry.function, self) if entry.kind == "derived" else None
        if name == "scan":
            return functools.partial(_scan, self)
        if body is not None and name in _FUNCTIONAL:
            return body
        if name in self.gradients and self.base is self.real:
            return joint(self.gradients[name], body)(self.box, function)
        if name in _CONSTANT:
            return constant(self.box, function)
        if name == "stack":
            return stack(self.box, function)
        bind = RULES.get(name) or ACTIVATIONS.get(name)
        if bind is not None:
            return bind(self.box, function)
        if name in COARSE:
            return joint(COARSE[name](self.base), body)(self.box, function)
        return self._taped(function, body, name)

    def _taped(
        self, function: Callable[..., Any], body: Callable[..., Any] | None, name: str
    ) -> Callable[..., Any]:
        cls = self.box

        def call(*args: Any, **options: Any) -> Any:
            if not has_box(cls, args, options):
                return function(*args, **options)
            if body is None:
                raise TypeError(
                    f"{name}: backend {self.real.name!r} has no gradient of it"
                    + (" of this order" if name in self.gradients else "")
                    + "; cut the gradient with stop_gradient first, or give one with custom_gradient"
                )
            return body(*args, **options)

        return call


def _scan(
    level: Level, fn: Any, init: Any, xs: Any, /, length: int | None = None, reverse: bool = False
) -> Any:
    """The derived scan, with the boxes among ``xs`` split in one edge each."""
    from keras_front.protocol.tree import flatten, unflatten

    body = SPECIFICATION["scan"].function
    leaves, structure = flatten(xs)
    lengths = {leaf.shape[0] for leaf in leaves} | ({length} if length is not None else set())
    if len(lengths) != 1 or not has_box(level.box, leaves):
        return body(level, fn, init, xs, length=length, reverse=reverse)
    count = lengths.pop()
    columns = [level.unstack(leaf) for leaf in leaves]
    places = iter(reversed(range(count)) if reverse else range(count))

    def step(carry: Any, _: None) -> Any:
        i = next(places)
        return fn(carry, unflatten(structure, [column[i] for column in columns]))

    return body(level, step, init, None, length=count, reverse=reverse)


_levels: dict[Any, list[Level]] = {}
_lock = threading.Lock()


def level_of(real: Backend, depth: int) -> Level:
    """The recording backend at a depth of nesting, 1 for a tape directly on ``real``."""
    made = _levels.get(real)
    if made is not None and len(made) >= depth:
        return made[depth - 1]
    with _lock:
        made = _levels.setdefault(real, [])
        while len(made) < depth:
            made.append(Level(real, made[-1] if made else real, len(made) + 1))
    return made[depth - 1]


def unruled() -> tuple[list[str], list[str]]:
    """Primitives with neither a rule nor a place among the non-differentiable, and those with both."""
    primitives = set(names("primitive"))
    ruled, constants = set(RULES), set(NON_DIFFERENTIABLE)
    wrong = (ruled & constants) | ((ruled | constants) - primitives)
    return sorted(primitives - ruled - constants), sorted(wrong)
