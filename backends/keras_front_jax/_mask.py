"""Dropout masks by a hash of the place: ten integer operations a value, which fuse with their use.

Threefry takes 100; on CPU a mask by it costs 20 times as much.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import numpy as np
from jax import lax

from . import _jit, runtime

_GOLDEN = np.uint32(0x9E3779B9)


def _mixed(word: jax.Array) -> jax.Array:
    """A bijection of words in which each bit of the result depends evenly on each bit given.

    source: Wellons, "Prospecting for hash functions", 2018 (the constants); Appleby, MurmurHash3 (the form).
    """
    word = (word ^ (word >> np.uint32(16))) * np.uint32(0x7FEB352D)
    word = (word ^ (word >> np.uint32(15))) * np.uint32(0x846CA68B)
    return word ^ (word >> np.uint32(16))


@_jit.kernel("rate")
def _dropout(x, key, rate):
    share = min(round((1 - rate) * 2**32), 2**32 - 1)
    first, second = key[0], key[1]
    # Both words go into both offsets, well mixed: keys that differ by one must not give one mask, shifted.
    inner = _mixed(_mixed(first) + second)
    outer = _mixed(_mixed(second ^ _GOLDEN) + first)
    places = lax.iota(np.uint32, x.size).reshape(x.shape)
    words = _mixed(_mixed(places ^ inner) + outer)
    kept = (x * (1 / (1 - rate))).astype(x.dtype)
    return lax.select(words < np.uint32(share), kept, lax.full_like(x, 0))


def dropout_beside(portable: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Dropout by these masks, or by the function given while portable mode is on."""

    @functools.wraps(portable)
    def dropout(x: jax.Array, key: jax.Array, /, rate: float) -> jax.Array:
        if runtime._portable:
            return portable(x, key, rate=rate)
        return _dropout(x, key, rate) if rate else x

    return dropout
