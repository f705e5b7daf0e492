"""Array group: PyTorch's own functions where they follow the protocol, thin wrappers where not."""

from __future__ import annotations

import builtins
import functools as _functools
from collections.abc import Callable as _Callable
from typing import Any as _Any

import torch

from . import _shared

_Axis = int | tuple[int, ...] | None
_Tensor = torch.Tensor
_DTYPES, _SIGNED = _shared.DTYPES, _shared.SIGNED
_int32 = torch.int32
_WIDENED = (torch.uint16, torch.uint32)


def full(shape: tuple[int, ...], fill_value: _Any, /, dtype: str) -> _Tensor:
    return torch.full(shape, fill_value, dtype=_DTYPES[dtype], device=_shared.device())


def arange(start: float, stop: float, step: float, /, dtype: str) -> _Tensor:
    kind = _DTYPES[dtype]
    # PyTorch takes no stop before the start: an empty range ends where it begins.
    stop = builtins.max(start, stop) if step > 0 else builtins.min(start, stop)
    if kind in _SIGNED:
        return torch.arange(start, stop, step, device=_shared.device()).to(kind)
    return torch.arange(start, stop, step, dtype=kind, device=_shared.device())


def astype(x: _Tensor, dtype: str, /) -> _Tensor:
    return x.to(_DTYPES[dtype])


floor, round = torch.floor, torch.round
exp, expm1, log, log1p, sqrt, rsqrt = (
    torch.exp, torch.expm1, torch.log, torch.log1p, torch.sqrt, torch.rsqrt,
)  # fmt: skip
sin, cos, tanh = torch.sin, torch.cos, torch.tanh
isnan, isfinite, logical_not = torch.isnan, torch.isfinite, torch.logical_not
multiply, divide = torch.mul, torch.div
bitwise_and, bitwise_or, bitwise_xor = torch.bitwise_and, torch.bitwise_or, torch.bitwise_xor
where, reshape, permute_dims, broadcast_to = (
    torch.where, torch.reshape, torch.permute, torch.broadcast_to,
)  # fmt: skip
concat, stack, expand_dims = torch.cat, torch.stack, torch.unsqueeze


def _widened(function: _Callable[..., _Tensor], *args: _Any, **options: _Any) -> _Tensor:
    """A function of ``uint16`` or ``uint32`` tensors by way of ``int64``, which wraps to the same words."""
    dtype = next(a.dtype for a in args if isinstance(a, _Tensor))
    if dtype not in _WIDENED:
        raise NotImplementedError(f"PyTorch has no kernel for {dtype} here; convert to a signed dtype first")

    def wide(a: _Any) -> _Any:
        return a.long() if isinstance(a, _Tensor) else a

    result = function(*map(wide, args), **{name: wide(a) for name, a in options.items()})
    return result.to(dtype) if result.dtype is torch.int64 else result


def _reduction(function: _Callable[..., _Tensor]) -> _Callable[..., _Tensor]:
    @_functools.wraps(function)
    def reduced(x: _Tensor, /, *args: _Any, **options: _Any) -> _Tensor:
        return (
            _widened(function, x, *args, **options) if x.dtype in _WIDENED else function(x, *args, **options)
        )

    return reduced


def _unary(function: _Callable[[_Tensor], _Tensor]) -> _Callable[[_Tensor], _Tensor]:
    def unary(x: _Tensor, /) -> _Tensor:
        try:
            return function(x)
        except NotImplementedError:
            return _widened(function, x)

    return unary


def _binary(function: _Callable[..., _Tensor]) -> _Callable[..., _Tensor]:
    """A binary function that also takes a Python scalar as either operand."""

    def binary(x: _Tensor, y: _Tensor, /) -> _Tensor:
        try:
            return function(x, y)
        except NotImplementedError:
            return _widened(function, x, y)
        except TypeError:
            # A 0-d tensor on the CPU meets tensors of any device without a transfer.
            if not isinstance(y, _Tensor):
                return binary(x, torch.scalar_tensor(y, dtype=x.dtype))
            if not isinstance(x, _Tensor):
                return binary(torch.scalar_tensor(x, dtype=y.dtype), y)
            raise

    return binary


negative, abs = _unary(torch.neg), _unary(torch.abs)
add, subtract, pow = _binary(torch.add), _binary(torch.sub), _binary(torch.pow)
# torch.floor_divide has no derivative, this spelling has (it is 0).
floor_divide = _binary(_functools.partial(torch.div, rounding_mode="floor"))
bitwise_left_shift, bitwise_right_shift = (
    _binary(torch.bitwise_left_shift),
    _binary(torch.bitwise_right_shift),
)
atan2, maximum, minimum = _binary(torch.atan2), _binary(torch.maximum), _binary(torch.minimum)
equal, not_equal = _binary(torch.eq), _binary(torch.ne)
less, less_equal = _binary(torch.lt), _binary(torch.le)
greater, greater_equal = _binary(torch.gt), _binary(torch.ge)


@_unary
def sign(x: _Tensor, /) -> _Tensor:
    result = torch.sign(x)
    # torch.sign(NaN) is 0.
    return torch.where(torch.isnan(x), x, result) if x.dtype.is_floating_point else result


def square(x: _Tensor, /) -> _Tensor:
    return torch.mul(x, x)


@_reduction
def clip(x: _Tensor, /, low: _Any, high: _Any) -> _Tensor:
    scalars = not isinstance(low, _Tensor) and not isinstance(high, _Tensor)
    if scalars and not (x.requires_grad and torch.is_grad_enabled()):
        return torch.clamp(x, low, high)
    # torch.clamp gives a value on a bound the whole gradient, the protocol shares it.
    return minimum(maximum(x, low), high)


# ---------------------------------------------------------------- reductions and order
# In PyTorch a reduction over the axes () is one over all of them; in the protocol it is none.


@_reduction
def sum(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.sum(x, axis, keepdims, dtype=x.dtype)


def mean(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.mean(x, axis, keepdims)


@_reduction
def prod(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    rank = x.ndim
    axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    for one in sorted((a % rank for a in axes), reverse=True):
        x = torch.prod(x, one, keepdims, dtype=x.dtype)
    return x


@_reduction
def max(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.amax(x, () if axis is None else axis, keepdims)


@_reduction
def min(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.amin(x, () if axis is None else axis, keepdims)


def all(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.all(x, axis, keepdims)


def any(x: _Tensor, /, axis: _Axis = None, keepdims: bool = False) -> _Tensor:
    return x if axis == () else torch.any(x, axis, keepdims)


@_reduction
def argmax(x: _Tensor, /, axis: int, keepdims: bool = False) -> _Tensor:
    return torch.argmax(x, axis, keepdims).to(_int32)


def argmin(x: _Tensor, /, axis: int, keepdims: bool = False) -> _Tensor:
    return torch.argmin(x, axis, keepdims).to(_int32)


@_reduction
def cumulative_sum(x: _Tensor, /, axis: int) -> _Tensor:
    return torch.cumsum(x, axis, dtype=x.dtype)


def argsort(x: _Tensor, /, axis: int) -> _Tensor:
    return torch.argsort(x, dim=axis, stable=True).to(_int32)


def sort(x: _Tensor, /, axis: int) -> _Tensor:
    return torch.sort(x, dim=axis, stable=True)[0]


# ---------------------------------------------------------------- shape and place


def flip(x: _Tensor, /, axis: _Axis = None) -> _Tensor:
    if x.dtype in _SIGNED:
        return flip(x.view(_SIGNED[x.dtype]), axis).view(x.dtype)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    return torch.flip(x, tuple(axes))


def slice(x: _Tensor, starts: tuple[int, ...], stops: tuple[int, ...], steps: tuple[int, ...], /) -> _Tensor:
    return x[tuple(map(builtins.slice, starts, stops, steps))]


def slice_update(x: _Tensor, updates: _Tensor, starts: tuple[int, ...], steps: tuple[int, ...], /) -> _Tensor:
    result = x.clone()
    box = zip(starts, updates.shape, steps, strict=True)
    result[tuple(builtins.slice(start, start + size * step, step) for start, size, step in box)] = updates
    return result


def pad(x: _Tensor, before: tuple[int, ...], after: tuple[int, ...], /, value: _Any = 0) -> _Tensor:
    # The last axis comes first.
    widths = [width for pair in zip(reversed(before), reversed(after), strict=True) for width in pair]
    return torch.constant_pad_nd(x, widths, value) if builtins.any(widths) else x


def take(x: _Tensor, indices: _Tensor, /, axis: int) -> _Tensor:
    if x.dtype in _SIGNED:
        return take(x.view(_SIGNED[x.dtype]), indices, axis).view(x.dtype)
    axis %= x.ndim
    if axis == 0 and x.ndim == 2 and x.dtype.is_floating_point:
        return torch.embedding(x, _index(indices))
    picked = torch.index_select(x, axis, _index(indices).reshape(-1))
    return picked.reshape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


def take_along_axis(x: _Tensor, indices: _Tensor, /, axis: int) -> _Tensor:
    if x.dtype in _SIGNED:
        return take_along_axis(x.view(_SIGNED[x.dtype]), indices, axis).view(x.dtype)
    return torch.take_along_dim(x, indices.long(), axis)


def _index(indices: _Tensor) -> _Tensor:
    """Indices in a dtype that PyTorch's lookups take."""
    return indices if indices.dtype in (_int32, torch.int64) else indices.long()


def scatter(x: _Tensor, indices: _Tensor, updates: _Tensor, /, axis: int, mode: str) -> _Tensor:
    dtype = x.dtype
    if dtype in _SIGNED:
        signed = _SIGNED[dtype]
        # With the highest bit turned, signed words compare like unsigned ones.
        turn = torch.iinfo(signed).min if mode in ("max", "min") else 0
        words = scatter(x.view(signed) ^ turn, indices, updates.view(signed) ^ turn, axis, mode)
        return (words ^ turn).view(dtype)
    axis %= x.ndim
    index = indices.reshape(-1).long()
    updates = updates.reshape((*x.shape[:axis], index.shape[0], *x.shape[axis + 1 :]))
    if mode == "set":
        return torch.index_copy(x, axis, index, updates)
    if mode == "add":
        return torch.index_add(x, axis, index, updates)
    index = index.reshape(-1, *(1,) * (x.ndim - 1 - axis)).expand(updates.shape)
    return torch.scatter_reduce(x, axis, index, updates, {"max": "amax", "min": "amin"}[mode])


def one_hot(indices: _Tensor, /, depth: int, dtype: str) -> _Tensor:
    # int64, since the classes need not fit into the dtype of the indices.
    classes = torch.arange(depth, device=indices.device)
    return torch.eq(indices.long().unsqueeze(-1), classes).to(_DTYPES[dtype])


@_binary
def matmul(x: _Tensor, y: _Tensor, /) -> _Tensor:
    if x.is_cuda and not x.dtype.is_floating_point:
        return _integer_matmul(x, y)
    return torch.matmul(x, y)


def _integer_matmul(x: _Tensor, y: _Tensor) -> _Tensor:
    """The product of integers by broadcasting: PyTorch has no such kernel for CUDA."""
    rows = x.unsqueeze(0) if x.ndim == 1 else x
    columns = y.unsqueeze(1) if y.ndim == 1 else y
    result = torch.sum(rows.unsqueeze(-1) * columns.unsqueeze(-3), -2, dtype=x.dtype)
    result = result.squeeze(-1) if y.ndim == 1 else result
    return result.squeeze(-1 if y.ndim == 1 else -2) if x.ndim == 1 else result


def nonzero(x: _Tensor, /) -> tuple[_Tensor, ...]:
    if x.dtype in _SIGNED:
        x = x.view(_SIGNED[x.dtype])
    return tuple(index.to(_int32) for index in torch.nonzero(x, as_tuple=True))
