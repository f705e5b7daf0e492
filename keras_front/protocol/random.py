"""Random group: counter-based random bits, and what is drawn from them.

A key is a tensor of two 32-bit words.  The same key and shape give the same words on every backend.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .registry import derived
from .runtime import Tensor

if TYPE_CHECKING:
    from .typed import Backend

# Rotations and key parity of Threefry-2x32 (Salmon et al., SC 2011).
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
#: dtype: (bits of its mantissa with the hidden one, how the words are made).
_MANTISSA = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}


@derived
def next_key(b: Backend, state: Tensor, /) -> tuple[Tensor, Tensor]:
    """The key to use now and the generator state to keep: ``state, state + (0, 1)``.

    shape: ``(2,) -> (2,), (2,)``.  dtype: ``uint32``.
    example: next_key([7, 1])[1] == [7, 2]
    """
    word = b.arange(0, 2, 1, dtype="uint32")
    return state, b.add(state, word)


@derived
def random_bits(b: Backend, key: Tensor, /, shape: tuple[int, ...]) -> Tensor:
    """Random words: Threefry-2x32 with 20 rounds on the counters ``(i, 0)``, ``i = 0, 1, ...``.

    With ``h = ceil(n / 2)`` blocks, words ``0 ... h - 1`` are the blocks' first words, the rest their second.

    shape: ``(2,) -> shape``.  dtype: ``uint32``.
    source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    example: random_bits([0, 0], shape=(2,)) == [1797259609, 2579123966]
    """
    count = math.prod(shape)
    half = -(-count // 2)
    k0, k1 = (b.slice(key, (i,), (i + 1,), (1,)) for i in (0, 1))
    parity = b.bitwise_xor(b.bitwise_xor(k0, k1), b.full((1,), _PARITY, dtype="uint32"))
    keys = (k0, k1, parity)

    def rotate(x: Tensor, by: int) -> Tensor:
        left = b.bitwise_left_shift(x, b.full((1,), by, dtype="uint32"))
        return b.bitwise_or(left, b.bitwise_right_shift(x, b.full((1,), 32 - by, dtype="uint32")))

    x0 = b.add(b.arange(0, half, 1, dtype="uint32"), k0)
    x1 = b.broadcast_to(k1, (half,))
    for group in range(5):
        for by in _ROTATIONS[group % 2]:
            x0 = b.add(x0, x1)
            x1 = b.bitwise_xor(rotate(x1, by), x0)
        x0 = b.add(x0, keys[(group + 1) % 3])
        step = b.full((1,), group + 1, dtype="uint32")
        x1 = b.add(x1, b.add(keys[(group + 2) % 3], step))
    words = b.slice(b.concat([x0, x1], axis=0), (0,), (count,), (1,))
    return b.reshape(words, shape)


@derived
def random_uniform(b: Backend, key: Tensor, /, shape: tuple[int, ...], dtype: str) -> Tensor:
    """Uniform values ``k / 2**m`` in ``[0, 1)``, with as many bits ``m`` as the dtype's mantissa holds.

    shape: ``(2,) -> shape``.  dtype: key ``uint32``, result ``dtype``, floating.
    example: random_uniform([0, 0], shape=(1,), dtype="float32") == [0.41845703]
    """
    bits = _MANTISSA[dtype]
    if bits <= 32:
        words = b.random_bits(key, shape=shape)
        high = b.bitwise_right_shift(words, b.full((), 32 - bits, dtype="uint32"))
        return b.multiply(b.astype(high, dtype), 2.0**-bits)
    words = b.random_bits(key, shape=(2, *shape))
    tail = (0,) * len(shape)
    first, second = (
        b.reshape(b.slice(words, (i, *tail), (i + 1, *shape), (1,) * words_rank), shape)
        for words_rank in (len(shape) + 1,)
        for i in (0, 1)
    )
    low = b.bitwise_right_shift(second, b.full((), 64 - bits, dtype="uint32"))
    high = b.multiply(b.astype(first, dtype), 2.0**-32)
    return b.add(high, b.multiply(b.astype(low, dtype), 2.0**-bits))


@derived
def random_normal(b: Backend, key: Tensor, /, shape: tuple[int, ...], dtype: str) -> Tensor:
    """Standard normal values by the Box-Muller transform, computed in at least float32.

    shape: ``(2,) -> shape``.  dtype: key ``uint32``, result ``dtype``, floating.
    source: Box and Muller, Annals of Mathematical Statistics 29, 1958.
    example: random_normal([0, 0], shape=(0,), dtype="float32") == []
    """
    wide = dtype if dtype == "float64" else "float32"
    pair = b.random_uniform(key, shape=(2, *shape), dtype=wide)
    tail = (0,) * len(shape)
    steps = (1,) * (len(shape) + 1)
    radius = b.reshape(b.slice(pair, (0, *tail), (1, *shape), steps), shape)
    angle = b.reshape(b.slice(pair, (1, *tail), (2, *shape), steps), shape)
    # 1 - u lies in (0, 1], where the logarithm is finite.
    radius = b.sqrt(b.multiply(b.log(b.subtract(1.0, radius)), -2.0))
    return b.astype(b.multiply(radius, b.cos(b.multiply(angle, 2 * math.pi))), dtype)
