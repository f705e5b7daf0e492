"""A tensor whose values are not known yet: its shape and dtype only."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from keras_front.protocol import dtypes

from .. import lifted

#: A size, or ``None`` for one that is not known.
Size = int | None
Shape = tuple[Size, ...]


class ShapeError(ValueError):
    """Shapes or dtypes that a function cannot take, found before anything is computed."""


# ---------------------------------------------------------------- operators


def _promoted(x: Any, y: Any, *more: str) -> tuple[Any, Any] | None:
    """Both operands in one dtype by the lattice (a scalar stays one); ``None`` if one is no operand."""
    names = list(more)
    for operand in (x, y):
        if is_spec_like(operand):
            names.append(dtypes.standardize(operand.dtype))
        elif is_scalar(operand):
            names.append(scalar_dtype(operand))
        else:
            return None
    common = dtypes.promote(*names)
    common = {"int": "int32", "float": "float32", "complex": "complex64"}.get(common, common)
    return _cast(x, common), _cast(y, common)


def _cast(x: Any, dtype: str) -> Any:
    if is_scalar(x) or dtypes.standardize(x.dtype) == dtype:
        return x
    if not isinstance(x, Spec) and type(x) not in lifted.LIFTED:
        x = spec_of(x)
    return call("astype", x, dtype)


def _remainder(x: Any, y: Any) -> Any:
    pair = _promoted(x, y)
    if pair is None:
        return NotImplemented
    return call("subtract", pair[0], call("multiply", call("floor_divide", *pair), pair[1]))


def _operator(name: str, swapped: bool = False, *more: str) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        pair = _promoted(other, self, *more) if swapped else _promoted(self, other, *more)
        return NotImplemented if pair is None else call(name, *pair)

    return method


class Spec:
    """The shape and dtype of a tensor; an axis of unknown size is ``None``.

    Python operators compute specs.  Other than protocol functions, they promote differing dtypes.
    ``==`` is elementwise, as for tensors; two specs are compared by their ``shape`` and ``dtype``.

    errors: ``ValueError`` for a size that is no ``int >= 0`` or ``None``, and for an unknown dtype.
    example: ``(Spec((None, 3), "float32") @ Spec((3, 4), "float32")).shape == (None, 4)``
    """

    __slots__ = ("_dtype", "_shape")

    #: NumPy arrays on the left of an operator leave it to the spec on the right.
    __array_ufunc__ = None

    def __init__(self, shape: Any, dtype: Any = "float32") -> None:
        self._shape: Shape = shape_tuple(shape)
        self._dtype: str = dtypes.standardize(dtype)

    @property
    def shape(self) -> Shape:
        """Sizes of the axes, ``None`` where unknown."""
        return self._shape

    @property
    def dtype(self) -> str:
        """The dtype by its standard name."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shape}, {self._dtype!r})"

    # ------------------------------------------------------------ what needs values

    def _no_value(self, what: str) -> NoReturn:
        raise TypeError(
            f"{what} needs the values of {self!r}, which are not known while a model is being built. "
            "Compute with operators and ops functions instead (`where` or `cond` for a condition)"
        )

    def __bool__(self) -> NoReturn:
        self._no_value("bool()")

    def __int__(self) -> NoReturn:
        self._no_value("int()")

    def __float__(self) -> NoReturn:
        self._no_value("float()")

    def __complex__(self) -> NoReturn:
        self._no_value("complex()")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self._no_value("A NumPy function")

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError(f"len() needs an axis, got {self!r} with none")
        if self._shape[0] is None:
            raise TypeError(f"len() needs the size of the first axis of {self!r}, which is not known yet")
        return self._shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._shape:
            raise TypeError(f"Iterating needs an axis, got {self!r} with none")
        if self._shape[0] is None:
            raise TypeError(
                f"Iterating needs the size of the first axis of {self!r}, which is not known yet. "
                "Use `scan`, `vectorized_map`, or functions of the whole tensor"
            )
        return (self[i] for i in range(self._shape[0]))

    def __getitem__(self, key: Any) -> Any:
        return Spec(index_shape(self._shape, key), self._dtype)

    # ------------------------------------------------------------ operators

    def __hash__(self) -> int:
        return id(self)

    def __neg__(self) -> Any:
        return call("negative", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return call("abs", self)

    def __invert__(self) -> Any:
        if self._dtype == "bool":
            return call("logical_not", self)
        ones = -1
        if self._dtype in dtypes.UNSIGNED:
            ones = 2 ** int(self._dtype.removeprefix("uint")) - 1
        return call("bitwise_xor", self, ones)

    def __mod__(self, other: Any) -> Any:
        return _remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _remainder(other, self)

    __add__ = _operator("add")
    __radd__ = _operator("add", True)
    __sub__ = _operator("subtract")
    __rsub__ = _operator("subtract", True)
    __mul__ = _operator("multiply")
    __rmul__ = _operator("multiply", True)
    __floordiv__ = _operator("floor_divide")
    __rfloordiv__ = _operator("floor_divide", True)
    # Division of integers gives floats.
    __truediv__ = _operator("divide", False, "float")
    __rtruediv__ = _operator("divide", True, "float")
    __pow__ = _operator("pow")
    __rpow__ = _operator("pow", True)
    __matmul__ = _operator("matmul")
    __rmatmul__ = _operator("matmul", True)
    __and__ = _operator("bitwise_and")
    __rand__ = _operator("bitwise_and", True)
    __or__ = _operator("bitwise_or")
    __ror__ = _operator("bitwise_or", True)
    __xor__ = _operator("bitwise_xor")
    __rxor__ = _operator("bitwise_xor", True)
    __lshift__ = _operator("bitwise_left_shift")
    __rlshift__ = _operator("bitwise_left_shift", True)
    __rshift__ = _operator("bitwise_right_shift")
    __rrshift__ = _operator("bitwise_right_shift", True)
    __lt__ = _operator("less")
    __le__ = _operator("less_equal")
    __gt__ = _operator("greater")
    __ge__ = _operator("greater_equal")
    __eq__ = _operator("equal")
    __ne__ = _operator("not_equal")


def call(name: str, *args: Any, **options: Any) -> Any:
    """Calls a protocol function on arguments of which one is a `Spec` (or of a class made from it)."""
    known = any(type(leaf) in lifted.LIFTED for leaf in lifted.leaves((args, options)))
    run = lifted.interpret if known else lifted.LIFTED[Spec][1]
    assert run is not None, "specs are no holders of values"
    return run(name, args, options)


def is_spec_like(x: Any) -> bool:
    """Whether ``x`` is a tensor of any library or stands for one: whether it has a shape and a dtype."""
    return hasattr(x, "shape") and hasattr(x, "dtype")


def is_scalar(x: Any) -> bool:
    """Whether ``x`` is a Python scalar, which takes the dtype of the tensor it meets."""
    return isinstance(x, (bool, int, float, complex)) and not hasattr(x, "dtype")


def spec_of(x: Any) -> Spec:
    """The plain spec of a tensor of any library, NumPy array, variable or spec.

    errors: ``TypeError`` for anything else.
    """
    if type(x) is Spec:
        return x
    if not is_spec_like(x):
        raise TypeError(f"Expected a tensor or a Spec, got {x!r:.200} of type {type(x).__name__}")
    return Spec(x.shape, x.dtype)


def shape_tuple(shape: Any, what: str = "`shape`") -> Shape:
    """A shape as a tuple of ``int`` and ``None``.

    errors: ``ValueError`` for anything but sizes ``>= 0`` and ``None``.
    """
    try:
        sizes = tuple(None if size is None else operator.index(size) for size in shape)
    except TypeError:
        sizes = (-1,)
    if any(size is not None and size < 0 for size in sizes):
        raise ShapeError(f"{what} must be a tuple of sizes >= 0, or None where unknown, got {shape!r}")
    return sizes


def scalar_dtype(x: Any) -> str:
    """The weak dtype of a Python scalar in the lattice: ``"bool"``, ``"int"``, ``"float"`` or ``"complex"``."""
    for cls in (bool, int, float):
        if isinstance(x, cls):
            return cls.__name__
    return "complex"


# ---------------------------------------------------------------- indexing


def index_shape(shape: Shape, key: Any) -> Shape:
    """The shape of ``x[key]``, with integers, slices, ``None``, ``...`` and at most one integer tensor.

    errors: ``ShapeError`` for too many entries, an index out of range, a mask or an index of another kind.
    """
    keys = key if isinstance(key, tuple) else (key,)
    consumed = sum(1 for k in keys if k is not None and k is not Ellipsis)
    if sum(1 for k in keys if k is Ellipsis) > 1:
        raise ShapeError(f"index {key!r} must have `...` once at most")
    if consumed > len(shape):
        raise ShapeError(f"index {key!r} has {consumed} entries for a tensor of shape {shape}")
    if sum(1 for k in keys if is_spec_like(k)) > 1:
        raise ShapeError(f"index {key!r} must hold at most one tensor; use `take` for each of them")
    rest = (slice(None),) * (len(shape) - consumed)
    if not any(k is Ellipsis for k in keys):
        keys = (*keys, Ellipsis)
    result: list[Size] = []
    axis = 0
    for k in keys:
        for entry in rest if k is Ellipsis else (k,):
            if entry is None:
                result.append(1)
                continue
            result.extend(_entry_sizes(shape, axis, entry))
            axis += 1
    return tuple(result)


def _entry_sizes(shape: Shape, axis: int, entry: Any) -> Shape:
    """Sizes that the index ``entry`` leaves of an axis."""
    size = shape[axis]
    if isinstance(entry, slice):
        if size is not None:
            return (len(range(*entry.indices(size))),)
        if entry.step == 0:
            raise ShapeError(f"slice {entry!r} must have a step other than 0")
        empty = entry.step is None or entry.step > 0
        # A stop at 0 leaves nothing of any size; everything else depends on the size.
        return (0,) if empty and entry.stop == 0 else (None,)
    if is_spec_like(entry):
        if dtypes.standardize(entry.dtype) not in dtypes.INTEGER:
            raise ShapeError(
                f"a tensor as index must be an integer one, got {entry.dtype} of shape {tuple(entry.shape)}; "
                "what a mask selects has no known size, use `where`"
            )
        return shape_tuple(entry.shape)
    try:
        position = operator.index(entry)
    except TypeError:
        raise ShapeError(
            f"index must hold integers, slices, None, `...` or an integer tensor, got {entry!r}"
        ) from None
    if size is not None and not -size <= position < size:
        raise ShapeError(f"index {position} is out of range for axis {axis} of shape {shape}")
    return ()
