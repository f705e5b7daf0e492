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


def _prepare(lists: list[Any]) -> tuple[list[list[np.ndarray]], list[np.ndarray] | None]:
    """Lists of tensors that can be overwritten, and their flat buffers where all of them are packed."""
    flats = [_packed(tensors) for tensors in lists] if lists[0] else [None]
    if any(flat is None for flat in flats):
        return [_own(tensors) for tensors in lists], None
    # The lists given, so that whoever gave them sees at a glance that nothing has taken another place.
    return lists, flats  # type: ignore[return-value]


def _segments(
    lists: list[list[np.ndarray]], flats: list[np.ndarray] | None, gradients: Sequence[np.ndarray]
) -> Iterator[list[np.ndarray]]:
    """Flat pieces ``[parameter, slots..., gradient]`` that together cover all tensors.

    Where all lists are packed, runs of small tensors make up one piece.
    """
    if flats is None:
        for row in zip(*lists, gradients, strict=True):
            yield [t.reshape(-1) for t in row]
        return
    start = 0
    for small, run in _runs(gradients):
        size = sum(g.size for g in run)
        if small:
            joined = _buffers.scratch("gradients", (size,), run[0].dtype)
            np.concatenate(run, axis=None, out=joined)
        else:
            joined = run[0].reshape(-1)
        yield [flat[start : start + size] for flat in flats] + [joined]
        start += size


def _runs(gradients: Sequence[np.ndarray]) -> Iterator[tuple[bool, list[np.ndarray]]]:
    """Large gradients alone, neighbouring small ones together."""
    run: list[np.ndarray] = []
    held = 0
    for g in gradients:
        small = g.size < _SMALL
        if run and (not small or held + g.size > _ELEMENTS):
            yield True, run
            run, held = [], 0
        if small:
            run.append(g)
            held += g.size
        else:
            yield False, [g]
    if run:
        yield True, run


def _blocks(
    lists: list[list[np.ndarray]], flats: list[np.ndarray] | None, gradients: Sequence[np.ndarray]
) -> Iterator[list[np.ndarray]]:
    """The segments cut into blocks."""
    for segment in _segments(lists, flats, gradients):
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
    lists, flats = _prepare([parameters] if velocities is None else [parameters, velocities])
    rate = -float(learning_rate)
    for block in _blocks(lists, flats, gradients):
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
    return lists[0], None if velocities is None else lists[1]


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
    slots = [parameters, means, squares] if highest is None else [parameters, means, squares, highest]
    lists, flats = _prepare(slots)
    count = float(step)
    rate = float(learning_rate) * _math.sqrt(1 - beta_2**count) / (1 - beta_1**count)
    for block in _blocks(lists, flats, gradients):
        _adam(block, rate, beta_1, beta_2, epsilon)
    return lists[0], lists[1], lists[2], None if highest is None else lists[3]


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
