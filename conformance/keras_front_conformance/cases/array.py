"""Cases of the array group: creation and elementwise functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import (
    DTYPE,
    Call,
    away,
    boolean,
    call,
    edges,
    fractions,
    positive,
    real,
    scalar,
    sweep,
    values,
)
from .row import ANY, BITS, FLOATING, INTEGER, NUMERIC, Row

FULL = (
    call((2, 3), scalar(1), dtype=DTYPE),
    call((), scalar(0), dtype=DTYPE),
    call((0, 2), scalar(1), dtype=DTYPE),
)

# ---------------------------------------------------------------- one operand

#: Shapes every elementwise function of one operand is tried at.
SHAPES = (call(positive()), call(positive(0, 3)), call(positive(2, 1, 3)))


def _unary(kinds: tuple[str, ...], oracle: Any, *calls: Call, **more: Any) -> Row:
    return Row(kinds, oracle, calls or (call(edges()),), shapes=SHAPES, **more)


def _smooth(oracle: Any, *calls: Call, low: float = -2.0, high: float = 2.0, **more: Any) -> Row:
    """A differentiable function of floats, tried along a sweep as well as at the edges."""
    more = {"accuracy": "elementary", "gradient": (call(real(2, 3, low=low, high=high)),), **more}
    return Row(FLOATING, oracle, calls, shapes=SHAPES, **more)


def _round(x: np.ndarray) -> np.ndarray:
    return np.rint(x) if x.dtype.kind == "f" else x


def _floor(x: np.ndarray) -> np.ndarray:
    return np.floor(x) if x.dtype.kind == "f" else x


FAR = edges(greatest=False)

UNARY = {
    "negative": _unary(NUMERIC, np.negative, gradient=(call(real(2, 3)),), zeros=True),
    "abs": _unary(NUMERIC, np.abs, gradient=(call(away(2, 3)),), zeros=True),
    "sign": _unary(NUMERIC, np.sign, gradient=(call(away(2, 3)),)),
    "floor": _unary(
        NUMERIC, _floor, call(edges()), call(values(1, 2, 100)), gradient=(call(values(0.5, -1.5)),)
    ),
    "round": _unary(NUMERIC, _round, call(edges()), gradient=(call(values(0.25, -1.25)),)),
    "exp": _smooth(np.exp, call(sweep(-9.0, 9.0))),
    "expm1": _smooth(np.expm1, call(sweep(-9.0, 9.0))),
    "log": _smooth(np.log, call(sweep(0.01, 9.0)), low=0.5),
    "log1p": _smooth(np.log1p, call(sweep(-0.9, 9.0)), low=-0.5),
    "sqrt": _smooth(np.sqrt, call(sweep(0.01, 9.0)), low=0.5, accuracy="rounded"),
    "sin": _smooth(np.sin, call(sweep(-9.0, 9.0, greatest=False))),
    "cos": _smooth(np.cos, call(sweep(-9.0, 9.0, greatest=False))),
    "tanh": _smooth(np.tanh, call(sweep(-9.0, 9.0))),
    "square": _unary(NUMERIC, np.square, call(FAR), accuracy="rounded", gradient=(call(real(2, 3)),)),
    "rsqrt": _smooth(lambda x: 1 / np.sqrt(x), call(sweep(0.01, 9.0, edge=False)), low=0.5),
    "logical_not": Row(("bool",), np.logical_not, (call(values(True, False)),), shapes=SHAPES),
    "isnan": Row(FLOATING, np.isnan, (call(edges()),), shapes=SHAPES, result="bool"),
    "isfinite": Row(FLOATING, np.isfinite, (call(edges()),), shapes=SHAPES, result="bool"),
}

# ---------------------------------------------------------------- two operands

#: Every edge value with every other one.
GRID = call(edges(shape=(-1, 1)), edges(shape=(1, -1)))
NEAR = call(edges(greatest=False, shape=(-1, 1)), edges(greatest=False, shape=(1, -1)))
SCALAR = call(real(5), 3)
SCALAR_FIRST = call(3, real(5))


def _pairs(argument: Any) -> tuple[Call, ...]:
    """Shapes every function of two operands is tried at: 0-d, empty, and three ways of broadcasting."""
    return (
        call(argument(), argument()),
        call(argument(0, 3), argument(3)),
        call(argument(2, 1), argument(3)),
        call(argument(4), argument(2, 1, 4)),
    )


def _binary(kinds: tuple[str, ...], oracle: Any, *calls: Call, argument: Any = real, **more: Any) -> Row:
    if more.pop("smooth", False):
        more["gradient"] = (
            call(argument(2, 3), argument(2, 3)),
            call(argument(2, 1), argument(3)),
            call(argument(2, 3), 1.5),
            call(1.5, argument(3)),
        )
    return Row(kinds, oracle, (*calls, SCALAR), shapes=(SCALAR_FIRST, *_pairs(argument)), **more)


def _bool_or_bits(kinds: tuple[str, ...], oracle: Any, *calls: Call) -> Row:
    return Row(kinds, oracle, calls, shapes=_pairs(real))


def _floor_divide(x: Any, y: Any) -> Any:
    kind = np.result_type(x, y).kind
    return np.floor(np.divide(x, y)) if kind == "f" else np.floor_divide(x, y)


SHIFTS = call(edges(shape=(-1, 1)), values(0, 1, 3, 7))

BINARY = {
    "add": _binary(NUMERIC, np.add, NEAR, accuracy="rounded", smooth=True),
    "subtract": _binary(NUMERIC, np.subtract, NEAR, accuracy="rounded", smooth=True),
    "multiply": _binary(NUMERIC, np.multiply, NEAR, accuracy="rounded", smooth=True, zeros=True),
    "divide": Row(
        FLOATING,
        np.divide,
        (NEAR, call(real(5), 3), call(3.0, away(5))),
        shapes=_pairs(positive),
        accuracy="rounded",
        gradient=(
            call(real(2, 3), away(2, 3)),
            call(real(2, 1), away(3)),
            call(real(3), 1.5),
            call(1.5, away(3)),
        ),
    ),
    "floor_divide": Row(
        NUMERIC,
        _floor_divide,
        (
            call(values(7, 8, 9, 0, 100), values(2, 3, 10, 5, 7)),
            call(real(9), 4),
            call(7, values(2, 3, 4, 5)),
        ),
        shapes=_pairs(positive),
        gradient=(call(values(7.3, -7.3), values(2.0, 2.0)),),
    ),
    "pow": Row(
        NUMERIC,
        np.power,
        (
            call(values(0, 1, 2, 5, 4, 7, 8), values(0, 1, 6, 3, 2, 1, 0)),
            call(real(9), 2),
            call(2, values(0, 1, 3, 6)),
        ),
        shapes=(*_pairs(positive), call(positive(3), 0.5)),
        accuracy="elementary",
        gradient=(
            call(positive(2, 3), real(2, 3)),
            call(positive(2, 1), real(3)),
            call(real(3), 2),
            call(2.0, real(3)),
        ),
    ),
    "atan2": Row(
        FLOATING,
        np.arctan2,
        (call(edges(shape=(-1, 1)), edges(shape=(1, -1))), call(real(5), 3), call(3.0, real(5))),
        shapes=_pairs(real),
        accuracy="elementary",
        gradient=(
            call(away(2, 3), away(2, 3)),
            call(away(2, 1), away(3)),
            call(away(3), 1.5),
            call(1.5, away(3)),
        ),
        zeros=True,
    ),
    "maximum": _binary(
        NUMERIC,
        np.maximum,
        GRID,
        gradient=(call(away(2, 3), 0.1), call(away(2, 3), real(2, 3, high=-2.5, low=-3.0))),
    ),
    "minimum": _binary(
        NUMERIC,
        np.minimum,
        GRID,
        gradient=(call(away(2, 3), 0.1), call(away(2, 3), real(2, 3, high=-2.5, low=-3.0))),
    ),
    "equal": Row(
        ANY,
        np.equal,
        (GRID, call(edges(), scalar(1)), call(scalar(1), edges())),
        shapes=_pairs(real),
        result="bool",
    ),
    "not_equal": Row(
        ANY,
        np.not_equal,
        (GRID, call(edges(), scalar(1)), call(scalar(1), edges())),
        shapes=_pairs(real),
        result="bool",
    ),
    "less": _binary(NUMERIC, np.less, GRID, result="bool"),
    "greater": _binary(NUMERIC, np.greater, GRID, result="bool"),
    "less_equal": _binary(NUMERIC, np.less_equal, GRID, result="bool"),
    "greater_equal": _binary(NUMERIC, np.greater_equal, GRID, result="bool"),
    "bitwise_and": _bool_or_bits(BITS, np.bitwise_and, GRID, call(edges(), scalar(1))),
    "bitwise_or": _bool_or_bits(BITS, np.bitwise_or, GRID, call(edges(), scalar(1))),
    "bitwise_xor": _bool_or_bits(BITS, np.bitwise_xor, GRID, call(edges(), scalar(1))),
    "bitwise_left_shift": Row(INTEGER, np.left_shift, (SHIFTS, call(edges(), 1)), shapes=_pairs(positive)),
    "bitwise_right_shift": Row(INTEGER, np.right_shift, (SHIFTS, call(edges(), 1)), shapes=_pairs(positive)),
}

# ---------------------------------------------------------------- the rest

ROWS = {
    "full": Row(ANY, lambda shape, value, dtype: np.full(shape, value), FULL),
    "arange": Row(
        NUMERIC,
        lambda start, stop, step, dtype: np.arange(start, stop, step),
        (
            call(0, 5, 1, dtype=DTYPE),
            call(1, 10, 3, dtype=DTYPE),
            call(3, 3, 1, dtype=DTYPE),
            call(9, 0, -4, dtype=DTYPE),
        ),
    ),
    "astype": Row(
        ANY,
        # Towards zero, as a cast of NumPy has it; what is not zero is true.
        lambda x, dtype: x.astype(dtype) if dtype != "bfloat16" else x,
        (
            *(
                call(values(0, 1, 1, 0), target)
                for target in ("bool", "uint8", "int64", "float16", "float64")
            ),
            *(call(fractions(), target) for target in ("int8", "int32", "float32", "bool")),
        ),
        accuracy="rounded",
        shapes=(
            *(call(values(0, 1, 1, 0), target) for target in ANY),
            call(positive(), "float32"),
            call(positive(0, 2), "int32"),
        ),
        result=lambda x, dtype: dtype,
        gradient=(call(real(3), DTYPE),),
    ),
    **UNARY,
    **BINARY,
    "where": Row(
        ANY,
        np.where,
        (
            call(boolean(2, 1, 1), edges(shape=(-1, 1)), edges(shape=(1, -1))),
            call(boolean(5), real(5), scalar(1)),
            call(boolean(5), scalar(1), real(5)),
        ),
        shapes=(
            call(boolean(), real(), real()),
            call(boolean(2, 1), real(3), real(1, 1)),
            call(boolean(0), real(0), real(1)),
        ),
        gradient=(call(boolean(2, 3), real(2, 3), real(3)), call(boolean(2, 3), real(2, 3), 0.5)),
    ),
    "clip": Row(
        NUMERIC,
        lambda x, low, high: np.minimum(np.maximum(x, low), high),
        (call(edges(), low=1, high=3), call(real(2, 3), low=real(3), high=positive(2, 1))),
        shapes=(call(real(), low=0, high=1), call(real(0, 2), low=0, high=1)),
        gradient=(call(away(2, 3), low=-1.0, high=1.0),),
    ),
}
