"""Optimizer group on NumPy: updates in place, in blocks that stay in the cache."""

from __future__ import annotations

import math as _math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import buffers as _buffers
from . import calls as _calls
from .runtime import _packed

#: Elements of a block, and below how many a tensor shares a block with its neighbours.
_ELEMENTS = 1 << 15
_SMALL = 1 << 13


def _own(tensors: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The tensors themselves, or copies of those that cannot be overwritten."""
    return [
        t if type(t) is np.ndarray and t.flags.c_contiguous and t.flags.writeable else np.array(t, order="C")
        for t in tensors
    ]


def _segments(lists: list[list[np.ndarray]], gradients: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Flat pieces ``[parameter, slots..., gradient]`` that together cover all tensors.

    Where all lists are packed, runs of small tensors make up one piece.
    """
    flats = [_packed(tensors) for tensors in lists] if gradients else [None]
    if any(flat is None for flat in flats):
        for row in zip(*lists, gradients, strict=True):
            yield [t.reshape(-1) for t in row]
        return
    start = 0
    run: list[np.ndarray] = []
    held = 0

    def gathered() -> list[np.ndarray]:
        small = _buffers.scratch("gradients", (held,), run[0].dtype)
        np.concatenate(run, out=small)
        return [flat[start : start + held] for flat in flats] + [small]

    for g in gradients:
        if g.size >= _SMALL or held + g.size > _ELEMENTS:
            if run:
                yield gathered()
                start, run, held = start + held, [], 0
            if g.size >= _SMALL:
                yield [flat[start : start + g.size] for flat in flats] + [g.reshape(-1)]
                start += g.size
                continue
        run.append(g.reshape(-1))
        held += g.size
    if run:
        yield gathered()


def _blocks(lists: list[list[np.ndarray]], gradients: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """The segments cut into blocks."""
    for segment in _segments(lists, gradients):
        size = segment[0].size
        if size <= _ELEMENTS:
            yield segment
            continue
        for start in range(0, size, _ELEMENTS):
            yield [flat[start : start + _ELEMENTS] for flat in segment]


@_calls.silent
def sgd_update(
    parameters: list[np.ndarray],
    gradients: list[np.ndarray],
    velocities: list[np.ndarray] | None,
    learning_rate: np.ndarray,
    /,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> tuple[list[np.ndarray], list[np.ndarray] | None]:
    parameters = _own(parameters)
    lists = [parameters]
    if velocities is not None:
        velocities = _own(velocities)
        lists.append(velocities)
    rate = -float(learning_rate)
    for block in _blocks(lists, gradients):
        p, g = block[0], block[-1]
        move = np.multiply(g, rate, out=_buffers.scratch("move", p.shape, p.dtype))
        if velocities is not None:
            v = block[1]
            v *= momentum
            v += move
            if nesterov:
                p += move
                np.multiply(v, momentum, out=move)
            else:
                move = v
        p += move
    return parameters, velocities


@_calls.silent
def adam_update(
    parameters: list[np.ndarray],
    gradients: list[np.ndarray],
    means: list[np.ndarray],
    squares: list[np.ndarray],
    highest: list[np.ndarray] | None,
    learning_rate: np.ndarray,
    step: np.ndarray,
    /,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], list[np.ndarray] | None]:
    parameters, means, squares = _own(parameters), _own(means), _own(squares)
    lists = [parameters, means, squares]
    if highest is not None:
        highest = _own(highest)
        lists.append(highest)
    count = float(step)
    rate = float(learning_rate) * _math.sqrt(1 - beta_2**count) / (1 - beta_1**count)
    for block in _blocks(lists, gradients):
        _adam(block, rate, beta_1, beta_2, epsilon)
    return parameters, means, squares, highest


def _adam(block: list[np.ndarray], rate: float, beta_1: float, beta_2: float, epsilon: float) -> None:
    p, m, v, g = *block[:3], block[-1]
    work = _buffers.scratch("move", p.shape, p.dtype)
    np.subtract(g, m, out=work)
    work *= 1 - beta_1
    m += work
    np.multiply(g, g, out=work)
    work -= v
    work *= 1 - beta_2
    v += work
    h: Any = v
    if len(block) == 5:
        h = block[3]
        np.maximum(h, v, out=h)
    np.sqrt(h, out=work)
    work += epsilon
    np.divide(m, work, out=work)
    work *= rate
    p -= work
