"""Small models and data that several tests share."""

from __future__ import annotations

from typing import Any

import numpy as np


def image_model(keras: Any, classes: int = 3) -> Any:
    """Convolution, batch normalization, pooling and dense layers; no dropout.  ``keras``: ours or the real one."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(6, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(8, 2, padding="same", name="conv_2"),
            layers.Activation("relu", name="relu"),
            layers.Flatten(name="flat"),
            layers.Dense(12, activation="relu", name="hidden"),
            layers.Dense(classes, activation="softmax", name="head"),
        ],
        name="images",
    )


def image_data(rows: int = 100, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Images whose brightest third tells the class, with noise."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    x = rng.normal(0.0, 0.5, (rows, 8, 8, 1))
    for row, label in enumerate(y):
        x[row, :, label * 2 : label * 2 + 3] += 1.0
    return x.astype("float32"), y.astype("int32")


def table_data(rows: int = 64, features: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features, and a target that is linear in them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).astype("float32")
    return x, (x @ rng.normal(size=(features, 1)) + 0.5).astype("float32")
