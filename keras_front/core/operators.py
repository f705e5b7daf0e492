"""Python's operators for what stands for a tensor: variables and symbolic tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front import ops
from keras_front.core.symbolic import KerasTensor
from keras_front.core.variable import Variable


def _binary(name: str) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        return getattr(ops, name)(self, other)

    return operator


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        return getattr(ops, name)(other, self)

    return operator


def _unary(name: str) -> Callable[[Any], Any]:
    def operator(self: Any) -> Any:
        return getattr(ops, name)(self)

    return operator


def _getitem(self: Any, key: Any) -> Any:
    return ops.get_item(self, key)


_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "floordiv": "floor_divide",
    "mod": "mod", "pow": "power", "matmul": "matmul", "and": "logical_and", "or": "logical_or",
    "xor": "logical_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
_COMPARE = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip
_UNARY = {"neg": "negative", "abs": "absolute", "invert": "logical_not", "pos": "positive"}


def _install(cls: type, equality: bool) -> None:
    for dunder, name in _BINARY.items():
        setattr(cls, f"__{dunder}__", _binary(name))
        setattr(cls, f"__r{dunder}__", _reflected(name))
    for dunder, name in _UNARY.items():
        setattr(cls, f"__{dunder}__", _unary(name))
    for dunder, name in _COMPARE.items():
        if equality or dunder not in ("eq", "ne"):
            setattr(cls, f"__{dunder}__", _binary(name))
    cls.__getitem__ = _getitem  # type: ignore[attr-defined]
    # NumPy's own operators must give way to ours.
    cls.__array_priority__ = 100  # type: ignore[attr-defined]


def install() -> None:
    """Gives variables and symbolic tensors Python's operators, each by the function of `keras_front.ops` of its meaning.

    ``==`` of symbolic tensors stays identity: lists of inputs and outputs are searched by it.
    """
    _install(Variable, equality=True)
    _install(KerasTensor, equality=False)
