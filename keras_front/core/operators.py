"""Python's operators for what stands for a tensor: variables and symbolic tensors."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _Ops:
    """`keras_front.ops`, which itself needs variables: each function is looked up at its first use."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(import_module("keras_front.ops"), name)
        setattr(self, name, function)
        return function


_ops = _Ops()


class Operators:
    """Each operator but ``==`` and ``!=`` by the function of `keras_front.ops` of its meaning."""

    __slots__ = ()
    # NumPy's own operators must give way to these.
    __array_priority__ = 100

    def __add__(self, other: Any) -> Any:
        return _ops.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _ops.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _ops.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return _ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _ops.true_divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _ops.true_divide(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return _ops.mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _ops.mod(other, self)

    def __pow__(self, other: Any) -> Any:
        return _ops.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _ops.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return _ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _ops.matmul(other, self)

    def __and__(self, other: Any) -> Any:
        return _ops.logical_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return _ops.logical_and(other, self)

    def __or__(self, other: Any) -> Any:
        return _ops.logical_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return _ops.logical_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return _ops.logical_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _ops.logical_xor(other, self)

    def __lshift__(self, other: Any) -> Any:
        return _ops.left_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return _ops.left_shift(other, self)

    def __rshift__(self, other: Any) -> Any:
        return _ops.right_shift(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return _ops.right_shift(other, self)

    def __neg__(self) -> Any:
        return _ops.negative(self)

    def __pos__(self) -> Any:
        return _ops.positive(self)

    def __abs__(self) -> Any:
        return _ops.absolute(self)

    def __invert__(self) -> Any:
        return _ops.logical_not(self)

    def __lt__(self, other: Any) -> Any:
        return _ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return _ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return _ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return _ops.greater_equal(self, other)

    def __getitem__(self, key: Any) -> Any:
        return _ops.get_item(self, key)


class EqualityOperators(Operators):
    """The operators with ``==`` and ``!=`` by value as well."""

    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        return _ops.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return _ops.not_equal(self, other)

    # Identity, so that variables can be members of sets and keys.
    def __hash__(self) -> int:
        return id(self)
