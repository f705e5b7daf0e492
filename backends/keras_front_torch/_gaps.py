"""What PyTorch cannot do yet: arithmetic on the wide unsigned integers.

It stores, moves, sorts, converts and multiplies them, and has no kernels for the rest.
"""

from __future__ import annotations

from keras_front.protocol import Gap

_REASON = "PyTorch has no kernel for this dtype; convert to a signed dtype first"
_FUNCTIONS = """
    negative abs sign add subtract floor_divide pow maximum minimum less greater less_equal greater_equal clip
    bitwise_left_shift bitwise_right_shift sum prod max min argmax cumulative_sum matmul relu
""".split()

GAPS = tuple(
    Gap(function, "upstream", _REASON, dtype=dtype)
    for dtype in ("uint16", "uint32", "uint64")
    for function in _FUNCTIONS
)
