"""From symbolic tensors to a plan: which calls, in which order, on which values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keras_front.core.layer import map_values
from keras_front.core.symbolic import KerasTensor, Node, Operation
from keras_front.interpret.lifted import leaves


@dataclass(frozen=True)
class Graph:
    """The calls between inputs and outputs.

    ``nodes``: every call, one before those that need it.  ``operations``: the layers and operations called, each once,
    those farthest from the outputs first (the order of `Model.layers`).
    """

    nodes: tuple[Node, ...]
    operations: tuple[Any, ...]


def trace(inputs: Sequence[KerasTensor], outputs: Sequence[KerasTensor]) -> Graph:
    """The graph from inputs to outputs.

    errors: ``ValueError`` if an output does not depend on the inputs alone.
    """
    starts = {id(tensor) for tensor in inputs}
    order: list[Node] = []
    done: set[int] = set()
    # Operations in the order in which the search first meets them.
    met: dict[int, Any] = {}
    # Depth first, without recursion: a node is entered once, and left when all it needs has been left.
    for output in outputs:
        stack: list[tuple[KerasTensor, bool]] = [(output, False)]
        while stack:
            tensor, leaving = stack.pop()
            node = _node_of(tensor)
            if leaving:
                if id(node) not in done:
                    done.add(id(node))
                    order.append(node)
            elif id(tensor) in starts:
                met.setdefault(id(node.operation), node.operation)
            elif not node.input_tensors:
                raise _disconnected(tensor)
            elif id(node) not in done:
                met.setdefault(id(node.operation), node.operation)
                stack.append((tensor, True))
                stack.extend((t, False) for t in reversed(node.input_tensors))
    return Graph(tuple(order), _operations(inputs, order, met))


def _node_of(tensor: KerasTensor) -> Node:
    if tensor.history is None:
        raise _disconnected(tensor)
    return tensor.history[0]


def _disconnected(tensor: KerasTensor) -> ValueError:
    return ValueError(
        f"the graph is disconnected: {tensor.name!r} with shape {tensor.shape} is needed for the outputs, but it cannot "
        "be computed from `inputs`. Add it to `inputs`, or build the outputs from them"
    )


def _operations(inputs: Sequence[KerasTensor], order: list[Node], met: dict[int, Any]) -> tuple[Any, ...]:
    """Input layers and called operations by decreasing distance from the outputs."""
    depth: dict[int, int] = {}
    by_operation: dict[int, int] = {}
    for node in reversed([*(_node_of(tensor) for tensor in inputs), *order]):
        own = max(depth.get(id(node), 0), by_operation.get(id(node.operation), 0))
        by_operation[id(node.operation)] = own
        for tensor in node.input_tensors:
            before = _node_of(tensor)
            depth[id(before)] = max(depth.get(id(before), 0), own + 1)
    unused = {id(op): op for op in (_node_of(tensor).operation for tensor in inputs) if id(op) not in met}
    operations = [*unused.values(), *met.values()]
    return tuple(sorted(operations, key=lambda operation: -by_operation[id(operation)]))


def detached(inputs: Sequence[KerasTensor], outputs: Any) -> tuple[dict[int, KerasTensor], Any]:
    """The same calls from new inputs in the places of tensors that layers made: by ``id`` of the old inputs, and outputs.

    A model may begin in the middle of another one; its graph is then its own.
    """
    from keras_front.layers.input_layer import Input

    new: dict[int, KerasTensor] = {}
    for tensor in inputs:
        begins = not _node_of(tensor).input_tensors
        new[id(tensor)] = (
            tensor
            if begins
            else Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}_clone")
        )
    starts = dict(new)

    def fill(value: Any) -> Any:
        return new.get(id(value), value) if isinstance(value, KerasTensor) else value

    for node in trace(inputs, list(leaves(outputs))).nodes:
        kwargs = {key: map_values(fill, value) for key, value in node.kwargs.items()}
        copies = map_values(
            lambda t: KerasTensor(t.shape, t.dtype) if isinstance(t, KerasTensor) else t, node.outputs
        )
        Node(node.operation, map_values(fill, node.args), kwargs, copies)
        new.update({id(old): copy for old, copy in zip(leaves(node.outputs), leaves(copies), strict=True)})
    return starts, map_values(fill, outputs)


# ---------------------------------------------------------------- running a graph


@dataclass(frozen=True)
class _Step:
    """One call of the plan.  ``source``: the slot of its only argument, or ``None`` if it needs `arguments`."""

    node: Node
    source: int | None
    target: int | None
    outputs: tuple[int, ...]


class Plan:
    """A graph laid out as a list of calls on numbered slots; nothing is looked up while it runs.

    ``direct`` says of a layer that its ``call`` may be run without ``__call__``: there is nothing to convert, build,
    check or add around it.
    """

    def __init__(
        self,
        inputs: Sequence[KerasTensor],
        outputs: Any,
        graph: Graph,
        direct: Callable[[Node], Callable[..., Any] | None],
    ) -> None:
        slots: dict[int, int] = {id(tensor): i for i, tensor in enumerate(inputs)}
        self._inputs = len(inputs)
        self._steps: list[_Step] = []
        self._fast: list[tuple[Callable[..., Any], bool, int, int]] | None = []
        for node in graph.nodes:
            places = []
            for tensor in node.output_tensors:
                places.append(slots.setdefault(id(tensor), len(slots)))
            if all(id(t) in {id(x) for x in inputs} for t in node.output_tensors):
                continue
            single = len(node.args) == 1 and isinstance(node.args[0], KerasTensor) and not node.kwargs
            one = len(places) == 1 and isinstance(node.outputs, KerasTensor)
            source = slots[id(node.args[0])] if single else None
            target = places[0] if one else None
            self._steps.append(_Step(node, source, target, tuple(places)))
            call = direct(node)
            if call is None or source is None or target is None:
                self._fast = None
            elif self._fast is not None:
                takes_training = not isinstance(node.operation, Operation) and node.operation._takes_training
                self._fast.append((call, takes_training, source, target))
        self._slots = slots
        self._size = len(slots)
        self._output_slots = map_values(lambda t: slots[id(t)], outputs)
        self._output = self._output_slots if isinstance(self._output_slots, int) else None

    @property
    def is_fast(self) -> bool:
        """Whether every step is one direct call of one tensor."""
        return self._fast is not None

    def run_fast(self, inputs: Sequence[Any], training: bool | None) -> Any:
        """Runs the plan by direct calls."""
        values: list[Any] = [None] * self._size
        values[: self._inputs] = inputs
        assert self._fast is not None
        for call, takes_training, source, target in self._fast:
            if takes_training and training is not None:
                values[target] = call(values[source], training=training)
            else:
                values[target] = call(values[source])
        if self._output is not None:
            return values[self._output]
        return map_values(lambda slot: values[slot], self._output_slots)

    def run(self, inputs: Sequence[Any], call: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]) -> Any:
        """Runs the plan; ``call(operation, args, kwargs)`` carries out one step."""
        values: list[Any] = [None] * self._size
        values[: self._inputs] = inputs
        slots = self._slots

        def fill(value: Any) -> Any:
            return values[slots[id(value)]] if isinstance(value, KerasTensor) else value

        for step in self._steps:
            if step.source is not None:
                result = call(step.node.operation, (values[step.source],), {})
            else:
                args = tuple(map_values(fill, arg) for arg in step.node.args)
                kwargs = {key: map_values(fill, value) for key, value in step.node.kwargs.items()}
                result = call(step.node.operation, args, kwargs)
            if step.target is not None:
                values[step.target] = result
            else:
                for slot, value in zip(step.outputs, leaves(result), strict=True):
                    values[slot] = value
        if self._output is not None:
            return values[self._output]
        return map_values(lambda slot: values[slot], self._output_slots)
