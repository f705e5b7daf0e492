"""`keras.random`: samples of distributions.

``seed`` is the same for all: an integer gives the same values each time, a `SeedGenerator` new ones, ``None`` takes the
global generator.  Words are drawn by a counter-based generator, so that a seed gives the same values on every backend
to rounding.
"""

from __future__ import annotations

import math
from typing import Any

from keras_front.core import settings
from keras_front.core.convert import cast, dtype_of, to_tensor
from keras_front.core.dispatch import F
from keras_front.interpret.shapes import Spec
from keras_front.ops.arguments import floats, known, named_dtype, one_axis, shape_tuple
from keras_front.protocol.dtypes import UNSIGNED, is_floating
from keras_front.random.seed import draw_key


def _start(name: str, shape: Any, dtype: Any, seed: Any) -> tuple[tuple[int, ...], str, Any]:
    """Shape, floating dtype and key."""
    sizes = shape_tuple(name, shape)
    found = named_dtype(dtype, settings.floatx())
    if not is_floating(found):
        raise ValueError(f"{name}: `dtype` must be a floating one, got {dtype!r}")
    return sizes, found, _key_for(sizes, seed)


def _key_for(shape: tuple[int, ...], seed: Any) -> Any:
    key = draw_key(seed)
    # An unknown size means that only shapes are wanted.
    return key if known(shape) else Spec((2,), "uint32")


def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Normally distributed values.  shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.

    source: Box and Muller, Annals of Mathematical Statistics 29, 1958.
    errors: ``ValueError`` for another shape, dtype or seed.

    >>> normal((2, 3), seed=1).shape == (2, 3)
    True
    """
    sizes, found, key = _start("normal", shape, dtype, seed)
    return _scaled(F.random_normal(key, shape=sizes, dtype=found), stddev, mean, found)


def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Values spread evenly over ``[minval, maxval)``.  shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.

    errors: ``ValueError`` for another shape, dtype or seed.

    >>> uniform((2, 3), seed=1).shape == (2, 3)
    True
    """
    sizes, found, key = _start("uniform", shape, dtype, seed)
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        return _scaled(F.random_uniform(key, shape=sizes, dtype=found), maxval - minval, minval, found)
    low, high = cast(minval, found), cast(maxval, found)
    return F.add(F.multiply(F.random_uniform(key, shape=sizes, dtype=found), F.subtract(high, low)), low)


def _scaled(x: Any, scale: Any, offset: Any, dtype: str) -> Any:
    if not (isinstance(scale, (int, float)) and scale == 1):
        x = F.multiply(x, float(scale) if isinstance(scale, (int, float)) else cast(scale, dtype))
    if isinstance(offset, (int, float)) and offset == 0:
        return x
    return F.add(x, float(offset) if isinstance(offset, (int, float)) else cast(offset, dtype))


#: The share of the normal distribution within two standard deviations, as erf(2 / sqrt(2)).
_WITHIN_TWO = math.erf(math.sqrt(2.0))
#: Polynomial in -log(1 - x * x) - 2.5 for the inverse error function over x, for arguments up to 0.99.
_ERFINV = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normally distributed values, none farther than two standard deviations from the mean.

    shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.
    source: inverse of the distribution by Giles, "Approximating the erfinv function", GPU Computing Gems, 2011
    (relative error about 4e-7).
    errors: ``ValueError`` for another shape, dtype or seed.

    >>> truncated_normal((2, 3), seed=1).shape == (2, 3)
    True
    """
    sizes, found, key = _start("truncated_normal", shape, dtype, seed)
    wide = "float64" if found == "float64" else "float32"
    # In (-1, 1) and symmetric, then shrunk to where the normal distribution ends at two deviations.
    half_step = 2.0**-25 if wide == "float32" else 2.0**-54
    u = F.add(F.random_uniform(key, shape=sizes, dtype=wide), half_step)
    x = F.multiply(F.subtract(F.multiply(u, 2.0), 1.0), _WITHIN_TWO)
    w = F.subtract(F.negative(F.log1p(F.negative(F.multiply(x, x)))), 2.5)
    p: Any = F.multiply(w, _ERFINV[0])
    for coefficient in _ERFINV[1:-1]:
        p = F.multiply(F.add(p, coefficient), w)
    values = F.multiply(F.multiply(F.add(p, _ERFINV[-1]), x), math.sqrt(2.0))
    return _scaled(cast(F.clip(values, low=-2.0, high=2.0), found), stddev, mean, found)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Any:
    """Integers from ``minval`` to ``maxval - 1``, each as likely to within ``(maxval - minval) / 2**32``.

    shape: ``() -> shape``.  dtype: ``dtype``.
    errors: ``ValueError`` for an empty range, one beyond 32 bits, or a dtype that is no integer one.

    >>> randint((5,), 0, 10, seed=1).shape == (5,)
    True
    """
    sizes, found = shape_tuple("randint", shape), named_dtype(dtype, "int32")
    if is_floating(found) or found == "bool":
        raise ValueError(f"randint: `dtype` must be an integer one, got {dtype!r}")
    low, span = int(minval), int(maxval) - int(minval)
    if not 0 < span <= 2**32:
        raise ValueError(
            f"randint: `maxval` must be above `minval` by at most 2**32, got {minval} and {maxval}"
        )
    bits = int(found.lstrip("uint"))
    lowest = 0 if found in UNSIGNED else -(2 ** (bits - 1))
    if low < lowest or low + span > lowest + 2**bits:
        raise ValueError(f"randint: the range from {low} to {low + span - 1} does not fit into dtype {found}")
    # In int32, whose sums and products wrap to the bits wanted: not every backend computes on wider or unsigned ones.
    words = F.astype(F.random_bits(_key_for(sizes, seed), shape=sizes), "int32")
    if span < 2**32:
        words = _high_product(words, _signed(span))
    if found not in ("int64", "uint64"):
        return cast(F.add(words, _signed(low)), found)
    words = F.bitwise_and(F.astype(words, "int64"), 2**32 - 1)
    return cast(F.add(words, low), found)


def _signed(value: int) -> int:
    """The signed number with the lower 32 bits of ``value``."""
    return (value + 2**31) % 2**32 - 2**31


def _high_product(words: Any, factor: int) -> Any:
    """The upper 32 bits of the unsigned 64-bit products, by halves of 16 bits in ``int32``."""

    def upper(x: Any) -> Any:
        return F.bitwise_and(F.bitwise_right_shift(x, F.full((), 16, dtype="int32")), 0xFFFF)

    high, low = upper(words), F.bitwise_and(words, 0xFFFF)
    above, below = (factor >> 16) & 0xFFFF, factor & 0xFFFF
    mixed = F.multiply(high, below)
    carry = F.add(upper(F.multiply(low, below)), F.bitwise_and(mixed, 0xFFFF))
    carry = F.add(carry, F.multiply(low, above))
    return F.add(F.add(F.multiply(high, above), upper(mixed)), upper(carry))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Classes drawn with the probabilities ``softmax(logits)``.

    shape: ``(batch, classes) -> (batch, num_samples)``.  dtype: ``dtype``.
    source: the Gumbel-max trick, Gumbel 1954.
    errors: ``ValueError`` for logits that are no matrix.

    >>> categorical([[0.0, 100.0]], 2, seed=1).tolist()
    [[1, 1]]
    """
    logits = floats(logits)
    if len(logits.shape) != 2:
        raise ValueError(f"categorical: `logits` must have shape (batch, classes), got {tuple(logits.shape)}")
    batch, classes = logits.shape
    shape = (batch, num_samples, classes)
    u = F.random_uniform(_key_for(shape, seed), shape=shape, dtype=dtype_of(logits))
    # A uniform 0 gives minus infinity, which never wins.
    noise = F.negative(F.log(F.negative(F.log(u))))
    return cast(F.argmax(F.add(noise, F.expand_dims(logits, axis=1)), axis=2), named_dtype(dtype, "int32"))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Zeroes a share ``rate`` of the values and divides the others by ``1 - rate``.

    ``noise_shape``: the shape of the mask, which is repeated along axes of size 1; ``None`` entries stand for the
    sizes of ``inputs``.

    shape: ``(...) -> (...)``.  dtype: integers become ``floatx()``.
    source: Srivastava et al., JMLR 15, 2014.
    errors: ``ValueError`` for a rate outside ``[0, 1]`` or a noise shape that does not fit.

    >>> dropout([1.0, 2.0], 0.0).tolist()
    [1.0, 2.0]
    """
    x = floats(inputs)
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: `rate` must be from 0 to 1, got {rate!r}")
    if rate == 0:
        return x
    if rate == 1:
        return F.where(F.isnan(x), 0.0, F.multiply(F.stop_gradient(F.sign(x)), 0.0))
    shape = tuple(x.shape)
    if noise_shape is None:
        return F.dropout(x, _key_for(shape, seed), rate=rate)
    given = tuple(noise_shape)
    if len(given) != len(shape) or any(n not in (None, 1, m) for n, m in zip(given, shape, strict=True)):
        raise ValueError(f"dropout: `noise_shape` {given} does not broadcast to the inputs' shape {shape}")
    mask_shape = tuple(m if n is None else n for n, m in zip(given, shape, strict=True))
    u = F.random_uniform(_key_for(mask_shape, seed), shape=mask_shape, dtype="float32")
    kept = F.astype(F.less(u, 1.0 - rate), dtype_of(x))
    return F.multiply(x, F.multiply(kept, 1.0 / (1.0 - rate)))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The entries along an axis in random order, each order as likely.

    shape: ``(...) -> (...)``.  dtype: unchanged.
    errors: ``ValueError`` for an axis out of range.

    >>> sorted(shuffle([3, 1, 2], seed=1).tolist())
    [1, 2, 3]
    """
    x = to_tensor(x)
    axis = one_axis("shuffle", axis, len(x.shape))
    size = (x.shape[axis],)
    if not known(size):
        return x  # A spec: the shape stays.
    # Sorting by random numbers; 48 bits of them in two stable rounds leave no ties that would favour an order.
    pair = F.random_uniform(_key_for(size, seed), shape=(2, *size), dtype="float32")
    first, second = (F.reshape(F.slice(pair, (i, 0), (i + 1, *size), (1, 1)), size) for i in (0, 1))
    order = F.argsort(first, axis=0)
    order = F.take(order, F.argsort(F.take(second, order, axis=0), axis=0), axis=0)
    return F.take(x, order, axis=axis)
