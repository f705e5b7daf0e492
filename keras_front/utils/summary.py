"""The table of a model's layers."""

from __future__ import annotations

import math
import re
import shutil
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from keras_front.core.layer import is_shape
from keras_front.core.variable import Variable

_BYTES = {
    "bool": 1,
    "int8": 1,
    "uint8": 1,
    "bfloat16": 2,
    "float16": 2,
    "int16": 2,
    "uint16": 2,
    "float64": 8,
    "int64": 8,
}


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Any = None,
    print_fn: Callable[..., Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Prints the layers of a model with types, output shapes and numbers of parameters, and the totals.

    A functional model that is more than a chain also shows what every layer is connected to.

    ``line_length``: width in characters, default that of the terminal.  ``positions``: ends of the columns, as shares of
    the width or in characters.
    errors: ``ValueError`` for columns too narrow, or a range of layers that is not there.
    """
    chain = _is_chain(model)
    header = ["Layer (type)", "Output Shape", "Param #"] + ([] if chain else ["Connected to"])
    ends = positions or ((0.45, 0.8, 1.0) if chain else (0.3, 0.56, 0.74, 1.0))
    length = 88 if chain else 108
    if show_trainable:
        header, ends, length = [*header, "Trainable"], [*(0.9 * end for end in ends), 1.0], length + 12
    length = line_length or min(length, shutil.get_terminal_size().columns - 4)
    graph = None if chain else model._graph
    rows = list(_rows(_shown(model, layer_range), expand_nested, show_trainable, graph, 0))
    lines = [f'Model: "{model.name}"', *_table(header, rows, _widths(length, ends)), *_totals(model)]
    (print_fn or print)("\n".join(lines))


def _is_chain(model: Any) -> bool:
    """Whether the model is shown without connections: one layer after the other, none of them twice."""
    graph = getattr(model, "_graph", None)
    if graph is None:
        return True
    used = [id(t) for node in graph.nodes for t in node.input_tensors]
    calls = [id(node.operation) for node in graph.nodes]
    single = all(len(node.input_tensors) == 1 for node in graph.nodes)
    return len(model.inputs) == 1 and single and len(set(used)) == len(used) and len(set(calls)) == len(calls)


def _shown(model: Any, layer_range: Any) -> list[Any]:
    """The layers to show: all, or those between the first and last that match the names of a range."""
    layers = list(model.operations if hasattr(model, "_graph") else model.layers)
    if layer_range is None:
        return layers
    if len(layer_range) != 2:
        raise ValueError(f"`layer_range` must hold two layer names, got {layer_range!r}")
    ends = []
    for pattern in layer_range:
        matching = [
            i for i, layer in enumerate(layers) if layer.name == pattern or re.match(pattern, layer.name)
        ]
        if not matching:
            raise ValueError(
                f"`layer_range`: no layer is called {pattern!r}; the layers are {[x.name for x in layers]}"
            )
        ends.append((matching[0], matching[-1]))
    return layers[min(ends[0][0], ends[1][0]) : max(ends[0][1], ends[1][1]) + 1]


def _rows(
    layers: Iterable[Any], nested: bool, trainable: bool, graph: Any, depth: int
) -> Iterable[list[str]]:
    for layer in layers:
        mark = "   " * depth + "└ " if depth else ""
        row = [f"{mark}{layer.name} ({type_name(layer)})", _output_shape(layer), _parameters(layer)]
        if graph is not None:
            row.append(_connections(layer, graph))
        if trainable:
            row.append(("Y" if layer.trainable else "N") if getattr(layer, "weights", None) else "-")
        yield row
        if nested:
            yield from _rows(getattr(layer, "layers", ()), nested, trainable, graph, depth + 1)


def type_name(operation: Any) -> str:
    """What a summary calls the type of a layer, or of an op between layers: ``"Dense"``, ``"Add"``."""
    function = getattr(operation, "function", None)
    if function is None:
        return type(operation).__name__
    return "".join(part.capitalize() for part in function.__name__.split("_"))


def _connections(operation: Any, graph: Any) -> str:
    """Where the inputs come from: name of the layer, which of its calls, which of the outputs."""
    nodes = [node for node in graph.nodes if node.operation is operation]
    sources = [tensor.history for node in nodes for tensor in node.input_tensors]
    return ", ".join(f"{node.operation.name}[{node.index}][{i}]" for node, i in sources) or "-"


def _output_shape(operation: Any) -> str:
    nodes = operation._inbound_nodes
    if nodes:
        shapes = [t.shape for t in nodes[-1].output_tensors]
    elif operation.built and operation._build_shapes:
        try:
            shapes = _shape_leaves(operation.compute_output_shape(**operation._build_shapes))
        except Exception:  # A layer of the user's that cannot run on shapes is shown without them.
            return "?"
    else:
        return "?"
    texts = [f"({', '.join(map(str, shape))})" for shape in shapes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _shape_leaves(shapes: Any) -> list[Any]:
    if is_shape(shapes):
        return [shapes]
    items = shapes.values() if isinstance(shapes, dict) else shapes
    return [shape for item in items for shape in _shape_leaves(item)]


def _parameters(layer: Any) -> str:
    if not hasattr(layer, "built"):
        return "0"
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def _widths(length: int, ends: Any) -> list[int]:
    """Widths of the columns with their margins, for a table ``length`` characters wide."""
    places = [int(end * length) if end <= 1 else int(end) for end in ends]
    widths = [end - start for start, end in zip([0, *places], places, strict=False)]
    if min(widths) < 4:
        raise ValueError(
            f"`line_length` and `positions` leave columns of {widths} characters, at least 4 are needed"
        )
    # Margins and lines are not counted in the shares: every column gives up an equal part for them.
    excess = sum(widths) + 3 * len(widths) + 1 - length
    fitted = []
    for i, width in enumerate(widths):
        given = round(excess / (len(widths) - i))
        fitted.append(width + 2 - given)
        excess -= given
    return fitted


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    def line(left: str, fill: str, middle: str, right: str) -> str:
        return left + middle.join(fill * width for width in widths) + right

    def cells(row: list[str], bar: str) -> list[str]:
        wrapped = [_wrap(cell, width - 2) for cell, width in zip(row, widths, strict=True)]
        lines = []
        for i in range(max(map(len, wrapped))):
            parts = []
            for name, column, width in zip(header, wrapped, widths, strict=True):
                align = {"Param #": ">", "Trainable": "^"}.get(name, "<")
                parts.append(f" {column[i] if i < len(column) else '':{align}{width - 2}} ")
            lines.append(bar + bar.join(parts) + bar)
        return lines

    out = [line("┏", "━", "┳", "┓"), *cells(header, "┃"), line("┡", "━", "╇", "┩")]
    for i, row in enumerate(rows):
        if i:
            out.append(line("├", "─", "┼", "┤"))
        out.extend(cells(row, "│"))
    out.append(line("└", "─", "┴", "┘"))
    return out


def _wrap(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)
    return [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines] or [""]


def _totals(model: Any) -> list[str]:
    # A model that is not built yet may still show the layers it has.
    trainable, rest = model.trainable_weights, model.non_trainable_weights
    optimizer = getattr(model, "optimizer", None)
    extra = (
        [v for v in optimizer.variables]
        if optimizer is not None and getattr(optimizer, "built", False)
        else []
    )
    lines = [
        f" Total params: {_amount([*trainable, *rest, *extra])}",
        f" Trainable params: {_amount(trainable)}",
        f" Non-trainable params: {_amount(rest)}",
    ]
    if extra:
        lines.append(f" Optimizer params: {_amount(extra)}")
    return lines


def _amount(variables: list[Variable]) -> str:
    count = sum(v.size for v in variables)
    size = sum(v.size * _BYTES.get(v.dtype, 4) for v in variables)
    return f"{count:,} ({readable_size(size)})"


def readable_size(size: int) -> str:
    """A number of bytes with its unit.

    >>> readable_size(1480)
    '1.45 KB'
    """
    power = min(int(math.log(size, 1024)), 5) if size else 0
    return f"{size / 1024**power:.2f} {('B', 'KB', 'MB', 'GB', 'TB', 'PB')[power]}"
