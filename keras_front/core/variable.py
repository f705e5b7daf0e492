"""`Variable`: state that layers, optimizers, metrics and seeds keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from keras_front.core import settings
from keras_front.core.convert import cast, dtype_of, to_numpy, to_tensor
from keras_front.core.dispatch import F, backend
from keras_front.core.naming import auto_name, current_path
from keras_front.core.operators import EqualityOperators
from keras_front.core.overlay import local as overlay_state
from keras_front.core.tracking import structure
from keras_front.interpret.lifted import register_holder
from keras_front.protocol.dtypes import is_floating, standardize

Initializer = Callable[..., Any]


class _Local(threading.local):
    #: dtype that floating variables are read in, or None: set by a layer whose compute dtype differs.
    autocast: str | None = None


local = _Local()


class Variable(EqualityOperators):
    """A tensor that keeps its value between calls and can be assigned to.

    Arguments: ``initializer``: an array-like, or a function ``(shape, dtype)`` together with ``shape``.
    ``dtype``: default that of the value, for a function ``floatx()``.  ``trainable``: whether optimizers
    change it.  ``autocast``: whether a mixed-precision layer reads it in its compute dtype.  ``name``: without slashes.

    It takes the place of a tensor in every operator and every function of `keras_front.ops`.  Where no compiled step
    is at work, an optimizer may update ``value`` in place; ``numpy()`` is a copy.

    errors: ``ValueError`` for a value of another shape, or a function without ``shape``.

    >>> v = Variable([1.0, 2.0], name="v")
    >>> _ = v.assign_add([10.0, 10.0])
    >>> [float(x) for x in v * 2]
    [22.0, 24.0]
    """

    _is_variable = True
    _tracked_as = "variable"
    # Lets NumPy's operators give way: `array + variable` is ours.
    __array_ufunc__ = None

    __slots__ = (
        "__weakref__", "_constraint", "_dtype", "_name", "_path",
        "_regularizer", "_shape", "_trainable", "_value", "aggregation", "autocast",
        "overwrite_with_gradient", "synchronization",
    )  # fmt: skip

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
    ) -> None:
        name = name if name is not None else auto_name(type(self))
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"`name` must be a string without '/', got {name!r}")
        self._name = name
        self._path = f"{current_path()}/{name}" if current_path() else name
        self._trainable = bool(trainable)
        self._regularizer: Callable[[Any], Any] | None = None
        self._constraint: Callable[[Any], Any] | None = None
        self.autocast = bool(autocast)
        self.aggregation = aggregation or "none"
        self.synchronization = synchronization
        self.overwrite_with_gradient = False
        if callable(initializer):
            if shape is None:
                raise ValueError(
                    f"`shape` must be given when `initializer` is a function, got {initializer!r}"
                )
            self._dtype = standardize(dtype or settings.floatx())
            value = cast(initializer(tuple(shape), dtype=self._dtype), self._dtype)
        else:
            wanted = standardize(dtype) if dtype is not None else None
            if isinstance(initializer, Variable):
                initializer = initializer.numpy()
            # The variable owns its tensor: a host array is copied, and so is a tensor, by way of the host.
            value = to_tensor(
                to_numpy(initializer) if backend.is_tensor(initializer) else initializer, wanted
            )
            self._dtype = dtype_of(value)
        self._shape = tuple(value.shape)
        if shape is not None and tuple(shape) != self._shape:
            raise ValueError(f"`initializer` has shape {self._shape}, but `shape` is {tuple(shape)}")
        self._value = F.parameter(value, trainable=self._trainable and is_floating(self._dtype))

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        register_holder(cls, attrgetter("value"))

    @property
    def name(self) -> str:
        """The variable's own name."""
        return self._name

    @property
    def path(self) -> str:
        """The name behind those of the layers it belongs to, such as ``"dense/kernel"``."""
        return self._path

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, which never changes."""
        return self._shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self._shape, dtype=np.int64))

    @property
    def dtype(self) -> str:
        """The dtype reads have: the variable's own, or the compute dtype of the layer at work."""
        if local.autocast is not None and self.autocast and is_floating(self._dtype):
            return local.autocast
        return self._dtype

    @property
    def trainable(self) -> bool:
        """Whether optimizers change it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        if value != self._trainable:
            structure.changed()
            self._trainable = value
            self._value = F.parameter(self._value, trainable=value and is_floating(self._dtype))

    @property
    def regularizer(self) -> Callable[[Any], Any] | None:
        """A function of the value whose result is added to the loss."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Callable[[Any], Any] | None) -> None:
        if value is not None and not callable(value):
            raise ValueError(f"`regularizer` must be a function or None, got {value!r}")
        if value is not self._regularizer:
            structure.changed()
            self._regularizer = value

    @property
    def constraint(self) -> Callable[[Any], Any] | None:
        """A function that the optimizer sends the value through after each update."""
        return self._constraint

    @constraint.setter
    def constraint(self, value: Callable[[Any], Any] | None) -> None:
        if value is not None and not callable(value):
            raise ValueError(f"`constraint` must be a function or None, got {value!r}")
        self._constraint = value

    @property
    def value(self) -> Any:
        """The tensor it holds, as this thread sees it."""
        overlay = overlay_state.overlay
        value = self._value if overlay is None else overlay.read(self)
        autocast = local.autocast
        if autocast is None:
            return value
        if self.autocast and self._dtype != autocast and is_floating(self._dtype):
            return F.astype(value, autocast)
        return value

    def assign(self, value: Any) -> Any:
        """Sets the value; returns it as a tensor.

        errors: ``ValueError`` if the shape differs; nothing is changed then.
        """
        if type(value) is not type(self._value) or dtype_of(value) != self._dtype:
            value = cast(value, self._dtype)
        if tuple(value.shape) != self._shape:
            raise ValueError(
                f"variable {self._path!r} has shape {self._shape} and cannot be assigned a value of shape "
                f"{tuple(value.shape)}"
            )
        overlay = overlay_state.overlay
        if overlay is None:
            self._value = F.store(self._value, value)
            return self._value
        overlay.assign(self, value)
        return value

    def assign_add(self, value: Any) -> Any:
        """Adds to the value; returns the sum as a tensor."""
        return self.assign(F.add(self.stored, self._operand(value)))

    def assign_sub(self, value: Any) -> Any:
        """Subtracts from the value; returns the difference as a tensor."""
        return self.assign(F.subtract(self.stored, self._operand(value)))

    def _operand(self, value: Any) -> Any:
        """What is added or subtracted: of its dtype, and of a shape that broadcasts to its own."""
        value = cast(value, self._dtype)
        shape = tuple(value.shape)
        own = self._shape[len(self._shape) - len(shape) :]
        if len(shape) > len(self._shape) or any(a not in (1, b) for a, b in zip(shape, own, strict=True)):
            raise ValueError(
                f"variable {self._path!r} has shape {self._shape}, to which a value of shape {shape} cannot be added "
                "or subtracted"
            )
        return value

    @property
    def stored(self) -> Any:
        """The value in the variable's own dtype."""
        overlay = overlay_state.overlay
        return self._value if overlay is None else overlay.read(self)

    def numpy(self) -> np.ndarray:
        """A copy of the value as a NumPy array."""
        return to_numpy(self.stored)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __jax_array__(self) -> Any:
        return self.value

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        def unwrap(x: Any) -> Any:
            if isinstance(x, Variable):
                return x.value
            return type(x)(unwrap(item) for item in x) if type(x) in (list, tuple) else x

        return func(*unwrap(args), **{key: unwrap(item) for key, item in (kwargs or {}).items()})

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError(f"variable {self._path!r} has no axes, so it has no length")
        return self._shape[0]

    def __bool__(self) -> bool:
        return bool(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __format__(self, spec: str) -> str:
        return format(self.numpy(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"<Variable path={self._path}, shape={self._shape}, dtype={self._dtype}, value={self.numpy()}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        new = Variable(
            self.numpy(), dtype=self._dtype, trainable=self._trainable, autocast=self.autocast,
            aggregation=self.aggregation, synchronization=self.synchronization, name=self._name,
        )  # fmt: skip
        new._path, new._regularizer, new._constraint = self._path, self._regularizer, self._constraint
        memo[id(self)] = new
        return new

    def __reduce__(self) -> Any:
        return _restore, (self.numpy(), self._dtype, self._trainable, self.autocast, self._name, self._path)


def _restore(
    value: np.ndarray, dtype: str, trainable: bool, autocast: bool, name: str, path: str
) -> Variable:
    variable = Variable(value, dtype=dtype, trainable=trainable, autocast=autocast, name=name)
    variable._path = path
    return variable


register_holder(Variable, attrgetter("value"))
