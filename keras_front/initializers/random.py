"""Initializers that draw: on the host, by a counter-based generator, so that a seed gives the same bits everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_front.core.convert import to_numpy
from keras_front.initializers.base import Initializer, dtype_name, from_host, sizes
from keras_front.random.seed import SeedGenerator, make_default_seed

#: Standard deviation of the normal distribution cut off at two standard deviations.
_CUT_DEVIATION = 0.87962566103423978


class RandomInitializer(Initializer):
    """Base class of those with a seed.

    ``seed``: an integer or ``None`` (which takes the next seed of the process-wide sequence) gives the same values at
    each call; a `SeedGenerator` gives new ones.

    >>> first = keras.initializers.RandomNormal(seed=1)
    >>> isinstance(first, RandomInitializer), first.get_config()["seed"]
    (True, 1)
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, dict):
            seed = SeedGenerator.from_config(dict(seed.get("config") or {}))
        if seed is not None and (
            not isinstance(seed, (int, np.integer, SeedGenerator)) or isinstance(seed, bool)
        ):
            raise ValueError(
                f"{type(self).__name__}: `seed` must be an integer, a SeedGenerator or None, got {seed!r}"
            )
        self._init_seed = seed
        self.seed: Any = make_default_seed() if seed is None else seed

    def _generator(self) -> np.random.Generator:
        key = self.seed
        if isinstance(key, SeedGenerator):
            low, high = (int(word) for word in to_numpy(key.next()))
            key = low | high << 32
        return np.random.Generator(np.random.Philox(key=int(key) & (2**64 - 1)))

    def get_config(self) -> dict[str, Any]:
        seed: Any = self._init_seed
        if isinstance(seed, SeedGenerator):
            seed = {
                "module": "keras.random",
                "class_name": "SeedGenerator",
                "config": seed.get_config(),
                "registered_name": None,
            }
        return {"seed": seed}


def _wide(dtype: str) -> Any:
    """The dtype to draw in: the next one up that NumPy's generators have."""
    return np.float64 if dtype == "float64" else np.float32


def _normal(generator: np.random.Generator, shape: Any, dtype: str) -> np.ndarray:
    return generator.standard_normal(shape, dtype=_wide(dtype))


def _truncated(generator: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Normal values, drawn again until all lie within two standard deviations."""
    values = _normal(generator, math.prod(shape), dtype)
    outside = np.flatnonzero(np.abs(values) > 2)
    while outside.size:
        values[outside] = _normal(generator, outside.size, dtype)
        outside = outside[np.abs(values[outside]) > 2]
    return values.reshape(shape)


def _affine(values: np.ndarray, scale: float, offset: float, dtype: str) -> Any:
    """``values * scale + offset`` in place, as a tensor."""
    values *= values.dtype.type(scale)
    if offset:
        values += values.dtype.type(offset)
    return from_host(values, dtype)


class RandomNormal(RandomInitializer):
    """Normally distributed values.

    >>> RandomNormal(stddev=0.1, seed=1)((2, 3)).shape == (2, 3)
    True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean, self.stddev = mean, stddev
        super().__init__(seed=seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        name = dtype_name(dtype)
        return _affine(_normal(self._generator(), sizes(shape, self), name), self.stddev, self.mean, name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomInitializer):
    """Normally distributed values, none farther than two standard deviations from the mean.

    >>> TruncatedNormal(stddev=0.1, seed=1)((2, 3)).shape == (2, 3)
    True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        self.mean, self.stddev = mean, stddev
        super().__init__(seed=seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        name = dtype_name(dtype)
        return _affine(_truncated(self._generator(), sizes(shape, self), name), self.stddev, self.mean, name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class RandomUniform(RandomInitializer):
    """Values spread evenly over ``[minval, maxval)``; integers for an integer dtype.

    >>> RandomUniform(-1.0, 1.0, seed=1)((2, 3)).shape == (2, 3)
    True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        self.minval, self.maxval = minval, maxval
        super().__init__(seed=seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        name = dtype_name(dtype)
        values = self._generator().random(sizes(shape, self), dtype=_wide(name))
        return _affine(values, self.maxval - self.minval, self.minval, name)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class VarianceScaling(RandomInitializer):
    """Values whose variance is ``scale / n``; ``n`` counts the inputs, the outputs, or their mean.

    ``mode``: ``"fan_in"``, ``"fan_out"`` or ``"fan_avg"``.  ``distribution``: ``"truncated_normal"`` (or
    ``"normal"``), ``"untruncated_normal"`` or ``"uniform"``.  ``input_axes``, ``output_axes``: the axes of the weight
    that are inputs and outputs; by default the last but one and the last, each with the window of a convolution.

    source: He et al., arXiv:1502.01852; Glorot and Bengio, AISTATS 2010.
    errors: ``ValueError`` for another mode or distribution, or a scale not above 0.

    >>> VarianceScaling(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(f"`scale` must be above 0, got {scale!r}")
        modes = ("fan_in", "fan_out", "fan_avg")
        if mode not in modes:
            raise ValueError(f"`mode` must be one of {', '.join(modes)}, got {mode!r}")
        distribution = str(distribution).lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        distributions = ("truncated_normal", "untruncated_normal", "uniform")
        if distribution not in distributions:
            raise ValueError(
                f"`distribution` must be one of {', '.join(distributions)}, got {distribution!r}"
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed=seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        name, found = dtype_name(dtype), sizes(shape, self)
        fan_in, fan_out = compute_fans(found, self.input_axes, self.output_axes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, count)
        generator = self._generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            values = generator.random(found, dtype=_wide(name))
            return _affine(values, 2 * limit, -limit, name)
        if self.distribution == "untruncated_normal":
            return _affine(_normal(generator, found, name), math.sqrt(variance), 0.0, name)
        return _affine(_truncated(generator, found, name), math.sqrt(variance) / _CUT_DEVIATION, 0.0, name)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(), "scale": self.scale, "mode": self.mode, "distribution": self.distribution,
            "input_axes": self.input_axes, "output_axes": self.output_axes,
        }  # fmt: skip


def compute_fans(
    shape: Sequence[int], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """How many inputs an output has, and how many outputs an input.

    >>> compute_fans((3, 3, 8, 16))
    (72, 144)
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class _Scaled(VarianceScaling):
    """A `VarianceScaling` with its first three arguments fixed."""

    _fixed: tuple[float, str, str]

    def __init__(
        self,
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._fixed, seed=seed, input_axes=input_axes, output_axes=output_axes)

    def get_config(self) -> dict[str, Any]:
        return {
            **RandomInitializer.get_config(self), "input_axes": self.input_axes, "output_axes": self.output_axes,
        }  # fmt: skip


class GlorotUniform(_Scaled):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))``.  source: Glorot and Bengio, AISTATS 2010.

    >>> GlorotUniform(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal of variance ``2 / (fan_in + fan_out)``.  source: Glorot and Bengio, AISTATS 2010.

    >>> GlorotNormal(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Scaled):
    """Truncated normal of variance ``1 / fan_in``.  source: LeCun et al., "Efficient BackProp", 1998.

    >>> LecunNormal(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform within ``sqrt(3 / fan_in)``.  source: LeCun et al., "Efficient BackProp", 1998.

    >>> LecunUniform(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (1.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal of variance ``2 / fan_in``.  source: He et al., arXiv:1502.01852.

    >>> HeNormal(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform within ``sqrt(6 / fan_in)``.  source: He et al., arXiv:1502.01852.

    >>> HeUniform(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    _fixed = (2.0, "fan_in", "uniform")


class Orthogonal(RandomInitializer):
    """A random matrix with orthogonal rows or columns (whichever are fewer) of norm ``gain``.

    All axes but the last are taken together.
    source: Saxe et al., arXiv:1312.6120; made uniform by the signs of the diagonal, Mezzadri, arXiv:math-ph/0609050.
    errors: ``ValueError`` for a shape of fewer than two axes.

    >>> Orthogonal(seed=1)((2, 3)).shape == (2, 3)
    True
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed=seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        found = sizes(shape, self)
        if len(found) < 2:
            raise ValueError(f"Orthogonal: `shape` needs at least two axes, got {found}")
        rows, columns = math.prod(found[:-1]), found[-1]
        values = _normal(self._generator(), (max(rows, columns), min(rows, columns)), "float64")
        q, r = np.linalg.qr(values)
        q *= np.sign(np.diag(r))
        q = q.T if rows < columns else q
        return from_host((q * self.gain).reshape(found), dtype_name(dtype))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gain": self.gain}
