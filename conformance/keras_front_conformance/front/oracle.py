"""Real Keras on its JAX backend: what the front's results are held against.

The front is imported first, so that ``KERAS_BACKEND`` chooses the backend under test; Keras, which reads the same
variable, is imported with it set to ``jax`` and with a settings folder of its own.
"""

from __future__ import annotations

import os
import tempfile

import keras_front  # noqa: F401  (it must see the variable as it was)


def _import_keras() -> object:
    before = {name: os.environ.get(name) for name in ("KERAS_BACKEND", "KERAS_HOME")}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(KERAS_BACKEND="jax", KERAS_HOME=folder)
        try:
            import keras
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
    return keras


keras = _import_keras()
