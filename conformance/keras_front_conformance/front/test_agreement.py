"""The backend under test against NumPy in a process of its own: one seed, one result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import keras_front as keras

from .models import image_data, image_model

_PROGRAM = "from keras_front_conformance.front.test_agreement import report; report()"

#: Five passes of float32 training: the backends add in different orders, which differs by 2**-24 relative a sum, and each
#: of the 40 updates carries the difference on; measured differences are below a tenth of this.
LOSS_TOLERANCE = 1e-4


def run() -> dict[str, Any]:
    """Initial weights of one seed (as hex), and the losses of five passes."""
    keras.utils.set_random_seed(11)
    model = image_model(keras)
    weights = [w.tobytes().hex() for w in model.get_weights()]
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = image_data(128)
    history = model.fit(x, y, batch_size=16, epochs=5, verbose=0).history
    drawn = keras.random.uniform((4,), seed=5)
    return {
        "weights": weights,
        "history": history,
        "sums": [float(np.float64(w).sum()) for w in model.get_weights()],
        "uniform": keras.ops.convert_to_numpy(drawn).tobytes().hex(),
    }


def report() -> None:
    """Prints what `run` gives as JSON."""
    print(json.dumps(run()))


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, Any], dict[str, Any]]:
    """What this backend gives, and what NumPy gives."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        check=True,
    )
    return run(), json.loads(done.stdout.splitlines()[-1])


def test_one_seed_gives_the_same_weights_to_the_bit(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert both[0]["weights"] == both[1]["weights"]
    assert both[0]["uniform"] == both[1]["uniform"]


def test_training_agrees_to_rounding(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = both
    np.testing.assert_allclose(ours["history"]["loss"], theirs["history"]["loss"], rtol=LOSS_TOLERANCE)
    assert ours["history"]["accuracy"] == pytest.approx(theirs["history"]["accuracy"], abs=1 / 128)
    np.testing.assert_allclose(ours["sums"], theirs["sums"], rtol=2e-3, atol=2e-3)
