"""The table of a model's layers."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

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

    ``line_length``: width in characters, default 76.  ``positions``: ends of the columns, as shares of the width or in
    characters.
    """
    rows = list(_rows(_shown(model, layer_range), expand_nested, 0, set()))
    header = ["Layer (type)", "Output Shape", "Param #"] + (["Trainable"] if show_trainable else [])
    widths = _widths(line_length or 76, positions, len(header))
    table = _table(header, [row if show_trainable else row[:3] for row in rows], widths)
    lines = [f'Model: "{model.name}"', *table, *_totals(model)]
    (print_fn or print)("\n".join(lines))


def _shown(model: Any, layer_range: Any) -> list[Any]:
    """The layers to show: all, or those between the first and last that match the names of a range."""
    functional = getattr(model, "_functional", None) or model
    layers = list(model.layers) if functional is not model else list(functional.layers)
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


def _rows(layers: Iterable[Any], nested: bool, depth: int, seen: set[int]) -> Iterable[list[str]]:
    for layer in layers:
        trained = "Y" if layer.trainable and layer.trainable_variables else "-" if not layer.weights else "N"
        mark = "    " * depth + ("└ " if depth else "")
        yield [
            f"{mark}{layer.name} ({type(layer).__name__})",
            _output_shape(layer),
            _parameters(layer),
            trained,
        ]
        inner = getattr(layer, "layers", None)
        if nested and inner and id(layer) not in seen:
            seen.add(id(layer))
            yield from _rows(inner, nested, depth + 1, seen)


def _output_shape(layer: Any) -> str:
    shapes = []
    for node in layer._inbound_nodes:
        found = [str(tuple(t.shape)) for t in node.output_tensors]
        shapes.append(found[0] if len(found) == 1 else f"[{', '.join(found)}]")
    if not shapes:
        return _shape_when_built(layer)
    return shapes[0] if len(set(shapes)) == 1 else "multiple"


def _shape_when_built(layer: Any) -> str:
    """The output shape for the inputs that a layer outside of any graph was built with; ``?`` if it has seen none."""
    seen = layer._build_shapes or {}
    if not layer.built or list(seen) != ["input_shape"]:
        return "?"
    shape = layer.compute_output_shape(seen["input_shape"])
    return str(shape)


def _parameters(layer: Any) -> str:
    return f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"


def _widths(length: int, positions: Any, columns: int) -> list[int]:
    inner = length - columns - 1
    if positions is not None:
        ends = [round(p * inner) if p <= 1 else int(p) for p in positions][:columns]
        return [max(end - start, 4) for start, end in zip([0, *ends], ends, strict=False)]
    shares = (0.45, 0.33, 0.22) if columns == 3 else (0.38, 0.28, 0.2, 0.14)
    widths = [int(share * inner) for share in shares]
    widths[0] += inner - sum(widths)
    return widths


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    def line(left: str, fill: str, middle: str, right: str) -> str:
        return left + middle.join(fill * width for width in widths) + right

    def cells(row: list[str], bar: str) -> list[str]:
        wrapped = [_wrap(cell, width - 2) for cell, width in zip(row, widths, strict=True)]
        height = max(map(len, wrapped))
        lines = []
        for i in range(height):
            parts = []
            for j, (column, width) in enumerate(zip(wrapped, widths, strict=True)):
                text = column[i] if i < len(column) else ""
                parts.append(f" {text:>{width - 2}} " if j == 2 else f" {text:<{width - 2}} ")
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
    indent = len(text) - len(text.lstrip(" "))
    lines = textwrap.wrap(text.lstrip(" "), max(width - indent, 4), break_on_hyphens=False) or [""]
    return [" " * indent + part for part in lines]


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
