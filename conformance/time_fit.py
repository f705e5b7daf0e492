"""Times `fit` on the chosen backend: ``KERAS_BACKEND=torch python conformance/time_fit.py``.

A perceptron 784-256-128-64-32-10 learns random labels with Adam.  Times hold everything a user pays: shuffling,
batching, the step, metrics.  They compare only with times of the same machine at the same load; set
``OMP_NUM_THREADS=1`` to compare the cost of the library and not the number of cores.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

import keras_front as keras

_WIDTHS = (784, 256, 128, 64, 32, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times `fit` on the chosen backend.")
    parser.add_argument("--batch", type=int, default=128, help="rows a step (default: 128)")
    parser.add_argument("--steps", type=int, default=200, help="steps a round (default: 200)")
    parser.add_argument("--rounds", type=int, default=5, help="measured rounds (default: 5)")
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(width, activation="relu") for width in _WIDTHS[1:-1]]
    model = keras.Sequential([keras.Input((_WIDTHS[0],)), *hidden, keras.layers.Dense(_WIDTHS[-1])])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])

    draw = np.random.default_rng(0)
    rows = options.batch * options.steps
    x = draw.random((rows, _WIDTHS[0]), dtype=np.float32)
    y = draw.integers(0, _WIDTHS[-1], rows)

    def round_ms() -> float:
        start = time.perf_counter()
        model.fit(x, y, batch_size=options.batch, epochs=1, verbose=0)
        return (time.perf_counter() - start) / options.steps * 1000

    first = round_ms()
    times = sorted(round_ms() for _ in range(options.rounds))
    print(f"backend {keras.backend.backend()}, batch {options.batch}, {options.steps} steps a round")
    print(f"median {statistics.median(times):.3f} ms a step (best {times[0]:.3f}, worst {times[-1]:.3f})")
    print(f"first round, with all compiling: {first:.3f} ms a step")


if __name__ == "__main__":
    main()
