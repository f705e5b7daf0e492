"""Functional models: a graph of layers from inputs to outputs."""

from __future__ import annotations

import inspect
from typing import Any

from keras_front.core import call as calls
from keras_front.core.convert import _TYPES, cast, dtype_of
from keras_front.core.layer import Layer, map_values
from keras_front.core.naming import auto_name
from keras_front.core.symbolic import KerasTensor, Node, Operation
from keras_front.core.tracking import structure
from keras_front.interpret.lifted import leaves
from keras_front.interpret.shapes import Spec
from keras_front.models.graph import Graph, Plan, detached, trace
from keras_front.models.model import Model
from keras_front.protocol.dtypes import standardize


class Functional(Model):
    """A model given by its symbolic inputs and outputs; made by ``Model(inputs, outputs)``.

    ``inputs``, ``outputs``: a symbolic tensor, or a list, tuple or dict of them.

    errors: ``ValueError`` if inputs and outputs are not connected, or two layers have one name.

    >>> from keras_front import Input, layers
    >>> x = Input((3,))
    >>> model = Model(x, keras.layers.Dense(2)(x))
    >>> model.output_shape
    (None, 2)
    """

    _not_parts = Model._not_parts | {"_graph", "_plan", "_inputs_tree", "_outputs_tree"}

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        trainable = kwargs.pop("trainable", None)
        super().__init__(name=name or auto_name(Functional), **kwargs)
        _check_tensors("inputs", inputs)
        _check_tensors("outputs", outputs)
        given = [_as_input(t) for t in leaves(inputs)]
        if any(t.history is not None and t.history[0].input_tensors for t in given):
            new, outputs = detached(given, outputs)
            inputs = map_values(lambda t: new[id(t)], inputs)
        self._inputs_tree, self._outputs_tree = inputs, outputs
        self._input_tensors: list[KerasTensor] = list(leaves(inputs))
        self._output_tensors: list[KerasTensor] = list(leaves(outputs))
        self._graph: Graph = trace(self._input_tensors, self._output_tensors)
        self._layers: list[Layer] = [op for op in self._graph.operations if isinstance(op, Layer)]
        self._operations = self._graph.operations
        _check_names(self._graph)
        self._plan: tuple[int, Plan] | None = None
        self._sizes = [tuple(t.shape) for t in self._input_tensors]
        self._input_dtypes = [t.dtype for t in self._input_tensors]
        self._input_names = [_input_name(t) for t in self._input_tensors]
        self._single_input = isinstance(inputs, KerasTensor)
        self.built = True
        self._build_shapes = {"input_shape": map_values(lambda t: t.shape, inputs)}
        if trainable is not None:
            self.trainable = trainable

    @property
    def layers(self) -> list[Layer]:
        """Its layers, those farthest from the outputs first."""
        return list(self._layers)

    @property
    def operations(self) -> list[Any]:
        """Its layers and the operations between them."""
        return list(self._operations)

    @property
    def inputs(self) -> list[KerasTensor]:
        """Its symbolic inputs as a flat list."""
        return list(self._input_tensors)

    @property
    def outputs(self) -> list[KerasTensor]:
        """Its symbolic outputs as a flat list."""
        return list(self._output_tensors)

    @property
    def input_names(self) -> list[str]:
        """The names of its inputs."""
        return list(self._input_names)

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that give its outputs."""
        return [t.history[0].operation.name if t.history else t.name for t in self._output_tensors]

    @property
    def input(self) -> Any:
        """Its symbolic inputs as they were given."""
        return self._inputs_tree

    @property
    def output(self) -> Any:
        """Its symbolic outputs as they were given."""
        return self._outputs_tree

    @property
    def input_shape(self) -> Any:
        """The shape of its input; a flat list of them if it has several."""
        return self._sizes[0] if len(self._sizes) == 1 else list(self._sizes)

    @property
    def output_shape(self) -> Any:
        """The shape of its output; a flat list of them if it has several."""
        shapes = [t.shape for t in self._output_tensors]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def _takes_training(self) -> bool:
        return True

    def build(self, input_shape: Any = None) -> None:
        """Nothing is left to build: the layers were built when they were called."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Runs the graph."""
        values = self._standardize(inputs)
        context = calls.local.context
        if mask is not None and context is not None:
            for value, m in zip(values, leaves(mask), strict=True):
                context.set_mask(value, m)
        plan = self._current_plan()
        if plan.is_fast and not (context is not None and context.masks):
            return plan.run_fast(values, training)
        return plan.run(values, lambda operation, args, kwargs: operation(*args, **kwargs))

    def compute_output_shape(self, input_shape: Any = None) -> Any:
        """The shapes of the outputs for inputs of the given shapes."""
        if input_shape is None:
            return map_values(lambda t: t.shape, self._outputs_tree)
        return super().compute_output_shape(input_shape)

    def _current_plan(self) -> Plan:
        if self._plan is None or self._plan[0] != structure.version:
            plan = Plan(self._input_tensors, self._outputs_tree, self._graph, self._direct)
            self._plan = (structure.version, plan)
        return self._plan[1]

    def _direct(self, node: Node) -> Any:
        """The ``call`` of a node's layer, if nothing has to happen around it."""
        operation = node.operation
        if isinstance(operation, Operation):
            return operation.function
        plain = (
            type(operation).__call__ is Layer.__call__
            and type(operation).compute_mask is Layer.compute_mask
            and operation._activity_regularizer is None
            and not operation._mixed
            and operation.built
            and all(t.dtype == operation._compute_dtype or "float" not in t.dtype for t in node.input_tensors)
        )
        return operation.call if plain else None

    def _standardize(self, inputs: Any) -> list[Any]:
        """The inputs as a flat list of tensors of the dtypes and ranks the model was built for."""
        if self._fits_as_it_is(inputs):
            return [inputs]
        if self._single_input and hasattr(inputs, "shape"):
            values = [inputs]
        elif isinstance(inputs, dict) and not isinstance(self._inputs_tree, dict):
            values = [self._by_name(inputs, name) for name in self._input_names]
        elif isinstance(inputs, dict):
            values = list(leaves({name: self._by_name(inputs, name) for name in self._inputs_tree}))
        else:
            values = list(leaves(inputs))
        if len(values) != len(self._input_tensors):
            raise ValueError(
                f"model {self.name!r} has {len(self._input_tensors)} input(s), but it received {len(values)}. "
                f"Pass one tensor for each of: {', '.join(self._input_names)}"
            )
        return [
            self._fit(value, size, dtype, i)
            for i, (value, size, dtype) in enumerate(
                zip(values, self._sizes, self._input_dtypes, strict=True)
            )
        ]

    def _fits_as_it_is(self, inputs: Any) -> bool:
        """Whether the inputs are one tensor of the dtype and the sizes the model was built for: the usual case."""
        if not self._single_input or type(inputs) not in _TYPES:
            return False
        size, shape = self._sizes[0], inputs.shape
        return len(shape) == len(size) and shape[1:] == size[1:] and dtype_of(inputs) == self._input_dtypes[0]

    def _check_inputs(self, x: Any) -> None:
        if self._fits_as_it_is(x):
            return
        # Standardized as specs, which costs no arithmetic.
        self._standardize(
            map_values(lambda leaf: Spec(leaf.shape, leaf.dtype) if hasattr(leaf, "shape") else leaf, x)
        )

    def _by_name(self, inputs: dict[str, Any], name: str) -> Any:
        if name not in inputs:
            raise ValueError(
                f"model {self.name!r} needs the input {name!r}, but the dict it received has {sorted(inputs)}"
            )
        return inputs[name]

    def _fit(self, value: Any, size: tuple[int | None, ...], dtype: str, i: int) -> Any:
        shape = tuple(value.shape)
        if len(shape) != len(size):
            value = _adjust_rank(value, shape, size)
            shape = tuple(value.shape)
        if len(shape) != len(size) or any(
            a is not None and b is not None and a != b for a, b in zip(shape[1:], size[1:], strict=False)
        ):
            raise ValueError(
                f"model {self.name!r} expects input {i} ({self._input_names[i]!r}) to have shape {size}, but it received "
                f"shape {shape}"
            )
        if standardize(value.dtype) != dtype:
            value = cast(value, dtype)
        return value

    def get_config(self) -> dict[str, Any]:
        """The configuration of the graph: layers, their calls, inputs and outputs."""
        from keras_front.models.functional_config import graph_config

        if not _takes_graph(type(self)):
            # A subclass that makes its graph itself is made again by its constructor.
            return {**self._base_config(), **self._constructor_config()}
        return graph_config(self)


def _takes_graph(cls: type) -> bool:
    """Whether the constructor of a class takes inputs and outputs."""
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    kinds = {p.kind for p in parameters.values()}
    return "outputs" in parameters or inspect.Parameter.VAR_POSITIONAL in kinds


def _adjust_rank(value: Any, shape: tuple[int, ...], size: tuple[int | None, ...]) -> Any:
    """A missing or surplus last axis of size 1 is put right, as for targets and single features."""
    from keras_front import ops

    if len(shape) == len(size) + 1 and shape[-1] == 1:
        return ops.squeeze(value, axis=-1)
    if len(shape) == len(size) - 1 and size[-1] == 1:
        return ops.expand_dims(value, axis=-1)
    return value


def _check_tensors(what: str, tree: Any) -> None:
    found = list(leaves(tree))
    if not found:
        raise ValueError(f"`{what}` must hold at least one symbolic tensor, got {tree!r}")
    for leaf in found:
        if not isinstance(leaf, KerasTensor):
            raise ValueError(
                f"`{what}` must be symbolic tensors, made by `Input(...)` and calls of layers on them, got {leaf!r:.120}"
            )


def _as_input(tensor: KerasTensor) -> KerasTensor:
    """An input of a model; one that no call made gets an input layer of its own."""
    if tensor.history is None:
        from keras_front.layers.input_layer import InputLayer

        InputLayer(input_tensor=tensor, name=tensor.name)
    return tensor


def _input_name(tensor: KerasTensor) -> str:
    return tensor.history[0].operation.name if tensor.history else tensor.name


def _check_names(graph: Graph) -> None:
    seen: set[str] = set()
    for operation in graph.operations:
        if operation.name in seen:
            raise ValueError(
                f"the layers of a model need different names, but two are called {operation.name!r}: "
                "give one of them another `name`"
            )
        seen.add(operation.name)
