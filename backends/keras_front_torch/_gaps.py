"""What PyTorch cannot do yet: arithmetic on ``uint64``.

It stores, moves, sorts, converts and multiplies such integers, and has no kernels for the rest.  The other
unsigned dtypes are computed by way of ``int64``, which is too narrow for this one.
"""

from __future__ import annotations

from keras_front.protocol import Gap

_REASON = "PyTorch has no kernel for this dtype; convert to a signed dtype first"
_FUNCTIONS = """
    negative abs sign add subtract floor_divide pow maximum minimum less greater less_equal greater_equal clip
    bitwise_left_shift bitwise_right_shift sum prod max min argmax cumulative_sum matmul relu
""".split()

GAPS = tuple(Gap(function, "upstream", _REASON, dtype="uint64") for function in _FUNCTIONS)
