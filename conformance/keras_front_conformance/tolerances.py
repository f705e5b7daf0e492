"""How far a result may lie from the exact value: one record for each dtype, and nowhere else.

Errors are counted in *ulps*: units in the last place of the dtype at the size of the exact value, or at the
size of a row's ``scale`` where the exact value is a difference of greater numbers (a sum is no more exact
than the sum of its terms' sizes).  A subnormal result may be 0, since many engines flush it.

The kinds of accuracy and why they have their bounds:

``exact``
    Moving, comparing, integers: no rounding takes place.
``rounded``
    One operation of IEEE 754: half an ulp there.  Engines divide by an approximate reciprocal and correct it
    once, which leaves up to 1.2 ulps in float32 (XLA on CPUs).
``elementary``
    exp, log, sin, tanh, pow ...: libraries state 1 to 4 ulps; XLA's tanh and expm1 in float32 are the widest.
``summed``
    Sums and products of at most some hundred terms in any order, and what is made of one such sum.
``composed``
    Formulas of several steps (softmax, normalizations, optimizer updates), each with its own roundings.
``gradient``
    A gradient is a formula of several steps run twice, forwards and backwards; its scale is the greatest
    gradient of the tensor.

The half precisions have few steps between 0 and 1, so that bounds in their ulps are narrow where a library
computes in float32 and rounds once, and grow with the number of steps where it rounds after every step.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """Bounds in ulps for the kinds of accuracy of one dtype."""

    rounded: float
    elementary: float
    summed: float
    composed: float
    gradient: float
    exact: float = 0.0


TOLERANCES = {
    "bfloat16": Tolerance(rounded=1, elementary=2, summed=8, composed=8, gradient=16),
    "float16": Tolerance(rounded=1, elementary=2, summed=8, composed=8, gradient=16),
    "float32": Tolerance(rounded=2, elementary=8, summed=16, composed=32, gradient=128),
    "float64": Tolerance(rounded=2, elementary=8, summed=16, composed=32, gradient=512),
}

#: Bits of the mantissa, the hidden one included, and exponent of the smallest normal number.
MANTISSA = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
SMALLEST = {"bfloat16": -126, "float16": -14, "float32": -126, "float64": -1022}
