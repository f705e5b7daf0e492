"""Optimizer updates on NumPy over flat buffers against the same updates tensor by tensor."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

from keras_front_numpy import optim, runtime

#: Small tensors between large ones, a tensor of several blocks, one of exactly one block, an empty one and a scalar.
SIZES = [
    [(3, 2), (2,), (4, 4)],
    [(100, 100), (7,), (300, 300), (5,), (), (0, 3), (9, 9), (1 << 15,), (8191,), (8192,), (2,)],
    [(8000,), (8000,), (8000,), (8000,), (8000,), (100_000,)],
    [(0,), (0, 2)],
]


def _tensors(shapes: list[tuple[int, ...]], seed: int, dtype: str = "float32") -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.array(np.abs(rng.standard_normal(shape)), dtype=dtype) for shape in shapes]


def _adam(lists: list[list[np.ndarray]], gradients: list[np.ndarray]) -> Any:
    return optim.adam_update(lists[0], gradients, *lists[1:], None, np.float32(0.1), np.int32(3))


def _sgd(lists: list[list[np.ndarray]], gradients: list[np.ndarray]) -> Any:
    return optim.sgd_update(lists[0], gradients, lists[1], np.float32(0.1), momentum=0.9, nesterov=True)


@pytest.mark.parametrize("shapes", SIZES)
@pytest.mark.parametrize(("update", "count"), [(_adam, 3), (_sgd, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_packed_and_single_updates_are_the_same(
    shapes: list[tuple[int, ...]], update: Any, count: int, dtype: str
) -> None:
    gradients = _tensors(shapes, 0, dtype)
    single = [_tensors(shapes, seed, dtype) for seed in range(1, count + 1)]
    packed = [runtime.pack(tensors) for tensors in single]
    for _ in range(2):
        single = [list(tensors) for tensors in update(single, gradients)[:count]]
        new = update(packed, gradients)[:count]
        assert all(a is b for a, b in zip(new, packed, strict=True))
    for a, b in zip(single, packed, strict=True):
        for one, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_stored_value_goes_into_the_buffer() -> None:
    parts = runtime.pack(_tensors(SIZES[0], 0))
    flat = runtime._packed(parts)
    kept = [runtime.store(part, np.full(part.shape, 2.0, "float32")) for part in parts]
    assert all(a is b for a, b in zip(kept, parts, strict=True))
    assert runtime._packed(kept) is flat
    assert flat.tolist() == [2.0] * flat.size


def test_other_tensors_are_not_taken_for_the_parts_of_a_buffer() -> None:
    parts = runtime.pack(_tensors(SIZES[0], 0))
    assert runtime._packed(parts[:2]) is None
    assert runtime._packed([parts[1], parts[0], parts[2]]) is None
    assert runtime._packed([parts[0], parts[1], parts[2].copy()]) is None
    flat = runtime._packed(parts)
    lost = parts.pop()
    shape = lost.shape
    del lost
    gc.collect()
    # What may now stand at the address of the part that is gone is none.
    others = [flat[8:24].reshape(shape) for _ in range(8)]
    assert all(runtime._packed([*parts, other]) is None for other in others)
    assert runtime._pack_of(parts[0]) is None


def test_buffers_are_forgotten_with_their_parts() -> None:
    before = len(runtime._packs)
    parts = runtime.pack(_tensors(SIZES[0], 0))
    assert len(runtime._packs) == before + 1
    del parts
    gc.collect()
    assert len(runtime._packs) == before
