"""Models built by the same lines with our library and with Keras: ``k`` is either."""

from __future__ import annotations

from typing import Any


def chain(k: Any) -> Any:
    return k.Sequential(
        [
            k.Input((8, 8, 1), name="image"),
            k.layers.Conv2D(4, 3, activation="relu", name="conv"),
            k.layers.BatchNormalization(name="norm"),
            k.layers.MaxPooling2D(name="pool"),
            k.layers.Flatten(name="flat"),
            k.layers.Dropout(0.2, name="drop"),
            k.layers.Dense(10, activation="softmax", name="head"),
        ],
        name="chain",
    )


def straight(k: Any) -> Any:
    x = k.Input((3,), name="x")
    h = k.layers.Dense(4, activation="tanh", name="one")(x)
    return k.Model(x, k.layers.Dense(2, name="two")(h), name="straight")


def branches(k: Any) -> Any:
    """Two inputs, a skip connection, ops with numbers between the layers, two outputs."""
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    first = k.layers.Dense(4, name="first")(a)
    h = k.layers.Dense(4, name="second")(first) + first
    joined = k.ops.concatenate([h, b], axis=-1)
    return k.Model(
        [a, b],
        [k.layers.Dense(3, name="left")(joined), k.layers.Dense(2, name="right")(h * 2.0)],
        name="branches",
    )


def shared(k: Any) -> Any:
    """One layer called three times."""
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    dense = k.layers.Dense(3, name="shared")
    return k.Model([a, b], k.ops.add(dense(a), dense(dense(b))), name="sharing")


def nested(k: Any) -> Any:
    x = k.Input((3,), name="x")
    inner_x = k.Input((4,), name="inner_x")
    inner = k.Model(inner_x, k.layers.Dense(4, name="inner_dense")(inner_x), name="inner")
    chain = k.Sequential(
        [k.Input((4,), name="chain_x"), k.layers.Dense(2, name="chain_dense")], name="inner_chain"
    )
    h = inner(k.layers.Dense(4, name="outer_dense")(x))
    return k.Model(x, chain(inner(h)), name="nested")


def nested_last(k: Any) -> Any:
    """The output is that of a functional model inside."""
    x = k.Input((4,), name="x")
    inner_x = k.Input((4,), name="inner_x")
    inner = k.Model(inner_x, k.layers.Dense(4, name="inner_dense")(inner_x), name="inner")
    return k.Model(x, [inner(x), inner(inner(x))], name="nested_last")


def dicts(k: Any) -> Any:
    """A dict of inputs, a dict of outputs."""
    inputs = {"b": k.Input((2,), name="b"), "a": k.Input((3,), name="a")}
    h = k.layers.Dense(2, name="dense")(inputs["a"])
    return k.Model(inputs, {"sum": h + inputs["b"], "double": k.ops.multiply(h, 2.0)}, name="dicts")


def lists(k: Any) -> Any:
    """Nested lists of inputs and outputs."""
    a, b, c = (k.Input((2,), name=name) for name in "abc")
    h = k.layers.Dense(2, name="dense")(a)
    return k.Model([a, [b, c]], [h, [k.ops.subtract(b, h), k.ops.maximum(c, h)]], name="lists")


def arithmetic(k: Any) -> Any:
    """Python's operators and functions of `ops` as steps of the model."""
    x = k.Input((4, 3), name="x")
    h = 1.0 - x / 2.0
    h = k.ops.relu(h) ** 2 + k.ops.sum(x, axis=-1, keepdims=True)
    h = k.ops.reshape(-h, (-1, 12))
    return k.Model(x, k.layers.Dense(2, name="dense")(k.ops.exp(h * 0.1)), name="arithmetic")


def flags(k: Any) -> Any:
    """Call arguments that are no tensors."""
    x = k.Input((3,), name="x")
    h = k.layers.BatchNormalization(name="norm")(x, training=False)
    return k.Model(x, k.layers.Dropout(0.5, name="drop", seed=1)(h), name="flags")


#: Builder and the shapes of its inputs, in the order of `Model.inputs`.
MODELS: dict[str, tuple[Any, Any]] = {
    "chain": (chain, (8, 8, 1)),
    "straight": (straight, (3,)),
    "branches": (branches, [(4,), (4,)]),
    "shared": (shared, [(3,), (3,)]),
    "nested": (nested, (3,)),
    "nested_last": (nested_last, (4,)),
    "dicts": (dicts, {"b": (2,), "a": (3,)}),
    "lists": (lists, [(2,), [(2,), (2,)]]),
    "arithmetic": (arithmetic, (4, 3)),
    "flags": (flags, (3,)),
}
