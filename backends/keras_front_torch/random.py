"""Random group: Threefry words by 32-bit integers, and masks from PyTorch's own generator.

PyTorch has no arithmetic on ``uint32``.  ``int32`` holds the same bits, and its sums and products wrap to
the same words; only shifts to the right must drop the copies of the sign.
"""

from __future__ import annotations

import math

import torch

from . import _shared

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA
_MANTISSA = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}
_int32 = torch.int32


def next_key(state: torch.Tensor, /) -> tuple[torch.Tensor, torch.Tensor]:
    """The state as the key, and the state with one added to its second word."""
    following = state.view(_int32).clone()
    following[1] += 1
    return state, following.view(torch.uint32)


def random_bits(key: torch.Tensor, /, shape: tuple[int, ...]) -> torch.Tensor:
    """Threefry-2x32 with 20 rounds, in place."""
    count = math.prod(shape)
    return _words(key, count).reshape(shape).view(torch.uint32)


def random_uniform(key: torch.Tensor, /, shape: tuple[int, ...], dtype: str) -> torch.Tensor:
    """The high bits of the words as a fraction."""
    bits, target = _MANTISSA[dtype], _shared.DTYPES[dtype]
    count = math.prod(shape)
    if bits <= 32:
        return _shifted(_words(key, count), 32 - bits).to(target).mul_(2.0**-bits).reshape(shape)
    first, second = _words(key, 2 * count).view(2, count)
    high = (first.long() & 0xFFFFFFFF).to(target).mul_(2.0**-32)
    return high.add_(_shifted(second, 64 - bits).to(target), alpha=2.0**-bits).reshape(shape)


def _shifted(words: torch.Tensor, by: int) -> torch.Tensor:
    """``words >> by`` as if without a sign."""
    return torch.bitwise_right_shift(words, by).bitwise_and_((1 << (32 - by)) - 1)


def _words(key: torch.Tensor, count: int) -> torch.Tensor:
    """The first ``count`` words of a key, flat, as ``int32``."""
    half = -(-count // 2)
    k0, k1 = key.view(_int32).split(1)
    keys = (k0, k1, k0 ^ k1 ^ _PARITY)
    words = torch.empty(2 * half, dtype=_int32, device=key.device)
    x0, x1 = words[:half], words[half:]
    torch.arange(half, out=x0).add_(k0)
    x1.copy_(k1.expand(half))
    left = torch.empty_like(x1)
    for group in range(5):
        for by in _ROTATIONS[group % 2]:
            x0.add_(x1)
            torch.bitwise_left_shift(x1, by, out=left)
            x1.bitwise_right_shift_(32 - by).bitwise_and_((1 << by) - 1)
            x1.bitwise_or_(left).bitwise_xor_(x0)
        x0.add_(keys[(group + 1) % 3])
        x1.add_(keys[(group + 2) % 3] + (group + 1))
    return words[:count]


def _mask(key: torch.Tensor, like: torch.Tensor, rate: float) -> torch.Tensor:
    """``1 / (1 - rate)`` with probability ``1 - rate``, else 0, in the shape and dtype of ``like``."""
    count = like.numel()
    if key.device.type == "cpu":
        # One byte a value where the rate is a multiple of 1/256, two elsewhere (off by at most 2**-17).
        width, part = (8, torch.int8) if (256 * rate).is_integer() else (16, torch.int16)
        words = torch.empty(-(-count * width // 64), dtype=torch.int64)
        words.random_(-(2**63), None, generator=torch.Generator().manual_seed(_seed(key)))
        draws = words.view(part)[:count]
    else:
        # Reading the key would wait for the device.
        width, draws = 32, _hashes(key, count)
    limit = round((1.0 - rate) * 2**width) - 2 ** (width - 1)
    return torch.lt(draws, limit).to(like.device, like.dtype).mul_(1.0 / (1.0 - rate)).reshape(like.shape)


def _seed(key: torch.Tensor) -> int:
    """The two words of a key mixed to the 32 bits that the generator uses (the finish of SplitMix64)."""
    high, low = key.tolist()
    z = (high << 32 | low) + 0x9E3779B97F4A7C15
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    z = (z ^ z >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return (z ^ z >> 31) & 0xFFFFFFFF


def _hashes(key: torch.Tensor, count: int) -> torch.Tensor:
    """A 32-bit integer hash of key and position: far fewer kernels than Threefry.

    source: Wellons, "Prospecting for hash functions", 2018 (the function ``lowbias32``), keyed before each round.
    """
    k0, k1 = key.view(_int32).split(1)
    x = torch.arange(count, dtype=_int32, device=key.device)
    for word, shift, factor in ((k0, 16, 0x7FEB352D), (k1, 15, 0x846CA68B - 2**32), (k0 + k1, 16, 1)):
        x.bitwise_xor_(word)
        x.bitwise_xor_(_shifted(x, shift))
        x.mul_(factor)
    return x
