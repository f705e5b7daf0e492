"""A backend that offers nothing but what the protocol promises: what leaks past the protocol fails here.

Its tensors have ``shape``, ``dtype`` and the Python operators between equal dtypes or with a Python scalar.  They are
no NumPy arrays, do not iterate, and have no truth value unless 0-d.  Its primitives check their arguments by
the stubs: dtypes, scalars, indices.  It computes with NumPy and overrides nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from keras_front.protocol import SPECIFICATION, Traits, assemble, dtypes, names, standard_array_group
from keras_front.protocol.tree import map_tree

DTYPES = frozenset(dtypes.ALL) - {"bfloat16", "complex64", "complex128"}
SCALARS = (bool, int, float)


class Dtype:
    """The dtype of a strict tensor: it has a name, and equals its like."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dtype) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"strict.{self.name}"


def _operator(name: str, swapped: bool = False) -> Callable[..., Any]:
    def method(self: StrictTensor, other: Any) -> Any:
        if not isinstance(other, (StrictTensor, *SCALARS)):
            return NotImplemented
        return getattr(backend, name)(*((other, self) if swapped else (self, other)))

    return method


class StrictTensor:
    """A tensor that refuses whatever the protocol does not promise."""

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None

    def __init__(self, value: np.ndarray) -> None:
        self._value = value

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self._value.shape

    @property
    def dtype(self) -> Dtype:
        """The dtype."""
        return Dtype(self._value.dtype.name)

    def __repr__(self) -> str:
        return f"StrictTensor({self._value!r})"

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(
            f"a strict tensor has no {name!r}: the protocol promises `shape`, `dtype` and operators; "
            "use protocol functions for the rest"
        )

    def _refuse(self, what: str, instead: str) -> NoReturn:
        raise TypeError(f"{what} of a strict tensor of shape {self.shape}: the protocol has {instead}")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self._refuse("conversion to NumPy", "`to_host`")

    def __iter__(self) -> NoReturn:
        self._refuse("iteration", "`slice` and `scan`")

    def __len__(self) -> NoReturn:
        self._refuse("len()", "`shape`")

    def __getitem__(self, key: Any) -> NoReturn:
        self._refuse("indexing", "`slice` and `take`")

    def __float__(self) -> float:
        if self._value.shape:
            self._refuse("float()", "it for 0-d only")
        return float(self._value)

    def __int__(self) -> int:
        if self._value.shape:
            self._refuse("int()", "it for 0-d only")
        return int(self._value)

    def __index__(self) -> NoReturn:
        self._refuse("use as an index", "`to_host`")

    def __bool__(self) -> bool:
        if self._value.shape or self._value.dtype != bool:
            self._refuse(f"truth value ({self._value.dtype})", "it for 0-d `bool` only")
        return bool(self._value)

    __add__, __radd__ = _operator("add"), _operator("add", True)
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", True)
    __mul__, __rmul__ = _operator("multiply"), _operator("multiply", True)
    __truediv__, __rtruediv__ = _operator("divide"), _operator("divide", True)
    __floordiv__, __rfloordiv__ = _operator("floor_divide"), _operator("floor_divide", True)
    __pow__, __rpow__ = _operator("pow"), _operator("pow", True)
    __matmul__, __rmatmul__ = _operator("matmul"), _operator("matmul", True)
    __and__, __rand__ = _operator("bitwise_and"), _operator("bitwise_and", True)
    __or__, __ror__ = _operator("bitwise_or"), _operator("bitwise_or", True)
    __xor__, __rxor__ = _operator("bitwise_xor"), _operator("bitwise_xor", True)
    __lshift__, __rlshift__ = _operator("bitwise_left_shift"), _operator("bitwise_left_shift", True)
    __rshift__, __rrshift__ = _operator("bitwise_right_shift"), _operator("bitwise_right_shift", True)
    __eq__, __ne__ = _operator("equal"), _operator("not_equal")
    __lt__, __le__ = _operator("less"), _operator("less_equal")
    __gt__, __ge__ = _operator("greater"), _operator("greater_equal")

    def __neg__(self) -> Any:
        return backend.negative(self)

    def __abs__(self) -> Any:
        return backend.abs(self)

    def __invert__(self) -> Any:
        return backend.bitwise_xor(self, True if self._value.dtype == bool else -1)


# ---------------------------------------------------------------- checked primitives


def _open(name: str, leaf: Any) -> Any:
    if isinstance(leaf, StrictTensor):
        return leaf._value
    # NumPy's scalars are Python floats by inheritance, but not on other backends.
    if isinstance(leaf, (np.ndarray, np.generic)):
        raise TypeError(f"{name}: got a NumPy {type(leaf).__name__}; convert it with `from_host`")
    return leaf


def _kinds(name: str) -> tuple[str, ...]:
    """The dtypes that the stub's ``dtype:`` rule admits for all tensors of a call."""
    rule = (SPECIFICATION[name].function.__doc__ or "").partition("dtype:")[2]
    first = rule.replace(",", " ").replace(";", " ").split()[0] if rule.split() else "any"
    integer = dtypes.INTEGER
    return {
        "numeric": integer + dtypes.FLOATING,
        "floating": dtypes.FLOATING,
        "integer": integer + (dtypes.BOOL if "integer or bool" in rule else ()),
        "signed": dtypes.SIGNED + dtypes.FLOATING,
    }.get(first, dtypes.ALL)


def _equal_dtypes(name: str, arrays: list[np.ndarray], scalars: list[Any]) -> None:
    found = {array.dtype.name for array in arrays}
    if len(found) > 1:
        raise TypeError(f"{name}: tensors must have equal dtypes, got {sorted(found)}")
    for value in scalars:
        if type(value) not in SCALARS:
            raise TypeError(f"{name}: an operand must be a tensor or a Python scalar, got {value!r}")
        dtype = next(iter(found), None)
        if dtype is None:
            raise TypeError(f"{name}: one operand must be a tensor, got scalars only")
        if isinstance(value, float) and not dtypes.is_floating(dtype):
            raise TypeError(f"{name}: the scalar {value!r} does not fit a tensor of {dtype}")
        if isinstance(value, bool) != (dtype == "bool"):
            raise TypeError(f"{name}: the scalar {value!r} does not fit a tensor of {dtype}")


#: Primitives whose operands are tensors or scalars, and how many of them.
_ELEMENTWISE = {
    name: len(SPECIFICATION[name].tensors)
    for name in names("primitive")
    if "Scalar" in str(SPECIFICATION[name].signature) and name != "full"
}


def _checked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    admitted, signature = _kinds(name), SPECIFICATION[name].signature

    @functools.wraps(SPECIFICATION[name].function)
    def strict(*args: Any, **options: Any) -> Any:
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        args, options = map_tree(lambda leaf: _open(name, leaf), list(bound.args)), bound.kwargs
        arrays = [leaf for leaf in args if isinstance(leaf, np.ndarray)]
        for array in arrays[:1] if name != "where" else ():
            if array.dtype.name not in admitted:
                raise TypeError(
                    f"{name}: the protocol has it for {admitted[0]} ... {admitted[-1]}, got {array.dtype}"
                )
        if name in _ELEMENTWISE:
            operands = args[1:] if name == "where" else args
            _equal_dtypes(
                name,
                [a for a in operands if isinstance(a, np.ndarray)],
                [a for a in operands if not isinstance(a, np.ndarray)],
            )
        elif name in ("concat", "matmul"):
            _equal_dtypes(name, args[0] if name == "concat" else arrays, [])
        if name in ("take", "take_along_axis", "scatter"):
            _indices(name, args[0].shape[bound.arguments["axis"]], args[1])
        with np.errstate(all="ignore"):
            return StrictTensor(np.asarray(function(*args, **options)))

    return strict


def _indices(name: str, size: int, indices: np.ndarray) -> None:
    if dtypes.kind(indices.dtype.name) not in ("signed", "unsigned"):
        raise TypeError(f"{name}: `indices` must be integers, got {indices.dtype}")
    if indices.size and not 0 <= indices.min() <= indices.max() < size:
        raise IndexError(f"{name}: `indices` must lie between 0 and {size - 1}, got {indices!r:.100}")


def _scatter(x: Any, indices: Any, updates: Any, /, axis: int, mode: str) -> Any:
    axis %= x.ndim
    flat = updates.reshape(*x.shape[:axis], indices.size, *x.shape[axis + 1 :])
    result = np.moveaxis(x.copy(), axis, 0)
    rules: dict[str, Callable[..., Any]] = {
        "add": np.add,
        "max": np.maximum,
        "min": np.minimum,
        "set": lambda old, new: new,
    }
    for i, row in zip(indices.ravel(), np.moveaxis(flat, axis, 0), strict=True):
        result[i] = rules[mode](result[i], row)
    return np.moveaxis(result, 0, axis)


# ---------------------------------------------------------------- the host


def _from_host(array: np.ndarray, /, dtype: str | None = None) -> StrictTensor:
    if not isinstance(array, (np.ndarray, np.generic)):
        raise TypeError(f"from_host: `array` must be a NumPy array, got {type(array).__name__}")
    name = dtype or array.dtype.name
    if name not in DTYPES:
        raise TypeError(f"from_host: `dtype` must be one of {', '.join(sorted(DTYPES))}, got {name!r}")
    return StrictTensor(np.array(array, dtype=name))


def _to_host(x: StrictTensor, /) -> np.ndarray:
    return np.array(x._value)


def _is_tensor(x: object, /) -> bool:
    return isinstance(x, StrictTensor)


def _dtype_of(x: StrictTensor, /) -> str:
    return x._value.dtype.name


_HOST: dict[str, Callable[..., Any]] = {
    "from_host": _from_host,
    "to_host": _to_host,
    "is_tensor": _is_tensor,
    "dtype_of": _dtype_of,
}

backend = assemble(
    "strict",
    _HOST,
    {
        name: _checked(name, function)
        for name, function in (*standard_array_group(np).items(), ("scatter", _scatter))
    },
    version=np.__version__,
    traits=Traits(
        dtypes=DTYPES,
        gradient_dtypes=frozenset({"float16", "float32", "float64"}),
        tensor_types=(StrictTensor,),
    ),
)
