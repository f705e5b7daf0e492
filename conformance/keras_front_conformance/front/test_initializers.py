"""Initializers: distributions, fans, seeds, the same bits everywhere, Keras's configurations."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
import pytest

from keras_front import initializers, ops
from keras_front.core.dispatch import F
from keras_front.random import SeedGenerator
from keras_front.random.seed import make_default_seed, set_random_seed

from .oracle import answers
from .oracle_worker import _signature

RANDOM = "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal RandomNormal "
RANDOM += "RandomUniform TruncatedNormal VarianceScaling"
CLASSES = [*RANDOM.split(), "Constant", "Identity", "Ones", "Zeros"]


def values(initializer: Any, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
    return ops.convert_to_numpy(initializer(shape, dtype=dtype))


def test_the_same_bits_on_every_backend() -> None:
    # Check sums of the bytes: a seed stands for these very values, whatever the backend.
    found = {
        name: zlib.crc32(values(getattr(initializers, name)(seed=1), (3, 3, 4, 5)).tobytes())
        for name in ("GlorotUniform", "HeNormal", "RandomNormal", "RandomUniform", "TruncatedNormal")
    }
    assert found == {
        "GlorotUniform": 3538132151,
        "HeNormal": 2544156585,
        "RandomNormal": 4232564992,
        "RandomUniform": 1300439387,
        "TruncatedNormal": 995427004,
    }


@pytest.mark.parametrize("shape", [(200, 300), (3, 3, 40, 80)])
@pytest.mark.parametrize("name", RANDOM.split()[:6])
def test_variance_scaling(name: str, shape: tuple[int, ...]) -> None:
    x = values(getattr(initializers, name)(seed=2), shape).ravel().astype("float64")
    scale = {"H": 2.0, "G": 1.0, "L": 1.0}[name[0]]
    window = math.prod(shape[:-2])
    fan_in, fan_out = shape[-2] * window, shape[-1] * window
    variance = scale / ((fan_in + fan_out) / 2 if name[0] == "G" else fan_in)
    # The estimate of a variance from n values strays by sqrt(2 / n) of it (kurtosis at most normal): five times that.
    assert abs(x.var() / variance - 1) < 5 * math.sqrt(2 / x.size)
    assert abs(x.mean()) < 5 * math.sqrt(variance / x.size)
    limit = (
        math.sqrt(3 * variance) if name.endswith("Uniform") else 2 * math.sqrt(variance) / 0.8796256610342398
    )
    assert abs(x).max() <= limit * (1 + 1e-6) and abs(x).max() > 0.99 * limit


def test_fans_given_by_axes() -> None:
    x = values(initializers.HeUniform(seed=1, input_axes=[0], output_axes=[1, 2]), (50, 20, 30))
    assert math.isclose(abs(x).max(), math.sqrt(6 / 50), rel_tol=1e-3)
    for shape in ((7,), (), (5, 6), (2, 3, 4, 5)):
        theirs = answers([f"keras.src.initializers.random_initializers.compute_fans({shape})"]).popitem()[1]
        assert initializers.compute_fans(shape) == tuple(theirs)


def test_orthogonal() -> None:
    for shape in ((6, 4), (4, 6), (2, 3, 5)):
        x = values(initializers.Orthogonal(gain=2.0, seed=1), shape).reshape(-1, shape[-1])
        gram = x @ x.T if x.shape[0] < x.shape[1] else x.T @ x
        np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-5)
    with pytest.raises(ValueError, match=r"Orthogonal: `shape` needs at least two axes, got \(3,\)"):
        initializers.Orthogonal()((3,))


def test_plain_ones() -> None:
    np.testing.assert_array_equal(values(initializers.Constant(3), (2, 2)), np.full((2, 2), 3.0, "float32"))
    np.testing.assert_array_equal(values(initializers.Constant([1.0, 2.0]), (2, 2)), [[1, 2], [1, 2]])
    np.testing.assert_array_equal(values(initializers.Identity(2.0), (2, 3)), 2 * np.eye(2, 3))
    assert values(initializers.Ones(), (2,), "int32").dtype == np.int32
    assert values(initializers.Zeros(), (2,), bool).dtype == bool
    with pytest.raises(ValueError, match="Identity: `shape` must be that of a matrix"):
        initializers.Identity()((2,))


@pytest.mark.parametrize("dtype", ["float16", "float32", "bfloat16", "float64"])
def test_dtypes(dtype: str) -> None:
    if dtype in F.traits.dtypes:
        x = initializers.GlorotUniform(seed=1)((4, 5), dtype=dtype)
        assert ops.dtype(x) == dtype
        whole = values(initializers.GlorotUniform(seed=1), (4, 5)).astype("float64")
        if dtype != "float64":
            np.testing.assert_allclose(ops.convert_to_numpy(ops.cast(x, "float32")), whole, rtol=1e-2)


def test_seeds() -> None:
    fixed, unseeded = initializers.HeNormal(seed=3), initializers.HeNormal()
    for initializer in (fixed, unseeded):
        np.testing.assert_array_equal(values(initializer, (5, 5)), values(initializer, (5, 5)))
    assert (values(unseeded, (5, 5)) != values(initializers.HeNormal(), (5, 5))).any()
    renewed = initializers.HeNormal(seed=SeedGenerator(3))
    first = values(renewed, (5, 5))
    np.testing.assert_array_equal(first, values(fixed, (5, 5)))
    assert (first != values(renewed, (5, 5))).any()
    with pytest.raises(ValueError, match="HeNormal: `seed` must be an integer"):
        initializers.HeNormal(seed="three")


def test_set_random_seed_repeats_the_sequence() -> None:
    drawn = []
    for _ in range(2):
        set_random_seed(11)
        drawn.append([make_default_seed(), make_default_seed(), initializers.HeNormal().seed])
    assert drawn[0] == drawn[1] == [1339944392, 1547119845, 22657578] and len(set(drawn[0])) == 3
    with pytest.raises(ValueError, match="`seed` must be an integer from 0"):
        set_random_seed(-1)


@pytest.mark.parametrize("name", CLASSES)
def test_configurations_are_keras_s(name: str) -> None:
    made = getattr(initializers, name)()
    calls = [
        f"keras.initializers.serialize(keras.initializers.{name}())",
        f"signature(keras.initializers.{name})",
    ]
    config, signature = answers(calls).values()
    ours = initializers.serialize(made)
    # Keras forgets the gain of Identity.
    assert ours == ({**config, "config": {"gain": 1.0}} if name == "Identity" else config)
    assert _signature(type(made)) == signature
    assert type(initializers.deserialize(config)) is type(made)
    assert made.clone().get_config() == made.get_config()


def test_seed_generator_in_a_configuration() -> None:
    made = initializers.HeNormal(seed=SeedGenerator(3, name="s"))
    call = "keras.initializers.serialize(keras.initializers.HeNormal(seed=keras.random.SeedGenerator(3, name='s')))"
    assert initializers.serialize(made) == answers([call])[call]
    assert initializers.deserialize(initializers.serialize(made)).seed.initial_seed == 3


def test_get() -> None:
    names = answers(["sorted(keras.src.initializers.ALL_OBJECTS_DICT)"]).popitem()[1]
    for name in names:
        if "stft" not in name.lower() and name.lower() != "initializer":
            assert type(initializers.get(name)) is type(initializers.get({"class_name": name, "config": {}}))
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    np.testing.assert_array_equal(values(initializers.get(np.eye(2)), (2, 2)), np.eye(2))
    with pytest.raises(ValueError, match=r"has shape \(2, 2\), but the variable \(3,\)"):
        initializers.get(np.eye(2))((3,))
    with pytest.raises(
        ValueError, match="unknown initializer 'glorot_unifrom': did you mean 'glorot_uniform'"
    ):
        initializers.get("glorot_unifrom")
    with pytest.raises(ValueError, match="could not interpret initializer 3"):
        initializers.get(3)
    with pytest.raises(ValueError, match="`mode` must be one of fan_in, fan_out, fan_avg, got 'fan'"):
        initializers.VarianceScaling(mode="fan")
