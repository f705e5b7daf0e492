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
_ALL = 2**64 - 1
# The constants of SplitMix64 as signed words; the last one sets neighbouring keys far apart.
_GAMMA, _MIX_1, _MIX_2, _SPREAD = (
    c - 2**64 for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93)
)


def next_key(state: torch.Tensor, /) -> tuple[torch.Tensor, torch.Tensor]:
    """The state as the key, and the state with one added to its second word."""
    following = state.view(_int32).clone()
    following[1:].add_(1)
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
    # The draws are signed; the limit must be one of their values.
    limit = min(round((1.0 - rate) * 2**width), 2**width - 1) - 2 ** (width - 1)
    return torch.lt(draws, limit).to(like.device, like.dtype).mul_(1.0 / (1.0 - rate)).reshape(like.shape)


def _seed(key: torch.Tensor) -> int:
    """The two words of a key mixed to the 32 bits that the generator uses (the finish of SplitMix64)."""
    high, low = key.tolist()
    z = (high << 32 | low) + _GAMMA & _ALL
    z = (z ^ z >> 30) * _MIX_1 & _ALL
    z = (z ^ z >> 27) * _MIX_2 & _ALL
    return (z ^ z >> 31) & 0xFFFFFFFF


def _hashes(key: torch.Tensor, count: int) -> torch.Tensor:
    """32-bit words by hashing positions: far fewer kernels than Threefry (SplitMix64, two words a number).

    source: Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    x = torch.arange(-(-count // 2), device=key.device).mul_(_GAMMA)
    x.add_(key.clone().view(torch.int64).mul_(_SPREAD))
    for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
        x.bitwise_xor_(_high(x, shift)).mul_(factor)
    return x.bitwise_xor_(_high(x, 31)).view(_int32)[:count]


def _high(x: torch.Tensor, by: int) -> torch.Tensor:
    """``x >> by`` of 64-bit words as if without a sign."""
    return torch.bitwise_right_shift(x, by).bitwise_and_((1 << (64 - by)) - 1)
