"""Optimizer group on NumPy: updates in place, in blocks that stay in the cache."""

from __future__ import annotations

import functools as _functools
import math as _math
import operator as _operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from . import buffers as _buffers
from . import calls as _calls
from .runtime import _packed

#: Elements of a block, and below how many a tensor shares a block with its neighbours.
_ELEMENTS = 1 << 15
_SMALL = 1 << 13
_size = _operator.attrgetter("size")


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


@_functools.lru_cache(maxsize=256)
def _layout(sizes: tuple[int, ...]) -> list[tuple[int, int, int, int, int]]:
    """Blocks of a flat buffer with parts of these sizes: ``(first part, last part + 1, place in that part, start, stop)``.

    Neighbouring small parts share a block, a large one has one or several to itself.
    """
    blocks: list[tuple[int, int, int, int, int]] = []
    first = start = held = 0
    for i, size in enumerate(sizes):
        small = size < _SMALL
        if first < i and (not small or held + size > _ELEMENTS):
            blocks.append((first, i, 0, start, start + held))
            first, start, held = i, start + held, 0
        if small:
            held += size
        else:
            for place in range(0, size, _ELEMENTS):
                blocks.append((i, i + 1, place, start + place, start + min(place + _ELEMENTS, size)))
            first, start = i + 1, start + size
    if held:
        blocks.append((first, len(sizes), 0, start, start + held))
    return blocks


def _blocks(
    lists: list[list[np.ndarray]], flats: list[np.ndarray] | None, gradients: Sequence[np.ndarray]
) -> Iterator[list[np.ndarray]]:
    """Flat pieces ``[parameter, slots..., gradient]`` that together cover all tensors and stay in the cache."""
    if flats is None:
        for row in zip(*lists, gradients, strict=True):
            parts = [t.reshape(-1) for t in row]
            for start in range(0, parts[0].size, _ELEMENTS):
                yield [part[start : start + _ELEMENTS] for part in parts]
        return
    for first, last, place, start, stop in _layout(tuple(map(_size, gradients))):
        if last - first > 1:
            joined = _buffers.scratch("gradients", (stop - start,), gradients[first].dtype)
            np.concatenate(gradients[first:last], axis=None, out=joined)
        else:
            joined = gradients[first].reshape(-1)[place : place + stop - start]
        yield [*[flat[start:stop] for flat in flats], joined]


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
    work: Any = None
    for block in _blocks(lists, flats, gradients):
        p = block[0]
        if work is None or work.dtype != p.dtype:
            work = _buffers.scratch("move", (_ELEMENTS,), p.dtype)
        _adam(block, work[: p.size], rate, beta_1, beta_2, epsilon)
    return lists[0], lists[1], lists[2], None if highest is None else lists[3]


def _adam(
    block: list[np.ndarray], work: Any, rate: float, beta_1: float, beta_2: float, epsilon: float
) -> None:
    p, m, v, g = *block[:3], block[-1]
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
