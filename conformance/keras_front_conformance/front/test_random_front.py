"""`keras.random`: distributions, seeds, and values that agree between backends."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import keras_front
from keras_front import ops, random
from keras_front.core.dispatch import F
from keras_front.core.overlay import Overlay
from keras_front.core.symbolic import KerasTensor
from keras_front.interpret.shapes import Spec
from keras_front.random import SeedGenerator
from keras_front.random.samplers import _high_product, _signed
from keras_front.random.seed import global_seed_generator, global_seed_variables, reset_global_seed

from .oracle import answers
from .oracle_worker import _signature

N = 20000


def host(x: Any) -> np.ndarray:
    return ops.convert_to_numpy(x)


def distance(sample: np.ndarray, cdf: Callable[[float], float]) -> float:
    """The greatest distance between the sample's distribution and the true one (Kolmogorov and Smirnov)."""
    ordered = np.sort(sample.astype("float64").ravel())
    true = np.array([cdf(x) for x in ordered])
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max(abs(true - steps[1:]).max(), abs(true - steps[:-1]).max()))


#: A true distribution exceeds this with probability 1e-4.
LIMIT = math.sqrt(math.log(2 / 1e-4) / (2 * N))
PHI = statistics.NormalDist().cdf


@pytest.mark.parametrize(
    ("sample", "cdf"),
    [
        (lambda: random.normal((N,), 1.0, 2.0, seed=1), lambda x: PHI((x - 1) / 2)),
        (lambda: random.uniform((N,), -1.0, 3.0, seed=2), lambda x: (x + 1) / 4),
        (
            lambda: random.truncated_normal((N,), seed=3),
            lambda x: (PHI(x) - PHI(-2)) / (PHI(2) - PHI(-2)),
        ),
    ],
    ids=["normal", "uniform", "truncated_normal"],
)
def test_distributions(sample: Callable[[], Any], cdf: Callable[[float], float]) -> None:
    assert distance(host(sample()), cdf) < LIMIT


def test_truncated_normal_stays_within_two_deviations() -> None:
    x = host(random.truncated_normal((N,), mean=5.0, stddev=0.5, seed=3))
    assert 4.0 <= x.min() < 4.02 and 5.98 < x.max() <= 6.0


def test_randint() -> None:
    x = host(random.randint((N,), -3, 4, seed=1))
    assert x.dtype == np.int32
    # Seven classes; each count strays from N / 7 by its standard deviation, five times that at most.
    counts = np.bincount(x + 3, minlength=7)
    assert len(counts) == 7 and abs(counts - N / 7).max() < 5 * math.sqrt(N / 7 * 6 / 7)
    assert host(random.randint((5,), 0, 200, dtype="uint8", seed=1)).dtype == np.uint8
    with pytest.raises(ValueError, match="does not fit into dtype uint8"):
        random.randint((5,), 0, 300, dtype="uint8")
    with pytest.raises(ValueError, match="`maxval` must be above `minval`"):
        random.randint((5,), 3, 3)


@pytest.mark.parametrize("factor", [10, 70000, 2**31 + 5, 2**32 - 1])
def test_scaling_of_words_is_exact(factor: int) -> None:
    words = F.random_bits(F.from_host(np.array([1, 2], "uint32")), shape=(500,))
    got = host(_high_product(F.astype(words, "int32"), _signed(factor))).astype("uint32")
    want = host(words).astype("uint64") * np.uint64(factor) >> np.uint64(32)
    np.testing.assert_array_equal(got, want)


def test_categorical() -> None:
    shares = np.array([[0.1, 0.6, 0.3], [0.5, 0.0, 0.5]])
    with np.errstate(divide="ignore"):
        logits = np.log(shares).astype("float32")
    x = host(random.categorical(logits, N, seed=1))
    assert x.shape == (2, N) and x.dtype == np.int32
    found = np.stack([np.bincount(row, minlength=3) / N for row in x])
    assert abs(found - shares).max() < 5 * math.sqrt(0.25 / N)
    with pytest.raises(ValueError, match=r"`logits` must have shape \(batch, classes\), got \(3,\)"):
        random.categorical([1.0, 2.0, 3.0], 2)


def test_dropout() -> None:
    x = host(random.dropout(ops.ones((N,)), 0.25, seed=1))
    assert set(np.unique(x)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((x == 0).mean() - 0.25) < 5 * math.sqrt(0.25 * 0.75 / N)
    rows = host(random.dropout(ops.ones((50, 4)), 0.5, noise_shape=(None, 1), seed=1))
    assert (rows == rows[:, :1]).all() and 0 < (rows == 0).mean() < 1
    np.testing.assert_array_equal(host(random.dropout(ops.ones((3,)), 0.0)), np.ones(3))
    np.testing.assert_array_equal(host(random.dropout(ops.ones((3,)), 1.0)), np.zeros(3))
    with pytest.raises(ValueError, match=r"`rate` must be from 0 to 1, got 1\.5"):
        random.dropout(ops.ones((3,)), 1.5)


def test_shuffle() -> None:
    x = ops.convert_to_tensor(np.arange(24).reshape(6, 4).astype("int32"))
    rows = host(random.shuffle(x, seed=1))
    assert (rows != host(x)).any() and sorted(rows.tolist()) == host(x).tolist()
    columns = host(random.shuffle(x, axis=1, seed=1))
    assert sorted(columns.T.tolist()) == host(x).T.tolist()


def test_values_agree_between_backends() -> None:
    # One seed stands for these values: exact integers, floats to rounding.
    assert host(random.randint((3,), 0, 1000, seed=7)).tolist() == [908, 690, 735]
    np.testing.assert_allclose(
        host(random.uniform((3,), seed=7)), [0.90848023, 0.69031721, 0.73528022], rtol=1e-6
    )
    np.testing.assert_allclose(
        host(random.normal((3,), seed=7)), [-0.20196848, -0.5701189, 0.40022993], rtol=1e-5
    )
    cut = [1.2259663, 0.47233963, 0.59648681]
    np.testing.assert_allclose(host(random.truncated_normal((3,), seed=7)), cut, rtol=1e-5)


def test_seeds() -> None:
    first, again = host(random.normal((4,), seed=3)), host(random.normal((4,), seed=3))
    np.testing.assert_array_equal(first, again)
    generator = SeedGenerator(3)
    np.testing.assert_array_equal(host(random.normal((4,), seed=generator)), first)
    assert (host(random.normal((4,), seed=generator)) != first).any()
    assert (host(random.normal((4,))) != host(random.normal((4,)))).any()
    with pytest.raises(ValueError, match="`seed` must be an integer, a SeedGenerator or None, got 'x'"):
        random.normal((4,), seed="x")
    with pytest.raises(ValueError, match=r"SeedGenerator: `seed` must be an integer, got 1\.5"):
        SeedGenerator(1.5)  # type: ignore[arg-type]


def test_seed_generator_is_keras_s() -> None:
    generator = SeedGenerator(5, name="mine")
    assert host(generator.next()).tolist() == [5, 0]
    assert generator.state.numpy().tolist() == [5, 1]
    state = generator.state
    assert (state.path, state.name, state.shape, state.dtype, state.trainable) == (
        "mine/seed_generator_state",
        "seed_generator_state",
        (2,),
        "uint32",
        False,
    )
    call = "keras.random.SeedGenerator(5, name='mine').get_config()"
    assert generator.get_config() == answers([call])[call]
    assert SeedGenerator.from_config(generator.get_config()).initial_seed == 5


def test_state_goes_through_an_overlay_and_shapes() -> None:
    generator = SeedGenerator(5)
    with Overlay([generator.state], [F.from_host(np.array([9, 4], "uint32"))]) as overlay:
        assert host(generator.next()).tolist() == [9, 4]
    assert host(overlay.updates[0][1]).tolist() == [9, 5]
    with Overlay(abstract=True):
        drawn = random.normal((None, 3), seed=generator)
    assert isinstance(drawn, Spec) and drawn.shape == (None, 3)
    assert generator.state.numpy().tolist() == [5, 0]
    assert random.normal((None, 3), seed=1).shape == (None, 3)
    assert ops.shape(KerasTensor((None, 3))) == (None, 3)


def test_global_generator_is_made_when_needed_and_carried_by_traces() -> None:
    reset_global_seed()
    assert global_seed_variables() == []
    if F.traits.compiled:

        def traced(value: Any) -> Any:
            with Overlay([SeedGenerator(1).state], [value]):
                return random.normal((2,))

        with pytest.raises(ValueError, match="without a seed cannot be compiled"):
            F.compile(traced)(F.from_host(np.array([1, 1], "uint32")))
    state = global_seed_generator().state
    assert global_seed_variables() == [state] or global_seed_variables()[0] is state

    def carried(value: Any) -> Any:
        with Overlay([state], [value]) as overlay:
            return random.normal((2,)), overlay.updates[0][1]

    key = F.from_host(np.array([3, 8], "uint32"))
    drawn, after = F.compile(carried)(key)
    np.testing.assert_allclose(
        host(drawn), host(F.random_normal(key, shape=(2,), dtype="float32")), rtol=1e-6
    )
    assert host(after).tolist() == [3, 9]


def test_names_and_arguments_are_keras_s() -> None:
    for name in random.__all__:
        call = f"signature(keras.random.{name})"
        assert _signature(getattr(keras_front.random, name)) == answers([call])[call], name
