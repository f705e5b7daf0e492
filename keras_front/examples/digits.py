"""Learns to read handwritten digits: ``python -m keras_front.examples.digits``.

The same lines on every backend: set ``KERAS_BACKEND`` to ``numpy`` (the default), ``torch`` or ``jax``.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import keras_front as keras
from keras_front import layers


def build_model() -> keras.Model:
    """A small convolutional network for images of 8×8 pixels."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


def main(epochs: int = 12) -> float:
    """Builds, trains, evaluates, saves, loads and predicts; returns the accuracy on the test images."""
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    x_train, x_test = (x[..., None].astype("float32") / 16 for x in (x_train, x_test))

    model = build_model()
    model.summary()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.perf_counter()
    model.fit(x_train, y_train, batch_size=32, epochs=epochs, validation_split=0.1)
    seconds = time.perf_counter() - start
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.keras"
        model.save(path)
        loaded = keras.saving.load_model(path)
        size = path.stat().st_size
    predictions = loaded.predict(x_test, verbose=0)
    difference = float(np.abs(predictions - model.predict(x_test, verbose=0)).max())
    read = predictions.argmax(axis=-1)

    print(f"\nbackend:        {keras.backend.backend()}")
    print(f"training:       {epochs} epochs in {seconds:.1f} s")
    print(f"test loss:      {loss:.4f}")
    print(f"test accuracy:  {accuracy:.2%}")
    print(f"saved, loaded:  {size:,} bytes, predictions differ by {difference:.1g}")
    print(f"first ten read: {' '.join(map(str, read[:10]))}")
    print(f"their labels:   {' '.join(map(str, y_test[:10]))}")
    return float(accuracy)


if __name__ == "__main__":
    main()
