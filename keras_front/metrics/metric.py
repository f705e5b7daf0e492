"""`Metric`: a value gathered over many batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from keras_front import initializers
from keras_front.core import dtype_policy, settings
from keras_front.core.naming import auto_name, name_scope
from keras_front.core.overlay import Overlay
from keras_front.core.tracking import parts, tracked
from keras_front.core.variable import Variable
from keras_front.protocol.dtypes import standardize
from keras_front.utils.deprecation import warn_renamed

Self = TypeVar("Self", bound="Metric")


class Metric:
    """Base class of metrics.

    A subclass makes its variables in ``__init__`` with `add_variable`, takes a batch in with
    ``update_state(y_true, y_pred, sample_weight=None)`` and computes ``result()`` from the variables.

    ``dtype``: what it computes in; default ``floatx()``.

    >>> class Largest(Metric):
    ...     def __init__(self, name="largest", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.value = self.add_variable((), "zeros", name="value")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.value.assign(keras.ops.maximum(self.value, keras.ops.max(y_pred)))
    ...     def result(self):
    ...         return self.value.value
    >>> metric = Largest()
    >>> metric.update_state(None, np.array([1.0, 3.0], dtype="float32"))
    >>> float(metric.result())
    3.0
    """

    _tracked_as = "metric"
    _not_parts: frozenset[str] = frozenset()

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(type(self))
        self._dtype = dtype_policy.get(dtype or settings.floatx()).compute_dtype
        self._variables: list[Variable] = []

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, tracked(value))

    @property
    def dtype(self) -> str:
        """The dtype it computes in."""
        return self._dtype

    def add_variable(
        self,
        shape: Sequence[int] = (),
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """Makes a variable of the metric; ``initializer`` as for layers, default zeros."""
        if not hasattr(self, "_variables"):
            raise RuntimeError(
                f"{type(self).__name__} must call `super().__init__()` first in its `__init__()`"
            )
        shape = tuple(shape)
        if initializer is None or initializer == "zeros":
            # From the host: in a trace too, a variable must begin with a value.
            dtype = standardize(dtype or settings.floatx())
            initializer, given = np.zeros(shape, dtype="float32"), None
        else:
            initializer, given = initializers.get(initializer), shape
        with name_scope(self.name.replace("/", ">")):
            variable = Variable(
                initializer,
                given,
                dtype,
                trainable=False,
                aggregation=aggregation,
                synchronization="on_read",
                name=name,
            )
        self._variables.append(variable)
        return variable

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable` under its older name."""
        return self.add_variable(shape=shape, initializer=initializer, dtype=dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """Its variables, and those of metrics inside it."""
        found = parts(self, ("variable",))
        for metric in parts(self, ("metric",)):
            found.extend(metric.variables)
        return found

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Takes a batch into account; a subclass defines it."""
        raise NotImplementedError(
            f"{type(self).__name__} must define `update_state(self, y_true, y_pred, sample_weight=None)`"
        )

    def result(self) -> Any:
        """The value so far: a scalar tensor, or a dict of them; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} must define `result(self)`")

    def reset_state(self) -> None:
        """Sets the variables to zeros."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, dtype="float32"))

    def reset_states(self) -> None:
        """`reset_state` under its name of 2019."""
        warn_renamed("`Metric.reset_states()`", "`Metric.reset_state()`")
        self.reset_state()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Takes a batch into account and returns the value so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """`update_state` as a pure function: from values of `variables` to their new values."""
        variables = self._checked(metric_variables)
        with Overlay(variables, metric_variables) as overlay:
            self.update_state(*args, **kwargs)
            return [overlay.read(variable) for variable in variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """`result` as a pure function of values of `variables`."""
        with Overlay(self._checked(metric_variables), metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The values that `reset_state` gives to `variables`."""
        with Overlay() as overlay:
            self.reset_state()
            return [overlay.read(variable) for variable in self.variables]

    def _checked(self, values: Sequence[Any]) -> list[Variable]:
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f"`metric_variables` must hold a tensor for each of the {len(variables)} variables of "
                f"{type(self).__name__}, got {len(values)}"
            )
        return variables

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The metric with these arguments."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"
