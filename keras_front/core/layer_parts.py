"""What a layer has: its name, its dtypes, the variables and layers in it, and the numbers in those."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_front.core import dtype_policy as policies
from keras_front.core.dispatch import backend
from keras_front.core.tracking import parts, structure, tracked
from keras_front.core.variable import Variable

if TYPE_CHECKING:
    from keras_front.core.layer import Layer
    from keras_front.core.symbolic import Node

#: Types of values that are no parts, nor have any.
_VALUES = frozenset({bool, int, float, str, type(None), np.ndarray, *backend.traits.tensor_types})


class LayerParts:
    """The part of a layer that knows what belongs to it."""

    _tracked_as = "layer"
    #: Attributes in which no parts are looked for.
    _not_parts: frozenset[str] = frozenset({"_inbound_nodes", "_init_arguments", "_cache", "_losses"})

    # What the constructor of `Layer` sets.
    _name: str
    _path: str | None
    _trainable: bool
    _init_arguments: tuple[tuple[Any, ...], dict[str, Any]]
    _activity_regularizer: Any
    _weights: list[Variable]
    _losses: list[Any]
    _inbound_nodes: list[Node]
    _build_shapes: dict[str, Any] | None
    _cache: dict[str, tuple[int, Any]]
    autocast: bool
    built: bool
    input_spec: Any
    supports_masking: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls)
        object.__setattr__(instance, "_init_arguments", (args, kwargs))
        return instance

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._not_parts:
            if type(value) not in _VALUES:
                value = tracked(value)
            elif type(self.__dict__.get(name)) not in _VALUES:
                # A plain value takes the place of what may have been a part.
                structure.changed()
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        structure.changed()
        object.__delattr__(self, name)

    def _not_initialized(self) -> RuntimeError:
        return RuntimeError(
            f"layer {type(self).__name__!r} is not set up: call `super().__init__()` first in its `__init__`"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self._name}, built={self.built}>"

    # ------------------------------------------------------------ facts

    @property
    def name(self) -> str:
        """The layer's name."""
        return self._name

    @property
    def path(self) -> str:
        """The name behind those of the layers it stands in."""
        return self._path or self._name

    @property
    def dtype_policy(self) -> policies.DTypePolicy:
        """The dtypes it works with."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._set_policy(value)
        structure.changed()

    def _set_policy(self, value: Any) -> None:
        policy = policies.get(value)
        for dtype in (policy.compute_dtype, policy.variable_dtype):
            if dtype not in backend.traits.dtypes:
                raise ValueError(
                    f"layer {self._name!r}: the backend {backend.name!r} has no dtype {dtype!r}; it has "
                    f"{', '.join(sorted(backend.traits.dtypes))}"
                )
        self._dtype_policy = policy
        self._compute_dtype = policy.compute_dtype
        self._mixed = policy.compute_dtype != policy.variable_dtype

    @property
    def dtype(self) -> str:
        """The dtype of its weights."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype it computes in."""
        return self._dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights."""
        return self._dtype_policy.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype floating inputs are cast to."""
        return self._dtype_policy.compute_dtype

    @property
    def activity_regularizer(self) -> Any:
        """A function of the output whose result is added to the loss."""
        return self._activity_regularizer

    @property
    def trainable(self) -> bool:
        """Whether its weights are trained; setting it sets it for all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        structure.changed()
        object.__setattr__(self, "_trainable", value)
        for layer in self._flatten_layers(include_self=False):
            object.__setattr__(layer, "_trainable", value)

    # ------------------------------------------------------------ parts

    def _cached(self, key: str, compute: Callable[[], list[Any]]) -> list[Any]:
        found = self._cache.get(key)
        if found is None or found[0] != structure.version:
            found = (structure.version, compute())
            self._cache[key] = found
        return list(found[1])

    def _children(self) -> list[Layer]:
        return self._cached("children", lambda: parts(self, ("layer",)))

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Layer]:
        """The layer and the layers inside it, each once, outer ones first."""
        found: dict[int, Any] = {id(self): self}
        waiting = list(reversed(self._children()))
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                if recursive:
                    waiting.extend(reversed(layer._children()))
        return list(found.values())[0 if include_self else 1 :]

    def _own_variables(self) -> list[Variable]:
        """Its own variables: trainable ones first, in the order in which they were made."""
        own: list[Variable] = self._cached("own", lambda: parts(self, ("variable",)))
        return [v for v in own if _made_trainable(v)] + [v for v in own if not _made_trainable(v)]

    @property
    def _seed_generators(self) -> list[Any]:
        return parts(self, ("seed",))

    @property
    def variables(self) -> list[Variable]:
        """All of its variables, those of the layers inside it and the states of seeds among them."""

        def collect() -> list[Variable]:
            found: list[Variable] = []
            for layer in self._flatten_layers():
                found += [*layer._own_variables(), *(seed.state for seed in layer._seed_generators)]
            return unique(found)

        return self._cached("variables", collect)

    @property
    def weights(self) -> list[Variable]:
        """The variables of the layer and of the layers inside it, without the states of seeds and metrics."""

        def collect() -> list[Variable]:
            return unique(v for layer in self._flatten_layers() for v in layer._own_variables())

        return self._cached("weights", collect)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that an optimizer changes."""

        def collect() -> list[Variable]:
            return (
                unique(
                    v
                    for layer in self._flatten_layers()
                    if layer._trainable
                    for v in layer._own_variables()
                    if v.trainable
                )
                if self._trainable
                else []
            )

        return self._cached("trainable", collect)

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that no optimizer changes."""
        trained = {id(v) for v in self.trainable_variables}
        return [v for v in self.variables if id(v) not in trained]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer changes."""
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that no optimizer changes."""
        trained = {id(v) for v in self.trainable_variables}
        return [v for v in self.weights if id(v) not in trained]

    @property
    def metrics(self) -> list[Any]:
        """The metrics set as attributes of the layer or of layers inside it."""
        return self._cached(
            "metrics",
            lambda: unique(m for layer in self._flatten_layers() for m in parts(layer, ("metric",))),
        )

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of its metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def count_params(self) -> int:
        """How many numbers its weights hold.

        errors: ``ValueError`` if it is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"layer {self.name!r} has no weights yet: call it on data, or `build(input_shape)` it, first"
            )
        return sum(v.size for v in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of its weights as NumPy arrays, in the order of `weights`."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Sets its weights from arrays in the order of `weights`.

        errors: ``ValueError`` for another number of arrays, or another shape; nothing is changed then.
        """
        weights = [np.asarray(w) for w in weights]
        own = self.weights
        if len(weights) != len(own):
            raise ValueError(
                f"layer {self.name!r} has {len(own)} weights, but `weights` holds {len(weights)} arrays"
            )
        for variable, array in zip(own, weights, strict=True):
            if variable.shape != array.shape:
                raise ValueError(
                    f"layer {self.name!r}: weight {variable.path!r} has shape {variable.shape}, but the array given "
                    f"for it has shape {array.shape}"
                )
        for variable, array in zip(own, weights, strict=True):
            variable.assign(array)

    # ------------------------------------------------------------ storing

    def save_own_variables(self, store: Any) -> None:
        """Puts its own variables into a mapping: ``"0"``, ``"1"``, ..."""
        for i, variable in enumerate(self._own_variables()):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Takes its own variables from a mapping.

        errors: ``ValueError`` for another number of variables, or another shape.
        """
        own = self._own_variables()
        if len(store.keys()) != len(own):
            hint = "" if self.built else " It is not built yet: call it on data, or `build` it, before"
            raise ValueError(
                f"layer {self.name!r} has {len(own)} variables, but {len(store.keys())} are stored for it.{hint}"
            )
        for i, variable in enumerate(own):
            variable.assign(store[str(i)])


def _made_trainable(variable: Variable) -> bool:
    return variable.trainable


def unique(items: Iterable[Any]) -> list[Any]:
    """The items in their order, each once."""
    return list({id(item): item for item in items}.values())
