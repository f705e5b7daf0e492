"""`check_layer`: one call that holds a layer, ours or a user's own, to everything a layer promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_front import Input, Model, Variable, ops, tree, value_and_grad
from keras_front.config import dtype_policy, set_dtype_policy
from keras_front.core.dispatch import backend
from keras_front.core.layer import Layer, is_shape
from keras_front.saving import deserialize_keras_object, serialize_keras_object


def check_layer(
    make: Callable[..., Layer],
    arguments: dict[str, Any] | None = None,
    inputs: Any = None,
    *,
    call: dict[str, Any] | None = None,
    output_shape: Any = None,
    trainable: int | None = None,
    non_trainable: int | None = None,
    seeds: int = 0,
    losses: int = 0,
    differentiable: bool = True,
    batched: bool = True,
    mixed: str | None = "mixed_float16",
    custom_objects: dict[str, Any] | None = None,
) -> Layer:
    """Makes a layer, runs it in every way a layer can be run, and returns it.

    It is made of ``arguments``, written to a configuration and made again from its JSON, called on symbolic tensors
    (with and without a known batch size) and on data, called as a pure function of its state, put into a functional
    model, differentiated with respect to inputs and weights, and run in mixed precision.

    ``make``: the class of the layer.  ``inputs``: an array, or a list, tuple or dict of them, the batch axis first.
    ``call``: further arguments of every call, such as ``training=True``.  ``output_shape``: shape, or tree of shapes,
    of the output for ``inputs``.  ``trainable``, ``non_trainable``: numbers of weights.  ``seeds``: number of random
    seeds.  ``losses``: number of losses after a call.  ``differentiable``: whether gradients are to be had.
    ``batched``: whether the layer keeps the batch axis.  ``mixed``: the policy of the last check, ``None`` for none (nor is there one
    where the backend lacks the dtype).
    ``custom_objects``: the user's classes and functions in the configuration, the layer itself not among them.

    errors: ``AssertionError`` that says which promise is broken.

    >>> from keras_front import layers
    >>> check_layer(layers.Dense, {"units": 3}, np.ones((2, 4)), output_shape=(2, 3), trainable=2).built
    True
    """
    arguments, call = dict(arguments or {}), dict(call or {})
    inputs = tree.map_structure(lambda x: np.asarray(x, "float32" if _is_float(x) else None), inputs)
    scope = {make.__name__: make, **(custom_objects or {})}
    layer = make(**arguments)

    _check_configuration(layer, scope)
    outputs = layer(inputs, **call)
    _check(layer.built, "a call leaves the layer built")
    _check(layer.compute_dtype == layer.dtype_policy.compute_dtype, "it has the compute dtype of its policy")
    shapes = _shapes(outputs)
    if output_shape is not None:
        _check(shapes == _shape_list(output_shape), f"outputs have shape {output_shape}", shapes)
    for name, wanted in (("trainable_variables", trainable), ("non_trainable_weights", non_trainable)):
        if wanted is not None:
            found = [v.path for v in getattr(layer, name)]
            _check(len(found) == wanted, f"it has {wanted} {name}", found)
    states = len(layer.variables) - len(layer.weights)
    _check(states == seeds, f"it has {seeds} seeds", states)
    _check(len(layer.losses) == losses, f"it has {losses} losses after a call", layer.losses)
    paths = [v.path for v in layer.weights]
    _check(len(set(paths)) == len(paths), "the paths of its weights differ", paths)

    if batched:
        _check_symbolic(layer, inputs, call, outputs)
    _check_stateless(layer, inputs, call)
    _check_weights_carry_over(layer, inputs, call, scope)
    if batched and call.get("training") is None:
        _check_in_a_model(layer, inputs)
    if differentiable:
        _check_gradients(layer, inputs, call)
    if mixed is not None and mixed.removeprefix("mixed_") in backend.traits.dtypes:
        _check_mixed(make, arguments, mixed, inputs, call)
    return layer


# ---------------------------------------------------------------- the checks


def _check_configuration(layer: Layer, scope: dict[str, Any]) -> None:
    config = layer.get_config()
    text = json.dumps(serialize_keras_object(layer))
    again = deserialize_keras_object(json.loads(text), custom_objects=scope)
    _check(type(again) is type(layer), "its configuration makes a layer of its class", type(again))
    _check(
        json.loads(json.dumps(again.get_config())) == json.loads(json.dumps(config)),
        "its configuration survives JSON and `from_config`", f"{again.get_config()} instead of {config}",
    )  # fmt: skip
    _check(again.name == layer.name, "its name is part of its configuration", again.name)


def _check_symbolic(layer: Layer, inputs: Any, call: dict[str, Any], outputs: Any) -> None:
    shapes, dtypes = _shapes(outputs), _dtypes(outputs)
    for size in (_batch_size(inputs), None):
        symbolic = _symbolic(inputs, size)
        specs = layer(symbolic, **call)
        wanted = [(size, *shape[1:]) for shape in shapes]
        _check(_shapes(specs) == wanted, f"symbolic shapes are real ones (batch size {size})", _shapes(specs))
        _check(
            _dtypes(specs) == dtypes, "symbolic dtypes are real ones", f"{_dtypes(specs)} instead of {dtypes}"
        )
    if not call:
        found = _shape_list(layer.compute_output_shape(tree.map_structure(lambda x: x.shape, inputs)))
        _check(found == shapes, "`compute_output_shape` tells the shapes of outputs", found)


def _check_stateless(layer: Layer, inputs: Any, call: dict[str, Any]) -> None:
    before = [v.numpy() for v in layer.variables]
    trained, rest = layer.trainable_variables, layer.non_trainable_variables
    state = [v.value for v in trained], [v.value for v in rest]
    pure, new = layer.stateless_call(*state, inputs, **call)
    for variable, value in zip(layer.variables, before, strict=True):
        _check(np.array_equal(variable.numpy(), value), f"`stateless_call` leaves {variable.path} as it is")
    again, _ = layer.stateless_call(*state, inputs, **call)
    _equal(again, pure, "`stateless_call` is a pure function")
    _equal(layer(inputs, **call), pure, "a call and `stateless_call` agree")
    for variable, value in zip(rest, new, strict=True):
        _equal(variable.value, value, f"a call and `stateless_call` change {variable.path} alike")
    for variable, value in zip(layer.variables, before, strict=True):
        variable.assign(value)


def _check_weights_carry_over(layer: Layer, inputs: Any, call: dict[str, Any], scope: dict[str, Any]) -> None:
    again = deserialize_keras_object(
        json.loads(json.dumps(serialize_keras_object(layer))), custom_objects=scope
    )
    again(inputs, **call)
    _check(
        [v.shape for v in again.weights] == [v.shape for v in layer.weights],
        "a copy has weights of the same shapes",
    )
    again.set_weights(layer.get_weights())
    for own, copied in zip(layer.variables, again.variables, strict=True):
        copied.assign(own.value)
    before = [v.numpy() for v in layer.variables]
    _equal(again(inputs, **call), layer(inputs, **call), "a copy with its weights computes the same")
    for variable, value in zip(layer.variables, before, strict=True):
        variable.assign(value)


def _check_in_a_model(layer: Layer, inputs: Any) -> None:
    symbolic = _symbolic(inputs, None)
    model = Model(symbolic, layer(symbolic))
    _equal(model(inputs), layer(inputs), "a functional model of it computes the same")


def _check_gradients(layer: Layer, inputs: Any, call: dict[str, Any]) -> None:
    floats = [x for x in tree.flatten(inputs) if _is_float(x)]
    held = [Variable(x) for x in floats]

    def loss() -> Any:
        given = iter(held)
        outputs = layer(
            tree.map_structure(lambda x: next(given).value if _is_float(x) else x, inputs), **call
        )
        parts = [ops.sum(ops.square(ops.cast(x, "float32"))) for x in tree.flatten(outputs)]
        return sum(parts[1:], parts[0])

    before = [v.numpy() for v in layer.variables]
    targets = [*held, *layer.trainable_variables]
    _, gradients = value_and_grad(loss, targets)()
    for variable, gradient in zip(targets, gradients, strict=True):
        _check(
            tuple(gradient.shape) == variable.shape,
            f"the gradient of {variable.path} has its shape",
            gradient.shape,
        )
        _check(bool(np.all(np.isfinite(_host(gradient)))), f"the gradient of {variable.path} is finite")
    for variable, value in zip(layer.variables, before, strict=True):
        variable.assign(value)


def _check_mixed(
    make: Callable[..., Layer], arguments: dict[str, Any], policy: str, inputs: Any, call: dict[str, Any]
) -> None:
    before = dtype_policy()
    set_dtype_policy(policy)
    try:
        layer = make(**arguments)
    finally:
        set_dtype_policy(before)
    outputs = layer(inputs, **call)
    for x in tree.flatten(outputs):
        dtype = ops.dtype(x)
        _check(dtype == layer.compute_dtype or "float" not in dtype, "outputs have the compute dtype", dtype)
    for variable in layer.weights:
        wanted = layer.variable_dtype
        _check(
            variable.dtype == wanted or "float" not in variable.dtype,
            "weights keep the variable dtype",
            variable,
        )
    symbolic = layer(_symbolic(inputs, None), **call)
    _check(
        _dtypes(symbolic) == _dtypes(outputs),
        "symbolic dtypes are real ones in mixed precision",
        _dtypes(symbolic),
    )


# ---------------------------------------------------------------- helpers


def _check(holds: bool, promise: str, found: Any = None) -> None:
    if not holds:
        raise AssertionError(
            f"broken promise: {promise}" + ("" if found is None else f"; found {found!s:.500}")
        )


def _equal(a: Any, b: Any, promise: str) -> None:
    for x, y in zip(tree.flatten(a), tree.flatten(b), strict=True):
        x, y = _host(x), _host(y)
        _check(
            x.shape == y.shape and np.allclose(x, y, rtol=1e-5, atol=1e-5),
            promise,
            f"{x!s:.200} and {y!s:.200}",
        )


def _host(x: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(x)).astype("float64")


def _is_float(x: Any) -> bool:
    return np.asarray(x).dtype.kind == "f"


def _batch_size(inputs: Any) -> int:
    return int(tree.flatten(inputs)[0].shape[0])


def _symbolic(inputs: Any, size: int | None) -> Any:
    return tree.map_structure(lambda x: Input(batch_shape=(size, *x.shape[1:]), dtype=x.dtype.name), inputs)


def _shape_list(shapes: Any) -> list[tuple[int | None, ...]]:
    """The shapes of a tree of shapes, in the order of the leaves of the tensors they belong to."""
    if is_shape(shapes):
        return [tuple(shapes)]
    items = [shapes[key] for key in sorted(shapes)] if isinstance(shapes, dict) else shapes
    return [shape for item in items for shape in _shape_list(item)]


def _shapes(outputs: Any) -> list[tuple[int | None, ...]]:
    return [tuple(x.shape) for x in tree.flatten(outputs)]


def _dtypes(outputs: Any) -> list[str]:
    return [ops.dtype(x) for x in tree.flatten(outputs)]
