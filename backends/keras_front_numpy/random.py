"""Random group on NumPy: Threefry words in place; dropout masks from NumPy's own generator."""

from __future__ import annotations

import math as _math

import numpy as np

from keras_front.protocol import random as _body

from . import buffers as _buffers

_portable = False
_WORDS = 1 << 14


def next_key(state: np.ndarray, /) -> tuple[np.ndarray, np.ndarray]:
    after = np.array(state)
    after[1:] += np.uint32(1)
    return state, after


def random_bits(key: np.ndarray, /, shape: tuple[int, ...]) -> np.ndarray:
    count = _math.prod(shape)
    half = -(-count // 2)
    words = np.empty(2 * half, np.uint32)
    k0, k1 = (np.asarray(key, np.uint32)[i : i + 1] for i in (0, 1))
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(_body._PARITY))
    for start in range(0, half, _WORDS):
        stop = min(start + _WORDS, half)
        _threefry(words[start:stop], words[half + start : half + stop], start, keys)
    return words[:count].reshape(shape)


def _threefry(x0: np.ndarray, x1: np.ndarray, start: int, keys: tuple[np.ndarray, ...]) -> None:
    """Fills both halves of the blocks with counters from ``start`` on."""
    x0[...] = np.arange(start, start + x0.size, dtype=np.uint32)
    x0 += keys[0]
    x1[...] = keys[1]
    turned = _buffers.scratch("threefry", x0.shape, np.uint32)
    for group in range(5):
        for by in _body._ROTATIONS[group % 2]:
            x0 += x1
            np.left_shift(x1, by, out=turned)
            np.right_shift(x1, 32 - by, out=x1)
            x1 |= turned
            x1 ^= x0
        x0 += keys[(group + 1) % 3]
        x1 += keys[(group + 2) % 3] + np.uint32(group + 1)


def _keep_mask(key: np.ndarray, shape: tuple[int, ...], rate: float) -> np.ndarray:
    """A `bit_mask` of what dropout keeps."""
    count = _math.prod(shape)
    if _portable:
        uniform = (random_bits(key, shape) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
        return _buffers.bit_mask(np.asarray(uniform < np.float32(1.0 - rate)))
    from numpy.random import SFC64

    # Raw words cut in 16-bit numbers: the rate is met to 1 in 65,536 at a quarter of the cost of floats.
    seed = int(key[0]) | int(key[1]) << 32
    words = SFC64(seed).random_raw(-(-count // 4)).view(np.uint16)[:count]
    cut = min(round(rate * 65536), 65535)
    return _buffers.bit_mask((words >= cut).reshape(shape))
