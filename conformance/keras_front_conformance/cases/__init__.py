"""The cases: one table for each group of the protocol, one row for each function.

To add a case, add a ``call(...)`` to the row of its function.  To add a function, add a row: its dtypes, the
exact formula on host arrays (floats come in as NumPy's widest float), the kind of accuracy (see `tolerances`), calls.
A protocol function without a row fails `test_contract`.
"""

from __future__ import annotations

from . import array, movement, nn, reductions
from .row import Row

#: Function name -> row, for all functions whose result is a formula of their arguments.
ROWS: dict[str, Row] = {**array.ROWS, **reductions.ROWS, **movement.ROWS, **nn.ROWS}

#: Functions tested by tests of their own, and the file that has them.
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        "from_host share_host to_host is_tensor dtype_of parameter store pack synchronize devices device_scope".split(),
        "test_runtime.py",
    ),
    **dict.fromkeys(
        "next_key random_bits random_uniform random_normal dropout enable_portable_random".split(),
        "test_random.py",
    ),
    **dict.fromkeys(
        "value_and_grad no_gradient stop_gradient custom_gradient compile scan while_loop cond vectorized_map checkpoint".split(),
        "test_transform.py",
    ),
    **dict.fromkeys("sgd_update adam_update".split(), "test_optim.py"),
}

__all__ = ["ELSEWHERE", "ROWS", "Row"]
