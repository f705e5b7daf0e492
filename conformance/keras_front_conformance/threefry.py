"""Threefry-2x32 with 20 rounds on Python integers: the words that every backend must give, found independently.

source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

MASK = 0xFFFFFFFF
ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)

#: (counter, key, words): the vectors of the authors' own test suite (Random123, file kat_vectors).
KNOWN = (
    ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
    ((MASK, MASK), (MASK, MASK), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
)


def block(counter: tuple[int, int], key: tuple[int, int]) -> tuple[int, int]:
    """Two words from a counter and a key."""
    schedule = (key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1])
    x, y = (counter[0] + key[0]) & MASK, (counter[1] + key[1]) & MASK
    for number in range(20):
        by = ROTATIONS[number % 8]
        x = (x + y) & MASK
        y = ((y << by | y >> (32 - by)) & MASK) ^ x
        if number % 4 == 3:
            injected = number // 4 + 1
            x = (x + schedule[injected % 3]) & MASK
            y = (y + schedule[(injected + 1) % 3] + injected) & MASK
    return x, y


def words(key: tuple[int, int], count: int) -> list[int]:
    """The first ``count`` words as the protocol orders them: all first words of the blocks, then the second ones."""
    blocks = [block((i, 0), key) for i in range(-(-count // 2))]
    return [first for first, _ in blocks] + [second for _, second in blocks][: count - len(blocks)]
