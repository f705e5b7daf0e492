"""Making tensors: filled ones, ranges, unit matrices, one-hot codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras_front.core import settings
from keras_front.core.convert import cast, dtype_of, result_dtype, to_numpy, to_tensor
from keras_front.core.dispatch import F
from keras_front.ops.arguments import floats, known, named_dtype, one_axis, shape_tuple
from keras_front.ops.define import op
from keras_front.protocol.dtypes import is_floating


def _filled(shape: Any, value: Any, dtype: str) -> Any:
    return F.full(shape, bool(value) if dtype == "bool" else value, dtype=dtype)


def _filled_like(x: Any, value: Any, dtype: Any) -> Any:
    x = to_tensor(x)
    name = named_dtype(dtype, dtype_of(x))
    # Only specs have unknown sizes, and of a spec only shape and dtype matter.
    return _filled(tuple(x.shape), value, name) if known(x.shape) else cast(x, name)


@op
def zeros(shape: Any, dtype: Any = None) -> Any:
    """A tensor of zeros.  shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.

    example: zeros((2,)) == [0.0, 0.0]
    """
    return _filled(shape_tuple("zeros", shape), 0, named_dtype(dtype, settings.floatx()))


@op
def ones(shape: Any, dtype: Any = None) -> Any:
    """A tensor of ones.  shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.

    example: ones((2,), dtype="int32") == [1, 1]
    """
    return _filled(shape_tuple("ones", shape), 1, named_dtype(dtype, settings.floatx()))


@op
def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """A tensor filled with one value, or with values that broadcast to the shape.

    shape: ``() -> shape``.  dtype: ``dtype``, else ``floatx()``.
    example: full((2,), 3) == [3.0, 3.0]
    """
    shape, name = shape_tuple("full", shape), named_dtype(dtype, settings.floatx())
    if type(fill_value) in (bool, int, float):
        return _filled(shape, fill_value, name)
    return F.broadcast_to(cast(fill_value, name), shape)


@op
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros in the shape of ``x``.  shape: ``(...) -> (...)``.  dtype: ``dtype``, else unchanged.

    example: zeros_like([1.0, 2.0]) == [0.0, 0.0]
    """
    return _filled_like(x, 0, dtype)


@op
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones in the shape of ``x``.  shape: ``(...) -> (...)``.  dtype: ``dtype``, else unchanged.

    example: ones_like([5, 6]) == [1, 1]
    """
    return _filled_like(x, 1, dtype)


@op
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value in the shape of ``x``.  shape: ``(...) -> (...)``.  dtype: ``dtype``, else unchanged.

    example: full_like([1.0, 2.0], 7) == [7.0, 7.0]
    """
    if type(fill_value) in (bool, int, float):
        x = to_tensor(x)
        name = named_dtype(dtype, dtype_of(x))
        return _filled_like(x, fill_value if is_floating(name) else int(fill_value), name)
    x = to_tensor(x)
    return F.broadcast_to(cast(fill_value, named_dtype(dtype, dtype_of(x))), tuple(x.shape))


@op
def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    """``start, start + step, ...`` below ``stop``; with one number, ``0, 1, ...`` below it.

    shape: ``() -> (max(0, ceil((stop - start) / step)),)``.
    dtype: ``dtype``, else what the numbers have in common; integers ``int32``.
    errors: ``ValueError`` for ``step=0``.
    example: arange(3) == [0, 1, 2]
    example: arange(1.0, 2.0, 0.5) == [1.0, 1.5]
    """
    given = [v for v in (start, stop, step) if v is not None]
    name = named_dtype(dtype, "float32") if dtype is not None else result_dtype(*given)
    start, stop, step = (to_numpy(v).item() if hasattr(v, "dtype") else v for v in (start, stop, step))
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if step == 0:
        raise ValueError("arange: `step` must not be 0")
    return F.arange(start, stop, step, dtype=name)


@op
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``num`` evenly spaced values from ``start`` to ``stop``, which ``endpoint=False`` leaves out.

    With ``retstep`` it returns the values and their distance.

    shape: ``(...), (...) -> (..., num, ...)``.  dtype: ``dtype``, else floating.
    errors: ``ValueError`` for ``num`` below 0.
    example: linspace(0, 1, 3) == [0.0, 0.5, 1.0]
    """
    if num < 0:
        raise ValueError(f"linspace: `num` must not be negative, got {num}")
    common = result_dtype(*(v if isinstance(v, (int, float)) else to_tensor(v) for v in (start, stop)))
    common = common if is_floating(common) else settings.floatx()
    name = named_dtype(dtype, common)
    count = num - 1 if endpoint else num
    if isinstance(start, (int, float)) and isinstance(stop, (int, float)):
        step: Any = (stop - start) / count if count > 0 else float("nan")
        values = F.from_host(
            np.linspace(start, stop, num, endpoint).astype(_host_dtype(common)), dtype=common
        )
    else:
        low, high = (F.astype(floats(v), common) for v in (start, stop))
        step = F.divide(F.subtract(high, low), float(count)) if count > 0 else F.subtract(high, low)
        low, high, wide = (F.expand_dims(F.add(v, F.multiply(step, 0.0)), axis=0) for v in (low, high, step))
        line = F.reshape(F.arange(0, num, 1, dtype=common), (num, *(1,) * (len(wide.shape) - 1)))
        values = F.add(low, F.multiply(line, wide))
        if endpoint and num > 1:
            # The last value is `stop` itself, not a sum that misses it by rounding.
            values = F.where(F.equal(line, float(num - 1)), high, values)
        position = one_axis("linspace", axis, len(values.shape))
        order = list(range(1, len(values.shape)))
        order.insert(position, 0)
        values = F.permute_dims(values, tuple(order))
    values = cast(values if is_floating(name) else F.floor(values), name)
    return (values, to_tensor(step)) if retstep else values


def _host_dtype(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype


@op
def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Any:
    """A matrix with ones on its ``k``-th diagonal.  shape: ``() -> (N, M)``.  dtype: ``dtype``, else ``floatx()``.

    example: eye(2) == [[1.0, 0.0], [0.0, 1.0]]
    """
    name = named_dtype(dtype, settings.floatx())
    return F.from_host(np.eye(N, M, k, dtype="bool").astype(_host_dtype(name)), dtype=name)


@op
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Any:
    """1 at the index, 0 elsewhere; an index outside ``0 ... num_classes - 1`` gives zeros.

    shape: ``(...) -> (..., num_classes)``, the new axis at ``axis``.  dtype: ``dtype``, else ``floatx()``.
    errors: ``ValueError`` for an axis out of range, or ``sparse=True``.
    example: one_hot([1, 0], 3) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if sparse:
        raise ValueError("one_hot: `sparse=True` is not supported: tensors are dense here")
    x = to_tensor(x)
    if is_floating(dtype_of(x)) or dtype_of(x) == "bool":
        x = F.astype(x, "int32")
    codes = F.one_hot(x, depth=num_classes, dtype=named_dtype(dtype, settings.floatx()))
    rank = len(codes.shape)
    position = one_axis("one_hot", axis, rank)
    if position == rank - 1:
        return codes
    order = list(range(rank - 1))
    order.insert(position, rank - 1)
    return F.permute_dims(codes, tuple(order))


@op
def tril(x: Any, k: int = 0) -> Any:
    """``x`` with zeros above its ``k``-th diagonal.  shape: ``(..., n, m) -> (..., n, m)``.  dtype: unchanged.

    example: tril([[1.0, 2.0], [3.0, 4.0]]) == [[1.0, 0.0], [3.0, 4.0]]
    """
    return _triangle("tril", x, k, lower=True)


@op
def triu(x: Any, k: int = 0) -> Any:
    """``x`` with zeros below its ``k``-th diagonal.  shape: ``(..., n, m) -> (..., n, m)``.  dtype: unchanged.

    example: triu([[1.0, 2.0], [3.0, 4.0]]) == [[1.0, 2.0], [0.0, 4.0]]
    """
    return _triangle("triu", x, k, lower=False)


def _triangle(name: str, x: Any, k: int, lower: bool) -> Any:
    x = to_tensor(x)
    if len(x.shape) < 2:
        raise ValueError(f"{name}: `x` needs two axes, got shape {tuple(x.shape)}")
    if not known(x.shape[-2:]):
        return x
    mask = np.tri(x.shape[-2], x.shape[-1], k if lower else k - 1, dtype="bool")
    zero = False if dtype_of(x) == "bool" else 0
    return F.where(F.from_host(mask if lower else ~mask), x, zero)
