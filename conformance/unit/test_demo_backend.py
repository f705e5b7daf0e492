"""The third party's backend of the documentation does what a user wants of it: it trains, saves and loads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import numpy as np
import keras_front as keras

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
y = x @ np.array([[1.0], [-2.0], [0.5]], dtype="float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.05), "mse")
losses = model.fit(x, y, epochs=6, batch_size=16, verbose=0).history["loss"]
model.save(sys.argv[1])
same = np.array_equal(keras.saving.load_model(sys.argv[1]).predict(x, verbose=0), model.predict(x, verbose=0))
print(keras.backend.backend(), losses[-1] < 0.7 * losses[0], same)
"""


def test_it_trains_saves_and_loads(tmp_path: Path) -> None:
    environment = {**os.environ, "KERAS_BACKEND": "demo", "KERAS_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "m.keras")],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["demo", "True", "True"], done.stderr
