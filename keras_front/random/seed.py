"""Seeds: the process-wide sequence they come from, and the generator whose state is a variable."""

from __future__ import annotations

import random as python_random
import secrets
import threading
from typing import Any, TypeVar

import numpy as np

from keras_front.core.convert import is_tensor_like, to_tensor
from keras_front.core.dispatch import F, backend
from keras_front.core.naming import auto_name, name_scope
from keras_front.core.overlay import local as overlay_state
from keras_front.core.variable import Variable
from keras_front.interpret.lifted import LIFTED

Self = TypeVar("Self", bound="SeedGenerator")
_WORD = 0xFFFFFFFF
#: The class of tensors that hold values; in a trace of a compiling backend they are of another one.
_CONCRETE = backend.traits.tensor_types[:1]

_lock = threading.RLock()
#: Where the sequence starts, and how many seeds it has given.
_start = secrets.randbits(64)
_given = 0
_global_generator: SeedGenerator | None = None


def set_random_seed(seed: int) -> None:
    """Makes everything drawn from now on repeatable: initial weights, seeds of layers, order of samples.

    It seeds the process-wide sequence of seeds, Python's ``random`` and NumPy's global generator.
    errors: ``ValueError`` for what is no integer from 0 to 2**32 - 1.

    >>> set_random_seed(1)
    """
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or not 0 <= seed <= _WORD:
        raise ValueError(f"`seed` must be an integer from 0 to 2**32 - 1, got {seed!r}")
    python_random.seed(int(seed))
    np.random.seed(int(seed))
    _restart(int(seed))


def reset_global_seed() -> None:
    """Forgets the global generator and every seed that was set: the next draws cannot be foretold."""
    _restart(secrets.randbits(64))


def _restart(start: int) -> None:
    global _start, _given, _global_generator
    with _lock:
        _start, _given, _global_generator = start, 0, None


def make_default_seed() -> int:
    """The next seed of the process-wide sequence, from 1 to 2**31.

    The same `set_random_seed` gives the same sequence on every backend.
    """
    global _given
    with _lock:
        _given += 1
        word = np.random.Philox(key=_start, counter=_given).random_raw()
    return (int(word) & 0x7FFFFFFF) + 1


def draw_rng() -> np.random.Generator:
    """A host generator for what is drawn there, such as the order of samples, from the next seed of the sequence."""
    return np.random.Generator(np.random.Philox(key=make_default_seed()))


class SeedGenerator:
    """Gives a new random key each time it is used as a ``seed``.

    ``seed``: an integer, or ``None`` for the next one of the process-wide sequence.  Its state is a variable of two
    32-bit words, the seed and a counter, so that a compiled step can carry it along; a layer finds it when it is set
    as an attribute.

    errors: ``ValueError`` for a seed that is no integer.

    >>> generator = SeedGenerator(42)
    >>> generator.next(), generator.state.numpy().tolist()
    (..., [42, 1])
    """

    _tracked_as = "seed"

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ValueError(f"SeedGenerator: unknown argument(s) {', '.join(map(repr, kwargs))}")
        self.name = name or auto_name(type(self))
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
            raise ValueError(f"SeedGenerator: `seed` must be an integer, got {seed!r}")
        with name_scope(self.name):
            self.state = Variable(
                np.array([int(seed) & _WORD, 0], dtype="uint32"),
                dtype="uint32",
                trainable=False,
                name="seed_generator_state",
            )

    @property
    def initial_seed(self) -> int | None:
        """The seed it was made with."""
        return self._initial_seed

    def next(self, ordered: bool = True) -> Any:
        """The key to use now, and one step of the state.  shape: ``() -> (2,)``.  dtype: ``uint32``.

        Every key is used once, whether or not ``ordered``.
        """
        key, state = F.next_key(self.state.value)
        self.state.assign(state)
        return key

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal generator."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The generator with these arguments."""
        return cls(**config)


def global_seed_generator() -> SeedGenerator:
    """The generator that random functions use when they are given no seed; made when it is first needed.

    errors: ``ValueError`` inside a compiled step, where its state would be frozen.
    """
    global _global_generator
    with _lock:
        if _traced(_global_generator):
            raise ValueError(
                "random functions without a seed cannot be compiled: every step would draw the same numbers. Make "
                "`self.seed_generator = keras.random.SeedGenerator()` in the layer and give it as `seed`"
            )
        if _global_generator is None:
            _global_generator = SeedGenerator(name="global_seed_generator")
        return _global_generator


def global_seed_variables() -> list[Variable]:
    """The state of the global generator, if it has been made: what a compiled step carries along."""
    return [] if _global_generator is None else [_global_generator.state]


def _traced(generator: SeedGenerator | None) -> bool:
    """Whether a trace is at work that does not carry the generator's state."""
    overlay = overlay_state.overlay if backend.traits.compiled else None
    while overlay is not None and not overlay.abstract:
        values = overlay._values
        if generator is not None and id(generator.state) in values:
            return False
        if any(type(v) not in _CONCRETE and type(v) not in LIFTED for v in values.values()):
            return True
        overlay = overlay._outer
    return False


def draw_key(seed: Any) -> Any:
    """A key of two 32-bit words for what a user gives as ``seed``.

    A `SeedGenerator` gives its next key, an integer always the same, ``None`` the next one of the global generator;
    a tensor of two words is a key.

    errors: ``ValueError`` for anything else.
    """
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return global_seed_generator().next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return F.from_host(np.array([int(seed) & _WORD, 0], dtype="uint32"))
    if is_tensor_like(seed) and tuple(seed.shape) == (2,):
        return F.astype(to_tensor(seed), "uint32")
    raise ValueError(f"`seed` must be an integer, a SeedGenerator or None, got {seed!r}")
