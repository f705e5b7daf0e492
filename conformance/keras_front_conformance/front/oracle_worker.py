"""The process in which real Keras answers; started by `oracle`, spoken to in pickles over its pipes."""

from __future__ import annotations

import inspect
import os
import pickle
import sys
from typing import Any


def main() -> None:
    """Answers until the pipe is closed."""
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever Keras prints must not get between the answers.
    os.dup2(2, 1)
    import keras
    import numpy

    operations = {name: getattr(keras.ops, name) for name in dir(keras.ops) if not name.startswith("_")}
    base = {"keras": keras, "numpy": numpy, "signature": _signature, "slices": _Slices(), **operations}
    while True:
        try:
            calls, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump([_answer(call, base, arguments, keras) for call in calls], answers)
        answers.flush()


def _answer(call: str, base: dict[str, Any], arguments: dict[str, Any], keras: Any) -> Any:
    # Each call has copies of its own: on NumPy, Keras's scatter_update overwrites its argument.
    given = {
        key: keras.ops.convert_to_tensor(value.copy()) if hasattr(value, "dtype") else value
        for key, value in arguments.items()
    }
    try:
        value = eval(call, {**base, **given})
        if keras.ops.is_tensor(value):
            value = keras.ops.convert_to_numpy(value)
        pickle.dumps(value)
    except Exception as error:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return value


class _Slices:
    def __getitem__(self, key: Any) -> Any:
        return key


def _signature(function: Any) -> list[tuple[str, str, Any]]:
    """Name, kind and default of each parameter."""
    return [
        (p.name, p.kind.name, "required" if p.default is p.empty else p.default)
        for p in inspect.signature(function).parameters.values()
    ]


if __name__ == "__main__":
    main()
