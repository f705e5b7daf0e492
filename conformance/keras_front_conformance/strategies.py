"""Hypothesis strategies for the functions whose shapes have rules: they draw the arguments of a call.

The oracle is that of the function's row.  Values are small integers, exact in ``float32`` and ``int32``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from .cases import ROWS
from .values import check_call, describe

Draw = Callable[..., Any]
DTYPE = "float32"
SHAPES = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FULL = npst.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)


def check_shapes(backend: Any, name: str, examples: int, function: Callable[..., Any] | None = None) -> None:
    """Runs a function on ``examples`` drawn calls; values, shape and dtype must be those of the formula."""
    run, row = function or getattr(backend, name), ROWS[name]

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(STRATEGIES[name]())
    def check(drawn: tuple[list[Any], dict[str, Any]]) -> None:
        args, options = drawn
        try:
            check_call(backend, row, run, args, options, DTYPE)
        except Exception as problem:
            problem.add_note(f"in {name}{describe(args, options)}")
            raise

    check()


def _array(draw: Draw, shape: tuple[int, ...]) -> np.ndarray:
    seed = draw(st.integers(0, 1000))
    return np.random.default_rng(seed).integers(-5, 6, shape).astype(DTYPE)


def _indices(draw: Draw, shape: tuple[int, ...], below: int) -> np.ndarray:
    seed = draw(st.integers(0, 1000))
    return np.random.default_rng(seed).integers(0, below, shape).astype("int32")


def _axis(draw: Draw, rank: int) -> int:
    return int(draw(st.integers(-rank, rank - 1)))


@st.composite
def _broadcasting(draw: Draw) -> Any:
    shapes = draw(
        npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4, min_side=0)
    ).input_shapes
    return [_array(draw, shape) for shape in shapes], {}


@st.composite
def _where(draw: Draw) -> Any:
    shapes = draw(
        npst.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3, min_side=0)
    ).input_shapes
    return [np.asarray(_array(draw, shapes[0]) > 0), _array(draw, shapes[1]), _array(draw, shapes[2])], {}


@st.composite
def _reduction(draw: Draw, shapes: Any = SHAPES) -> Any:
    shape = draw(shapes)
    axes: Any = st.none()
    if shape:
        chosen = st.sets(st.integers(0, len(shape) - 1)).map(
            lambda some: tuple(a - len(shape) if a % 2 else a for a in sorted(some))
        )
        axes = st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1), chosen)
    return [_array(draw, shape)], {"axis": draw(axes), "keepdims": draw(st.booleans())}


@st.composite
def _along(draw: Draw) -> Any:
    shape = draw(FULL)
    return [_array(draw, shape)], {"axis": _axis(draw, len(shape))}


@st.composite
def _reshape(draw: Draw) -> Any:
    sizes = draw(st.lists(st.sampled_from((1, 2, 3)), max_size=4))
    cut = draw(st.permutations(sizes))
    split = draw(st.integers(0, len(cut)))
    target = [*cut[:split], *([int(np.prod(cut[split:]))] if split < len(cut) else [])]
    if target and draw(st.booleans()):
        target[draw(st.integers(0, len(target) - 1))] = -1
    return [_array(draw, tuple(sizes)), tuple(target)], {}


@st.composite
def _permute(draw: Draw) -> Any:
    shape = draw(SHAPES)
    return [_array(draw, shape), tuple(draw(st.permutations(range(len(shape)))))], {}


@st.composite
def _broadcast_to(draw: Draw) -> Any:
    target = draw(SHAPES)
    shape = draw(npst.broadcastable_shapes(target, max_dims=len(target), max_side=4, min_side=0))
    return [_array(draw, shape), np.broadcast_shapes(shape, target)], {}


@st.composite
def _concat(draw: Draw) -> Any:
    shape = draw(FULL)
    axis = _axis(draw, len(shape))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    parts = []
    for size in sizes:
        part = list(shape)
        part[axis] = size
        parts.append(_array(draw, tuple(part)))
    return [parts], {"axis": axis}


@st.composite
def _stack(draw: Draw) -> Any:
    shape = draw(SHAPES)
    count = draw(st.integers(1, 3))
    return [[_array(draw, shape) for _ in range(count)]], {"axis": _axis(draw, len(shape) + 1)}


@st.composite
def _flip(draw: Draw) -> Any:
    args, options = draw(_reduction())
    return args, {"axis": options["axis"]}


def _boxes(draw: Draw, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    starts, stops, steps = [], [], []
    for size in shape:
        stop = draw(st.integers(0, size))
        starts.append(draw(st.integers(0, stop)))
        stops.append(stop)
        steps.append(draw(st.integers(1, 3)))
    return tuple(starts), tuple(stops), tuple(steps)


@st.composite
def _slice(draw: Draw) -> Any:
    shape = draw(SHAPES)
    return [_array(draw, shape), *_boxes(draw, shape)], {}


@st.composite
def _slice_update(draw: Draw) -> Any:
    shape = draw(SHAPES)
    starts, stops, steps = _boxes(draw, shape)
    sizes = tuple(len(range(a, b, s)) for a, b, s in zip(starts, stops, steps, strict=True))
    return [_array(draw, shape), _array(draw, sizes), starts, steps], {}


@st.composite
def _pad(draw: Draw) -> Any:
    shape = draw(SHAPES)
    widths = st.tuples(*(st.integers(0, 2) for _ in shape))
    return [_array(draw, shape), draw(widths), draw(widths)], {"value": draw(st.integers(-1, 1))}


@st.composite
def _take(draw: Draw) -> Any:
    shape = draw(FULL)
    axis = _axis(draw, len(shape))
    picked = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    return [_array(draw, shape), _indices(draw, picked, shape[axis])], {"axis": axis}


@st.composite
def _take_along_axis(draw: Draw) -> Any:
    shape = draw(FULL)
    axis = _axis(draw, len(shape))
    picked = list(shape)
    picked[axis] = draw(st.integers(0, 4))
    return [_array(draw, shape), _indices(draw, tuple(picked), shape[axis])], {"axis": axis}


@st.composite
def _scatter(draw: Draw) -> Any:
    shape = draw(FULL)
    axis = _axis(draw, len(shape))
    mode = draw(st.sampled_from(("set", "add", "max", "min")))
    if mode == "set":
        order = draw(st.permutations(range(shape[axis])))
        indices = np.array(order[: draw(st.integers(0, len(order)))], dtype="int32")
    else:
        picked = draw(npst.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
        indices = _indices(draw, picked, shape[axis])
    position = axis % len(shape)
    updates = (*shape[:position], *indices.shape, *shape[position + 1 :])
    return [_array(draw, shape), indices, _array(draw, updates)], {"axis": axis, "mode": mode}


@st.composite
def _matmul(draw: Draw) -> Any:
    m, k, n = (draw(st.integers(0, 3)) for _ in range(3))
    batch = draw(
        npst.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3, min_side=0)
    ).input_shapes
    form = draw(st.sampled_from(("matrices", "vector left", "vector right")))
    left = (k,) if form == "vector left" else (*batch[0], m, k)
    right = (k,) if form == "vector right" else (*batch[1], k, n)
    return [_array(draw, left), _array(draw, right)], {}


#: Function name -> a strategy of ``(args, options)`` on the host.
STRATEGIES: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
    **dict.fromkeys(("add", "multiply", "less", "maximum"), _broadcasting),
    "where": _where,
    **dict.fromkeys(("sum", "prod"), _reduction),
    **dict.fromkeys(("max", "min"), lambda: _reduction(FULL)),
    **dict.fromkeys(("argmax", "argsort", "cumulative_sum", "sort"), _along),
    "reshape": _reshape,
    "permute_dims": _permute,
    "broadcast_to": _broadcast_to,
    "concat": _concat,
    "stack": _stack,
    "flip": _flip,
    "slice": _slice,
    "slice_update": _slice_update,
    "pad": _pad,
    "take": _take,
    "take_along_axis": _take_along_axis,
    "scatter": _scatter,
    "matmul": _matmul,
}
