"""Sample calls of every protocol function, and a backend of plain NumPy formulas to make them real."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front.protocol import Traits, assemble, dtypes, standard_array_group

# ---------------------------------------------------------------- the reality to compare with


def _scatter(x: Any, indices: Any, updates: Any, /, axis: int, mode: str) -> Any:
    axis %= x.ndim
    if updates.shape != (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]):
        raise ValueError("updates must have the shape of what take gives")
    moved = np.moveaxis(x, axis, 0).copy()
    rows = np.moveaxis(updates.reshape((*x.shape[:axis], -1, *x.shape[axis + 1 :])), axis, 0)
    apply = {"add": np.add.at, "max": np.maximum.at, "min": np.minimum.at}.get(mode)
    if apply:
        apply(moved, indices.reshape(-1), rows)
    else:
        moved[indices.reshape(-1)] = rows
    return np.moveaxis(moved, 0, axis)


def _from_host(array: Any, /, dtype: str | None = None) -> Any:
    return np.array(array, dtype=dtype)


def _to_host(x: Any, /) -> Any:
    return x


def _is_tensor(x: object, /) -> bool:
    return isinstance(x, np.ndarray)


def _dtype_of(x: Any, /) -> str:
    return x.dtype.name


def _nonzero(x: Any, /) -> Any:
    return tuple(i.astype("int32") for i in np.nonzero(x))


_EXTRA = (_scatter, _from_host, _to_host, _is_tensor, _dtype_of, _nonzero)
PLAIN = assemble(
    "plain",
    standard_array_group(np),
    {f.__name__.removeprefix("_"): f for f in _EXTRA},
    version=np.__version__,
    traits=Traits(dtypes=frozenset(dtypes.ALL)),
)


def f(*shape: int) -> np.ndarray:
    """Floats of a shape, all different and positive."""
    return (np.arange(math.prod(shape), dtype="float32") + 0.5).reshape(shape)


def i(*shape: int) -> np.ndarray:
    """Indices 0 and 1 of a shape."""
    return (np.arange(math.prod(shape), dtype="int32") % 2).reshape(shape)


def mask(*shape: int) -> np.ndarray:
    """Booleans of a shape."""
    return i(*shape) == 1


KEY = np.array([7, 1], dtype="uint32")

# ---------------------------------------------------------------- samples of every protocol function

Sample = Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]
SAMPLES: dict[str, list[Sample]] = {}


def sample(function: str, *args: Any, **options: Any) -> None:
    """Adds a call to the samples of one or more functions."""
    for name in function.split():
        SAMPLES.setdefault(name, []).append(lambda b: (args, options))


def sample_with(function: str, make: Sample) -> None:
    """Adds a call whose arguments depend on the backend."""
    SAMPLES.setdefault(function, []).append(make)


FLOAT_UNARY = (
    "exp expm1 log log1p sqrt sin cos tanh rsqrt isnan isfinite sigmoid softplus silu erf gelu elu leaky_relu "
    "softmax log_softmax negative abs sign floor round square relu stop_gradient"
)
for _shape in ((3,), (2, 3), (2, 1, 3), (0, 3)):
    sample(FLOAT_UNARY, f(*_shape))
for _x in (i(2, 3), i(3).astype("int8")):
    sample("negative abs sign floor round square relu stop_gradient", _x)
sample("logical_not", mask(2, 3))
NUMERIC = "add subtract multiply floor_divide pow maximum minimum less less_equal greater greater_equal equal not_equal"
BITS = "bitwise_and bitwise_or bitwise_xor"
for _a, _b in (((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (2,)), ((0, 3), (1, 3))):
    sample(f"{NUMERIC} divide atan2", f(*_a), f(*_b))
    sample(f"{NUMERIC} {BITS} bitwise_left_shift bitwise_right_shift", i(*_a) + 1, i(*_b) + 1)
    sample(f"equal not_equal {BITS}", mask(*_a), mask(*_b))
sample(f"{NUMERIC} divide atan2", f(2, 3), 2.0)
sample(f"{NUMERIC} divide atan2", 2.0, f(2, 3))
sample(f"{NUMERIC} {BITS} bitwise_left_shift bitwise_right_shift", i(2, 3), 1)
sample("where", mask(2, 3), f(2, 3), f(3))
sample("where", mask(2, 1), 0.0, f(2, 3))
sample("where", mask(4, 1, 1), f(2, 1), 1.0)
sample("clip", f(2, 3), low=0.0, high=1.0)
sample("clip", f(2, 3), low=f(3), high=2.0)
sample("full", (2, 3), 1.5, dtype="float32")
sample("full", (), True, dtype="bool")
for _range in ((1, 4, 1), (0, 5, 2), (4, 1, 1), (5, 0, -2)):
    sample("arange", *_range, dtype="int32")
sample("arange", 0.0, 1.0, 0.25, dtype="float32")
for _dtype in ("int32", "bool", "float64"):
    sample("astype", f(2, 3), _dtype)
for _axis, _keep in itertools.product((None, 0, -1, (0, 2), ()), (False, True)):
    sample("sum prod max min mean", f(2, 3, 4), axis=_axis, keepdims=_keep)
    sample("sum prod", i(2, 3, 4), axis=_axis, keepdims=_keep)
    sample("all any", mask(2, 3, 4), axis=_axis, keepdims=_keep)
sample("sum prod max min mean", f(2, 3))
sample("all any", mask(2, 3))
sample("sum prod max min mean", f(3, 0), axis=0)
for _axis, _keep in itertools.product((0, -1), (False, True)):
    sample("argmax argmin", f(2, 3), axis=_axis, keepdims=_keep)
    sample("logsumexp", f(2, 3), axis=_axis, keepdims=_keep)
sample("logsumexp", f(2, 3))
for _axis in (0, -1):
    sample("cumulative_sum argsort sort", f(2, 3), axis=_axis)
    sample("softmax log_softmax", f(2, 3), axis=_axis)
for _old, _new in (
    ((2, 6), (3, 4)), ((2, 6), (-1, 4)), ((2, 6), (12,)), ((1,), ()), ((2, 3, 4), (2, -1)), ((0, 3), (3, 0)),
    ((0, 3), (-1, 3)), ((4,), (-1, 2)),
):  # fmt: skip
    sample("reshape", f(*_old), _new)
sample("permute_dims", f(2, 3, 4), (2, 0, 1))
sample("permute_dims", f(2, 3), (-1, 0))
for _old, _new in (((3,), (2, 3)), ((2, 1), (2, 4)), ((), (2,)), ((1, 3), (0, 3))):
    sample("broadcast_to", f(*_old), _new)
sample("concat", [f(2, 3), f(1, 3), f(4, 3)], axis=0)
sample("concat", (f(2, 3), f(2, 1)), axis=-1)
sample("stack", [f(2, 3), f(2, 3)], axis=1)
sample("stack", (f(2), f(2), f(2)), axis=-1)
for _axis in (0, 1, -1):
    sample("expand_dims", f(2, 3), axis=_axis)
sample("flip", f(2, 3))
sample("flip", f(2, 3), axis=(0, 1))
sample("slice", f(5, 4), (1, 0), (5, 4), (2, 1))
sample("slice", f(5, 4), (1, 2), (1, 3), (3, 2))
sample("slice_update", f(5, 4), f(2, 2), (1, 0), (3, 2))
sample("slice_update", f(3), f(0), (3,), (1,))
sample("pad", f(2, 3), (0, 1), (2, 0))
sample("pad", i(2), (1,), (1,), value=7)
sample("take", f(4, 3), i(2, 5), axis=0)
sample("take", f(4, 3), i(), axis=-1)
sample("take_along_axis", f(2, 3), i(2, 1), axis=1)
sample("take_along_axis", f(2, 3), i(2, 5), axis=-1)
sample("take_along_axis", f(4, 2, 3), i(1, 2, 3), axis=1)
sample("scatter", f(4, 3), np.array([2, 0], "int32"), f(2, 3), axis=0, mode="set")
sample("scatter", f(3, 4), i(2, 2), f(3, 2, 2), axis=1, mode="add")
for _a, _b in (
    ((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
    ((2, 0), (0, 4)), ((5, 2, 3), (3,)),
):  # fmt: skip
    sample("matmul", f(*_a), f(*_b))
sample("one_hot", i(2, 3), depth=4, dtype="float32")
sample("nonzero", i(2, 3))
sample("share_host", f(2, 3))
sample("from_host", f(2, 3))
sample("from_host", f(2, 3), dtype="int32")
sample("parameter", f(2, 3), trainable=True)
sample("store", f(2, 3), f(2, 3))
sample("pack", [f(2, 3), f(3)])
sample("synchronize", {"a": [f(2)], "b": f(3)})

sample("softmax_cross_entropy sigmoid_cross_entropy", f(2, 3), f(2, 3))
sample("sparse_softmax_cross_entropy", f(4, 3), i(4))
sample("sparse_softmax_cross_entropy", f(2, 4, 3), i(2, 4))
sample("dense", f(2, 3), f(3, 4))
sample("dense", f(5, 2, 3), f(3, 4), f(4))
sample("dense", f(3), f(3, 4), f(4))
for _padding, _strides in itertools.product(("valid", "same", ((1, 2), (0, 1))), ((1, 1), (2, 3))):
    sample("conv", f(2, 7, 6, 4), f(3, 2, 4, 5), strides=_strides, padding=_padding)
    sample("max_pool average_pool", f(2, 7, 6, 3), window=(3, 2), strides=_strides, padding=_padding)
sample("conv", f(2, 8, 4), f(3, 2, 6), strides=(1,), padding="same", dilation=(2,), groups=2)
sample("conv", f(1, 4, 4, 4, 2), f(2, 2, 2, 2, 3), strides=(2, 1, 2))
sample("max_pool average_pool", f(2, 7, 3), window=(2,), strides=(2,))
for _axis in (-1, 1):
    _c = (4, 3, 5)[_axis]
    sample("normalize", f(4, 3, 5), f(_c), f(_c), f(_c), f(_c), axis=_axis)
    sample("normalize", f(4, 3, 5), f(_c), f(_c), None, f(_c), axis=_axis)
    sample("batch_norm", f(4, 3, 5), f(_c), f(_c), axis=_axis)
    sample("batch_norm", f(4, 3, 5), axis=_axis)
sample("layer_norm", f(4, 3, 5), f(5), f(5))
sample("layer_norm", f(4, 3, 5), f(3, 5), None, axes=(1, 2))
sample("dropout", f(2, 3), KEY, rate=0.5)
sample("next_key", KEY)
sample("random_bits", KEY, shape=(2, 3))
for _dtype in ("float32", "float64"):
    sample("random_uniform random_normal", KEY, shape=(2, 3), dtype=_dtype)
sample("sgd_update", [f(2, 3), f(3)], [f(2, 3), f(3)], None, f(), momentum=0.9)
sample("sgd_update", [f(2, 3)], [f(2, 3)], [f(2, 3)], f(), momentum=0.9, nesterov=True)
for _highest in (None, [f(2, 3)]):
    sample("adam_update", *([f(2, 3)] for _ in range(4)), _highest, f(), i())

sample_with("scan", lambda b: ((lambda c, x: (b.add(c, x), (b.multiply(x, 2.0), c)), f(3), f(4, 3)), {}))
sample_with("scan", lambda b: ((lambda c, x: (b.add(c, 1.0), c), f(2), None), {"length": 3, "reverse": True}))
sample_with(
    "scan",
    lambda b: ((lambda c, x: (c, b.matmul(x["a"], x["b"])), (), {"a": f(5, 2, 3), "b": f(5, 3, 4)}), {}),
)
sample_with(
    "while_loop",
    lambda b: ((lambda n, x: b.less(n, 3), lambda n, x: (b.add(n, 1), b.exp(x)), (i(), f(2, 3))), {}),
)
sample_with(
    "cond",
    lambda b: (
        (np.array(True), lambda x, y: b.add(x, y), lambda x, y: b.subtract(x, y), f(2, 3), f(2, 3)),
        {},
    ),
)
sample_with("vectorized_map", lambda b: ((lambda x: b.sum(x, axis=0), f(4, 3, 2)), {}))
