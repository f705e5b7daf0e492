"""Transform group: gradients by PyTorch's autograd."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable as _Callable
from typing import Any as _Any

import torch

from . import _shared


class _Depth(threading.local):
    """How many calls of a `value_and_grad` function are under way in this thread."""

    value = 0


_depth = _Depth()
#: Where gradients are recorded already.
_recording = contextlib.nullcontext()


def value_and_grad(fn: _Callable[..., _Any], /, has_aux: bool = False) -> _Callable[..., _Any]:
    """Gradients on the tensors themselves where they record, else on recording twins."""

    def differentiated(tensors: list[torch.Tensor], *args: _Any) -> tuple[_Any, list[torch.Tensor]]:
        inputs = [t if t.requires_grad else t.detach().requires_grad_() for t in tensors]
        # An input that is itself computed from recording tensors belongs to a gradient further out.
        nested = _depth.value > 0 or not all(t.is_leaf for t in inputs)
        _depth.value += 1
        try:
            with _recording if torch.is_grad_enabled() else torch.enable_grad():
                output = fn(inputs, *args)
                value = output[0] if has_aux else output
                if value.shape != ():
                    raise ValueError(
                        "value_and_grad: the function must return a scalar (shape ()), "
                        f"got shape {tuple(value.shape)}"
                    )
                gradients = _gradients(value, inputs, nested)
        finally:
            _depth.value -= 1
        return (output if nested else _cut(output)), gradients

    return differentiated


def _gradients(value: torch.Tensor, inputs: list[torch.Tensor], nested: bool) -> list[torch.Tensor]:
    if not inputs:
        return []
    if not value.requires_grad:
        return [torch.zeros_like(t) for t in inputs]
    found = torch.autograd.grad(value, inputs, create_graph=nested, allow_unused=True)
    return [torch.zeros_like(t) if g is None else g for g, t in zip(found, inputs, strict=True)]


def _cut(tree: _Any) -> _Any:
    """The tree with every tensor cut off from the graph."""
    kind = type(tree)
    if kind is torch.Tensor or isinstance(tree, torch.Tensor):
        return tree.detach() if tree.requires_grad else tree
    if tree is None:
        return None
    if kind is dict:
        return {key: _cut(item) for key, item in tree.items()}
    if kind is list:
        return [_cut(item) for item in tree]
    if kind is tuple:
        return tuple([_cut(item) for item in tree])
    if isinstance(tree, tuple):
        return kind(*map(_cut, tree))
    if isinstance(tree, (dict, list)):
        return (
            kind((k, _cut(v)) for k, v in tree.items()) if isinstance(tree, dict) else kind(map(_cut, tree))
        )
    return tree


def no_gradient(fn: _Callable[..., _Any], /) -> _Callable[..., _Any]:
    """``fn`` under ``torch.no_grad``: what it makes can still take part in later gradients."""

    def unrecorded(*args: _Any, **kwargs: _Any) -> _Any:
        with torch.no_grad():
            return fn(*args, **kwargs)

    return unrecorded


def stop_gradient(x: torch.Tensor, /) -> torch.Tensor:
    """The same memory without history."""
    return x.detach()


class _Custom(torch.autograd.Function):
    """A function that brings its own backward."""

    @staticmethod
    def forward(ctx: _Any, fn: _Callable[..., _Any], *args: _Any) -> torch.Tensor:
        result, ctx.rule = fn(*args)
        return result

    @staticmethod
    def backward(ctx: _Any, upstream: torch.Tensor) -> tuple[_Any, ...]:
        gradients = ctx.rule(upstream)
        return None, *(gradients if isinstance(gradients, (tuple, list)) else (gradients,))


def custom_gradient(fn: _Callable[..., _Any], /) -> _Callable[..., _Any]:
    """``fn`` as one node of the graph."""
    return lambda *args: _Custom.apply(fn, *args)


def checkpoint(fn: _Callable[..., _Any], /) -> _Callable[..., _Any]:
    """``fn`` computed again on the way back."""

    def recomputed(*args: _Any, **kwargs: _Any) -> _Any:
        if not torch.is_grad_enabled():
            return fn(*args, **kwargs)
        from torch.utils.checkpoint import checkpoint

        return checkpoint(fn, *args, use_reentrant=False, **kwargs)

    return recomputed


def vectorized_map(fn: _Callable[[_Any], _Any], xs: _Any, /) -> _Any:
    """``torch.func.vmap`` where the function can be batched, else entry by entry."""
    try:
        return torch.func.vmap(fn)(xs)
    except (RuntimeError, ValueError, TypeError):
        # Control flow on values, random draws and the like; a mistake in ``fn`` shows again here.
        return _shared.derived("vectorized_map")(fn, xs)
