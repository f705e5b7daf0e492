"""Functional models as configurations, and back: Keras 3's form of a graph."""

from __future__ import annotations

import inspect
from typing import Any

from keras_front.core.layer import Layer, default_training, map_values
from keras_front.core.naming import to_snake_case
from keras_front.core.symbolic import KerasTensor, Node, Operation, is_symbolic
from keras_front.ops.define import OPS


def graph_config(model: Any) -> dict[str, Any]:
    """The layers and operations of a model, the calls of each, and which tensors are inputs and outputs."""
    from keras_front.saving import serialize_keras_object

    used = {id(node) for node in model._graph.nodes}
    used |= {id(t.history[0]) for t in model._input_tensors if t.history}
    places: dict[int, int] = {}
    for operation in model._operations:
        for i, node in enumerate(n for n in operation._inbound_nodes if id(n) in used):
            places[id(node)] = i

    def tensor_config(tensor: KerasTensor) -> list[Any]:
        assert tensor.history is not None
        node, index = tensor.history
        return [node.operation.name, places[id(node)], index]

    def end_config(tensor: KerasTensor) -> list[Any]:
        name, place, index = tensor_config(tensor)
        assert tensor.history is not None
        return [name, place + _first_call(tensor.history[0].operation), index]

    def argument(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": tensor_config(value)}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, (list, tuple)):
            return [argument(item) for item in value]
        if isinstance(value, dict):
            return {key: argument(item) for key, item in value.items()}
        return serialize_keras_object(value)

    layers = []
    for operation in model._operations:
        nodes = [node for node in operation._inbound_nodes if id(node) in places]
        if isinstance(operation, Operation):
            config, calls = _operation_config(operation, nodes[0], argument)
        else:
            config = serialize_keras_object(operation)
            training = default_training(type(operation))
            default = {} if training is None else {"training": training}
            calls = [
                {
                    "args": [argument(a) for a in node.args],
                    "kwargs": {k: argument(v) for k, v in {**default, **node.kwargs}.items()},
                }
                for node in nodes
                if node.input_tensors
            ]
        layers.append({**config, "name": operation.name, "inbound_nodes": calls})
    return {
        "name": model.name,
        "trainable": model._trainable,
        "layers": layers,
        "input_layers": map_values(end_config, model._inputs_tree),
        "output_layers": map_values(end_config, model._outputs_tree),
    }


def _operation_config(operation: Operation, node: Node, argument: Any) -> tuple[dict[str, Any], list[Any]]:
    """An operation: tensors are arguments of its call, everything else is its configuration."""
    name = operation.function.__name__
    if name not in OPS:
        raise ValueError(
            f"the function {name!r} between the layers has no name in a file: use functions of keras_front.ops"
        )
    bound = inspect.signature(operation.function).bind(*node.args, **node.kwargs)
    bound.apply_defaults()
    args, kwargs, config = [], {}, {"name": operation.name}
    for key, value in bound.arguments.items():
        if key in _OPTIONAL_TENSORS:
            kwargs[key] = argument(value)
        elif key in _TENSORS or is_symbolic(value):
            args.append(argument(value))
        else:
            config[key] = _as_lists(value)
    class_name = "".join(part.capitalize() for part in _OTHER_NAMES.get(name, name).split("_"))
    module = next((module for module, names in _MODULES.items() if name in names), "numpy")
    described = {
        "module": f"keras.src.ops.{module}", "class_name": class_name, "config": config, "registered_name": class_name,
    }  # fmt: skip
    return described, [{"args": args, "kwargs": kwargs}]


def _as_lists(value: Any) -> Any:
    """An option of an operation as Keras's files have it: sequences are lists."""
    from keras_front.saving import serialize_keras_object

    if isinstance(value, (list, tuple)):
        return [_as_lists(item) for item in value]
    return serialize_keras_object(value)


#: Parameters of ops that Keras hands over with the call, even if they are numbers; all others are configuration.
_TENSORS = frozenset({
    "x", "x1", "x2", "y", "xs", "inputs", "kernel", "key", "indices", "values", "target", "output", "targets",
    "predictions", "condition", "fill_value", "variable", "start_indices", "updates", "elements", "operands",
})  # fmt: skip
_OPTIONAL_TENSORS = frozenset({"constant_values"})
#: Ops that are classes of another name in Keras's files.
_OTHER_NAMES = {"swish": "silu", "hard_swish": "hard_silu"}
#: Modules of Keras's files and their ops; all others are in ``numpy``.
_MODULES = {
    "nn": frozenset({
        "average_pool", "binary_crossentropy", "categorical_crossentropy", "celu", "conv", "elu", "gelu", "glu",
        "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "log_sigmoid",
        "log_softmax", "max_pool", "moments", "normalize", "one_hot", "relu", "relu6", "selu", "sigmoid", "silu",
        "soft_shrink", "softmax", "softplus", "softsign", "sparse_categorical_crossentropy", "sparse_plus",
        "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh_shrink", "threshold",
    }),
    "core": frozenset({
        "cast", "convert_to_tensor", "scatter", "scatter_update", "slice", "slice_update", "stop_gradient", "unstack",
    }),
    "math": frozenset({"erf", "in_top_k", "logsumexp", "rsqrt", "top_k"}),
}  # fmt: skip


def model_from_graph_config(cls: Any, config: dict[str, Any], custom_objects: Any = None) -> Any:
    """The model of a graph.

    errors: `ModelLoadError` (``"bad-graph"``) for calls that name what is not there, or that wait for each other.
    """
    from keras_front.saving import ModelLoadError, deserialize_keras_object

    operations: dict[str, Any] = {}
    waiting: list[tuple[str, int, Any]] = []
    for i, entry in enumerate(config["layers"]):
        member = f"config.layers[{i}]"
        name = entry.get("name") or entry["config"].get("name")
        function = _function_of(entry)
        if name in operations:
            raise ModelLoadError("bad-graph", member, f"two layers are called {name!r}")
        if function is not None:
            options = {
                key: deserialize_keras_object(value, custom_objects, member=member)
                for key, value in entry["config"].items()
                if key != "name"
            }
            unknown = options.keys() - inspect.signature(function).parameters.keys()
            if unknown:
                raise ModelLoadError(
                    "bad-config",
                    f"{member}.config",
                    f"the op {function.__name__!r} does not take {sorted(unknown)}",
                )
            operations[name] = (function, options)
        else:
            operations[name] = deserialize_keras_object(entry, custom_objects, kind="layer", member=member)
        waiting.extend((name, j, call) for j, call in enumerate(entry["inbound_nodes"]))

    made: dict[tuple[str, int], list[KerasTensor]] = {
        (name, 0): layer._inbound_nodes[0].output_tensors
        for name, layer in operations.items()
        if isinstance(layer, Layer) and layer._inbound_nodes and not _is_model(layer)
    }

    def tensor(place: Any) -> KerasTensor:
        found = made[(place[0], int(place[1]))]
        return found[int(place[2])]

    def argument(value: Any) -> Any:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            return tensor(value["config"]["keras_history"])
        if isinstance(value, dict) and "class_name" in value:
            return deserialize_keras_object(value, custom_objects)
        if isinstance(value, dict):
            return {key: argument(item) for key, item in value.items()}
        return [argument(item) for item in value] if isinstance(value, list) else value

    while waiting:
        left = []
        for name, index, call in waiting:
            try:
                args = [argument(a) for a in call["args"]]
                kwargs = {key: argument(value) for key, value in call.get("kwargs", {}).items()}
            except KeyError:
                left.append((name, index, call))
                continue
            operation = operations[name]
            if isinstance(operation, tuple):
                function, options = operation
                args = [
                    tuple(a) if isinstance(a, list) and function.__name__ == "get_item" else a for a in args
                ]
                outputs = function(*args, **{**options, **kwargs})
            else:
                outputs = operation(*args, **kwargs)
            from keras_front.interpret.lifted import leaves

            made[(name, index)] = list(leaves(outputs))
            if isinstance(operation, tuple) and made[(name, index)]:
                node = made[(name, index)][0].history
                if node is not None:
                    node[0].operation.name = name
        if len(left) == len(waiting):
            raise ModelLoadError(
                "bad-graph",
                "config.layers",
                f"the calls of {sorted({name for name, _, _ in left})} need tensors that no call gives",
            )
        waiting = left

    def ends(places: Any) -> Any:
        if isinstance(places, list) and len(places) == 3 and isinstance(places[0], str):
            return tensor([places[0], places[1] - _first_call(operations.get(places[0])), places[2]])
        if isinstance(places, dict):
            return {key: ends(item) for key, item in places.items()}
        return [ends(item) for item in places]

    try:
        inputs, outputs = ends(config["input_layers"]), ends(config["output_layers"])
    except (KeyError, IndexError, TypeError) as error:
        raise ModelLoadError(
            "bad-graph", "config", f"inputs or outputs name a tensor that no call gives: {error}"
        ) from error
    return cls(inputs, outputs, name=config.get("name"), trainable=config.get("trainable", True))


def _is_model(layer: Layer) -> bool:
    return hasattr(layer, "_graph") or hasattr(layer, "_functional")


def _first_call(operation: Any) -> int:
    """The number of an operation's first call where files name inputs and outputs: functional models count from 1."""
    return 1 if hasattr(operation, "_graph") else 0


def _function_of(entry: dict[str, Any]) -> Any:
    """The public op that a step between layers stands for."""
    module = entry.get("module")
    if not isinstance(module, str) or not module.startswith(("keras.src.ops", "keras.ops")):
        return None
    return OPS.get(to_snake_case(entry["class_name"]))
