"""The check of a function's gradients against finite differences of its exact formula.

The formula is smooth around the calls that a row lists under ``gradient``.  Central differences on the widest
float with steps h, h/2, h/4 and Romberg's extrapolation leave an error of the order of h**6, far
below the tolerance of any dtype under test.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.protocol import SPECIFICATION, reference
from keras_front.protocol.tree import flatten, unflatten

from .arguments import Argument, Call
from .backends import Lifting
from .cases import ROWS
from .host import difference, wide
from .tolerances import TOLERANCES
from .values import describe, is_array, runnable, tensors

STEP = 2.0**-8


def check_gradients(
    backend: Any,
    name: str,
    dtype: str,
    way: str,
    function: Callable[..., Any] | None = None,
    everything: bool = True,
) -> float:
    """Runs the gradient calls of a row; returns the greatest error in ulps of a tensor's greatest gradient.

    ``way``: ``"native"`` is the backend's own ``value_and_grad``, ``"tape"`` the generic one.  ``function`` is
    what to run in place of the backend's function.  Without ``everything`` only the first call runs.
    """
    calls, worst = (ROWS[name].gradient or ())[: None if everything else 1], 0.0
    make = backend.value_and_grad if way == "native" else reference(backend, "value_and_grad")
    run = function or getattr(Lifting(backend), name)
    for number, call in enumerate(calls):
        if not runnable(backend, call, dtype):
            continue
        args, options = call.host(dtype, seed=number)
        try:
            worst = max(worst, _check(backend, name, dtype, make, run, number))
        except Exception as problem:
            problem.add_note(f"in the {way} gradient of {name}{describe(args, options)} of {dtype}")
            raise
    return worst


def body(backend: Any, name: str) -> Callable[..., Any]:
    """The derived body of a function, able to run on the tape."""
    return functools.partial(SPECIFICATION[name].function, Lifting(backend))


def _check(backend: Any, name: str, dtype: str, make: Any, run: Any, number: int) -> float:
    leaves, structure, chosen, weights, exact = _expected(name, dtype, number)
    given = [tensors(backend, leaf) for leaf in leaves]
    weighting = backend.from_host(weights.astype(np.float32), dtype)

    def value(variables: list[Any]) -> Any:
        full = list(given)
        for place, variable in zip(chosen, variables, strict=True):
            full[place] = variable
        args, options = unflatten(structure, full)
        result = run(*args, **options)
        front = Lifting(backend)
        return front.sum(front.multiply(_first(result), weighting))

    step = make(value)
    if backend.traits.compiled:
        # One program instead of one for each operation of the way forth and back.
        step = backend.compile(step)
    _, found = step([given[i] for i in chosen])
    assert len(found) == len(chosen), f"must give {len(chosen)} gradients, gave {len(found)}"
    worst = 0.0
    for gradient, right in zip(found, exact, strict=True):
        assert backend.is_tensor(gradient), f"a gradient must be a tensor, is a {type(gradient).__name__}"
        scale = np.max(np.abs(right), initial=0.0)
        bound = TOLERANCES[dtype].gradient
        worst = max(worst, difference(backend.to_host(gradient), right, dtype, bound, max(scale, 1e-2)))
    return worst


def _first(result: Any) -> Any:
    """The result that gradients flow through: the first of several (``batch_norm``)."""
    return result[0] if isinstance(result, tuple) else result


@functools.cache
def _expected(name: str, dtype: str, number: int) -> tuple[Any, ...]:
    """The call's leaves and structure, which leaves are differentiated, the weights and the gradients."""
    row = ROWS[name]
    assert row.gradient is not None
    call = row.gradient[number]
    args, options = call.host(dtype, seed=number)
    leaves, structure = flatten((args, options))
    chosen = [i for i, free in enumerate(_free(call)) if free]
    values = [wide(leaf) if is_array(leaf) else leaf for leaf in leaves]

    def formula(point: list[Any]) -> np.ndarray:
        args, options = unflatten(structure, point)
        return np.asarray(_first(row.oracle(*args, **options)))

    with np.errstate(all="ignore"):
        shape = formula(values).shape
        weights = np.random.default_rng(1).integers(1, 5, shape) * 0.5
        exact = [_differences(formula, values, place, weights) for place in chosen]
    return leaves, structure, chosen, weights, exact


def _free(call: Call) -> list[bool]:
    """For each leaf of a call whether it is a tensor of the dtype under test."""
    places, _ = flatten((list(call.args), call.options))
    return [isinstance(leaf, Argument) and leaf.dtype is None for leaf in places]


def _differences(formula: Any, values: list[Any], place: int, weights: np.ndarray) -> np.ndarray:
    base = values[place]
    result = np.zeros(base.shape, dtype=np.longdouble)

    def central(position: tuple[int, ...], step: float) -> Any:
        ends = []
        for sign in (1, -1):
            moved = base.copy()
            moved[position] += sign * step
            ends.append(formula([*values[:place], moved, *values[place + 1 :]]))
        return np.sum((ends[0] - ends[1]) * weights) / (2 * np.longdouble(step))

    for position in np.ndindex(base.shape):
        coarse, middle, fine = (central(position, STEP / 2**k) for k in range(3))
        first, second = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
        result[position] = (16 * second - first) / 15
    return result
