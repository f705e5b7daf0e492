"""Real Keras, which says what is right.

`answers` asks Keras on its NumPy backend, in a process of its own: it starts in seconds, and needs no compilation.
`keras` is Keras on its JAX backend, imported into this process when it is first asked for.  In both the settings
folder is a temporary one, and the front, imported first, keeps the backend that ``KERAS_BACKEND`` chose.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_front.core.dispatch  # noqa: F401  (it must see the variable as it was)

if TYPE_CHECKING:
    keras: Any

_worker: subprocess.Popen[bytes] | None = None


def answers(calls: Sequence[str], arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What Keras answers to expressions in ``keras``, ``numpy``, the names of its ops and of the arguments.

    Arrays among the arguments are made tensors.  An answer is an array, plain data, or the exception raised.
    """
    global _worker
    if _worker is None:
        folder = tempfile.TemporaryDirectory()
        environment = {**os.environ, "KERAS_BACKEND": "numpy", "KERAS_HOME": folder.name}
        program = Path(__file__).with_name("oracle_worker.py")
        _worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        atexit.register(_stop, _worker, folder)
    assert _worker.stdin is not None and _worker.stdout is not None
    pickle.dump((list(calls), dict(arguments or {})), _worker.stdin)
    _worker.stdin.flush()
    return dict(zip(calls, pickle.load(_worker.stdout), strict=True))


def _stop(worker: subprocess.Popen[bytes], folder: Any) -> None:
    assert worker.stdin is not None
    worker.stdin.close()
    worker.wait(timeout=20)
    folder.cleanup()


def __getattr__(name: str) -> Any:
    if name != "keras":
        raise AttributeError(name)
    before = {key: os.environ.get(key) for key in ("KERAS_BACKEND", "KERAS_HOME")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(KERAS_BACKEND="jax", KERAS_HOME=folder)
        try:
            import keras
        finally:
            for key, value in before.items():
                if value is None:
                    os.environ.pop(key, None)
                else:
                    os.environ[key] = value
    globals()["keras"] = keras
    return keras
