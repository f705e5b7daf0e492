"""Symbolic tensors: specs that remember how they were made, from which functional models are built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_front.core.naming import auto_name, unique_name
from keras_front.core.operators import Operators
from keras_front.core.overlay import Overlay
from keras_front.interpret.lifted import leaves, register
from keras_front.interpret.shapes import Spec
from keras_front.protocol.dtypes import standardize
from keras_front.protocol.tree import map_tree


class KerasTensor(Operators, Spec):
    """A tensor of a model under construction: shape, dtype, name, and the call that made it.

    ``shape``: sizes, ``None`` where unknown.  It takes the place of a tensor in layers, operators and `keras_front.ops`.

    >>> x = KerasTensor((None, 3))
    >>> (x @ KerasTensor((3, 5))).shape
    (None, 5)
    """

    __slots__ = ("_keras_history", "name", "ragged", "record_history", "sparse")
    _keras_history: tuple[Node, int] | None
    name: str
    ragged: bool
    record_history: bool
    sparse: bool

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(tuple(shape), standardize(dtype))
        set_field = object.__setattr__
        set_field(self, "name", name or auto_name(type(self)))
        set_field(self, "sparse", bool(sparse))
        set_field(self, "ragged", bool(ragged))
        set_field(self, "record_history", record_history)
        set_field(self, "_keras_history", None)

    @property
    def history(self) -> tuple[Node, int] | None:
        """The node that made it and its place among the node's outputs; ``None`` if nothing did."""
        return self._keras_history

    # Identity, as members of lists of inputs and outputs are compared; `ops.equal` compares values.
    def __eq__(self, other: object) -> Any:
        return self is other

    def __ne__(self, other: object) -> Any:
        return self is not other

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __hash__(self) -> int:
        return id(self)


class Operation:
    """A function applied between layers: a step of a functional model that is no layer."""

    def __init__(self, function: Callable[..., Any], name: str | None = None) -> None:
        self.function = function
        self.name = name or unique_name(function.__name__)
        self._inbound_nodes: list[Node] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Operation {self.function.__name__}>"


class Node:
    """One call of a layer or operation on symbolic tensors."""

    def __init__(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any) -> None:
        self.operation = operation
        self.args, self.kwargs = args, kwargs
        #: The outputs as the call returned them: a tree of symbolic tensors.
        self.outputs = outputs
        self.input_tensors = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, KerasTensor)]
        self.output_tensors = [leaf for leaf in leaves(outputs) if isinstance(leaf, KerasTensor)]
        for i, tensor in enumerate(self.output_tensors):
            object.__setattr__(tensor, "_keras_history", (self, i))
        operation._inbound_nodes.append(self)
        #: Which call of its operation this is.
        self.index = len(operation._inbound_nodes) - 1

    def __repr__(self) -> str:
        return f"<Node {self.index} of {self.operation.name}>"


def is_symbolic(*trees: Any) -> bool:
    """Whether an entry of the given trees is a symbolic tensor."""
    for tree in trees:
        if isinstance(tree, KerasTensor):
            return True
        if isinstance(tree, (list, tuple)):
            if tree and is_symbolic(*tree):
                return True
        elif isinstance(tree, dict) and tree and is_symbolic(*tree.values()):
            return True
    return False


def infer_specs(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Runs a function on the specs of its symbolic arguments; assignments to variables are dropped."""
    with Overlay(abstract=True):
        return function(*_specs(args), **_specs(kwargs))


def _specs(tree: Any) -> Any:
    # Not map_tree: None, and whatever else an argument holds, must stay what it is.
    if isinstance(tree, KerasTensor):
        return Spec(tree.shape, tree.dtype)
    if type(tree) in (list, tuple):
        return type(tree)(_specs(item) for item in tree)
    if type(tree) is dict:
        return {key: _specs(item) for key, item in tree.items()}
    return tree


def record(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], specs: Any) -> Any:
    """Symbolic tensors for the specs a call gave, with the call as their history."""

    def tensor(spec: Any) -> Any:
        return KerasTensor(spec.shape, spec.dtype) if isinstance(spec, Spec) else spec

    outputs = map_tree(tensor, specs)
    Node(operation, args, kwargs, outputs)
    return outputs


def call_symbolic(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Records the call of a function with symbolic arguments."""
    return record(Operation(function), args, kwargs, infer_specs(function, args, kwargs))


def _interpret(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    from keras_front.core.dispatch import F

    return call_symbolic(getattr(F, name), args, kwargs)


register(KerasTensor, 20, _interpret)
